"""How often we have written to an address by ourselves: so that nobody can make us write to somebody by the dozen.

An answer that goes out is a run of the schedule of its own kind, one row an address and day. What answers a mail that
is proven to be hers who has the address is `proven` and has kinds of its own: a forger's mails do not count with hers.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete

from listserv.store.schedule import claim_next, claim_run
from listserv.store.schema import schedule_runs

_PREFIX = "answer:"
ANY = "any"
_PROVEN = ":proven"


def claim_answer(connection: Connection, address_key: str, kind: str, now: datetime, *, proven: bool = False) -> bool:
    """True if no mail of this kind went to the address on this day (UTC); from now on one did."""
    return claim_run(connection, _kind(kind, proven), address_key, now.date().isoformat(), now)


def free_answer(connection: Connection, address_key: str, kind: str, now: datetime) -> None:
    """A mail of this kind may go to the address once more on this day: who has it has answered the last one."""
    connection.execute(
        delete(schedule_runs).where(
            schedule_runs.c.kind.in_(answer_kinds(kind)),
            schedule_runs.c.subject == address_key,
            schedule_runs.c.period == now.date().isoformat(),
        )
    )


def count_answer(connection: Connection, address_key: str, now: datetime, *, proven: bool = False) -> int:
    """How many such mails of ours went to the address on this day (UTC) in answer to mail, this one with them."""
    return claim_next(connection, _kind(ANY, proven), address_key, now)


def answer_kinds(kind: str) -> tuple[str, str]:
    """The kinds of runs that say that such a mail went to an address."""
    return _kind(kind, False), _kind(kind, True)


def _kind(kind: str, proven: bool) -> str:
    return f"{_PREFIX}{kind}{_PROVEN if proven else ''}"
