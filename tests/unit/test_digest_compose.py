"""A digest's mail: both twins say the same, it stays small, nothing in it breaks out, its headers are the list's."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listserv.digest.compose import MESSAGE_OCTETS, compose_digest, message_id
from listserv.digest.items import Edition
from listserv.model.digest import Enclosure
from listserv.model.lists import DigestPeriod
from listserv.resources import environment
from tests.copies import mail_list
from tests.editions import RECORDS, SAMPLES, SENT_AT, WEEK, edition, post, thread

FOLDED = ("Ana",)  # one of six who said thanks, five of whom are named
VOID = {"meta", "br"}
TEXT = "This is what we do in our room with the Year 4 tamariki. "


class Page(HTMLParser):
    """The words of a page, its links, and the tags that were never closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: dict[str, str] = {}
        self.tags: set[str] = set()
        self.open: list[str] = []
        self._link = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in VOID and tag != "li":
            self.open.append(tag)
        self._link = dict(attrs).get("href") or self._link
        allowed = {"style", "class", "href", "lang", "role", "width", "name", "cellpadding", "cellspacing", "charset"}
        assert not {name for name, _ in attrs} - allowed - {"content", "bgcolor", "align"}

    def handle_endtag(self, tag: str) -> None:
        if tag != "li":
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)
        if self.open and self.open[-1] == "a":
            self.links[data] = self._link


def twins(octets: bytes) -> tuple[str, str, str]:
    """Subject, plain text and HTML, read by the standard library."""
    message = message_from_bytes(octets, policy=policy.default)
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    plain, html = (part.get_content() for part in message.iter_parts())
    return str(message["Subject"]), plain, html


def composed(of: Edition) -> bytes:
    return compose_digest(environment(), of, of.period.sends_at)


def week(threads: int, posts: int, **more: str) -> Edition:
    made = (
        thread(
            at,
            f"Conversation number {at} about something",
            *(post(1000 * at + number, f"Author {at}-{number}", 14 + at % 7, TEXT * 12) for number in range(posts)),
        )
        for at in range(threads)
    )
    return edition(*made, **more)


@pytest.mark.parametrize("name", SAMPLES)
def test_both_twins_tell_the_same_words(name: str) -> None:
    _, plain, html = twins(composed(SAMPLES[name]))
    page = Page(html)
    assert page.open == []
    said = " ".join("".join(page.words).split())
    for of in SAMPLES[name].threads:
        for told in of.posts:
            words = [] if told.thanks else told.own.split()[:20]
            assert " ".join(words) in said
            assert " ".join(words) in " ".join(plain.split())
            if told.author in FOLDED:
                continue
            assert (told.author or "member") in said and (told.author or "member") in plain.replace("mema", "member")


def test_links_name_the_post_they_answer() -> None:
    page = Page(twins(composed(SAMPLES["busy"]))[2])
    assert page.links["Reply to Mere Tāmati: Running records"].startswith("mailto:english+")
    assert page.links["More from Mere Tāmati"] == "https://lists.example.nz/groups/english/posts/101"


def test_nothing_is_fetched_from_anywhere() -> None:
    page = Page(twins(composed(SAMPLES["busy"]))[2])
    assert not page.tags & {"img", "link", "script", "iframe", "object"}
    assert "url(" not in twins(composed(SAMPLES["busy"]))[2]


def test_without_a_public_web_no_web_address_is_written() -> None:
    octets = composed(edition(thread(1, "A", post(1, "M", 16, "Kia ora")), base_url=""))
    assert b"http" not in octets


def test_what_people_write_is_text_and_nothing_else() -> None:
    bad = "<script>alert('&')</script>\"><b>"
    told = post(1, bad, 16, f"{bad}\nX-Header: no\n\n.\n{bad}", enclosures=(Enclosure(bad, "text/x", 10),))
    of = edition(thread(1, f"{bad}\r\nBcc: all@school.example", told), of=mail_list(title="Ann & Bob <b>"))
    octets = composed(of)
    subject, plain, html = twins(octets)
    page = Page(html)
    assert "script" not in page.tags
    assert "".join(page.words).count("<script>") >= 4
    assert bad in plain and bad[:10] in subject
    assert b"\r\nBcc" not in octets


def test_headers() -> None:
    message = message_from_bytes(composed(SAMPLES["te-reo"]), policy=policy.default)
    assert str(message["From"]) == "Te Reo Māori <reo-owner@lists.example.nz>"
    assert str(message["To"]) == str(message["Reply-To"])
    assert re.fullmatch(r"Te Reo Māori <reo\+[a-z2-7]{21}@lists\.example\.nz>", str(message["Reply-To"]))
    assert message["List-Unsubscribe"] is None
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Precedence"] == "list"
    assert "reo.lists.example.nz" in str(message["List-Id"])
    assert str(message["Subject"]) == "Te Reo Māori · Wāhanga 4, Wiki 6 · He rauemi mō Matariki, me tētahi atu"
    assert message["Message-ID"] == "<digest.reo.weekly.2026-w47.mi@lists.example.nz>"


def test_an_answer_to_announcements_goes_to_those_who_run_the_group() -> None:
    message = message_from_bytes(composed(SAMPLES["announcements"]), policy=policy.default)
    assert message["Reply-To"] is None
    assert "-owner@" in str(message["From"]) and str(message["To"]) == str(message["From"])


def test_the_message_id_tells_list_period_and_language_apart() -> None:
    of = SAMPLES["busy"]
    others = [
        replace(of, language="mi"),
        replace(of, period=replace(WEEK, key="2026-W48")),
        replace(of, period=replace(WEEK, kind=DigestPeriod.MONTHLY)),
        replace(of, mail_list=mail_list("esol")),
    ]
    assert len({message_id(each) for each in (of, *others)}) == 5
    assert message_id(of) == message_id(replace(of, threads=()))


def test_the_same_edition_is_the_same_mail() -> None:
    assert composed(SAMPLES["busy"]) == composed(SAMPLES["busy"])


def test_a_daily_one_is_called_after_its_day() -> None:
    daily = replace(WEEK, kind=DigestPeriod.DAILY, key="2026-11-20")
    assert twins(composed(edition(RECORDS, period=daily)))[0] == (
        "English Online · Friday 20 November · Running records"
    )


def test_beyond_the_known_terms_the_days_are_named() -> None:
    subject = twins(composed(SAMPLES["no-terms"]))[0]
    assert subject == "English Online · 27 December 2030 – 3 January 2031 · Running records"


def test_the_busiest_conversation_gives_the_topic() -> None:
    quiet, busy = (
        thread(1, "One", post(1, "M", 16, "a")),
        thread(2, "Two", post(2, "M", 17, "b"), post(3, "N", 17, "c")),
    )
    assert twins(composed(edition(quiet, busy)))[0].endswith("· Two, and one more")


@pytest.mark.parametrize(("threads", "posts"), [(40, 5), (200, 1), (3, 400), (390, 5), (3000, 2)])
@pytest.mark.parametrize("base_url", ["https://lists.example.nz", ""])
def test_it_stays_small_and_names_every_post(threads: int, posts: int, base_url: str) -> None:
    of = week(threads, posts, base_url=base_url)
    octets = composed(of)
    assert MESSAGE_OCTETS * 0.6 < len(octets) <= MESSAGE_OCTETS
    _, plain, html = twins(octets)
    if threads * posts > 3000:
        assert re.search(r"And \d+ more conversations \(\d+ posts\)", plain)
        return
    for text in (" ".join(plain.split()), " ".join("".join(Page(html).words).split())):
        names = set(re.findall(r"Author (\d+-\d+)", text))
        assert names == {f"{at}-{number}" for at in range(threads) for number in range(posts)}


@given(
    st.lists(
        st.builds(
            lambda author, own, subject, only: (author, own, subject, only),
            st.text(max_size=30),
            st.text(max_size=300),
            st.text(max_size=60),
            st.sampled_from(["calendar", "winmail", "picture", "attachment", "encrypted", "empty"]),
        ),
        max_size=6,
    )
)
@settings(max_examples=60)
def test_any_text_gives_a_mail_that_parses(made: list[tuple[str, str, str, str]]) -> None:
    threads = (
        thread(at, subject, post(at, author, 16, own, only="" if own.strip() else only))
        for at, (author, own, subject, only) in enumerate(made)
    )
    octets = composed(edition(*threads))
    _, plain, html = twins(octets)
    assert Page(html).open == []
    assert all(len(line) <= 998 for line in octets.split(b"\r\n"))
    assert "\n\n\n" not in plain and SENT_AT.tzinfo is not None
