"""Updates in their readers' own way: who chose a day, an hour, one for all groups, or a form; and up to where told.

A person who chose a day, an hour or one update for all her groups is left out of the groups' common runs
(`store.schedule`); her own runs stand in the same table: kind "own-weekly-digest" with a subscription's id, kind
"together-weekly-digest" with the person's. Each time she chooses, a row of kind "told" says for each of her places up
to where she was told until then, so that nothing is told twice or never.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select, true, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from listserv.model.lists import DigestPeriod
from listserv.store.hours import choose_hours, hours_of
from listserv.store.schema import lists, persons, schedule_runs, subscriptions
from listserv.store.schema.types import Instant
from listserv.store.schools import home_school

LATELY = timedelta(days=90)
CLOSED_LISTS = timedelta(days=60)
# No clock is so much before another: what was claimed later than that was claimed by one that was wrong.
WRONG_CLOCK = timedelta(days=1)
TOLD = "told"
FORMS = ("", "plain", "mime")


@dataclass(frozen=True, slots=True)
class Place:
    """A subscription whose updates come in its holder's own way."""

    subscription_id: int
    list_id: int
    since: datetime
    school: str = ""


@dataclass(frozen=True, slots=True)
class OwnReader:
    """One update of one kind that a person gets on her own: of one place, or `together` of several.

    `day`, `time` and `time_zone` are "" where the group's count; `starts`: up to where she was told of each list, by
    the last one or when she chose since; `school` is hers, from any of her groups.
    """

    person_id: int
    digest: DigestPeriod
    places: tuple[Place, ...]
    together: bool
    day: str
    time: str
    time_zone: str
    language: str
    form: str
    covered_until: datetime | None
    starts: dict[int, datetime] = field(default_factory=dict)
    school: str = ""

    @property
    def kind(self) -> str:
        """The schedule's word for it."""
        return own_kind(self.digest, self.together)

    @property
    def subject(self) -> int:
        """Whose it is: the person's id, or that of the one place."""
        return self.person_id if self.together else self.places[0].subscription_id


def until_now(now: datetime) -> ColumnElement[bool]:
    """The condition on runs that holds for those no wrong clock has claimed."""
    return schedule_runs.c.claimed_at <= now + WRONG_CLOCK


def own_kind(digest: DigestPeriod, together: bool) -> str:
    """The schedule's word for updates of people's own."""
    return f"{'together' if together else 'own'}-{digest.value}-digest"


def has_own_way() -> ColumnElement[bool]:
    """The condition on `person` rows that holds for who is left out of the common runs."""
    return (persons.c.digest_day != "") | (persons.c.digest_time != "") | persons.c.digest_together.is_(true())


def own_readers(connection: Connection, now: datetime) -> list[OwnReader]:
    """Every update somebody gets in her own way, by person; the places of one together by list.

    A closed list is among them, for 60 days, until she has been told of the time before.
    """
    statement = (
        select(
            persons,
            subscriptions.c.id.label("subscription_id"),
            subscriptions.c.list_id,
            subscriptions.c.digest,
            subscriptions.c.school,
            home_school().label("home"),
            subscriptions.c.created_at.label("since"),
            lists.c.archived_at.label("closed_at"),
        )
        .join(persons, persons.c.id == subscriptions.c.person_id)
        .join(lists, lists.c.id == subscriptions.c.list_id)
        .where(
            has_own_way(),
            subscriptions.c.digest != DigestPeriod.NONE.value,
            subscriptions.c.left_at.is_(None),
            subscriptions.c.until.is_(None) | (subscriptions.c.until > now),
            lists.c.archived_at.is_(None) | (lists.c.archived_at > now - CLOSED_LISTS),
        )
        .order_by(persons.c.id, subscriptions.c.list_id)
    )
    gathered: defaultdict[tuple[int, str, int], list[Any]] = defaultdict(list)
    for row in connection.execute(statement):
        gathered[row.id, row.digest, 0 if row.digest_together else row.subscription_id].append(row)
    covered, starts = _covered(connection, now), _starts(connection, now - LATELY, now)
    readers = (_own_reader(rows, covered, starts) for rows in gathered.values())
    return [reader for reader in readers if reader is not None]


def _own_reader(rows: list[Any], covered: dict[tuple[str, str], _Told], starts: dict[int, _Told]) -> OwnReader | None:
    first = rows[0]
    digest, together = DigestPeriod(first.digest), bool(first.digest_together)
    subject = first.id if together else first.subscription_id
    last = covered.get((own_kind(digest, together), str(subject)))
    begins = {row.list_id: _later(last, starts.get(row.subscription_id)) for row in rows}
    rows = [row for row in rows if row.closed_at is None or (begins[row.list_id] or row.since) < row.closed_at]
    if not rows:
        return None
    return OwnReader(
        first.id,
        digest,
        tuple(Place(row.subscription_id, row.list_id, row.since, row.school) for row in rows),
        together,
        first.digest_day,
        first.digest_time,
        first.time_zone,
        first.language,
        first.digest_form,
        None if last is None else last.covers_until,
        {list_id: told for list_id, told in begins.items() if told is not None},
        first.home,
    )


class _Told(NamedTuple):
    """A run: up to where it told, and when it was claimed."""

    covers_until: datetime
    claimed_at: datetime


def _later(last: _Told | None, start: _Told | None) -> datetime | None:
    """Where the next update begins for her: where she was told when she chose, if that was not before the last one."""
    if start is not None and (last is None or start.claimed_at >= last.claimed_at):
        return start.covers_until
    return None if last is None else last.covers_until


def _covered(connection: Connection, now: datetime) -> dict[tuple[str, str], _Told]:
    """Up to when each update of somebody's own has told everything, by kind and subject; of the last three months."""
    kinds = [own_kind(digest, together) for digest in _DIGESTS for together in (False, True)]
    statement = (
        select(
            schedule_runs.c.kind,
            schedule_runs.c.subject,
            func.max(schedule_runs.c.covers_until, type_=Instant()),
            func.max(schedule_runs.c.claimed_at, type_=Instant()),
        )
        .where(schedule_runs.c.kind.in_(kinds), schedule_runs.c.covers_until > now - LATELY, until_now(now))
        .group_by(schedule_runs.c.kind, schedule_runs.c.subject)
    )
    return {(kind, subject): _Told(until, claimed) for kind, subject, until, claimed in connection.execute(statement)}


def _starts(connection: Connection, after: datetime, now: datetime) -> dict[int, _Told]:
    """Up to where each place was told of when its holder last chose, after that time."""
    statement = (
        select(schedule_runs.c.subject, schedule_runs.c.covers_until, schedule_runs.c.claimed_at)
        .where(schedule_runs.c.kind == TOLD, schedule_runs.c.claimed_at > after, until_now(now))
        .order_by(schedule_runs.c.id)
    )
    return {int(subject): _Told(*run) for subject, *run in connection.execute(statement)}


def told_until(
    connection: Connection, digest: DigestPeriod, list_id: int, before: datetime, now: datetime
) -> dict[int, datetime]:
    """By subscription id, of who chose since the list's last common digest of the kind was made, or since `before`
    where there was none: up to where she had been told. The next common one begins there for her."""
    last = _last(connection, f"{digest.value}-digest", list_id, now)
    starts = _starts(connection, before if last is None else last.claimed_at, now)
    return {subscription_id: start.covers_until for subscription_id, start in starts.items()}


class Way(NamedTuple):
    """What a person chose of her updates, and by which clock; "" and False for what she did not."""

    day: str
    time: str
    together: bool
    form: str
    time_zone: str


def own_way(connection: Connection, person_id: int) -> Way:
    """How the person's updates come."""
    chosen = select(
        persons.c.digest_day,
        persons.c.digest_time,
        persons.c.digest_together,
        persons.c.digest_form,
        persons.c.time_zone,
    )
    return Way(*connection.execute(chosen.where(persons.c.id == person_id)).one())


def choose_hour(connection: Connection, person_id: int, day: str, time: str, now: datetime) -> None:
    """Her updates come on that day ("tuesday") and hour ("07:00") from now on; "" for each group's."""
    _choose(connection, person_id, now, digest_day=day, digest_time=time)


def choose_zone(connection: Connection, person_id: int, time_zone: str, now: datetime) -> None:
    """Her hours are by that clock from now on, "" for each group's; what waits for them is looked at anew."""
    _choose(connection, person_id, now, time_zone=time_zone)
    choose_hours(connection, person_id, hours_of(connection, person_id), now)


def choose_together(connection: Connection, person_id: int, wanted: bool, now: datetime) -> None:
    """One update tells her of all her groups, or each group's its own."""
    _choose(connection, person_id, now, digest_together=wanted)


def choose_form(connection: Connection, person_id: int, form: str) -> None:
    """Her updates are a page, RFC 1153 ("plain") or MIME digests ("mime")."""
    connection.execute(update(persons).where(persons.c.id == person_id).values(digest_form=form))


def _choose(connection: Connection, person_id: int, now: datetime, **chosen: Any) -> None:
    note_where_told(connection, person_id, now)
    connection.execute(update(persons).where(persons.c.id == person_id).values(**chosen))


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


def is_own(connection: Connection, person_id: int) -> bool:
    """Whether her updates come in her own way."""
    return connection.execute(select(persons.c.id).where(persons.c.id == person_id, has_own_way())).first() is not None


def told_by(
    connection: Connection, person_id: int, subscription_id: int, list_id: int, digest: DigestPeriod, now: datetime
) -> datetime | None:
    """Up to where the updates she gets have told her of the list; None where none did yet."""
    if is_own(connection, person_id):
        return _told_alone(connection, person_id, subscription_id, digest, now)
    return _told_with_all(connection, subscription_id, list_id, digest, now)


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


def _told_alone(
    connection: Connection, person_id: int, subscription_id: int, digest: DigestPeriod, now: datetime
) -> datetime | None:
    """Up to where updates of her own told her, or what she was told when she chose them."""
    alone = _last(connection, own_kind(digest, False), subscription_id, now)
    together = _last(connection, own_kind(digest, True), person_id, now)
    last = max((each for each in (alone, together) if each is not None), default=None)
    return _later(last, _start(connection, subscription_id, now))


def _told_with_all(
    connection: Connection, subscription_id: int, list_id: int, digest: DigestPeriod, now: datetime
) -> datetime | None:
    """Up to where the common one told her: where none went since she came back to it, as far as before that."""
    common = _last(connection, f"{digest.value}-digest", list_id, now)
    return _later(common, _start(connection, subscription_id, now))


def _start(connection: Connection, subscription_id: int, now: datetime) -> _Told | None:
    """Up to where she was told when she chose last, None if she never did."""
    statement = (
        select(schedule_runs.c.covers_until, schedule_runs.c.claimed_at)
        .where(schedule_runs.c.kind == TOLD, schedule_runs.c.subject == str(subscription_id), until_now(now))
        .order_by(schedule_runs.c.id.desc())
    )
    row = connection.execute(statement.limit(1)).first()
    return None if row is None else _Told(*row)


def _last(connection: Connection, kind: str, subject: int, now: datetime) -> _Told | None:
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
    return None if row is None else _Told(*row)


_DIGESTS = (DigestPeriod.DAILY, DigestPeriod.WEEKLY, DigestPeriod.MONTHLY)
