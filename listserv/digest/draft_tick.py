"""The tick of drafts: each that is due is sent once, on however many nodes; a failed one is tried again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from functools import partial

from listserv.digest.drafts import due_draft, run_draft
from listserv.digest.plan import rhythm_of
from listserv.digest.run import Done, Workshop
from listserv.errors import ListservError
from listserv.model.calendar import Period
from listserv.model.lists import DigestPeriod, Drafts, MailList
from listserv.store.drafts import KIND
from listserv.store.engine import Connection, Database
from listserv.store.lists import all_lists
from listserv.store.schedule import claimed, digest_kind, followed_digests
from listserv.store.writer import Writer

log = logging.getLogger(__name__)


def tick_drafts(database: Database, writer: Writer, workshop: Workshop, now: datetime) -> list[Done]:
    """Sends the drafts that are due at `now`."""
    with database.read() as connection:
        due = list(_due(connection, workshop, now))
    done = []
    for mail_list, period in due:
        job = partial(run_draft, mail_list=mail_list, period=period, workshop=workshop, now=now)
        try:
            done.append(writer.run(job))
        except ListservError as error:
            log.warning("clock: draft %s of %s: %s", period.key, mail_list.address, error)
        except Exception:
            log.exception("clock: draft %s of %s failed; it is tried again", period.key, mail_list.address)
    return [each for each in done if each is not None]


def _due(connection: Connection, workshop: Workshop, now: datetime) -> Iterator[tuple[MailList, Period]]:
    """Lists somebody reads weekly updates of, with the period whose draft has not gone, nor it itself by hand."""
    coming = {}
    for mail_list in all_lists(connection):
        if mail_list.archived_at is None and mail_list.settings.drafts is not Drafts.NONE:
            period = due_draft(workshop.calendars.of(mail_list), rhythm_of(mail_list.settings), now)
            if period is not None:
                coming[mail_list.id] = (mail_list, period)
    if not coming:
        return
    keys = {period.key for _, period in coming.values()}
    weekly = DigestPeriod.WEEKLY
    known = claimed(connection, KIND, coming, keys) | claimed(connection, digest_kind(weekly), coming, keys)
    followed = {each.list_id for each in followed_digests(connection, now) if each.digest is weekly and each.since}
    for list_id, (mail_list, period) in coming.items():
        if list_id in followed and (list_id, period.key) not in known:
            yield mail_list, period
