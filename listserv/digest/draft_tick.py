"""The tick for facilitators: drafts and nudges, each once on however many nodes; a failed one is tried again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from itertools import takewhile

from listserv.digest.drafts import due_draft, run_draft
from listserv.digest.questions import due_lists, run_nudge
from listserv.digest.run import Done, Workshop
from listserv.digest.tick import never
from listserv.errors import ListservError
from listserv.model.calendar import Period
from listserv.model.lists import DigestPeriod, Drafts, MailList
from listserv.model.school import rhythm_of
from listserv.store.drafts import KIND
from listserv.store.engine import Connection, Database
from listserv.store.lists import all_lists
from listserv.store.schedule import claimed, followed_digests
from listserv.store.told import digest_kind
from listserv.store.writer import Writer

log = logging.getLogger(__name__)


def tick_drafts(
    database: Database,
    writer: Writer,
    workshop: Workshop,
    now: datetime,
    is_stopping: Callable[[], bool] = never,
) -> list[Done]:
    """Sends the drafts that are due at `now`, and tells of the questions that have waited long enough.

    Between two of them it is asked whether to stop, as `tick` is.
    """
    with database.read() as connection:
        lists = {mail_list.id: mail_list for mail_list in all_lists(connection)}
        drafts = list(_due_drafts(connection, lists, workshop, now))
        nudges = [lists[list_id] for list_id in due_lists(connection, lists, workshop, now)]
    done = []
    for mail_list, period in takewhile(lambda _: not is_stopping(), drafts):
        draft = partial(run_draft, mail_list=mail_list, period=period, workshop=workshop, now=now)
        done.append(_attempt(writer, draft, f"draft {period.key} of {mail_list.address}"))
    for mail_list in takewhile(lambda _: not is_stopping(), nudges):
        nudge = partial(run_nudge, mail_list=mail_list, workshop=workshop, now=now)
        done.append(_attempt(writer, nudge, f"questions of {mail_list.address}"))
    return [each for each in done if each is not None]


def _attempt(writer: Writer, job: Callable[[Connection], Done | None], what: str) -> Done | None:
    """What the job did, after its COMMIT; None if it failed, which the log says and the next tick mends."""
    try:
        return writer.run(job)
    except ListservError as error:
        log.warning("clock: %s: %s", what, error)
    except Exception:
        log.exception("clock: %s failed; it is tried again", what)
    return None


def _due_drafts(
    connection: Connection, lists: dict[int, MailList], workshop: Workshop, now: datetime
) -> Iterator[tuple[MailList, Period]]:
    """Lists somebody reads weekly updates of, with the period whose draft has not gone, nor it itself by hand."""
    coming = {}
    for mail_list in lists.values():
        if mail_list.archived_at is None and mail_list.settings.drafts is not Drafts.NONE:
            period = due_draft(workshop.calendars.of(mail_list), rhythm_of(mail_list.settings), now)
            if period is not None:
                coming[mail_list.id] = (mail_list, period)
    if not coming:
        return
    keys = {period.key for _, period in coming.values()}
    weekly = DigestPeriod.WEEKLY
    known = claimed(connection, KIND, coming, keys, now) | claimed(connection, digest_kind(weekly), coming, keys, now)
    followed = {each.list_id for each in followed_digests(connection, now) if each.digest is weekly and each.since}
    for list_id, (mail_list, period) in coming.items():
        if list_id in followed and (list_id, period.key) not in known:
            yield mail_list, period
