"""Making a message a post: archived, threaded, counted, its copies put into the outbox. One function for all ways in.

Live mail, an approved post and an import come through `post`; what differs is said by its arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from listserv.mail.address import address_key
from listserv.mail.addresslist import parse_mailboxes
from listserv.mail.parse import Message
from listserv.mail.subject import base_subject
from listserv.mail.text.quote import has_quotation
from listserv.mail.thread import Evidence
from listserv.model.lists import MailList
from listserv.store import archive, outbox
from listserv.store.conversations import reply_node
from listserv.store.engine import Connection
from listserv.store.people import recipient_set
from listserv.store.threads import place


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as it came: parsed, with its envelope and the moment.

    `received_at` is when its author's date is held against (for an import the topmost Received field's time);
    `recipient` is the list address it came to, `thread_id` the thread of a reply address.
    """

    message: Message
    return_path: str
    recipient: str
    received_at: datetime
    now: datetime
    thread_id: int | None = None

    @property
    def msgid(self) -> str:
        """The Message-ID, or for a message without one an id made from its octets."""
        return self.message.message_id or f"{self.message.content_hash.hex()[:40]}@no-message-id.invalid"

    def as_new(self) -> archive.NewMessage:
        return archive.NewMessage(
            self.message.octets, self.msgid, self.message.body_hash, self.return_path, self.received_at
        )


@dataclass(frozen=True, slots=True)
class Posted:
    """A post in the archive; `recipients` counts the copies put into the outbox."""

    post_id: int
    message_id: int
    list_address: str
    recipients: int


def post(
    connection: Connection,
    mail_list: MailList,
    arrival: Arrival,
    person_id: int | None,
    *,
    quiet: bool = False,
    imported: bool = False,
) -> Posted:
    """The message is a post of the list, in its thread, and each subscriber's copy is due.

    `quiet`: archived and in the digest, not mailed on its own. `imported`: nothing is mailed or counted, and it
    counts in digests at its own date.
    """
    message_id = archive.put_message(connection, arrival.as_new())
    found = evidence(connection, mail_list, arrival)
    author = arrival.message.author
    columns = {
        "message_id": message_id,
        "person_id": person_id,
        "author_name": author.name if author else "",
        "author_address": author.address if author else "",
        "subject": arrival.message.subject,
        "counts_at": found.date_at if imported else arrival.now,
        "archived_at": arrival.now,
        "quiet": quiet,
        "imported": imported,
    }
    post_id = place(connection, mail_list.id, found, columns).post_id
    if person_id is not None and not imported:
        archive.count_post(connection, mail_list.id, person_id)
    recipients = 0 if quiet or imported else _enqueue(connection, mail_list, arrival, person_id, post_id)
    return Posted(post_id, message_id, mail_list.address, recipients)


def evidence(connection: Connection, mail_list: MailList, arrival: Arrival) -> Evidence:
    """What threading needs to know of the message. Whether it quotes is looked at only where it can matter."""
    message = arrival.message
    base = base_subject(message.subject)
    matters = not base.has_reply_prefix and (bool(message.references) or arrival.thread_id is not None)
    return Evidence(
        key=0,
        node=arrival.msgid,
        ids=message.references,
        date_at=min(message.date or arrival.received_at, arrival.received_at),
        base_subject=base.text,
        is_reply=base.has_reply_prefix,
        quotes=has_quotation(message) if matters else None,
        thread_index=message.thread_index,
        token_node=reply_node(connection, mail_list.id, arrival.thread_id) if arrival.thread_id is not None else None,
    )


def _enqueue(connection: Connection, mail_list: MailList, arrival: Arrival, person_id: int | None, post_id: int) -> int:
    """Freezes the recipients: not the author who wants no own copy, nobody who stands in To or Cc herself."""
    wanted = recipient_set(connection, mail_list)
    leave_out = {wanted.by_key[key] for key in _addressed(arrival.message) if key in wanted.by_key}
    own = wanted.by_person.get(person_id) if person_id is not None else None
    if own is not None:
        leave_out.discard(own)
        if own in wanted.no_own_copy:
            leave_out.add(own)
    recipients = wanted.frozen(leave_out, arrival.now)
    own = own if own in recipients else None
    pause = timedelta(minutes=mail_list.pause_minutes)
    return outbox.enqueue_post(connection, mail_list.id, post_id, recipients, arrival.now, own=own, pause=pause)


def _addressed(message: Message) -> set[str]:
    keys: set[str] = set()
    for name in ("To", "Cc"):
        for value in message.raw(name):
            keys.update(address_key(mailbox.address) for mailbox in parse_mailboxes(value)[0])
    return keys
