"""A tick: everything that is due now is done, once, on however many nodes; what was done is said.

Reads what there is, works out what is due (`plan`), and hands each run to the one writer as a job of its own: a run
that fails is undone alone, is tried again at the next tick, and takes no other list's along. Safe to repeat.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from itertools import takewhile
from typing import NamedTuple, TypeVar

from listserv.digest import plan
from listserv.digest.catch_up import run_catch_up
from listserv.digest.due import due_digests
from listserv.digest.own import Lists, Stock, Unit, batches, due_own, run_own
from listserv.digest.plan import Owed
from listserv.digest.run import Done, Workshop, reminder_period, run_digest, run_reminder, skip_periods
from listserv.errors import ListservError
from listserv.model.calendar import Deadline, Reminder
from listserv.model.lists import MailList
from listserv.model.school import rhythm_of
from listserv.store.deadlines import coming_deadlines
from listserv.store.engine import Connection, Database
from listserv.store.lists import all_lists
from listserv.store.pauses import ended
from listserv.store.schedule import REMINDER, claimed
from listserv.store.told import digest_kind
from listserv.store.writer import Writer

log = logging.getLogger(__name__)

T = TypeVar("T")


def never() -> bool:
    """Nobody stops the tick."""
    return False


def tick(
    database: Database,
    writer: Writer,
    workshop: Workshop,
    now: datetime,
    is_stopping: Callable[[], bool] = never,
) -> list[Done]:
    """Does what is due at `now`: digests of groups and of people, then reminders, then the ends of pauses.

    Between two of them it is asked whether to stop; what is left is due at the next tick.
    """
    with database.read() as connection:
        lists = {mail_list.id: mail_list for mail_list in all_lists(connection)}
        digests = list(due_digests(connection, lists, workshop, now))
        own = due_own(connection, lists, workshop, now)
        reminders = list(_due_reminders(connection, lists, workshop, now))
        pauses = ended(connection, now)
    done: list[Done] = []
    for mail_list, _, owed in takewhile(lambda _: not is_stopping(), digests):
        done += _send_digests(writer, mail_list, owed, workshop, now)
    done += _send_own(writer, own, lists, workshop, now, is_stopping)
    if is_stopping():
        return done
    for each in reminders:
        job = partial(run_reminder, **each._asdict(), workshop=workshop, now=now)
        done += _attempt(writer, job, f"reminder of deadline {each.deadline.id}") or []
    for pause in pauses:
        end = partial(run_catch_up, subscription_id=pause.subscription_id, workshop=workshop, now=now)
        caught_up = _attempt(writer, end, f"end of the pause of subscription {pause.subscription_id}")
        done += [caught_up] if caught_up is not None else []
    return done


def _send_digests(writer: Writer, mail_list: MailList, owed: Owed, workshop: Workshop, now: datetime) -> Iterator[Done]:
    if owed.skipped:
        job = partial(skip_periods, mail_list=mail_list, owed=owed, now=now)
        yield from _attempt(writer, job, f"skipped digests of {mail_list.address}") or []
    for period in owed.periods:
        run = partial(run_digest, mail_list=mail_list, period=period, workshop=workshop, now=now)
        done = _attempt(writer, run, f"{digest_kind(period.kind)} {period.key} of {mail_list.address}")
        if done is None:
            return  # the next one begins where this one ends, so it waits
        yield done


def _send_own(
    writer: Writer,
    units: list[Unit],
    lists: Lists,
    workshop: Workshop,
    now: datetime,
    is_stopping: Callable[[], bool],
) -> Iterator[Done]:
    """Updates of people's own, a batch a job; of a batch that failed each by itself."""
    stock = Stock(workshop)
    for batch in takewhile(lambda _: not is_stopping(), batches(units)):
        job = partial(run_own, units=batch, lists=lists, stock=stock, now=now)
        done = _attempt(writer, job, f"{len(batch)} updates at their readers' own hours")
        for unit in batch if done is None else ():
            alone = partial(run_own, units=[unit], lists=lists, stock=stock, now=now)
            yield from _attempt(writer, alone, f"{unit.reader.kind} {unit.period.key} of {unit.reader.subject}") or []
        yield from done or []


class _DueReminder(NamedTuple):
    """Reminders of a date that a group's members are owed: those of one school with days of its own, or the others."""

    mail_list: MailList
    deadline: Deadline
    owed: tuple[Reminder, ...]
    school: str

    @property
    def period(self) -> str:
        return reminder_period(self.mail_list, self.deadline, self.owed[-1], self.school)


def _due_reminders(
    connection: Connection, lists: dict[int, MailList], workshop: Workshop, now: datetime
) -> Iterator[_DueReminder]:
    """Reminders that are due and not claimed yet; the last of each deadline's is the one to send."""
    due = []
    for deadline in coming_deadlines(connection, now.date()):
        own = workshop.calendars.own_key(deadline.school)
        for mail_list in _groups_of(deadline, lists):
            for school in (own,) if deadline.school else ("", *workshop.calendars.schools):
                calendar, rhythm = workshop.calendars.of(mail_list, school), rhythm_of(mail_list.settings)
                owed = plan.due_reminders(calendar, rhythm, deadline, now) if mail_list.archived_at is None else ()
                if owed:
                    due.append(_DueReminder(mail_list, deadline, owed, school))
    known = claimed(connection, REMINDER, {each.deadline.id for each in due}, {each.period for each in due}, now)
    return (each for each in due if (each.deadline.id, each.period) not in known)


def _groups_of(deadline: Deadline, lists: dict[int, MailList]) -> list[MailList]:
    """The groups whose members are reminded of it: its own, or all of its network."""
    if deadline.network_id is None:
        return [lists[deadline.list_id]]
    return [each for each in lists.values() if each.network_id == deadline.network_id]


def _attempt(writer: Writer, job: Callable[[Connection], T], what: str) -> T | None:
    """What the job gave after its COMMIT; None if it failed, which the log says and the next tick mends."""
    try:
        return writer.run(job)
    except ListservError as error:
        log.warning("clock: %s: %s", what, error)
    except Exception:
        log.exception("clock: %s failed; it is tried again", what)
    return None
