"""What a held post causes at once, and what the clock does until somebody has decided.

at once        the moderator on duty is asked; its author is told that it waits
a day later    also about posts whose author was asked something first
moderator_hours the other moderators are asked
nudge_hours    one reminder with everything that waits
hold_days      it expires and its author is told; at once where the group is closed
each morning   each moderator reads in one mail what the others decided
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from listserv.inbound import moderating
from listserv.inbound.days import morning_of, zone_of
from listserv.inbound.desk import Desk, recipient
from listserv.inbound.moderating import look_at
from listserv.inbound.moderators import asking, authors
from listserv.inbound.moderators.orders import Act
from listserv.inbound.moderators.replying import who_is
from listserv.mail.parse import parse
from listserv.model.case import Reason
from listserv.model.lists import MailList
from listserv.store.archive import message_octets
from listserv.store.lists import list_by_id
from listserv.store.moderation import held_by_id
from listserv.store.moderators import moderators
from listserv.store.schedule import claim_run, claimed
from listserv.store.waiting import SETTLED, Decision, Waiting, all_that_wait, decisions_by_people

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter
    from listserv.inbound.judging import Judged

NUDGED, DAY_TOLD = "held-nudged", "moderators-day"
AUTHOR_FIRST = timedelta(days=1)
DAY_LINES = 50
_TOLD_OF = frozenset(SETTLED) | {act.value for act in Act}


@dataclass(frozen=True, slots=True)
class Line:
    """One decision in the morning mail."""

    who: str
    verdict: str
    subject: str


def tell_moderators(desk: Desk, letter: Letter, judged: Judged) -> None:
    """A post that has just been held is told to its moderators and its author."""
    held = held_by_id(desk.connection, judged.held_id) if judged.held_id is not None else None
    if held is None or held.reason in asking.ASKED_FIRST or held.reason is Reason.TO_RELEASE:
        return
    asking.begin(desk, letter.mail_list, Waiting(held.id, held.list_id, held.reason, held.held_at))
    authors.tell_held(desk, look_at(desk.connection, held, desk.now))


def ask_in_time(desk: Desk) -> int:
    """Whoever should have been asked about a waiting post by now has been."""
    sent = 0
    for mail_list, posts in _by_list(desk):
        late = timedelta(hours=mail_list.settings.moderator_hours)
        known = claimed(desk.connection, asking.TOLD, *_named(posts))
        full = claimed(desk.connection, asking.OTHERS, *_named(posts))
        for waiting in _for_moderators(posts):
            here = (waiting.id, waiting.period)
            if here not in known and _asked_at(waiting) <= desk.now:
                sent += asking.begin(desk, mail_list, waiting)
            elif here in known and here not in full and _asked_at(waiting) + late <= desk.now:
                sent += asking.ask_others(desk, mail_list, waiting)
    return sent


def nudge(desk: Desk) -> int:
    """Moderators of a list where a post has waited too long have one reminder with all that waits there."""
    sent = 0
    for mail_list, posts in _by_list(desk):
        hours = mail_list.settings.nudge_hours
        asked = [waiting for waiting in _for_moderators(posts) if _asked_at(waiting) <= desk.now]
        known = claimed(desk.connection, NUDGED, *_named(asked))
        due = any(
            (waiting.id, waiting.period) not in known and _asked_at(waiting) + timedelta(hours=hours) <= desk.now
            for waiting in asked
        )
        if hours and due:
            sent += _nudge(desk, mail_list, asked)
    return sent


def expire(desk: Desk) -> int:
    """Posts that nobody has decided about in time, or whose group is closed, wait no more; their authors are told."""
    sent = 0
    for mail_list, posts in _by_list(desk):
        days, is_closed = mail_list.settings.hold_days, mail_list.archived_at is not None
        for waiting in posts:
            if not is_closed and (not days or waiting.held_at + timedelta(days=days) > desk.now):
                continue
            held = held_by_id(desk.connection, waiting.id)
            if held is not None and (is_closed or held.release_at is None):
                moderating.expire(desk.connection, waiting.id, desk.now)
                sent += authors.tell_expired(desk, look_at(desk.connection, held, desk.now))
    return sent


def tell_day(desk: Desk) -> int:
    """Each moderator has had this morning's mail about what the others decided, if they did."""
    by_list: dict[int, list[Decision]] = defaultdict(list)
    for decision in decisions_by_people(desk.connection, desk.now - timedelta(days=2)):
        if decision.verdict in _TOLD_OF:
            by_list[decision.list_id].append(decision)
    return sum(_tell_day(desk, list_by_id(desk.connection, id), found) for id, found in by_list.items())


def _tell_day(desk: Desk, mail_list: MailList, decisions: Sequence[Decision]) -> int:
    day = desk.now.astimezone(zone_of(mail_list, desk.settings)).date()
    if _morning(desk, mail_list, day) > desk.now:
        day -= timedelta(days=1)
    since, until = _morning(desk, mail_list, day - timedelta(days=1)), _morning(desk, mail_list, day)
    told = [decision for decision in decisions if since < decision.at <= until]
    if not told or claimed(desk.connection, DAY_TOLD, [mail_list.id], [day.isoformat()]):
        return 0
    if not claim_run(desk.connection, DAY_TOLD, mail_list.id, day.isoformat(), desk.now):
        return 0
    sent = 0
    for person in moderators(desk.connection, mail_list, desk.now):
        others = [decision for decision in told if decision.actor != person.address]
        if others and not person.away:
            lines = [_line(desk, mail_list, decision) for decision in others[:DAY_LINES]]
            more = len(others) - len(lines)
            desk.send("moderators_day", mail_list, recipient(person), lines=lines, more=more)
            sent += 1
    return sent


def _morning(desk: Desk, mail_list: MailList, day: date) -> datetime:
    return morning_of(day, mail_list, desk.settings)


def _line(desk: Desk, mail_list: MailList, decision: Decision) -> Line:
    subject = decision.note
    if decision.message_id is not None:
        subject = parse(message_octets(desk.connection, decision.message_id)).subject
    who = "" if decision.actor == moderating.COMMAND_LINE else who_is(desk, mail_list, decision.actor)
    return Line(who, decision.verdict, subject)


def _nudge(desk: Desk, mail_list: MailList, posts: Sequence[Waiting]) -> int:
    for waiting in posts:
        claim_run(desk.connection, NUDGED, waiting.id, waiting.period, desk.now)
    held = [found for waiting in posts if (found := held_by_id(desk.connection, waiting.id)) is not None]
    people = [person for person in asking.readers(desk, mail_list) if not person.away]
    for person in people:
        asking.send_waiting(desk, mail_list, person, held)
    return len(people)


def _for_moderators(posts: Iterable[Waiting]) -> list[Waiting]:
    """Not the newsletters: their editors have been asked already (`inbound.newsletters`)."""
    return [waiting for waiting in posts if waiting.reason is not Reason.TO_RELEASE]


def _asked_at(waiting: Waiting) -> datetime:
    """From when on moderators are to be asked: at once, or once its author has had a day to answer."""
    return waiting.held_at + (AUTHOR_FIRST if waiting.reason in asking.ASKED_FIRST else timedelta(0))


def _by_list(desk: Desk) -> Iterable[tuple[MailList, list[Waiting]]]:
    by_list: dict[int, list[Waiting]] = defaultdict(list)
    for waiting in all_that_wait(desk.connection):
        by_list[waiting.list_id].append(waiting)
    return [(list_by_id(desk.connection, list_id), posts) for list_id, posts in by_list.items()]


def _named(posts: Iterable[Waiting]) -> tuple[list[int], list[str]]:
    found = list(posts)
    return [waiting.id for waiting in found], [waiting.period for waiting in found]
