"""Files too large for copies make way for a note; all else is delivered part for part, octet for octet."""

from __future__ import annotations

import base64
import timeit
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from listserv.mail.listaddress import ListAddresses
from listserv.mail.parse import parse
from listserv.mail.token import sign_file, verify_file
from listserv.outbound.copy import PostContext
from listserv.outbound.enclosures import notes, too_large
from listserv.resources import environment
from tests.copies import KEY, context, mail_list, personal, unstuffed

BIG = bytes(range(256)) * 40
LIMIT = 5_000


def encoded(octets: bytes) -> bytes:
    return base64.encodebytes(octets).replace(b"\n", b"\r\n").removesuffix(b"\r\n")


def part(head: str, content: bytes) -> bytes:
    return head.encode() + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded(content)


def multipart(kind: str, *parts: bytes, boundary: str = "b") -> bytes:
    mark = f"\r\n--{boundary}".encode()
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    return head + b"".join([mark + b"\r\n" + each for each in parts]) + mark + b"--\r\n"


def post(body_octets: bytes) -> bytes:
    return b"From: Mere <mere@school.example>\r\nMessage-ID: <1@school.example>\r\nMIME-Version: 1.0\r\n" + body_octets


TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nKia ora"
PDF = part('Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="Plan 6.pdf"', BIG)
SMALL = part('Content-Type: application/pdf; name="small.pdf"', b"small")
PHOTO = part('Content-Type: image/png; name="map.png"\r\nContent-ID: <map@x>\r\nContent-Disposition: inline', BIG)
SIGNATURE = b"Content-Type: application/pgp-signature\r\n\r\nx"
PAGE = b'Content-Type: text/html\r\n\r\n<p>Look: <img src="cid:map@x"></p>'


def with_notes(octets: bytes, *, base_url: str = "https://lists.example.nz", **settings: Any) -> PostContext:
    """The context of the copies, notes and all, as the relay makes it."""
    of = mail_list(attachment_octets=LIMIT, **settings)
    made = context(of, base_url=base_url, footer=False)
    files = too_large(parse(octets), LIMIT)
    addresses = ListAddresses(of.name, of.domain)
    return replace(made, notes=notes(environment(), of, addresses, KEY, 7, made.archived_at_url, files))


def copied(octets: bytes, of: PostContext) -> EmailMessage:
    """The copy as the standard library reads it."""
    read = message_from_bytes(unstuffed(personal(octets, of)), policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def leaves(read: EmailMessage) -> Iterator[tuple[str, str | None, bytes]]:
    for each in read.walk():
        if not each.is_multipart():
            payload = each.get_payload(decode=True)
            yield each.get_content_type(), each.get_filename(), payload if isinstance(payload, bytes) else b""


def test_a_large_file_makes_way_for_a_note_with_its_link() -> None:
    octets = post(multipart("mixed", TEXT, PDF, SMALL))
    text, note, small = leaves(copied(octets, with_notes(octets)))
    assert text == ("text/plain", None, b"Kia ora")
    assert small == ("application/pdf", "small.pdf", b"small")
    assert note[:2] == ("text/plain", None)
    assert note[2].decode().replace("\r\n", "\n") == (
        'The file "Plan 6.pdf" (10.2 kB) was too large to go out by mail.\n'
        "It is here: https://lists.example.nz/groups/english/posts/7/parts/2"
    )


def test_all_octets_around_it_stay() -> None:
    octets = post(multipart("mixed", TEXT, PDF, SMALL))
    copy = unstuffed(personal(octets, with_notes(octets)))
    before, _, after = octets.partition(PDF)
    start = before.find(b"\r\n--b")
    assert before[start:] in copy and copy.endswith(after)


def test_without_a_web_an_address_answers_with_the_file() -> None:
    octets = post(multipart("mixed", TEXT, PDF))
    note = list(leaves(copied(octets, with_notes(octets, base_url=""))))[1][2].decode()
    assert "http" not in note
    token = note.partition("english-confirm+")[2].partition("@lists.example.nz")[0]
    assert verify_file(KEY, "english", token) == (7, 2)
    assert verify_file(KEY, "esol", token) is None
    assert token == sign_file(KEY, "english", 7, 2)


def test_a_private_group_gives_both_and_a_maori_one_speaks_maori() -> None:
    octets = post(multipart("mixed", TEXT, PDF))
    note = list(leaves(copied(octets, with_notes(octets, private=True, language="mi"))))[1][2].decode()
    assert "/posts/7/parts/2" in note and "english-confirm+" in note
    assert "He nui rawa te kōnae" in note


def test_a_message_that_is_the_file_becomes_the_note() -> None:
    octets = post(PDF)
    ((kind, name, content),) = leaves(copied(octets, with_notes(octets)))
    assert (kind, name) == ("text/plain", None)
    assert b"Plan 6.pdf" in content


@pytest.mark.parametrize(
    "octets",
    [
        multipart("related", PAGE, PHOTO),
        multipart("mixed", multipart("alternative", TEXT, PAGE, boundary="a"), PHOTO),
        multipart("mixed", TEXT, part('Content-Type: text/calendar; name="a.ics"', BIG)),
        multipart("signed", multipart("mixed", TEXT, PDF, boundary="c"), SIGNATURE),
        multipart("alternative", TEXT, PDF),
        multipart("mixed", TEXT, SMALL),
        multipart("mixed", TEXT, part("Content-Type: text/html", b"<p>" + BIG.hex().encode())),
    ],
)  # fmt: skip
def test_what_the_text_shows_and_what_is_sealed_stays(octets: bytes) -> None:
    assert too_large(parse(post(octets)), LIMIT) == []


def test_a_photo_that_no_text_shows_goes() -> None:
    found = too_large(parse(post(multipart("mixed", TEXT, PHOTO))), LIMIT)
    assert [each.filename for each in found] == ["map.png"]


def test_a_forwarded_message_goes_whole() -> None:
    inner = b"Content-Type: message/rfc822\r\n\r\n" + post(multipart("mixed", TEXT, PDF, boundary="i"))
    octets = post(multipart("mixed", TEXT, inner))
    parts = list(leaves(copied(octets, with_notes(octets))))
    assert len(parts) == 2
    assert b"english-confirm+" in parts[1][2]


def test_a_post_without_files_pays_nothing() -> None:
    small = parse(post(TEXT))
    assert timeit.timeit(lambda: too_large(small, LIMIT), number=1_000) < 0.05
    assert timeit.timeit(lambda: (small.danger, small.unplaced), number=1_000) < 0.05
