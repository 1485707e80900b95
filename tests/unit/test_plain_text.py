"""Plain text as a person's choice: what a post and our own mail become, what stays, and in which order copies go."""

from __future__ import annotations

import pytest

from listserv.mail.parse import parse
from listserv.outbound.copies import _batches
from listserv.outbound.plain import as_text, readable, text_of_ours, without_field
from listserv.store.addressees import Addressees, Wish

HEAD = b"From: mere@school.example\r\nSubject: Kia ora\r\nMessage-ID: <1@school.example>\r\nMIME-Version: 1.0\r\n"
ALTERNATIVE = (
    HEAD + b'Content-Type: multipart/alternative; boundary="b"\r\nX-Kept: yes\r\n\r\n'
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"K=C4=81kahu l=\r\nong\r\n.dot\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Kahu</p>\r\n--b--\r\n"
)


def test_a_post_keeps_its_header_and_becomes_one_text() -> None:
    message = parse(ALTERNATIVE)
    found = readable(message)
    assert found is not None
    made = as_text(message, found.text, ["A file (a.pdf) is not here.\n"])
    assert (made.content_type, made.message_id, made.subject) == ("text/plain", "1@school.example", "Kia ora")
    assert made.header("X-Kept") == "yes"
    assert len(made.raw("MIME-Version")) == 1
    assert made.root.text().replace("\r\n", "\n") == "Kākahu long\n.dot\n\nA file (a.pdf) is not here.\n"
    assert max(map(len, made.octets.split(b"\r\n"))) < 200


def test_a_post_of_html_alone_is_read_as_text() -> None:
    message = parse(HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>One</p><p>Two &amp; three</p>\r\n")
    found = readable(message)
    assert found is not None
    assert found.text.split() == ["One", "Two", "&", "three"]


@pytest.mark.parametrize(
    "octets",
    [
        HEAD + b"Content-Type: text/plain\r\n\r\nPlain already\r\n",
        HEAD + b'Content-Type: multipart/signed; boundary="b"; protocol="application/pgp-signature"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nSigned\r\n"
        b"--b\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--b--\r\n",
        HEAD + b'Content-Type: multipart/encrypted; boundary="b"; protocol="application/pgp-encrypted"\r\n\r\n'
        b"--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b--\r\n",
        HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>Come</p>\r\n"
        b"--b\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\n--b--\r\n",
        HEAD + b"Content-Type: text/html\r\n\r\n" + b"words and " * 60_000,
    ],
    ids=["plain", "signed", "encrypted", "calendar", "too long"],
)
def test_what_stays_as_it_is(octets: bytes) -> None:
    assert readable(parse(octets)) is None


def test_our_mail_is_the_text_it_was_composed_with_octet_by_octet() -> None:
    octets = text_of_ours(ALTERNATIVE)
    assert b"K=C4=81kahu l=\r\nong\r\n.dot\r\n" in octets
    assert b"<p>" not in octets
    assert parse(octets).root.text().replace("\r\n", "\n").rstrip() == "Kākahu long\n.dot"
    assert text_of_ours(octets) == octets


def test_a_field_is_taken_out_wherever_it_stands() -> None:
    octets = without_field(HEAD + b"Message-Id: <2@x>\r\n folded\r\n\r\nMessage-ID: in the body\r\n", b"message-id")
    assert parse(octets).message_id is None
    assert octets.endswith(b"\r\n\r\nMessage-ID: in the body\r\n")
    assert b"folded" not in octets


def test_copies_for_many_go_in_the_recipients_order_whatever_form_they_want() -> None:
    """What is settled is always the first so many: a batch of one form never reaches over one of the other."""
    plain = {2, 3, 7}
    found = Addressees({number: "" for number in range(1, 9) if number != 5}, {each: Wish(True) for each in plain})
    batches = [(form, list(members)) for form, members in _batches(range(1, 9), found, 4)]
    assert [number for _, members in batches for number in members] == list(range(1, 9))
    assert batches == [(False, [1]), (True, [2, 3]), (False, [4]), (False, [5, 6]), (True, [7]), (False, [8])]
