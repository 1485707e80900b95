"""What stands around the posts of one period of one group, asked of the reader of each kind of thing.

Weekly updates have everything; a monthly one the dates, the questions and what was shared; a daily one tells the posts
alone. Reads, writes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from listserv.digest.plan import periods
from listserv.digest.waiting import asked_before
from listserv.model.calendar import DAY, Period
from listserv.model.digest import NOTHING_AROUND, Around, ComingDate, Note, Question
from listserv.model.lists import DigestPeriod, MailList
from listserv.model.school import SchoolCalendar, rhythm_of
from listserv.store.deadlines import coming, deadlines_of
from listserv.store.drafts import note_for
from listserv.store.engine import Connection
from listserv.store.folding import fold
from listserv.store.goals import goal_days
from listserv.store.prompts import prompt_of_week
from listserv.store.questions import unanswered
from listserv.store.reading import Viewer
from listserv.store.shelf import shared_in
from listserv.store.siblings import busiest_threads, siblings_of

AHEAD = {DigestPeriod.WEEKLY: 21 * DAY, DigestPeriod.MONTHLY: 42 * DAY}
_MOMENT = timedelta(minutes=2)


def around_of(
    connection: Connection,
    mail_list: MailList,
    period: Period,
    calendar: SchoolCalendar,
    school: str = "",
    *,
    own: bool = False,
) -> Around:
    """What is told beside the posts, to members at that school; the other groups are not in it.

    `own`: the period is a reader's own, so the note is that of the group's last update before it.
    """
    if period.kind is DigestPeriod.DAILY:
        return NOTHING_AROUND
    weekly = period.kind is DigestPeriod.WEEKLY
    since, until = period.covers_from, period.covers_until
    today = calendar.day_of(period.sends_at)
    note = _note(connection, mail_list, period, calendar if own else None) if weekly else Note()
    said = mail_list.settings.elsewhere
    return Around(
        replace(note, elsewhere=(*note.elsewhere, said)) if weekly and said else note,
        _questions(connection, mail_list, until, calendar),
        prompt_of_week(connection, mail_list.id, since, until) if weekly else None,
        _coming(connection, mail_list, today, today + AHEAD[period.kind], school),
        shared_in(connection, mail_list.id, since, until),
    )


def _coming(
    connection: Connection, mail_list: MailList, since: date, until: date, school: str
) -> tuple[ComingDate, ...]:
    """Dates, events and the last days of goals, by day: so an update says what it keeps a reminder from saying."""
    dates = (
        *coming(connection, mail_list.id, since, until, school),
        *goal_days(connection, mail_list.id, since, until),
    )
    return tuple(sorted(dates, key=lambda each: each.day))


def preview_around(
    connection: Connection, mail_list: MailList, period: Period, calendar: SchoolCalendar, now: datetime
) -> Around:
    """What everybody's update of the period would tell beside the posts, with what anybody may see of other groups."""
    groups = siblings_of(connection, Viewer(None, now), [mail_list.network_id], [mail_list.id])
    siblings = busiest_threads(connection, groups, period.covers_from, period.covers_until)
    return replace(around_of(connection, mail_list, period, calendar), siblings=siblings)


def schools_of(connection: Connection, mail_list: MailList, period: Period, calendar: SchoolCalendar) -> frozenset[str]:
    """The schools, folded, that have dates of their own in what an update of this period tells."""
    ahead = AHEAD.get(period.kind)
    today = calendar.day_of(period.sends_at)
    found = deadlines_of(connection, mail_list.id, today, today + ahead) if ahead else []
    return frozenset(fold(each.school) for each in found if each.school)


def _note(connection: Connection, mail_list: MailList, period: Period, calendar: SchoolCalendar | None) -> Note:
    """The note of the period; with a calendar that of the last of the group's own periods sent in it."""
    keys = [period.key]
    if calendar is not None:
        since, until = period.covers_from + _MOMENT, period.sends_at + _MOMENT
        sent = periods(calendar, rhythm_of(mail_list.settings), period.kind, since, until)
        keys = [each.key for each in sent]
    notes = [note_for(connection, mail_list.id, key) for key in keys]
    return next((each for each in reversed(notes) if each is not None), Note())


def _questions(
    connection: Connection, mail_list: MailList, until: datetime, calendar: SchoolCalendar
) -> tuple[Question, ...]:
    days = mail_list.settings.question_days
    return unanswered(connection, mail_list.id, until, asked_before(calendar, until, days)) if days else ()
