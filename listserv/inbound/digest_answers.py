"""An answer to a whole digest: known as one, and put to the conversation it means, before it is judged.

    reply address of a digest | a reference to one | its subject answered   -> which digest
    the conversation it stands in, or alone quotes; a title as subject      -> Arrival.thread_id
    nothing tells                                                           -> its author is asked (`which_thread`)

Promises: an ordinary post costs a look at its header and no question to the database. Reads the store, writes nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from listserv.inbound.posting import Arrival
from listserv.mail.address import address_key
from listserv.mail.digestmark import DigestMark, read_digest_id, read_digest_number
from listserv.mail.parse import Message, parse
from listserv.mail.subject import base_subject
from listserv.mail.text.body import body
from listserv.mail.text.digest_quote import ThreadOf, answered_thread, sections
from listserv.mail.text.quote import has_quotation
from listserv.mail.token import REPLY_LENGTH, verify_reply
from listserv.model.lists import MailList
from listserv.store.engine import Connection
from listserv.store.migrate import signing_key
from listserv.store.sent_digests import (
    NamedThread,
    SentDigest,
    any_archived,
    latest_digests,
    sent_digest,
    threads_told,
)

LATELY = timedelta(days=14)
_TOKEN = re.compile(rf"\+(?:[a-z0-9-]{{1,24}}-r-)?([a-z2-7]{{{REPLY_LENGTH}}})@", re.IGNORECASE)


def placed(connection: Connection, mail_list: MailList, arrival: Arrival) -> tuple[Arrival, bool]:
    """The arrival with the thread it means, and whether it answers a digest without saying which thread.

    Every other message comes back as it is.
    """
    named = read_digest_number(arrival.thread_id) if arrival.thread_id is not None else None
    if named is not None:
        arrival = replace(arrival, thread_id=None)
    mark = _answered(connection, mail_list, arrival, named)
    if mark is None:
        return arrival, False
    sent = sent_digest(connection, mail_list.id, mark, _reader(arrival))
    arrival = replace(arrival, answers_digest=True, digest_run=sent.id if sent else None)
    if arrival.thread_id is None and sent is not None:
        arrival = replace(arrival, thread_id=_meant(connection, mail_list, sent, arrival.message))
    return arrival, arrival.thread_id is None


def threads_of_digest(connection: Connection, mail_list: MailList, arrival: Arrival) -> list[NamedThread]:
    """The threads that the digest told of which the message answers; those of two weeks where it is not known."""
    named = read_digest_number(arrival.thread_id) if arrival.thread_id is not None else None
    mark = _answered(connection, mail_list, arrival, named)
    sent = sent_digest(connection, mail_list.id, mark, _reader(arrival)) if mark is not None else None
    since, until = (sent.covers_from, sent.covers_until) if sent else (arrival.now - LATELY, arrival.now)
    return threads_told(connection, mail_list.id, since, until)


def _answered(
    connection: Connection, mail_list: MailList, arrival: Arrival, named: DigestMark | None
) -> DigestMark | None:
    """Which digest the message answers; a telephone may have completed the group's name to a digest's address."""
    message = arrival.message
    if named is not None:
        is_new = not (message.references or _is_reply(message) or has_quotation(message))
        return None if is_new else named
    marks = [read_digest_id(node, mail_list) for node in message.references if node.startswith("digest.")]
    found = next((mark for mark in reversed(marks) if mark is not None), None)
    if found is not None:
        others = [node for node in message.references if read_digest_id(node, mail_list) is None]
        return None if any_archived(connection, mail_list.id, others) else found
    return _by_subject(connection, mail_list, message)


def _by_subject(connection: Connection, mail_list: MailList, message: Message) -> DigestMark | None:
    """Of a message without references whose subject answers a digest's, that digest."""
    subject = base_subject(message.subject)
    if message.references or not subject.has_reply_prefix:
        return None
    title = " ".join(mail_list.title.split()).casefold()
    if not subject.text.startswith(f"{title} · "):
        return None
    for mark in latest_digests(connection, mail_list.id):
        sent = sent_digest(connection, mail_list.id, mark)
        if sent and any(base_subject(parse(octets).subject).text == subject.text for octets in sent.octets):
            return mark
    return None


def _is_reply(message: Message) -> bool:
    return base_subject(message.subject).has_reply_prefix


def _reader(arrival: Arrival) -> str:
    """Who says she has read the digest; it decides which conversation is meant, and nothing else."""
    author = arrival.message.author
    return address_key(author.address) if author is not None else ""


def _meant(connection: Connection, mail_list: MailList, sent: SentDigest, message: Message) -> int | None:
    """The thread of the digest that the message answers, None if that cannot be told.

    The digest names more threads than it tells of: questions that wait, the question of the week.
    """
    told = threads_told(connection, mail_list.id, sent.covers_from, sent.covers_until)
    thread_of = _thread_of(connection, mail_list)
    digests = [parse(octets) for octets in sent.octets]
    named = {part.thread_id for digest in digests for part in sections(body(digest).text, thread_of)} - {None}
    if len(told) == 1 and named <= {told[0].id}:
        return told[0].id
    subject = base_subject(message.subject).text
    titled = [thread.id for thread in told if subject and base_subject(thread.subject).text == subject]
    if len(titled) == 1:
        return titled[0]
    meant = (answered_thread(message, digest, thread_of) for digest in digests)
    return next((thread for thread in meant if thread is not None), None)


def _thread_of(connection: Connection, mail_list: MailList) -> ThreadOf:
    """What knows the thread of a reply address of the list."""
    key = signing_key(connection)

    def thread_of(address: str) -> int | None:
        found = _TOKEN.search(address)
        thread = verify_reply(key, mail_list.name, found[1].lower()) if found else None
        return thread if thread is not None and read_digest_number(thread) is None else None

    return thread_of
