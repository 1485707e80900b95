"""Lines about dates in a facilitator's mail, each read in the one way it can be read, or handed back to be asked.

The law of this package: no wrong guess. Wherever two readings are likely, the line is `Unclear` and carries them. A
line has one date; everything else in it that has to do with days (a weekday, a week of term, "tomorrow") must agree.

Pure: today, the zone and the terms are arguments. Never raises on any text; bounded by `heads`, and linear within that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, time
from zoneinfo import ZoneInfo

from listserv.mail.when.calendar_days import Days, Reading
from listserv.mail.when.facts import look
from listserv.mail.when.heads import LINE_CHARACTERS, Entry, entries
from listserv.mail.when.hours import Hours, fits_part, in_zone
from listserv.mail.when.meaning import meant, used
from listserv.mail.when.shape import Shape
from listserv.mail.when.titles import cleaned, link_of, title_of
from listserv.mail.when.values import Dated, Doubt, Kind, Unclear
from listserv.model.calendar import Terms

MOST_GUESSES = 4
SHOWN_CHARACTERS = 300
# A part of the day beside what has been read: "Friday evening", "ahiahi".
_PART = re.compile(r"(?:(?<=_ )|(?<=_, )|(?<=[WwP] ))(?P<part>Q)|(?P<part_>Q)(?=,? (?:p )?_)")
# Hours in words, which are not read: half past three, 3ish, 15h30.
_SPOKEN_HOUR = re.compile(r"\b(?:half past|quarter (?:to|past)|[0-9]{1,2}(?:ish|h|h[0-9]{2}))\b", re.IGNORECASE)
_BEFORE_HOUR = re.compile(r"(?P<word>[bGF]) (?:[jt] ){0,2}$")


@dataclass(frozen=True, slots=True)
class _Clock:
    """The hour of a line, or why it has none; `taken` are the stretches that told it."""

    begins: time | None = None
    ends: time | None = None
    zone_of: Hours | None = None
    doubt: Doubt | None = None
    guesses: tuple[time, ...] = ()
    taken: tuple[tuple[int, int], ...] = ()


def read_date_lines(text: str, today: date, zone: ZoneInfo, terms: Terms) -> tuple[Dated | Unclear, ...]:
    """Every line of the text that is headed as a date, in order: what it says, or that it must be asked back.

    `text` is what the author herself wrote, without quotations, its lines unwrapped where format=flowed says so;
    `today` is the day she wrote it, in `zone`. `heads` says which lines those are and the limits; a line without a
    colon behind its head in which no date is found is a sentence, and nothing is said of it.
    """
    read = (_read(entry, today, zone, terms) for entry in entries(text))
    return tuple(each for each in read if each is not None)


def _read(entry: Entry, today: date, zone: ZoneInfo, terms: Terms) -> Dated | Unclear | None:
    if len(entry.text) > LINE_CHARACTERS:
        return Unclear(entry.line[:SHOWN_CHARACTERS], Doubt.LONG_LINE)
    shape = Shape(entry.text)
    facts = look(shape, today, terms)
    reading = meant(facts, shape, entry.kind, today, terms)
    clock = _clock(facts.hours, shape, entry.kind)
    if reading.doubt is Doubt.NO_DATE and not entry.sure:
        return None
    link = link_of(entry.text)
    title = _title(entry, title_of(shape, [*used(facts, shape, reading), *clock.taken], link))
    plain = Dated(entry.kind, title or cleaned(entry.above), today, link=link)
    found, doubt = _with_hours(plain, reading, clock, zone)
    doubt = doubt or (None if title else Doubt.NO_TITLE)
    return found[0] if doubt is None else Unclear(entry.line[:SHOWN_CHARACTERS].strip(), doubt, _distinct(found))


def _title(entry: Entry, rest: str) -> str:
    name = cleaned(entry.name)
    return f"{name}: {rest}" if name and rest else name or rest


def _with_hours(
    plain: Dated, reading: Reading, clock: _Clock, zone: ZoneInfo
) -> tuple[tuple[Dated, ...], Doubt | None]:
    """What the line may say, and the first doubt there is about it."""
    dated = [_on(plain, days) for days in reading.days]
    if clock.begins is None:
        times = clock.guesses or (None,)
        return tuple(replace(each, hour=hour) for each in dated for hour in times), reading.doubt or clock.doubt
    local = {each: in_zone(clock.zone_of, each.day, zone) if clock.zone_of else () for each in dated}
    doubt = Doubt.OTHER_ZONE if any(len(readings) > 1 for readings in local.values()) else None
    found = tuple(
        replace(each, day=day, hour=hour, end_hour=clock.ends if hour == clock.begins else None)
        for each in dated
        for day, hour in local[each]
    )
    return found, reading.doubt or clock.doubt or doubt


def _on(plain: Dated, days: Days) -> Dated:
    return replace(plain, day=days.first, end_day=days.last, recurrence=days.recurrence)


def _clock(hours: Iterable[Hours], shape: Shape, kind: Kind) -> _Clock:
    """The one hour of the line."""
    hours = tuple(hours)
    taken = tuple((each.start, each.end) for each in hours)
    parts = list(_PART.finditer(shape.letters))
    names = [shape.text[slice(*shape.characters(match.start(), match.end()))] for match in parts]
    taken += tuple((match.start(), match.end()) for match in parts)
    if not hours:
        spoken = parts or _SPOKEN_HOUR.search(shape.text)
        return _Clock(doubt=Doubt.WHICH_HOUR if spoken else None, taken=taken)
    first = hours[0]
    guesses = tuple(dict.fromkeys(hour for each in hours for hour in ((each.begins, *each.guesses)) if hour))
    clear = first.begins is not None and all(
        each.doubt is None and (each.begins, each.ends, each.zone) == (first.begins, first.ends, first.zone)
        for each in hours
    )
    if not clear or not all(fits_part(first.begins or time(), name) for name in names):
        return _Clock(doubt=Doubt.WHICH_HOUR, guesses=guesses, taken=taken)
    if any(_bends(each, shape, kind) for each in hours) or (kind is Kind.DEADLINE and first.ends):
        return _Clock(doubt=Doubt.WHICH_HOUR, guesses=tuple(filter(None, (first.ends, first.begins))), taken=taken)
    return _Clock(first.begins, first.ends, first, None, (), taken)


def _bends(hours: Hours, shape: Shape, kind: Kind) -> bool:
    """Whether a word before the hour makes it another: after 3pm; until 3pm says when an event ends, not begins."""
    match = _BEFORE_HOUR.search(shape.letters, max(0, hours.start - 6), hours.start)
    if match is None:
        return False
    token = shape.token(match, "word")
    before = match["word"] == "b" and token is not None and token.text.lower() == "before"
    return not (before or match["word"] == "G") if kind is Kind.DEADLINE else match["word"] != "F"


def _distinct(found: Iterable[Dated]) -> tuple[Dated, ...]:
    return tuple(dict.fromkeys(found))[:MOST_GUESSES]
