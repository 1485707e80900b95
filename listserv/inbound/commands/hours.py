"""Single mails in one's own hours: "each post in my hours", "each post from 8am to 5pm", "each post at once".

The hours are hers in every group; the group she writes to sends her single mails from then on, if it did not.
"""

from __future__ import annotations

import re
from datetime import date

from listserv.config import Settings
from listserv.inbound.commands.command import Asker, Said
from listserv.inbound.commands.updates import LONGEST, read_time, shown_hour
from listserv.inbound.desk import Desk
from listserv.model.hours import USUAL, Hours, read_hours
from listserv.model.lists import Delivery
from listserv.store import pauses
from listserv.store.folding import fold
from listserv.store.hours import choose_hours

AT_ONCE = "at once"
MY_HOURS = "in my hours"
_WORDS = {
    fold(words): argument
    for argument, spellings in {
        MY_HOURS: ("in my hours", "within my hours", "in my own hours", "i aku hāora", "i ōku hāora"),
        AT_ONCE: ("at once", "immediately", "at any time", "as it is written", "i taua wā tonu", "ināia tonu nei"),
    }.items()
    for words in spellings
}
_FIRST = re.compile(r"(?:from|between|are|is|mai i te|i te|mai i|mai|ko te) ", re.IGNORECASE)
_MIDDLE = re.compile(r" ?(?:[-–—]| to | and | until | till | ki te | ki ) ?", re.IGNORECASE)


def read(text: str, _today: date) -> str | None:
    """ "in my hours", "at once" or hours as "08:00-17:00"; None for anything else, also where am or pm is in doubt."""
    said = " ".join(text[:LONGEST].strip(" .,!").split())
    if fold(said) in _WORDS:
        return _WORDS[fold(said)]
    ends = _MIDDLE.split(_FIRST.sub("", said, count=1))
    times = [read_time(each) for each in ends]
    hours = "-".join(each for each in times if each)
    return hours if len(times) == 2 and read_hours(hours) is not None else None


def shown(argument: str, language: str) -> str:
    """ "from 8:00 am to 5:00 pm" in that language."""
    hours = read_hours(argument)
    if hours is None:
        maori = {MY_HOURS: "i aku hāora", AT_ONCE: "i taua wā tonu"}
        return maori[argument] if language == "mi" else argument
    opens, closes = (shown_hour(f"{each:%H:%M}", language) for each in hours)
    return f"mai i te {opens} ki te {closes}" if language == "mi" else f"from {opens} to {closes}"


def usual_hours(settings: Settings) -> Hours:
    """The hours of who names none: what the site's quiet hours leave, else from seven to seven."""
    quiet = settings.calendar.quiet_hours
    return Hours(quiet.ends, quiet.begins) if quiet is not None else USUAL


def choose(desk: Desk, asker: Asker, argument: str) -> Said:
    """Single mails of this group come, and in every group in those hours only, or at once."""
    if asker.place.id:
        pauses.choose(desk.connection, asker.place.id, desk.now, delivery=Delivery.EACH)
    hours = {MY_HOURS: str(usual_hours(desk.settings)), AT_ONCE: ""}.get(argument, argument)
    choose_hours(desk.connection, asker.person_id, hours, desk.now)
    return said_of(hours, asker.recipient.language or asker.mail_list.settings.language)


def said_of(hours: str, language: str) -> Said:
    """Her hours, in the words in which they are confirmed."""
    found = read_hours(hours)
    if found is None:
        return Said("hours_none")
    opens, closes = (shown_hour(f"{each:%H:%M}", language) for each in found)
    return Said("hours_chosen", {"opens": opens, "closes": closes})
