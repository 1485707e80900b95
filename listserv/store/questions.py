"""Questions nobody has answered: threads whose first post asks something and in which nobody else has written.

For the weekly update and for the facilitators, and in which mail they have heard of each. Gone with the first reply of
anybody else; what was imported, taken down, closed to replies or folded into another conversation is none. The asking
is read from the author's own words as they were derived for search; a post without them yet is looked at next time.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from listserv.mail.charsets import nfc
from listserv.mail.text.question import OWN_CHARACTERS, asks
from listserv.mail.words import clean
from listserv.model.digest import Question
from listserv.store.schedule import claim_run
from listserv.store.schema import persons, post_texts, posts, prompts, schedule_runs, threads

OLDEST = timedelta(days=30)
LOOKED_AT = 500
TOLD = "question"  # in the schedule, of a thread, once in each of these mails
IN_NUDGE, IN_BRIEF = "told", "brief"


def unanswered(connection: Connection, list_id: int, until: datetime, asked_before: datetime) -> tuple[Question, ...]:
    """The list's questions without an answer at `until`, asked before `asked_before`, the longest-waiting first.

    None is older than 30 days; `digest.waiting` says what `asked_before` is after so many school days. Names of people
    only; "" where a name is not known.
    """
    answer = posts.alias("answer")
    answered = exists().where(
        answer.c.thread_id == threads.c.id,
        answer.c.id != posts.c.id,
        answer.c.counts_at < until,
        answer.c.taken_down_at.is_(None),
        _by_another(answer.c),
    )
    earlier = posts.alias("earlier")
    begun = exists().where(
        earlier.c.thread_id == threads.c.id,
        or_(
            earlier.c.counts_at < posts.c.counts_at,
            and_(earlier.c.counts_at == posts.c.counts_at, earlier.c.id < posts.c.id),
        ),
    )
    statement = (
        select(
            threads.c.id,
            threads.c.public_id,
            threads.c.subject,
            posts.c.author_name,
            persons.c.name,
            posts.c.counts_at,
            func.substr(post_texts.c.own, 1, OWN_CHARACTERS).label("own"),
        )
        .select_from(
            posts.join(threads, threads.c.id == posts.c.thread_id)
            .join(post_texts, post_texts.c.post_id == posts.c.id)
            .outerjoin(persons, persons.c.id == posts.c.person_id)
        )
        .where(
            posts.c.list_id == list_id,
            posts.c.counts_at >= until - OLDEST,
            posts.c.counts_at < asked_before,
            posts.c.imported.is_(False),
            posts.c.taken_down_at.is_(None),
            threads.c.alias_of.is_(None),
            threads.c.locked_at.is_(None),
            # A prompt is its own part of the update, answered or not.
            ~exists().where(prompts.c.post_id == posts.c.id),
            ~begun,
            ~answered,
        )
        .order_by(posts.c.counts_at, posts.c.id)
        .limit(LOOKED_AT)
    )
    return tuple(
        Question(row.id, row.public_id, nfc(clean(row.subject)), _name(row.author_name, row.name), row.counts_at)
        for row in connection.execute(statement)
        if asks(row.own)
    )


def note_told(connection: Connection, thread_ids: Collection[int], where: str, now: datetime) -> None:
    """Facilitators hear of these questions in that mail, by the caller's transaction."""
    for thread_id in thread_ids:
        claim_run(connection, TOLD, thread_id, where, now)


def told(
    connection: Connection, thread_ids: Collection[int], where: Collection[str], since: datetime | None = None
) -> set[int]:
    """Of which of these questions facilitators have heard in one of those mails, ever or since a moment."""
    statement = select(schedule_runs.c.subject).where(
        schedule_runs.c.kind == TOLD,
        schedule_runs.c.subject.in_([str(each) for each in sorted(thread_ids)]),
        schedule_runs.c.period.in_(sorted(where)),
    )
    if since is not None:
        statement = statement.where(schedule_runs.c.claimed_at > since)
    return {int(subject) for subject in connection.execute(statement).scalars()}


def _by_another(answer: Any) -> ColumnElement[bool]:
    """By somebody else than the asker: another person, or where one of the two is not known, another address."""
    both_known = and_(answer.person_id.is_not(None), posts.c.person_id.is_not(None))
    return or_(
        and_(both_known, answer.person_id != posts.c.person_id),
        and_(~both_known, func.lower(answer.author_address) != func.lower(posts.c.author_address)),
    )


def _name(written: str, known: str | None) -> str:
    """The author's name on one line; "" for one that is an address."""
    for name in (written, known or ""):
        found = nfc(" ".join(clean(name).split()))
        if found and "@" not in found:
            return found
    return ""
