"""What the clock has done: one row a run, claimed in the transaction that puts its mail into the outbox (law 4).

UNIQUE (kind, subject, period) decides who sends, on any number of nodes; a rolled-back claim was none. A subject is a
list's or a deadline's id. What was claimed more than a day from now a clock claimed that was wrong: a digest's run of
that kind tells nothing of what was told, and is claimed anew. Also here: who reads digests and reminders, which is
what makes a run due.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from listserv.model.lists import Delivery, DigestPeriod, MailList
from listserv.store.folding import fold
from listserv.store.personal import CLOSED_LISTS
from listserv.store.schema import lists, persons, refusals, schedule_runs, subscriptions
from listserv.store.schools import home_school
from listserv.store.told import WRONG_CLOCK, digest_kind, has_own_way, until_now

REMINDER = "reminder"
REFUSED = "reminders"
BATCH = 500
_DIGESTS = (DigestPeriod.DAILY, DigestPeriod.WEEKLY, DigestPeriod.MONTHLY)


class Outcome(StrEnum):
    """What became of a run: mail went out, nothing was to be told, nobody was there to read it, or it was too old."""

    SENT = "sent"
    QUIET = "quiet"
    NOBODY = "nobody"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Following:
    """A list whose digests of one kind are kept going: somebody reads them, or did.

    `since` is when the first of today's readers joined; `covered_until` up to when the last digest told everything.
    """

    list_id: int
    digest: DigestPeriod
    since: datetime | None
    covered_until: datetime | None


class Reader(NamedTuple):
    """Who gets a common digest; `form` as in `store.personal`."""

    subscription_id: int
    person_id: int
    language: str
    form: str
    school: str


def claim_run(
    connection: Connection,
    kind: str,
    subject: int | str,
    period: str,
    now: datetime,
    *,
    outcome: Outcome = Outcome.SENT,
) -> bool:
    """True if the run is this transaction's to do; False if it is done, or another node is about to do one for it.

    One that was claimed more than a day from now was not done: the clock was wrong.

    Never waits for the other node: its digest may take seconds to compose, and mail waits behind this connection.
    """
    name = {"kind": kind, "subject": str(subject)}
    if connection.dialect.name == "postgresql" and not connection.execute(_TAKE_TURN, name).scalar_one():
        return False
    dialect = postgres_insert if connection.dialect.name == "postgresql" else sqlite_insert
    done = {"claimed_at": now, "outcome": outcome.value, "covers_until": None, "content_ids": ""}
    statement = (
        dialect(schedule_runs)
        .values(**name, period=period, **done)
        .on_conflict_do_update(index_elements=("kind", "subject", "period"), set_=done, where=~until_now(now))
        .returning(schedule_runs.c.id)
    )
    return connection.execute(statement).first() is not None


def claim_next(connection: Connection, kind: str, subject: str, now: datetime) -> int:
    """One more run of the kind for the subject on this day (UTC); gives how many it has had, this one with them."""
    day = now.date().isoformat()
    said = (schedule_runs.c.kind == kind, schedule_runs.c.subject == subject)
    today = schedule_runs.c.period.startswith(f"{day} ")
    number = 1 + int(connection.execute(select(func.count()).where(*said, today)).scalar_one())
    claim_run(connection, kind, subject, f"{day} {number}", now)
    return number


def last_claim(connection: Connection, kind: str, subject: int | str, now: datetime) -> datetime | None:
    """When a run of this kind was claimed last for the subject, None if never, or by a wrong clock alone."""
    newest = func.max(schedule_runs.c.claimed_at, type_=schedule_runs.c.claimed_at.type)
    of_subject = (schedule_runs.c.kind == kind, schedule_runs.c.subject == str(subject))
    return connection.execute(select(newest).where(*of_subject, until_now(now))).scalar_one_or_none()


def end_run(
    connection: Connection,
    kind: str,
    subject: int,
    period: str,
    outcome: Outcome,
    covers_until: datetime | None = None,
    content_ids: Collection[int] = (),
) -> None:
    """Says what became of a run this transaction has claimed, up to when it told everything, and in which octets."""
    connection.execute(
        update(schedule_runs)
        .where(schedule_runs.c.kind == kind, schedule_runs.c.subject == str(subject), schedule_runs.c.period == period)
        .values(outcome=outcome.value, covers_until=covers_until, content_ids=",".join(map(str, content_ids)))
    )


def claimed(
    connection: Connection, kind: str, subjects: Collection[int], periods: Collection[str], now: datetime | None = None
) -> set[tuple[int, str]]:
    """(subject, period) of those runs of the kind that are claimed; with `now` less those `claim_run` claims anew."""
    found: set[tuple[int, str]] = set()
    names = [str(subject) for subject in sorted(subjects)]
    for start in range(0, len(names), BATCH):
        statement = select(schedule_runs.c.subject, schedule_runs.c.period).where(
            schedule_runs.c.kind == kind,
            schedule_runs.c.subject.in_(names[start : start + BATCH]),
            schedule_runs.c.period.in_(sorted(periods)),
            true() if now is None else until_now(now),
        )
        found.update((int(row.subject), row.period) for row in connection.execute(statement))
    return found


def sent_since(connection: Connection, kinds: Collection[str], since: datetime, now: datetime) -> set[tuple[str, int]]:
    """(kind, subject) of those runs of these kinds after that moment, until now, of which mail went out."""
    statement = select(schedule_runs.c.kind, schedule_runs.c.subject).where(
        schedule_runs.c.kind.in_(sorted(kinds)),
        schedule_runs.c.claimed_at > since,
        until_now(now),
        schedule_runs.c.outcome == Outcome.SENT.value,
    )
    return {(row.kind, int(row.subject)) for row in connection.execute(statement)}


def covered_until(connection: Connection, digest: DigestPeriod, list_id: int, now: datetime) -> datetime | None:
    """Up to when the list's digests of this kind have told everything; None before the first."""
    wanted = {"wanted_kind": digest_kind(digest), "wanted_subject": str(list_id), "before": now + WRONG_CLOCK}
    return connection.execute(_COVERED, wanted).scalar_one_or_none()


def followed_digests(connection: Connection, now: datetime) -> list[Following]:
    """Every list and kind of digest to keep going, by list. A closed list counts for 60 days: its last posts go out."""
    since = {(row.list_id, row.digest): row.since for row in connection.execute(_READERS, {"now": now})}
    found = []
    for row in connection.execute(_HISTORY, {"closed_after": now - CLOSED_LISTS, "before": now + WRONG_CLOCK}):
        for digest in _DIGESTS:
            joined, covered = since.get((row.id, digest.value)), getattr(row, digest.value)
            if joined is not None or covered is not None:
                found.append(Following(row.id, digest, joined, covered))
    return found


def has_readers(connection: Connection, list_id: int, digest: DigestPeriod, now: datetime) -> bool:
    """Whether anybody gets the list's common digests of this kind now."""
    here = select(subscriptions.c.id).join(persons, persons.c.id == subscriptions.c.person_id)
    statement = here.where(*_reads(list_id, digest), _still_there(now), ~has_own_way())
    return connection.execute(statement.limit(1)).first() is not None


def common_readers(connection: Connection, mail_list: MailList, digest: DigestPeriod, now: datetime) -> list[Reader]:
    """Everybody who gets the list's digests of this kind at the group's hour; her language, else the group's."""
    statement = (
        select(
            subscriptions.c.id,
            subscriptions.c.person_id,
            persons.c.language,
            persons.c.digest_form,
            subscriptions.c.school,
        )
        .join(persons, persons.c.id == subscriptions.c.person_id)
        .where(*_reads(mail_list.id, digest), _still_there(now), ~has_own_way())
        .order_by(subscriptions.c.id)
    )
    default = mail_list.settings.language
    return [
        Reader(row.id, row.person_id, row.language or default, row.digest_form, row.school)
        for row in connection.execute(statement)
    ]


def digest_readers(
    connection: Connection, mail_list: MailList, digest: DigestPeriod, now: datetime
) -> dict[str, array[int]]:
    """The subscription ids of `common_readers`, by language."""
    found: dict[str, array[int]] = {}
    for reader in common_readers(connection, mail_list, digest, now):
        found.setdefault(reader.language, array("q")).append(reader.subscription_id)
    return found


def reminder_readers(
    connection: Connection,
    list_id: int,
    now: datetime,
    school: str = "",
    *,
    network_id: int | None = None,
    at_home: Callable[[str], bool] | None = None,
) -> array[int]:
    """The subscription ids of everybody who gets mail of the list, single or in digests; with a school its members'.

    With the list's network only of those who hear of its dates through this list: each person does through the first
    of its open lists that she is in, so that nobody is told twice. `at_home`: only those whose school, of this list or
    another, it holds for.
    """
    before = select(lists.c.id).where(
        lists.c.network_id == network_id, lists.c.archived_at.is_(None), lists.c.id <= list_id
    )
    statement = (
        select(subscriptions.c.id, subscriptions.c.list_id, subscriptions.c.person_id, subscriptions.c.school)
        .add_columns(*([home_school().label("home")] if at_home is not None else []))
        .where(
            subscriptions.c.list_id == list_id if network_id is None else subscriptions.c.list_id.in_(before),
            subscriptions.c.left_at.is_(None),
            (subscriptions.c.delivery == Delivery.EACH.value) | (subscriptions.c.digest != DigestPeriod.NONE.value),
            _still_there(now),
            subscriptions.c.person_id.not_in(_REFUSING),
        )
        .order_by(subscriptions.c.list_id, subscriptions.c.id)
    )
    first: dict[int, Any] = {}
    for row in connection.execute(statement):
        if not school or fold(row.school) == fold(school):
            first.setdefault(row.person_id, row)
    here = (row for row in first.values() if row.list_id == list_id)
    return array("q", (row.id for row in here if at_home is None or at_home(row.home)))


def _reads(list_id: int, digest: DigestPeriod) -> tuple[ColumnElement[bool], ...]:
    return (
        subscriptions.c.list_id == list_id,
        subscriptions.c.digest == digest.value,
        subscriptions.c.left_at.is_(None),
    )


def _still_there(now: datetime) -> ColumnElement[bool]:
    return subscriptions.c.until.is_(None) | (subscriptions.c.until > now)


_REFUSING = select(refusals.c.person_id).where(refusals.c.kind == REFUSED)
_TAKE_TURN = text("SELECT pg_try_advisory_xact_lock(79, hashtext(:kind || ' ' || :subject))")
_BEFORE = schedule_runs.c.claimed_at <= bindparam("before", type_=schedule_runs.c.claimed_at.type)
_COVERED = select(func.max(schedule_runs.c.covers_until, type_=schedule_runs.c.covers_until.type)).where(
    schedule_runs.c.kind == bindparam("wanted_kind"), schedule_runs.c.subject == bindparam("wanted_subject"), _BEFORE
)
_READERS = (
    select(
        subscriptions.c.list_id,
        subscriptions.c.digest,
        func.min(subscriptions.c.created_at, type_=subscriptions.c.created_at.type).label("since"),
    )
    .where(
        subscriptions.c.digest != literal_column("'none'"),  # spelled out, or the partial index is not taken
        subscriptions.c.left_at.is_(None),
        subscriptions.c.until.is_(None) | (subscriptions.c.until > bindparam("now", type_=subscriptions.c.until.type)),
    )
    .group_by(subscriptions.c.list_id, subscriptions.c.digest)
)
_HISTORY = (
    select(
        lists.c.id,
        *(
            select(func.max(schedule_runs.c.covers_until, type_=schedule_runs.c.covers_until.type))
            .where(
                schedule_runs.c.kind == digest_kind(digest), schedule_runs.c.subject == cast(lists.c.id, Text), _BEFORE
            )
            .scalar_subquery()
            .label(digest.value)
            for digest in _DIGESTS
        ),
    )
    .where(
        lists.c.archived_at.is_(None)
        | (lists.c.archived_at > bindparam("closed_after", type_=lists.c.archived_at.type))
    )
    .order_by(lists.c.id)
)
