"""Where a body was cut is kept without a word of it, and fits that body alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from listserv.mail.parse import parse
from listserv.mail.text.pieces import Piece, Pieces
from listserv.mail.text.seams import PIECES_KEPT, cut_at, derived_text, seams_of
from listserv.store.person_record import correct_name
from listserv.store.search import post_text
from listserv.web.showing import read
from tests.store_site import NOW, a_post
from tests.web_site import WebSiteUnderTest, web_site

TEXT = "Kia ora koutou, here is the tohutō: ā\n\nOn 4 May 2026, Hone <h@x.example> wrote:\n> old\n\n-- \nMere\n"
OCTETS = f"Content-Type: text/plain; charset=utf-8\n\n{TEXT}".encode()


def never() -> Sequence[str]:
    raise AssertionError("nobody need ask what it answers")


def test_the_seams_are_lengths_and_kinds() -> None:
    seams = derived_text(parse(OCTETS)).seams
    assert seams == "28fefbcd o39 a41 q7 s9"


def test_a_body_is_cut_where_it_was_cut() -> None:
    pieces = (Piece("own", "new ā\n"), Piece("quote", "> old\n", context=True), Piece("own", "answer"))
    assert cut_at("new ā\n> old\nanswer", seams_of(Pieces(pieces))) == pieces
    assert cut_at("", seams_of(Pieces(()))) == ()


@pytest.mark.parametrize("other", ["", "nez\n> old\n", "new\n> old\n\n"])
def test_the_seams_of_another_text_do_not_fit(other: str) -> None:
    seams = seams_of(Pieces((Piece("own", "new\n"), Piece("quote", "> old\n"))))
    assert cut_at("new\n> old\n", seams) is not None
    assert cut_at(other, seams) is None
    assert cut_at(other, "") is None


def test_seams_that_are_damaged_do_not_fit() -> None:
    seams = seams_of(Pieces((Piece("own", "new\n"), Piece("quote", "> old\n"))))
    assert cut_at("new\n> old\n", seams.replace("q6", "q5")) is None
    assert cut_at("new\n> old\n", seams.replace("q6", "q7")) is None


def test_of_a_body_in_thousands_of_pieces_nothing_is_kept() -> None:
    pieces = Pieces(tuple(Piece("own" if at % 2 else "quote", "x\n") for at in range(PIECES_KEPT + 1)))
    assert seams_of(pieces) == ""
    assert seams_of(Pieces(pieces.pieces[1:])) != ""


def test_a_page_tells_quotations_apart_only_where_the_seams_do_not_fit() -> None:
    kept = read(OCTETS, derived_text(parse(OCTETS)).seams, never)
    assert kept == read(OCTETS, "", list)
    assert [piece.kind for piece in kept.pieces] == ["own", "attribution", "quote", "signature"]
    with pytest.raises(AssertionError, match="nobody need ask"):
        read(OCTETS, seams_of(Pieces((Piece("own", "another text"),))), never)


SAID = "We read short stories in term three, and each of them wrote one about the marae at home."
PARENT = a_post("Mere <mere@school.example>", body=SAID, Message_ID="<parent@x>")
REPLY = a_post("Hone <hone@school.example>", body=f"That is good.\n\n{SAID}\n", Message_ID="<reply@x>",
               References="<parent@x>")  # fmt: skip


def seams_kept(site: WebSiteUnderTest) -> list[str]:
    with site.database.read() as connection:
        found = [post_text(connection, each) for each in (1, 2)]
    return [each.seams if each is not None else "none" for each in found]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebSiteUnderTest]:
    with web_site(tmp_path, f"sqlite:///{tmp_path / 'listserv.db'}") as made:
        yield made


def test_what_answers_a_post_of_the_same_batch_is_cut_by_its_words(site: WebSiteUnderTest) -> None:
    _, reply = site.archive(site.group("english"), PARENT, REPLY)
    assert seams_kept(site)[1].split()[1:] == ["o15", f"q{len(SAID) + 2}"]
    assert f'<div class="folded">{SAID}</div>' in site.get(f"/groups/english/posts/{reply}").text


def test_a_post_that_came_before_what_it_answers_is_cut_when_it_is_shown(site: WebSiteUnderTest) -> None:
    group = site.group("english")
    (reply,) = site.archive(group, REPLY)
    assert seams_kept(site)[0].split()[1:] == [f"o{len(SAID) + 17}"]
    site.archive(group, PARENT)
    assert seams_kept(site)[0] == ""
    assert seams_kept(site)[1] != ""
    assert f'<div class="folded">{SAID}</div>' in site.get(f"/groups/english/posts/{reply}").text


def test_who_gets_another_name_keeps_her_seams(site: WebSiteUnderTest) -> None:
    group = site.group("english", "mere@school.example")
    site.archive(group, PARENT, REPLY)
    before = seams_kept(site)
    site.write(lambda connection: correct_name(connection, site.person("mere@school.example"), "Mere Tamati", NOW))
    assert seams_kept(site) == before
    assert "" not in before
