"""The end of a pause: what was set before is set again, and one digest tells its holder what she missed.

Where digests alone were read, the next one tells from where the last one ended, so that is where this one ends.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from listserv.digest.compose import compose_digest
from listserv.digest.editions import edition_of, known_language
from listserv.digest.pages_link import pages_link
from listserv.digest.run import Done, Workshop
from listserv.model.calendar import Period
from listserv.model.lists import Delivery, DigestPeriod
from listserv.store.archive import put_content
from listserv.store.digests import told_threads
from listserv.store.engine import Connection
from listserv.store.lists import list_by_id
from listserv.store.migrate import signing_key
from listserv.store.outbox import enqueue_digest
from listserv.store.pauses import Pause, end_pause
from listserv.store.schedule import Outcome, covered_until
from listserv.store.takedowns import may_tell

KIND = "catch-up"


def run_catch_up(connection: Connection, subscription_id: int, workshop: Workshop, now: datetime) -> Done | None:
    """The pause has ended and its digest is in the outbox; None if it was not this transaction's to end."""
    pause = end_pause(connection, subscription_id, now) if may_tell(connection) else None
    if pause is None:
        return None
    mail_list = list_by_id(connection, pause.list_id)
    until = _told_until(connection, pause, now)
    threads = told_threads(connection, mail_list.id, pause.missed_from, until) if pause.missed_from < until else []
    if not threads:
        return Done(KIND, mail_list.address, pause.until.isoformat(), Outcome.QUIET)
    period = Period(DigestPeriod.WEEKLY, _key(subscription_id, now), now, pause.missed_from, until)
    key = signing_key(connection)
    language = known_language(pause.language, mail_list)
    edition = edition_of(mail_list, period, threads, workshop.settings, key, language)
    linked = replace(edition, pages_link=pages_link(workshop.settings, key, mail_list))
    content_id = put_content(connection, compose_digest(workshop.environment, linked, now))
    enqueue_digest(connection, mail_list.id, content_id, [subscription_id], now)
    return Done(KIND, mail_list.address, pause.until.isoformat(), Outcome.SENT, 1)


def _key(subscription_id: int, now: datetime) -> str:
    """A week no year has, so that the mail is taken for no digest of everybody's, and another one for each pause."""
    number = int.from_bytes(hashlib.sha256(f"{subscription_id} {now.isoformat()}".encode()).digest()[:8], "big")
    return f"{1000 + number % 9000}-W{54 + number // 9000 % 46}"


def _told_until(connection: Connection, pause: Pause, now: datetime) -> datetime:
    """Up to when the catch-up tells: now, or from where on the digest she reads goes on."""
    if pause.delivery is Delivery.EACH:
        return now
    if pause.digest is DigestPeriod.NONE or pause.own:
        return pause.missed_from
    return covered_until(connection, pause.digest, pause.list_id, now) or pause.missed_from
