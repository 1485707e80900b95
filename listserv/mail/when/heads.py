"""Which lines of a mail are about a date: those headed "Deadline:", "Rā kati:", "Applications close ..." and the like.

The forgiving forms. Case, macrons, bullets, numbering and stars of bold type around a head do not matter.

- With a colon or a dash behind it: Deadline, Due, Closing date, Closes, Last day, RSVP, Rā kati, Rā whakamutunga;
  Event, Date, When, Save the date, Hui, Huihuinga, Meeting, Workshop, Webinar, Conference, Wānanga, Rā.
- Without: Deadline (for ...), Closing date, Rā kati, Ka kati ngā tono; and where the date follows at once, Closes, Due,
  RSVP by, Register by, Last day.
- Anywhere in a short line: "applications close", "entries due", "registrations close" and the like.
- Below a head, lines headed When, Date, Time, Where, Venue, Link, Wā, Wāhi belong to it; so does what was wrapped.

Quoted lines (">") are others' words, "Date:" among From: and To: is a forwarded header: neither is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from listserv.mail.when.shape import Shape, tidy
from listserv.mail.when.stretches import find_figures, find_named
from listserv.mail.when.values import Kind
from listserv.mail.when.words import folded

TEXT_CHARACTERS = 100_000
MOST_LINES = 2_000
MOST_ENTRIES = 50
LINE_CHARACTERS = 500
SENTENCE_CHARACTERS = 200
_WRAPPED_CHARACTERS = 60
_MOST_DETAILS = 8


class Need(Enum):
    """What a head needs behind it to be one."""

    COLON = 1
    DATE = 2  # a colon, or a date at once
    NOTHING = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One head with what belongs to it: `line` as it was written, `text` what is read of it.

    `sure` if a colon says that a date was meant to follow.
    `name` is the head where it may be (a part of) the title, else "". `above` is the line above, "" if that is blank.
    """

    kind: Kind
    line: str
    text: str
    sure: bool
    name: str = ""
    above: str = ""
    details: int = 0


@dataclass(frozen=True, slots=True)
class _Head:
    kind: Kind
    need: Need
    names: bool = False


_HEADS: dict[str, _Head] = {}
for _head, _phrases in (
    (_Head(Kind.DEADLINE, Need.NOTHING),
     "deadline, deadlines, due date, closing date, cut off date, final date, rā kati, rā katinga, rā whakamutunga"),
    (_Head(Kind.DEADLINE, Need.NOTHING, True), "ka kati ngā tono, ka kati"),
    (_Head(Kind.DEADLINE, Need.DATE), "due, due by, closes, close, closing, closes on, last day, last date, final day, "
                                      "cut off, cutoff, kati"),
    (_Head(Kind.DEADLINE, Need.DATE, True), "rsvp, rsvp by, register by, apply by, submit by, enrol by, book by, "
                                            "respond by, reply by, return by, last day for, last day to"),
    (_Head(Kind.EVENT, Need.COLON), "event, events, date, dates, when, rā, rā hui, takunetanga, upcoming event"),
    (_Head(Kind.EVENT, Need.NOTHING), "save the date"),
    (_Head(Kind.EVENT, Need.COLON, True), "hui, huihuinga, meeting, next meeting, next hui, staff meeting, workshop, "
                                          "webinar, conference, wānanga, symposium"),
):  # fmt: skip
    for _phrase in _phrases.split(", "):
        _HEADS[" ".join(folded(_word) for _word in _phrase.split())] = _head
_DATES = frozenset(folded(word) for word in ("when", "date", "dates", "day", "rā", "āhea"))
_TIMES = frozenset((folded("time"), folded("wā")))
_DETAILS = (
    _DATES
    | _TIMES
    | {folded(word) for word in ("where", "venue", "place", "location", "link", "website", "web", "url", "wāhi")}
)
_ARTICLES = frozenset(("the", "te", "our", "he", "nga"))
_LONGEST_HEAD_WORDS = 4

_BULLET = re.compile(r"[\W_]{0,20}(?:[0-9]{1,2}[.)]\s{1,4}[\W_]{0,8})?")
_WORD = re.compile(r"[^\W\d_]{1,30}")
_GAP = re.compile(r"[ \t-]{1,3}")
_COLON = re.compile(r"[*_ \t]{0,6}:[*_ \t]{0,6}|[*_]{0,3}[ \t]{1,4}[-–—][ \t]{1,4}|[*_]{0,3}\t[ \t]{0,6}")
_DATE_AT_ONCE = re.compile(r" ?(?:[p@] )?(?:t )?(?:[dDWwMHUy]|[snc] [WK]|K ?[dD])")
_CLOSES = re.compile(
    r"\b(?:applications?|entries|submissions?|registrations?|nominations?|abstracts?|bookings?|enrolments?|proposals?"
    r"|expressions of interest|eois?|surveys?|votes|voting|orders|tickets|awards?|scholarships?|grants?|responses"
    r"|tono) (?:(?:are|is|will|must be) )?(?:close|closes|closing|due)\b",
    re.IGNORECASE,
)
_HEADER = re.compile(r"[*_ \t]{0,6}(?:from|to|sent|cc|subject|nā|ki|kaupapa)[*_]{0,3}:", re.IGNORECASE)
_INCOMPLETE = re.compile(r"(?:[WwpGjtFV@&dDhKT-]|[Ww]\.|,)$")
_A_DATE_BEGINS = re.compile(r"[dDMmWwuyt(]")


def entries(text: str) -> list[Entry]:
    """The headed lines of a text with what belongs to each, in order; at most 50 in the first 2,000 lines."""
    written = text[:TEXT_CHARACTERS].splitlines()[:MOST_LINES]
    lines = [tidy(line) for line in written]
    found: list[Entry] = []
    open_ = False
    for at, line in enumerate(lines):
        if not line.strip() or line.lstrip().startswith(">"):
            open_ = False
            continue
        more = _added(found[-1], lines[at - 1], line) if open_ else None
        if more is not None:
            found[-1] = replace(more, line=f"{more.line}\n{written[at]}")
            continue
        entry = None if _in_header_block(lines, at) else _entry(lines, at)
        open_ = entry is not None
        found += [replace(entry, line=written[at])] if entry is not None else []
        if len(found) > MOST_ENTRIES:
            return found[:MOST_ENTRIES]
    return found


def _entry(lines: Sequence[str], at: int) -> Entry | None:
    line = lines[at]
    begin = _begin(line)
    for head, end in _heads(line, begin):
        colon = _COLON.match(line, end)
        rest = line[colon.end() if colon else end :]
        sure = colon is not None
        if not sure and (head.need is Need.COLON or len(line) > SENTENCE_CHARACTERS):
            continue
        if not sure and head.need is Need.DATE and not _DATE_AT_ONCE.match(Shape(rest[:80]).letters):
            continue
        name = " ".join(line[begin:end].split()) if head.names else ""
        return Entry(head.kind, line, rest, sure, name, _above(lines, at))
    if len(line) <= SENTENCE_CHARACTERS and _CLOSES.search(line):
        return Entry(Kind.DEADLINE, line, line[begin:], False)
    return None


def _heads(line: str, begin: int) -> Iterator[tuple[_Head, int]]:
    """The heads the line may begin with, longest first, and where each ends."""
    found: list[tuple[_Head, int]] = []
    key = ""
    for word, end in _first_words(line, begin):
        if key or word not in _ARTICLES:
            key = f"{key} {word}".strip()
        if key in _HEADS:
            found.append((_HEADS[key], end))
    yield from reversed(found)


def _first_words(line: str, begin: int) -> Iterator[tuple[str, int]]:
    at = begin
    for _ in range(_LONGEST_HEAD_WORDS + 1):
        word = _WORD.match(line, at)
        if word is None:
            return
        yield folded(word[0]), word.end()
        gap = _GAP.match(line, word.end())
        at = gap.end() if gap else len(line)


def _begin(line: str) -> int:
    bullet = _BULLET.match(line)
    return bullet.end() if bullet else 0


def _added(entry: Entry, before: str, line: str) -> Entry | None:
    """The entry with this line, if it belongs to it."""
    detail = _detail(line)
    if detail is not None and entry.details < _MOST_DETAILS:
        key, value = detail
        if key not in _DATES or not _has_date(entry.text):
            at = "@ " if key in _TIMES else ""
            return replace(entry, text=f"{entry.text}\n{at}{value}", sure=True, details=entry.details + 1)
    if detail is not None or _entry([line], 0) is not None or entry.details >= _MOST_DETAILS:
        return None
    if entry.text.strip() and not _wraps(before, line):
        return None
    return replace(entry, text=f"{entry.text} {line.strip()}", details=entry.details + 1)


def _has_date(text: str) -> bool:
    shape = Shape(text[:LINE_CHARACTERS])
    return any(each.first.doubt is None for each in (*find_figures(shape), *find_named(shape)))


def _detail(line: str) -> tuple[str, str] | None:
    word = _WORD.match(line, _begin(line))
    colon = _COLON.match(line, word.end()) if word else None
    if word is None or colon is None or ":" not in colon[0] or folded(word[0]) not in _DETAILS:
        return None
    return folded(word[0]), line[colon.end() :]


def _wraps(before: str, line: str) -> bool:
    """Whether a mail program broke the line before for want of room, or in the middle of a date."""
    first = line.strip().split(" ", 1)[0]
    if len(before) + 1 + len(first) > _WRAPPED_CHARACTERS:
        return not line[: _begin(line)].strip()
    begins = Shape(line.strip()[:80]).letters
    return bool(_INCOMPLETE.search(Shape(before[-80:].rstrip()).letters) and _A_DATE_BEGINS.match(begins))


def _above(lines: Sequence[str], at: int) -> str:
    line = lines[at - 1].strip() if at else ""
    return "" if line.startswith(">") or len(line) > 100 or _detail(line) else line


def _in_header_block(lines: Sequence[str], at: int) -> bool:
    """Whether the line stands beside From:, To: or Subject:, and so is the header of a forwarded mail."""
    return any(_HEADER.match(line) for line in (*lines[max(0, at - 1) : at], *lines[at + 1 : at + 2]))
