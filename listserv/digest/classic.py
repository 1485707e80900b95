"""Digests in the two old forms, for those who want them: RFC 1153 in plain text, and MIME multipart/digest.

Both tell each post as a message of its own, in the order of the conversations, with the date, the author's name and the
conversation's reply address in its From; text alone. Values in, octets out; the words stand in
templates/email/digest_classic.txt. A digest over `DIGEST_OCTETS` tells its posts more shortly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from jinja2 import Environment

from listserv.digest.compose import frame_values, headers
from listserv.digest.items import Conversation, Edition, Item, Shown, conversations
from listserv.digest.parts import lines
from listserv.digest.sections import sections
from listserv.mail.address import Mailbox
from listserv.mail.compose import HeaderValue, compose, compose_with_digest
from listserv.mail.ids import make_message_id
from listserv.mail.listaddress import Purpose
from listserv.mail.listheaders import display_name, list_fields
from listserv.model.digest import ToldPost

DIGEST_OCTETS = 1_000_000
LENGTHS = (20_000, 5_000, 2_000, 600, 140, 0)
MIME = "mime"
BETWEEN = "-" * 30  # RFC 1153 §3; a longer line of hyphens ends the preamble

Block = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Message:
    """One post as a message of a digest; `address` takes an answer to its conversation."""

    edition: Edition
    post: ToldPost
    subject: str
    author: str
    address: str
    text: str


def compose_classic(
    environment: Environment, editions: Sequence[Edition], form: str, now: datetime, reader: str = ""
) -> bytes:
    """The octets of the digest about these editions, as "plain" (RFC 1153) or "mime" (RFC 2046 §5.1.5).

    It is mail of the first of them.
    """
    make = _mime if form == MIME else _plain
    for characters in LENGTHS:
        octets = make(environment, editions, Shown(characters), now, reader)
        if len(octets) <= DIGEST_OCTETS:
            break
    return octets


def _plain(environment: Environment, editions: Sequence[Edition], shown: Shown, now: datetime, reader: str) -> bytes:
    carrier, block = editions[0], _blocks(environment, editions)
    told = _messages(editions, shown, block)
    parts = [block("preamble", messages=told)]
    for message in told:
        head = "".join(f"{name}: {value}\n" for name, value in _shown_fields(message))
        parts.append(f"{head}\n{_guarded(message.text)}")
    parts.append(block("end"))
    text = parts[0].rstrip("\n") + f"\n\n{'-' * 70}\n\n" + f"\n{BETWEEN}\n\n".join(parts[1:])
    fields = headers(carrier, " ".join(block("subject").split()), now, reader)
    return list_fields(carrier.mail_list, carrier.addresses, carrier.base_url) + compose(fields, text)


def _mime(environment: Environment, editions: Sequence[Edition], shown: Shown, now: datetime, reader: str) -> bytes:
    carrier, block = editions[0], _blocks(environment, editions)
    told = _messages(editions, shown, block)
    fields = headers(carrier, " ".join(block("subject").split()), now, reader)
    preamble = block("preamble", messages=told)
    inside = [compose(_fields(message), message.text) for message in told]
    made = compose_with_digest(fields, preamble, inside) if inside else compose(fields, preamble)
    return list_fields(carrier.mail_list, carrier.addresses, carrier.base_url) + made


def _blocks(environment: Environment, editions: Sequence[Edition]) -> Block:
    """Renders a block of the template, which speaks of these editions."""
    template = environment.get_template("email/digest_classic.txt")
    carrier = editions[0]
    common = {
        **frame_values(environment, carrier),
        "together": len(editions) > 1,
        "title": carrier.mail_list.title,
        "posts": sum(each.posts for each in editions),
        "threads": sum(len(each.threads) for each in editions),
        "groups": [(each, sections(each, ())) for each in editions],
        "leave": [{"title": each.mail_list.title, "address": each.addresses.of(Purpose.LEAVE)} for each in editions],
    }

    def block(name: str, **values: Any) -> str:
        return lines("".join(template.blocks[name](template.new_context({**common, **values}))))

    return block


def _messages(editions: Sequence[Edition], shown: Shown, block: Block) -> list[Message]:
    found = []
    for edition in map(_unfolded, editions):
        for thread, conversation in zip(edition.threads, conversations(edition, shown), strict=True):
            for post, item in zip(thread.posts, conversation.items, strict=True):
                found.append(_message(edition, post, conversation, item, block))
    return found


def _unfolded(edition: Edition) -> Edition:
    """Each post is told as itself, also a thanks, and no conversation is a line."""
    threads = (
        replace(thread, posts=tuple(replace(post, thanks=False) for post in thread.posts)) for thread in edition.threads
    )
    note = replace(edition.around.note, dropped=())
    return replace(edition, threads=tuple(threads), around=replace(edition.around, note=note))


def _message(edition: Edition, post: ToldPost, conversation: Conversation, item: Item, block: Block) -> Message:
    title = conversation.title or " ".join(block("untitled").split())
    address = conversation.reply_address or edition.addresses.of(Purpose.OWNER)
    author = item.author or display_name(edition.mail_list)
    return Message(edition, post, title, author, address, block("message", item=item))


def _shown_fields(message: Message) -> list[tuple[str, str]]:
    """The fields RFC 1153 §3 shows, as text; an author's name cannot add one, as it is one line."""
    return [
        ("Date", format_datetime(message.post.counts_at.astimezone(message.edition.zone))),
        ("From", f"{message.author} <{message.address}>"),
        ("Subject", message.subject),
    ]


def _fields(message: Message) -> dict[str, HeaderValue]:
    unique = make_message_id(f"digest.{message.post.id}", message.edition.mail_list.domain)
    return {
        "From": Mailbox(message.author, message.address),
        "Date": message.post.counts_at.astimezone(message.edition.zone),
        "Subject": message.subject,
        "Message-ID": f"<{unique}>".encode(),
    }


def _guarded(text: str) -> str:
    """No line in it reads as the one between two messages (RFC 1153 §4)."""
    return "".join(f" {line}\n" if line.startswith(BETWEEN) else f"{line}\n" for line in text.rstrip("\n").split("\n"))
