"""What a reply quotes of a conversation from which something was taken down: it stays as far as it is still there.

Nothing of a post that was taken down is kept to compare with (docs/adr/0010), so it is the other way round: of a
quotation stays what some post of the conversation, or the digest that is answered, still says. The rest is masked
before the reply is archived, held or sent on; the octets that came are known again by their hash alone. Not found:
words copied by hand, and a reply that names neither a post nor the subject nor the address of the conversation.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import reduce
from operator import or_

from listserv.inbound.posting import Arrival
from listserv.mail.parse import Message, parse
from listserv.mail.removal import MASK, Removal, Wording, phrase, unsaid, without, word_count
from listserv.mail.subject import base_subject
from listserv.mail.text.body import body, quoted_passages
from listserv.mail.text.html_text import html_to_text
from listserv.mail.text.secrets import keys_quoted
from listserv.model.lists import MailList
from listserv.store.conversations import reply_node
from listserv.store.engine import Connection
from listserv.store.gone import Left, lately_taken, left_beside, taken_since
from listserv.store.sent_digests import texts_of_run

QUESTIONS_LAST = timedelta(days=30)
TITLE_WORDS = 2  # a shorter title is everybody's words, and goes from subjects alone
_GONE = MASK.removesuffix("]")


def without_what_is_gone(connection: Connection, mail_list: MailList, arrival: Arrival) -> Arrival:
    """The arrival, its message without what it quotes of words that were taken down; mostly as it is."""
    subject = base_subject(arrival.message.subject)
    nodes = list(arrival.message.references)
    if arrival.thread_id is not None:
        nodes.append(reply_node(connection, mail_list.id, arrival.thread_id) or "")
    if not (nodes or subject.has_reply_prefix or arrival.digest_run):
        return arrival
    left = left_beside(connection, mail_list.id, nodes, subject.text if subject.has_reply_prefix else "", _GONE)
    run = arrival.digest_run
    digest = texts_of_run(connection, run) if run and taken_since(connection, mail_list.id, run) else []
    if left is None and not digest:
        return arrival
    return _masked(arrival, _removal(arrival.message, left, digest))


def without_keys(arrival: Arrival) -> Arrival:
    """The arrival without what it quotes of ours that acts for its author: links, answer addresses; mostly as it is.

    An answer quotes the whole update, and everybody who got it could go on as she.
    """
    keys = keys_quoted(arrival.message)
    return _masked(arrival, Removal(MASK, reduce(or_, map(phrase, sorted(keys))))) if keys else arrival


def without_its_quotation(connection: Connection, mail_list: MailList, arrival: Arrival) -> Arrival:
    """An answer to our own mail as it is kept: without what it quotes, a month long after something was taken down.

    What we asked held words of posts, and nobody reads a quotation of it again.
    """
    nodes = lately_taken(connection, mail_list.id, arrival.now - QUESTIONS_LAST)
    if nodes is None:
        return arrival
    return _masked(arrival, Removal(MASK, unsaid(quoted_passages(arrival.message), []), messages=nodes))


def _masked(arrival: Arrival, removal: Removal) -> Arrival:
    octets = without(arrival.message.octets, removal)
    return arrival if octets is None else replace(arrival, message=parse(octets), came=arrival.came or arrival.message)


def _removal(message: Message, left: Left | None, digest: list[str]) -> Removal:
    there = [text for octets in (left.octets if left else ()) for text in _texts(parse(octets))]
    wording = unsaid(quoted_passages(message), [*digest, *there, *(left.texts if left else ())])
    if left is None:
        return Removal(MASK, wording)
    subject = base_subject(message.subject)
    known = {*left.base_subjects, base_subject(left.title).text}
    titles = phrase(subject.text) if left.is_renamed and subject.text not in known else Wording()
    if word_count(subject.text) > TITLE_WORDS:
        wording = wording | titles
    return Removal(MASK, wording, titles, left.title, messages=left.nodes)


def _texts(message: Message) -> list[str]:
    found = body(message)
    return [found.text, html_to_text(found.html or "").text]
