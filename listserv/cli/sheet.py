"""A sheet of a network's groups, such as January's: who is in which group from now on.

A row puts its address into its group; of the groups that the sheet names anywhere, its people leave those they stand
in no row of. Nobody else and no other group is touched, and a group somebody helps to run she keeps. A row whose group
is empty only takes its person out. Whoever moves keeps her settings, where the sheet says nothing of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from listserv.model.lists import EDITING, MailList, Subscription
from listserv.store.engine import Connection
from listserv.store.people import find_member, person_of, remove_member


@dataclass(slots=True)
class Changes:
    """What the sheet means for one person: the groups she came into, left, and stands in; her places before it."""

    address: str
    before: Mapping[int, Subscription]
    joined: list[MailList] = field(default_factory=list)
    left: list[MailList] = field(default_factory=list)
    stands_in: set[int] = field(default_factory=set)

    @property
    def moving_from(self) -> Subscription | None:
        """A place she had whose settings go with her."""
        return next(iter(self.before.values()), None)

    def told(self) -> str:
        """One line of what is done, "" if nothing is."""
        came, went = (", ".join(each.name for each in some) for some in (self.joined, self.left))
        if came and went:
            return f"{self.address}: moves from {went} to {came}"
        if came:
            return f"{self.address}: joins {came}"
        return f"{self.address}: leaves {went}" if went else ""


def places_before(
    connection: Connection, named: Sequence[MailList], key: str, now: datetime
) -> dict[int, Subscription]:
    """Her places, by list, in the groups the sheet names."""
    person_id = person_of(connection, key)
    if person_id is None:
        return {}
    found = ((each.id, find_member(connection, each, person_id, now)) for each in named)
    return {list_id: place for list_id, place in found if place is not None and place.id}


def take_out(connection: Connection, named: Sequence[MailList], changes: Changes, now: datetime) -> None:
    """She is out of the groups of the sheet she stands in no row of."""
    for mail_list in _to_leave(named, changes):
        remove_member(connection, mail_list, changes.before[mail_list.id], now)
        changes.left.append(mail_list)


def _to_leave(named: Sequence[MailList], changes: Changes) -> Iterator[MailList]:
    for mail_list in named:
        place = changes.before.get(mail_list.id)
        if place is not None and mail_list.id not in changes.stands_in and not place.roles & EDITING:
            yield mail_list


def summary(people: Sequence[Changes], *, dry_run: bool) -> str:
    """How many join, move, leave and stay, and who."""
    moves = [each for each in people if each.joined and each.left]
    joins = [each for each in people if each.joined and not each.left]
    leaves = [each for each in people if each.left and not each.joined]
    stay = len(people) - len(moves) - len(joins) - len(leaves)
    lines = [line for line in (each.told() for each in people) if line]
    verb = "would join" if dry_run else "joined"
    counts = f"{len(joins)} {verb}, {len(moves)} {'would move' if dry_run else 'moved'}, {len(leaves)} "
    return "\n".join([*lines, counts + f"{'would leave' if dry_run else 'left'}, {stay} stay as they are."])
