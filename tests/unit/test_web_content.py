"""What the pages say: conversations, posts, files, feed, names of groups, languages; what was merged or taken down."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote

import pytest

from listserv.mail.token import sign_withdraw
from listserv.model.lists import ListSettings, MailList
from listserv.store import reading
from listserv.store.engine import Connection
from listserv.store.lists import archive_list, create_list, create_network
from listserv.web.feed import CONTENT_CHARACTERS
from listserv.web.pages import THREADS_PAGE
from listserv.web.showing import Reading, Readings
from listserv.web.visit import LAST_PAGE
from tests.store_site import NOW, a_post
from tests.web_site import BASE_URL, WebSiteUnderTest, web_site

MERE = "mere@school.example"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebSiteUnderTest]:
    with web_site(tmp_path, f"sqlite:///{tmp_path / 'listserv.db'}") as made:
        yield made


def reply(number: int, at: datetime = NOW, body: str = "Āe", **fields: str) -> bytes:
    """An answer to <q@x>."""
    defaults = {"Message_ID": f"<r{number}@x>", "In_Reply_To": "<q@x>", "Date": format_datetime(at)}
    return a_post("Jo Brown <jo@school.example>", "Re: Running records", body, **(defaults | fields))


def thread_paths(site: WebSiteUnderTest, group: str = "english") -> list[str]:
    return re.findall(rf'href="(/groups/{group}/threads/[^"?]+)"', site.get(f"/groups/{group}/").text)


def words(text: str) -> str:
    """The text of a page, tags gone."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_conversations_are_newest_first_and_say_who_began_them(site: WebSiteUnderTest) -> None:
    english = site.group("english", MERE)
    site.archive(
        english,
        a_post(f"Mere Ngata <{MERE}>", Message_ID="<q@x>", Date=format_datetime(NOW - timedelta(days=3))),
        a_post("Te Ariki <t@x.example>", "Matariki", Date=format_datetime(NOW - timedelta(days=2))),
        reply(1),
    )
    text = words(site.get("/groups/english/").text)
    assert text.index("Running records") < text.index("Matariki")
    assert "Mere Ngata · 2 posts · 16 November 2026" in text
    assert "Te Ariki · 1 post · 14 November 2026" in text
    assert "english-join@lists.example.nz" in text


def test_a_group_by_invitation_does_not_say_that_an_empty_mail_joins(site: WebSiteUnderTest) -> None:
    site.group("english", MERE, join="invitation")
    text = words(site.get("/groups/english/").text)
    assert "By invitation only. Ask for one at english-owner@lists.example.nz" in text
    assert "english-join@" not in text and "english-leave@" in text


def test_fifty_conversations_a_page(site: WebSiteUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    english = site.group("english")
    site.archive(
        english,
        *(
            a_post(subject=f"S{number:03}", Date=format_datetime(NOW - timedelta(hours=number)))
            for number in range(120)
        ),
    )
    seen: list[str] = []
    path: str | None = "/groups/english/"
    while path:
        page = site.get(path).text
        seen += re.findall(r"<bdi>(S\d{3})</bdi>", page)
        onward = re.search(r'<a href="([^"]+)" rel="next">', page)
        path = onward[1] if onward else None
    assert seen == [f"S{number:03}" for number in range(120)]
    assert 'rel="prev"' not in site.get("/groups/english/").text
    assert site.get("/groups/english/?page=4").status == 404
    assert reading.DEEPEST_PAGE >= (LAST_PAGE - 1) * THREADS_PAGE
    monkeypatch.setattr(reading, "DEEPEST_PAGE", 60)  # what is not read any more is no page, or one would come again
    assert [site.get(f"/groups/english/?page={page}").status for page in (1, 2, 3)] == [200, 200, 404]


def test_a_conversation_is_in_order_own_words_shown_the_rest_folded(site: WebSiteUnderTest) -> None:
    english = site.group("english", MERE)
    site.archive(english, a_post(f"Mere <{MERE}>", body="How do you use them?", Message_ID="<q@x>"))
    body = "We retell first.\n\nOn Mon, 16 Nov 2026, Mere wrote:\n> How do you use them?\n"
    site.archive(
        english,
        reply(2, NOW + timedelta(hours=2)),
        reply(1, NOW + timedelta(hours=1), body),
        at=NOW + timedelta(hours=3),
    )
    [path] = thread_paths(site)
    page = site.get(path).text
    assert [int(number) for number in re.findall(r'id="post-(\d+)"', page)] == [1, 3, 2]
    folded = re.findall(r"<details>.*?</details>", page, re.DOTALL)
    assert len(folded) == 1
    assert "How do you use them?" in folded[0]
    assert "We retell first." not in folded[0]
    assert 'href="/groups/english/posts/3"' in page


def test_a_long_conversation_has_pages_and_a_long_post_a_page_of_its_own(site: WebSiteUnderTest) -> None:
    english = site.group("english", MERE)
    long_text = "\n\n".join(f"Paragraph {number} of what I think about it." for number in range(400))
    posts = [a_post(MERE, body=long_text, Message_ID="<q@x>")]
    posts += [reply(number, NOW + timedelta(minutes=number + 1)) for number in range(101)]
    site.archive(english, *posts, at=NOW + timedelta(days=1))
    [path] = thread_paths(site)
    first, second = site.get(path).text, site.get(path + "?page=2").text
    assert (first.count("<article"), second.count("<article")) == (100, 2)
    assert "102 posts" in first
    assert "Paragraph 399" not in first
    assert "read it whole" in first
    assert "Paragraph 399" in site.get("/groups/english/posts/1").text
    assert site.get(path + "?page=3").status == 404


def test_a_merged_conversation_leads_on(site: WebSiteUnderTest) -> None:
    english = site.group("english", MERE)
    site.archive(english, a_post("j@x.example", "Re: Levels", Message_ID="<r@x>", In_Reply_To="<between@x>"))
    site.archive(english, a_post(MERE, Message_ID="<q@x>", Date=format_datetime(NOW - timedelta(days=1))))
    site.archive(
        english,
        a_post("a@x.example", "Re: Running records", Message_ID="<between@x>", In_Reply_To="<q@x>"),
    )
    [after] = thread_paths(site)
    assert site.get(after).text.count("<article") == 3
    with site.database.read() as connection:
        query = "SELECT public_id FROM thread WHERE alias_of IS NOT NULL"
        merged = connection.exec_driver_sql(query).scalar_one()
    answer = site.get(f"/groups/english/threads/{merged}")
    assert (answer.status, answer.headers["location"]) == (301, after)


def test_a_post_that_was_taken_down_says_only_that(site: WebSiteUnderTest) -> None:
    english = site.group("english", MERE)
    ids = site.archive(english, a_post(f"Mere <{MERE}>", "Kupu", "huna", Message_ID="<q@x>"), reply(1))
    path = thread_paths(site)[0]
    site.write(lambda c: c.exec_driver_sql("UPDATE post SET taken_down_at = 1790000000000000 WHERE id = 1"))
    for address in (path, f"/groups/english/posts/{ids[0]}"):
        page = site.get(address)
        assert "This post was taken down on" in page.text
        assert "huna" not in page.text
        assert "<bdi>Mere</bdi>" not in page.text
    assert site.get(f"/groups/english/posts/{ids[0]}").status == 410
    assert site.get(f"/groups/english/posts/{ids[0]}/original.eml", cookie=site.sign_in(MERE)).status == 404
    assert site.get(f"/groups/english/posts/{ids[0]}/parts/0").status == 404
    assert "huna" not in site.get("/groups/english/feed.atom").text
    assert "huna" not in words(site.get("/groups/english/search?q=huna").text.partition("Found")[2])


def test_addresses_are_for_members_and_never_those_of_authors(site: WebSiteUnderTest) -> None:
    english = site.group("english", MERE)
    body = "Write to hana@school.example.\n\nOn Mon, 16 Nov 2026, <mere@school.example> wrote:\n> x\n"
    [post_id] = site.archive(english, a_post("jo@other.example", "about tama@school.example", body))
    [path] = thread_paths(site)
    shown = [
        f"/groups/english/posts/{post_id}",
        path,
        "/groups/english/",
        "/groups/english/search?q=write",
        "/groups/english/feed.atom",
    ]
    for address in shown:
        stranger, member = site.get(address).text, site.get(address, cookie=site.sign_in(MERE)).text
        assert "school.example" not in stranger
        assert "other.example" not in stranger + member
        assert "jo@…" in stranger
    assert "hana@school.example" in site.get(path, cookie=site.sign_in(MERE)).text


def test_a_name_we_know_stands_where_the_mail_has_none(site: WebSiteUnderTest) -> None:
    english = site.group("english", MERE)
    site.archive(english, a_post(MERE))
    assert "<bdi>Mere</bdi>" in site.get(thread_paths(site)[0]).text
    assert "<bdi>Mere</bdi>" in site.get("/groups/english/").text


def test_an_original_does_not_tell_how_its_author_takes_a_post_back(site: WebSiteUnderTest) -> None:
    """She answered her own copy: that went to an address of hers alone, and so said its trace."""
    english = site.group("english", MERE, "hemi@school.example")
    [first] = site.archive(english, a_post(MERE, Message_ID="<a@x>"))
    hers = f"english-confirm+{sign_withdraw(site.key, 'english', first)}@lists.example.nz"
    answer = a_post(MERE, "Re: Running records", "more", To=hers, Message_ID="<b@x>", In_Reply_To="<a@x>")
    came = f"Received: by mx.example for <{hers}>\r\n".encode() + answer
    [second] = site.archive(english, came)
    original = site.get(f"/groups/english/posts/{second}/original.eml", cookie=site.sign_in("hemi@school.example"))
    assert original.body == came.replace(hers.encode(), b"english@lists.example.nz")


def test_a_member_may_answer_by_mail_and_keep_the_original(site: WebSiteUnderTest) -> None:
    english = site.group("english", MERE)
    octets = a_post("Jo <jo@school.example>", "Ngā kōrero & more")
    site.archive(english, octets)
    [path] = thread_paths(site)
    cookie = site.sign_in(MERE)
    assert re.search(
        r'"mailto:english\+[a-z2-7]{21}@lists.example.nz\?subject=Re%3A%20', site.get(path, cookie=cookie).text
    )
    assert "mailto:english+" not in site.get(path).text
    original = site.get("/groups/english/posts/1/original.eml", cookie=cookie)
    assert original.body == octets
    assert original.headers["content-type"] == "message/rfc822"
    assert original.headers["content-disposition"].startswith('attachment; filename="english-1.eml"')
    site.write(lambda c: archive_list(c, english, NOW))
    assert "mailto:" not in site.get(path, cookie=cookie).text
    assert "This group is closed" in site.get("/groups/english/").text


FILES = (
    b"From: Hana <hana@school.example>\r\nSubject: Files\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\nHere they are\r\n"
    b"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment;\r\n"
    b" filename*=utf-8''p%C5%8Dtae%20%22x%22.pdf\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n"
    b"--b\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename=page.html\r\n\r\n"
    b"<script>alert(1)</script>\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: tama@school.example\r\nSubject: inner\r\n\r\nx\r\n"
    b"--b\r\nContent-Type: image/svg+xml; name=x.svg\r\n\r\n<svg onload='alert(1)'/>\r\n--b--\r\n"
)


def test_files_are_downloads_and_nothing_else(site: WebSiteUnderTest) -> None:
    english = site.group("english", MERE)
    site.archive(english, FILES)
    page = site.get("/groups/english/posts/1")
    assert "pōtae" in page.text
    links = re.findall(r'href="(/groups/english/posts/1/parts/\d+)"', page.text)
    answers = [site.get(link) for link in links]
    assert [answer.headers["content-type"] for answer in answers] == [
        "application/pdf", "application/octet-stream", "application/octet-stream",
    ]  # fmt: skip
    for answer in answers:
        assert answer.headers["content-disposition"].startswith("attachment; filename=")
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert answers[0].body == b"%PDF"
    name = answers[0].headers["content-disposition"].partition("filename*=UTF-8''")[2]
    assert unquote(name) == "pōtae 'x'.pdf"
    assert "tama" not in page.text
    cookie = site.sign_in(MERE)
    assert len(re.findall(r"/parts/\d+", site.get("/groups/english/posts/1", cookie=cookie).text)) == 4
    assert site.get("/groups/english/posts/1/parts/4").status == 404
    assert site.get("/groups/english/posts/1/parts/4", cookie=cookie).status == 200
    for index in (0, 1, 99):
        assert site.get(f"/groups/english/posts/1/parts/{index}", cookie=cookie).status == 404


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("application/octet-stream", "FW plan.eml"),
        ("application/octet-stream", "FW plan.MSG"),
        ("application/vnd.ms-outlook", "plan"),
        ("application/mbox", "old"),
        ("message/rfc822", ""),
    ],
)
def test_a_mail_that_was_saved_as_a_file_is_for_members(site: WebSiteUnderTest, kind: str, name: str) -> None:
    english = site.group("english", MERE)
    file = (
        f'Content-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\nFrom: t@s.example\r\n\r\nx'
    )
    head, end = FILES.split(b"--b\r\nContent-Type: application/pdf")[0], b"\r\n--b--\r\n"
    site.archive(english, head + b"--b\r\n" + file.encode() + end)
    link = "/groups/english/posts/1/parts/2"
    for cookie, status in (("", 404), (site.sign_in(MERE), 200)):
        assert site.get(link, cookie=cookie).status == status
        assert (link in site.get("/groups/english/posts/1", cookie=cookie).text) is (status == 200)
    assert link not in site.get("/groups/english/resources").text


def test_html_is_shown_on_request(site: WebSiteUnderTest) -> None:
    english = site.group("english")
    html = "<html><h1>Texts</h1><p onclick=x>of <b>Year 9</b> <img src=http://t.example/x.png alt=cat></p></html>"
    site.archive(english, a_post(body=html, Content_Type="text/html; charset=utf-8"))
    page = site.get("/groups/english/posts/1").text
    assert "<b>" not in page
    assert 'href="/groups/english/posts/1?view=html"' in page
    shown = site.get("/groups/english/posts/1?view=html").text
    assert "<p><b>Texts</b></p><p>of <b>Year 9</b>  [Picture: cat] </p>" in shown
    assert "t.example" not in shown
    site.archive(english, a_post(body="plain"))
    assert "cannot be shown" in site.get("/groups/english/posts/2?view=html").text


def test_an_address_with_tags_in_it_is_for_members(site: WebSiteUnderTest) -> None:
    html = "<p>Ask <b>tama</b>@kura.example</p>"
    site.archive(site.group("english", MERE), a_post(body=html, Content_Type="text/html; charset=utf-8"))
    for cookie, shown in (("", "<b>tama</b>@…<"), (site.sign_in(MERE), "<b>tama</b>@kura.example<")):
        assert shown in site.get("/groups/english/posts/1?view=html", cookie=cookie).text


def test_the_feed_cuts_no_address_in_two(site: WebSiteUnderTest) -> None:
    body = f"{'word ' * (CONTENT_CHARACTERS // 5 - 3)}tama@kura.example and more"
    site.archive(site.group("english"), a_post(body=body))
    feed = site.get("/groups/english/feed.atom").text
    assert "word word" in feed
    assert "tama@" not in feed


def test_each_post_carries_its_own_language(site: WebSiteUnderTest) -> None:
    reo = site.group("te-reo", language="mi")
    site.archive(reo, a_post(Content_Language="mi"), a_post(subject="b", Content_Language='x" onload="y'))
    assert '<html lang="mi">' in site.get("/groups/te-reo/").text
    assert '<div class="words" lang="mi">' in site.get("/groups/te-reo/posts/1").text
    assert '<div class="words">' in site.get("/groups/te-reo/posts/2").text


def test_a_members_language_wins(site: WebSiteUnderTest) -> None:
    site.group("english", MERE)
    cookie = site.sign_in(MERE)
    site.write(lambda c: c.exec_driver_sql("UPDATE person SET language = 'mi'"))
    assert "Ngā kōrero" in site.get("/groups/english/", cookie=cookie).text
    assert "Conversations" in site.get("/groups/english/").text
    assert "Kāore i kitea" in site.get("/groups/nowhere/", cookie=cookie).text


def test_days_are_in_the_groups_zone(site: WebSiteUnderTest) -> None:
    site.archive(site.group("chatham", time_zone="Pacific/Chatham"), a_post())
    assert "Monday 16 November 2026, 8:45" in site.get("/groups/chatham/posts/1").text


def test_the_feed_is_valid_atom(site: WebSiteUnderTest) -> None:
    english = site.group("english")
    site.archive(english, a_post("Mere <m@x.example>", "Ngā & <b>", "Kia ora & <i>\u000b\ufffe"))
    answer = site.get("/groups/english/feed.atom")
    assert answer.headers["content-type"] == "application/atom+xml"
    feed = ET.fromstring(answer.body)
    assert feed.findtext(f"{ATOM}id") == "tag:lists.example.nz,2026:english"
    assert feed.findtext(f"{ATOM}title") == "English"
    [entry] = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Ngā & <b>"
    assert entry.findtext(f"{ATOM}id") == "tag:lists.example.nz,2026:english/posts/1"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Mere"
    assert (entry.findtext(f"{ATOM}content") or "").startswith("Kia ora & <i>")
    link = entry.find(f"{ATOM}link")
    assert link is not None
    assert link.attrib["href"] == f"{BASE_URL}/groups/english/posts/1"
    assert entry.findtext(f"{ATOM}updated") == "2026-11-16T20:00:00+13:00"
    assert ET.fromstring(site.get("/groups/english/feed.atom").body) is not None


def test_an_empty_feed_is_valid_too(site: WebSiteUnderTest) -> None:
    site.group("english")
    assert ET.fromstring(site.get("/groups/english/feed.atom").body).findtext(f"{ATOM}updated")


def test_a_group_is_named_in_any_case_and_by_its_whole_address(site: WebSiteUnderTest) -> None:
    site.group("english")
    for name in (
        "english",
        "ENGLISH",
        "English",
        "english@lists.example.nz",
        "English@Lists.Example.NZ",
        "english%40lists.example.nz",
    ):
        assert site.get(f"/groups/{name}/").status == 200


def test_of_two_namesakes_each_is_reached(site: WebSiteUnderTest) -> None:
    first = site.group("english")

    def other(connection: Connection) -> MailList:
        network = create_network(connection, "other", "Other", "other.example.nz", NOW)
        return create_list(connection, network.id, "english", "other.example.nz", "Other English", ListSettings(), NOW)

    second = site.write(other)
    site.archive(first, a_post(subject="First"))
    site.archive(second, a_post(subject="Second"))
    assert "<h1><bdi>English</bdi></h1>" in site.get("/groups/english/").text
    assert "Other English" in site.get("/groups/english/", host="other.example.nz").text
    assert "Other English" in site.get("/groups/english/", host="OTHER.example.nz:8443").text
    assert "<h1><bdi>English</bdi></h1>" in site.get("/groups/english/", host="elsewhere.example").text
    assert "Other English" in site.get("/groups/english@other.example.nz/").text
    # The links of mails say `english` alone; a post or a conversation tells which is meant.
    assert "Second" in site.get("/groups/english/posts/2").text
    assert "First" in site.get("/groups/english/posts/1", host="other.example.nz").text
    assert 'href="/groups/english@other.example.nz/"' in site.get("/").text
    thread = re.search(r"threads/([a-z0-9]+)", site.get("/groups/english@other.example.nz/").text)
    assert thread is not None
    assert "Second" in site.get(f"/groups/english/threads/{thread[1]}").text


def test_a_search_shows_what_it_found(site: WebSiteUnderTest) -> None:
    english = site.group("english", MERE)
    site.archive(english, a_post(f"Mere <{MERE}>", body="Ngā kaiako Māori <b>katoa</b>", Message_ID="<q@x>"), reply(1))
    page = site.get("/groups/english/search?q=maaori&author=mere&from=16/11/2026&to=2026-11-16").text
    assert "<mark>Māori</mark> &lt;b&gt;katoa&lt;/b&gt;" in page
    assert 'value="maaori"' in page
    assert 'value="mere"' in page
    assert "Nothing was found" in site.get("/groups/english/search?q=maaori&from=2026-11-17").text
    assert "Found" not in site.get("/groups/english/search").text
    assert "&#34;&gt;&lt;script" in site.get("/groups/english/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").text


def test_readings_forget_what_was_asked_for_longest_ago() -> None:
    readings = Readings(room=5_000)
    made: list[int] = []
    for number in (1, 2, 1, 3, 1, 2):
        if readings.get(number) is None:
            made.append(number)
            readings.keep(number, Reading((), None, (), False, "", False))
    assert made == [1, 2, 3, 2]
