"""The header of a copy: the author's fields as they stand, less those that make way, and the list's own below them.

Promises: a field that is kept keeps its octets, but for the token of an address that acts (To of an answer); one that
RFC 5322 §3.6 allows once stands once (the first, which is the one we read); lines that are no field do not come along.
From, Message-ID and Date are the author's; only where he gave none stand the group's address, the archive's id and the
moment of receipt. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import format_datetime

from listserv.mail.address import Mailbox, format_mailbox
from listserv.mail.fields import Field
from listserv.mail.listaddress import Purpose
from listserv.mail.listheaders import LOOP_MARK, archived_at, display_name, list_fields, makes_way, replies_go_to
from listserv.mail.parse import Message
from listserv.mail.subjecttag import shown_tag, tag_value
from listserv.mail.text.secrets import without_secret_addresses
from listserv.mail.token import REPLY_LENGTH
from listserv.mail.words import fold_field
from listserv.model.lists import ReplyPolicy
from listserv.outbound.copy import PostContext

ORIGINAL_REPLY_TO = b"X-Original-Reply-To"
_AUTHORS_IN_REPLY_TO = 5
_ONCE = frozenset(b"from subject date message-id mime-version content-type content-transfer-encoding".split())
_LOOP_MARK = LOOP_MARK.lower().encode()
# A thread's reply address, `english+TOKEN` or `box+english-r-TOKEN`; another list's token is for its own members.
_THREAD = re.compile(
    rb"(?P<name>[a-z0-9][a-z0-9-]{0,23})(?:\+|-r-)[a-z2-7]{%d}@(?P<domain>[a-z0-9.-]{1,255})" % REPLY_LENGTH,
    re.IGNORECASE,
)
_NAMES_READERS = frozenset(b"to cc reply-to".split())


def copy_header(message: Message, context: PostContext, root_fields: Mapping[bytes, bytes]) -> bytes:
    """All fields of a copy but List-Unsubscribe, each ending in CRLF; `root_fields` are values to set."""
    own = [*_missing(message, context), *_reply_to(message, context)]
    own.append(list_fields(context.mail_list, context.addresses, context.base_url))
    if context.archived_at_url:
        own.append(archived_at(context.archived_at_url))
    return b"".join([_received(context), *_kept(message, context, _changes(message, context, root_fields)), *own])


def _changes(message: Message, context: PostContext, root_fields: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Name -> value, folds and all, of fields that do not stay as they are."""
    changes = {b"MIME-Version": b" 1.0"} if root_fields and not message.raw("MIME-Version") else {}
    changes |= {name: b" " + value for name, value in root_fields.items()}
    subject = _subject(message, context)
    return changes if subject is None else changes | {b"Subject": subject}


def _subject(message: Message, context: PostContext) -> bytes | None:
    """The value of Subject where it is another than the author's: with the tag, or of the thread it was put to."""
    tag = context.mail_list.settings.subject_tag.strip()
    theirs = next((field.value for field in message.fields if field.name.lower() == b"subject"), None)
    value = theirs
    if context.subject and context.subject != message.subject:
        value = fold_field("Subject", context.subject).partition(b":")[2].removesuffix(b"\r\n")
    if tag and value is not None:
        value = tag_value(value, tag, message.root.charset)
    return None if value == theirs else value


def _kept(message: Message, context: PostContext, changes: Mapping[bytes, bytes]) -> list[bytes]:
    """The author's fields in their order, those in `changes` changed, and those of them he has not added."""
    waiting = {name.lower(): (name, value) for name, value in changes.items()}
    seen: set[bytes] = set()
    kept = []
    for field in message.fields:
        name = field.name.lower()
        if _goes(field, message, context) or (name in _ONCE and name in seen):
            continue
        seen.add(name)
        changed = waiting.pop(name, None)
        line = _whole(message.octets, field) if changed is None else b"%b:%b\r\n" % (field.name, changed[1])
        line = without_secret_addresses(line)
        kept.append(_without_foreign_threads(line, context) if name in _NAMES_READERS else line)
    return kept + [b"%b:%b\r\n" % added for added in waiting.values()]


def _without_foreign_threads(line: bytes, context: PostContext) -> bytes:
    """The field with the plain addresses of our other lists where it named threads of theirs."""
    own, ours = context.mail_list.name.encode(), {context.mail_list.domain.encode(), context.hostname.encode()}

    def plainly(found: re.Match[bytes]) -> bytes:
        foreign = found["name"].lower() != own and found["domain"].lower() in ours
        return b"%b@%b" % (found["name"], found["domain"]) if foreign else found[0]

    return _THREAD.sub(plainly, line)


def _goes(field: Field, message: Message, context: PostContext) -> bool:
    """Whether a field has no place in a copy: foreign, empty where it may not be, replaced by ours, our own mark."""
    name = field.name.lower()
    if name in (b"reply-to", ORIGINAL_REPLY_TO.lower()):
        return bool(context.withdraw_address) or replies_go_to(context.mail_list) is not ReplyPolicy.AUTHOR
    if name == b"message-id":
        return message.message_id is None
    if name in (b"date", b"from"):
        return not field.value.strip()
    own_mark = context.mail_list.address.encode().lower()
    return makes_way(name) or (name == _LOOP_MARK and field.value.strip().lower() == own_mark)


def _whole(octets: bytes, field: Field) -> bytes:
    """The field as it stands, but for white space before the colon, which RFC 5322 §4.5 lets nobody write."""
    after_name = field.start + len(field.name)
    line = octets[field.start : field.end]
    if not octets.startswith(b":", after_name):
        line = field.name + b":" + octets[after_name : field.end].partition(b":")[2]
    return line if line.endswith(b"\r\n") else line.rstrip(b"\r\n") + b"\r\n"


def _received(context: PostContext) -> bytes:
    """Our line of the trace (RFC 5321 §4.4), without the client's name: the archive does not keep it."""
    trace = fold_field("Received", f"by {context.hostname} (listserv) for <{context.mail_list.address}>;".encode())
    return trace + b" %b\r\n" % format_datetime(context.received_at).encode()


def _missing(message: Message, context: PostContext) -> list[bytes]:
    """What every message must have (RFC 5322 §3.6) and this one has not, and a subject to carry the tag."""
    tag = context.mail_list.settings.subject_tag.strip()
    fields = []
    if not any(message.raw("Date")):
        fields.append(fold_field("Date", format_datetime(context.received_at).encode()))
    if message.message_id is None:
        fields.append(fold_field("Message-ID", f"<{context.message_id}>".encode()))
    if not any(message.raw("From")):
        post_address = context.addresses.of(Purpose.POST)
        fields.append(fold_field("From", format_mailbox(display_name(context.mail_list), post_address)))
    if tag and not message.raw("Subject"):
        fields.append(fold_field("Subject", shown_tag(tag)))
    return fields


def _reply_to(message: Message, context: PostContext) -> list[bytes]:
    """Reply-To as the list wants it.

    From stays the author's, so that he can be answered alone under every policy; a Reply-To of his that makes way is
    kept as X-Original-Reply-To. In his own copy it is where he takes the post back.
    """
    policy = replies_go_to(context.mail_list)
    if context.withdraw_address:
        own = Mailbox(display_name(context.mail_list), context.withdraw_address)
        return [fold_field("Reply-To", format_mailbox(own.name, own.address)), *_asked_reply_to(message)]
    if policy is ReplyPolicy.AUTHOR:
        return []
    boxes = [Mailbox(display_name(context.mail_list), context.reply_address)]
    if policy is ReplyPolicy.BOTH:
        boxes = [*_authors(message, context), *boxes]
    joined = b", ".join([format_mailbox(box.name, box.address) for box in boxes])
    return [fold_field("Reply-To", joined), *_asked_reply_to(message)]


def _asked_reply_to(message: Message) -> list[bytes]:
    asked = next((value for value in message.raw("Reply-To") if value), None)
    return [] if asked is None else [b"%b: %b\r\n" % (ORIGINAL_REPLY_TO, asked)]


def _authors(message: Message, context: PostContext) -> list[Mailbox]:
    """Where the author wants to be answered: his Reply-To, else From; the group's own addresses are not his."""
    asked = message.mailboxes("Reply-To") or message.authors
    post_address = context.addresses.of(Purpose.POST)
    ours = {context.mail_list.address.lower(), post_address.lower(), context.reply_address.lower()}
    return [box for box in asked if box.address.lower() not in ours][:_AUTHORS_IN_REPLY_TO]
