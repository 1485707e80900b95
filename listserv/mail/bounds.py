"""The first look at a message: is it within bounds, before anything reads it?

Promises: one answer from the octets alone, in linear time and without copying more than once; the first bound that is
broken is named in a sentence fit for an SMTP reply. It decodes nothing and judges nothing but size and shape.
"""

from __future__ import annotations

from dataclasses import dataclass

from listserv.mail.fields import Head, with_line_feeds
from listserv.mail.mime import MimeLimits, Part, scan_parts
from listserv.mail.parse import Message, parse

_RECIPIENT_FIELDS = frozenset({b"from", b"sender", b"reply-to", b"to", b"cc", b"bcc"})
_BEYOND_LIMITS = frozenset({"boundary_too_long", "too_many_parts", "too_deep"})
_FOLLOWED = (MimeLimits().parts, MimeLimits().depth, MimeLimits().boundary_octets)
_BOUNDARIES_LOOKED_AT = 10_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """The largest message we look at.

    The header's and the boundary's octets are Postfix's bounds, the number of parts is SpamAssassin's.
    """

    message_octets: int = 26_214_400
    header_octets: int = 102_400
    field_octets: int = 65_536
    fields: int = 1_000
    parts: int = 1_000
    depth: int = 20
    boundary_octets: int = 2_048
    recipients_in_field: int = 1_000


@dataclass(frozen=True, slots=True)
class Fault:
    """The bound a message breaks: a stable `code` and one clear sentence."""

    code: str
    text: str


def check_bounds(octets: bytes, bounds: Bounds) -> Fault | None:
    """The first bound that these octets break, None if they keep all of them."""
    return check_message(parse(octets), bounds)


def check_message(message: Message, bounds: Bounds) -> Fault | None:
    """The same of a parsed message, whose header and parts are looked at once, for this look and all that follow."""
    octets = message.octets
    if len(octets) > bounds.message_octets:
        return Fault("message_too_large", f"The message has more than {bounds.message_octets} octets.")
    head = message.head
    if head.end > bounds.header_octets:
        return Fault("header_too_large", f"The header has more than {bounds.header_octets} octets.")
    return _fields_fault(octets, head, bounds) or _parts_fault(message, bounds)


def _fields_fault(octets: bytes, head: Head, bounds: Bounds) -> Fault | None:
    if sum(map(len, head.values.values())) > bounds.fields:
        return Fault("too_many_fields", f"The header has more than {bounds.fields} fields.")
    all_recipients = octets.count(b"@", head.start, head.end)
    if head.end - head.start <= bounds.field_octets and all_recipients <= bounds.recipients_in_field:
        return None
    for name, values in head.values.items():
        for value in values:
            if len(name) + len(value) > bounds.field_octets:
                return Fault("field_too_long", f"A header field has more than {bounds.field_octets} octets.")
            if name in _RECIPIENT_FIELDS and value.count(b"@") > bounds.recipients_in_field:
                return Fault(
                    "too_many_recipients", f"A header field has more than {bounds.recipients_in_field} addresses."
                )
    return None


def _parts_fault(message: Message, bounds: Bounds) -> Fault | None:
    """Only a message that could break a bound of the MIME tree has its tree looked at, no further than the bounds."""
    if _is_text(message.head) or _is_within(message, bounds):
        return None
    octets = with_line_feeds(message.octets)
    if not _may_be_deep_or_wide(octets, bounds):
        return None
    limits = MimeLimits(bounds.parts, bounds.depth, bounds.boundary_octets)
    defects = _defects(scan_parts(octets, message.head, limits))
    if "boundary_too_long" in defects:
        return Fault("boundary_too_long", f"A MIME boundary has more than {bounds.boundary_octets} octets.")
    if "too_many_parts" in defects:
        return Fault("too_many_parts", f"The message has more than {bounds.parts} MIME parts.")
    if "too_deep" in defects:
        return Fault("too_deep", f"The message has parts inside parts more than {bounds.depth} levels deep.")
    return None


def _is_within(message: Message, bounds: Bounds) -> bool:
    """Whether the tree by which all others read the message shows that it keeps the bounds."""
    if (bounds.parts, bounds.depth, bounds.boundary_octets) != _FOLLOWED:
        return False
    return _defects(message.root).isdisjoint(_BEYOND_LIMITS)


def _defects(root: Part) -> set[str]:
    return {defect for part in root.walk() for defect in part.defects}


def _is_text(head: Head) -> bool:
    """Whether the whole is one text, which is no tree, whatever stands in it."""
    kind = head.first(b"content-type")
    return kind is None or kind[:5].lower() == b"text/"


def _may_be_deep_or_wide(octets: bytes, bounds: Bounds) -> bool:
    """Whether parts, depth or a boundary could be too much: a bound from above, by counting what each needs."""
    small = octets.lower()
    if b"multipart/" not in small and b"message/" not in small:
        return False
    levels = small.count(b"multipart/") + small.count(b"message/") + small.count(b"/digest")
    delimiters = small.count(b"\n--")
    return levels > bounds.depth or 2 * delimiters + levels >= bounds.parts or _may_have_long_boundary(small, bounds)


def _may_have_long_boundary(small: bytes, bounds: Bounds) -> bool:
    if small.count(b"boundary") > _BOUNDARIES_LOOKED_AT:
        return True
    at = small.find(b"boundary")
    while at >= 0:
        line_end = small.find(b"\n", at, at + bounds.boundary_octets)
        if line_end < 0 and len(small) - at > bounds.boundary_octets:
            return True
        at = small.find(b"boundary", at + 1)
    return False
