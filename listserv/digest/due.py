"""Which updates of groups are due and not gone, and whether one is near to somebody who would get another mail of ours.

By the plan an update is near for two days around its time (`goals.is_near_update`): the group's, or her own for whom it
comes in her own way. After downtime it goes out late: so here is asked what waits to go, and what went, whatever the
plan said. Reads the store, writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from listserv.digest import plan
from listserv.digest.goals import NEAR_UPDATE, is_near_update
from listserv.digest.own import Lists, due_to, own_time
from listserv.digest.plan import Owed
from listserv.digest.run import Workshop
from listserv.model.goals import Place
from listserv.model.lists import DigestPeriod, MailList
from listserv.model.school import rhythm_of
from listserv.store.engine import Connection
from listserv.store.personal import OwnReader, own_readers
from listserv.store.schedule import Following, claimed, followed_digests, sent_since
from listserv.store.told import digest_kind, own_kind

_CARRIES = (DigestPeriod.WEEKLY, DigestPeriod.MONTHLY)


@dataclass(frozen=True, slots=True)
class Near:
    """Updates that went within two days or are about to: a group's by kind, people's own by schedule kind and whose.

    `ways`: all updates of people's own that tell of the group, near or not; for these, near is also what is planned so.
    """

    common: frozenset[DigestPeriod]
    own: frozenset[tuple[str, int]]
    ways: frozenset[tuple[str, int]]

    def meets(self, place: Place) -> bool:
        """Whether one of them is hers."""
        if place.digest not in _CARRIES:
            return False
        hers = _own_of(place)
        return place.digest in self.common if hers.isdisjoint(self.ways) else not hers.isdisjoint(self.own)

    def by_plan(self, place: Place) -> Place:
        """Her place as the group's plan is to see it: without an update, where hers comes in her own way."""
        return place if _own_of(place).isdisjoint(self.ways) else replace(place, digest=DigestPeriod.NONE)


def _own_of(place: Place) -> set[tuple[str, int]]:
    """What her updates are in the schedule if they come in her own way."""
    return {(own_kind(place.digest, False), place.subscription_id), (own_kind(place.digest, True), place.person_id)}


def updates_near(
    connection: Connection, mail_list: MailList, lists: Mapping[int, MailList], workshop: Workshop, now: datetime
) -> Near:
    """What of the group's updates, and of people's own, is not to meet another mail."""
    here = {mail_list.id: mail_list}
    due = {digest for _, digest, owed in due_digests(connection, here, workshop, now) if owed.periods}
    since = now - NEAR_UPDATE
    common = {digest_kind(each): each for each in _CARRIES}
    gone = {common[kind] for kind, subject in sent_since(connection, common, since, now) if subject == mail_list.id}
    groups, readers = dict(lists), own_readers(connection, now)
    ways = [each for each in readers if mail_list.id in (place.list_id for place in each.places)]
    own = {(unit.reader.kind, unit.reader.subject) for unit in due_to(connection, ways, groups, workshop, now)}
    own |= {(each.kind, each.subject) for each in ways if _is_near(each, groups, workshop, now)}
    own |= sent_since(
        connection, [own_kind(each, together) for each in _CARRIES for together in (False, True)], since, now
    )
    return Near(frozenset(due | gone), frozenset(own), frozenset((each.kind, each.subject) for each in ways))


def _is_near(reader: OwnReader, lists: Lists, workshop: Workshop, now: datetime) -> bool:
    calendar, rhythm = own_time(reader, lists, workshop)
    return is_near_update(calendar, rhythm, reader.digest, now)


def due_digests(
    connection: Connection, lists: Mapping[int, MailList], workshop: Workshop, now: datetime
) -> Iterator[tuple[MailList, DigestPeriod, Owed]]:
    """Each list's updates of a kind that are due at `now` and claimed by nobody, the oldest first."""
    for following in followed_digests(connection, now):
        mail_list = lists.get(following.list_id)
        if mail_list is None:
            continue
        owed = _owed(mail_list, following, workshop, now)
        if owed != plan.NOTHING:
            owed = _unclaimed(connection, mail_list, following.digest, owed, now)
        if owed != plan.NOTHING:
            yield mail_list, following.digest, owed


def _unclaimed(connection: Connection, mail_list: MailList, digest: DigestPeriod, owed: Owed, now: datetime) -> Owed:
    """Less what is written down already: skipped before, or sent on another day of the week before that was changed."""
    keys = {period.key for period in (*owed.skipped, *owed.periods)}
    known = {key for _, key in claimed(connection, digest_kind(digest), [mail_list.id], keys, now)}
    left = (tuple(each for each in some if each.key not in known) for some in (owed.skipped, owed.periods))
    return Owed(*left)


def _owed(mail_list: MailList, following: Following, workshop: Workshop, now: datetime) -> Owed:
    """What is due; of a closed list only what tells of the time before it was closed."""
    owed = plan.due(
        workshop.calendars.of(mail_list),
        rhythm_of(mail_list.settings),
        following.digest,
        following.covered_until,
        following.since or following.covered_until or now,
        now,
    )
    closed = mail_list.archived_at
    if closed is None:
        return owed
    return Owed(owed.skipped, tuple(period for period in owed.periods if period.covers_from < closed))
