"""Reminders of goals: once a school day and group the clock looks who still misses something, and writes to them alone.

Counted in the transaction that puts the mails into the outbox, so that nobody is reminded of what she has done a second
before. One mail a person folds what she misses in all her groups; a closed group's goal is never told in a mail of
another group, as her answer to that one may quote it. A reply is a post of the prompt's conversation, so it counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.dates import format_date

from listserv.digest import goals as rules
from listserv.digest.due import updates_near
from listserv.digest.letters import addresses_of, send
from listserv.digest.run import Done, Workshop
from listserv.mail.listaddress import Purpose
from listserv.mail.listheaders import takes_posts
from listserv.mail.subject import without_marks
from listserv.mail.token import sign_reply
from listserv.mail.words import clean
from listserv.model.goals import Goal, PlannedPrompt, Standing
from listserv.model.lists import MailList
from listserv.model.school import rhythm_of
from listserv.store.engine import Connection
from listserv.store.goals import open_goals
from listserv.store.migrate import signing_key
from listserv.store.participation import NUDGE, note_reminder, reminders_of, standings
from listserv.store.prompts import prompts_of, thread_of_prompt
from listserv.store.schedule import Outcome, claim_run

NUDGES = "goal-reminders"
TITLE_CHARACTERS = 200
QUESTION_LINES = 12
LOCALES = {"en": "en_NZ", "mi": "mi_NZ"}


@dataclass(frozen=True, slots=True)
class Site:
    """What a round looks at: every list, and everything open in them."""

    lists: Mapping[int, MailList]
    goals: Sequence[Goal]
    workshop: Workshop

    def of(self, list_id: int) -> list[Goal]:
        return [goal for goal in self.goals if goal.list_id == list_id]


def is_time(site: Site, mail_list: MailList, now: datetime) -> bool:
    """Whether reminders of the group's goals may go now, by its calendar or that of a school with its own."""
    rhythm = rhythm_of(mail_list.settings)
    return any(rules.in_school_hours(each, rhythm, now) for each in site.workshop.calendars.all_of(mail_list))


def period_of(site: Site, mail_list: MailList, now: datetime) -> str:
    """The name of today's round in the schedule: the group's day."""
    return site.workshop.calendars.of(mail_list).day_of(now).isoformat()


def run_nudges(connection: Connection, mail_list: MailList, site: Site, now: datetime) -> Done | None:
    """Everybody who is owed a reminder in this group today has it; None if it was not this transaction's to do."""
    period = period_of(site, mail_list, now)
    if not claim_run(connection, NUDGES, mail_list.id, period, now):
        return None
    fresh = Site(site.lists, open_goals(connection, now), site.workshop)
    sent = sum(_remind(connection, mail_list, owed, fresh, now) for owed in _owed(connection, mail_list, fresh, now))
    return Done(NUDGES, mail_list.address, period, Outcome.SENT if sent else Outcome.QUIET, sent)


def _owed(connection: Connection, mail_list: MailList, site: Site, now: datetime) -> Iterator[list[Standing]]:
    """Of each person whose turn this transaction has, what she is owed in this group and what fits beside it."""
    calendars, rhythm = site.workshop.calendars, rhythm_of(mail_list.settings)
    by_person: dict[int, list[Standing]] = {}
    for goal in site.of(mail_list.id):
        for standing in standings(connection, goal, now):
            by_person.setdefault(standing.place.person_id, []).append(standing)
    owing = {
        person_id: found
        for person_id, found in by_person.items()
        if any(rules.is_owed(calendars.of(mail_list, each.place.school), rhythm, each, now) for each in found)
    }
    reminded = reminders_of(connection, owing)
    near = updates_near(connection, mail_list, site.lists, site.workshop, now)
    for person_id, found in owing.items():
        before, calendar = reminded.get(person_id, []), calendars.of(mail_list, found[0].place.school)
        place = found[0].place
        if near.meets(place) or not rules.may_be_written_to(calendar, rhythm, near.by_plan(place), before, now):
            continue
        # Who counted as many reminders as we did is another node that writes to her at this moment: one of us does.
        if claim_run(connection, NUDGE, person_id, str(len(before) + 1), now):
            yield [each for each in found if rules.fits_beside(calendar, rhythm, each, now)]


def _remind(connection: Connection, mail_list: MailList, owed: list[Standing], site: Site, now: datetime) -> bool:
    """The one mail to one person; False if no mail reaches her."""
    place = owed[0].place
    told = [*owed, *_elsewhere(connection, mail_list, place.person_id, site, now)]
    language = place.language or mail_list.settings.language
    lines = [_line(connection, each, site, language) for each in told]
    sent = send(
        connection,
        site.workshop,
        mail_list,
        "goal_reminder",
        place.address,
        place.name,
        place.language,
        lines[0]["address"],
        now,
        goals=lines,
        others=[line["group"] for line in lines if line["group"] != mail_list.title],
        topic=lines[0]["topic"],
    )
    for each in told if sent else ():
        note_reminder(connection, each.goal.id, place.person_id, now)
    return sent


def _elsewhere(
    connection: Connection, mail_list: MailList, person_id: int, site: Site, now: datetime
) -> Iterator[Standing]:
    """What she misses in other groups as well, where she may be reminded of it and the group is no closed one."""
    for goal in site.goals:
        other = site.lists[goal.list_id]
        if other.id == mail_list.id or other.settings.private:
            continue
        rhythm = rhythm_of(other.settings)
        for each in standings(connection, goal, now, [person_id]):
            calendar = site.workshop.calendars.of(other, each.place.school)
            if each.place.reached and not each.place.refuses and rules.fits_beside(calendar, rhythm, each, now):
                yield each


def _line(connection: Connection, standing: Standing, site: Site, language: str) -> dict[str, Any]:
    """What the template tells of one goal: how many posts are to come, by when, and where an answer goes."""
    goal, mail_list = standing.goal, site.lists[standing.goal.list_id]
    day = rules.last_day(site.workshop.calendars.of(mail_list, standing.place.school), goal, standing.place.since)
    prompt = _prompt(connection, goal)
    return {
        "group": mail_list.title,
        "title": shown(goal.title),
        "topic": shown(prompt.title) if prompt is not None else "",
        "question": _lines(prompt.body) if prompt is not None else [],
        "wanted": goal.posts_wanted,
        "missing": standing.missing,
        "day": format_date(day, "EEEE d MMMM", locale=LOCALES.get(language, "en_NZ")),
        "address": answer_address(connection, mail_list, prompt, site.workshop),
    }


def _prompt(connection: Connection, goal: Goal) -> PlannedPrompt | None:
    """The question to answer: the goal's own, else the last one the group was asked; None if it was asked none."""
    posted = [each for each in prompts_of(connection, goal.list_id) if each.post_id is not None]
    own = [each for each in posted if each.id == goal.prompt_id]
    return next(reversed(own or posted), None)


def answer_address(
    connection: Connection, mail_list: MailList, prompt: PlannedPrompt | None, workshop: Workshop
) -> str:
    """Where an answer becomes a post that counts: the prompt's conversation, else the group."""
    addresses = addresses_of(workshop, mail_list)
    thread_id = thread_of_prompt(connection, prompt.id) if prompt is not None else None
    if thread_id is None or not takes_posts(mail_list):
        return addresses.of(Purpose.POST)
    return addresses.of(Purpose.REPLY, sign_reply(signing_key(connection), mail_list.name, thread_id))


def _lines(body: str) -> list[str]:
    """A prompt's words as they are repeated to somebody who has not answered it yet."""
    return [line for each in body.split("\n")[:QUESTION_LINES] if (line := shown(each))]


def shown(text: str) -> str:
    """A title or a name as a mail of ours repeats it: one line, no marks of replies."""
    return without_marks(" ".join(clean(text).split()))[:TITLE_CHARACTERS]
