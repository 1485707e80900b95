"""Making a message a post: archived, threaded, counted, its copies put into the outbox. One function for all ways in.

Live mail and an approved post come through `post`; what differs is said by its arguments. An archive that is imported
is written many posts at a time (`importing`), by the same functions of the store.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from listserv.mail.address import address_key
from listserv.mail.addresslist import parse_mailboxes
from listserv.mail.digestmark import read_digest_id
from listserv.mail.parse import Message
from listserv.mail.subject import base_subject
from listserv.mail.text.quote import has_quotation
from listserv.mail.thread import Evidence, Link
from listserv.model.case import Traits
from listserv.model.lists import MailList
from listserv.store import archive, outbox
from listserv.store.conversations import reply_node
from listserv.store.engine import Connection
from listserv.store.people import RecipientSet, recipient_set
from listserv.store.sent_digests import thread_named
from listserv.store.several import served_here
from listserv.store.thread_choices import NO_CHOICES, Choices, choices, follow_unless_chosen
from listserv.store.threads import place


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as it came: parsed, with its envelope and the moment.

    `received_at` is when its author's date is held against (for an import the topmost Received field's time);
    `recipient` is the list address it came to, `thread_id` the thread of a reply address, or of the item of a digest
    that it answers (`answers_digest`; `digest_run` is the digest's run of the schedule). `vouched`: a server we believe
    says that its author is who From says. `came`: the message as it came, by which it is known again, where `message`
    is what may be kept of it. `traits`: the message's, where they were worked out before.
    """

    message: Message
    return_path: str
    recipient: str
    received_at: datetime
    now: datetime
    thread_id: int | None = None
    answers_digest: bool = False
    digest_run: int | None = None
    vouched: bool = False
    came: Message | None = None
    traits: Traits | None = None

    @property
    def msgid(self) -> str:
        """The Message-ID, or for a message without one an id made from its octets."""
        return self.message.message_id or f"{self._came.content_hash.hex()[:40]}@no-message-id.invalid"

    @property
    def body_hash(self) -> bytes:
        """By which, with its Message-ID, the same mail is known."""
        return self._came.body_hash

    def at(self, recipient: str, thread_id: int | None) -> Arrival:
        """As it came to this address of a list, which named that thread."""
        return Arrival(
            self.message,
            self.return_path,
            recipient,
            self.received_at,
            self.now,
            thread_id,
            vouched=self.vouched,
            traits=self.traits,
        )

    def as_new(self, kept: bytes | None = None) -> archive.NewMessage:
        came = self._came
        if kept is None and self.came is not None:
            kept = self.message.octets
        return archive.NewMessage(
            came.octets, self.msgid, came.body_hash, self.return_path, self.received_at, kept, came.content_hash
        )

    @property
    def _came(self) -> Message:
        return self.message if self.came is None else self.came


@dataclass(frozen=True, slots=True)
class Posted:
    """A post in the archive; `recipients` counts the copies put into the outbox, `own_copy`: one is its author's."""

    post_id: int
    message_id: int
    list_address: str
    recipients: int
    own_copy: bool = False


def post(
    connection: Connection,
    mail_list: MailList,
    arrival: Arrival,
    person_id: int | None,
    *,
    quiet: bool = False,
    elsewhere: Collection[int] | None = None,
) -> Posted:
    """The message is a post of the list, in its thread, and each subscriber's copy is due.

    `quiet`: archived and in the digest, not mailed on its own. `elsewhere`: other lists' posts of the same mail, None
    where nobody has looked; whom one of them serves gets no second copy.
    """
    kept = arrival.message.unplaced if mail_list.settings.strip_location else None
    message_id = archive.put_message(connection, arrival.as_new(kept))
    subject = _subject(connection, mail_list, arrival)
    token_node = reply_node(connection, mail_list.id, arrival.thread_id) if arrival.thread_id is not None else None
    found = evidence(mail_list, arrival, subject, token_node)
    author = arrival.message.author
    columns = {
        "message_id": message_id,
        "person_id": person_id,
        "author_name": author.name if author else "",
        "author_address": author.address if author else "",
        "subject": subject,
        "counts_at": arrival.now,
        "archived_at": arrival.now,
        "quiet": quiet,
        "imported": False,
        "answers_run": arrival.digest_run,
    }
    placement = place(connection, mail_list.id, found, columns)
    if person_id is not None:
        archive.count_post(connection, mail_list.id, person_id, arrival.now)
        if person_id not in recipient_set(connection, mail_list).by_person:
            follow_unless_chosen(connection, placement.thread_id, person_id, arrival.now)
    answers = placement.link is not Link.NONE or bool(found.ids)
    chosen = (
        choices(connection, mail_list.id, placement.thread_id, arrival.now) if answers and not quiet else NO_CHOICES
    )
    if quiet:
        return Posted(placement.post_id, message_id, mail_list.address, 0)
    if elsewhere is None:
        elsewhere = archive.known(connection, mail_list.id, arrival.msgid, arrival.body_hash).elsewhere
    served = served_here(connection, mail_list.id, elsewhere)
    recipients, own = _enqueue(connection, mail_list, arrival, person_id, placement.post_id, chosen, served)
    return Posted(placement.post_id, message_id, mail_list.address, recipients, own)


def _subject(connection: Connection, mail_list: MailList, arrival: Arrival) -> str:
    """The author's, but never a digest's: an answer to one bears the subject of the thread it went to."""
    if not arrival.answers_digest:
        return arrival.message.subject
    thread = thread_named(connection, mail_list.id, arrival.thread_id) if arrival.thread_id is not None else None
    subject = thread.subject if thread is not None else mail_list.title
    return subject if thread is None or base_subject(subject).has_reply_prefix else f"Re: {subject}".rstrip()


def evidence(mail_list: MailList, arrival: Arrival, subject: str, token_node: str | None = None) -> Evidence:
    """What threading needs to know of the message. Whether it quotes is looked at only where it can matter.

    A digest is no post: what names one says nothing of a thread, or all answers to it would be one.
    """
    message = arrival.message
    base = base_subject(subject)
    ids = tuple(node for node in message.references if read_digest_id(node, mail_list) is None)
    matters = not (base.has_reply_prefix or arrival.answers_digest) and (bool(ids) or arrival.thread_id is not None)
    return Evidence(
        key=0,
        node=arrival.msgid,
        ids=ids,
        date_at=min(message.date or arrival.received_at, arrival.received_at),
        base_subject=base.text,
        is_reply=base.has_reply_prefix,
        quotes=has_quotation(message) if matters else None,
        thread_index=None if arrival.answers_digest else message.thread_index,
        token_node=token_node,
    )


def _enqueue(
    connection: Connection,
    mail_list: MailList,
    arrival: Arrival,
    person_id: int | None,
    post_id: int,
    chosen: Choices,
    served: frozenset[int],
) -> tuple[int, bool]:
    """Freezes the recipients; gives how many they are, and whether the author is one of them.

    Not the author who wants no own copy, nobody who stands in To or Cc herself, nobody whom another list has served
    with this mail.

    Who follows the thread gets a copy though she gets no single mails else; who muted it gets none.
    """
    wanted = recipient_set(connection, mail_list)
    addressed = _addressed(arrival.message, mail_list)
    leave_out = {wanted.by_key[key] for key in addressed if key in wanted.by_key} | chosen.muted
    own = wanted.by_person.get(person_id) if person_id is not None else None
    if own is not None:
        leave_out.discard(own)
        if own in wanted.no_own_copy:
            leave_out.add(own)
    leave_out |= served
    recipients = wanted.frozen(leave_out, arrival.now)
    if chosen.followers:
        recipients = _with_followers(recipients, wanted, chosen, addressed, person_id, served)
    own = own if own in recipients else None
    pause = timedelta(minutes=mail_list.pause_minutes)
    count = outbox.enqueue_post(connection, mail_list.id, post_id, recipients, arrival.now, own=own, pause=pause)
    return count, own is not None


def _with_followers(
    recipients: array[int],
    wanted: RecipientSet,
    chosen: Choices,
    addressed: Collection[str],
    author: int | None,
    served: frozenset[int],
) -> array[int]:
    """The recipients and those followers who get no single mails else; not the author, nobody in To or Cc."""
    others = (each for each in chosen.followers if each.person_id not in wanted.by_person and each.person_id != author)
    added = [
        each.subscription_id for each in others if each.key not in addressed and each.subscription_id not in served
    ]
    return array("q", sorted([*recipients, *added])) if added else recipients


def _addressed(message: Message, mail_list: MailList) -> set[str]:
    """Who stands in To or Cc herself, beside the list."""
    keys: set[str] = set()
    only_the_list = f"<{mail_list.address}>".encode()
    for name in ("To", "Cc"):
        for value in message.raw(name):
            if value.count(b"@") == 1 and value.endswith(only_the_list):
                continue
            keys.update(address_key(mailbox.address) for mailbox in parse_mailboxes(value)[0])
    return keys
