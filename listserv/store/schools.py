"""Which school somebody is at: that of her place in the group, else that of another place of hers."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import ColumnElement, Connection, case, func, select

from listserv.store.schema import subscriptions

_OTHER = subscriptions.alias("other_place")  # made once: an alias copies every column of its table


def home_school() -> ColumnElement[str]:
    """The school of a `subscription` row's person, "" where none of her places names one."""
    elsewhere = select(func.max(_OTHER.c.school)).where(
        _OTHER.c.person_id == subscriptions.c.person_id, _OTHER.c.left_at.is_(None)
    )
    found = func.coalesce(elsewhere.correlate(subscriptions).scalar_subquery(), "")
    return case((subscriptions.c.school != "", subscriptions.c.school), else_=found)


def schools_of_members(connection: Connection) -> Counter[str]:
    """How many persons are at each school, as it is spelled; the same school may stand in several spellings."""
    statement = (
        select(subscriptions.c.school, func.count(subscriptions.c.person_id.distinct()))
        .where(subscriptions.c.left_at.is_(None), subscriptions.c.school != "")
        .group_by(subscriptions.c.school)
    )
    return Counter({row[0]: int(row[1]) for row in connection.execute(statement)})
