"""Dates of a group, or of all groups of a network: deadlines and events, proposed, published, listed, taken back.

A removed one is kept as a row. One of a network is one row, so that a change or removal reaches every group at once.
Only published ones are told to anybody, but to those who decide about them. A date of one school is that school's
members' alone: whoever reads says whose dates she may see. Schools are compared as people write them, without regard
to case and macrons.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from listserv.errors import NotFound
from listserv.model.calendar import LONGEST_DISTANCE_DAYS, Deadline
from listserv.model.digest import ComingDate
from listserv.store.folding import fold
from listserv.store.schema import deadlines, lists, subscriptions

PUBLISHED, PROPOSED = "published", "proposed"
CANCELLED_KEPT = timedelta(days=60)
FEED_BEHIND = timedelta(days=400)
MOST_COMING = 200


@dataclass(frozen=True, slots=True)
class NewDate:
    """A date as it is written down: whole days, or an hour of `day` (`at`, aware) until `ends_at`."""

    title: str
    day: date
    at: datetime | None = None
    link: str = ""
    event: bool = False
    end_day: date | None = None
    ends_at: datetime | None = None
    school: str = ""


def add_dates(
    connection: Connection,
    list_id: int,
    dates: Sequence[NewDate],
    now: datetime,
    *,
    distances: tuple[int, ...],
    created_by: int | None = None,
    proposed: bool = False,
    network_id: int | None = None,
) -> list[Deadline]:
    """The group is reminded of these dates so many days before each; written down together they are a series.

    Proposed ones are told to nobody until `publish_dates`. With a network they are dates of all its groups.
    """
    same = {
        "list_id": list_id,
        "network_id": network_id,
        "distances": ",".join(str(distance) for distance in distances),
        "state": PROPOSED if proposed else PUBLISHED,
        "series": secrets.token_hex(8) if len(dates) > 1 else "",
        "created_by": created_by,
        "created_at": now,
        "changed_at": now,
    }
    return [_insert(connection, new, same) for new in dates]


def _insert(connection: Connection, new: NewDate, same: dict[str, Any]) -> Deadline:
    statement = insert(deadlines).values(
        title=new.title,
        day=new.day.isoformat(),
        at=new.at,
        link=new.link,
        kind="event" if new.event else "deadline",
        school=new.school,
        ends_at=new.ends_at,
        end_day=new.end_day.isoformat() if new.end_day else "",
        **same,
    )
    return _deadline(connection.execute(statement.returning(*deadlines.c)).one())


def publish_dates(connection: Connection, list_id: int, ids: Collection[int], now: datetime) -> list[Deadline]:
    """Those of the list's dates that were proposed until now are published; what was planned before is not owed."""
    return _settle(connection, list_id, ids, state=PUBLISHED, created_at=now, changed_at=now)


def decline_dates(connection: Connection, list_id: int, ids: Collection[int], now: datetime) -> list[Deadline]:
    """Those of the list's dates that were proposed until now are gone; nobody was told of them."""
    return _settle(connection, list_id, ids, removed_at=now, changed_at=now)


def _settle(connection: Connection, list_id: int, ids: Collection[int], **values: Any) -> list[Deadline]:
    statement = (
        update(deadlines)
        .where(
            deadlines.c.list_id == list_id,
            deadlines.c.id.in_(sorted(ids)),
            deadlines.c.state == PROPOSED,
            deadlines.c.removed_at.is_(None),
        )
        .values(**values)
        .returning(*deadlines.c)
    )
    return sorted((_deadline(row) for row in connection.execute(statement)), key=_order)


def dates_named(connection: Connection, list_id: int, ids: Collection[int]) -> list[Deadline]:
    """The list's or its network's dates with these ids, published, proposed or removed, by time."""
    statement = select(deadlines).where(of_list(list_id), deadlines.c.id.in_(sorted(ids)))
    return sorted((_deadline(row) for row in connection.execute(statement)), key=_order)


def deadlines_of(connection: Connection, list_id: int, since: date, until: date = date.max) -> list[Deadline]:
    """The list's and its network's dates from one day to another, both of them in it, by time; those of all schools.

    One of several days is among them until its last.
    """
    statement = (
        select(deadlines)
        .where(of_list(list_id), *_standing(since, until))
        .order_by(deadlines.c.day, deadlines.c.at, deadlines.c.id)
    )
    return [_deadline(row) for row in connection.execute(statement)]


def coming(connection: Connection, list_id: int, since: date, until: date, school: str = "") -> tuple[ComingDate, ...]:
    """Dates and events from one day to another, both of them in it, by time: everybody's, and those of that school."""
    found = deadlines_of(connection, list_id, since, until)
    return tuple(
        ComingDate(
            each.id, each.title, each.day, each.at, each.ends_at, each.link, each.event, each.school, each.end_day
        )
        for each in found
        if concerns(each, school)
    )[:MOST_COMING]


def concerns(deadline: Deadline, school: str) -> bool:
    """Whether the date is one of somebody at this school, "" for none."""
    return not deadline.school or (bool(school) and fold(deadline.school) == fold(school))


def calendar_dates(connection: Connection, list_ids: Collection[int], now: datetime) -> list[Deadline]:
    """What calendars of these lists hold, each date once: published ones, and for 60 days those that were removed."""
    here = sorted(list_ids)
    networks = select(lists.c.network_id).where(lists.c.id.in_(here))
    statement = (
        select(deadlines)
        .where(
            deadlines.c.list_id.in_(here) | deadlines.c.network_id.in_(networks),
            deadlines.c.state == PUBLISHED,
            deadlines.c.day >= (now - FEED_BEHIND).date().isoformat(),
            deadlines.c.removed_at.is_(None) | (deadlines.c.removed_at > now - CANCELLED_KEPT),
        )
        .order_by(deadlines.c.list_id, deadlines.c.day, deadlines.c.id)
    )
    return [_deadline(row) for row in connection.execute(statement)]


def coming_deadlines(connection: Connection, today: date) -> list[Deadline]:
    """Dates of all lists that a reminder may be due of on this day, by list; a day's zone is still the reader's."""
    until = today + timedelta(days=LONGEST_DISTANCE_DAYS + 150)
    statement = select(deadlines).where(*_standing(today - timedelta(days=1), until))
    return [_deadline(row) for row in connection.execute(statement.order_by(deadlines.c.list_id, deadlines.c.id))]


def get_deadline(connection: Connection, deadline_id: int) -> Deadline:
    """The published date of that id. Raises NotFound, also for one that was removed."""
    statement = select(deadlines).where(
        deadlines.c.id == deadline_id, deadlines.c.removed_at.is_(None), deadlines.c.state == PUBLISHED
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise NotFound(f"There is no deadline {deadline_id}; `listserv deadline all LIST` shows those of a list.")
    return _deadline(row)


def move_deadline(connection: Connection, deadline_id: int, day: date, at: datetime | None, now: datetime) -> Deadline:
    """The date is on that day, or at that instant of it, from now on, as long as it was before; reminders begin anew.

    Raises NotFound for one that is removed or not published.
    """
    found = get_deadline(connection, deadline_id)
    lasts = found.ends_at - found.at if found.ends_at and found.at else None
    last = found.end_day + (day - found.day) if found.end_day else None
    values = {
        "day": day.isoformat(),
        "at": at,
        "end_day": last.isoformat() if last else "",
        "ends_at": at + lasts if at and lasts else None,
        "sequence": deadlines.c.sequence + 1,
        "changed_at": now,
        "created_at": now,
    }
    statement = update(deadlines).where(deadlines.c.id == found.id).values(values)
    return _deadline(connection.execute(statement.returning(*deadlines.c)).one())


def set_distances(connection: Connection, deadline_id: int, distances: tuple[int, ...], now: datetime) -> Deadline:
    """The group is reminded so many days before it; what was planned for before now is not owed. Raises NotFound."""
    found = get_deadline(connection, deadline_id)
    values = {"distances": ",".join(str(distance) for distance in distances), "created_at": now}
    statement = update(deadlines).where(deadlines.c.id == found.id).values(values)
    return _deadline(connection.execute(statement.returning(*deadlines.c)).one())


def remove_deadline(connection: Connection, deadline_id: int, now: datetime) -> Deadline:
    """No more reminders of it; calendars hear that it is cancelled. Raises NotFound."""
    found = get_deadline(connection, deadline_id)
    gone = {"removed_at": now, "changed_at": now, "sequence": deadlines.c.sequence + 1}
    connection.execute(update(deadlines).where(deadlines.c.id == deadline_id).values(gone))
    return found


def schools_of(connection: Connection, list_id: int, network_id: int | None = None) -> list[str]:
    """The schools of the list's, or of all the network's, members, each in one spelling, by name."""
    inside = select(lists.c.id).where(lists.c.network_id == network_id)
    statement = select(subscriptions.c.school).where(
        subscriptions.c.list_id == list_id if network_id is None else subscriptions.c.list_id.in_(inside),
        subscriptions.c.left_at.is_(None),
        subscriptions.c.school != "",
    )
    found: dict[str, str] = {}
    for school in sorted(connection.execute(statement.distinct()).scalars()):
        found.setdefault(fold(school), school)
    return sorted(found.values())


def of_list(list_id: int) -> ColumnElement[bool]:
    """The dates of the list: its own, and those of its whole network."""
    network = select(lists.c.network_id).where(lists.c.id == list_id).scalar_subquery()
    return (deadlines.c.list_id == list_id) | (deadlines.c.network_id == network)


def _standing(since: date, until: date) -> tuple[Any, ...]:
    return (
        deadlines.c.removed_at.is_(None),
        deadlines.c.state == PUBLISHED,
        (deadlines.c.day >= since.isoformat()) | (deadlines.c.end_day >= since.isoformat()),
        deadlines.c.day <= until.isoformat(),
    )


def _order(deadline: Deadline) -> tuple[date, int]:
    return deadline.day, deadline.id


def _deadline(row: Any) -> Deadline:
    return Deadline(
        row.id,
        row.list_id,
        row.title,
        date.fromisoformat(row.day),
        row.at,
        row.link,
        tuple(int(distance) for distance in row.distances.split(",") if distance),
        row.created_at,
        event=row.kind == "event",
        school=row.school,
        end_day=date.fromisoformat(row.end_day) if row.end_day else None,
        ends_at=row.ends_at,
        series=row.series,
        sequence=row.sequence,
        changed_at=row.changed_at,
        removed=row.removed_at is not None,
        proposed=row.state == PROPOSED,
        network_id=row.network_id,
    )
