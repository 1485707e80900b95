"""What a search finds, on both databases: words however they are written, newest first, nothing typed is syntax."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from listserv.inbound.posting import post
from listserv.store.engine import Connection, Database
from listserv.store.folding import fold, fold_words
from listserv.store.people import person_of
from listserv.store.query import Query, Term, read_query
from listserv.store.reading import OpenGroup, Viewer, open_group
from listserv.store.search import Found, PostText, drop_post, find, index_post, own_texts, post_text
from tests.store_site import NOW, a_list, a_member, a_post, arrived, made


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with made(database_url) as opened:
        yield opened


class Shelf:
    """Two lists of one database, and posts whose texts the test chooses."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.lists = [a_list(connection, name) for name in ("english", "maths")]

    def add(
        self, own: str, *, quoted: str = "", author: str = "Mere", subject: str = "", at: datetime = NOW, place: int = 0
    ) -> int:
        mail_list = self.lists[place]
        octets = a_post(f"{author} <m@school.example>", subject or "-", own[:40] + str(at), Date=format_datetime(at))
        post_id = post(self.connection, mail_list, arrived(octets, at=NOW + timedelta(days=400)), None).post_id
        text = PostText(post_id, mail_list.id, f"{author} m@school.example", subject, own, quoted)
        index_post(self.connection, text, NOW)
        return post_id

    def group(self, place: int = 0) -> OpenGroup:
        return open_group(self.connection, Viewer(None, NOW), self.lists[place].name)

    def find(self, typed: str, limit: int = 50, offset: int = 0, author: str = "") -> Found:
        return find(self.connection, self.group(), read_query(typed, author), limit, offset)

    def ids(self, typed: str, author: str = "") -> list[int]:
        return self.find(typed, author=author).post_ids


@pytest.fixture
def shelf(database: Database) -> Iterator[Shelf]:
    with database.begin() as connection:
        yield Shelf(connection)


SPELLINGS = ("Māori", "Maori", "Maaori", "MĀORI", "ma\u0304ori", "maaori")


def test_macron_double_vowel_and_plain_find_one_another(shelf: Shelf) -> None:
    shelf.add("Something else")
    every = [
        shelf.add(f"He kaiako {written} ahau", at=NOW + timedelta(hours=at)) for at, written in enumerate(SPELLINGS)
    ]
    for asked in SPELLINGS:
        assert shelf.ids(asked) == every[::-1], asked


SAME = [
    ("Straße", "strasse"),
    ("cafe", "CAFÉ"),
    ("naïve", "naive"),
    ("Ma\u02bbafu", "ma'afu"),
    ("Si\u2019i", "si\u02bbi"),
    ("running-records", "running records"),
    ("phonics lessons", "phonics-lessons"),
    ("write to room5@school.nz", "room5"),
    ("see https://tki.org.nz/books", "tki"),
    ("1e5 and 007", "007"),
]


def test_signs_and_accents_make_no_difference(shelf: Shelf) -> None:
    found = {asked: shelf.add(own) for own, asked in SAME}
    assert {asked: shelf.ids(asked) for _, asked in SAME} == {asked: [post_id] for asked, post_id in found.items()}


def test_every_word_must_be_there_and_a_phrase_in_its_order(shelf: Shelf) -> None:
    both = shelf.add("running with the records")
    phrase = shelf.add("running records")
    shelf.add("records only")
    assert shelf.ids("records running") == [phrase, both]
    assert shelf.ids('"running records"') == [phrase]
    assert shelf.ids("“running records”") == [phrase]
    assert shelf.ids('"records running"') == []
    assert shelf.ids('"running records') == [phrase]


def test_a_star_finds_beginnings_and_nothing_else_does(shelf: Shelf) -> None:
    longer = shelf.add("teaching")
    shelf.add("reteach")
    assert shelf.ids("teach*") == [longer]
    assert shelf.ids("teach") == []
    assert shelf.ids('"we teach*"') == []


def test_a_code_that_begins_like_a_number_is_a_word(shelf: Shelf) -> None:
    codes = ("4e7b", "12e4ab", "1e5e5", "7E11K", "3e1", "0e0x9e9")
    ids = [shelf.add(f"the code {code} is mine") for code in codes]
    assert [shelf.ids(code) for code in codes] == [[each] for each in ids]
    assert shelf.ids("4e7*") == shelf.ids("4e7b*") == shelf.ids('"code 4e7b is"') == shelf.ids("4e*") == [ids[0]]
    assert shelf.ids("4e7c*") == []


def test_an_author_is_found_by_name_and_never_by_address(shelf: Shelf) -> None:
    mere = shelf.add("about reading", author="Mere Ngata")
    shelf.add("about Mere Ngata", author="Jo Brown")
    assert shelf.ids("reading author:ngata") == [mere]
    assert shelf.ids("", author="ngata mere") == [mere]
    assert shelf.ids('author:"mere ngata" about') == [mere]
    for probe in ("author:school", "m@school.example", "school.example", "author:m*"):
        assert shelf.ids(probe) in ([], [mere]), probe
    assert shelf.ids("school") == []
    row = post_text(shelf.connection, mere)
    assert row is not None
    assert "@" not in row.author


def test_no_token_of_our_links_can_be_guessed_letter_by_letter(shelf: Shelf, database_url: str) -> None:
    token = "abcdefghijklmnopqrstuvwxyz23456723"
    links = f"https://l.example/unsubscribe/{token} https://l.example/calendar/{token}.ics english-confirm+{token}@x"
    one = shelf.add(links, quoted=f"ours: https://l.example/sign-in/{token}?next=/", subject=f"Fwd: /calendar/{token}")
    assert shelf.ids("unsubscribe") == shelf.ids("calendar ics") == shelf.ids("confirm") == [one]
    for probe in ("abc*", "unsubscribe/a*", "/calendar/ab*", "confirm+a*", "sign-in/a*", token):
        assert shelf.ids(probe) == [], probe
    drop_post(shelf.connection, one)
    assert shelf.ids("unsubscribe") == []
    if database_url.startswith("sqlite"):
        shelf.connection.exec_driver_sql("INSERT INTO post_search (post_search) VALUES ('integrity-check')")


def test_who_has_no_name_is_found_by_what_she_is_called_on_pages(shelf: Shelf) -> None:
    here = a_member(shelf.connection, shelf.lists[0], "hana@school.example", name="Hana Pōtae")
    person = person_of(shelf.connection, "hana@school.example")
    known = post(shelf.connection, here, arrived(a_post("hana@school.example")), person).post_id
    index_post(shelf.connection, PostText(known, here.id, "hana@school.example", "s", "x", ""), NOW)
    unknown = post(shelf.connection, here, arrived(a_post("tama@school.example")), None).post_id
    index_post(shelf.connection, PostText(unknown, here.id, "tama@school.example", "s", "x", ""), NOW)
    assert shelf.ids("author:potae") == [known]
    assert shelf.ids("author:tama") == [unknown]
    assert shelf.ids("author:school") == []


def test_newest_by_its_own_date_first_however_late_it_was_imported(shelf: Shelf) -> None:
    new = shelf.add("kupu", at=NOW)
    old = shelf.add("kupu", at=NOW - timedelta(days=3000))
    middle = shelf.add("kupu", at=NOW - timedelta(days=10))
    assert shelf.ids("kupu") == [new, middle, old]


def test_days_bound_it(shelf: Shelf) -> None:
    posts = {day: shelf.add("kupu", at=datetime(2026, 5, day, 12, tzinfo=UTC)) for day in (1, 2, 3)}

    def between(since: int | None, before: int | None) -> list[int]:
        bounds = [datetime(2026, 5, day, tzinfo=UTC) if day else None for day in (since, before)]
        return find(shelf.connection, shelf.group(), read_query("kupu", "", *bounds), 10).post_ids

    assert between(2, 3) == [posts[2]]
    assert between(2, None) == [posts[3], posts[2]]
    assert between(None, 2) == [posts[1]]
    only_days = Query(since=datetime(2026, 5, 3, tzinfo=UTC))
    assert find(shelf.connection, shelf.group(), only_days, 10).post_ids == [posts[3]]


def test_what_is_only_quoted_is_found_when_nobody_says_it(shelf: Shelf) -> None:
    said = shelf.add("phonics")
    quoting = shelf.add("I agree", quoted="phonics and whakataukī")
    assert shelf.find("phonics") == Found([said], False, False)
    assert shelf.find("whakatauki") == Found([quoting], False, True)
    assert shelf.find("phonics", offset=1) == Found()


def test_pages_have_no_gap_and_no_repetition(shelf: Shelf) -> None:
    ids = [shelf.add("kupu", at=NOW + timedelta(minutes=number)) for number in range(7)]
    pages = [shelf.find("kupu", limit=3, offset=offset) for offset in (0, 3, 6, 9)]
    assert [post_id for page in pages for post_id in page.post_ids] == ids[::-1]
    assert [page.more for page in pages] == [True, True, False, False]


def test_another_list_is_never_searched(shelf: Shelf) -> None:
    here = shelf.add("secret")
    there = shelf.add("secret", place=1)
    assert shelf.ids("secret") == [here]
    assert find(shelf.connection, shelf.group(1), read_query("secret"), 10).post_ids == [there]
    assert shelf.ids(f"l{shelf.lists[1].id} secret") == []
    assert shelf.ids(f"place:l{shelf.lists[1].id}") == []


SYNTAX = [
    '"', "'", '""', "NEAR(a b)", "a AND b", "NOT a", "own:kupu", "own : kupu", "{own quoted}: kupu", "^kupu", "kupu*)",
    "*", "-kupu", "kupu)", "(kupu", "a'b", "';DROP TABLE post_text;--", "\\", "\0", "%", "kupu:*", "kupu & !x", "<->",
    "a\x00b", "author:", 'author:"', "author:author:", "\ud800", "ａ", "𝔨𝔲𝔭𝔲", "“”", "* * *", "x" * 10_000, '"' * 500,
    "a " * 500, "ā" * 5000, "́" * 400, "author:" * 60,
]  # fmt: skip


def test_nothing_typed_is_syntax(shelf: Shelf) -> None:
    kupu = shelf.add("kupu own quoted place")
    shelf.add("x", place=1)
    for typed in SYNTAX:
        assert shelf.ids(typed) in ([], [kupu]), typed
    assert shelf.ids("kupu") == [kupu]


def test_terms_are_bounded() -> None:
    assert len(read_query("a b c d e f g h i j k l m n o p").terms) == 12
    assert read_query("x" * 10_000).terms == (Term(("x" * 64,)),)


def test_an_empty_question_finds_nothing(shelf: Shelf) -> None:
    shelf.add("kupu")
    assert shelf.find("") == shelf.find(" \t ") == shelf.find("— … !") == Found()


def test_indexed_anew_a_post_is_found_by_its_new_words_only(shelf: Shelf) -> None:
    post_id = shelf.add("tuatahi Māori", author="Mere")
    index_post(shelf.connection, PostText(post_id, shelf.lists[0].id, "Jo", "s", "tuarua", "q"), NOW)
    assert shelf.ids("tuarua") == [post_id]
    assert shelf.ids("tuatahi") == shelf.ids("maori") == shelf.ids("author:mere") == []


def test_a_dropped_post_is_gone_from_index_and_table(shelf: Shelf, database_url: str) -> None:
    post_id = shelf.add("Kōrero ngaro", quoted="whakahua ngaro", author="Ngaro", subject="Ngaro")
    drop_post(shelf.connection, post_id)
    assert shelf.ids("ngaro") == shelf.ids("author:ngaro") == []
    assert own_texts(shelf.connection, [post_id]) == {}
    if database_url.startswith("sqlite"):
        shelf.connection.exec_driver_sql("INSERT INTO post_search (post_search) VALUES ('integrity-check')")
        left = shelf.connection.exec_driver_sql("SELECT count(*) FROM post_search WHERE post_search MATCH 'ngaro'")
        assert left.scalar_one() == 0


def test_a_hostile_text_can_be_indexed_and_found(shelf: Shelf) -> None:
    many = " ".join(f"w{number:x}" for number in range(60_000))
    one = "ā" * 200_000
    ids = [shelf.add(many, quoted=many[::-1]), shelf.add(one, quoted="\ud7ff" + "e\u0301" * 50_000)]
    assert shelf.ids("w1") == [ids[0]]
    assert shelf.ids("a") == [ids[1]]


def test_folding_is_bounded_and_the_same_twice() -> None:
    text = "Whaanau Māori — “Ngā mihi”, don't_stop 2026!"
    assert fold_words(text) == ["whanau", "maori", "nga", "mihi", "don", "t", "stop", "2026"]
    assert fold(fold(text)) == fold(text)
    assert fold_words("x" * 1000) == ["x" * 64]


def test_a_query_marks_its_words_and_beginnings() -> None:
    query = read_query('"Ngā mihi" teach* author:mere')
    assert list(query.marked_words()) == [("nga", False), ("mihi", False), ("teach", True)]


def test_posts_of_a_list_with_the_same_words_do_not_hide_older_ones(shelf: Shelf) -> None:
    """A common word on another list must not use up the page."""
    wanted = shelf.add("kupu", at=NOW - timedelta(days=1))
    for number in range(30):
        shelf.add("kupu", place=1, at=NOW + timedelta(minutes=number))
    assert shelf.ids("kupu") == [wanted]
