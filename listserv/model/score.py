"""How much speaks against an address: a score made of the days on which mail to it came back. Pure.

One day counts once, however much came back on it: 1 where the address or its domain does not exist, a half where its
mailbox was full or closed. What was delayed and what was refused for its content is never asked about here. Days more
than five weeks apart have nothing to do with one another, so that the old ones of an address that works are forgotten,
and those of one that gets only a weekly or monthly update are not.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from listserv.model.report import Kind

STOP_AT = 3.0
SILENCE = timedelta(days=35)
TOKEN_LASTS = timedelta(days=30)
PROBE_AFTER = (timedelta(days=1), timedelta(days=7))
PROBE_EACH = timedelta(days=30)
PROBE_LASTS = timedelta(days=3)

_WEIGHTS = {Kind.HARD: 1.0, Kind.SOFT: 0.5}


def score(events: Iterable[tuple[date, Kind]]) -> float:
    """The score of these days as of the latest of them; from STOP_AT on the address is stopped."""
    days: dict[date, float] = {}
    for day, kind in events:
        days[day] = max(days.get(day, 0.0), _WEIGHTS.get(kind, 0.0))
    total = 0.0
    later: date | None = None
    for day in sorted((day for day, weight in days.items() if weight), reverse=True):
        if later is not None and later - day > SILENCE:
            break
        total += days[day]
        later = day
    return total


def probe_after(probes: int) -> timedelta:
    """How long after the stop the next probe goes, when so many came back: 1 day, 7, then each 30."""
    return PROBE_AFTER[probes] if probes < len(PROBE_AFTER) else PROBE_EACH * (probes - len(PROBE_AFTER) + 1)
