"""What holds for any octets and any text: no exception, no injection, exact offsets, exact round trips."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from listserv.mail.address import Mailbox, address_key, format_mailbox, valid_address
from listserv.mail.addresslist import parse_mailboxes
from listserv.mail.bounds import Bounds, check_bounds
from listserv.mail.charsets import decode, nfc
from listserv.mail.dates import parse_date
from listserv.mail.fields import cut_message_head
from listserv.mail.ids import make_message_id, ordered_references, read_ids
from listserv.mail.mbox import read_mbox, write_mbox_entry
from listserv.mail.mime import Part
from listserv.mail.params import parse_parameters, safe_file_name
from listserv.mail.parse import parse
from listserv.mail.subject import base_subject
from listserv.mail.transfer import decode_transfer
from listserv.mail.words import decode_words, encode_phrase, encode_text, fold_field, header_text

PIECES = st.sampled_from(
    [
        b"From: ", b"from : ", b"Subject: ", b"References: ", b"In-Reply-To: ", b"Date: ", b"Message-ID: ",
        b"List-Id: ",
        b"Content-Type: multipart/mixed; boundary=b", b"Content-Type: message/rfc822", b"Content-Type: text/plain",
        b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable", b"Thread-Index: AAAA",
        b"Content-Disposition: attachment; filename*0*=utf-8''%c4%81", b"\r\n", b"\r\n", b"\r\n\r\n", b"\n", b"\r",
        b" ", b"\t", b"--b", b"--b--", b"\r\n--b\r\n", b"<", b">", b"@", b",", b";", b":", b'"', b"(", b")", b"\\",
        b"[",
        b"]", b"=?utf-8?q?", b"=?gb2312?b?", b"?=", b"=", b"\x00", b"\xff", b"\xc4\x81", b"a@b.nz", b"<1@b.nz>",
        b"Mon, 12 Oct 2026 09:00:00 +1300", b"-----BEGIN PGP MESSAGE-----", b"charset=iso-2022-jp", b"\x1b$B",
        b"From ", b">From ", b"begin 644 a", b"S2lh",
    ]
)  # fmt: skip
MAILS = st.lists(st.one_of(PIECES, st.binary(max_size=8)), max_size=40).map(b"".join)
TEXTS = st.text(st.characters(exclude_categories=()), max_size=80)
CHARSETS = st.one_of(
    st.none(),
    st.sampled_from(["utf-8", "utf-16", "iso-2022-jp", "hz", "gb2312", "big5", "koi8-r", "iso-8859-1", "johab"]),
    st.text(max_size=10),
)
LINE_BREAKS = set("\r\n\x00\x0b\x0c\x85\u2028\u2029")


@given(MAILS)
def test_any_octets_are_a_message(octets: bytes) -> None:
    message = parse(octets)
    check_bounds(octets, Bounds())
    _ = message.authors, message.date, message.thread_index, message.defects, message.is_signed_or_encrypted
    assert (message.author is None) is any(
        d in message.defects for d in ("no_from", "two_from", "many_authors", "bad_from")
    )
    assert message.message_id not in message.references
    assert len(set(message.references)) == len(message.references)
    for text in (message.subject, message.header("from") or "", *message.references, *message.list_ids):
        assert not LINE_BREAKS & set(text)
    for mailbox in message.authors:
        assert valid_address(mailbox.address)
        assert not LINE_BREAKS & set(mailbox.name)


@given(MAILS)
def test_reading_twice_gives_the_same(octets: bytes) -> None:
    one, other = parse(octets), parse(bytes(bytearray(octets)))
    assert (one.author, one.references, one.defects, one.body_hash) == (
        other.author,
        other.references,
        other.defects,
        other.body_hash,
    )
    assert [part.text() for part in one.root.walk()] == [part.text() for part in other.root.walk()]


@given(MAILS)
def test_fields_are_windows_in_order(octets: bytes) -> None:
    head = cut_message_head(octets)
    assert 0 <= head.start <= head.end <= head.body_start <= len(octets)
    at = head.start
    for field in head.fields:
        assert at <= field.start < field.end <= head.end
        assert octets[field.start : field.end].startswith(field.name)
        assert octets[field.start : field.end].rstrip(b"\r\n").endswith(field.value)
        at = field.end


def _nested_well(part: Part) -> None:
    assert part.header_start <= part.body_start <= part.body_end
    at = part.body_start
    for child in part.children:
        assert at <= child.header_start
        assert child.body_end <= part.body_end
        at = child.body_end
        _nested_well(child)


@given(MAILS)
def test_parts_are_windows_inside_one_another(octets: bytes) -> None:
    root = parse(octets).root
    _nested_well(root)
    assert root.body_end == len(octets)
    for part in root.walk():
        assert len(part.decoded()) <= len(part.body())
        assert "\x00" not in part.text()
        assert "\r" not in part.text()


@given(MAILS)
def test_line_ends_do_not_matter(octets: bytes) -> None:
    plain = octets.replace(b"\r", b"")
    one, other = parse(plain), parse(plain.replace(b"\n", b"\r\n"))
    assert (one.authors, one.references, one.subject, one.date) == (
        other.authors,
        other.references,
        other.subject,
        other.date,
    )
    assert one.body_hash == other.body_hash
    assert [part.content_type for part in one.root.walk()] == [part.content_type for part in other.root.walk()]


@given(TEXTS)
def test_what_we_write_as_text_is_read_as_it_was(text: str) -> None:
    field = fold_field("Subject", text)
    assert field.endswith(b"\r\n")
    assert not {*b"\r\n"} & {*field.replace(b"\r\n", b"")}
    assert [entry.name for entry in cut_message_head(field + b"\r\n").fields] == [b"Subject"]
    wanted = " ".join(decode_words(encode_text(text).decode()).split())
    assert " ".join(header_text(field[8:]).split()) == wanted
    assert all(len(line) <= 78 or b" " not in line.strip() for line in field.split(b"\r\n")[1:])


@given(st.text(st.characters(exclude_categories=("C", "Z")), max_size=60))
def test_printable_text_survives_exactly(text: str) -> None:
    assert decode_words(encode_text(text).decode()) == nfc(text)
    assert decode_words(fold_field("Subject", text)[9:].decode().replace("\r\n", "")) == nfc(text)


@given(TEXTS, TEXTS)
def test_what_we_write_as_mailbox_is_one_or_none(name: str, address: str) -> None:
    written = format_mailbox(name, address)
    assert not LINE_BREAKS & set(written.decode())
    mailboxes, _ = parse_mailboxes(written)
    assert [mailbox.key for mailbox in mailboxes] == ([address_key(address)] if valid_address(address) else [])


@given(TEXTS)
def test_a_name_stays_a_name(name: str) -> None:
    written = format_mailbox(name, "jo@example.nz")
    [mailbox], ok = parse_mailboxes(written)
    assert ok
    assert mailbox.address == "jo@example.nz"
    assert len(encode_phrase(name).splitlines()) <= 1


@given(st.one_of(TEXTS, st.text('ab@.<>()"\\,;:[] ', max_size=40)))
def test_an_address_field_is_never_read_as_what_it_does_not_hold(field: str) -> None:
    mailboxes, _ = parse_mailboxes(field)
    for mailbox in mailboxes:
        assert valid_address(mailbox.address)
        squeezed = "".join(letter for letter in field if letter not in ' \t\r\n"\\')
        local = mailbox.local.replace('"', "").replace("\\", "")
        assert local.split(".")[0] in squeezed
        assert mailbox.domain.split(".")[0] in squeezed


@given(st.one_of(st.emails(), st.from_regex(r"\A[a-zA-Zāēīōū.]{1,10}@[a-zāōß]{1,8}\.nz\Z")))
def test_a_key_is_its_own_key(address: str) -> None:
    if valid_address(address):
        key = address_key(address)
        assert address_key(key) == key
        assert Mailbox("", address).key == key
        assert address_key(address.swapcase().lower()) == address_key(address.lower()) or "ß" in address


@given(st.binary(max_size=60), CHARSETS)
def test_any_octets_are_text(octets: bytes, charset: str | None) -> None:
    text = decode(octets, charset)
    assert "\x00" not in text
    assert text.encode("utf-8").decode("utf-8") == text


@given(st.binary(max_size=200), st.sampled_from(["base64", "quoted-printable", "x-uuencode", "7bit", "x"]))
def test_any_octets_are_decoded_and_never_grow(octets: bytes, encoding: str) -> None:
    assert len(decode_transfer(octets, encoding)) <= len(octets)
    assert len(decode_transfer(b"begin 644 a\n" + octets, encoding)) <= len(octets) + 12


@given(TEXTS)
def test_small_readers_take_any_text(text: str) -> None:
    parse_date(text)
    assert "\n" not in decode_words(text)
    parse_parameters(text.encode("utf-8", "replace"))
    for token in read_ids(text):
        assert token
        assert not token.isspace()
    made = make_message_id(text, text)
    assert read_ids(f"<{made}>") == [made]
    name = safe_file_name(text)
    assert name is None or (not set("/\\\r\n\x00") & set(name) and name not in (".", ".."))


@given(st.text(max_size=60), st.integers(0, 3))
def test_the_base_subject_is_a_fixed_point(text: str, marks: int) -> None:
    base = base_subject("Re: " * marks + text)
    assert base_subject(base.text).text == base.text
    assert base_subject("Re: " + text).has_reply_prefix
    assert base_subject("Fwd: " + text).is_forward


@given(st.lists(st.sampled_from("abcdef"), max_size=12), st.lists(st.sampled_from("abcdefg"), max_size=3))
def test_references_are_each_once_and_end_with_the_parent(references: list[str], in_reply_to: list[str]) -> None:
    ordered = ordered_references(references, in_reply_to)
    assert sorted(ordered) == sorted({*references, *in_reply_to})
    if in_reply_to and in_reply_to[0] not in references:
        assert ordered[-1] == in_reply_to[0]
    elif references and set(in_reply_to) <= set(references):
        assert ordered[-1] == references[-1]


LINES = st.lists(
    st.one_of(
        st.sampled_from([b"", b"From a", b">From b", b">>From ", b">", b"From", b"\x00\xff"]), st.binary(max_size=6)
    )
)
MESSAGES = LINES.map(lambda lines: b"".join(line.replace(b"\r", b"").replace(b"\n", b"") + b"\r\n" for line in lines))


@given(st.lists(MESSAGES, max_size=5), st.sampled_from([1, 3, 7, 10_000]), st.booleans())
def test_mbox_there_and_back(messages: list[bytes], size: int, crlf: bool) -> None:
    when = datetime(2026, 10, 12, tzinfo=UTC)
    octets = b"".join(write_mbox_entry(message, "jo@example.nz", when) for message in messages)
    if crlf:
        octets = octets.replace(b"\n", b"\r\n")
    assert list(read_mbox(octets[at : at + size] for at in range(0, len(octets), size))) == messages


@given(st.lists(st.binary(max_size=20), max_size=20))
def test_any_file_is_an_mbox(blocks: list[bytes]) -> None:
    for message in read_mbox([b"From a\n", *blocks]):
        assert message.count(b"\n") == message.count(b"\r\n")
