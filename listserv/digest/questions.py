"""The nudge to a group's facilitators about questions nobody has answered for some school days (`waiting`).

It tells of each question once, on a school day at the group's hour of reminders, one mail a day at most, to who
facilitates the group and has not refused its briefs; none of what a brief has told before, nor on a day on which the
draft tells of it. With the first answer of anybody there is none. The weekly update tells of a question as long as it
waits (`gathering`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from listserv.digest.drafts import draft_at, next_period
from listserv.digest.goals import in_school_hours
from listserv.digest.items import LOCALES, shown_subject
from listserv.digest.letters import addresses_of, send
from listserv.digest.run import Done, Workshop
from listserv.digest.sections import short_day
from listserv.digest.waiting import asked_before
from listserv.mail.listaddress import Purpose
from listserv.mail.listheaders import takes_posts
from listserv.mail.token import sign_reply
from listserv.model.digest import Question
from listserv.model.lists import Drafts, MailList
from listserv.model.school import rhythm_of
from listserv.store.briefing import lists_with_facilitators
from listserv.store.drafts import facilitators
from listserv.store.engine import Connection
from listserv.store.migrate import signing_key
from listserv.store.questions import IN_BRIEF, IN_NUDGE, note_told, told, unanswered
from listserv.store.refusing import BRIEFS, refusing
from listserv.store.schedule import Outcome, claim_run, claimed, end_run
from listserv.store.takedowns import may_tell

LOOKED = "questions"  # at a list, once a day
MOST = 10


def due_lists(connection: Connection, lists: dict[int, MailList], workshop: Workshop, now: datetime) -> Iterator[int]:
    """Ids of the lists to be looked at now: facilitated, in school hours, and nobody has looked today."""
    days: dict[int, str] = {}
    for list_id, mail_list in lists.items():
        calendar = workshop.calendars.of(mail_list)
        wanted = mail_list.settings.question_days and mail_list.archived_at is None
        if wanted and in_school_hours(calendar, rhythm_of(mail_list.settings), now):
            days[list_id] = calendar.day_of(now).isoformat()
    if not days:
        return
    facilitated = lists_with_facilitators(connection)
    known = claimed(connection, LOOKED, days, set(days.values()))
    yield from (list_id for list_id, day in days.items() if list_id in facilitated and (list_id, day) not in known)


def run_nudge(connection: Connection, mail_list: MailList, workshop: Workshop, now: datetime) -> Done | None:
    """The list's facilitators have heard of each question that waits; None if it was not this transaction's to do."""
    calendar = workshop.calendars.of(mail_list)
    day = calendar.day_of(now).isoformat()
    if not may_tell(connection) or not claim_run(connection, LOOKED, mail_list.id, day, now):
        return None
    before = asked_before(calendar, now, mail_list.settings.question_days)
    waiting = unanswered(connection, mail_list.id, now, before)
    known = told(connection, [each.thread_id for each in waiting], (IN_BRIEF, IN_NUDGE))
    fresh = [each for each in waiting if each.thread_id not in known][:MOST]
    note_told(connection, [each.thread_id for each in fresh], IN_NUDGE, now)
    told_today = not fresh or _is_told_today(mail_list, workshop, now)
    sent = 0 if told_today else _nudge(connection, mail_list, workshop, fresh, now)
    outcome = Outcome.SENT if sent else Outcome.QUIET
    end_run(connection, LOOKED, mail_list.id, day, outcome)
    return Done(LOOKED, mail_list.address, day, outcome, sent) if sent else None


def _is_told_today(mail_list: MailList, workshop: Workshop, now: datetime) -> bool:
    """Whether the update's draft goes today, which tells of questions."""
    calendar = workshop.calendars.of(mail_list)
    today = calendar.day_of(now)
    period = next_period(calendar, rhythm_of(mail_list.settings), now)
    at = draft_at(calendar, period) if period is not None else None
    return mail_list.settings.drafts is not Drafts.NONE and at is not None and calendar.day_of(at) == today


def _nudge(
    connection: Connection, mail_list: MailList, workshop: Workshop, questions: list[Question], now: datetime
) -> int:
    refused = refusing(connection, BRIEFS, mail_list.id)
    sent = 0
    for reader in facilitators(connection, mail_list):
        if reader.person_id not in refused:
            language = reader.language or mail_list.settings.language
            lines = [_told(connection, mail_list, workshop, each, language) for each in questions]
            sent += send(
                connection,
                workshop,
                mail_list,
                "questions_waiting",
                reader.address,
                reader.name,
                reader.language,
                "",
                now,
                questions=lines,
            )
    return sent


def _told(
    connection: Connection, mail_list: MailList, workshop: Workshop, question: Question, language: str
) -> dict[str, Any]:
    address = ""
    if takes_posts(mail_list):
        token = sign_reply(signing_key(connection), mail_list.name, question.thread_id)
        address = addresses_of(workshop, mail_list).of(Purpose.REPLY, token)
    asked_on = workshop.calendars.of(mail_list).day_of(question.asked_at)
    return {
        "title": shown_subject(question.subject, mail_list),
        "author": question.author,
        "date": short_day(asked_on, LOCALES.get(language, "en_NZ")),
        "address": address,
    }
