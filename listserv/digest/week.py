"""The week's tick: prompts whose hour has come, inquiries, reminders of goals, briefs; each once, on any node.

As `digest.tick`: reads what there is, asks the pure rules what is due, and hands each run to the one writer as a job of
its own, which claims it, counts anew and puts its mail into the outbox in one transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from itertools import takewhile

from listserv.digest import brief, inquiries, nudges
from listserv.digest.nudges import NUDGES, Site
from listserv.digest.prompts import Post, may_go, run_prompt
from listserv.digest.run import Done, Workshop
from listserv.digest.tick import never
from listserv.errors import ListservError
from listserv.model.school import rhythm_of
from listserv.store.briefing import lists_with_facilitators
from listserv.store.engine import Connection, Database
from listserv.store.goals import open_goals
from listserv.store.inquiries import INQUIRY, open_inquiries
from listserv.store.lists import all_lists
from listserv.store.prompts import due_prompts
from listserv.store.schedule import claimed
from listserv.store.writer import Writer

log = logging.getLogger(__name__)

Job = Callable[[Connection], Done | None]


def tick_week(
    database: Database,
    writer: Writer,
    workshop: Workshop,
    post: Post,
    now: datetime,
    is_stopping: Callable[[], bool] = never,
) -> list[Done]:
    """Does what is due at `now`: prompts first, so that a reminder can name their conversation.

    What a facilitator asks goes before reminders, as it counts as one. Between two of them it is asked whether to stop,
    as `tick` is.
    """
    done: list[Done] = []
    with database.read() as connection:
        lists = {each.id: each for each in all_lists(connection)}
    for due in (_due_prompts, _due_inquiries, _due_nudges, _due_briefs):
        with database.read() as connection:
            open_now = [goal for goal in open_goals(connection, now) if goal.list_id in lists]
            site = Site(lists, open_now, workshop)
            jobs = list(due(connection, site, post, now))
        wanted = takewhile(lambda _: not is_stopping(), jobs)
        done += [made for what, job in wanted if (made := _attempt(writer, job, what)) is not None]
    return done


def _due_prompts(connection: Connection, site: Site, post: Post, now: datetime) -> Iterator[tuple[str, Job]]:
    for prompt in due_prompts(connection, now):
        mail_list = site.lists[prompt.list_id]
        if may_go(site.workshop.calendars.of(mail_list), rhythm_of(mail_list.settings), prompt, now):
            job = partial(run_prompt, mail_list=mail_list, prompt=prompt, workshop=site.workshop, post=post, now=now)
            yield f"prompt {prompt.id} of {mail_list.address}", job


def _due_inquiries(connection: Connection, site: Site, _post: Post, now: datetime) -> Iterator[tuple[str, Job]]:
    """Open inquiries for which nobody has looked today whom they can reach."""
    for inquiry in open_inquiries(connection, now):
        mail_list = site.lists[inquiry.list_id]
        period = inquiries.period_of(site, mail_list, now)
        if nudges.is_time(site, mail_list, now) and not claimed(connection, INQUIRY, [inquiry.id], {period}):
            job = partial(inquiries.run_inquiry, mail_list=mail_list, inquiry_id=inquiry.id, site=site, now=now)
            yield f"inquiry {inquiry.id} of {mail_list.address}", job


def _due_nudges(connection: Connection, site: Site, _post: Post, now: datetime) -> Iterator[tuple[str, Job]]:
    """Lists with open goals at whose hours nobody has looked today."""
    lists = [site.lists[list_id] for list_id in sorted({goal.list_id for goal in site.goals})]
    periods = {each.id: nudges.period_of(site, each, now) for each in lists if nudges.is_time(site, each, now)}
    known = claimed(connection, NUDGES, list(periods), set(periods.values())) if periods else set()
    for list_id, period in periods.items():
        if (list_id, period) not in known:
            mail_list = site.lists[list_id]
            job = partial(nudges.run_nudges, mail_list=mail_list, site=site, now=now)
            yield f"reminders of goals of {mail_list.address}", job


def _due_briefs(connection: Connection, site: Site, _post: Post, now: datetime) -> Iterator[tuple[str, Job]]:
    for list_id in sorted(lists_with_facilitators(connection)):
        mail_list = site.lists[list_id]
        if brief.due_stage(connection, mail_list, site, now) is not None:
            job = partial(brief.run_brief, mail_list=mail_list, site=site, now=now)
            yield f"brief of {mail_list.address}", job


def _attempt(writer: Writer, job: Job, what: str) -> Done | None:
    """What the job did, after its COMMIT; None if it failed, which the log says and the next tick mends."""
    try:
        return writer.run(job)
    except ListservError as error:
        log.warning("clock: %s: %s", what, error)
    except Exception:
        log.exception("clock: %s failed; it is tried again", what)
    return None
