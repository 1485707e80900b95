"""Up to where somebody has been told of a group: by the updates she gets, or as was written down when she chose.

Updates of people's own (`store.personal`) stand in the schedule beside the common ones: kind "own-weekly-digest" with a
subscription's id, kind "together-weekly-digest" with the person's. Each time she changes how she reads, a row of kind
"told" says up to where she was told until then, so that nothing is told twice or never; where that is no older than
the last update of hers, it counts. What a wrong clock has claimed tells nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select, true
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from listserv.model.lists import DigestPeriod
from listserv.store.schema import persons, schedule_runs, subscriptions
from listserv.store.schema.types import Instant

# No clock is so much before another: what was claimed later than that was claimed by one that was wrong.
WRONG_CLOCK = timedelta(days=1)
TOLD = "told"
_DIGESTS = (DigestPeriod.DAILY, DigestPeriod.WEEKLY, DigestPeriod.MONTHLY)


def until_now(now: datetime) -> ColumnElement[bool]:
    """The condition on runs that holds for those no wrong clock has claimed."""
    return schedule_runs.c.claimed_at <= now + WRONG_CLOCK


def digest_kind(digest: DigestPeriod) -> str:
    """The schedule's word for the common digests of this kind."""
    return f"{digest.value}-digest"


def own_kind(digest: DigestPeriod, together: bool) -> str:
    """The schedule's word for updates of people's own."""
    return f"{'together' if together else 'own'}-{digest_kind(digest)}"


def has_own_way() -> ColumnElement[bool]:
    """The condition on `person` rows that holds for who is left out of the common runs."""
    return (persons.c.digest_day != "") | (persons.c.digest_time != "") | persons.c.digest_together.is_(true())


def is_own(connection: Connection, person_id: int) -> bool:
    """Whether her updates come in her own way."""
    return connection.execute(select(persons.c.id).where(persons.c.id == person_id, has_own_way())).first() is not None


class Told(NamedTuple):
    """A run: up to where it told, and when it was claimed."""

    covers_until: datetime
    claimed_at: datetime


def later(last: Told | None, start: Told | None) -> datetime | None:
    """Where the next update begins for her: where she was told when she chose, if that was not before the last one."""
    if start is not None and (last is None or start.claimed_at >= last.claimed_at):
        return start.covers_until
    return None if last is None else last.covers_until


def own_runs(connection: Connection, after: datetime, now: datetime) -> dict[tuple[str, str], Told]:
    """Up to when each update of somebody's own that told of any time after that has told everything, by kind and
    subject."""
    kinds = [own_kind(digest, together) for digest in _DIGESTS for together in (False, True)]
    statement = (
        select(
            schedule_runs.c.kind,
            schedule_runs.c.subject,
            func.max(schedule_runs.c.covers_until, type_=Instant()),
            func.max(schedule_runs.c.claimed_at, type_=Instant()),
        )
        .where(schedule_runs.c.kind.in_(kinds), schedule_runs.c.covers_until > after, until_now(now))
        .group_by(schedule_runs.c.kind, schedule_runs.c.subject)
    )
    return {(kind, subject): Told(until, claimed) for kind, subject, until, claimed in connection.execute(statement)}


def starts_since(connection: Connection, after: datetime, now: datetime) -> dict[int, Told]:
    """Up to where each place was told of when its holder last chose, after that time."""
    statement = (
        select(schedule_runs.c.subject, schedule_runs.c.covers_until, schedule_runs.c.claimed_at)
        .where(schedule_runs.c.kind == TOLD, schedule_runs.c.claimed_at > after, until_now(now))
        .order_by(schedule_runs.c.id)
    )
    return {int(subject): Told(*run) for subject, *run in connection.execute(statement)}


def told_until(
    connection: Connection, digest: DigestPeriod, list_id: int, before: datetime, now: datetime
) -> dict[int, datetime]:
    """By subscription id, of who chose since the list's last common digest of the kind was made, or since `before`
    where there was none: up to where she had been told. The next common one begins there for her."""
    last = _last(connection, digest_kind(digest), list_id, now)
    starts = starts_since(connection, before if last is None else last.claimed_at, now)
    return {subscription_id: start.covers_until for subscription_id, start in starts.items()}


def note_where_told(connection: Connection, person_id: int, now: datetime) -> None:
    """Up to where she was told in each of her places is written down: her updates come in another way from now on."""
    places = select(subscriptions.c.id, subscriptions.c.list_id, subscriptions.c.digest).where(
        subscriptions.c.person_id == person_id,
        subscriptions.c.digest != DigestPeriod.NONE.value,
        subscriptions.c.left_at.is_(None),
    )
    for row in connection.execute(places).all():
        told = told_by(connection, person_id, row.id, row.list_id, DigestPeriod(row.digest), now)
        if told is not None:
            note_told(connection, row.id, told, now)


def told_by(
    connection: Connection, person_id: int, subscription_id: int, list_id: int, digest: DigestPeriod, now: datetime
) -> datetime | None:
    """Up to where the updates she gets have told her of the list; None where none did yet."""
    runs = [(digest_kind(digest), list_id)]
    if is_own(connection, person_id):
        runs = [(own_kind(digest, False), subscription_id), (own_kind(digest, True), person_id)]
    found = (_last(connection, kind, subject, now) for kind, subject in runs)
    last = max((each for each in found if each is not None), default=None)
    return later(last, _start(connection, subscription_id, now))


def note_told(connection: Connection, subscription_id: int, told: datetime, now: datetime) -> None:
    """She chooses now, and had been told up to there; her next update, of whatever kind, begins there."""
    values = {"kind": TOLD, "subject": str(subscription_id), "period": now.isoformat(), "claimed_at": now}
    dialect = postgres_insert if connection.dialect.name == "postgresql" else sqlite_insert
    said = dialect(schedule_runs).values(**values, outcome="skipped", covers_until=told)
    connection.execute(said.on_conflict_do_nothing())


def noted_since(connection: Connection, subscription_id: int, since: datetime, now: datetime) -> datetime | None:
    """Up to where she had been told when she chose last, if that was after `since`."""
    last = _start(connection, subscription_id, now)
    return last.covers_until if last is not None and last.claimed_at > since else None


def _start(connection: Connection, subscription_id: int, now: datetime) -> Told | None:
    """Up to where she was told when she chose last, None if she never did."""
    statement = (
        select(schedule_runs.c.covers_until, schedule_runs.c.claimed_at)
        .where(schedule_runs.c.kind == TOLD, schedule_runs.c.subject == str(subscription_id), until_now(now))
        .order_by(schedule_runs.c.id.desc())
    )
    row = connection.execute(statement.limit(1)).first()
    return None if row is None else Told(*row)


def _last(connection: Connection, kind: str, subject: int, now: datetime) -> Told | None:
    """The run of the kind that told the latest time, None if none did."""
    statement = (
        select(schedule_runs.c.covers_until, schedule_runs.c.claimed_at)
        .where(
            schedule_runs.c.kind == kind,
            schedule_runs.c.subject == str(subject),
            schedule_runs.c.covers_until.is_not(None),
            until_now(now),
        )
        .order_by(schedule_runs.c.covers_until.desc(), schedule_runs.c.id.desc())
    )
    row = connection.execute(statement.limit(1)).first()
    return None if row is None else Told(*row)
