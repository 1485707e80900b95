"""What ends a held post's waiting, by command line, by a moderator's reply, by its author or by the clock.

The first decision wins, whoever comes second is told. An approved post goes on where it was stopped; it is not judged
twice. `actor` is the address of whoever decided, "command line", or "" for the clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import jinja2

from listserv.config import Settings
from listserv.errors import Refused
from listserv.inbound.digest_answers import placed
from listserv.inbound.judging import author_in
from listserv.inbound.posting import Arrival, Posted, post
from listserv.mail.address import address_key
from listserv.mail.listaddress import Purpose, split_local
from listserv.mail.notice import Notice, compose_notice
from listserv.mail.parse import Message, parse
from listserv.mail.token import verify_reply
from listserv.model.lists import MailList, Subscription
from listserv.resources import environment
from listserv.store import archive, moderation, outbox
from listserv.store.engine import Connection, lock_list
from listserv.store.lists import ban as ban_address
from listserv.store.lists import list_by_id
from listserv.store.migrate import signing_key
from listserv.store.moderation import Held
from listserv.store.people import language_of

COMMAND_LINE = "command line"
_NAMED = re.compile(r"[a-z][a-z-]{1,39}")


@dataclass(frozen=True, slots=True)
class HeldPost:
    """A held post with all that is said of it: its list, its message, its author if she is a member."""

    held: Held
    mail_list: MailList
    message: Message
    author: Subscription | None

    @property
    def author_address(self) -> str:
        """Whom From names, "" if nobody."""
        return self.message.author.address if self.message.author else ""


def look_at(connection: Connection, held: Held, now: datetime) -> HeldPost:
    """What is known of a held post now."""
    mail_list = list_by_id(connection, held.list_id)
    message = parse(held.octets)
    return HeldPost(held, mail_list, message, _author(connection, mail_list, message, now))


def approve(
    connection: Connection, held_id: int, now: datetime, *, quiet: bool = False, actor: str = COMMAND_LINE
) -> Posted:
    """The held post is archived and its copies are due; `quiet`: archived and in the digest only.

    Raises NotFound, or Refused if somebody decided it before or the list has been closed since.
    """
    waits = moderation.held_by_id(connection, held_id)
    if waits is not None and (mail_list := list_by_id(connection, waits.list_id)).archived_at is not None:
        raise Refused(f"{mail_list.address} is closed and takes no more posts.")
    held = moderation.claim_held(connection, held_id, "approved", now)
    lock_list(connection, held.list_id, archive.msgid_of(connection, held.message_id))
    found = look_at(connection, held, now)
    thread_id = thread_named(connection, found.mail_list, held.recipient)
    arrival = Arrival(found.message, held.return_path, held.recipient, held.held_at, now, thread_id)
    arrival, _ = placed(connection, found.mail_list, arrival)
    person_id = found.author.person_id if found.author else None
    posted = post(connection, found.mail_list, arrival, person_id, quiet=quiet)
    _log(connection, held, "approve quietly" if quiet else "approve", now, actor)
    return posted


def reject(
    connection: Connection,
    held_id: int,
    reason: str,
    settings: Settings,
    now: datetime,
    *,
    actor: str = COMMAND_LINE,
) -> bool:
    """The held post never appears; True if its author was told why.

    Only a member is told: a stranger's From proves nothing, and a notice to it could reach somebody uninvolved.
    """
    found = look_at(connection, moderation.claim_held(connection, held_id, "rejected", now), now)
    mail_list, author = found.mail_list, found.author
    _log(connection, found.held, "reject", now, actor, reason)
    if author is None or not author.address:
        return False
    templates, language = environment(settings.site.templates), language_of(connection, author.person_id)
    notice = Notice(
        "email/rejected.txt",
        mail_list,
        author.name,
        author.address,
        in_reply_to=found.message.message_id,
        language=language,
        box=settings.box(mail_list.domain),
        values={
            "subject": found.message.subject,
            "reason": reason_text(templates, reason, mail_list, language or mail_list.settings.language),
        },
    )
    octets = compose_notice(templates, notice, now)
    outbox.enqueue_notice(connection, mail_list.id, archive.put_content(connection, octets), author.address, now)
    return True


def discard(connection: Connection, held_id: int, now: datetime, *, actor: str = COMMAND_LINE) -> None:
    """The held post never appears and nobody is told."""
    _log(connection, moderation.claim_held(connection, held_id, "discarded", now), "discard", now, actor)


def ban(connection: Connection, held_id: int, now: datetime, *, actor: str = COMMAND_LINE) -> str:
    """The held post never appears, and the address it names as its author may not write any more; gives the address."""
    found = look_at(connection, moderation.claim_held(connection, held_id, "discarded", now), now)
    _log(connection, found.held, "ban", now, actor, found.author_address)
    if found.author_address:
        ban_address(connection, found.mail_list, address_key(found.author_address), now)
    return found.author_address


def expire(connection: Connection, held_id: int, now: datetime) -> None:
    """Nobody decided in time. Raises NotFound, or Refused if somebody did."""
    _log(connection, moderation.claim_held(connection, held_id, "expired", now), "expire", now, "")


def reason_text(templates: jinja2.Environment, reason: str, mail_list: MailList, language: str) -> str:
    """The reason as its author reads it: the text of templates/email/reject/NAME.txt where it is such a name."""
    name = reason.strip().rstrip(".").lower().replace(" ", "-")
    if not _NAMED.fullmatch(name):
        return reason
    try:
        template = templates.get_template(f"email/reject/{name}.txt")
    except jinja2.TemplateNotFound:
        return reason
    return template.render(locale=language, group=mail_list.title).strip()


def thread_named(connection: Connection, mail_list: MailList, recipient: str) -> int | None:
    """The thread of the reply address a message came to, None if it was another address."""
    local = recipient.lower().rpartition("@")[0]
    named = split_local(local) or split_local(local, local.partition("+")[0])
    if named is None or named.purpose is not Purpose.REPLY:
        return None
    return verify_reply(signing_key(connection), mail_list.name, named.token or "")


def _author(connection: Connection, mail_list: MailList, message: Message, now: datetime) -> Subscription | None:
    return author_in(connection, mail_list, address_key(message.author.address), now) if message.author else None


def _log(connection: Connection, held: Held, verdict: str, now: datetime, actor: str, note: str = "") -> None:
    moderation.log_decision(
        connection, held.list_id, held.message_id, verdict, held.reason.value, now, actor=actor, note=note
    )
