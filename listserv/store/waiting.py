"""What the clock and late answers ask about held posts: which wait, and who decided what. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, literal_column, select

from listserv.model.case import Reason
from listserv.store.moderation import Held
from listserv.store.schema import decisions, held_posts

# What ends a held post's waiting.
SETTLED = ("approve", "approve quietly", "reject", "discard", "ban", "anonymous", "withdraw", "expire")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A post that waits, as the clock looks at it."""

    id: int
    list_id: int
    reason: Reason
    held_at: datetime

    @property
    def period(self) -> str:
        """Names this wait among several of the same post."""
        return self.held_at.isoformat()


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the log by a person: `actor` is an address or "command line"."""

    list_id: int
    message_id: int | None
    verdict: str
    actor: str
    note: str
    at: datetime


def all_that_wait(connection: Connection) -> list[Waiting]:
    """Every post that waits, of all lists, oldest first; without its octets."""
    return [Waiting(row.id, row.list_id, Reason(row.reason), row.held_at) for row in connection.execute(_WAITING)]


def last_decision(connection: Connection, held: Held) -> Decision | None:
    """What settled a held post, and by whom; None if nothing has."""
    statement = _DECISION.where(
        decisions.c.list_id == held.list_id,
        decisions.c.message_id == held.message_id,
        decisions.c.verdict.in_(SETTLED),
    )
    row = connection.execute(statement.order_by(decisions.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else Decision(*row)


def decisions_by_people(connection: Connection, since: datetime) -> list[Decision]:
    """What people decided after that moment, in every list, in order; of newsletters all editors have heard."""
    told = decisions.c.reason == Reason.TO_RELEASE.value
    # Spelled out, or the partial index is not taken.
    statement = _DECISION.where(decisions.c.actor != literal_column("''"), decisions.c.at > since, ~told)
    return [Decision(*row) for row in connection.execute(statement.order_by(decisions.c.id))]


_DECISION = select(
    decisions.c.list_id,
    decisions.c.message_id,
    decisions.c.verdict,
    decisions.c.actor,
    decisions.c.note,
    decisions.c.at,
).where(decisions.c.list_id.is_not(None))
_WAITING = (
    select(held_posts.c.id, held_posts.c.list_id, held_posts.c.reason, held_posts.c.held_at)
    .where(held_posts.c.state == literal_column("'waiting'"))
    .order_by(held_posts.c.held_at, held_posts.c.id)
)
