"""What the clock does for mail that people answer: nudges, expiries, ends of pauses and of guests' time.

Each chore is a function of a desk that does what is due at `desk.now` and gives how many mails it sent. A chore is a
transaction of its own; what it did is claimed in that transaction (`store.schedule`), so that any number of nodes and
any downtime do it once. A chore that fails is undone alone and tried again at the next tick.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from jinja2 import Environment

from listserv.config import Settings
from listserv.errors import ListservError
from listserv.inbound.asking import forget_counts
from listserv.inbound.bounces import clock as stopped
from listserv.inbound.dates.deciding import look_after_proposals
from listserv.inbound.desk import Desk
from listserv.inbound.guests import guest_notices
from listserv.inbound.handover.escalating import look_for_lists_without_an_owner
from listserv.inbound.leaving import goodbyes
from listserv.inbound.moderators import telling
from listserv.inbound.networkwide import keep_whole
from listserv.inbound.newsletters import release_due
from listserv.inbound.people.role_addresses import ask_role_addresses
from listserv.inbound.week.inquiring import send_documents
from listserv.store.engine import Connection
from listserv.store.writer import Writer

log = logging.getLogger(__name__)

Chore: TypeAlias = Callable[[Desk], int]

CHORES: tuple[Chore, ...] = (
    goodbyes,
    guest_notices,
    forget_counts,
    keep_whole,
    ask_role_addresses,
    look_for_lists_without_an_owner,
    stopped.start_probed,
    stopped.probe,
    stopped.tell_persons,
    stopped.tell_owners,
    release_due,
    look_after_proposals,
    send_documents,
    telling.ask_in_time,
    telling.nudge,
    telling.expire,
    telling.tell_day,
)


def do_chores(writer: Writer, settings: Settings, templates: Environment, key: bytes, now: datetime) -> int:
    """Every chore has been done, or its failure logged; gives how many mails went into the outbox."""
    return sum(_attempt(writer, chore, settings, templates, key, now) for chore in CHORES)


def _attempt(
    writer: Writer, chore: Chore, settings: Settings, templates: Environment, key: bytes, now: datetime
) -> int:
    def job(connection: Connection) -> int:
        return chore(Desk(connection, settings, templates, key, now))

    try:
        return writer.run(job)
    except ListservError as error:
        log.warning("clock: %s: %s", chore.__name__, error)
    except Exception:
        log.exception("clock: %s failed; it is tried again", chore.__name__)
    return 0
