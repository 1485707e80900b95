"""Which part of a message is its body, what it is without words, and what digests and the index take of it."""

from __future__ import annotations

import pytest

from listserv.mail.parse import parse
from listserv.mail.text.body import BODY_CHARACTERS, Body, body, own_first_lines
from listserv.mail.text.flowed import unflowed
from listserv.mail.text.quote import split_own
from listserv.mail.text.seams import derived_text

HTML = "Content-Type: text/html; charset=utf-8"
PLAIN = "Content-Type: text/plain; charset=utf-8"


def _body(*lines: str) -> Body:
    return body(parse("\n".join(["From: a@example.org", "MIME-Version: 1.0", *lines]).encode()))


def _multipart(kind: str, *parts: str) -> list[str]:
    lines = [f'Content-Type: multipart/{kind}; boundary="b"', ""]
    for part in parts:
        lines += ["--b", part]
    return [*lines, "--b--", ""]


def test_plain_text_is_normalised() -> None:
    found = body(parse(b"Content-Type: text/plain; charset=utf-8\n\nMa\xcc\x84ori\r\nx\x00y\r\n"))
    assert (found.text, found.source, found.html, found.only) == ("Māori\nxy\n", "plain", None, None)


def test_the_plain_alternative_is_read_and_the_html_kept() -> None:
    found = _body(*_multipart("alternative", f"{PLAIN}\n\nKia ora\n", f"{HTML}\n\n<p>Kia ora</p>\n"))
    assert (found.text.strip(), found.source, found.attachments) == ("Kia ora", "plain", ())
    assert found.html is not None and "<p>" in found.html


@pytest.mark.parametrize("stub", ["", " \n\n", "Your program does not show HTML.\n"])
def test_an_empty_or_stub_alternative_gives_way_to_the_html(stub: str) -> None:
    page = "<p>" + "We meet on Friday in the library. " * 12 + "</p>"
    found = _body(*_multipart("alternative", f"{PLAIN}\n\n{stub}", f"{HTML}\n\n{page}\n"))
    assert found.source == "html"
    assert found.text.startswith("We meet on Friday")


def test_texts_around_an_attachment_are_one_body() -> None:
    picture = "Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n"
    found = _body(*_multipart("mixed", f"{PLAIN}\n\nabove\n", picture, f"{HTML}\n\n<p>below</p>\n"))
    assert found.text.split() == ["above", "below"]
    (attachment,) = found.attachments
    assert (attachment.filename, attachment.content_type, attachment.size_octets) == ("a.png", "image/png", 8)
    assert attachment.part_index == 2


def test_an_embedded_message_is_one_attachment() -> None:
    inner = "Content-Type: message/rfc822\n\nSubject: x\nContent-Type: text/plain\n\ninner\n"
    found = _body(*_multipart("mixed", f"{PLAIN}\n\nSee below\n", inner))
    assert "inner" not in found.text
    assert [attachment.content_type for attachment in found.attachments] == ["message/rfc822"]


def test_a_detached_signature_is_no_attachment() -> None:
    signature = "Content-Type: application/pgp-signature; name=s.asc\n\n-----BEGIN PGP SIGNATURE-----\n"
    found = _body(*_multipart("signed", f"{PLAIN}\n\nKia ora\n", signature))
    assert (found.text.strip(), found.attachments) == ("Kia ora", ())


CALENDAR = "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nEND:VCALENDAR\n"
SEALED = 'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"\n\nMIAG\n'
FILE = 'Content-Type: application/pdf\nContent-Disposition: attachment; filename="a.pdf"\n\n%PDF\n'
PICTURE = "Content-Type: image/jpeg; name=a.jpg\n\nx\n"
WINMAIL = 'Content-Type: application/octet-stream; name="WINMAIL.DAT"\n\nx\n'


@pytest.mark.parametrize(
    ("parts", "only"),
    [
        ([CALENDAR], "calendar"),
        ([f"{PLAIN}\n\n \n", CALENDAR], "calendar"),
        ([WINMAIL], "winmail"),
        ([PICTURE], "picture"),
        ([f"{HTML}\n\n<img src='cid:x'>", PICTURE, PICTURE], "picture"),
        ([FILE], "attachment"),
        ([PICTURE, FILE], "attachment"),
        ([SEALED], "encrypted"),
        ([f"{PLAIN}\n\n\u200b\n"], "empty"),
        ([f"{PLAIN}\n\nKia ora\n", CALENDAR, FILE], None),
    ],
)
def test_a_body_without_words_says_what_it_is(parts: list[str], only: str | None) -> None:
    assert _body(*_multipart("mixed", *parts)).only == only


def test_encrypted_bodies() -> None:
    assert _body(PLAIN, "", "-----BEGIN PGP MESSAGE-----", "", "hQEM").only == "encrypted"
    assert (
        _body(*_multipart("encrypted", "Content-Type: application/pgp-encrypted\n\nVersion: 1\n")).only == "encrypted"
    )


def test_a_text_with_a_file_name_is_the_body_when_it_is_all_there_is() -> None:
    assert _body("Content-Type: text/plain; name=body.txt", "", "Kia ora").text == "Kia ora"
    attached = _body("Content-Type: text/plain", 'Content-Disposition: attachment; filename="a.txt"', "", "notes")
    assert (attached.text, attached.only, attached.attachments[0].filename) == ("", "attachment", "a.txt")


def test_a_long_body_is_cut_at_a_line() -> None:
    found = _body(PLAIN, "", "line of the text\n" * 20_000)
    assert found.cut
    assert len(found.text) <= BODY_CHARACTERS
    assert found.text.endswith("text\n")
    assert not _body(PLAIN, "", "short").cut


@pytest.mark.parametrize(
    ("flowed", "delete_space", "plain"),
    [
        ("one \ntwo\nthree", False, "one two\nthree"),
        ("one \ntwo", True, "onetwo"),
        ("> one \n> two\n>> three", False, "> one two\n>> three"),
        ("> one \nanswer", False, "> one \nanswer"),
        ("text \n-- \nMere", False, "text \n-- \nMere"),
        (" From here\n  two", False, "From here\n two"),
        ("last ", False, "last "),
        (">\n> a", False, ">\n> a"),
    ],
)
def test_format_flowed(flowed: str, delete_space: bool, plain: str) -> None:
    assert unflowed(flowed, delete_space=delete_space) == plain


def test_flowed_is_undone_only_where_declared() -> None:
    assert _body("Content-Type: text/plain; format=flowed; delsp=yes", "", "wha \nnau").text == "whanau"
    assert _body("Content-Type: text/plain", "", "wha \nnau").text == "wha \nnau"


def test_the_text_for_the_archive_takes_own_and_quoted_apart() -> None:
    message = parse(
        b"Content-Type: text/plain\n\nnew\n\nOn 4 May 2026, Mere <m@example.nz> wrote:\n> old\n\n-- \nHone\n"
    )
    assert derived_text(message)[:2] == ("new", "> old")
    ancestor = "words of an ancestor that are long enough to be known again by anybody who repeats them here"
    repeated = parse(f"Content-Type: text/plain\n\nnew\n\n{ancestor}\n".encode())
    assert derived_text(repeated, [ancestor])[:2] == ("new", ancestor)


def test_first_lines_for_a_digest() -> None:
    pieces = split_own("Kia ora koutou,\n\nWe read short stories first.\nThen a novel.\n\n> old\n")
    assert own_first_lines(pieces, 500) == pieces.own
    assert own_first_lines(pieces, 50) == "Kia ora koutou,\n\nWe read short stories first.…"
    assert own_first_lines(pieces, 36) == "Kia ora koutou,\n\nWe read short…"
    assert own_first_lines(split_own("a" * 99), 10) == "a" * 9 + "…"
    assert own_first_lines(split_own(""), 10) == ""
