"""The Date field read as people's programs really write it (RFC 5322 §3.3 and §4.3, ISO 8601, asctime and worse).

Promises: an aware UTC time between 1970 and 2100 or None, never an exception; linear. The name of the day is never
believed. A date without a zone is taken as UTC; of a date in figures alone the day comes first, unless the year does.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

DATE_CHARACTERS = 200
_COMMENT_DEPTH = 3

_USUAL = re.compile(
    r"(?:[A-Za-z]{3}, )?([0-9]{1,2}) ([A-Za-z]{3}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) "
    r"([+-])([0-9]{2})([0-9]{2})(?: \([A-Za-z]{1,5}\))?\Z"
)
_CLOCK = re.compile(r"\b([0-9]{1,2})[:.]([0-9]{2})(?:[:.]([0-9]{2}))?(?:[.,][0-9]{1,9})?(?: ?([AaPp])\.?[Mm]\b)?")
_ISO_DAY = re.compile(r"\b([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?=\b|T)")
_FIGURES_DAY = re.compile(r"\b([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})\b")
_OFFSET = re.compile(r"([+-])([0-9]{1,2}):?([0-9]{2})(?![0-9])")
_ISO_T = re.compile(r"(?<=[0-9])T(?=[0-9])")
_COMMENT = re.compile(r"\([^()]*+\)")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"(?<![0-9])[0-9]{1,4}(?![0-9])")

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan ene gen", "feb fév fev", "mar mär mrz mrt", "apr avr abr", "may mai mag mei maj", "jun jui giu",
            "jul lug", "aug aou aoû ago", "sep set", "oct okt ott out", "nov", "dec dez déc dic des",
        ),
        start=1,
    )
    for name in names.split()
} | {"juil": 7, "juillet": 7}  # fmt: skip
_ZONE_MINUTES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "met": 60, "mez": 60,
    "cest": 120, "mest": 120, "mesz": 120, "eet": 120, "eest": 180, "sast": 120, "msk": 180, "msd": 240, "ist": 330,
    "sgt": 480, "hkt": 480, "awst": 480, "jst": 540, "kst": 540, "acst": 570, "aest": 600, "acdt": 630, "aedt": 660,
    "nzst": 720, "fjt": 720, "nzdt": 780, "nst": -210, "ndt": -150, "ast": -240, "adt": -180, "brt": -180,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
    "akst": -540, "akdt": -480, "hst": -600,
}  # fmt: skip
_FIRST_YEAR, _LAST_YEAR = 1970, 2100


def parse_date(text: str) -> datetime | None:
    """The moment a Date value names, in UTC; None if there is none to be made out between 1970 and 2100."""
    usual = _USUAL.match(text)
    if usual is not None:
        day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = usual.groups()
        offset = int(zone_hours) * 60 + int(zone_minutes)
        number = _MONTHS.get(month.lower(), 0)
        return _moment(
            (int(year), number, int(day)), (int(hour), int(minute), int(second)), -offset if sign == "-" else offset
        )
    return _unusual(text[:DATE_CHARACTERS].replace("&#43;", "+"))


def _unusual(text: str) -> datetime | None:
    comments = " ".join(_COMMENT.findall(text))
    for _ in range(_COMMENT_DEPTH):
        text = _COMMENT.sub(" ", text)
    text = _ISO_T.sub(" ", text)
    clock = _CLOCK.search(text)
    if clock is None:
        return None
    before, after = text[: clock.start()], text[clock.end() :]
    day = _day(before, after)
    if day is None:
        return None
    minutes = _zone(after)
    if minutes is None:
        minutes = _zone(comments) or 0
    return _moment(day, _hours(clock), minutes)


def _hours(clock: re.Match[str]) -> tuple[int, int, int]:
    hour = int(clock[1])
    half = (clock[4] or "").lower()
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour, int(clock[2]), int(clock[3] or 0)


def _zone(text: str) -> int | None:
    """Minutes east of Greenwich: figures win over a name, `GMT-0800` and `(EDT) -0400` included."""
    offset = _OFFSET.search(text)
    if offset is not None:
        minutes = int(offset[2]) * 60 + int(offset[3])
        return -minutes if offset[1] == "-" else minutes
    names = (_ZONE_MINUTES.get(word.lower()) for word in _WORD.findall(text))
    return next((minutes for minutes in names if minutes is not None), None)


def _day(before: str, after: str) -> tuple[int, int, int] | None:
    """(year, month, day) from what stands around the clock."""
    figures = _ISO_DAY.search(before)
    if figures is not None:
        return int(figures[1]), int(figures[2]), int(figures[3])
    figures = _FIGURES_DAY.search(before)
    if figures is not None:
        return int(figures[3]), int(figures[2]), int(figures[1])
    text = before if len(_NUMBER.findall(before)) >= 2 else f"{before} {_OFFSET.sub(' ', after)}"
    month = _month(text)
    numbers = _NUMBER.findall(text)
    if month is None or len(numbers) < 2:
        return None
    day, year = numbers[0], numbers[1]
    if len(day) == 4:
        day, year = year, day
    return _full_year(year), month, int(day)


def _month(text: str) -> int | None:
    for word in _WORD.findall(text):
        name = word.lower()
        number = _MONTHS.get(name) or _MONTHS.get(name[:4]) or _MONTHS.get(name[:3])
        if number is not None and name not in ("mardi", "martes", "martedì", "maria"):
            return number
    return None


def _full_year(figures: str) -> int:
    """Two and three figures as RFC 5322 §4.3 reads them (00-49 is 20xx, 101 is 2001)."""
    year = int(figures)
    if len(figures) >= 4:
        return year
    return year + (2000 if year < 50 else 1900)


def _moment(day: tuple[int, int, int], hours: tuple[int, int, int], zone_minutes: int) -> datetime | None:
    hour, minute, second = hours
    try:
        local = datetime(*day, hour, minute, min(second, 59), tzinfo=UTC)
        moment = local - timedelta(minutes=zone_minutes)
    except (ValueError, OverflowError):
        return None
    return moment if _FIRST_YEAR <= moment.year < _LAST_YEAR else None
