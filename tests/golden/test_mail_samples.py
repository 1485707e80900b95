"""Messages of every kind teachers' programs write, and beside each what we read in it (tests/golden/mail)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from listserv.mail.mime import Part
from listserv.mail.parse import Message, parse
from listserv.mail.subject import base_subject

FOLDER = Path(__file__).parent / "mail"
SAMPLES = sorted(path.stem for path in FOLDER.glob("*.eml"))


def described(message: Message) -> dict[str, object]:
    """What we read in a message, as plain JSON values; only what is there."""
    values: dict[str, object] = {
        "author": message.author and [message.author.name, message.author.address],
        "to": [mailbox.address for mailbox in message.mailboxes("To")],
        "message_id": message.message_id,
        "in_reply_to": message.in_reply_to,
        "references": list(message.references),
        "subject": message.subject,
        "base": list(base_subject(message.subject)),
        "date": message.date and message.date.isoformat(),
        "thread_index": message.thread_index and message.thread_index.hex(),
        "list_ids": list(message.list_ids),
        "defects": list(message.defects),
        "sealed": message.is_signed_or_encrypted,
        "root": _described_part(message.root),
    }
    return {name: value for name, value in values.items() if value}


def _described_part(part: Part) -> dict[str, object]:
    values: dict[str, object] = {
        "type": part.content_type,
        "charset": part.charset,
        "disposition": part.disposition,
        "filename": part.filename,
        "content_id": part.content_id,
        "defects": list(part.defects),
        "parts": [_described_part(child) for child in part.children],
    }
    if part.main_type == "text" and not part.children:
        values["text"] = part.text()
    elif not part.children:
        octets = part.decoded()
        values["hex"] = (octets if part.transfer_encoding == "base64" else octets.replace(b"\r\n", b"\n")).hex()
    return {name: value for name, value in values.items() if value}


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_sample(sample: str, line_end: bytes) -> None:
    octets = (FOLDER / f"{sample}.eml").read_bytes().replace(b"\n", line_end)
    expected = json.loads((FOLDER / f"{sample}.json").read_text("utf-8"))
    assert described(parse(octets)) == expected


def test_there_are_samples() -> None:
    assert len(SAMPLES) >= 15
