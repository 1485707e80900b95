"""What lies in the folder of delivered mail: the copies, by mailbox, as their owners would see them. Reads only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

from listserv.mail.mime import Part
from listserv.mail.parse import Message, parse
from listserv.outbound.relay_directory import safe_name

NOTICE = "notice"
_MAILTO = re.compile(r'href="mailto:([^"?]+)\?subject=([^"&]+)"')


@dataclass(frozen=True, slots=True)
class Copy:
    """One delivered mail. `group` is the list's local part, or "notice" for mail of the server's own.

    An `update` is one that the clock sent, a reminder too.
    """

    mailbox: str
    file: Path
    group: str
    message_id: str
    author: str
    subject: str
    date: datetime | None
    reply_address: str
    update: bool = False


def count_copies(outbox: Path) -> int:
    """How many mails have been delivered so far."""
    return sum(1 for _ in outbox.glob("*/*.eml"))


def read_mailbox(outbox: Path, address: str) -> list[Copy]:
    """One person's mail, oldest first; nothing if none came."""
    return [_copy(file) for file in sorted((outbox / safe_name(address)).glob("*.eml"))]


def read_outbox(outbox: Path) -> list[Copy]:
    """Everybody's mail."""
    return [_copy(file) for file in sorted(outbox.glob("*/*.eml"))]


def plain_text(copy: Copy) -> str:
    """The mail as it reads without formatting."""
    return _forms(copy)[0].text()


def asked_about_id(copy: Copy) -> str:
    """The Message-ID of the mail that is attached to this one, else of the one it answers, "" if there is neither."""
    message = parse(copy.file.read_bytes())
    attached = next((part for part in message.root.walk() if part.content_type == "message/rfc822"), None)
    return (parse(attached.body()).message_id if attached else message.in_reply_to) or ""


def links_to_answer(copy: Copy) -> dict[str, str]:
    """The address behind each mailto link of the page, by the subject it gives to the answer."""
    found = _MAILTO.findall(_forms(copy)[-1].text())
    return {unquote(subject): unquote(address) for address, subject in found}


def _forms(copy: Copy) -> tuple[Part, ...]:
    """The text of the mail, the plainest form first."""
    root = parse(copy.file.read_bytes()).root
    texts = tuple(part for part in root.walk() if part.content_type in ("text/plain", "text/html"))
    return texts or (root,)


def _copy(file: Path) -> Copy:
    message = parse(file.read_bytes())
    replies = message.mailboxes("Reply-To")
    return Copy(
        mailbox=message.header("Delivered-To") or "",
        file=file,
        group=message.list_ids[0].partition(".")[0] if message.list_ids else NOTICE,
        message_id=message.message_id or "",
        author=_author(message),
        subject=message.subject,
        date=message.date,
        reply_address=replies[0].address if replies else "",
        update=bool(message.list_ids) and message.header("Auto-Submitted") == "auto-generated",
    )


def _author(message: Message) -> str:
    return (message.author.name or message.author.address) if message.author else ""
