"""Hours of the day: "3pm", "3.30 p.m.", "15:30", "noon", "3-4.30pm", "5 karaka i te ahiahi", "5pm NZT".

An hour without am or pm is read only where it can be nothing else: from 13 on, with a leading nought, or 12:30.
Midnight belongs to two days and is asked back, as is an hour in a zone that is not the group's then.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from listserv.mail.when.shape import Shape
from listserv.mail.when.values import Doubt
from listserv.mail.when.written import stands_alone


@dataclass(frozen=True, slots=True)
class Hours:
    """An hour, or one and its end, as it stands in the shape. With a doubt `guesses` are what it may begin at.

    `zone` is the name of a zone written behind it, in small letters, "" for none.
    """

    start: int
    end: int
    begins: time | None = None
    ends: time | None = None
    doubt: Doubt | None = None
    guesses: tuple[time, ...] = ()
    zone: str = ""


_BARE = r"(?P<{0}>[dD])(?:[.:](?P<{0}_minutes>D))?"
_FROM, _TO = _BARE.format("from"), _BARE.format("to")
_PAIR = r"(?P<{0}>[dD]){1}(?P<{0}_minutes>D)"
_NOT_INSIDE = r"(?<![-/.:$#+])"
_NO_MORE = r"(?![:.]?[dDyz]|[/%])"
_JOINT = r"(?: ?- ?| G )"
# "May 3-4pm" is a day and an hour, or two hours.
_MONTH_ALONE = r"(?P<month>(?<![dDh] )(?<![dDhf-])(?<!f )[Mm]\.? )?"
_NOON = r"(?:D ?)?(?P<{0}>N)(?! a)"
RANGE_12 = re.compile(
    rf"{_MONTH_ALONE}{_NOT_INSIDE}(?:{_FROM}(?: ?(?P<half>A))?|{_NOON.format('noon')}){_JOINT}"
    rf"(?:{_TO} ?(?P<to_half>A)|{_NOON.format('to_noon')})"
)
ONE_12 = re.compile(rf"(?<![/:$]){_FROM} ?(?P<half>A)")
IN_PART = re.compile(rf"{_NOT_INSIDE}{_FROM}(?: ?O)?,? [j@] (?:t )?(?P<part>Q)")
NOON = re.compile(r"(?:(?P<twelve>D) ?)?(?P<name>N)")
MIDNIGHT = re.compile(r"X")
HUNDREDS = re.compile(r"(?P<clock>y) ?i")
O_CLOCK = re.compile(rf"{_NOT_INSIDE}{_FROM} ?O")
RANGE_24 = re.compile(_NOT_INSIDE + _PAIR.format("from", ":") + _JOINT + _PAIR.format("to", ":") + _NO_MORE)
ONE_24 = re.compile(_NOT_INSIDE + _PAIR.format("from", ":") + "(?::D)?" + _NO_MORE)
RANGE_DOTTED = re.compile(_NOT_INSIDE + _PAIR.format("from", r"\.") + _JOINT + _PAIR.format("to", r"\.") + _NO_MORE)
DOTTED = re.compile(_NOT_INSIDE + _PAIR.format("from", r"\.") + _NO_MORE)
AT = re.compile(r"@ (?P<from>[dD])(?= ?(?:$|[,;.)(_!]))")
_ZONE = re.compile(r",? ?\(?(?P<zone>Z)(?P<time> l)?\)?(?P<name> a)?| \(?(?P<place>a)(?: a)? l\)?|(?P<glued>[A-Za-z+])")
# 9am-3.
_GOES_ON = re.compile(r" ?- ?[dD]\b(?! ?[Mm/])")
_SPACED_AFTER_WEEKDAY = re.compile(r"[WwP]\.?,? [dD] - ")
_BESIDE_A_DATE = re.compile(r"(?:[_@pFWw]|^)[,.)]? ?$")
_NZ = frozenset(("nz", "nzt", "new zealand", "local", "our", "auckland", "wellington"))
_NZ_ZONES = ("Pacific/Auckland", "Antarctica/McMurdo", "NZ")
_ZONE_MINUTES = {
    "utc": 0, "gmt": 0, "nzst": 720, "nzdt": 780, "aest": 600, "aedt": 660, "acst": 570, "acdt": 630, "awst": 480,
    "fjt": 720,
}  # fmt: skip
_PARTS = {"morning": (0, 11), "ata": (0, 11), "afternoon": (12, 18), "ahiahi": (12, 19), "evening": (16, 23),
          "night": (18, 23), "pō": (18, 23), "poo": (18, 23)}  # fmt: skip


def find_plain_hours(shape: Shape) -> list[Hours]:
    """Hours that no date can be mistaken for. They are read."""
    return _find(
        shape,
        (RANGE_12, _range_12),
        (ONE_12, _one_12),
        (IN_PART, _in_part),
        (HUNDREDS, _hundreds),
        (O_CLOCK, _either_half),
        (RANGE_24, _range_24),
        (ONE_24, _one_24),
    )


def find_other_hours(shape: Shape) -> list[Hours]:
    """Hours written like dates, numbers or names (15.30, at 5, noon), once the dates are read. They are read."""
    return _find(
        shape,
        (NOON, _noon),
        (MIDNIGHT, _midnight),
        (RANGE_DOTTED, _dotted),
        (DOTTED, _dotted),
        (AT, _either_half),
    )


def fits_part(hour: time, part: str) -> bool:
    """Whether the hour lies in that part of the day: 7 pm in the evening."""
    first, last = _PARTS.get(part.lower(), (0, 23))
    return first <= hour.hour <= last


def in_zone(hours: Hours, day: date, zone: ZoneInfo) -> tuple[tuple[date, time], ...]:
    """The local readings of an hour with a zone behind it, likeliest first; one if it is the group's zone then."""
    hour = hours.begins or time()
    as_written = (day, hour)
    if not hours.zone or (hours.zone in _NZ and zone.key in _NZ_ZONES):
        return (as_written,)
    minutes = _ZONE_MINUTES.get(hours.zone)
    if minutes is None:
        return as_written, as_written
    there = datetime.combine(day, hour, timezone(timedelta(minutes=minutes)))
    here = there.astimezone(zone)
    local = (here.date(), here.time())
    return (as_written,) if local == as_written else (local, as_written)


_Build = Callable[[Shape, re.Match[str]], Hours | None]


def _find(shape: Shape, *forms: tuple[re.Pattern[str], _Build]) -> list[Hours]:
    found = []
    for pattern, build in forms:
        for match in shape.matches(pattern):
            hours = build(shape, match)
            if hours is not None:
                found.append(_with_zone(shape, hours))
                shape.read(hours.start, found[-1].end)
    return found


def _with_zone(shape: Shape, hours: Hours) -> Hours:
    match = _ZONE.match(shape.letters, hours.end)
    if match is None:
        return hours
    if match["glued"]:
        return replace(hours, zone="?")
    end = match.start("name") if match["name"] else match.end()
    first, last = shape.characters(match.start("zone" if match["zone"] else "place"), end)
    name = shape.text[first:last].lower().removesuffix(")").strip().removesuffix("time").strip()
    if name == "nz" and match["name"] and not match["time"]:
        return hours  # 3pm NZ Post awards
    return replace(hours, end=end, zone=name)


def _range_12(shape: Shape, match: re.Match[str]) -> Hours:
    """3-4.30pm. The first half-day is the one that makes the time run forwards and is nearer: 10-2pm, 3-4pm."""
    end = time(12) if match["to_noon"] else _time(shape, match, "to", _half(shape, match, "to_half"))
    begins = [time(12)] if match["noon"] else _begins(shape, match)
    begins = [begin for begin in begins if end and begin < end]
    day_or_hour = _SPACED_AFTER_WEEKDAY.search(shape.letters, max(0, match.start() - 4), match.end())
    if not begins or match["month"] or day_or_hour:
        start = match.start("noon" if match["noon"] else "from")
        return Hours(start, match.end(), doubt=Doubt.WHICH_HOUR, guesses=tuple(filter(None, (*begins[:1], end))))
    return Hours(match.start(), match.end(), begins[0], end)


def _begins(shape: Shape, match: re.Match[str]) -> list[time]:
    """What the first hour of a range may be, the later first."""
    halves = [_half(shape, match, "half")] if match["half"] else ["p", "a"]
    return [begin for half in halves if (begin := _time(shape, match, "from", half)) is not None]


def _one_12(shape: Shape, match: re.Match[str]) -> Hours:
    if _GOES_ON.match(shape.letters, match.end()):
        return _ambiguous(match, (_time(shape, match, "from", _half(shape, match, "half")) or time(),))
    return _hours(match, _time(shape, match, "from", _half(shape, match, "half")))


def _in_part(shape: Shape, match: re.Match[str]) -> Hours:
    """9 in the morning, i te 3 i te ahiahi."""
    part = shape.token(match, "part")
    name = part.text if part else ""
    times = (_time(shape, match, "from", half) for half in "ap")
    fitting = [found for found in times if found is not None and fits_part(found, name)]
    return _hours(match, fitting[0] if len(fitting) == 1 else None)


def _noon(shape: Shape, match: re.Match[str]) -> Hours:
    """12 noon, or noon where it is no part of a name."""
    start = match.start() if shape.number(match, "twelve") == 12 else match.start("name")
    plain = start == match.start() != match.start("name") or stands_alone(shape, start, match.end())
    return Hours(start, match.end(), time(12)) if plain else _ambiguous(match, (time(12),))


def _midnight(_shape: Shape, match: re.Match[str]) -> Hours:
    return _ambiguous(match, (time(23, 59), time()))


def _hundreds(shape: Shape, match: re.Match[str]) -> Hours:
    """1530 hrs."""
    hour, minute = divmod(shape.number(match, "clock") or 0, 100)
    return _hours(match, time(hour, minute) if 0 < hour < 24 and minute < 60 else None)


def _either_half(shape: Shape, match: re.Match[str]) -> Hours | None:
    """5 o'clock, at 5: in the morning or the afternoon."""
    return _ambiguous(match, _guesses(shape, match))


def _range_24(shape: Shape, match: re.Match[str]) -> Hours | None:
    begin, end = _time_24(shape, match, "from"), _time_24(shape, match, "to")
    if begin is None or end is None:
        return None
    from_24, to_24 = _is_24(shape, match, "from"), _is_24(shape, match, "to")
    if begin < end and ((from_24 and (to_24 or begin.hour < 12)) or (to_24 and end.hour > 12)):
        return Hours(match.start(), match.end(), begin, end)
    return _ambiguous(match, _guesses(shape, match))


def _one_24(shape: Shape, match: re.Match[str]) -> Hours | None:
    begin = _time_24(shape, match, "from")
    if begin is None:
        midnight = (shape.number(match, "from"), shape.number(match, "from_minutes")) == (24, 0)
        return _ambiguous(match, (time(23, 59),)) if midnight else None
    return _hours(match, begin) if _is_24(shape, match, "from") else _ambiguous(match, _guesses(shape, match))


def _dotted(shape: Shape, match: re.Match[str]) -> Hours | None:
    """15.30 beside a date; elsewhere it may be dollars."""
    found = _range_24(shape, match) if "to" in match.re.groupindex else _one_24(shape, match)
    if found is None or found.doubt or _BESIDE_A_DATE.search(shape.letters[: match.start()]):
        return found
    return _ambiguous(match, (found.begins,) if found.begins else ())


def _hours(match: re.Match[str], begins: time | None) -> Hours:
    return Hours(match.start(), match.end(), begins, None, None if begins else Doubt.WHICH_HOUR)


def _ambiguous(match: re.Match[str], guesses: tuple[time, ...]) -> Hours:
    return Hours(match.start(), match.end(), None, None, Doubt.WHICH_HOUR, guesses)


def _guesses(shape: Shape, match: re.Match[str]) -> tuple[time, ...]:
    return tuple(found for half in "ap" if (found := _time(shape, match, "from", half)) is not None)


def _half(shape: Shape, match: re.Match[str], name: str) -> str:
    token = shape.token(match, name)
    return token.text[0].lower() if token else ""


def _time(shape: Shape, match: re.Match[str], name: str, half: str) -> time | None:
    """The hour in that half of the day; None for 13 pm, and for 12 am, which people take for noon as well."""
    hour, minute = shape.number(match, name) or 0, shape.number(match, f"{name}_minutes") or 0
    if not 1 <= hour <= 12 or minute > 59 or (hour == 12 and half == "a"):
        return None
    return time(hour % 12 + (12 if half == "p" else 0), minute)


def _time_24(shape: Shape, match: re.Match[str], name: str) -> time | None:
    hour, minute = shape.number(match, name) or 0, shape.number(match, f"{name}_minutes") or 0
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _is_24(shape: Shape, match: re.Match[str], name: str) -> bool:
    """Whether it can be no hour of the other half of the day: 15:30, 09:00, 12:30, not 00:00."""
    token = shape.token(match, name)
    hour, minute = _time_24(shape, match, name), shape.number(match, f"{name}_minutes")
    early = token is not None and token.text.startswith("0") and len(token.text) == 2
    return hour is not None and (hour.hour >= 12 or early) and (hour.hour, minute) != (0, 0)
