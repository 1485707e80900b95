"""Updates in their readers' own way: who chose a day, an hour, one for all groups, or a form; and up to where told.

A person who chose a day, an hour or one update for all her groups is left out of the groups' common runs
(`store.schedule`); her own runs stand in the same table: kind "own-weekly-digest" with a subscription's id, kind
"together-weekly-digest" with the person's.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, true, update

from listserv.model.lists import DigestPeriod
from listserv.store.schema import lists, persons, schedule_runs, subscriptions
from listserv.store.schema.types import Instant

LATELY = timedelta(days=90)
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

    `day`, `time` and `time_zone` are "" where the group's count.
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

    @property
    def kind(self) -> str:
        """The schedule's word for it."""
        return own_kind(self.digest, self.together)

    @property
    def subject(self) -> int:
        """Whose it is: the person's id, or that of the one place."""
        return self.person_id if self.together else self.places[0].subscription_id


def own_kind(digest: DigestPeriod, together: bool) -> str:
    """The schedule's word for updates of people's own."""
    return f"{'together' if together else 'own'}-{digest.value}-digest"


def has_own_way() -> ColumnElement[bool]:
    """The condition on `person` rows that holds for who is left out of the common runs."""
    return (persons.c.digest_day != "") | (persons.c.digest_time != "") | persons.c.digest_together.is_(true())


def own_readers(connection: Connection, now: datetime) -> list[OwnReader]:
    """Every update somebody gets in her own way, by person; the places of one together by list."""
    statement = (
        select(
            persons,
            subscriptions.c.id.label("subscription_id"),
            subscriptions.c.list_id,
            subscriptions.c.digest,
            subscriptions.c.school,
            subscriptions.c.created_at.label("since"),
        )
        .join(persons, persons.c.id == subscriptions.c.person_id)
        .join(lists, lists.c.id == subscriptions.c.list_id)
        .where(
            has_own_way(),
            subscriptions.c.digest != DigestPeriod.NONE.value,
            subscriptions.c.left_at.is_(None),
            subscriptions.c.until.is_(None) | (subscriptions.c.until > now),
            lists.c.archived_at.is_(None),
        )
        .order_by(persons.c.id, subscriptions.c.list_id)
    )
    gathered: defaultdict[tuple[int, str, int], list[Any]] = defaultdict(list)
    for row in connection.execute(statement):
        gathered[row.id, row.digest, 0 if row.digest_together else row.subscription_id].append(row)
    covered = _covered(connection, now)
    return [_own_reader(rows, covered) for rows in gathered.values()]


def _own_reader(rows: list[Any], covered: dict[tuple[str, str], datetime]) -> OwnReader:
    first = rows[0]
    digest, together = DigestPeriod(first.digest), bool(first.digest_together)
    subject = first.id if together else first.subscription_id
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
        covered.get((own_kind(digest, together), str(subject))),
    )


def _covered(connection: Connection, now: datetime) -> dict[tuple[str, str], datetime]:
    """Up to when each update of somebody's own has told everything, by kind and subject; of the last three months."""
    kinds = [own_kind(digest, together) for digest in _DIGESTS for together in (False, True)]
    statement = (
        select(schedule_runs.c.kind, schedule_runs.c.subject, func.max(schedule_runs.c.covers_until, type_=Instant()))
        .where(schedule_runs.c.kind.in_(kinds), schedule_runs.c.covers_until > now - LATELY)
        .group_by(schedule_runs.c.kind, schedule_runs.c.subject)
    )
    return {(kind, subject): until for kind, subject, until in connection.execute(statement)}


def told_until(
    connection: Connection, digest: DigestPeriod, place_of: dict[int, int], after: datetime
) -> dict[int, datetime]:
    """Up to when somebody's own update told her of the list, for those of these (subscription id: person id) who had
    one that told of a time after `after`: where the group's common one goes on for her."""
    found: dict[int, datetime] = {}
    for together in (False, True):
        statement = (
            select(schedule_runs.c.subject, func.max(schedule_runs.c.covers_until, type_=Instant()))
            .where(schedule_runs.c.kind == own_kind(digest, together), schedule_runs.c.covers_until > after)
            .group_by(schedule_runs.c.subject)
        )
        until = {int(subject): at for subject, at in connection.execute(statement)}
        for subscription_id, person_id in place_of.items() if until else ():
            at = until.get(person_id if together else subscription_id)
            if at is not None:
                found[subscription_id] = max(at, found.get(subscription_id, at))
    return found


def choose_hour(connection: Connection, person_id: int, day: str, time: str) -> None:
    """Her updates come on that day ("tuesday") and hour ("07:00") from now on; "" for each group's."""
    connection.execute(update(persons).where(persons.c.id == person_id).values(digest_day=day, digest_time=time))


def choose_together(connection: Connection, person_id: int, wanted: bool) -> None:
    """One update tells her of all her groups, or each group's its own."""
    connection.execute(update(persons).where(persons.c.id == person_id).values(digest_together=wanted))


def choose_form(connection: Connection, person_id: int, form: str) -> None:
    """Her updates are a page, RFC 1153 ("plain") or MIME digests ("mime")."""
    connection.execute(update(persons).where(persons.c.id == person_id).values(digest_form=form))


_DIGESTS = (DigestPeriod.DAILY, DigestPeriod.WEEKLY, DigestPeriod.MONTHLY)
