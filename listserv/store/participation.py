"""Where each member stands with a goal: who is meant, what counts, who was reminded. For facilitators and the clock.

A post counts once, however it came (mail, an answer to an update, the web, another address of hers, late through
moderation): it is its author's, stands in the archive, and says something in her own words. The same words twice are
one post; a bare thanks, a picture without a word and an imported post are none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from listserv.mail.address import address_key
from listserv.mail.parse import parse
from listserv.mail.text.asks import THANKS_CHARACTERS, ask_of
from listserv.mail.text.body import body
from listserv.mail.text.body_lines import is_seen
from listserv.mail.text.quote import split_own
from listserv.model.case import Ask
from listserv.model.goals import Goal, Place, Standing
from listserv.model.lists import Delivery, DigestPeriod, Role
from listserv.store.archive import ancestor_texts
from listserv.store.people import person_of
from listserv.store.prompts import thread_of_prompt
from listserv.store.refusing import REMINDERS, refusing
from listserv.store.schedule import BATCH
from listserv.store.schema import (
    addresses,
    contents,
    held_posts,
    messages,
    persons,
    post_texts,
    posts,
    roles,
    schedule_runs,
)
from listserv.store.schema import subscriptions as subs
from listserv.store.schools import home_school

NUDGE = "nudge"
MOST_WAITING = 200
GOAL_NUDGE = "goal-nudge"
# Guests come by themselves; who looks after the group has the brief.
_NOT_MEANT = (Role.GUEST, Role.FACILITATOR, Role.MODERATOR, Role.OWNER)


_WAITING = (
    select(held_posts.c.person_id, contents.c.octets)
    .select_from(
        held_posts.join(messages, messages.c.id == held_posts.c.message_id).join(
            contents, contents.c.id == messages.c.content_id
        )
    )
    .where(held_posts.c.state == "waiting")
    .order_by(held_posts.c.held_at)
)


def standings(connection: Connection, goal: Goal, now: datetime, person_ids: Collection[int] = ()) -> list[Standing]:
    """Where everybody the goal is meant for stands, by name; or only these persons."""
    places = places_of(connection, goal.list_id, now, person_ids)
    counted = _counted(connection, goal, places)
    reminded = _reminded(connection, goal.id, [place.person_id for place in places])
    waiting = _waiting_authors(connection, goal.list_id) if places else frozenset()
    return [
        Standing(
            goal,
            place,
            counted[place.person_id],
            tuple(sorted(reminded[place.person_id])),
            place.person_id in waiting,
        )
        for place in places
    ]


def places_of(
    connection: Connection,
    list_id: int,
    now: datetime,
    person_ids: Collection[int] = (),
    *,
    but: Collection[Role] = _NOT_MEANT,
    kind: str = REMINDERS,
) -> list[Place]:
    """Who is in the list but for these roles, by name, or of these persons; who refuses mail of the kind is marked."""
    not_meant = select(roles.c.person_id).where(
        roles.c.list_id == list_id, roles.c.role.in_([role.value for role in but])
    )
    statement = (
        select(
            subs,
            home_school().label("home"),
            addresses.c.address,
            addresses.c.stopped_at,
            persons.c.name,
            persons.c.language,
        )
        .select_from(
            subs.join(addresses, addresses.c.id == subs.c.address_id).join(persons, persons.c.id == subs.c.person_id)
        )
        .where(
            subs.c.list_id == list_id,
            subs.c.left_at.is_(None),
            subs.c.until.is_(None) | (subs.c.until > now),
            subs.c.person_id.not_in(not_meant),
        )
        .order_by(persons.c.name, addresses.c.key)
    )
    if person_ids:
        statement = statement.where(subs.c.person_id.in_(sorted(person_ids)))
    refusals = refusing(connection, kind, list_id)
    return [_place(row, row.person_id in refusals) for row in connection.execute(statement)]


def reminders_of(connection: Connection, person_ids: Iterable[int]) -> Mapping[int, list[datetime]]:
    """When each person was reminded of anything, over all groups."""
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    for row in _runs(connection, NUDGE, [str(person_id) for person_id in person_ids]):
        found[int(row.subject)].append(row.claimed_at)
    return found


def note_reminder(connection: Connection, goal_id: int, person_id: int, now: datetime) -> None:
    """She is being reminded of this goal by the caller's transaction, which holds her turn (`claim_run` of NUDGE)."""
    subject = _subject(goal_id, person_id)
    number = connection.execute(
        select(func.count()).where(schedule_runs.c.kind == GOAL_NUDGE, schedule_runs.c.subject == subject)
    ).scalar_one()
    row = {"kind": GOAL_NUDGE, "subject": subject, "period": str(number + 1), "claimed_at": now}
    connection.execute(insert(schedule_runs).values(row))


def _waiting_authors(connection: Connection, list_id: int) -> frozenset[int]:
    """The persons whose posts wait for a moderator of the list."""
    found = set()
    for row in connection.execute(_WAITING.where(held_posts.c.list_id == list_id).limit(MOST_WAITING)):
        author = parse(bytes(row.octets)).author
        found.add(row.person_id or (person_of(connection, address_key(author.address)) if author else None))
    return frozenset(person_id for person_id in found if person_id is not None)


def _reminded(connection: Connection, goal_id: int, person_ids: Sequence[int]) -> Mapping[int, list[datetime]]:
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    for row in _runs(connection, GOAL_NUDGE, [_subject(goal_id, person_id) for person_id in person_ids]):
        found[int(row.subject.partition(":")[2])].append(row.claimed_at)
    return found


def _subject(goal_id: int, person_id: int) -> str:
    return f"{goal_id}:{person_id}"


def _runs(connection: Connection, kind: str, subjects: Sequence[str]) -> Iterator[Any]:
    for start in range(0, len(subjects), BATCH):
        yield from connection.execute(
            select(schedule_runs.c.subject, schedule_runs.c.claimed_at).where(
                schedule_runs.c.kind == kind, schedule_runs.c.subject.in_(subjects[start : start + BATCH])
            )
        )


def _place(row: Any, refuses: bool) -> Place:
    reads = row.delivery == Delivery.EACH.value or row.digest != DigestPeriod.NONE.value
    return Place(
        row.person_id,
        row.id,
        row.address,
        row.name,
        row.language,
        row.returned_at or row.created_at,
        DigestPeriod(row.digest),
        reads and row.stopped_at is None and row.paused_until is None,
        refuses,
        row.home,
    )


def _counted(connection: Connection, goal: Goal, places: Sequence[Place]) -> Mapping[int, int]:
    """How many posts of each person count, no further than the goal wants: nobody is measured beyond it."""
    since = {place.person_id: max(place.since, goal.begins_at) for place in places}
    said: defaultdict[int, set[str]] = defaultdict(set)
    for row in _candidates(connection, goal, since):
        mine = said[row.person_id]
        if len(mine) < goal.posts_wanted and (goal.prompt_id or row.counts_at >= since[row.person_id]):
            words = _own_words(connection, row)
            mine.update([words] if words else [])
    return defaultdict(int, {person_id: len(words) for person_id, words in said.items()})


def _candidates(connection: Connection, goal: Goal, since: Mapping[int, datetime]) -> Iterator[Any]:
    """The posts of these persons that may count, oldest first."""
    if not since:
        return
    statement = (
        select(
            posts.c.id,
            posts.c.list_id,
            posts.c.message_id,
            posts.c.person_id,
            posts.c.counts_at,
            post_texts.c.own,
        )
        .select_from(posts.outerjoin(post_texts, post_texts.c.post_id == posts.c.id))
        .where(
            posts.c.list_id == goal.list_id,
            posts.c.person_id.is_not(None),
            posts.c.imported.is_(False),
            posts.c.taken_down_at.is_(None),
        )
        .order_by(posts.c.counts_at, posts.c.id)
    )
    if goal.prompt_id is None:
        statement = statement.where(posts.c.counts_at >= min(since.values()))
    else:
        statement = statement.where(posts.c.thread_id == thread_of_prompt(connection, goal.prompt_id))
    yield from (row for row in connection.execute(statement).all() if row.person_id in since)


def _own_words(connection: Connection, row: Any) -> str:
    """What its author says in the post, as it is compared; "" for nothing and for a bare thanks."""
    own = row.own
    if own is None or len(own) <= THANKS_CHARACTERS:
        octets = select(contents.c.octets).join(messages, messages.c.content_id == contents.c.id)
        message = parse(bytes(connection.execute(octets.where(messages.c.id == row.message_id)).scalar_one()))
        if ask_of(message) is Ask.THANKS:
            return ""
        if own is None:
            read = body(message)
            own = split_own(read.text, read.html, ancestor_texts(connection, row.id, row.list_id)).own
    return _said(own)


def _said(own: str) -> str:
    """What is left without quoted lines, the line that leads up to them, and a signature.

    Where a mail has nothing else the splitter gives all of it rather than nothing.
    """
    said: list[str] = []
    for line in own.splitlines():
        if line.lstrip().startswith(">"):
            if said and said[-1].endswith(":"):
                said.pop()
        elif line.rstrip() == "--":
            break
        elif line.strip():
            said.append(line.strip())
    text = " ".join(" ".join(said).split()).casefold()
    return text if is_seen(text) else ""
