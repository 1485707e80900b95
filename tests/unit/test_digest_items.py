"""What of a post is shown, how its text is laid out, and how much of a week there is room for."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from listserv.digest.items import (
    Shown,
    conversations,
    date_range,
    least_octets,
    paragraphs,
    shortened,
    shown_subject,
    wrapped,
    written_size,
)
from listserv.mail.subject import base_subject
from listserv.mail.token import verify_reply
from listserv.model.digest import Enclosure
from tests.copies import KEY, mail_list
from tests.editions import MOOT, RECORDS, SAMPLES, TEXTS, WEEK, edition, local, post, thread

ENGLISH = mail_list(subject_tag="English Online")


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("Running records", "Running records"),
        ("Re: Running records", "Running records"),
        ("RE: FW: AW: Running records", "Running records"),
        ("Re: Year 9: which texts?", "Year 9: which texts?"),
        ("[English Online] Running records", "Running records"),
        ("Re: [english online] Running records", "Running records"),
        ("[Moot] Programme", "[Moot] Programme"),
        ("Re: [Moot] Programme", "[Moot] Programme"),
        ("Whakautu: he pātai", "Whakautu: he pātai"),
        ("  two\u00a0 spaces ", "two spaces"),
        ("Re:", ""),
        ("", ""),
        ("[English Online]", "[English Online]"),
    ],
)
def test_a_title_is_the_subject_without_marks(subject: str, title: str) -> None:
    assert shown_subject(subject, ENGLISH) == title
    assert base_subject(f"Re: {title}").text == base_subject(subject).text


def test_a_long_title_is_cut_between_words() -> None:
    assert shown_subject("word " * 100, ENGLISH).endswith("word…")
    assert len(shown_subject("word " * 100, ENGLISH)) <= 200
    assert shortened("x" * 300, 10) == "x" * 9 + "…"


def test_lines_that_a_program_broke_are_whole_again() -> None:
    text = (
        "Has anybody found a way to keep running records on a tablet that takes\n"
        "no longer than reading?\n"
        "\n"
        "Short line\n"
        "another\n"
        "\n"
        "A sentence long enough to have been broken where it is, followed by:\n"
        "- one\n"
        "2. two\n"
        "    indented\n"
    )
    assert paragraphs(text) == (
        ("Has anybody found a way to keep running records on a tablet that takes no longer than reading?",),
        ("Short line", "another"),
        ("A sentence long enough to have been broken where it is, followed by:", "- one", "2. two", "    indented"),
    )


def test_whole_paragraphs_on_a_line_each_stay_apart() -> None:
    one, two = "first " * 40, "second " * 40
    assert paragraphs(f"{one}\n{two}") == ((one.rstrip(), two.rstrip()),)


def test_no_text_has_no_paragraph_and_no_control_character_comes_through() -> None:
    assert paragraphs("") == paragraphs("\n \n") == ()
    assert paragraphs("a\x0bb\x1bc") == (("a b c",),)


def test_wrapping_breaks_no_address_and_stands_lists_below_their_first_word() -> None:
    link = "https://example.org.nz/" + "a" * 90
    assert list(wrapped(f"see {link} there", "  ")) == ["  see", f"  {link}", "  there"]
    lines = list(wrapped("- " + "word " * 30, "  "))
    assert lines[0].startswith("  - word") and lines[1].startswith("    word")
    assert all(len(line) <= 72 for line in lines)


@pytest.mark.parametrize(
    ("octets", "locale", "written"),
    [(0, "en_NZ", "1 KB"), (34_200, "en_NZ", "34 KB"), (999_400, "mi_NZ", "999 KB"), (2_345_000, "en_NZ", "2.3 MB")],
)
def test_sizes(octets: int, locale: str, written: str) -> None:
    assert written_size(octets, locale) == written


def test_the_days_a_period_covers() -> None:
    auckland = ZoneInfo("Pacific/Auckland")
    assert date_range(WEEK, auckland, "en_NZ") == "13–20 November 2026"
    assert date_range(WEEK, auckland, "mi_NZ") == "13–20 Noema 2026"
    across = replace(WEEK, covers_from=local("2026-10-30T15:59"))
    assert date_range(across, auckland, "en_NZ") == "30 October – 20 November 2026"
    years = replace(WEEK, covers_from=local("2025-12-19T15:59"))
    assert date_range(years, auckland, "en_NZ") == "19 December 2025 – 20 November 2026"
    assert date_range(replace(WEEK, covers_from=WEEK.covers_until), auckland, "en_NZ") == "20 November 2026"


def test_each_conversation_has_its_own_reply_address_and_link() -> None:
    first, second = conversations(edition(RECORDS, TEXTS), Shown(600))
    token = first.reply_address.removeprefix("english+").partition("@")[0]
    assert verify_reply(KEY, "english", token) == RECORDS.id
    assert first.reply_url == f"mailto:{first.reply_address}?subject=Re%3A%20Running%20records"
    assert first.url == "https://lists.example.nz/groups/english/threads/thread31"
    assert second.continued and not first.continued
    assert second.items[1].language == "mi"


def test_where_members_do_not_write_nobody_is_invited_to() -> None:
    (news,) = conversations(SAMPLES["announcements"], Shown(600))
    assert (news.reply_address, news.reply_url) == ("", "")


def test_without_a_web_there_is_no_link() -> None:
    for conversation in conversations(SAMPLES["no-web"], Shown(600)):
        assert conversation.url == ""
        assert [item.url for item in conversation.items] == [""] * len(conversation.items)


def test_a_long_post_is_cut_at_a_word_and_says_so() -> None:
    (conversation,) = conversations(edition(thread(1, "A", post(1, "M", 16, "word " * 400))), Shown(600))
    (item,) = conversation.items
    assert item.cut and len(item.paragraphs[0][0]) <= 600 and item.paragraphs[0][0].endswith("word…")
    (conversation,) = conversations(edition(thread(1, "A", post(1, "M", 16, "short"))), Shown(600))
    assert not conversation.items[0].cut


def test_a_cut_behind_a_web_address_leaves_it_whole() -> None:
    own = "word " * 110 + "\nhttps://example.org.nz/a/b\n" + "word " * 100
    (conversation,) = conversations(edition(thread(1, "A", post(1, "M", 16, own))), Shown(600))
    assert conversation.items[0].paragraphs[-1][-1] == "https://example.org.nz/a/b …"


def test_many_files_are_named_up_to_a_bound() -> None:
    files = tuple(Enclosure(f"{number}.pdf", "application/pdf", 1000) for number in range(11))
    (conversation,) = conversations(edition(thread(1, "A", post(1, "M", 16, "here", enclosures=files))), Shown(600))
    (item,) = conversation.items
    assert (len(item.files), item.files_more) == (8, 3)


def test_what_does_not_fit_is_a_name_and_the_first_of_each_thread_goes_first() -> None:
    of = edition(RECORDS, TEXTS, MOOT)
    for posts in range(of.posts + 1):
        found = conversations(of, Shown(600, posts))
        assert sum(len(each.told) for each in found) == posts
        assert [each.told + each.named for each in found] == [each.items for each in found]
        assert [len(each.items) for each in found] == [len(each.posts) for each in of.threads]
    assert [len(each.told) for each in conversations(of, Shown(600, 4))] == [2, 1, 1]


def test_conversations_beyond_are_lines_and_then_nothing() -> None:
    of = edition(RECORDS, TEXTS, MOOT)
    found = conversations(of, Shown(600, 3, linked=False, conversations=1))
    assert [each.line for each in found] == [False, True, True]
    assert [len(each.named) for each in found] == [3, 2, 2]
    assert len(conversations(of, Shown(0, 0, linked=False, conversations=0, lines=2))) == 2


@pytest.mark.parametrize("name", SAMPLES)
def test_the_least_is_less_than_what_it_comes_to(name: str) -> None:
    from listserv.digest.compose import compose_digest
    from listserv.resources import environment

    of = SAMPLES[name]
    octets = compose_digest(environment(), of, of.period.sends_at)
    assert least_octets(of, Shown(600 if of.base_url else 20_000)) < len(octets)
