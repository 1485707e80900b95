"""Who answers a whole update quotes the link that signs her in: nobody else gets it, in whatever form it is quoted."""

from __future__ import annotations

import base64
import email.policy
import quopri
from datetime import date
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from listserv.mail.parse import parse
from listserv.mail.text.secrets import keys_quoted, without_secrets
from listserv.mail.token import sign_in_link, sign_in_token
from listserv.store.engine import Database
from listserv.store.schema import contents
from tests.store_site import a_list, a_member, a_post, judged, made

TOKEN = sign_in_token(b"k" * 32, 7, date(2026, 12, 21))
LINK = sign_in_link("https://lists.example.nz", TOKEN, "english")
WRAPPED = (
    "https://aus01.safelinks.protection.outlook.com/?url=https%3A%2F%2Flists.example.nz%2Fsign-in%2F"
    f"{TOKEN}%3Fnext%3D%2Fgroups%2Fenglish%2F&data=05"
)
POINTED = f"https://urldefense.proofpoint.com/v2/url?u=https-3A__lists.example.nz_sign-2Din_{TOKEN}-3Fnext-3D&d=x"
FORMS = (LINK, WRAPPED, POINTED, f"https://urldefense.com/v3/__{LINK}__;!!x")
MERE, HEMI = "mere@school.example", "hemi@school.example"


@pytest.mark.parametrize("link", FORMS)
def test_no_page_shows_a_link_that_a_filter_has_wrapped(link: str) -> None:
    assert TOKEN not in without_secrets(f"see {link} there")


def whole(html: str) -> bytes:
    """An answer of two forms with the update below it, and the update attached."""
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = MERE, "english@lists.example.nz", "Re: English this week"
    mail["Message-ID"] = "<whole@school.example>"
    mail.set_content(f"Three. Ka pai, see you there.\n\n> Read it: {LINK}\n")
    mail.add_alternative(
        f'<p>Three. Ka pai, see you there.</p><blockquote><a href="{html}">Read it</a></blockquote>', "html"
    )
    update = EmailMessage()
    update["From"], update["Subject"] = "english@lists.example.nz", "English this week"
    update.set_content(f"Read it: {LINK}\n")
    mail.add_attachment(update)
    return mail.as_bytes()


def kept(database: Database) -> list[bytes]:
    """Every body that is kept, each part's transfer encoding undone."""
    with database.read() as connection:
        rows = [bytes(row) for row in connection.execute(select(contents.c.octets)).scalars()]
    return [octets + b"".join(part.decoded() for part in parse(octets).root.walk()) for octets in rows]


@pytest.mark.parametrize("link", FORMS)
def test_what_is_kept_and_sent_of_an_answer_holds_no_such_link_and_all_of_her_words(
    database_url: str, link: str
) -> None:
    quoted = f"Ka pai, see you there.\n\n> Read it: {link}\n> More"
    with made(database_url) as database:
        with database.begin() as connection:
            mail_list = a_member(connection, a_member(connection, a_list(connection), HEMI), MERE)
            coded = base64.encodebytes(f"One. {quoted}".encode()).decode().strip()
            soft = quopri.encodestring(f"Two. {quoted}".encode()).decode()
            posts = [
                a_post(MERE, "Re: English this week", quoted),
                a_post(MERE, "Re: a", coded, Content_Type="text/plain", Content_Transfer_Encoding="base64"),
                a_post(MERE, "Re: b", soft, Content_Type="text/plain", Content_Transfer_Encoding="quoted-printable"),
                whole(link),
            ]
            for octets in posts:
                assert judged(connection, mail_list, octets).post_id is not None
        bodies = kept(database)
    assert len(bodies) >= len(posts)
    assert not [octets for octets in bodies if TOKEN.encode() in octets]
    assert sum(b"Ka pai, see you there." in octets for octets in bodies) == len(posts)


def test_an_address_that_acts_for_one_person_goes_and_a_file_s_stays() -> None:
    order, file = "abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwx"
    for address in (f"english-moderate+{order}@x.example", f"mailto:english-confirm%2B{order}@x.example"):
        assert keys_quoted(parse(a_post(MERE, "x", f"> hold everything: {address}"))) == {order}
    assert not keys_quoted(parse(a_post(MERE, "x", f"> the file: english-confirm+{file}@x.example")))


def test_other_posts_are_kept_as_they_came() -> None:
    for text in ("how do I sign-in/register?", "https://calendar.example/calendar/abc", "a sign-in sheet"):
        assert not keys_quoted(parse(a_post(MERE, "x", text)))


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le"])
def test_a_text_that_is_no_ascii_underneath_keeps_no_key_either(charset: str) -> None:
    text = base64.encodebytes(f"Ka pai.\n\n> Read it: {LINK}\n".encode(charset)).decode()
    head = f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    assert keys_quoted(parse(head.encode() + text.encode())) == {TOKEN}


def test_capital_letters_hide_no_key() -> None:
    page = f'Content-Type: text/html; charset=utf-8\r\n\r\n<p>Mōrena</p><a href="{LINK.upper()}">x</a>\r\n'
    assert keys_quoted(parse(page.encode())) == {TOKEN.upper()}
