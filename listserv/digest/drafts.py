"""The draft of a weekly update: when it goes to the group's facilitators, and what it shows, part by part.

It goes on a school day in working hours, a school day before the update: at the update's own hour, or at nine or three
where that is none of a school's. Without a school day in the week before there is none. Nobody has to answer: the
update goes at its hour in any case. What facilitators answer is `inbound.drafting`; `gathering` has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any

from babel.dates import format_date, format_time
from jinja2 import Environment

from listserv.digest.editions import edition_of, is_left_out, known_language
from listserv.digest.gathering import around_of
from listserv.digest.items import Conversation, Edition, Shown, conversations, wrapped
from listserv.digest.letters import addresses_of, send
from listserv.digest.plan import periods
from listserv.digest.run import Done, Workshop
from listserv.digest.sections import elsewhere_of, sections
from listserv.mail.listaddress import Purpose
from listserv.model.calendar import DAY, Period
from listserv.model.digest import Section
from listserv.model.draft import Part, ShownPart, fingerprint
from listserv.model.lists import DigestPeriod, MailList
from listserv.model.school import Rhythm, SchoolCalendar
from listserv.store import schedule, tokens
from listserv.store.digests import told_threads
from listserv.store.drafts import KIND, PURPOSE, draft_readers, open_draft
from listserv.store.engine import Connection
from listserv.store.migrate import signing_key
from listserv.store.owners import Keeper
from listserv.store.reading import Viewer
from listserv.store.schedule import Outcome, claim_run, end_run
from listserv.store.siblings import busiest_threads, siblings_of
from listserv.store.takedowns import may_tell

WORK_BEGINS, WORK_ENDS = time(9), time(17)
LATEST = time(15)  # after classes
LOOKS_BACK_DAYS = 7
LEAVES = timedelta(hours=3)  # less is no time to answer
ANSWER_LASTS = timedelta(days=21)
EXCERPTS = (600, 250, 140, 60)
DRAFT_CHARACTERS = 60_000
TITLE_CHARACTERS = 120
MOST_PARTS = 900
KEPT = 10_000


def draft_at(calendar: SchoolCalendar, period: Period) -> datetime | None:
    """When the draft of the period goes; None where no school day of the week before is there for it."""
    last = calendar.day_of(period.sends_at)
    before = (last - number * DAY for number in range(1, LOOKS_BACK_DAYS + 1))
    day = next((each for each in before if calendar.is_school_day(each)), None)
    if day is None:
        return None
    hour = period.sends_at.astimezone(calendar.zone).time()
    return calendar.instant(day, min(max(hour, WORK_BEGINS), LATEST))


def due_draft(calendar: SchoolCalendar, rhythm: Rhythm, now: datetime) -> Period | None:
    """The weekly period whose draft may go now: late after downtime, but never outside a school day's hours."""
    today = calendar.day_of(now)
    if not calendar.is_school_day(today) or calendar.is_quiet(now):
        return None
    if not calendar.instant(today, WORK_BEGINS) <= now < calendar.instant(today, WORK_ENDS):
        return None
    for period in _coming(calendar, rhythm, calendar.instant(today, time())):
        at = draft_at(calendar, period)
        if at is not None and at <= now < period.sends_at - LEAVES:
            return period
    return None


def next_period(calendar: SchoolCalendar, rhythm: Rhythm, now: datetime) -> Period | None:
    """The weekly period that is sent next."""
    coming = _coming(calendar, rhythm, calendar.instant(calendar.day_of(now), time()))
    return next((each for each in coming if each.sends_at > now), None)


@lru_cache(maxsize=KEPT)
def _coming(calendar: SchoolCalendar, rhythm: Rhythm, since: datetime) -> tuple[Period, ...]:
    """Kept, because a tick asks for every list every 20 seconds."""
    return tuple(periods(calendar, rhythm, DigestPeriod.WEEKLY, since, since + (LOOKS_BACK_DAYS + 1) * DAY))


def run_draft(
    connection: Connection, mail_list: MailList, period: Period, workshop: Workshop, now: datetime
) -> Done | None:
    """The period's draft is with the facilitators; None if it was not this transaction's to do."""
    if not may_tell(connection) or not claim_run(connection, KIND, mail_list.id, period.key, now):
        return None
    readers, outcome, sent = draft_readers(connection, mail_list), Outcome.NOBODY, 0
    if readers:
        sent = _send(connection, mail_list, period, workshop, readers, now)
        outcome = Outcome.SENT if sent else Outcome.QUIET
    end_run(connection, KIND, mail_list.id, period.key, outcome)
    return Done(KIND, mail_list.address, period.key, outcome, sent)


def _send(
    connection: Connection,
    mail_list: MailList,
    period: Period,
    workshop: Workshop,
    readers: Sequence[Keeper],
    now: datetime,
) -> int:
    edition = edition_now(connection, mail_list, period, workshop, now)
    languages = [known_language(each.language or edition.language, mail_list) for each in readers]
    spoken = {
        language: parts_of(workshop.environment, replace(edition, language=language))
        for language in dict.fromkeys((edition.language, *languages))
    }
    if not spoken[edition.language] and is_left_out(mail_list, period):
        return 0
    own = _in_all_languages(edition.language, spoken)
    draft = open_draft(connection, mail_list.id, period.key, period.sends_at, own, now)
    sent = 0
    for reader, language in zip(readers, languages, strict=True):
        token = tokens.issue(
            connection, mail_list.id, PURPOSE, now, ANSWER_LASTS, person_id=reader.person_id, object_id=draft.id
        )
        sent += send(
            connection,
            workshop,
            mail_list,
            "draft",
            reader.address,
            reader.name,
            language,
            addresses_of(workshop, mail_list).of(Purpose.CONFIRM, token),
            now,
            parts=spoken[language],
            buddies=[each.name for each in readers if each.person_id != reader.person_id and each.name],
            wrapped=wrapped,
            **_when(replace(edition, language=language)),
        )
    return sent


def _in_all_languages(own: str, spoken: Mapping[str, Sequence[ShownPart]]) -> list[Part]:
    """The parts in the group's language, with their titles and fingerprints in the others: the order is the same."""
    others = [language for language in spoken if language != own]
    return [
        replace(
            each.part,
            spoken=tuple(
                (language, spoken[language][at].part.title, spoken[language][at].part.fingerprint)
                for language in others
            ),
        )
        for at, each in enumerate(spoken[own])
    ]


def _when(edition: Edition) -> dict[str, Any]:
    """The update's day and hour, in the edition's language."""
    local = edition.period.sends_at.astimezone(edition.zone)
    return {
        "day": format_date(local.date(), "EEEE d MMMM", locale=edition.locale),
        "hour": format_time(local.time(), "HH:mm", locale=edition.locale),
        "term": edition.period.term_week,
    }


def edition_now(
    connection: Connection, mail_list: MailList, period: Period, workshop: Workshop, now: datetime
) -> Edition:
    """The update as it would go out now, in the group's language; of other groups what everybody sees."""
    covered = schedule.covered_until(connection, period.kind, mail_list.id, now) or period.covers_from
    until_now = replace(period, covers_from=min(covered, now), covers_until=min(period.covers_until, now))
    told = told_threads(connection, mail_list.id, until_now.covers_from, until_now.covers_until)
    edition = edition_of(mail_list, until_now, told, workshop.settings, signing_key(connection))
    around = around_of(connection, mail_list, until_now, workshop.calendars.of(mail_list))
    others = siblings_of(connection, Viewer(None, now), [mail_list.network_id], [mail_list.id])
    siblings = busiest_threads(connection, others, until_now.covers_from, until_now.covers_until)
    return replace(edition, around=replace(around, siblings=siblings))


def parts_of(environment: Environment, edition: Edition) -> tuple[ShownPart, ...]:
    """The edition's conversations and sections, numbered in the order in which they stand."""
    found: list[ShownPart] = []
    for characters in EXCERPTS:
        found = list(_parts(environment, edition, Shown(characters)))
        if sum(len(each.text) for each in found) <= DRAFT_CHARACTERS:
            break
    else:
        found = list(_parts(environment, edition, Shown(EXCERPTS[-1], len(edition.threads))))
    return tuple(found)


def _parts(environment: Environment, edition: Edition, shown: Shown) -> Iterator[ShownPart]:
    values = {"locale": edition.language, "wrapped": wrapped}
    words = environment.get_template("email/draft_words.txt").make_module(values)
    told = conversations(edition, shown)[:MOST_PARTS]
    number = 0
    for number, each in enumerate(told, 1):
        yield _shown(words, number, each)
    for section, lines in _sections(edition, told):
        if lines:
            number += 1
            title = " ".join(str(words.heading(section.value)).split())  # type: ignore[attr-defined]
            text = _text(str(words.section(section.value, lines)))  # type: ignore[attr-defined]
            yield ShownPart(Part(number, title, None, section, fingerprint(f"{title}\n{text}")), text)


def _shown(words: Any, number: int, told: Conversation) -> ShownPart:
    title = " ".join(str(words.title(told)).split())[:TITLE_CHARACTERS]
    text = _text(str(words.conversation(told)))
    return ShownPart(Part(number, title, told.thread_id, None, fingerprint(f"{title}\n{text}")), text)


def _sections(edition: Edition, told: Sequence[Conversation]) -> Iterator[tuple[Section, Any]]:
    around = sections(edition, told)
    yield Section.QUESTIONS, around.questions.lines
    yield Section.PROMPT, around.prompt.lines
    yield Section.DATES, around.dates.lines
    yield Section.EVENTS, around.events.lines
    yield Section.RESOURCES, around.resources.lines
    yield Section.ELSEWHERE, elsewhere_of(edition)[0].lines


def _text(rendered: str) -> str:
    """Without white space at the ends of lines, and at most one blank line between two."""
    kept: list[str] = []
    for line in rendered.strip("\n").split("\n"):
        if line.strip() or (kept and kept[-1]):
            kept.append(line.rstrip())
    return "\n".join(kept).strip("\n")
