"""A moderator's decision about a held post. An approved post goes on where it was stopped; it is not judged twice."""

from __future__ import annotations

from datetime import datetime

from listserv.config import Settings
from listserv.inbound.judging import author_in
from listserv.inbound.posting import Arrival, Posted, post
from listserv.mail.address import address_key
from listserv.mail.notice import Notice, compose_notice
from listserv.mail.parse import Message, parse
from listserv.model.lists import MailList, Subscription
from listserv.resources import environment
from listserv.store import archive, moderation, outbox
from listserv.store.engine import Connection
from listserv.store.lists import list_by_id
from listserv.store.moderation import Held


def approve(
    connection: Connection, held_id: int, now: datetime, *, quiet: bool = False, actor: str = "command line"
) -> Posted:
    """The held post is archived and its copies are due; `quiet`: archived and in the digest only.

    Raises NotFound, or Refused if somebody decided it before.
    """
    held = moderation.claim_held(connection, held_id, "approved", now)
    mail_list = list_by_id(connection, held.list_id)
    message = parse(held.octets)
    author = _author(connection, mail_list, message, now)
    arrival = Arrival(message, held.return_path, held.recipient, held.held_at, now)
    posted = post(connection, mail_list, arrival, author.person_id if author else None, quiet=quiet)
    _log(connection, held, "approve quietly" if quiet else "approve", now, actor)
    return posted


def reject(
    connection: Connection,
    held_id: int,
    reason: str,
    settings: Settings,
    now: datetime,
    *,
    actor: str = "command line",
) -> bool:
    """The held post never appears; True if its author was told why.

    Only a member is told: a stranger's From proves nothing, and a notice to it could reach somebody uninvolved.
    """
    held = moderation.claim_held(connection, held_id, "rejected", now)
    mail_list = list_by_id(connection, held.list_id)
    message = parse(held.octets)
    author = _author(connection, mail_list, message, now)
    _log(connection, held, "reject", now, actor, reason)
    if author is None or not author.address:
        return False
    notice = Notice(
        "email/rejected.txt",
        mail_list,
        author.name,
        author.address,
        in_reply_to=message.message_id,
        box=settings.box(mail_list.domain),
        values={"subject": message.subject, "reason": reason},
    )
    octets = compose_notice(environment(settings.site.templates), notice, now)
    outbox.enqueue_notice(connection, mail_list.id, archive.put_content(connection, octets), author.address, now)
    return True


def discard(connection: Connection, held_id: int, now: datetime, *, actor: str = "command line") -> None:
    """The held post never appears and nobody is told."""
    _log(connection, moderation.claim_held(connection, held_id, "discarded", now), "discard", now, actor)


def _author(connection: Connection, mail_list: MailList, message: Message, now: datetime) -> Subscription | None:
    return author_in(connection, mail_list, address_key(message.author.address), now) if message.author else None


def _log(connection: Connection, held: Held, verdict: str, now: datetime, actor: str, note: str = "") -> None:
    moderation.log_decision(
        connection, held.list_id, held.message_id, verdict, held.reason.value, now, actor=actor, note=note
    )
