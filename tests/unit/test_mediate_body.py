"""The body of a copy: where the footer stands, in which octets, and where none may stand."""

from __future__ import annotations

import base64
import timeit
from binascii import a2b_qp, b2a_qp
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from listserv.mail.footermark import footer_mark, has_footer_mark
from listserv.mail.listaddress import ListAddresses, Purpose
from listserv.mail.splice import append_text, encode_base64, insert_html
from listserv.outbound.footer import render_footer
from listserv.resources import environment
from tests.copies import context, mail_list, personal, unstuffed

REO = context(mail_list("reo", "Te Reo Māori"))
ENGLISH = context(mail_list())
MARK = "_______________ Te Reo Māori"


def post(head: str, body: bytes) -> bytes:
    """A post with these MIME fields and this body."""
    return b"From: a@b.example\r\nMessage-ID: <1@b.example>\r\n" + head.encode() + b"\r\n" + body


def copied(octets: bytes) -> bytes:
    """The copy's octets in the group with a macron in its title."""
    return unstuffed(personal(octets, REO))


def shown(octets: bytes, content_type: str = "text/plain") -> str:
    """The text of the copy's first part of that type, as the standard library decodes it."""
    for part in message_from_bytes(copied(octets)).walk():
        if part.get_content_type() == content_type:
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            return payload.decode(part.get_content_charset("us-ascii"))
    raise AssertionError("no such part")


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "8bit": lambda octets: octets,
    "quoted-printable": b2a_qp,
    "base64": lambda octets: base64.encodebytes(octets).replace(b"\n", b"\r\n"),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("text", ["Kia ora", "Tēnā koe,\r\n= 1\r\n", "ā", "", "ends in space \r\n", ".\r\n.dot"])
def test_the_footer_stands_below_the_text_in_every_encoding(encoding: str, text: str) -> None:
    head = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
    read = shown(post(head, ENCODINGS[encoding](text.encode()))).replace("\r\n", "\n")
    own, mark, words = read.partition(f"\n{MARK}\n")
    assert mark
    assert own.rstrip("\n") == text.replace("\r\n", "\n").rstrip("\n")
    assert "reo-leave@lists.example.nz" in words


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ["</body></html>", "</BODY>\r\n</HTML>\r\n", "</html>", "", "</p>"])
def test_the_footer_stands_before_the_end_of_html(encoding: str, end: str) -> None:
    head = f"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
    html = "<html><body><p>Tēnā koe</p>"
    read = shown(post(head, ENCODINGS[encoding]((html + end).encode())), "text/html")
    own, footer, rest = read.partition("<div lang=")
    assert own.startswith(html)
    assert footer
    assert "</body" not in own.lower()
    assert "</html" not in own.lower()
    assert rest.partition("</div>")[2].strip().endswith("" if end == "</p>" else end.strip())
    assert "M&#257;ori" in read


def test_the_end_of_html_is_found_across_soft_line_breaks() -> None:
    body = b"<p>x</p>=3C=\r\n/bo=\r\ndy></html>"
    made = insert_html(body, "quoted-printable", b"<i>f</i>\r\n")
    assert made is not None
    assert a2b_qp(made) == b"<p>x</p><i>f</i>\r\n</body></html>"


@pytest.mark.parametrize("charset", ["utf-16", "utf-7", "x-user-defined", "rot13", "utf-32le"])
def test_a_charset_in_which_ascii_is_not_itself_gets_no_footer(charset: str) -> None:
    octets = post(f"Content-Type: text/plain; charset={charset}\r\n", b"Kia ora\r\n")
    assert unstuffed(personal(octets, ENGLISH)).endswith(b"\r\n\r\nKia ora\r\n")


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "iso-2022-jp", "gb2312", "x-mac-roman"])
def test_an_english_footer_fits_everywhere_else(charset: str) -> None:
    octets = post(f"Content-Type: text/plain; charset={charset}\r\n", b"Kia ora\r\n")
    assert footer_mark("English Online").encode() in unstuffed(personal(octets, ENGLISH))


def test_letters_are_written_in_the_charset_that_is_declared_not_in_its_superset() -> None:
    octets = post("Content-Type: text/plain; charset=iso-8859-4\r\n", b"Kia ora\r\n")
    assert "_______________ Te Reo Māori".encode("iso-8859-4") in copied(octets)
    latin_1 = post("Content-Type: text/plain; charset=iso-8859-1\r\n", b"Kia ora\r\n")
    curly = context(mail_list(title="Let’s read"))
    assert unstuffed(personal(latin_1, curly)).endswith(b"\r\n\r\nKia ora\r\n")


@pytest.mark.parametrize("body", [b"caf\xe9\r\n", b"\xff\xfe\r\n"], ids=["latin-1", "binary"])
def test_undeclared_letters_are_not_declared_utf_8(body: bytes) -> None:
    assert copied(post("", body)).endswith(b"\r\n\r\n" + body)


@pytest.mark.parametrize("encoding", ["x-uuencode", "binary", "quoted-printable2", "base64"])
def test_an_unknown_or_broken_encoding_is_left_alone(encoding: str) -> None:
    head = f"Content-Type: text/plain\r\nContent-Transfer-Encoding: {encoding}\r\n"
    assert unstuffed(personal(post(head, b"S2lh!b3Jh\r\n"), ENGLISH)).endswith(b"\r\n\r\nS2lh!b3Jh\r\n")


LEFT_ALONE = {
    "signed": ("multipart/signed; boundary=b; protocol=x", b"--b\r\n\r\nhi\r\n--b\r\n\r\nsig\r\n--b--\r\n"),
    "signed inside": (
        "multipart/mixed; boundary=a",
        b"--a\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b\r\n\r\ns\r\n--b--\r\n--a--\r\n",
    ),
    "encrypted": ("multipart/encrypted; boundary=b", b"--b\r\n\r\nhi\r\n--b--\r\n"),
    "inline pgp": ("text/plain", b"-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\nhi\r\n"),
    "opaque": ("application/pkcs7-mime", b"AAAA\r\n"),
    "invitation": (
        "multipart/mixed; boundary=b",
        b"--b\r\n\r\nhi\r\n--b\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n--b--\r\n",
    ),
    "report": ("multipart/report; boundary=b", b"--b\r\n\r\nhi\r\n--b--\r\n"),
    "picture": ("image/png", b"x\r\n"),
    "file": ("text/plain; name=a.txt", b"x\r\n"),
    "no boundary": ("multipart/mixed", b"hi\r\n"),
    "no parts": ("multipart/mixed; boundary=b", b"hi\r\n"),
    "headless part": ("multipart/alternative; boundary=b", b"--b\r\nhi\r\n--b--\r\n"),
    "no blank line": ("multipart/alternative; boundary=b", b"--b\r\nContent-Type: text/plain\r\n--b--\r\n"),
}


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_what_is_left_alone(name: str) -> None:
    content_type, body = LEFT_ALONE[name]
    assert unstuffed(personal(post(f"Content-Type: {content_type}\r\n", body), ENGLISH)).endswith(b"\r\n\r\n" + body)


def test_no_footer_where_the_group_wants_none() -> None:
    of = context(mail_list(footer=False))
    assert of.footer is None
    assert unstuffed(personal(post("", b"Kia ora\r\n"), of)).endswith(b"\r\n\r\nKia ora\r\n")


def test_a_nested_seven_bit_part_becomes_eight_bit_with_all_around_it() -> None:
    seven = b"Content-Transfer-Encoding: 7bit\r\n"
    body = (
        b"--a\r\n" + seven + b"Content-Type: multipart/related; boundary=b\r\n\r\n"
        b"--b\r\n" + seven + b"\r\nKia ora\r\n--b--\r\n--a--\r\n"
    )
    read = copied(post("Content-Type: multipart/mixed; boundary=a\r\n" + seven.decode(), body))
    assert read.count(b"Transfer-Encoding: 8bit") == 3
    assert b"7bit" not in read
    assert (
        b"\r\n--b\r\nContent-Transfer-Encoding: 8bit\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nKia ora\r\n"
        in read
    )


@pytest.mark.parametrize(
    "quoted",
    ["> {}", ">> {}", "{}\r\nA reply goes", "text before {}", "> _______________ Te Reo\r\n> Māori"],
)
def test_a_quoted_footer_is_not_repeated(quoted: str) -> None:
    octets = post("Content-Type: text/plain; charset=utf-8\r\n", f"Yes.\r\n\r\n{quoted.format(MARK)}\r\n".encode())
    assert copied(octets).endswith(octets.partition(b"\r\n\r\n")[2])


def test_another_groups_footer_does_not_count() -> None:
    assert not has_footer_mark("_______________ English Online\n", "Te Reo Māori")
    assert has_footer_mark("_______________ English Online\n", "English  Online")
    assert not has_footer_mark("", "English Online")


def test_base64_lines_and_broken_base64() -> None:
    assert encode_base64(b"x" * 58) == base64.b64encode(b"x" * 57) + b"\r\n" + base64.b64encode(b"x") + b"\r\n"
    assert (
        append_text(b"S2lh\r\nIG9yYQ==\r\n", "base64", b"\r\nf\r\n")
        == base64.b64encode(b"Kia ora\r\n\r\nf\r\n") + b"\r\n"
    )
    assert append_text(b"S2lh!", "base64", b"f") is None
    assert append_text(b"S2lhbw==S2lh", "base64", b"f") is None


def footer_words(**settings: Any) -> tuple[str, str]:
    """Text and HTML of the footer of a list with these settings."""
    of = mail_list(**settings)
    footer = render_footer(environment(), of, ListAddresses(of.name, of.domain), "https://x.example/?a=1&b=<2>")
    assert footer is not None
    return footer.text, footer.html


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"reply_to": "list"}, "A reply goes to the whole group."),
        ({"reply_to": "author"}, "A reply goes to the author alone."),
        ({"reply_to": "both"}, "A reply goes to the author and to the whole group."),
        ({"style": "announce"}, "A reply goes to the author alone."),
    ],
)
def test_the_footer_says_where_a_reply_goes(settings: dict[str, object], sentence: str) -> None:
    text, html = footer_words(**settings)
    assert sentence in text
    assert sentence in html
    assert text.startswith("_______________ English Online\n")
    assert html.index("_______________ English Online") < html.index(sentence)


@pytest.mark.parametrize("reply_to", ["list", "both", "author"])
def test_under_every_policy_the_footer_says_how_to_answer_whom_a_reply_does_not_reach(reply_to: str) -> None:
    of = mail_list(reply_to=reply_to)
    addresses = ListAddresses(of.name, of.domain)
    footer = render_footer(
        environment(), of, addresses, author_address="mere@school.example", thread_address="english+t@lists.example.nz"
    )
    assert footer is not None
    for words in (footer.text, footer.html):
        assert ("mere@school.example" in words) is (reply_to != "author")
        assert ("english+t@lists.example.nz" in words) is (reply_to == "author")
        assert ("mute" in words) is (reply_to == "list")


@pytest.mark.parametrize("reply_to", ["list", "both", "author"])
@pytest.mark.parametrize("box", [None, "box"])
def test_the_footer_of_the_groups_own_post_offers_no_author_to_answer(reply_to: str, box: str | None) -> None:
    of = mail_list(reply_to=reply_to)
    addresses = ListAddresses(of.name, of.domain, box)
    footer = render_footer(
        environment(),
        of,
        addresses,
        author_address=addresses.of(Purpose.POST).title(),
        thread_address="english+t@lists.example.nz",
    )
    assert footer is not None
    for words in (footer.text, footer.html):
        assert "A reply goes to the whole group." in words and "mute" in words
        assert "alone" not in words and "the author" not in words and "english+t@" not in words


def test_a_group_that_only_announces_says_of_its_own_post_no_reply_at_all() -> None:
    of = mail_list(style="announce")
    addresses = ListAddresses(of.name, of.domain)
    footer = render_footer(environment(), of, addresses, author_address=of.address)
    assert footer is not None and "reply" not in footer.text.lower() + footer.html.lower()


def test_where_members_do_not_write_no_address_of_the_group_is_offered() -> None:
    of = mail_list(style="announce")
    addresses = ListAddresses(of.name, of.domain)
    footer = render_footer(
        environment(), of, addresses, author_address="mere@school.example", thread_address="e+t@x.nz"
    )
    assert footer is not None and "e+t@x.nz" not in footer.text


def test_the_footer_is_escaped_and_cleaned() -> None:
    text, html = footer_words(title="<b>\u2028Books & more\r\n.")
    assert text.startswith("_______________ <b> Books & more .\n")
    assert "_______________ &lt;b&gt; Books &amp; more ." in html
    assert "a=1&amp;b=&lt;2&gt;" in html
    assert "\r" not in text + html


def test_the_footer_speaks_the_language_of_the_group(tmp_path: Path) -> None:
    catalogue = tmp_path / "locale" / "mi" / "messages.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "Leave the group:"\nmsgstr "Hei wehe i te rōpū:"\n',
        "utf-8",
    )
    of = mail_list(language="mi")
    footer = render_footer(environment(tmp_path), of, ListAddresses(of.name, of.domain))
    assert footer is not None
    assert "Hei wehe i te rōpū: english-leave@lists.example.nz\n" in footer.text
    assert 'lang="mi"' in footer.html
    assert "http" not in footer.text + footer.html


def test_undeclared_japanese_is_not_declared_utf_8() -> None:
    body = "こんにちは\r\n".encode("iso-2022-jp")
    assert copied(post("", body)).endswith(b"\r\n\r\n" + body)


def test_a_charset_in_pieces_is_left_alone() -> None:
    octets = post("Content-Type: text/plain; charset*=us-ascii''us-ascii\r\n", b"Kia ora\r\n")
    assert copied(octets).endswith(b"\r\n\r\nKia ora\r\n")


HOSTILE = {
    "soft breaks": ("text/html", "quoted-printable", b"<=\r\n/=\r\nbo=\r\n"),
    "opened tags": ("text/html", "8bit", b"</bod"),
    "rules": ("text/plain", "8bit", b"_______________ English "),
    "entities": ("text/html", "8bit", b"&amp&#x26&nbs"),
    "padding": ("text/plain", "base64", b"AA==\r\n"),
    "quotes": ("text/plain", "7bit", b">\r\n> \r\n"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_takes_no_longer_than_another(name: str) -> None:
    content_type, encoding, piece = HOSTILE[name]
    head = f"Content-Type: {content_type}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
    octets = post(head, piece * (2_000_000 // len(piece)))
    assert timeit.timeit(lambda: personal(octets, ENGLISH), number=1) < 2, "linear is a few hundredths of a second"
