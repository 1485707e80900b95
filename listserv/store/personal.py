"""Updates in their readers' own way: who chose a day, an hour, one for all groups, or a form.

A person who chose a day, an hour or one update for all her groups is left out of the groups' common runs
(`store.schedule`) and has runs of her own; up to where they have told her is known by `store.told`, which hears of each
choice first.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, update

from listserv.model.lists import DigestPeriod
from listserv.store.hours import choose_hours, hours_of
from listserv.store.schema import lists, persons, subscriptions
from listserv.store.schools import home_school
from listserv.store.told import Told, has_own_way, later, note_where_told, own_kind, own_runs, starts_since

LATELY = timedelta(days=90)
CLOSED_LISTS = timedelta(days=60)
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
    lately = now - LATELY
    covered, starts = own_runs(connection, lately, now), starts_since(connection, lately, now)
    readers = (_own_reader(rows, covered, starts) for rows in gathered.values())
    return [reader for reader in readers if reader is not None]


def _own_reader(rows: list[Any], covered: dict[tuple[str, str], Told], starts: dict[int, Told]) -> OwnReader | None:
    first = rows[0]
    digest, together = DigestPeriod(first.digest), bool(first.digest_together)
    subject = first.id if together else first.subscription_id
    last = covered.get((own_kind(digest, together), str(subject)))
    begins = {row.list_id: later(last, starts.get(row.subscription_id)) for row in rows}
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
