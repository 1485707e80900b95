"""What stands around the posts of one period of one group, asked of the reader of each kind of thing.

Weekly updates have everything; a monthly one the dates, the questions and what was shared; a daily one tells the posts
alone. Reads, writes nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from listserv.digest.calendar import SchoolCalendar
from listserv.digest.plan import periods, rhythm_of
from listserv.model.calendar import DAY, Period
from listserv.model.digest import NOTHING_AROUND, Around, Note
from listserv.model.lists import DigestPeriod, MailList
from listserv.store.deadlines import coming, deadlines_of
from listserv.store.drafts import note_for
from listserv.store.engine import Connection
from listserv.store.folding import fold
from listserv.store.prompts import prompt_of_week
from listserv.store.questions import unanswered

AHEAD = {DigestPeriod.WEEKLY: 21 * DAY, DigestPeriod.MONTHLY: 42 * DAY}
WAITED_DAYS = 2
_MOMENT = timedelta(minutes=2)


def around_of(
    connection: Connection, mail_list: MailList, period: Period, calendar: SchoolCalendar, school: str = ""
) -> Around:
    """What is told beside the posts, to members at that school; the other groups are not in it."""
    if period.kind is DigestPeriod.DAILY:
        return NOTHING_AROUND
    weekly = period.kind is DigestPeriod.WEEKLY
    since, until = period.covers_from, period.covers_until
    today = calendar.day_of(period.sends_at)
    return Around(
        _note(connection, mail_list, period, calendar) if weekly else Note(),
        unanswered(connection, mail_list.id, until, _asked_before(calendar, until)),
        prompt_of_week(connection, mail_list.id, since, until) if weekly else None,
        coming(connection, mail_list.id, today, today + AHEAD[period.kind], school),
    )


def schools_of(connection: Connection, mail_list: MailList, period: Period, calendar: SchoolCalendar) -> frozenset[str]:
    """The schools, folded, that have dates of their own in what an update of this period tells."""
    ahead = AHEAD.get(period.kind)
    today = calendar.day_of(period.sends_at)
    found = deadlines_of(connection, mail_list.id, today, today + ahead) if ahead else []
    return frozenset(fold(each.school) for each in found if each.school)


def _note(connection: Connection, mail_list: MailList, period: Period, calendar: SchoolCalendar) -> Note:
    """The note of this update; in one that goes at its reader's own hour that of the group's last before it."""
    note = note_for(connection, mail_list.id, period.key)
    if note is None:
        rhythm = rhythm_of(mail_list.settings)
        common = periods(calendar, rhythm, period.kind, period.covers_from + _MOMENT, period.sends_at)
        notes = [note_for(connection, mail_list.id, each.key) for each in common]
        note = next((each for each in reversed(notes) if each is not None), None)
    return note or Note()


def _asked_before(calendar: SchoolCalendar, until: datetime) -> datetime:
    """A question asked since then may still be answered in its own time: so many school days ago."""
    day, left = calendar.day_of(until), WAITED_DAYS
    for _ in range(60):
        day -= DAY
        left -= calendar.is_school_day(day)
        if not left:
            break
    return until - (calendar.day_of(until) - day)
