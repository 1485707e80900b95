"""By whose clock a person's own hours are: "my time zone is Rarotonga", "time zone Pacific/Chatham", "the group's".

It counts where she has chosen hours of her own, for single mails or for updates, in every group. A place is known by
its name in the time zone database, or by that of a country or island; what may be one of two places is asked back.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from zoneinfo import available_timezones

from listserv.inbound.commands.command import Asker, Said
from listserv.inbound.desk import Desk
from listserv.store import personal
from listserv.store.folding import fold

GROUPS_OWN = "group"
LONGEST = 60
_REGIONS = ("Pacific", "Australia", "Asia", "Europe", "America", "Africa", "Indian", "Atlantic", "Antarctica")
_GROUPS = frozenset(
    fold(words)
    for words in ("the group's", "group's", "the group's time zone", "the group's clock", "tō te rōpū", "te rōpū")
)
_NAMED = {
    "Pacific/Auckland": ("new zealand", "nz", "aotearoa", "nzst", "nzdt", "wellington", "tāmaki makaurau"),
    "Pacific/Chatham": ("chatham islands", "chathams", "rēkohu", "wharekauri"),
    "Pacific/Rarotonga": ("cook islands", "kuki airani"),
    "Pacific/Apia": ("samoa", "sāmoa"),
    "Pacific/Tongatapu": ("tonga", "nukualofa"),
    "Pacific/Fakaofo": ("tokelau",),
}


@cache
def _places() -> dict[str, str]:
    """Folded name -> zone: whole names, cities, and what people say instead. A city of two zones is none."""
    places: dict[str, str] = {}
    twice: set[str] = set()
    for zone in sorted(available_timezones()):
        if zone.partition("/")[0] not in _REGIONS:
            continue
        city = fold(zone.rpartition("/")[2].replace("_", " "))
        if city in places:
            twice.add(city)
        places[city] = zone
        places[_whole(zone)] = zone
    places = {name: zone for name, zone in places.items() if name not in twice}
    return places | {fold(name): zone for zone, names in _NAMED.items() for name in names}


def _whole(name: str) -> str:
    return fold(name.replace("_", " ").replace("/", " slash "))


def read(text: str, _today: date) -> str | None:
    """The zone's name in the database, "group" for each group's own; None for what is no place or one of two."""
    said = text[:LONGEST].strip(" .,!")
    if fold(said.replace("’", "'")) in _GROUPS:
        return GROUPS_OWN
    return _places().get(_whole(said))


def shown(argument: str, language: str) -> str:
    if argument == GROUPS_OWN:
        return "te rōpū" if language == "mi" else "the group's"
    return argument


def choose(desk: Desk, asker: Asker, argument: str) -> Said:
    """Her hours are by that clock, in every group."""
    zone = "" if argument == GROUPS_OWN else argument
    personal.choose_zone(desk.connection, asker.person_id, zone, desk.now)
    return said_of(zone)


def said_of(zone: str) -> Said:
    """Her clock, in the words in which it is confirmed."""
    return Said("zone_chosen", {"zone": zone}) if zone else Said("zone_of_group")
