"""Mail of our own: it reads back as it was meant, whatever is put into it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.mail.address import Mailbox
from listserv.mail.compose import MESSAGE, Attachment, HeaderValue, compose

HEADERS: dict[str, HeaderValue] = {
    "From": Mailbox("Te Reo Māori", "reo-owner@lists.example.nz"),
    "To": [Mailbox("Whakatū, Mere", "mere@school.example.nz"), Mailbox("", "tom@school.example.nz")],
    "Subject": "He pānui: Whakatū",
    "Date": datetime(2026, 11, 20, 9, 12, tzinfo=timezone(timedelta(hours=13))),
    "Message-ID": b"<n-1@lists.example.nz>",
    "References": b"<one@school.example.nz> <two@school.example.nz>",
    "Auto-Submitted": b"auto-generated",
}
POST = b"From: a@b.example\r\nSubject: caf\xe9\r\n\r\n--=_x\r\n.dot\r\nlast line"
TEXTS = st.text(st.characters(codec="utf-8"), max_size=300)


def read(octets: bytes) -> EmailMessage:
    """The message as the standard library reads it, with every line end checked."""
    assert octets.endswith(b"\r\n")
    assert octets.count(b"\r") == octets.count(b"\n") == octets.count(b"\r\n")
    message = message_from_bytes(octets, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def content(part: MIMEPart | None) -> str:
    """The text of a part with LF line ends."""
    assert part is not None
    text = part.get_content()
    assert isinstance(text, str)
    return text.replace("\r\n", "\n")


def test_headers_come_back_identical() -> None:
    message = read(compose(HEADERS, "Kia ora\n"))
    assert message["Subject"] == "He pānui: Whakatū"
    assert message["From"].addresses[0].display_name == "Te Reo Māori"
    assert [box.addr_spec for box in message["To"].addresses] == ["mere@school.example.nz", "tom@school.example.nz"]
    assert message["To"].addresses[0].display_name == "Whakatū, Mere"
    assert message["Date"].datetime == HEADERS["Date"]
    assert message["Message-ID"] == "<n-1@lists.example.nz>"
    assert message["References"] == "<one@school.example.nz> <two@school.example.nz>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert not message.defects


@pytest.mark.parametrize(
    ("text", "encoding"), [("Kia ora\n", "7bit"), ("Tēnā\n", "quoted-printable"), ("x" * 999, "quoted-printable")]
)
def test_text_is_plain_where_it_can_be(text: str, encoding: str) -> None:
    octets = compose(HEADERS, text)
    assert read(octets)["Content-Transfer-Encoding"] == encoding
    assert octets.isascii()
    assert content(read(octets)).rstrip("\n") == text.rstrip("\n")


def test_html_and_attachments() -> None:
    table = Attachment("text/csv", "a,ā\r\n".encode(), "../Mere's «mahi» ā.csv")
    octets = compose(HEADERS, "Tēnā\n", "<p>Tēnā</p>", [Attachment(MESSAGE, POST), table])
    message = read(octets)
    assert message.get_content_type() == "multipart/mixed"
    assert content(message.get_body(("plain",))) == "Tēnā\n"
    assert content(message.get_body(("html",))) == "<p>Tēnā</p>\n"
    shown, file = message.iter_attachments()
    assert shown.get_content_type() == MESSAGE
    assert POST in octets
    assert file.get_filename() == "Mere's «mahi» ā.csv"
    assert file.get_payload(decode=True) == "a,ā\r\n".encode()


def test_an_attachment_of_no_type_is_octets_and_none_without_a_name() -> None:
    message = read(compose(HEADERS, "", None, [Attachment("text/x\r\nBcc: e@x", b"\x00")]))
    (file,) = message.iter_attachments()
    assert file.get_content_type() == "application/octet-stream"
    assert file.get_filename() is None
    assert file.get_payload(decode=True) == b"\x00"


@given(TEXTS, TEXTS, TEXTS)
def test_nothing_passed_makes_a_field_or_a_part(subject: str, name: str, text: str) -> None:
    headers = HEADERS | {"Subject": subject, "From": Mailbox(name, "a@lists.example.nz"), "X-Note": name.encode()}
    octets = compose(headers, text, text, [Attachment(MESSAGE, POST), Attachment("text/plain", text.encode(), name)])
    message = read(octets)
    assert message.keys() == [*headers, "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", MESSAGE, "text/plain", "text/plain",
    ]  # fmt: skip
    assert all(len(line) <= 998 for line in octets.split(b"\r\n"))


@given(TEXTS)
def test_text_comes_back_but_for_line_ends_and_nul(text: str) -> None:
    back = content(read(compose(HEADERS, text)))
    plain = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    assert back == plain + ("\n" if plain and not plain.endswith("\n") else "")


def test_the_same_arguments_give_the_same_octets() -> None:
    arguments = (HEADERS, "Tēnā\n", "<p>x</p>", (Attachment(MESSAGE, POST),))
    assert compose(*arguments) == compose(*arguments)


@pytest.mark.parametrize(
    "change",
    [{"date": b"x"}, {"Content-Type": b"text/html"}, {"MIME-Version": b"1.0"}, {"Bad Name": "x"}, {"A:\r\nB": "x"}],
)
def test_headers_that_cannot_be(change: dict[str, HeaderValue]) -> None:
    with pytest.raises(ValueError, match="cannot"):
        compose(HEADERS | change, "x")


@pytest.mark.parametrize("name", ["From", "Date", "Message-ID"])
def test_headers_that_must_be(name: str) -> None:
    with pytest.raises(ValueError, match=f"needs {name.lower()}"):
        compose({key: value for key, value in HEADERS.items() if key != name}, "x")
