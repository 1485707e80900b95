"""What is taken out of a post for the shelf: which links and files, and what they are called."""

from __future__ import annotations

from typing import Any

import pytest

from listserv.mail.address import Mailbox
from listserv.mail.compose import Attachment, compose
from listserv.mail.parse import Message, parse
from listserv.mail.shelf.gathering import ITEMS, gathered, link_item
from listserv.mail.shelf.weblink import is_below, is_home, normal_link, shared_link
from listserv.model.shelf import Gathered
from tests.store_site import NOW

PAGE = "https://nzmaths.example/resource/number-framework"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(40_000)


def mail(text: str, html: str | None = None, *files: Attachment, author: str = "mere@school.example") -> Message:
    headers: dict[str, Any] = {
        "From": Mailbox("Mere", author),
        "To": Mailbox("", "english@lists.example.nz"),
        "Date": NOW,
        "Message-ID": b"<1@school.example>",
        "Subject": "Reading",
    }
    return parse(compose(headers, text, html, list(files)))


def titles(text: str, html: str | None = None) -> list[str]:
    return [each.title for each in gathered(mail(text, html))]


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTP://WWW.NZMaths.example:80/a/?utm_source=x&b=1&fbclid=y", "https://nzmaths.example/a?b=1"),
        ("https://nzmaths.example/a#top", "https://nzmaths.example/a"),
        ("https://app.example/#/room/7", "https://app.example#/room/7"),
        ("https://youtu.be/abc123?si=zz", "https://youtube.com/watch?v=abc123"),
        ("https://m.youtube.com/watch?v=abc123&feature=share", "https://youtube.com/watch?v=abc123"),
        ("https://docs.google.com/document/d/1x/edit?usp=sharing", "https://docs.google.com/document/d/1x"),
        ("www.tki.example/kete", "https://tki.example/kete"),
        ("https://tki.example:8443/kete/", "https://tki.example:8443/kete"),
        ("mailto:mere@school.example", ""),
        ("https://mere:secret@school.example/", ""),
        ("https://[bad", ""),
        ("https://school.example:99999/", ""),
        ("javascript:alert(1)", ""),
        ("https://localhost/x", ""),
    ],
)
def test_one_form_for_all_spellings(url: str, normal: str) -> None:
    assert normal_link(url) == normal


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://tki.example/a?utm_campaign=w&id=7#b", "https://tki.example/a?id=7#b"),
        ("https://www.google.com/url?q=https%3A%2F%2Ftki.example%2Fa&sa=D", "https://tki.example/a"),
        ("https://list-manage.com/track/click?u=1", ""),
        ("https://news.example/unsubscribe?u=1", ""),
        ("https://school.example/logo.PNG", ""),
        ("https://us02web.zoom.us/j/8675309?pwd=abc", ""),
        ("https://teams.microsoft.com/l/meetup-join/19%3ameeting", ""),
        ("https://zoom.us/webinar/register/WN_1", "https://zoom.us/webinar/register/WN_1"),
        ("https://tki.example/" + "a" * 1_000, ""),
    ],
)
def test_what_is_a_page_to_keep(url: str, kept: str) -> None:
    assert shared_link(url) == kept


def test_a_page_of_our_own_and_the_first_page_of_a_site() -> None:
    ours = "https://www.lists.example.nz/listserv/"
    assert is_below("https://lists.example.nz/listserv/groups/english/", ours)
    assert not is_below("https://lists.example.nz/listserver", ours)
    assert not is_below("https://lists.example.nz/listserv", "")
    assert is_home("https://www.tki.example/")
    assert not is_home("https://www.tki.example/a")
    assert not is_home("https://www.tki.example/?id=7")


@pytest.mark.parametrize(
    ("line", "title"),
    [
        (f"Number framework, stage 5: {PAGE}", "Number framework, stage 5"),
        (f"{PAGE} - the framework we use", "The framework we use"),
        (f"We all work from this framework now {PAGE}", "We all work from this framework now"),
        (f"We use {PAGE} and love it", "Number framework (nzmaths.example)"),
        (f"Kia ora koutou\n\n{PAGE}", "Number framework (nzmaths.example)"),
        ("The number framework\nhttps://t.example/x7Gh29kQpl", "The number framework"),
        ("https://t.example/x7Gh29kQpl", "Reading (t.example)"),
        ("See https://t.example/a/watch?v=x7Gh29kQpl", "Reading (t.example)"),
        ("Ki konei: https://t.example/ng%C4%81-rauemi-reo", "Ngā rauemi reo (t.example)"),
    ],
)
def test_the_words_around_a_link_are_its_title(line: str, title: str) -> None:
    assert titles(line) == [title]


def test_a_link_that_nothing_names_is_called_after_its_post() -> None:
    for subject, title in (("Re: RE: Te Reo, week 6", "Te Reo, week 6 (t.example)"), ("", "t.example")):
        octets = f"From: Mere <mere@school.example>\r\nSubject: {subject}\r\n\r\nhttps://t.example/x7Gh29kQpl\r\n"
        assert [each.title for each in gathered(parse(octets.encode()))] == [title]


def test_a_link_has_the_words_of_the_html() -> None:
    text = "Try the number framework, and read more here."
    html = f'<p>Try <a href="{PAGE}?utm_source=news">the number framework</a>, and read more '
    html += '<a href="https://tki.example/literacy/running-records.html">here</a>.</p>'
    html += '<p><a href="https://tki.example/picture"><img src="cid:1" alt="A logo"></a></p>'
    html += '<p><a href="mailto:mere@school.example">Write to me</a> <a href="https://t.example/u">Unsubscribe</a></p>'
    assert [(each.title, each.url) for each in gathered(mail(text, html))] == [
        ("The number framework", PAGE),
        ("Running records (tki.example)", "https://tki.example/literacy/running-records.html"),
    ]


def test_a_wrapped_link_is_the_page_it_wraps() -> None:
    safe = "https://aus01.safelinks.protection.outlook.com/?url=https%3A%2F%2Ftki.example%2Fkete%2Freading&data=05"
    assert [each.url for each in gathered(mail(f"A basket of books: {safe}"))] == ["https://tki.example/kete/reading"]


def test_quotations_signatures_and_our_own_pages_give_nothing() -> None:
    text = f"""Thanks, I have it now: https://tki.example/reading/mine
The archive: https://lists.example.nz/groups/english/posts/4
Our school: https://www.school.example/

Ngā mihi
Mere

--
Mere Tāmati, https://blog.example/mere/about-me
021 555 0100

On Mon, 16 Nov 2026 at 20:00, Hana <hana@x.example> wrote:
> {PAGE}
"""
    found = gathered(mail(text), our_site="https://lists.example.nz")
    assert [each.url for each in found] == ["https://tki.example/reading/mine"]


def test_the_same_link_twice_is_one_and_a_post_gives_no_more_than_some() -> None:
    assert len(titles(f"{PAGE}\n{PAGE}/?utm_source=x\nhttp://www.nzmaths.example/resource/number-framework/")) == 1
    assert len(titles("\n".join(f"https://tki.example/pages/number-{at}x" for at in range(50)))) == ITEMS


def test_files_by_name_and_content() -> None:
    plan = Attachment("application/pdf", b"%PDF the plan", "Unit plan – Matariki.pdf")
    again = Attachment("application/pdf", b"%PDF the plan", "copy.pdf")
    others = [
        Attachment("text/calendar", b"BEGIN:VCALENDAR", "invite.ics"),
        Attachment("application/ms-tnef", b"\x78\x9f\x3e\x22", "winmail.dat"),
        Attachment("image/png", PICTURE, "image001.png"),
        Attachment("image/png", b"\x89PNG small", "school crest.png"),
        Attachment("text/vcard", b"BEGIN:VCARD", "mere.vcf"),
        Attachment("text/plain", b"x", "ATT00001.txt"),
    ]
    photo = Attachment("image/png", PICTURE, "Wall of words.png")
    found = gathered(mail("Here is the plan.", None, plan, again, *others, photo))
    assert [(each.title, each.url, each.size_octets) for each in found] == [
        ("Unit plan – Matariki.pdf", "", 13),
        ("Wall of words.png", "", len(PICTURE)),
    ]
    assert found[0].part_index == 2
    assert found[0].key == gathered(mail("Another post", None, again))[0].key


def test_a_picture_in_the_text_is_no_file() -> None:
    octets = (
        b"From: Mere <mere@school.example>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
        b'<p>Look</p><img src="cid:wall@x">\r\n--b\r\nContent-Type: image/png; name="wall.png"\r\n'
        b"Content-ID: <wall@x>\r\nContent-Disposition: attachment\r\n\r\n" + PICTURE + b"\r\n--b--\r\n"
    )
    assert gathered(parse(octets)) == ()
    assert len(gathered(parse(octets.replace(b"Content-ID: <wall@x>\r\n", b"")))) == 1


def test_a_link_added_by_hand() -> None:
    assert link_item("mailto:a@b.example", "x") is None
    item = link_item("http://www.tki.example/a/?utm_source=x", "  A\nname ")
    assert item == Gathered(gathered(mail("https://tki.example/a"))[0].key, "A name", "http://www.tki.example/a/")
    assert "tki" not in item.key


def test_the_pages_of_the_list_it_came_by_are_no_resource() -> None:
    text = f"Join us at https://lists.example.nz/listinfo/english and read {PAGE}"
    octets = mail(text).octets.replace(
        b"Subject:",
        b"List-Subscribe: <https://lists.example.nz/listinfo/english>,\r\n <mailto:x@lists.example.nz>\r\nSubject:",
    )
    assert [each.url for each in gathered(mail(text))] == ["https://lists.example.nz/listinfo/english", PAGE]
    assert [each.url for each in gathered(parse(octets))] == [PAGE]


def test_a_link_that_only_an_earlier_post_has_is_nobodys_in_either_form() -> None:
    quoted = f"On Mon, 3 Feb 2025, Jo <jo@school.example> wrote:\n> All is at {PAGE}\n"
    html = f'<p>Thanks, Jo!</p><blockquote type="cite"><p>All is at <a href="{PAGE}">this page</a></p></blockquote>'
    assert titles(f"Thanks, Jo!\n\n{quoted}", html) == []
    own = f'<p>Thanks, Jo! Mine is <a href="{PAGE}2">Running records</a></p>'
    assert titles(f"Thanks, Jo! Mine is there\n\n{quoted}", own + html) == ["Running records"], "the page alone has it"
    assert titles(
        f"Thanks, Jo! See {PAGE}\n\n{quoted}", f'<p>Thanks, Jo! See <a href="{PAGE}">Numbers</a></p>{html}'
    ) == ["Numbers"]


def test_a_letter_that_is_two_when_small_moves_no_link() -> None:
    assert titles("Look here", f'<p>İİİ <A HREF="{PAGE}">Running records</A></p>') == ["Running records"]
    assert titles("Look here", f"<p><A HREF = '{PAGE}'>Running records</A></p>") == ["Running records"]
