"""The facilitators' brief: once a week who still misses something, what nobody answered, what waits for a moderator.

It goes to one of a group's facilitators, each week to the next of them, on the first school day of the week at the
hour of reminders. Where none of them has acted within so many school days (`buddy_days`) the buddy gets it; nobody
else ever does. Names stand by the alphabet, without figures beside them: a brief, no ranking. A question of which the
facilitators were nudged in the last seven days is left out, and one told here is never nudged about (`questions`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import format_date, format_datetime

from listserv.digest import goals as rules
from listserv.digest.goals import in_school_hours
from listserv.digest.letters import addresses_of, send
from listserv.digest.nudges import LOCALES, Site, shown
from listserv.digest.run import Done
from listserv.mail.listaddress import Purpose
from listserv.mail.token import sign_reply
from listserv.model.calendar import DAY, monday_of
from listserv.model.digest import Question
from listserv.model.goals import Goal, Standing
from listserv.model.lists import MailList
from listserv.model.school import SchoolCalendar, rhythm_of
from listserv.store import tokens
from listserv.store.briefing import (
    BRIEF,
    Facilitator,
    briefs_of,
    facilitators,
    has_acted,
    sent_brief,
    waiting_posts,
)
from listserv.store.engine import Connection
from listserv.store.goals import open_goals
from listserv.store.migrate import signing_key
from listserv.store.participation import standings
from listserv.store.prompts import prompts_of
from listserv.store.questions import IN_BRIEF, IN_NUDGE, note_told, told, unanswered
from listserv.store.schedule import Outcome, claim_run, end_run
from listserv.store.takedowns import may_tell

ANSWER_TIME = timedelta(days=2)
ANSWER_LASTS = timedelta(days=14)
MOST_STAGES = 9
MOST_QUESTIONS = 12


@dataclass(frozen=True, slots=True)
class Stage:
    """Which brief of the week is due: the first, or the next buddy's."""

    week: str
    number: int

    @property
    def period(self) -> str:
        return f"{self.week}/{self.number}"


def week_of(calendar: SchoolCalendar, now: datetime) -> str:
    """The ISO week of the group's day."""
    year, week, _ = calendar.day_of(now).isocalendar()
    return f"{year}-W{week:02}"


def stage_due(calendar: SchoolCalendar, mail_list: MailList, sent: Collection[datetime], now: datetime) -> int | None:
    """The number of the brief that is due by the calendar alone: 1, or the next after so many school days."""
    if not in_school_hours(calendar, rhythm_of(mail_list.settings), now):
        return None
    if not sent:
        return 1
    days, wanted = (
        _school_days(calendar, calendar.day_of(max(sent)), calendar.day_of(now)),
        mail_list.settings.buddy_days,
    )
    return len(sent) + 1 if wanted and days >= wanted and len(sent) < MOST_STAGES else None


def _school_days(calendar: SchoolCalendar, first: date, last: date) -> int:
    """School days after the first day up to the last."""
    return sum(calendar.is_school_day(first + number * DAY) for number in range(1, (last - first).days + 1))


def due_stage(connection: Connection, mail_list: MailList, site: Site, now: datetime) -> Stage | None:
    """The brief that is due now; None where none is, or one of the facilitators has acted on the last."""
    calendar = site.workshop.calendars.of(mail_list)
    if not in_school_hours(calendar, rhythm_of(mail_list.settings), now):
        return None
    week = week_of(calendar, now)
    before = briefs_of(connection, [mail_list.id], week).get(mail_list.id, [])
    number = stage_due(calendar, mail_list, [at for at, _ in before], now)
    if number is None or (before and not sent_brief(before)):
        return None
    people = facilitators(connection, mail_list.id, now)
    order = _order(people, site, mail_list, now)
    if number > len(order) or not _reads_today(order[number - 1], site, mail_list, now):
        return None
    since = before[0][0] if before else now
    ids = [each.person_id for each in people]
    return None if before and has_acted(connection, mail_list.id, week, ids, since) else Stage(week, number)


def run_brief(connection: Connection, mail_list: MailList, site: Site, now: datetime) -> Done | None:
    """The brief that is due is with whose turn it is; None if it was not this transaction's to do."""
    stage = due_stage(connection, mail_list, site, now)
    if stage is None or not may_tell(connection) or not claim_run(connection, BRIEF, mail_list.id, stage.period, now):
        return None
    order = _order(facilitators(connection, mail_list.id, now), site, mail_list, now)
    at_once = stage.number == 1 and not mail_list.settings.buddy_days
    readers = order if at_once else order[stage.number - 1 : stage.number]
    sent = sum(_send(connection, mail_list, each, order, stage, site, now) for each in readers)
    outcome = Outcome.SENT if sent else Outcome.QUIET
    end_run(connection, BRIEF, mail_list.id, stage.period, outcome)
    return Done(BRIEF, mail_list.address, stage.period, outcome, sent)


def _order(people: list[Facilitator], site: Site, mail_list: MailList, now: datetime) -> list[Facilitator]:
    """Whose turn it is this week, then the next; who is away, or whose school has holidays all week, is left out."""
    calendars = site.workshop.calendars
    today = calendars.of(mail_list).day_of(now)
    week = [monday_of(today) + number * DAY for number in range(5)]
    here = [
        each for each in people if not each.away and any(map(calendars.of(mail_list, each.school).is_school_day, week))
    ]
    if not here:
        return []
    turn = today.toordinal() // 7 % len(here)
    return here[turn:] + here[:turn]


def _reads_today(reader: Facilitator, site: Site, mail_list: MailList, now: datetime) -> bool:
    """Whether today is a school day of hers; where the brief goes to all at once, the group's is everybody's."""
    calendar = site.workshop.calendars.of(mail_list, reader.school)
    return not mail_list.settings.buddy_days or calendar.is_school_day(calendar.day_of(now))


def _send(
    connection: Connection,
    mail_list: MailList,
    reader: Facilitator,
    order: list[Facilitator],
    stage: Stage,
    site: Site,
    now: datetime,
) -> bool:
    language = reader.language or mail_list.settings.language
    questions = _questions(connection, mail_list, now)
    parts = _parts(connection, mail_list, questions, site, language, now)
    if not any(parts.values()):
        return False
    note_told(connection, [each.thread_id for each in questions], IN_BRIEF, now)
    follows = order[stage.number : stage.number + 1] if mail_list.settings.buddy_days else []
    token = tokens.issue(
        connection,
        mail_list.id,
        BRIEF,
        now,
        ANSWER_LASTS,
        person_id=reader.person_id,
        payload={"week": stage.week},
    )
    return send(
        connection,
        site.workshop,
        mail_list,
        "brief",
        reader.address,
        reader.name,
        reader.language,
        addresses_of(site.workshop, mail_list).of(Purpose.CONFIRM, token),
        now,
        **parts,
        before=order[stage.number - 2].name if stage.number > 1 else "",
        buddy=follows[0].name or follows[0].address if follows else "",
        buddy_days=mail_list.settings.buddy_days,
    )


def _questions(connection: Connection, mail_list: MailList, now: datetime) -> list[Question]:
    """What nobody has answered for two days, less what facilitators have just heard of in a mail of its own."""
    waiting = unanswered(connection, mail_list.id, now, now - ANSWER_TIME)
    nudged = told(connection, [each.thread_id for each in waiting], [IN_NUDGE], now - 7 * DAY)
    return [each for each in waiting if each.thread_id not in nudged][:MOST_QUESTIONS]


def _parts(
    connection: Connection,
    mail_list: MailList,
    questions: list[Question],
    site: Site,
    language: str,
    now: datetime,
) -> dict[str, Any]:
    """What the brief tells; empty parts are left out of it, and an empty one is not sent."""
    calendar, locale = site.workshop.calendars.of(mail_list), LOCALES.get(language, "en_NZ")
    addresses, key = addresses_of(site.workshop, mail_list), signing_key(connection)
    held = waiting_posts(connection, mail_list.id)
    coming = [each for each in prompts_of(connection, mail_list.id) if now < each.due_at < now + 7 * DAY]
    found = [
        _goal(connection, goal, site, mail_list, locale, now) for goal in open_goals(connection, now, [mail_list.id])
    ]
    return {
        "goals": [each for each in found if each["missing"]],
        "questions": [
            {
                "subject": shown(each.subject),
                "author": shown(each.author),
                "day": format_date(calendar.day_of(each.asked_at), "EEEE d MMMM", locale=locale),
                "address": addresses.of(Purpose.REPLY, sign_reply(key, mail_list.name, each.thread_id)),
            }
            for each in questions
        ],
        "held": held.posts,
        "held_day": format_date(calendar.day_of(held.since), "EEEE d MMMM", locale=locale) if held.since else "",
        "prompts": [
            {
                "title": shown(each.title),
                "when": format_datetime(each.due_at.astimezone(calendar.zone), "EEEE d MMMM HH:mm", locale=locale),
            }
            for each in coming
        ],
    }


def _goal(
    connection: Connection, goal: Goal, site: Site, mail_list: MailList, locale: str, now: datetime
) -> dict[str, Any]:
    """Who still misses some of it, by name; whom a reminder was planned for that could not go."""
    found = [
        (site.workshop.calendars.of(mail_list, each.place.school), each) for each in standings(connection, goal, now)
    ]
    open_ones = [(calendar, each) for calendar, each in found if rules.is_open(calendar, each, now)]
    return {
        "title": shown(goal.title),
        "wanted": goal.posts_wanted,
        "day": format_date(goal.day, "EEEE d MMMM", locale=locale) if goal.day else "",
        "within": goal.within_days or 0,
        "done": sum(each.missing == 0 for _, each in found),
        "of": len(found),
        "missing": [_name(each) for _, each in open_ones],
        "not_reminded": [_name(each) for calendar, each in open_ones if _slipped(calendar, mail_list, each, now)],
    }


def _slipped(calendar: SchoolCalendar, mail_list: MailList, standing: Standing, now: datetime) -> bool:
    """Whether an earlier day's reminder of hers has not gone: the bounds forbade it, or no mail reaches her."""
    today = calendar.instant(calendar.day_of(now), datetime.min.time())
    planned = rules.planned(calendar, rhythm_of(mail_list.settings), standing.goal, standing.place.since)
    come = [each for each in planned if each < today]
    return bool(come) and not any(each >= come[-1] for each in standing.reminded)


def _name(standing: Standing) -> str:
    return shown(standing.place.name or standing.place.address)
