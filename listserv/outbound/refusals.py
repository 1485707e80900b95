"""What the relay's own refusals say about an address: they count as a report does, in the transaction of the settle.

Codes (`retry.classify`) and words (`mail.report.kind`) must agree that it is the address's fault, as
relays refuse mail for its content with codes about mailboxes. Copies that were taken cost nothing.
"""

from __future__ import annotations

import logging
from datetime import datetime

from listserv.mail.address import address_key
from listserv.mail.report.kind import recipient_kind
from listserv.model.report import Kind
from listserv.outbound.replies import RelayReply
from listserv.outbound.retry import Verdict, classify
from listserv.store.bounces import Place, address_by_key, note_report, places
from listserv.store.engine import Connection
from listserv.store.outbox import Claim

log = logging.getLogger(__name__)


def note_refusal(
    connection: Connection, held: Claim, subscription_id: int | None, reply: RelayReply, now: datetime
) -> None:
    """A copy was refused for good: it is kept with the address, and counted if it is the address's fault.

    Else the log tells it: a provider that takes no return path but its mailbox's own refuses every copy.
    """
    kind = refusal_kind(reply)
    if not kind.counts:
        log.warning("relay: a copy is refused for good, and not for its address: %s", reply)
    place = _place(connection, held, subscription_id)
    if place is not None:
        note_report(connection, place, kind, reply.enhanced, str(reply), now)


def note_expiry(connection: Connection, held: Claim, subscription_id: int | None, reply: str, now: datetime) -> None:
    """A copy did not leave in five days; that never counts."""
    place = _place(connection, held, subscription_id)
    if place is not None:
        note_report(connection, place, Kind.DELAYED, "", reply, now)


def refusal_kind(reply: RelayReply) -> Kind:
    """Hard or soft where codes and words say that it is the address, else content."""
    kind = recipient_kind("failed", reply.enhanced, str(reply), "")
    return kind if kind.counts and classify(reply) is Verdict.ADDRESS_REFUSED else Kind.CONTENT


def _place(connection: Connection, held: Claim, subscription_id: int | None) -> Place | None:
    if subscription_id is not None:
        return next(iter(places(connection, subscription_id)), None)
    return address_by_key(connection, address_key(held.to_address)) if held.to_address else None
