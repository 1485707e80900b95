"""What a facilitator has said of a draft after each reply of hers, and what there is no room for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from listserv.inbound.drafting.answering import take
from listserv.inbound.drafting.reading import Wishes
from listserv.model.digest import Section
from listserv.model.draft import NOTE_CHARACTERS, WORDS_CHARACTERS, Draft, Part, Said
from listserv.store.owners import Keeper
from tests.store_site import NOW

PARTS = (Part(1, "Running records", thread_id=31), Part(2, "Dates", section=Section.DATES))
DRAFT = Draft(1, 1, "2026-W47", NOW + timedelta(days=1), PARTS)
AROHA = Keeper(7, "aroha@school.example", "Aroha", "")
JO = Said(8, "Jo", NOW, "From Jo.", (1,))


def after(*wishes: Wishes, draft: Draft = DRAFT) -> Said:
    """What Aroha has said after these replies."""
    for each in wishes:
        taken = take(draft, AROHA, each, NOW)
        others = tuple(said for said in draft.said if said.person_id != AROHA.person_id)
        draft = replace(draft, said=(*others, taken.said))
    found = draft.by(AROHA.person_id)
    assert found is not None
    return found


def test_a_second_note_takes_the_place_of_the_first_and_drops_add_up() -> None:
    said = after(Wishes(note="One", drops=(1,)), Wishes(note="Two"), Wishes(drops=(2,)), Wishes(ok=True))
    assert said == Said(7, "Aroha", NOW, "Two", (1, 2), (), ok=True)


def test_the_later_wish_for_a_part_counts() -> None:
    assert after(Wishes(edits=((2, "Mine"),)), Wishes(drops=(2,))) == Said(7, "Aroha", NOW, drops=(2,))
    assert after(Wishes(drops=(2,)), Wishes(edits=((2, "Mine"),))) == Said(7, "Aroha", NOW, edits=((2, "Mine"),))


def test_stop_takes_back_her_own_and_begins_anew() -> None:
    assert after(Wishes(note="One", ok=True), Wishes(stop=True)) == Said(7, "Aroha", NOW)
    assert after(Wishes(note="One", drops=(1,)), Wishes(stop=True, note="Two")).note == "Two"
    assert after(Wishes(note="One"), Wishes(stop=True), draft=replace(DRAFT, said=(JO,))) == Said(7, "Aroha", NOW)


def test_what_there_is_no_room_for_is_left_as_it_was() -> None:
    shared = replace(DRAFT, said=(JO,))
    longest = "x" * (NOTE_CHARACTERS - len("From Jo.") - 2)
    assert not take(shared, AROHA, Wishes(note=longest), NOW).too_long
    taken = take(shared, AROHA, Wishes(note=longest + "x", drops=(1,)), NOW)
    assert taken.too_long and taken.said == Said(7, "Aroha", NOW, "", (1,))
    taken = take(DRAFT, AROHA, Wishes(edits=((2, "x" * (WORDS_CHARACTERS + 1)),)), NOW)
    assert taken.too_long and not taken.said.changes


def test_who_has_no_name_signs_with_her_mailbox() -> None:
    assert take(DRAFT, Keeper(9, "room5@school.example", "", ""), Wishes(note="Hi"), NOW).said.name == "room5"
