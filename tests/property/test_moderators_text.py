"""What strangers and moderators write never raises, and a name or an address never gets through."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from listserv.inbound.moderators.nameless import of_forward, of_post
from listserv.inbound.moderators.orders import Act, order_of, read_order
from listserv.mail.parse import parse

TODAY = date(2026, 11, 16)
WORDS = st.sampled_from(
    [
        "yes",
        "no",
        "reject",
        "reject:",
        "hold",
        "this",
        "member",
        "until",
        "1",
        "December",
        "everything",
        "but",
        ",",
        "āe",
    ]
)
NAMES = st.text("AĀBEĒHIKMNOŌPRTUŪWaābeēhikmnoōprtuūw", min_size=3, max_size=12)


@given(st.binary(max_size=2000))
def test_no_octets_raise(octets: bytes) -> None:
    message = parse(octets)
    read_order(message, TODAY)
    of_post(message)
    of_forward(message)


@given(st.lists(WORDS, min_size=1, max_size=8))
def test_a_line_with_more_than_one_order_in_it_is_none(words: list[str]) -> None:
    found = order_of(" ".join(words), TODAY)
    if found is not None and found.act in (Act.APPROVE, Act.DISCARD, Act.BAN):
        assert [word for word in words if word != ","] in (["yes"], ["āe"])


@given(NAMES, NAMES, st.text("abc \n.,", max_size=60))
def test_a_name_never_gets_through(given_name: str, family: str, text: str) -> None:
    given_name, family = given_name.capitalize(), family.capitalize()
    octets = (
        f"From: {given_name} {family} <x@kura.example>\nSubject: {family}?\n"
        "Content-Type: text/plain; charset=utf-8\n\n"
        f"Kia ora, {text} I am {given_name} {family.upper()}, x@kura.example. What next?\n"
    ).encode()
    found = of_post(parse(octets))
    words = found.text.replace(",", " ").replace(".", " ").split() + found.subject.split("?")
    assert not {given_name, family, family.upper(), "x@kura"} & set(words)
