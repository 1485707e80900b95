"""What facilitators answer to a draft, in English and te reo Māori, and what is made of it."""

from __future__ import annotations

import pytest

from listserv.inbound.drafting.reading import Wishes, read_reply
from listserv.model.digest import Section
from listserv.model.draft import Part, fingerprint

RECORDS = "Running records\nMere Tāmati: We want to stop doing them on paper.\nHas anybody found a way?"
CAMP = "Camp forms\nJo Smith: Forms are in the office."
QUESTIONS = "Still waiting for an answer\n- Readers for Year 9, Aroha Ngata asked on Tue 17 November"
DATES = "Dates to be aware of\nFri 27 November: applications close\nWed 2 December: PLG hui https://a.example/x"


def part(number: int, text: str, thread: int | None = None, section: Section | None = None) -> Part:
    return Part(number, text.partition("\n")[0], thread, section, fingerprint(text))


PARTS = (
    part(1, RECORDS, thread=31),
    part(2, CAMP, thread=32),
    part(3, QUESTIONS, section=Section.QUESTIONS),
    part(4, DATES, section=Section.DATES),
)
TEXTS = (RECORDS, CAMP, QUESTIONS, DATES)


def draft(*texts: str) -> str:
    """The draft as it was sent."""
    marked = [f"[{number}] {text}" for number, text in enumerate(texts or TEXTS, 1)]
    return "\n\n".join(["Kia ora Aroha,", "Answer ok, drop 3, or Note: and your words.", *marked, "[end]", "Ngā mihi"])


def quoted(text: str, mark: str = "> ") -> str:
    return "\n".join(mark + line for line in text.split("\n"))


def read(own: str, quotation: str = "") -> Wishes:
    return read_reply(own, f"{own}\n\nOn Thursday, English Online wrote:\n{quotation or quoted(draft())}", PARTS)


OKS = ["ok", "OK", "Ok.", "yes", "Yes please", "āe", "Āe!", "ae", "okay", "send it", "Approved", "good to go",
       "whakaae", "Tukua",
       "ok\n\nNgā mihi\nAroha", "OK thanks", "Kia ora\n\nāe\n\nNāku, nā Aroha", "Yes\n\nThanks, Jane"]  # fmt: skip
STOPS = ["stop", "Stop.", "undo", "kati", "Whakamutua", "STOP\n\nSorry, wrong group"]
PRAISE = ["Looks great, Jane", "Looks great!", "Thanks", "Great work, thank you so much", "Ka pai!", "Ka rawe, Aroha",
          "Tino pai te mahi", "Lovely as always", "Ngā mihi nui", "This is brilliant, thanks Jo", "Kia ora",
          "Looks good to me\n\nCheers\nJane",
          "Hi Jo\n\nPerfect, thanks!\n\nNgā mihi\nAroha Ngata\nEverglade School"]  # fmt: skip
UNREAD = ["Looks great, but drop the third one", "no", "kāo", "Kāo, taihoa", "ok but wait for Jo",
          "Can we add the hui on Friday?", "drop the one about camp", "drop 9", "drop all", "I noted the date is wrong",
          "Great work on 3", "Please change the date to 4 December", "Not ok",
          "What is this?", "drop", "4: ", "Note:"]  # fmt: skip


@pytest.mark.parametrize("own", OKS)
def test_a_plain_yes_releases_and_changes_nothing(own: str) -> None:
    wishes = read(own)
    assert wishes.ok and not (wishes.note or wishes.drops or wishes.edits or wishes.stop)


@pytest.mark.parametrize("own", STOPS)
def test_stop_takes_back(own: str) -> None:
    assert read(own).stop and not read(own).ok


@pytest.mark.parametrize("own", PRAISE)
def test_praise_is_known_and_changes_nothing(own: str) -> None:
    assert read(own) == Wishes(praise=True)


@pytest.mark.parametrize("own", UNREAD)
def test_what_is_not_plainly_a_wish_is_handed_back(own: str) -> None:
    wishes = read(own)
    assert not wishes.acts and not wishes.praise
    assert wishes.unread


@pytest.mark.parametrize(
    ("own", "note"),
    [
        ("Note: Kia ora koutou, a busy week.", "Kia ora koutou, a busy week."),
        ("Note:\nKia ora koutou\n\nA busy week.\nEnd\nNgā mihi\nAroha", "Kia ora koutou\n\nA busy week."),
        ("Kupu:\nTēnā koutou katoa\nMutu", "Tēnā koutou katoa"),
        ("kupu: Tēnā koutou", "Tēnā koutou"),
        ("Hi Jo\n\nnote :\nWell done all.\n\ndrop 2", "Well done all."),
        ("*Note:*\nBold words", "Bold words"),
        ("Note\nWithout a colon", "Without a colon"),
        ("My note: Three things\n1: read\n2: write\nEnd", "Three things\n1: read\n2: write"),
        ("Note:\nDrop 3 copies at the office.\nEnd", "Drop 3 copies at the office."),
        ("NOTE: Look at the dates.\n\nok", "Look at the dates."),
        ("Note:\nKia ora.\n[end]", "Kia ora."),
        ("He kupu:\nKa mihi ki a koutou.\nKa mutu\n\nHei konā", "Ka mihi ki a koutou."),
    ],
)
def test_words_under_the_mark_are_the_note(own: str, note: str) -> None:
    assert read(own).note == note


@pytest.mark.parametrize(
    ("own", "drops"),
    [
        ("drop 3", (3,)),
        ("Drop [3].", (3,)),
        ("drop 1, 2 and 4", (1, 2, 4)),
        ("please drop 2 & 3", (2, 3)),
        ("Leave out 2 please", (2,)),
        ("tangohia 2 me 3", (2, 3)),
        ("3 drop", (3,)),
        ("[3]: drop", (3,)),
        ("drop camp forms", (2,)),
        ("drop Dates to be aware of", (4,)),
        ("drop part 4", (4,)),
        ("drop #2", (2,)),
        ("drop 2\ndrop 3\n\nThanks, Jane", (2, 3)),
        ("Note: Kia ora\nEnd\ndrop 1", (1,)),
    ],
)
def test_parts_are_dropped_by_number_or_title(own: str, drops: tuple[int, ...]) -> None:
    wishes = read(own)
    assert wishes.drops == drops and not wishes.unread


@pytest.mark.parametrize(
    ("own", "edits"),
    [
        ("4: Only the hui: Wed 2 December", {4: "Only the hui: Wed 2 December"}),
        ("[4] Dates to be aware of\nWed 2 December: hui\nEnd", {4: "Wed 2 December: hui"}),
        (
            "[3]\nAroha still looks for readers.\n\n[4]\nNo dates.",
            {3: "Aroha still looks for readers.", 4: "No dates."},
        ),
    ],
)
def test_words_under_a_number_replace_the_part(own: str, edits: dict[int, str]) -> None:
    assert dict(read(own).edits) == edits


def test_members_words_are_not_changed_for_them() -> None:
    wishes = read("2: Forms are online now.")
    assert wishes.refused == (2,) and not wishes.acts and wishes.unread == ("Forms are online now.",)
    wishes = read("2: Forms are online now.\n4: No dates.")
    assert wishes.refused == (2,) and wishes.edits == ((4, "No dates."),)


CHANGED = DATES.replace("Fri 27 November: applications close", "Fri 4 December: applications close (new!)")


@pytest.mark.parametrize("mark", ["> ", ">", "", "  ", "| ", ">> "])
def test_words_changed_in_the_quoted_draft_are_a_wish(mark: str) -> None:
    wishes = read("Fixed the date.", quoted(draft(RECORDS, CAMP, QUESTIONS, CHANGED), mark))
    ((number, words),) = wishes.edits
    assert number == 4 and words.startswith("Fri 4 December: applications close (new!)\nWed 2 December: PLG hui")
    assert wishes.unread == ("Fixed the date.",)


def test_members_words_changed_in_the_quoted_draft_are_refused() -> None:
    wishes = read("ok", quoted(draft(RECORDS.replace("paper", "stone"), CAMP, QUESTIONS, DATES)))
    assert wishes.refused == (1,) and wishes.ok and not wishes.edits


def test_what_mail_programs_do_to_a_quotation_is_no_change() -> None:
    rewrapped = DATES.replace("applications close", "applications\nclose").replace(
        "https://a.example/x", "<https://safe.example/?url=https%3A%2F%2Fa.example>"
    )
    bulleted = QUESTIONS.replace("- ", "• ")
    assert read("ok", quoted(draft(RECORDS, CAMP, bulleted, rewrapped))) == Wishes(ok=True)


def test_a_shortened_quotation_drops_and_changes_nothing() -> None:
    whole = quoted(draft())
    for length in range(0, len(whole), 37):
        assert read("ok", whole[:length] or "-") == Wishes(ok=True)


def test_one_line_below_a_part_drops_it() -> None:
    wishes = read("drop this", quoted(draft(RECORDS, CAMP)).replace("> [end]", "drop this\n> [end]"))
    assert wishes.drops == (2,) and not wishes.unread


def test_stop_and_a_new_note_in_one_reply() -> None:
    wishes = read("stop\n\nNote: Now the right one.")
    assert wishes.stop and wishes.note == "Now the right one."


def test_our_own_draft_without_quote_marks_is_nobodys_wish() -> None:
    assert read_reply(f"ok\n\n{draft()}", draft(), PARTS).acts
    wishes = read_reply(f"ok\n\n{draft()}", draft(), PARTS)
    assert not (wishes.note or wishes.drops or wishes.edits or wishes.refused or wishes.stop)
