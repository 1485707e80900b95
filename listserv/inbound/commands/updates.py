"""How and when one's updates come: the day and the hour, one for all groups or each group's, and in which form.

    "Tuesday at 7am" -> "tuesday 07:00"    "7.30 pm" -> "19:30"    "the group's day" -> "group"

Each holds in every group of the person. A bare "at 7" is neither morning nor evening, so it is asked back.
"""

from __future__ import annotations

import re
from datetime import date, time, timedelta

from babel.dates import format_date, format_time

from listserv.inbound.commands.command import Asker, Said
from listserv.inbound.desk import Desk
from listserv.model.lists import DigestPeriod, Weekday
from listserv.store import pauses, personal
from listserv.store.folding import fold
from listserv.store.joining import groups_of

GROUPS_OWN = "group"
PAGE = "page"
LONGEST = 60
_LOCALES = {"en": "en_NZ", "mi": "mi_NZ"}
_MONDAY = date(2026, 11, 16)
_DAY_WORDS = (
    "monday mon mane rahina",
    "tuesday tue tues turei ratu",
    "wednesday wed wenerei raapa",
    "thursday thu thur thurs taite rapare",
    "friday fri paraire ramere",
    "saturday sat hatarei rahoroi",
    "sunday sun ratapu",
)
_DAYS = {
    fold(word): day.value for day, words in zip(Weekday, _DAY_WORDS, strict=True) for word in words.split()
}  # fmt: skip
_HOUR = re.compile(r"([0-9]{1,2})(?:[:.]([0-9]{2}))? ?(am|pm|a\.m\.|p\.m\.)?", re.IGNORECASE)
_BETWEEN = frozenset({"at", "on", "by", "i", "te", "hei", "a", "every", "each", "the", "o'clock"})
_GROUPS = frozenset(
    fold(words)
    for words in ("the group's day", "the group's hour", "the group's time", "group's day", "rā o te rōpū")
)  # fmt: skip
_FORMS = {
    "plain digest": "plain", "a plain digest": "plain", "plain": "plain", "text digest": "plain",
    "mime digest": "mime", "a mime digest": "mime", "mime": "mime",
    "page": PAGE, "a page": PAGE, "html": PAGE, "web page": PAGE, "usual": PAGE, "wharangi": PAGE,
}  # fmt: skip


def read_hour(text: str, _today: date) -> str | None:
    """A weekday, an hour or both, in one spelling; "group" for each group's own; None for anything else."""
    said = text[:LONGEST].strip(" .,!").replace("’", "'")
    if fold(said) in _GROUPS:
        return GROUPS_OWN
    day, left = "", []
    for word in said.replace(",", " ").split():
        if fold(word) in _DAYS and not day:
            day = _DAYS[fold(word)]
        elif fold(word) not in _BETWEEN and word.lower() not in _BETWEEN:
            left.append(word)
    hour = read_time(" ".join(left)) if left else ""
    if hour is None:
        return None
    return " ".join(each for each in (day, hour) if each) or None


def read_time(text: str) -> str | None:
    """An hour of the day as "07:30"; None where it is none, or morning and evening are in doubt."""
    found = _HOUR.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    half = (found[3] or "")[:1].lower()
    if half and not 1 <= hour <= 12:
        return None
    if not half and found[2] is None:
        return None
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None


def shown_hour(argument: str, language: str) -> str:
    """ "Tuesday, 7:00 am" in that language."""
    if argument == GROUPS_OWN:
        return "te rā o te rōpū" if language == "mi" else "the group's day"
    locale, said = _LOCALES.get(language, "en_NZ"), []
    for word in argument.split():
        if ":" in word:
            said.append(format_time(time.fromisoformat(word), "h:mm a", locale=locale).lower())
        else:
            day = _MONDAY + list(Weekday).index(Weekday(word)) * timedelta(days=1)
            said.append(format_date(day, "EEEE", locale=locale))
    return ", ".join(said)


def read_form(text: str, _today: date) -> str | None:
    """plain, mime or page."""
    return _FORMS.get(fold(text[:LONGEST].strip(" .,!")))


def choose_hour(desk: Desk, asker: Asker, argument: str) -> Said:
    """Her updates come at that day and hour, in every group."""
    if argument == GROUPS_OWN:
        personal.choose_hour(desk.connection, asker.person_id, "", "", desk.now)
        return Said("hour_of_group")
    words = argument.split()
    day = next((word for word in words if ":" not in word), "")
    hour = next((word for word in words if ":" in word), "")
    personal.choose_hour(desk.connection, asker.person_id, day, hour, desk.now)
    language = asker.recipient.language or asker.mail_list.settings.language
    return Said("hour_chosen", {"when": shown_hour(argument, language)})


def together(desk: Desk, asker: Asker, _argument: str) -> Said:
    """One update for all her groups; a group whose update she did not get is told of weekly."""
    for place in groups_of(desk.connection, asker.person_id, desk.now):
        if (pauses.pause_of(desk.connection, place.id) or place).digest is DigestPeriod.NONE:
            pauses.choose(desk.connection, place.id, desk.now, digest=DigestPeriod.WEEKLY)
    personal.choose_together(desk.connection, asker.person_id, True, desk.now)
    return Said("together")


def apart(desk: Desk, asker: Asker, _argument: str) -> Said:
    """Each group's update comes by itself again."""
    personal.choose_together(desk.connection, asker.person_id, False, desk.now)
    return Said("apart")


def form(desk: Desk, asker: Asker, argument: str) -> Said:
    """The form of her updates, in every group."""
    personal.choose_form(desk.connection, asker.person_id, "" if argument == PAGE else argument)
    return Said(f"form_{argument}")
