"""One run of the clock: claimed, composed and put into the outbox in one transaction, or not at all (law 4).

A digest begins where the last one of its kind ended, read in the same transaction, so that no post is told twice or
never, also when the group's day was changed in between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from jinja2 import Environment

from listserv.config import Settings
from listserv.config.calendars import Calendars
from listserv.digest.pages_link import pages_link
from listserv.digest.plan import Owed
from listserv.digest.reminder import compose_reminder
from listserv.mail.listaddress import ListAddresses
from listserv.model.calendar import Deadline, Period, Reminder
from listserv.model.lists import MailList
from listserv.store import outbox, schedule
from listserv.store.archive import put_content
from listserv.store.deadlines import dates_named
from listserv.store.engine import Connection
from listserv.store.lists import list_by_id, network_title
from listserv.store.migrate import signing_key
from listserv.store.schedule import REMINDER, Outcome, claim_run, end_run
from listserv.store.takedowns import may_tell
from listserv.store.told import digest_kind

# (subscription ids, octets) of each form a digest has, one a language; () when there is nothing to tell. What is a
# recipient's own (return path, List-Unsubscribe, sign-in token) is put in when her copy is made.
Composed = Sequence[tuple[Sequence[int], bytes]]
Compose = Callable[[Connection, MailList, Period, Settings, Environment, datetime], Composed]


@dataclass(frozen=True, slots=True)
class Workshop:
    """What every run needs besides the database: made once, at the composition root."""

    settings: Settings
    environment: Environment
    calendars: Calendars
    compose: Compose


@dataclass(frozen=True, slots=True)
class Done:
    """One thing the clock did: of which kind, for which list, which period or deadline, and what became of it."""

    kind: str
    list_address: str
    period: str
    outcome: Outcome
    recipients: int = 0
    title: str = ""


def skip_periods(connection: Connection, mail_list: MailList, owed: Owed, now: datetime) -> list[Done]:
    """The periods too old to be sent are written down as skipped; what they would have told goes with the next one."""
    return [
        Done(digest_kind(period.kind), mail_list.address, period.key, Outcome.SKIPPED)
        for period in owed.skipped
        if claim_run(connection, digest_kind(period.kind), mail_list.id, period.key, now, outcome=Outcome.SKIPPED)
    ]


def run_digest(
    connection: Connection, mail_list: MailList, period: Period, workshop: Workshop, now: datetime
) -> Done | None:
    """The period's digest is in the outbox, or known not to be needed; None if it was not this transaction's to do."""
    kind = digest_kind(period.kind)
    # Read after the claim, which on PostgreSQL makes sure that no other node's is under way.
    if not may_tell(connection) or not claim_run(connection, kind, mail_list.id, period.key, now):
        return None
    covered = schedule.covered_until(connection, period.kind, mail_list.id, now) or period.covers_from
    period = replace(period, covers_from=min(covered, period.covers_until))
    outcome, recipients = Outcome.NOBODY, 0
    contents: list[int] = []
    if schedule.has_readers(connection, mail_list.id, period.kind, now):
        composed = workshop.compose(connection, mail_list, period, workshop.settings, workshop.environment, now)
        for ids, octets in composed:
            if ids:
                contents.append(put_content(connection, octets))
                recipients += outbox.enqueue_digest(connection, mail_list.id, contents[-1], ids, now)
        outcome = Outcome.SENT if recipients else Outcome.QUIET
    end_run(connection, kind, mail_list.id, period.key, outcome, period.covers_until, contents)
    return Done(kind, mail_list.address, period.key, outcome, recipients)


def run_reminder(
    connection: Connection,
    mail_list: MailList,
    deadline: Deadline,
    owed: Sequence[Reminder],
    workshop: Workshop,
    now: datetime,
    school: str = "",
) -> list[Done]:
    """The last of the owed reminders is in the outbox, those before it are written down as skipped, each once.

    With a school that has days of its own its people are reminded, without one everybody else. Nothing is done where
    the date was moved, changed or taken back since it was read.
    """
    if dates_named(connection, deadline.list_id, [deadline.id]) != [deadline]:
        return []
    done = []
    for reminder in owed:
        outcome = Outcome.SENT if reminder is owed[-1] else Outcome.SKIPPED
        period = reminder_period(mail_list, deadline, reminder, school)
        if not claim_run(connection, REMINDER, deadline.id, period, now, outcome=outcome):
            continue
        sent = _remind(connection, mail_list, deadline, workshop, now, school) if outcome is Outcome.SENT else 0
        if outcome is Outcome.SENT and not sent:
            outcome = Outcome.NOBODY
            end_run(connection, REMINDER, deadline.id, period, outcome)
            if school:
                continue  # nobody of that school is in the group
        done.append(Done(REMINDER, mail_list.address, reminder.key, outcome, sent, deadline.title))
    return done


def reminder_period(mail_list: MailList, deadline: Deadline, reminder: Reminder, school: str = "") -> str:
    """The reminder's name among the runs of its deadline; of a network's each group has its own, at its own hour, and
    so has each school with days of its own."""
    key = reminder.key if deadline.network_id is None else f"{reminder.key}/{mail_list.id}"
    return f"{key}@{school}" if school else key


def _remind(
    connection: Connection, mail_list: MailList, deadline: Deadline, workshop: Workshop, now: datetime, school: str
) -> int:
    network, calendars = deadline.network_id, workshop.calendars
    readers = schedule.reminder_readers(
        connection,
        mail_list.id,
        now,
        deadline.school,
        network_id=network,
        at_home=(lambda home: calendars.own_key(home) == school) if calendars.schools else None,
    )
    if not readers:
        return 0
    settings, calendar = workshop.settings, calendars.of(mail_list)
    addresses = ListAddresses(mail_list.name, mail_list.domain, settings.box(mail_list.domain))
    base_url = settings.site.base_url.rstrip("/")
    link = pages_link(settings, signing_key(connection), mail_list)
    octets = compose_reminder(
        workshop.environment,
        mail_list,
        deadline,
        calendar,
        addresses,
        base_url,
        now,
        link,
        network=network_title(connection, network) if network else "",
        uid_domain=list_by_id(connection, deadline.list_id).domain,
    )
    content_id = put_content(connection, octets)
    return outbox.enqueue_digest(connection, mail_list.id, content_id, readers, now, kind=REMINDER)
