"""What a viewer's calendar holds: the dates of groups that were opened for her, the viewer in it (`store.reading`).

A date of a whole network is in the calendar of each of its groups, once. A date of one school is seen by its members,
by the school of their place in that group, and by who runs the group or its network. Reads only.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from listserv.model.calendar import Deadline
from listserv.model.lists import Role
from listserv.store.deadlines import calendar_dates, concerns
from listserv.store.reading import OpenGroup
from listserv.store.schema import roles, subscriptions

_RUNNING = (Role.FACILITATOR, Role.MODERATOR, Role.OWNER, Role.ADMINISTRATOR)


def open_dates(connection: Connection, groups: Sequence[OpenGroup]) -> list[Deadline]:
    """The dates of the groups, all of one viewer, that she may see; for 60 days those that were removed as well."""
    if not groups:
        return []
    viewer = groups[0].viewer
    found = calendar_dates(connection, [group.mail_list.id for group in groups], viewer.now)
    if viewer.person_id is None or not any(each.school for each in found):
        return [each for each in found if not each.school]
    schools = _schools(connection, viewer.person_id)
    inside = [group for group in groups if group.is_member]
    run_lists, run_networks = _run(connection, viewer.person_id)
    running = {g.mail_list.id for g in inside if g.mail_list.id in run_lists or g.network.id in run_networks}

    def seen(each: Deadline) -> bool:
        here = [g.mail_list.id for g in inside if _is_of(each, g)]
        return any(list_id in running or concerns(each, schools.get(list_id, "")) for list_id in here)

    return [each for each in found if not each.school or seen(each)]


def _is_of(each: Deadline, group: OpenGroup) -> bool:
    """Whether the date is in the group's calendar: its own, or one of its network."""
    return each.list_id == group.mail_list.id or each.network_id == group.network.id


def _schools(connection: Connection, person_id: int) -> dict[int, str]:
    statement = select(subscriptions.c.list_id, subscriptions.c.school).where(
        subscriptions.c.person_id == person_id, subscriptions.c.left_at.is_(None)
    )
    return {row.list_id: row.school for row in connection.execute(statement)}


def _run(connection: Connection, person_id: int) -> tuple[set[int], set[int]]:
    statement = select(roles.c.list_id, roles.c.network_id).where(
        roles.c.person_id == person_id, roles.c.role.in_(_RUNNING)
    )
    rows = connection.execute(statement).all()
    return {row.list_id for row in rows if row.list_id}, {row.network_id for row in rows if row.network_id}
