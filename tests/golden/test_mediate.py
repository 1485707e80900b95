"""Posts and the copies subscribers get: tests/golden/copies/NAME.in.eml becomes NAME.expected.eml, octet by octet.

The files have LF line ends. After a wanted change LISTSERV_WRITE_GOLDEN=1 writes the expected ones; read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from listserv.outbound.copy import PostContext
from tests.copies import context, crlf, in_mailbox, mail_list, personal, template, unstuffed

FOLDER = Path(__file__).parent / "copies"
ENGLISH = context(mail_list(subject_tag="English Online"))
REO = context(mail_list("reo", "Te Reo Māori", subject_tag="Te Reo Māori"))
CASES: dict[str, PostContext] = {
    "plain-7bit": ENGLISH,
    "format-flowed": ENGLISH,
    "quoted-printable": REO,
    "base64-text": REO,
    "alternative": ENGLISH,
    "mixed-attachment": context(mail_list(title="Te Reo Māori")),
    "signed-pgp": ENGLISH,
    "signed-smime": ENGLISH,
    "calendar": ENGLISH,
    "no-header": ENGLISH,
    "encoded-subject": REO,
    "subject-tagged": ENGLISH,
    "foreign-list": context(mail_list(reply_to="author")),
    "eight-bit-header": ENGLISH,
    "reply-with-footer": ENGLISH,
    "phone-photo": ENGLISH,
    "html-base64": REO,
    "ascii-and-macrons": REO,
    "latin1-and-macrons": REO,
    "announcement": context(mail_list("news", "Science Hub news", style="announce"), base_url=""),
    "mailbox-both": context(in_mailbox(mail_list(reply_to="both")), base_url="", box="plg"),
    "two-of-a-kind": context(mail_list(footer=False)),
}


def _expect(name: str, content: bytes) -> None:
    file = FOLDER / f"{name}.expected.eml"
    if os.environ.get("LISTSERV_WRITE_GOLDEN"):
        file.write_bytes(content.replace(b"\r\n", b"\n"))
    assert content == crlf(file.read_bytes())


@pytest.mark.parametrize("name", CASES)
def test_copy(name: str) -> None:
    octets = crlf((FOLDER / f"{name}.in.eml").read_bytes())
    _expect(name, unstuffed(personal(octets, CASES[name])))


def test_neutral_copy() -> None:
    octets = crlf((FOLDER / "plain-7bit.in.eml").read_bytes())
    _expect("plain-7bit-neutral", unstuffed(template(octets, ENGLISH).neutral()))


def test_every_sample_is_used() -> None:
    assert {file.name.removesuffix(".in.eml") for file in FOLDER.glob("*.in.eml")} == set(CASES)
