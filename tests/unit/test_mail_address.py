"""What is an address, when two are one, and how a field of them is read: never as somebody else's."""

from __future__ import annotations

import pytest

from listserv.mail.address import Mailbox, address_key, format_mailbox, valid_address
from listserv.mail.addresslist import parse_mailboxes

L64 = "l" * 64


@pytest.mark.parametrize(
    "address",
    [
        "jo@example.nz", "jo+tag@example.nz", "jo.smith@sub.example.nz", "o'neil@example.nz", "a@b", "jo@localhost",
        "jo@sender_domain.nz", "JO@EXAMPLE.NZ", '"jo"@example.nz', '"a..b"@example.nz', "jo@[192.0.2.1]",
        "jo@[IPv6:2001:db8::1]", "jörg@example.nz", "jo@mächine.example", "用户@例子.广告", "tē@māori.nz",
        f"{L64}@example.nz", "jo@" + "a" * 63 + ".nz", "jo@xn--mori-qsa.nz", "!#$%&'*+/=?^_`{|}~-@example.nz",
    ],
)  # fmt: skip
def test_valid(address: str) -> None:
    assert valid_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "", "jo", "@", "jo@", "@example.nz", "jo smith@example.nz", "jo@exa mple.nz", "jo@@example.nz", "a@b@c.nz",
        "jo@example..nz", "jo@.nz", "jo@nz.", "jo@-a.nz", "jo@a-.nz", ".jo@example.nz", "jo.@example.nz", "a..b@c.nz",
        "jo@example.nz\n", "jo\x00@example.nz", "jo\r\n@example.nz", "jo@example.nz>", "<jo@example.nz",
        "jo,@example.nz", "jo(a)@example.nz", "jo:@example.nz", "jo;@example.nz", "jo\\@example.nz", '"jo@example.nz',
        '""@example.nz',
        '"a b"@example.nz', "jo@1.2.3.4", "jo@[999]", "jo@[192.0.2.1", "jo@example.nz\u2028", "jo@exam\u200bple.nz",
        "jo@例子。广告", "jo\u00a0@example.nz", "jo@example.n\u202ez", f"l{L64}@example.nz", "jo@" + "a" * 64 + ".nz",
        "jo@" + "a." * 130 + "nz", "ā" * 33 + "@example.nz", "\ud800@example.nz", "jo@" + "ā" * 60 + ".nz",
    ],
)  # fmt: skip
def test_not_valid(address: str) -> None:
    assert not valid_address(address)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jo@Example.NZ", "jo@example.nz"),
        ("jo@mācron.nz", "jo@xn--mcron-fwa.nz"),
        ("jo@MĀCRON.nz", "jo@mācron.nz"),
        ("tē@example.nz", "te\u0304@example.nz"),
        ("JÖRG@example.nz", "jörg@example.nz"),
    ],
)
def test_the_same_person(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("jo@faß.example", "jo@fass.example"),
        ("jo@ｅxample.nz", "jo@example.nz"),
        ("jo@exаmple.nz", "jo@example.nz"),
        ("jo.smith@example.nz", "josmith@example.nz"),
        ("jo+a@example.nz", "jo@example.nz"),
    ],
)
def test_not_the_same_person(one: str, other: str) -> None:
    assert address_key(one) != address_key(other)


def test_the_parts_of_a_mailbox() -> None:
    mailbox = Mailbox("Jo", "Jo@Example.nz")
    assert (mailbox.local, mailbox.domain, mailbox.key) == ("Jo", "Example.nz", "jo@example.nz")


@pytest.mark.parametrize(
    ("field", "name", "address"),
    [
        ("jo@example.nz", "", "jo@example.nz"),
        ("<jo@example.nz>", "", "jo@example.nz"),
        ("Jo Smith <jo@example.nz>", "Jo Smith", "jo@example.nz"),
        ('"Smith, Jo" <jo@example.nz>', "Smith, Jo", "jo@example.nz"),
        ('"A \\"B\\" C" <jo@example.nz>', 'A "B" C', "jo@example.nz"),
        ("jo@example.nz (Jo Smith)", "Jo Smith", "jo@example.nz"),
        ("Jo (a (nested) one) <jo@example.nz>", "Jo", "jo@example.nz"),
        ("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "Pete", "pete@silly.test"),
        ("Jo. Q. Public <jo@example.nz>", "Jo. Q. Public", "jo@example.nz"),
        ('First "M." Last <jo@example.nz> (Comment)', "First M. Last", "jo@example.nz"),
        ("Smith, Jo <jo@example.nz>", "Smith, Jo", "jo@example.nz"),
        ("=?utf-8?q?Smith=2C_J=C5=8D?= <jo@example.nz>", "Smith, Jō", "jo@example.nz"),
        ('"=?utf-8?q?J=C5=8D?=" <jo@example.nz>', "Jō", "jo@example.nz"),
        ("=?utf-8?q?=3Ceve=40evil.example=3E=2C?= <jo@example.nz>", "<eve@evil.example>,", "jo@example.nz"),
        ('"eve@evil.example" <jo@example.nz>', "eve@evil.example", "jo@example.nz"),
        ("jo@example.nz <JO@example.nz>", "jo@example.nz", "JO@example.nz"),
        ("Jo [staff] <jo@example.nz>", "Jo [staff]", "jo@example.nz"),
        ("<@a.nz,@b.nz:jo@example.nz>", "", "jo@example.nz"),
        ("jo . smith @ example . nz", "", "jo.smith@example.nz"),
        ('"jo"@example.nz', "", "jo@example.nz"),
        ("Staff: Jo <jo@example.nz>;", "Jo", "jo@example.nz"),
        ("Jo <jo@example.nz>,", "Jo", "jo@example.nz"),
        ("Jo <jo@example.nz", "Jo", "jo@example.nz"),
        ("Jō <jō@māori.nz>", "Jō", "jō@māori.nz"),
        ("(jo) <jo@example.nz>", "jo", "jo@example.nz"),
        ("Jo\x85\u2028Smith <jo@example.nz>", "Jo Smith", "jo@example.nz"),
        ("jo@[192.0.2.1]", "", "jo@[192.0.2.1]"),
    ],
)
def test_one_mailbox(field: str, name: str, address: str) -> None:
    assert parse_mailboxes(field) == ((Mailbox(name, address),), True)


@pytest.mark.parametrize(
    "field",
    [
        "member(<eve@evil.example>",
        "<member@example.nz>(<eve@evil.example>",
        "member@example.nz)eve@evil.example",
        "member@example.nz <eve@evil.example>",
        "member@example.nz, <eve@evil.example",
        '"member@example.nz" <eve@evil.example> <member@example.nz>',
        '"Jo" <jo@example.nz>:<eve@evil.example>',
        "<member@example.nz> eve@evil.example",
        "<member@example.nz><eve@evil.example>",
        "member@example.nz\neve@evil.example",
        "member@example.nz@evil.example",
        "<member@example.nz@evil.example>",
        '"member@example.nz <eve@evil.example>',
        "[member@example.nz] eve",
        "member@example.nz[eve@evil.example]",
        "member@example.nz\\, <eve@evil.example>",
        "<member@example.nz,eve@evil.example>",
        "member @example.nz eve@evil.example",
        "a" + "(" * 30 + ")" * 30 + "<eve@evil.example>",
        "<member @ example.nz eve>",
        "eve\x00@evil.example",
        "<eve@evil.example\x00>",
        "",
        "<>",
        "Jo Smith",
        "undisclosed-recipients:;",
        "jo@example.nz.",
    ],
)
def test_what_could_be_read_as_somebody_else_is_nobody(field: str) -> None:
    mailboxes, ok = parse_mailboxes(field)
    assert not ok or len(mailboxes) != 1


def test_lists_and_groups() -> None:
    field = (
        "A Group:Ed <ed@example.nz>,joe@example.nz,\r\n John <john@example.nz>;, Ann <ann@example.nz>; bob@example.nz"
    )
    mailboxes, ok = parse_mailboxes(field)
    assert ok
    assert [mailbox.local for mailbox in mailboxes] == ["ed", "joe", "john", "ann", "bob"]


def test_the_good_ones_of_a_broken_list_are_kept() -> None:
    mailboxes, ok = parse_mailboxes("jo@example.nz, not an address at all@, ann@example.nz")
    assert not ok
    assert [mailbox.local for mailbox in mailboxes] == ["jo", "ann"]


def test_raw_octets() -> None:
    assert parse_mailboxes("Jō <jō@example.nz>".encode()) == ((Mailbox("Jō", "jō@example.nz"),), True)
    assert parse_mailboxes(b"Andr\xe9 <a@example.nz>") == ((Mailbox("André", "a@example.nz"),), True)
    assert parse_mailboxes("Фёдор <f@example.nz>".encode("koi8-r"), "koi8-r")[0][0].name == "Фёдор"
    assert parse_mailboxes(b"<andr\xe9@example.nz>") == ((), False)
    assert parse_mailboxes("Jō <member@example.nz\x00.evil.example>".encode()) == ((), False)


def test_a_long_list_is_cut_and_says_so() -> None:
    mailboxes, ok = parse_mailboxes(", ".join(f"p{n}@b.nz" for n in range(6_000)))
    assert (len(mailboxes), ok) == (5_000, False)


@pytest.mark.parametrize(
    ("name", "address", "written"),
    [
        ("", "jo@example.nz", b"jo@example.nz"),
        ("Jo", "jo@example.nz", b"Jo <jo@example.nz>"),
        ("Smith, Jo", "jo@example.nz", b'"Smith, Jo" <jo@example.nz>'),
        ("Jō", "jo@example.nz", b"=?utf-8?b?SsWN?= <jo@example.nz>"),
        ("Jo\r\nBcc: x@y.nz", "jo@example.nz", b'"Jo  Bcc: x@y.nz" <jo@example.nz>'),
        ("", "jo@mācron.nz", b"jo@xn--mcron-fwa.nz"),
        ("", "jō@example.nz", "jō@example.nz".encode()),
        ("Jo", "jo@example.nz>\r\nBcc: x@y.nz", b"Jo:;"),
        ("", "", b"undisclosed:;"),
    ],
)
def test_writing(name: str, address: str, written: bytes) -> None:
    assert format_mailbox(name, address) == written
