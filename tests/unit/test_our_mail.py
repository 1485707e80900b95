"""Copies of our own mail: what was composed, octet by octet, under the one field that is a recipient's own."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from listserv.mail.compose import HeaderValue, compose
from listserv.mail.listaddress import ListAddresses
from listserv.mail.token import SIGN_IN_LENGTH, sign_in_hole, sign_in_token, verify_sign_in
from listserv.outbound.copy import CopyRecipient, copy_recipient
from listserv.outbound.our_mail import OurMail
from tests.copies import DAY, KEY
from tests.store_site import NOW

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


def filled(octets: bytes, token: bytes) -> bytes:
    """The octets of one reader's copy."""
    copy = made(octets=octets).copy(CopyRecipient("x@lists.example.nz", b"", token))
    return copy.content.partition(b"From:")[2].replace(b"\r\n..", b"\r\n.")


@pytest.mark.parametrize("filler", range(120))
def test_a_hole_is_filled_wherever_a_line_was_broken_in_it(filler: int) -> None:
    """The text is quoted-printable for its ā, and its line is broken at another place of the hole each time."""
    text = f"{'.' * filler}ā https://x.example/sign-in/%s?next=/a/\n.\n%s"
    token = sign_in_token(KEY, 7, DAY)
    headers: dict[str, HeaderValue] = {"From": "a@b.example", "Date": NOW, "Message-ID": b"<1@b.example>"}
    octets = compose(headers, text % (HOLE.decode(), HOLE.decode()), f"<p>{text % (HOLE.decode(), '')}</p>")
    message = message_from_bytes(b"From:" + filled(octets, token.encode()), policy=policy.SMTP)
    plain, html = message.iter_parts()
    assert isinstance(plain, EmailMessage) and isinstance(html, EmailMessage)
    assert plain.get_content().replace("\r\n", "\n") == text % (token, token) + "\n"
    assert html.get_content().replace("\r\n", "\n") == f"<p>{text % (token, '')}</p>\n"
    assert max(map(len, message.as_bytes().split(b"\r\n"))) <= 78


def test_two_readers_copies_differ_in_nothing_but_their_tokens() -> None:
    octets = OCTETS + b"x/" + HOLE[:9] + b"=\r\n" + HOLE[9:] + b"\r\n." + HOLE + b"\r\n"
    tokens = [sign_in_token(KEY, number, DAY).encode() for number in (1, 2)]
    one, other = (filled(octets, token).replace(b"=\r\n", b"") for token in tokens)
    assert one != other and one.replace(tokens[0], tokens[1]) == other
    assert HOLE not in one and one.count(tokens[0]) == 2


def test_what_waits_for_a_readers_token_never_goes_to_many() -> None:
    assert not made().is_personal
    mail = made(octets=OCTETS + HOLE)
    assert mail.is_personal
    with pytest.raises(ValueError):
        mail.neutral()


def test_a_token_of_another_key_is_no_hole() -> None:
    assert not made(octets=OCTETS + sign_in_hole(b"x" * 32).encode()).is_personal


def test_a_hole_signs_nobody_in() -> None:
    assert len(HOLE) == SIGN_IN_LENGTH
    assert verify_sign_in(KEY, HOLE.decode(), DAY) is None


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
