"""Links that a mail filter has wrapped, as their author wrote them. Nothing is ever fetched.

Outlook Safe Links, Proofpoint URL Defense (v1, v2, v3), Barracuda and Sophos carry the address they wrap inside their
own; Mimecast keeps it on its servers, so that its links stay as they are.
Promises: what cannot be undone, or is no web or mail address when undone, stays as it is; linear, bounded, never
raises; a text without such a link costs a search for one letter sequence a filter.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from html import escape
from urllib.parse import parse_qs, quote, unquote

from listserv.mail.entities import unescaped

LINK_CHARACTERS = 8_000
LAYERS = 4

_LARGE = ("SAFELINKS.PROTECTION", "LINKPROTECT.CUDASVC", "PROTECTION.SOPHOS.COM")
_MARKS = (  # what they have in common is asked first: few texts hold it
    ("protect", tuple(map(str.lower, _LARGE))),
    ("PROTECT", _LARGE),
    ("urldefense", ("urldefense",)),
    ("URLDEFENSE", ("URLDEFENSE",)),
)
_LINK = re.compile(
    r"https?://(?:[a-z0-9-]{1,63}\.){0,4}"
    r"(?:safelinks\.protection\.(?:outlook\.com|office365\.us)/|urldefense(?:\.proofpoint)?\.(?:com|us)/v[123]/|"
    r"linkprotect\.cudasvc\.com/url\?|protection\.sophos\.com/?\?)"
    r"[^\s<>\"'{}|\\^`]{1,8000}",
    re.IGNORECASE,
)
_SAFE_LINKS = re.compile(r"https?://[^/?#]{0,300}\.safelinks\.protection\.[^/?#]{1,20}/", re.IGNORECASE)
_TARGET = re.compile(r"(?:https?://[^\s/?#]|mailto:[^\s@]{1,200}@)\S{0,8000}\Z", re.IGNORECASE)
_V3 = re.compile(r"https?://urldefense\.(?:com|us)/v3/__([^\s]{1,8000}?)__;([A-Za-z0-9_=-]{0,8000})!", re.IGNORECASE)
_V3_RUN = re.compile(r"\*(?:\*([A-Za-z0-9_-]))?")
_V3_SLASH = re.compile(r"([a-z]{2,8}:)/(?=[^/])")
_RUN_LENGTHS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_KEPT = ":/?#[]@!$&'()*+,;=%-._~"


def unwrapped(text: str) -> str:
    """The text with each wrapped link as it was before."""
    return _LINK.sub(_plain, text) if _has_mark(text) else text


def unwrapped_html(html: str) -> str:
    """The same for HTML, where an ampersand in a link is written as a reference."""
    return _LINK.sub(_in_html, html) if _has_mark(html) else html


def unwrapped_link(link: str) -> str | None:
    """The address inside a wrapped one, however many layers deep; None where there is none."""
    inner: str | None = None
    for _ in range(LAYERS):
        found = _one_layer(inner or link)
        if found is None:
            break
        inner = found
    return inner


def _has_mark(text: str) -> bool:
    return any(part in text and any(map(text.__contains__, marks)) for part, marks in _MARKS)


def _plain(found: re.Match[str]) -> str:
    link, after = _ended(found[0])
    inner = unwrapped_link(link)
    return found[0] if inner is None else inner + after


def _in_html(found: re.Match[str]) -> str:
    link, after = _ended(unescaped(found[0]))
    inner = unwrapped_link(link)
    return found[0] if inner is None else escape(inner + after)


def _ended(link: str) -> tuple[str, str]:
    """The link and the punctuation behind it; URL Defense v3 ends in `$`."""
    end = link.rfind("$") + 1 if "/v3/__" in link else 0
    if end:
        return link[:end], link[end:]
    bare = link.rstrip(").,;:!?]*>")
    return bare, link[len(bare) :]


def _one_layer(link: str) -> str | None:
    if _LINK.match(link) is None:
        return None
    inner = next((inner for read in _READERS if (inner := read(link)) is not None), None)
    if inner is None:
        return None
    inner = quote(inner, safe=_KEPT) if not inner.isascii() or re.search(r"[\s<>\"'\\^`{|}\x00-\x1f]", inner) else inner
    return inner if len(inner) <= LINK_CHARACTERS and _TARGET.match(inner) else None


def _safe_links(link: str) -> str | None:
    return _parameter(link, "url") if _SAFE_LINKS.match(link) else None


def _proofpoint_1(link: str) -> str | None:
    return _parameter(link, "u") if "/v1/url?" in link else None


def _proofpoint_2(link: str) -> str | None:
    inner = _parameter(link, "u") if "/v2/url?" in link else None
    return None if inner is None else unquote(inner.replace("-", "%").replace("_", "/"))


def _proofpoint_3(link: str) -> str | None:
    found = _V3.match(link)
    if found is None:
        return None
    try:
        letters = base64.urlsafe_b64decode(found[2].rstrip("=") + "=" * (-len(found[2].rstrip("=")) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    return _V3_SLASH.sub(r"\1//", _filled(found[1], letters), count=1) if "*" in found[1] or not letters else None


def _filled(text: str, letters: str) -> str:
    """Each `*` is the next letter of those put aside, `**` and a digit the next two or more."""
    at = 0

    def letters_of(run: re.Match[str]) -> str:
        nonlocal at
        length = 1 if run[1] is None else _RUN_LENGTHS.index(run[1]) + 2
        taken = letters[at : at + length]
        at += length
        return taken

    return _V3_RUN.sub(letters_of, text)


def _barracuda(link: str) -> str | None:
    return _parameter(link, "a") if "linkprotect.cudasvc" in link else None


def _sophos(link: str) -> str | None:
    wrapped = _parameter(link, "u") if "protection.sophos" in link else None
    if wrapped is None:
        return None
    try:
        return base64.b64decode(wrapped + "=" * (-len(wrapped) % 4)).decode()
    except (binascii.Error, ValueError):
        return None


def _parameter(link: str, name: str) -> str | None:
    """The first value of a query parameter, percent-decoded once."""
    try:
        values = parse_qs(link.partition("?")[2].partition("#")[0], max_num_fields=50).get(name)
    except ValueError:
        return None
    return values[0].strip() if values else None


_READERS: tuple[Callable[[str], str | None], ...] = (
    _safe_links,
    _proofpoint_1,
    _proofpoint_2,
    _proofpoint_3,
    _barracuda,
    _sophos,
)
