"""Web addresses as people share them: found in text, freed of what only tracks, in one form for all spellings.

    "https://www.NZMaths.co.nz/number/?utm_source=x"  --shared_link-->  what one opens: the same without utm_source
                                                      --normal_link-->  what makes it equal: https://nzmaths.co.nz/number

Promises: pure, linear, bounded by `LINK_CHARACTERS`, never raises. What is no page to keep (a way to unsubscribe, a
picture, a meeting that is over tomorrow, an address with a password in it) is "" for `shared_link`. `normal_link` of
a `normal_link` is itself. Nothing is ever fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

LINK_CHARACTERS = 1_000
_REDIRECTS = 3
_REMEMBERED = 1_000  # the links of a footer or a quotation come again with each answer

LINK = re.compile(r"(?:https?://|(?<![\w@/.:-])www\.(?=\w))[^\s<>\"“”|\x00-\x1f]{1,2000}", re.IGNORECASE)
_LINK_END = ".,;:!?'’*_~…"
_BRACKETS = {")": "(", "]": "[", "}": "{"}

_HOST = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,9}")
# fmt: off
_TRACKING = frozenset((
    "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid", "igshid", "igsh",
    "mc_cid", "mc_eid", "mkt_tok", "_hsenc", "_hsmi", "__hssc", "__hstc", "__hsfp", "hsctatracking", "vero_id",
    "oly_enc_id", "oly_anon_id", "wickedid", "s_cid", "ref_src", "ref_url", "_openstat", "_ga", "_gl", "trk", "trkinfo",
    "si", "usp", "ab_channel", "feature", "spm", "ck_subscriber_id", "bsft_eid", "bsft_clkid", "sfnsn", "mibextid",
))
# fmt: on
_TRACKING_BEGINS = ("utm_", "pk_", "mtm_", "hsa_", "vero_")
_NOT_KEPT = re.compile(
    r"unsubscrib|opt-?out|(?:email|update|manage|subscription)[-_]?(?:your[-_]?)?preferences|list-manage\.com/"
    r"|view-?in-?browser|^aka\.ms/o|^go\.microsoft\.com/fwlink|^mail\.onelink\.me//wf/open|/track/open|/pixel\b"
)
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|webp|svg|bmp|ico)$")
_MEETINGS = (
    re.compile(r"(?:[\w-]+\.)?zoom\.us/(?:j|s|my|w)/"),
    re.compile(r"teams\.(?:microsoft|live)\.com/(?:l/meetup-join|meet)\b"),
    re.compile(r"meet\.google\.com/\w"),
)
_FORWARDERS = {"google.com": "q", "l.facebook.com": "u", "lm.facebook.com": "u", "youtube.com": "q"}
_FORWARDS = frozenset(("/url", "/l.php", "/redirect"))
_DOCUMENT_ENDS = ("/edit", "/view", "/preview", "/copy", "/mobilebasic")


def may_hold_link(text: str) -> bool:
    """False for what `LINK` finds nothing in, as in most lines: a look that costs nearly nothing."""
    return "://" in text or "www." in text.lower()


def links_in(text: str) -> Iterator[str]:
    """What `LINK` finds, in order, looked for in those lines alone that may hold any."""
    lines = filter(may_hold_link, text.split("\n")) if "www." in text.lower() else _lines_with("://", text)
    return (found[0] for line in lines for found in LINK.finditer(line))


def _lines_with(mark: str, text: str) -> Iterator[str]:
    at = text.find(mark)
    while at >= 0:
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        yield text[text.rfind("\n", 0, at) + 1 : end]
        at = text.find(mark, end)


def trimmed(url: str) -> str:
    """The address without the signs that end a sentence, and without a bracket that it did not open."""
    end = len(url)
    opened = {closing: url.count(opening) - url.count(closing) for closing, opening in _BRACKETS.items()}
    while end:
        last = url[end - 1]
        if last in _LINK_END:
            end -= 1
        elif last in _BRACKETS and opened[last] < 0:
            opened[last] += 1
            end -= 1
        else:
            break
    return url[:end]


@lru_cache(maxsize=_REMEMBERED)
def shared_link(url: str) -> str:
    """The address as one opens it, without what only tracks; "" for what is no page to keep."""
    found = _split(_forwarded(url.strip()))
    if found is None or _is_not_kept(found):
        return ""
    query = _kept(found.query)
    link = found._replace(scheme=found.scheme.lower(), query=query).geturl()
    return link if len(link) <= LINK_CHARACTERS else ""


@lru_cache(maxsize=_REMEMBERED)
def normal_link(url: str) -> str:
    """What is equal for two spellings of one page; "" for what is no web address."""
    found = _split(url.strip())
    if found is None:
        return ""
    host, path, query = _host(found), found.path.rstrip("/"), _kept(found.query)
    if host == "youtu.be" and path.count("/") == 1:
        host, query, path = "youtube.com", "&".join(filter(None, (f"v={path[1:]}", query))), "/watch"
    while host in ("docs.google.com", "drive.google.com") and path.endswith(_DOCUMENT_ENDS):
        path = path.rpartition("/")[0].rstrip("/")
    port = f":{found.port}" if found.port not in (None, 80, 443) else ""
    fragment = found.fragment if found.fragment.startswith(("/", "!")) or "=" in found.fragment else ""
    fragment = "" if fragment.startswith(":~:") else fragment
    return f"https://{host}{port}{path}" + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")


def host_of(url: str) -> str:
    """The host as people say it, without `www.`; "" for what is no web address."""
    found = _split(url.strip())
    return _host(found) if found is not None else ""


def path_of(url: str) -> tuple[str, ...]:
    """The steps of the path, decoded, without empty ones."""
    found = _split(url.strip())
    return tuple(filter(None, (unquote(step).strip() for step in found.path.split("/")))) if found is not None else ()


def is_home(url: str) -> bool:
    """Whether it is the first page of a site and nothing in it."""
    return normal_link(url).count("/") == 2 and "?" not in url and "#" not in url


def is_below(url: str, site: str) -> bool:
    """Whether the page is one of this site, which is an address with or without a folder; "" is no site."""
    ours, page = _site(site), normal_link(url)
    return bool(ours) and (page == ours or page.startswith((f"{ours}/", f"{ours}?", f"{ours}#")))


@lru_cache(maxsize=4)
def _site(address: str) -> str:
    """The `normal_link` of a site of ours, which is asked for each link."""
    return normal_link(address)


def _split(url: str) -> SplitResult | None:
    if url[:4].lower() == "www.":
        url = f"https://{url}"
    if len(url) > 2 * LINK_CHARACTERS or " " in url or not url.isprintable():  # no other space is printable
        return None
    try:
        found = urlsplit(url)
        known = found.scheme in ("http", "https") and (found.port is None or found.port > 0)
    except ValueError:
        return None
    return found if known and "@" not in found.netloc and _HOST.fullmatch(_host(found)) else None


def _host(found: SplitResult) -> str:
    host = (found.hostname or "").rstrip(".")
    while host.startswith("www.") and host.count(".") > 1:
        host = host[4:]
    return "youtube.com" if host in ("m.youtube.com", "music.youtube.com") else host


def _kept(query: str) -> str:
    """The query without the parameters that say where a reader came from."""
    pairs = [pair for pair in query.split("&") if pair]
    return "&".join(pair for pair in pairs if not _tracks(unquote(pair.partition("=")[0]).lower()))


def _tracks(name: str) -> bool:
    return name in _TRACKING or name.startswith(_TRACKING_BEGINS)


def _is_not_kept(found: SplitResult) -> bool:
    path = found.path.lower()
    whole = f"{_host(found)}{path}"
    return bool(
        _NOT_KEPT.search(f"{whole}?{found.query.lower()}")
        or _PICTURE.search(path)
        or any(meeting.match(whole) for meeting in _MEETINGS)
    )


def _forwarded(url: str) -> str:
    """The address behind a page that only counts and sends on."""
    for _ in range(_REDIRECTS):
        found = _split(url)
        name = _FORWARDERS.get(_host(found)) if found is not None and found.path in _FORWARDS else None
        if found is None or name is None:
            break
        try:
            behind = parse_qs(found.query, max_num_fields=50).get(name, [""])[0]
        except ValueError:
            break
        if _split(behind) is None:
            break
        url = behind
    return url
