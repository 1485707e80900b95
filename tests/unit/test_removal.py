"""Words, parts and messages taken out of octets: nothing of them can be read or found afterwards."""

from __future__ import annotations

import base64
import binascii
import hashlib

import pytest

from listserv.mail.address import Mailbox
from listserv.mail.compose import Attachment, HeaderValue, compose
from listserv.mail.parse import parse
from listserv.mail.removal import MASK, Removal, holds, masked, phrase, quotations, without, without_part
from tests.store_site import NOW, a_post

STUB = "A moderator took this down."
SECRET = "Tāmati Zebulon of room seven"


def composed(text: str, subject: str = "Week 6", html: str | None = None, *attached: Attachment) -> bytes:
    headers: dict[str, HeaderValue] = {
        "From": Mailbox("Mere", "mere@school.example"),
        "Date": NOW,
        "Message-ID": b"<c1@school.example>",
        "Subject": subject,
    }
    return compose(headers, text, html, attached)


def test_a_phrase_is_found_over_line_breaks_quote_marks_case_and_macrons() -> None:
    text = "> we saw tamati\n> ZEBULON of  room\n>> seven today"
    assert masked(text, phrase(SECRET)) == f"> we saw {MASK} today"
    assert masked("Tamati Zebulon of room eight", phrase(SECRET)) == "Tamati Zebulon of room eight"


@pytest.mark.parametrize("encoding", ["7bit", "quoted-printable", "base64"])
def test_words_go_from_text_in_every_encoding_and_the_rest_stays(encoding: str) -> None:
    text = "Kia ora,\r\nwe saw Tamati Zebulon of room seven in town.\r\nNga mihi\r\n"
    body = {
        "7bit": text.encode(),
        "quoted-printable": binascii.b2a_qp(text.replace("Tamati", "Tama=\r\nti").encode()).replace(
            b"=3D\r\n", b"=\r\n"
        ),
        "base64": base64.encodebytes(text.encode()),
    }[encoding]
    head = "From: mere@school.example\r\nSubject: Tamati Zebulon of room seven!\r\nMessage-ID: <a@b.c>\r\n"
    head += f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    new = without(head.encode() + body, Removal(STUB, phrase(SECRET)))
    assert new is not None
    made = parse(new)
    assert made.root.text() == f"Kia ora,\nwe saw {MASK} in town.\nNga mihi\n"
    assert made.subject == f"{MASK}!"
    assert made.message_id == "a@b.c"
    assert b"ebulon" not in new


def test_words_hidden_between_tags_and_references_go_too() -> None:
    octets = composed("x", "s", "<p>We saw <b>T&#257;mati</b>&nbsp;Zebulon <i>of room</i> seven today.</p>")
    new = without(octets, Removal(STUB, phrase(SECRET)))
    assert new is not None
    assert b"ebulon" not in new
    assert b"today" in new
    torn = composed("x", "s", "<p>T<b>ā</b>mati Zebulon of room seven</p>")
    new = without(torn, Removal(STUB, phrase(SECRET)))
    assert new is not None
    assert STUB.encode() in new
    assert b"ebulon" not in new


def test_a_quotation_goes_however_it_was_wrapped_and_the_answer_stays() -> None:
    post = "One two three four five six seven eight.\nNine ten eleven"
    reply = "I agree with five six seven.\n\nOn Monday Mere wrote:\n"
    reply += "> One two three four\n> five six seven eight. Nine\n> ten eleven\n"
    text = masked(reply, quotations(post))
    assert text == f"I agree with five six seven.\n\nOn Monday Mere wrote:\n> {MASK}\n"


def test_a_part_goes_and_its_neighbours_keep_their_octets() -> None:
    photo = b"JFIF-secret-photo" * 20
    octets = composed("See the photo", "s", None, Attachment("image/jpeg", photo, "tama.jpg"))
    made = without_part(octets, 2, STUB)
    assert made is not None
    new, digest = made
    assert digest == hashlib.sha256(photo).digest()
    assert b"tama.jpg" not in new
    assert base64.b64encode(photo[:30])[:-4] not in new
    assert [part.text() for part in parse(new).root.children] == ["See the photo\n", STUB]
    assert without_part(octets, 0, STUB) is None
    assert without_part(octets, 9, STUB) is None
    again = without(octets, Removal(STUB, parts=frozenset({digest})))
    assert again == new


def test_a_message_that_travels_inside_another_goes_whole() -> None:
    inner = a_post(body="Zebulon", subject="Hush", Message_ID="<gone@school.example>")
    octets = composed("Please approve", "s", None, Attachment("message/rfc822", inner))
    new = without(octets, Removal(STUB, messages=frozenset({"gone@school.example"})))
    assert new is not None
    assert b"Zebulon" not in new
    assert b"Hush" not in new
    assert b"Please approve" in new


def test_a_preamble_that_says_it_costs_the_whole_body() -> None:
    octets = (
        b"From: a@b.c\r\nMessage-ID: <m@b.c>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"Tamati Zebulon of room seven\r\n--b\r\n\r\nhi\r\n--b--\r\n"
    )
    new = without(octets, Removal(STUB, phrase(SECRET)))
    assert new is not None
    assert parse(new).root.text().strip() == STUB
    assert not holds(new, Removal(STUB, phrase(SECRET)))


@pytest.mark.parametrize("end", [b"", b"/Bo", b"/Bo/AA=="])
@pytest.mark.parametrize("blank", [b"", b"\r\n"])
def test_a_short_name_takes_no_picture_along_in_whose_encoding_it_stands_by_chance(end: bytes, blank: bytes) -> None:
    line = b"AAAA/Bo/" * 9 + b"AAAA\r\n"
    picture = (
        b"Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n\r\n" + line * 40 + end + b"\r\n" + blank
    )
    head = b"From: a@b.c\r\nMessage-ID: <m@b.c>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
    octets = head + b"Bo was late\r\n--b\r\n" + picture + b"--b--\r\n"
    removal = Removal(STUB, phrase("Bo"))
    new = without(octets, removal)
    assert new is not None
    assert [part.text() for part in parse(new).root.children[:1]] == [f"{MASK} was late"]
    assert picture in new
    assert without(new, removal) is None


def test_words_that_stand_bare_in_a_picture_s_place_cost_the_whole_body() -> None:
    words = SECRET.encode() + b"\r\n"
    octets = (
        b"From: a@b.c\r\nMessage-ID: <m@b.c>\r\nContent-Type: image/jpeg\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + b"A" * 76 + b"\r\n" + words + b"A" * 76 + b"\r\n"
    )
    new = without(octets, Removal(STUB, phrase(SECRET)))
    assert new is not None
    assert b"Zebulon" not in new


def test_what_holds_nothing_of_it_is_left_alone() -> None:
    assert without(a_post(), Removal(STUB, phrase(SECRET), phrase("other title"))) is None


def test_a_title_goes_from_subjects_alone() -> None:
    octets = a_post(subject="Re: Hush now", body="hush now, we say")
    new = without(octets, Removal(STUB, titles=phrase("Hush now"), title_mask="[removed 7]"))
    assert new is not None
    assert parse(new).subject == "Re: [removed 7]"
    assert parse(new).root.text().strip() == "hush now, we say"


def test_a_file_of_posts_that_travels_along_goes_when_it_holds_it() -> None:
    mbox = b"From x\nMessage-ID: <gone@school.example>\n\nTamati Zebulon of room seven\n"
    octets = composed("Your posts", "s", None, Attachment("application/mbox", mbox, "posts.mbox"))
    for removal in (Removal(STUB, phrase(SECRET)), Removal(STUB, messages=frozenset({"gone@school.example"}))):
        new = without(octets, removal)
        assert new is not None
        assert [part.text() for part in parse(new).root.children] == ["Your posts\n", STUB]
