"""A group's dates as iCalendar (RFC 5545, RFC 7986), for calendars that subscribe to them.

Hours are written in UTC: what a clock shows is worked out when the entry is made, so a calendar program needs no zone
of ours, and daylight saving cannot be told wrongly. Whole days are DATE values, which belong to no zone. Something that
takes place several times is a row and an entry for each day: not every program reads RDATE, and no RRULE knows terms.

A feed has no METHOD, so DTSTAMP is the time of the last change (§3.8.7.2), and the same entries are the same octets: a
reader who asks again can be told that nothing is new. A file that travels with a mail has one (RFC 5546 §3.2.1).

Promises: lines end in CRLF and have at most 75 octets (§3.1), folded between characters; nothing in a text can add a
line or a property; UIDs stay when an entry changes. By hand, not by a library: it is one component with a dozen
properties, all of them ours, and a test reads it with an independent one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from listserv.model.calendar import DAY, Deadline

MOST_ENTRIES = 1_000
TITLE_CHARACTERS = 300
TEXT_CHARACTERS = 4_000
LINK_CHARACTERS = 2_000
LINE_OCTETS = 75
REFRESH = timedelta(hours=6)
_PRODUCT = "-//listserv//dates of a group//EN"
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n|\r|\n")
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\t": " "})
_LINK = re.compile(r"https?://[!-~]+")
_NOT_IN_UID = re.compile(r"[^A-Za-z0-9@._+-]+")
# A calendar must hold a component (§3.6); this one says nothing.
_NOTHING = (
    "BEGIN:VTIMEZONE", "TZID:UTC", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0000", "END:STANDARD", "END:VTIMEZONE",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A date in a calendar. Times are aware.

    `uid` never changes and is no other entry's, on any server: see `uid_of`. `sequence` is raised by one with each
    change of the days, the hours or `cancelled` (RFC 5546 §2.1.4), `changed_at` with every change. Without `starts_at`
    it is the whole of `day`, or of all days up to `end_day`, that one too; with it, `ends_at` is its end, and the days
    only put the entries in order. Several days of which only the first hour is known are whole days: an instant without
    an end takes no time (§3.6.1), and would be no event of several days.
    """

    uid: str
    title: str
    day: date
    changed_at: datetime
    end_day: date | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    link: str = ""
    text: str = ""
    sequence: int = 0
    cancelled: bool = False


def uid_of(kind: str, number: int, domain: str) -> str:
    """The UID of a row: "deadline-3@lists.example.nz" (§3.8.4.7)."""
    return f"{kind}-{number}@{domain}"


def entry_of(date_: Deadline, domain: str) -> CalendarEntry:
    """A group's date as an entry; a removed one is cancelled."""
    return CalendarEntry(
        uid_of("deadline", date_.id, domain),
        date_.title,
        date_.day,
        date_.changed_at or date_.created_at,
        end_day=date_.end_day,
        starts_at=date_.at,
        ends_at=date_.ends_at,
        link=date_.link,
        sequence=date_.sequence,
        cancelled=date_.removed,
    )


def calendar_octets(
    entries: Iterable[CalendarEntry], name: str, *, page: str = "", language: str = "", method: str = ""
) -> bytes:
    """The calendar as text/calendar in UTF-8, the last 1,000 entries by day.

    `name` is what people see above it, `page` the address of the group's page, `language` the tag of its texts; both
    may be "". `method` is "PUBLISH" in a file that is sent, "" in a feed.
    """
    kept = sorted(entries, key=lambda entry: (entry.day, entry.uid))[-MOST_ENTRIES:]
    spoken = f";LANGUAGE={language}" if re.fullmatch(r"[A-Za-z0-9-]{1,35}", language) else ""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{_PRODUCT}",
        "CALSCALE:GREGORIAN",
        *([f"METHOD:{method}"] if method else _about(name, page, spoken)),
    ]
    for entry in kept:
        lines += _event(entry, spoken)
    lines += [*([] if kept else _NOTHING), "END:VCALENDAR"]
    return b"".join(_folded(line) for line in lines)


def _about(name: str, page: str, spoken: str) -> list[str]:
    """What a feed says of itself. Not in a file that is sent: programs would take it for a new calendar."""
    return [
        f"NAME{spoken}:{_text(name, TITLE_CHARACTERS)}",
        f"X-WR-CALNAME:{_text(name, TITLE_CHARACTERS)}",
        *_link("URL", page),
        f"REFRESH-INTERVAL;VALUE=DURATION:{_duration(REFRESH)}",
        f"X-PUBLISHED-TTL:{_duration(REFRESH)}",
    ]


def _event(entry: CalendarEntry, spoken: str) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_NOT_IN_UID.sub('-', entry.uid)}"
    yield f"DTSTAMP:{_instant(entry.changed_at)}"
    yield f"LAST-MODIFIED:{_instant(entry.changed_at)}"
    yield f"SEQUENCE:{max(entry.sequence, 0)}"
    yield from _when(entry)
    yield f"SUMMARY{spoken}:{_text(entry.title, TITLE_CHARACTERS)}"
    # Some programs show no URL, so the link stands in the description as well.
    description = "\n".join(part for part in (entry.text[:TEXT_CHARACTERS].strip(), entry.link) if part)
    if description:
        yield f"DESCRIPTION{spoken}:{_text(description, TEXT_CHARACTERS + LINK_CHARACTERS)}"
    yield from _link("URL", entry.link)
    yield f"STATUS:{'CANCELLED' if entry.cancelled else 'CONFIRMED'}"
    # A date of the group takes nobody's hours.
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _when(entry: CalendarEntry) -> Iterator[str]:
    """DTSTART, and DTEND where it is later (§3.8.2.2); the end of whole days is the day after them."""
    last = max(entry.end_day or entry.day, entry.day)
    if entry.starts_at is not None and (entry.ends_at is not None or last == entry.day):
        yield f"DTSTART:{_instant(entry.starts_at)}"
        if entry.ends_at is not None and entry.ends_at > entry.starts_at:
            yield f"DTEND:{_instant(entry.ends_at)}"
        return
    yield f"DTSTART;VALUE=DATE:{entry.day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{last + DAY:%Y%m%d}"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _duration(span: timedelta) -> str:
    return f"PT{span // timedelta(hours=1)}H"


def _link(name: str, link: str) -> list[str]:
    """A URI is not escaped (§3.3.13), so it must be one."""
    return [f"{name}:{link}"] if len(link) <= LINK_CHARACTERS and _LINK.fullmatch(link) else []


def _text(text: str, characters: int) -> str:
    """A TEXT value (§3.3.11): no control characters, line ends as \\n."""
    return _CONTROL.sub("", _LINE_END.sub("\n", text[:characters])).translate(_ESCAPED)


def _folded(line: str) -> bytes:
    """The line in pieces of at most 75 octets, none of which ends within a character."""
    octets = line.encode("utf-8")
    pieces = []
    room = LINE_OCTETS
    while len(octets) > room:
        cut = room
        while octets[cut] & 0xC0 == 0x80:
            cut -= 1
        pieces.append(octets[:cut])
        octets = octets[cut:]
        room = LINE_OCTETS - 1
    return b"\r\n ".join([*pieces, octets]) + b"\r\n"
