"""The links and files of a post that are worth keeping, from its author's own words and its attachments.

    message --gathered(message, ancestors, our site)--> items, each with a title and a key
    message --text_and_items--> the same, and what the search index takes of it: most of the work serves both

Promises: what is quoted, a signature, a footer or our own page gives nothing; at most `ITEMS` items, each once; files
are named and hashed, never opened. Pure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence, Set
from functools import cached_property
from itertools import islice

from listserv.mail.charsets import nfc
from listserv.mail.files.tnef import is_winmail
from listserv.mail.mime import Part
from listserv.mail.parse import Message
from listserv.mail.shelf.titles import ANCHORS, anchors, hrefs, is_resource, title_line, title_of
from listserv.mail.shelf.weblink import (
    LINK,
    host_of,
    is_below,
    is_home,
    links_in,
    may_hold_link,
    normal_link,
    shared_link,
    trimmed,
)
from listserv.mail.subject import base_subject
from listserv.mail.text.body import Attachment, Body, body
from listserv.mail.text.page import Page
from listserv.mail.text.pieces import Piece, Pieces
from listserv.mail.text.quote import split_own
from listserv.mail.text.seams import DerivedText, derived_of
from listserv.mail.words import clean
from listserv.model.shelf import Gathered

ITEMS = 20
LINKS_READ = 200
LOGO_OCTETS = 20_000

_NO_FILE = frozenset(("text/calendar", "application/ics", "text/vcard", "text/x-vcard", "text/directory"))
_NO_ENDING = (".ics", ".vcf", ".p7s", ".p7m", ".asc", ".url")
_MAIL = ("application/vnd.ms-outlook", "application/mbox")
_MAIL_ENDING = (".eml", ".emlx", ".msg", ".mbox")
# RFC 2369, RFC 8058 aside: the pages of the list by which the message came.
_LIST_FIELDS = ("List-Help", "List-Unsubscribe", "List-Subscribe", "List-Post", "List-Owner", "List-Archive")
_PROGRAM_NAME = re.compile(r"(?:ATT\d{3,}|image\d{3}|Outlook-[\w-]{1,40}|unnamed(?:\(\d+\))?)\.\w{1,5}", re.IGNORECASE)


def gathered(message: Message, ancestors: Sequence[str] = (), our_site: str = "") -> tuple[Gathered, ...]:
    """What the post shares, links in the order of its words, then files; `ancestors` are texts it may quote."""
    return _items(message, body(message), _Apart(ancestors), our_site)


def text_and_items(
    message: Message, ancestors: Sequence[str] = (), our_site: str = ""
) -> tuple[DerivedText, tuple[Gathered, ...]]:
    """What `derived_text` and `gathered` give, for the work of little more than one of them."""
    found, apart = body(message), _Apart(ancestors)
    pieces = apart.pieces(found.text, found.page)
    return derived_of(pieces), _items(message, found, apart, our_site)


def _items(message: Message, found: Body, apart: _Apart, our_site: str) -> tuple[Gathered, ...]:
    items = {each.key: each for each in (*reversed(list(_files(message, found))),)}
    links = {each.key: each for each in islice(_links(message, found, apart, our_site), ITEMS)}
    return (*links.values(), *reversed(items.values()))[:ITEMS]


class _Apart:
    """Texts of one message told apart by whose words they are, each once."""

    def __init__(self, ancestors: Sequence[str]) -> None:
        self._ancestors = ancestors
        self._known: dict[str, Pieces] = {}

    def pieces(self, text: str, page: Page | None) -> Pieces:
        """What `split_own` gives; `page` is the same for all texts of the message."""
        if text not in self._known:
            self._known[text] = split_own(text, page, self._ancestors)
        return self._known[text]


def link_item(url: str, title: str) -> Gathered | None:
    """The link under this title; None for what is no page to keep."""
    link = shared_link(url)
    return Gathered(_key("link", normal_link(link).encode()), title_line(title), link) if link else None


def _key(kind: str, octets: bytes) -> str:
    return f"{kind}:{hashlib.sha256(octets).hexdigest()}"


# --- links


def _links(message: Message, found: Body, apart: _Apart, our_site: str) -> Iterator[Gathered]:
    no_resource = _Useless(our_site, message)
    linked = islice(hrefs(found.page), ANCHORS) if found.page else ()
    wanted = {url for url in map(normal_link, (*linked, *_written(found.text))) if not no_resource.has(url)}
    if not wanted or (found.page is not None and _are_anothers(wanted, found, apart)):
        return
    known = anchors(found.page) if found.page else {}
    text = found.page.rendered.text if found.page else found.text
    own_host = (message.author.address if message.author else "").rpartition("@")[2].lower()
    seen: set[str] = set()
    for lines in (_lines(piece) for piece in apart.pieces(text, found.page).pieces if piece.kind == "own"):
        for at, start, end in islice(_places(lines), LINKS_READ):
            url = shared_link(lines[at][start:end])
            normal = normal_link(url)
            if not url or normal in seen or no_resource.has(normal) or not is_resource(known.get(normal)):
                continue
            title = title_of(url, lines, at, start, end, known)
            if is_home(url) and (not title or _is_hers(own_host, url)):
                continue
            item = link_item(url, title or _of_subject(message, host_of(url)))
            if item is not None:
                seen.add(normal)
                yield item


class _Useless:
    """Addresses that nobody shares: what is no page to keep, our own site, and the pages of the list it came by."""

    def __init__(self, our_site: str, message: Message) -> None:
        self._our_site = our_site
        self._message = message

    def has(self, normal: str) -> bool:
        """Whether the page at this `normal_link` is one of them."""
        return not shared_link(normal) or is_below(normal, self._our_site) or normal in self._list_pages

    @cached_property
    def _list_pages(self) -> set[str]:
        values = (value for name in _LIST_FIELDS for value in self._message.headers(name))
        return {normal_link(trimmed(url)) for value in values for url in links_in(value)}


def _written(text: str) -> Iterator[str]:
    return (trimmed(found) for found in islice(links_in(text), LINKS_READ))


def _are_anothers(wanted: Set[str], found: Body, apart: _Apart) -> bool:
    """Whether all of these stand in the plain text, and there in nobody's own words: the page has none either, then.

    Most posts are so, for what they answer has a footer, and their page need not be taken apart as well.
    """
    if not wanted <= set(map(normal_link, _written(found.text))):
        return False
    pieces = apart.pieces(found.text, found.page).pieces
    own = (url for piece in pieces if piece.kind == "own" for url in links_in(piece.text))
    return wanted.isdisjoint(map(normal_link, map(trimmed, own)))


def _lines(piece: Piece) -> list[str]:
    return piece.text.split("\n")


def _places(lines: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    for at, line in enumerate(lines):
        if not may_hold_link(line):
            continue
        for found in LINK.finditer(line):
            yield at, found.start(), found.start() + len(trimmed(found[0]))


def _of_subject(message: Message, host: str) -> str:
    """What to call a link that nothing else names."""
    whole = " ".join(message.subject.split())
    base = base_subject(whole).text
    bare = whole[len(whole) - len(base) :]  # as it was spelled, less its Re:
    subject = bare if bare.casefold() == base.casefold() else whole
    return f"{subject} ({host})" if subject else host


def _is_hers(own_host: str, url: str) -> bool:
    """The website of the author's own school or work, which stands in signatures."""
    host = host_of(url)
    return bool(host) and (own_host == host or own_host.endswith(f".{host}"))


# --- files


def _files(message: Message, found: Body) -> Iterator[Gathered]:
    parts = list(message.root.walk())
    inside = {id(child) for part in parts if part.content_type == "multipart/related" for child in part.children}
    for each in found.attachments:
        part = parts[each.part_index]
        if _is_kept(each) and not (part.main_type == "image" and _is_in_text(part, id(part) in inside, found)):
            octets = part.decoded()
            title = title_line(nfc(clean(each.filename)))
            yield Gathered(_key("file", octets), title, "", each.part_index, each.size_octets)


def is_mail(file: Attachment) -> bool:
    """Whether the file is a mail: attached as one, or saved by a mail program."""
    known = file.content_type.startswith("message/") or file.content_type in _MAIL
    return known or file.filename.lower().endswith(_MAIL_ENDING)


def _is_kept(file: Attachment) -> bool:
    name = file.filename
    if not name or not file.size_octets or _PROGRAM_NAME.fullmatch(name) or name.lower().endswith(_NO_ENDING):
        return False
    if file.content_type in _NO_FILE or is_mail(file):
        return False
    is_logo = file.content_type.startswith("image/") and file.size_octets < LOGO_OCTETS
    return not is_logo and not is_winmail(file.content_type, name)


def _is_in_text(picture: Part, is_related: bool, found: Body) -> bool:
    """Whether the text shows the picture in place (RFC 2392), or its author's program said so (RFC 2183 §2.1)."""
    named = bool(picture.content_id) and f"cid:{picture.content_id}" in (found.html or "")
    return is_related or named or picture.disposition == "inline"
