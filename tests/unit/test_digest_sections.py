"""What stands around an update's conversations: each section, its links, its limits, and where answers to it go."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from email import message_from_bytes, policy

import pytest

from listserv.digest.classic import compose_classic
from listserv.digest.compose import MESSAGE_OCTETS, compose_digest
from listserv.digest.items import Edition, Shown, conversations
from listserv.digest.parts import Parts, linked
from listserv.digest.sections import LINES, dated, elsewhere_of, sections, web_link
from listserv.digest.together import compose_together
from listserv.mail.parse import parse
from listserv.mail.text.digest_quote import answered_thread
from listserv.mail.token import verify_reply
from listserv.model.digest import Around, ComingDate, Note, Resource, Section
from listserv.resources import environment
from tests.copies import KEY, mail_list
from tests.editions import AROUND, RECORDS, SAMPLES, TEXTS, THANKED, TOGETHER, edition, local, post, thread

FLAGSHIP = SAMPLES["flagship"]


def shown(of: Edition, name: str = "html") -> str:
    message = message_from_bytes(compose_digest(environment(), of, of.period.sends_at), policy=policy.default)
    part = message.get_body((name,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_sections_stand_in_the_order_in_which_facilitators_wrote_them() -> None:
    order = [
        "From Aroha Ngata",
        "What we talked about",
        "Still waiting for an answer",
        "The question of the week",
        "Dates to be aware of",
        "Events",
        "Links and files",
        "In other groups",
    ]
    for text in (shown(FLAGSHIP), shown(FLAGSHIP, "plain")):
        places = [text.index(heading) for heading in order]
        assert places == sorted(places)


def test_what_has_no_content_has_no_heading() -> None:
    text = shown(edition(RECORDS)) + shown(edition(RECORDS), "plain")
    for heading in ("Still waiting", "The question of", "Dates to be", "Events", "Links and files", "In other groups"):
        assert heading not in text


def test_thanks_are_folded_and_counted() -> None:
    (told,) = conversations(edition(replace(THANKED, thanks=2)), Shown(600))
    assert [item.author for item in told.items] == ["Graham Wilson"]
    assert told.thanks == 8 and len(told.thanked_by) == 5
    assert "Paul Smith and 3 others said thanks." in " ".join(
        shown(edition(replace(THANKED, thanks=2)), "plain").split()
    )


def test_a_thanks_that_begins_a_conversation_is_told() -> None:
    begun = thread(1, "Thank you all", post(1, "Mere", 16, "Thank you all!", thanks=True))
    assert conversations(edition(begun), Shown(600))[0].items[0].paragraphs


def test_a_dropped_conversation_is_a_line_with_a_link() -> None:
    of = edition(RECORDS, TEXTS, around=Around(Note(dropped=(TEXTS.id,))))
    assert [each.line for each in conversations(of, Shown(600))] == [False, True]
    assert "Which texts for Level 1 next year?</a>: Sione" in shown(of)


def test_a_facilitators_words_stand_in_a_sections_place_or_leave_it_out() -> None:
    note = Note(edited=((Section.PROMPT, "No question this week."), (Section.EVENTS, "")))
    found = sections(edition(RECORDS, around=replace(AROUND, note=note)), ())
    assert found.prompt.words == (("No question this week.",),) and not found.prompt.lines
    assert not found.events and found.dates


def test_what_has_no_room_in_a_section_is_counted_with_a_link() -> None:
    many = tuple(Resource(f"Link {at}", f"https://x.example/{at}") for at in range(LINES + 3))
    of = edition(RECORDS, around=Around(resources=many))
    assert sections(of, ()).resources.more == 3
    assert '<a href="https://lists.example.nz/groups/english/resources">and 3 more</a>' in shown(of)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://www.example.org.nz/a?b=c#d", True),
        ("http://x.example", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://", False),
        ("https://x.example/a b", False),
        ("https://[x", False),
        ("https://x.example/" + "a" * 2000, False),
        ("", False),
    ],
)
def test_only_pages_of_the_web_are_links(url: str, kept: bool) -> None:
    assert bool(web_link(url)) is kept


def test_addresses_in_posts_are_links_and_nothing_breaks_out() -> None:
    assert linked("See https://x.example/a?b=1&c=2.") == (
        'See <a href="https://x.example/a?b=1&amp;c=2">https://x.example/a?b=1&amp;c=2</a>.'
    )
    assert "<b>" not in linked('<b>"https://x.example/"onclick="') and 'onclick="' not in linked('https://x/"onclick="')


def test_dates_are_told_in_the_readers_zone() -> None:
    event = ComingDate(1, "Hui", date(2026, 12, 2), local("2026-12-02T23:30"), local("2026-12-03T00:30"), event=True)
    assert dated(event, edition()).when == "Wed 2 December, 11:30 pm – Thu 3 December, 12:30 am"
    assert dated(ComingDate(1, "Day", date(2026, 12, 2)), SAMPLES["te-reo"]).when.startswith("Wen 2 ")


def test_several_days_are_told_from_the_first_to_the_last() -> None:
    first, last = date(2026, 11, 30), date(2026, 12, 4)
    week = ComingDate(1, "Language week", first, event=True, end_day=last)
    assert dated(week, edition()).when == "Mon 30 November – Fri 4 December"
    daily = ComingDate(1, "Camp", first, local("2026-11-30T09:00"), local("2026-12-04T15:00"), end_day=last)
    assert dated(daily, edition()).when == "Mon 30 November – Fri 4 December, 9:00 am–3:00 pm"


def test_an_answer_to_a_section_finds_its_conversation() -> None:
    digest = compose_digest(environment(), FLAGSHIP, FLAGSHIP.period.sends_at)
    quoted = {
        22: "> - NCEA co-requisite: who marks?\n>   A member of the group asked on Wed 4 November",
        21: "> - A short film for Year 10?\n>   Tangiwai Rāwiri asked on Tue 10 November",
        36: ">   What will you put down to make room for it, and how will you tell your\n>   team?",
        35: ">   It opens in Word and in Docs, and I added a column for retelling.",
    }
    for thread_id, lines in quoted.items():
        answer = f"Subject: Re: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{lines}\n\nWe do.\n".encode()
        assert answered_thread(parse(answer), parse(digest), _thread_of) == thread_id


def _thread_of(address: str) -> int | None:
    found = verify_reply(KEY, "english", address.partition("@")[0].partition("+")[2])
    return found if found is not None and found < 1 << 39 else None


def test_together_stays_small_and_tells_each_group() -> None:
    words = "This is what we do in our room with the Year 4 tamariki. " * 12
    editions = [
        edition(
            *(
                thread(
                    100 * of + at,
                    f"Talk {of}-{at}",
                    *(post(10 * at + n, f"A {of}-{at}-{n}", 16, words) for n in (1, 2)),
                )
                for at in range(size)
            ),
            of=mail_list(f"group{of}", f"Group {of}"),
        )
        for of, size in enumerate((3, 60, 20, 1))
    ]
    octets = compose_together(Parts(environment()), editions, editions[0].period.sends_at, "p1")
    assert MESSAGE_OCTETS * 0.7 < len(octets) <= MESSAGE_OCTETS
    message = message_from_bytes(octets, policy=policy.default)
    part = message.get_body(("plain",))
    assert part is not None
    said = " ".join(str(part.get_content()).split())
    assert all(f"Talk {of}-{at}" in said for of, size in enumerate((3, 60, 20, 1)) for at in range(size))
    assert " ".join(words.split()[:50]) in said  # a short group keeps its words


def test_together_sees_other_groups_once() -> None:
    assert elsewhere_of(TOGETHER[0])[0].lines[0].group == "Primary ESOL"
    octets = compose_together(Parts(environment()), TOGETHER, TOGETHER[0].period.sends_at, "p1")
    part = message_from_bytes(octets, policy=policy.default).get_body(("plain",))
    assert part is not None and str(part.get_content()).count("In other groups") == 1


@pytest.mark.parametrize("form", ["plain", "mime"])
def test_an_old_form_tells_every_post(form: str) -> None:
    octets = compose_classic(environment(), [FLAGSHIP], form, FLAGSHIP.period.sends_at)
    message = message_from_bytes(octets, policy=policy.default)
    posts = [told for each in FLAGSHIP.threads for told in each.posts]
    if form == "plain":
        text = str(message.get_content()).replace("\r\n", "\n")
        head, *told = text.split("\n\n" + "-" * 70 + "\n\n")[1].split("\n" + "-" * 30 + "\n\n")
        assert len([head, *told]) == len(posts) + 1 and told[-1].startswith("End of English Online digest\n****")
        return
    _, digest = message.iter_parts()
    assert [part.get_content_type() for part in digest.iter_parts()] == ["message/rfc822"] * len(posts)


def test_a_line_of_hyphens_in_a_post_ends_no_message() -> None:
    of = edition(thread(1, "A", post(1, "Mere", 16, f"one\n\n{'-' * 30}\n\ntwo")))
    message = message_from_bytes(
        compose_classic(environment(), [of], "plain", of.period.sends_at), policy=policy.default
    )
    assert str(message.get_content()).replace("\r\n", "\n").count("\n" + "-" * 30 + "\n") == 1
