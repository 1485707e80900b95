"""Authors in the text archives of Mailman 2, whose addresses are hidden; no mail that comes in has such an author."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from listserv.mail.address import Mailbox
from listserv.mail.mbox import read_mbox
from listserv.mail.parse import Message, parse
from listserv.mail.pipermail import archived_author


def from_field(value: str) -> Message:
    return parse(f"From: {value}\r\nSubject: x\r\n\r\nKia ora\r\n".encode())


@pytest.mark.parametrize(
    ("value", "name", "address"),
    [
        ("mere at school.nz (Mere Ngata)", "Mere Ngata", "mere@school.nz"),
        ("m.k+x at a-b.school.nz (=?UTF-8?B?TcSBaW5h?=)", "Māina", "m.k+x@a-b.school.nz"),
        ("mere at school.nz (Mere (Year 5) Ngata)", "Mere (Year 5) Ngata", "mere@school.nz"),
        ("mere at school.nz\r\n (Mere\r\n Ngata)", "Mere Ngata", "mere@school.nz"),
        ("mere at school.nz", "", "mere@school.nz"),
        ("mere at school.nz ()", "", "mere@school.nz"),
        ("mere at school.nz (mere at school.nz)", "", "mere@school.nz"),
        ("mere at school.nz (mere@school.nz)", "", "mere@school.nz"),
        ("Mere Ngata <mere@school.nz>", "Mere Ngata", "mere@school.nz"),
    ],
)
def test_whose_it_is(value: str, name: str, address: str) -> None:
    assert archived_author(from_field(value)) == Mailbox(name, address)


@pytest.mark.parametrize(
    "value",
    ["at school", "Mere at home", "me at once (x)", "a at b at school.nz", "a@b.nz at school.nz", ". at x.nz", ""],
)
def test_what_names_nobody(value: str) -> None:
    assert archived_author(from_field(value)) is None


def test_mail_that_comes_in_has_no_such_author() -> None:
    assert from_field("mere at school.nz (Mere Ngata)").author is None


def test_two_fields_name_nobody() -> None:
    field = b"From: mere at school.nz (Mere)\r\n"
    assert archived_author(parse(2 * field + b"Subject: x\r\n\r\ny\r\n")) is None


def test_every_author_of_an_archive(corpus: Path) -> None:
    (path,) = (corpus / "archive").glob("pipermail-*.xz")
    with lzma.open(path) as file:
        authors = [archived_author(parse(octets)) for octets in read_mbox(file)]
    assert len(authors) > 150
    assert all(author is not None and author.name for author in authors)
