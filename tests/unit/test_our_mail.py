"""Copies of our own mail: what was composed, octet by octet, under the one field that is a recipient's own."""

from __future__ import annotations

import pytest

from listserv.mail.listaddress import ListAddresses
from listserv.mail.token import sign_in_hole
from listserv.outbound.copy import copy_recipient
from listserv.outbound.our_mail import OurMail
from tests.copies import DAY, KEY

OCTETS = b"From: a@b.example\r\n\r\nOne\r\n.\r\n..two\r\n"
HOLE = sign_in_hole(KEY).encode()
ENGLISH = ListAddresses("english", "lists.example.nz")


def made(base_url: str = "https://lists.example.nz", octets: bytes = OCTETS) -> OurMail:
    return OurMail(octets, ENGLISH, base_url, HOLE)


def test_a_personal_copy_has_its_own_link_and_return_path() -> None:
    one, other = (made().copy(copy_recipient(KEY, ENGLISH, number, DAY)) for number in (1, 2))
    assert one.return_path != other.return_path
    assert one.content.count(b"List-Unsubscribe: ") == 1
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in one.content
    assert one.content.split(b"\r\n")[0] != other.content.split(b"\r\n")[0]
    assert one.content.partition(b"From:")[2] == other.content.partition(b"From:")[2]


def test_a_neutral_copy_promises_no_single_click() -> None:
    copy = made().neutral()
    assert copy.return_path == "english-bounces@lists.example.nz"
    assert b"List-Unsubscribe: " in copy.content and b"One-Click" not in copy.content


def test_without_a_web_there_is_only_the_address() -> None:
    copy = made("").copy(copy_recipient(KEY, ENGLISH, 1, DAY))
    assert copy.content.startswith(b"List-Unsubscribe: <mailto:english-leave@lists.example.nz>\r\nFrom:")


def test_lines_that_begin_with_a_dot_are_stuffed() -> None:
    copy = made().neutral()
    assert copy.stuffed
    assert copy.content.replace(b"\r\n..", b"\r\n.").endswith(OCTETS)
    assert copy.content.endswith(b"One\r\n..\r\n...two\r\n")


@pytest.mark.parametrize(("octets", "eight_bit"), [(OCTETS, False), (OCTETS + "ā\r\n".encode(), True)])
def test_octets_above_ascii_are_declared(octets: bytes, eight_bit: bool) -> None:
    assert made(octets=octets).neutral().eight_bit is eight_bit
