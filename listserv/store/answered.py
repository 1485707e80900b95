"""How often we have written to an address by ourselves: so that nobody can make us write to somebody by the dozen.

An answer that goes out is a run of the schedule of its own kind, one row an address and day.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from listserv.store.schedule import claim_run

PREFIX = "answer:"


def claim_answer(connection: Connection, address_key: str, kind: str, now: datetime) -> bool:
    """True if no mail of this kind went to the address on this day (UTC); from now on one did."""
    return claim_run(connection, PREFIX + kind, address_key, now.date().isoformat(), now)
