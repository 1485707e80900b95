"""Where a message out of a mailbox goes and who hears of it, as its header shows; and the addresses of that mode."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.config import load_settings
from listserv.errors import ConfigError
from listserv.inbound.imap_envelope import NO_RETURN_PATH, RECIPIENTS, envelope_of, return_path, with_crlf
from listserv.inbound.route import Route, ToFunction, ToList, ToPostmaster, route
from listserv.mail.listaddress import ListAddresses, Purpose
from listserv.mail.parse import parse
from listserv.mail.token import sign_reply
from listserv.model.lists import ListSettings, MailList
from tests.copies import context, mail_list

DOMAIN = "provider.example"
KEY = bytes(32)
LEAST = '[site]\ndomain = "lists.example.nz"\n[relay]\ndirectory = "outbox"\n'


def recipients(head: str, box: str | None = "box") -> tuple[str, ...]:
    return envelope_of(parse(f"{head}\r\n\r\n".encode()), box, DOMAIN, "lists.example.nz").recipients


def test_every_field_that_may_name_a_list_is_read() -> None:
    head = "\r\n".join(
        f"{name}: box+l{place}@provider.example"
        for place, name in enumerate(
            ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "Resent-To")
        )
    )
    assert set(recipients(head)) == {f"box+l{place}@provider.example" for place in range(7)}


def test_what_the_server_noted_comes_first_and_nothing_twice() -> None:
    head = (
        "To: Box+English@Provider.Example, box+maths@provider.example\r\nDelivered-To: box+english-r-x@provider.example"
    )
    assert recipients(head) == (
        "box+english-r-x@provider.example",
        "box+english@provider.example",
        "box+maths@provider.example",
    )


def test_strangers_at_the_same_provider_are_not_ours() -> None:
    head = "To: english@provider.example, postmaster@provider.example, box@provider.example, boxer+x@provider.example"
    assert recipients(head) == ()
    assert "english@provider.example" in recipients(head, box=None)


def test_a_domain_of_ones_own_counts_in_both_modes() -> None:
    assert recipients("To: english@lists.example.nz") == ("english@lists.example.nz",)


def test_recipients_are_bounded() -> None:
    head = "To: " + ",\r\n ".join(f"box+l{number}@provider.example" for number in range(3_000))
    assert len(recipients(head)) == RECIPIENTS


@pytest.mark.parametrize("ours", ["box+english@provider.example", "english@lists.example.nz"])
def test_a_crowd_in_to_hides_no_list_in_cc(ours: str) -> None:
    head = "To: " + ",\r\n ".join(f"p{number}@school.example" for number in range(200)) + f"\r\nCc: {ours}"
    assert recipients(head)[:2] == (ours, "p0@school.example")
    assert len(recipients(head)) == RECIPIENTS


@pytest.mark.parametrize(
    ("head", "path"),
    [
        ("Return-Path: <mere@school.example>\r\nFrom: x@y.example", "mere@school.example"),
        ("Return-Path: mere@school.example\r\nFrom: x@y.example", "mere@school.example"),
        ("Return-Path: <>\r\nFrom: x@y.example", ""),
        ("Return-Path: < >\r\nFrom: x@y.example", ""),
        ("Return-Path: <a@b.example>\r\nReturn-Path: <forged@c.example>\r\nFrom: x@y.example", "a@b.example"),
        ("Return-Path: <no address>\r\nFrom: x@y.example", "x@y.example"),
        ("From: Mere <mere@school.example>", "mere@school.example"),
        ("Subject: nobody", NO_RETURN_PATH),
    ],
)
def test_the_return_path(head: str, path: str) -> None:
    assert return_path(parse(f"{head}\r\n\r\n".encode())) == path


@given(st.binary(max_size=400))
def test_any_octets_have_an_envelope(octets: bytes) -> None:
    envelope = envelope_of(parse(with_crlf(octets)), "box", DOMAIN, "lists.example.nz")
    assert envelope.protocol == "imap"
    assert all("@" in address for address in envelope.recipients)


@given(st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\r\n", b".", b"\x00\xff"]), max_size=40))
def test_line_ends_are_crlf_and_nothing_else_changes(pieces: list[bytes]) -> None:
    octets = b"".join(pieces)
    made = with_crlf(octets)
    assert made.count(b"\r\n") == made.count(b"\n") == made.count(b"\r")
    assert made.replace(b"\r\n", b"") == octets.replace(b"\r", b"").replace(b"\n", b"")
    assert with_crlf(made) is made


def known(name: str, domain: str) -> MailList | None:
    there = (name, domain) in {("english", DOMAIN), ("maths", "lists.example.nz")}
    return MailList(1, 1, name, domain, name, "", ListSettings(), 1) if there else None


def routed(address: str, mailbox: str = f"box@{DOMAIN}") -> Route | None:
    return route(address, known, frozenset({DOMAIN, "lists.example.nz"}), KEY, lambda *_: False, mailbox)


def test_addresses_behind_the_mailbox_are_routed() -> None:
    token = sign_reply(KEY, "english", 42)
    assert isinstance(routed(f"box+english@{DOMAIN}"), ToList)
    assert isinstance(routed(f"BOX+English-Leave@{DOMAIN}"), ToFunction)
    found = routed(f"box+english-r-{token}@{DOMAIN}")
    assert isinstance(found, ToList) and found.thread_id == 42
    assert routed(f"box+english-r-{token[:-1]}a@{DOMAIN}") is None or token.endswith("a")
    assert routed(f"box+nothing@{DOMAIN}") is None
    assert routed("box+english@elsewhere.example") is None
    assert routed(f"box+english@{DOMAIN}", mailbox="") is None


def test_other_addresses_are_routed_as_without_a_mailbox() -> None:
    assert isinstance(routed(f"english@{DOMAIN}"), ToList)
    assert isinstance(routed("maths@lists.example.nz"), ToList)
    assert isinstance(routed("postmaster@lists.example.nz"), ToPostmaster)


def test_a_reply_address_that_does_not_fit_is_the_lists_own() -> None:
    box = "professional-learning-grps"
    long = context(mail_list("a" * 24), box=box)
    assert not ListAddresses("a" * 24, DOMAIN, box).has_room_for_reply
    assert long.reply_address == f"{box}+{'a' * 24}@lists.example.nz"
    assert context(mail_list("english"), box=box).reply_address.startswith(f"{box}+english-r-")
    for purpose in (Purpose.POST, Purpose.OWNER, Purpose.LEAVE, Purpose.BOUNCES):
        assert long.addresses.of(purpose)


@pytest.mark.parametrize(
    ("imap", "mailbox", "box"),
    [
        ("", "", None),
        ('host = "h.example"\nusername = "Box@Provider.Example"', "box@provider.example", None),
        ('host = "h.example"\nusername = "box"', "box@lists.example.nz", "box"),
        ('host = "h.example"\nusername = "u7"\naddress = "plg@lists.example.nz"', "plg@lists.example.nz", "plg"),
        ('host = "h.example"\nusername = "box"\naddressing = "domain"', "box@lists.example.nz", None),
    ],
)
def test_which_lists_are_in_mailbox_mode(imap: str, mailbox: str, box: str | None, tmp_path: Path) -> None:
    file = tmp_path / "listserv.toml"
    file.write_text(f"{LEAST}[imap]\n{imap}\n", "utf-8")
    settings = load_settings(file, {})
    assert settings.mailbox == mailbox
    assert settings.box("lists.example.nz") == box
    assert settings.box("elsewhere.example") is None


@pytest.mark.parametrize(
    ("imap", "said"),
    [
        (f'username = "{"b" * 27}@h.example"', "imap.username"),
        (f'username = "u7"\naddress = "{"b" * 27}@h.example"', "imap.address"),
        ('username = "mōkihi@h.example"', "no address of a list fits"),
        ('username = "box@h.example"\nsecurity = "none"', "in clear"),
    ],
)
def test_a_mailbox_that_cannot_serve_is_said_at_once(imap: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "listserv.toml"
    file.write_text(f'{LEAST}[imap]\nhost = "h.example"\n{imap}\n', "utf-8")
    with pytest.raises(ConfigError, match=said):
        load_settings(file, {})
