"""How often we have written to an address by ourselves: so that nobody can make us write to somebody by the dozen.

An answer that goes out is a run of the schedule of its own kind, one row an address and day.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from listserv.store.schedule import claim_run
from listserv.store.schema import schedule_runs

PREFIX = "answer:"
ANY = PREFIX + "any"


def claim_answer(connection: Connection, address_key: str, kind: str, now: datetime) -> bool:
    """True if no mail of this kind went to the address on this day (UTC); from now on one did."""
    return claim_run(connection, PREFIX + kind, address_key, now.date().isoformat(), now)


def count_answer(connection: Connection, address_key: str, now: datetime) -> int:
    """How many mails of ours went to the address on this day (UTC) in answer to mail, this one with them."""
    day = now.date().isoformat()
    said = (schedule_runs.c.kind == ANY, schedule_runs.c.subject == address_key, schedule_runs.c.period > day)
    number = 1 + int(connection.execute(select(func.count()).where(*said)).scalar_one())
    claim_run(connection, ANY, address_key, f"{day} {number}", now)
    return number
