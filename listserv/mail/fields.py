"""The header block, cut out of the octets of a message or of a MIME part without copying or changing any of them.

Promises: every field is given with its offsets into the octets it was cut from, so that others can edit bytes; one
linear pass over at most 1 MiB and 10,000 lines; any octets are accepted. It reads over what real mail puts there (a
byte order mark, an mbox `From ` line, a blank line too early, lines that are no field, a missing blank line, bare CR
as line end) and names each in `Head.defects`. It decodes nothing and may not look below the blank line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from listserv.mail.once import once

FIELD_NAMES = frozenset(
    b"apparently-to archived-at authentication-results auto-submitted bcc cc comments date delivered-to "
    b"dkim-signature errors-to from importance in-reply-to keywords mailing-list message-id mime-version organization "
    b"precedence priority received received-spf references reply-to return-path sender status subject thread-index "
    b"thread-topic to user-agent".split()
)
_SEEN_BY_PEOPLE = frozenset(b"bcc cc comments date from importance keywords reply-to sender subject to".split())
FIELD_FAMILIES = (b"arc-", b"content-", b"list-", b"resent-", b"x-")

HEADER_OCTETS_READ = 1_048_576
LINES_READ = 10_000

_FIELD = re.compile(rb"([!-9;-~]++)[ \t]*+:")
_LINE = re.compile(rb"\n(?:([!-9;-~]++):|(?=[^ \t\r\n]))")
_WHOLE_FIELD = re.compile(rb"([!-9;-~]++):([^\n]*+(?>(?:\n[ \t][^\n]*+)*))\n")
_BLANK_LINE = re.compile(rb"\n\r*+\n")
_EARLY_BLANK_LINES = re.compile(rb"[\r\n]++")
_EMPTY_LINE = re.compile(rb"\r*+\n")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MBOX_FROM = re.compile(rb">?From (?![ \t]*+:)")

FieldLine = tuple[int, bytes, int]
"""(where the line starts, the field's name in lower case or empty for a line that is none, where the colon ends)"""


class Field(NamedTuple):
    """One header field as it stands: `value` is what follows the colon, folds kept, final line end cut off.

    `octets[start:end]` is the whole field with its folds and its line end (RFC 5322 §2.2).
    """

    name: bytes
    value: bytes
    start: int
    end: int


class Head:
    """A header block: `octets[start:end]` are its lines, the body begins at `body_start` (after the blank line).

    `values` are the raw values by lower-case name, in order, outer white space gone, folds kept.
    """

    def __init__(
        self,
        octets: bytes,
        lines: Sequence[FieldLine] | None,
        start: int,
        end: int,
        body_start: int,
        defects: tuple[str, ...],
        values: dict[bytes, list[bytes]] | None = None,
    ) -> None:
        """`values` can be given in place of `lines`, which are found again when somebody asks for the fields."""
        self._octets = octets
        self._lines = lines
        self.start = start
        self.end = end
        self.body_start = body_start
        self.defects = defects
        self.values = _values(octets, lines or (), end) if values is None else values

    @once
    def fields(self) -> tuple[Field, ...]:
        """Every field in order."""
        octets = self._octets
        lines = _field_lines(octets, self.start, self.end)[0] if self._lines is None else self._lines
        stops = [at for at, _, _ in lines[1:]]
        stops.append(self.end)
        return tuple(
            [
                Field(octets[at:colon].rstrip(b": \t"), octets[colon:stop].rstrip(b"\r\n"), at, stop)
                for (at, name, colon), stop in zip(lines, stops, strict=False)
                if name
            ]
        )

    def raw(self, name: str) -> list[bytes]:
        """The raw values of every field of this name (any case), in order, outer white space gone, folds kept."""
        return list(self.values.get(name.lower().encode("ascii", "replace"), ()))

    def first(self, name: bytes) -> bytes | None:
        """The first raw value of the field of this lower-case name."""
        values = self.values.get(name)
        return values[0] if values else None


def known_field(name: bytes) -> bool:
    """Whether mail programs really write a field of this name (any case): tells a field from a line of text."""
    name = name.lower()
    return name in FIELD_NAMES or name.startswith(FIELD_FAMILIES)


def written_by_programs(name: bytes) -> bool:
    """Whether a field of this name is known and not one of those a person sees, and so quotes or forwards."""
    return name.lower() not in _SEEN_BY_PEOPLE and known_field(name)


def with_line_feeds(octets: bytes) -> bytes:
    """The same octets at the same offsets, bare CR read as a line end where the message has no LF at all."""
    return octets if b"\n" in octets or b"\r" not in octets else octets.replace(b"\r", b"\n")


def cut_message_head(octets: bytes) -> Head:
    """Cut the header block of a whole message, reading over an mbox separator line and early blank lines.

    A blank line at the very beginning is read over only if a field mail programs know comes right after it.
    """
    first = len(_BYTE_ORDER_MARK) if octets.startswith(_BYTE_ORDER_MARK) else 0
    start = _after_mbox_lines(octets, first)
    defects: tuple[str, ...] = ("byte_order_mark",) if first else ()
    if start > first:
        defects += ("mbox_line",)
    blank = _EARLY_BLANK_LINES.match(octets, start)
    if blank is not None:
        field = _FIELD.match(octets, blank.end())
        if field is not None and known_field(field[1]):
            start = blank.end()
            defects += ("early_blank_line",)
    return cut_head(octets, start, len(octets), defects)


def cut_head(octets: bytes, start: int, stop: int, defects: tuple[str, ...] = ()) -> Head:
    """Cut the header block that begins at `start`; nothing from `stop` on belongs to it.

    Of a header longer than 1 MiB the rest counts as body; lines after the first 10,000 belong to the last field.
    """
    limit = min(stop, start + HEADER_OCTETS_READ)
    end, body_start = _blank_line(octets, start, limit)
    values = _usual_values(octets, start, end) if end < limit else None
    if values is not None:
        return Head(octets, None, start, end, body_start, defects, values)
    lines, garbage = _field_lines(octets, start, end)
    if end == limit < stop or len(lines) + len(garbage) > LINES_READ:
        defects += ("header_cut",)
    if not garbage:
        return Head(octets, lines, start, end, body_start, defects)
    last = _last_field(octets, lines, garbage)
    late = [at for at in garbage if at > last]
    if len(late) < len(garbage):
        defects += ("header_garbage",)
    if late:
        end = body_start = late[0]
        defects += ("no_blank_line",)
    return Head(octets, _with_garbage(lines, garbage, end), start, end, body_start, defects)


def _after_mbox_lines(octets: bytes, start: int) -> int:
    while _MBOX_FROM.match(octets, start) is not None:
        line_end = octets.find(b"\n", start)
        if line_end < 0:
            return start
        start = line_end + 1
    return start


def _blank_line(octets: bytes, start: int, stop: int) -> tuple[int, int]:
    """Where the header's lines end and where the body starts."""
    empty = _EMPTY_LINE.match(octets, start, stop)
    if empty is not None:
        return start, empty.end()
    blank = _BLANK_LINE.search(octets, start, stop)
    return (stop, stop) if blank is None else (blank.start() + 1, blank.end())


def _field_lines(octets: bytes, start: int, end: int) -> tuple[list[FieldLine], list[int]]:
    """The lines that begin a field, and the offsets of those that neither do nor continue one."""
    lines: list[FieldLine] = []
    garbage: list[int] = []
    if start < end:
        _add_odd_line(octets, start, end, lines, garbage)
    for line in islice(_LINE.finditer(octets, start, end), LINES_READ):
        name = line[1]
        if name is None:
            _add_odd_line(octets, line.start() + 1, end, lines, garbage)
        else:
            lines.append((line.start() + 1, name.lower(), line.end()))
    return lines, garbage


def _usual_values(octets: bytes, start: int, end: int) -> dict[bytes, list[bytes]] | None:
    """The values by name where every line begins a field or continues one, as in nearly all headers; None elsewhere."""
    found = _WHOLE_FIELD.findall(octets, start, end)
    length = 2 * len(found)  # the colons and the line ends
    by_name: dict[bytes, list[bytes]] = {}
    for name, value in reversed(found):
        length += len(name) + len(value)
        small = name.lower()
        if small in by_name:
            by_name[small].append(value.strip())
        else:
            by_name[small] = [value.strip()]
    for values in by_name.values():
        values.reverse()
    return by_name if length == end - start and len(found) < LINES_READ else None


def _values(octets: bytes, lines: Sequence[FieldLine], end: int) -> dict[bytes, list[bytes]]:
    by_name: dict[bytes, list[bytes]] = {}
    for at, name, colon in reversed(lines):
        if name:
            by_name.setdefault(name, []).append(octets[colon:end].strip())
        end = at
    for values in by_name.values():
        values.reverse()
    return by_name


def _add_odd_line(octets: bytes, at: int, end: int, lines: list[FieldLine], garbage: list[int]) -> None:
    """A line looked at closely: space before the colon is for names we know (RFC 5322 §4.5.8), `Thanks :-)` is none."""
    field = _FIELD.match(octets, at, end)
    if field is not None and (octets[field.end() - 2] not in b" \t" or known_field(field[1])):
        lines.append((at, field[1].lower(), field.end()))
    else:
        garbage.append(at)


def _last_field(octets: bytes, lines: list[FieldLine], garbage: list[int]) -> int:
    """Where the last line stands that is a field without doubt, -1 if there is none: what follows it may be body.

    A line that looks like a MIME delimiter ends every header. Below a text that begins the message only a field that no
    person types counts, for a body may quote a From, a Date and a Subject.
    """
    limit = next((at for at in garbage if octets.startswith(b"--", at)), len(octets))
    believed = known_field if lines and lines[0][0] < garbage[0] else written_by_programs
    return max((at for at, name, _ in lines if at < limit and believed(name)), default=-1)


def _with_garbage(lines: list[FieldLine], garbage: list[int], end: int) -> list[FieldLine]:
    """All lines before `end` in order, those that are no field with an empty name, so that they end the field above."""
    nameless = [(at, b"", at) for at in garbage]
    return sorted(line for line in [*lines, *nameless] if line[0] < end)
