"""What a report quotes of the message it is about: its id, whom it went to, and our own marks in it.

Promises: linear, bounded, never raises; nothing it gives is proven. The message stands in a part of its own (RFC 3462
§2), or in the text after the report's own words. Its body is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from listserv.mail.addresslist import parse_mailboxes
from listserv.mail.fields import Head, cut_head
from listserv.mail.ids import read_ids
from listserv.mail.mime import Part
from listserv.mail.report.addresses import loose_addresses
from listserv.mail.report.parts import own_parts
from listserv.mail.words import header_octets_text, unfold
from listserv.model.report import Returned

HEADER_TYPES = frozenset({"text/rfc822-headers", "message/global-headers", "message/rfc822-headers"})
MESSAGE_TYPES = frozenset({"message/rfc822", "message/global", "message/news", "message/partial"})
OCTETS_READ = 262_144
MARKS_KEPT = 20
ADDRESSES_KEPT = 100

_FIRST_FIELD = re.compile(
    r"^(?:return-path|received|x-received|dkim-signature|delivered-to|message-id|from|to|subject|date|mime-version):",
    re.IGNORECASE | re.MULTILINE,
)
_FIRST_OCTETS = re.compile(
    rb"(?:return-path|received|x-[a-z-]{1,40}|dkim-signature|delivered-to|message-id|date|mime-version):", re.IGNORECASE
)
_FOR = re.compile(r"\sfor\s{1,3}<?([^\s<>;]{3,320})")
_RETURN_PATH = re.compile(
    rb"(?<![a-z0-9+._-])(?:[a-z0-9][a-z0-9-]{0,40}+(?<=-bounces)\+|[a-z0-9._-]{1,64}+\+[a-z0-9-]{1,40}?-bounces-)"
    rb"[a-z2-7]{16,64}@[a-z0-9][a-z0-9.-]{0,250}"
)
_UNSUBSCRIBE = re.compile(rb"/unsubscribe/([a-z2-7]{20,64})(?![a-z0-9])")
_SOFT_BREAK = re.compile(rb"=[ \t]{0,20}\r?\n")


def returned_header(root: Part, text: str) -> Head | None:
    """The header of the message a report returns.

    It stands in a part of its own below `root`, in a text part that begins like a header, or in `text`, what stood
    behind the report's own words.
    """
    for part in own_parts(root):
        head = _head_in(part) if part is not root else None
        if head is not None:
            return head
    return _head_within(text)


def _head_in(part: Part) -> Head | None:
    if part.content_type in MESSAGE_TYPES and part.children:
        child = part.children[0]
        return child.head if child.head.values else _head_of(child.body())
    if part.content_type in HEADER_TYPES or part.content_type in MESSAGE_TYPES:
        return _head_of(part.decoded())
    if part.main_type == "text" and not part.children:
        octets = part.decoded()[:OCTETS_READ].lstrip()
        return _head_of(octets) if _FIRST_OCTETS.match(octets) is not None else None
    return None


def _head_within(text: str) -> Head | None:
    first = _FIRST_FIELD.search(text[:OCTETS_READ])
    return _head_of(text[first.start() : first.start() + OCTETS_READ].encode("utf-8", "replace")) if first else None


def _head_of(octets: bytes) -> Head | None:
    octets = octets[:OCTETS_READ].lstrip()
    head = cut_head(octets, 0, len(octets))
    return head if head.values else None


def returned(head: Head | None, sources: Iterable[bytes]) -> Returned:
    """What is quoted of our message; `sources` are all texts of the report in which marks of ours may stand."""
    paths, tokens = _marks(sources)
    if head is None:
        return Returned(return_paths=paths, unsubscribe_tokens=tokens)
    ids = read_ids(header_octets_text(unfold(head.first(b"message-id") or b"")))
    return Returned(ids[0] if ids else "", tuple(returned_recipients(head)), paths, tokens)


def returned_recipients(head: Head) -> list[str]:
    """Whom a returned message went to: the `for` of its newest Received that has one, Delivered-To, To; each once.

    The To of a list's mail is the list, and so no recipient.
    """
    found = dict.fromkeys([*_received_for(head), *_named(head, "delivered-to")])
    if b"list-id" not in head.values and b"list-post" not in head.values:
        found |= dict.fromkeys(_named(head, "to"))
    return list(found)[:ADDRESSES_KEPT]


def _received_for(head: Head) -> Iterator[str]:
    for value in head.values.get(b"received", [])[:50]:
        match = _FOR.search(header_octets_text(unfold(value)))
        if match is not None:
            yield from (address for _, _, address in loose_addresses(match[1]))
            return


def _named(head: Head, name: str) -> Iterator[str]:
    for value in head.raw(name)[:10]:
        yield from (mailbox.address for mailbox in parse_mailboxes(value)[0][:ADDRESSES_KEPT])


def _marks(sources: Iterable[bytes]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    paths: dict[str, None] = {}
    tokens: dict[str, None] = {}
    for source in sources:
        octets = _SOFT_BREAK.sub(b"", source[:OCTETS_READ]).replace(b"=3D", b"=").lower()
        paths.update(dict.fromkeys(match[0].decode("ascii", "replace") for match in _RETURN_PATH.finditer(octets)))
        tokens.update(dict.fromkeys(match[1].decode("ascii") for match in _UNSUBSCRIBE.finditer(octets)))
    return tuple(paths)[:MARKS_KEPT], tuple(tokens)[:MARKS_KEPT]
