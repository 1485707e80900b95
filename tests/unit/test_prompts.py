"""Sets of prompts, the hours they fall at, and the command line that writes prompts and goals down."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from listserv.config.calendars import public_holidays
from listserv.config.terms import load_terms
from listserv.digest.prompt_sets import hours_of_set, load_sets
from listserv.digest.prompts import Post, run_prompt
from listserv.digest.week import tick_week
from listserv.errors import ConfigError
from listserv.model.lists import MailList
from listserv.model.school import SchoolCalendar
from listserv.resources import templates_folder
from listserv.store.lists import archive_list
from listserv.store.prompts import add_prompt, due_prompts, remove_prompt
from listserv.store.writer import Writer
from tests.clockwork import new_list, utc, workshop
from tests.service import Service
from tests.store_site import made

CALENDAR = SchoolCalendar(ZoneInfo("Pacific/Auckland"), load_terms(None), public_holidays("NZ-AUK"))


def test_the_shipped_sets_speak_both_languages() -> None:
    sets = load_sets(None)
    assert len(sets["e-wrapper-start"].prompts) == 2
    assert len(sets["leadership"].prompts) >= 4
    for found in sets.values():
        assert found.about
        for prompt in found.prompts:
            english, maori = prompt.in_language("en"), prompt.in_language("mi")
            assert english != maori and all((*english, *maori))
            assert prompt.in_language("sm") == english


@pytest.mark.parametrize("text", ["nonsense", "[a]\nabout = 'x'", "[[a.prompts]]\ntitle.en = 'x'", "a = 1"])
def test_a_wrong_file_of_sets_is_said_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "prompts.toml").write_text(text, "utf-8")
    with pytest.raises(ConfigError, match="prompts"):
        load_sets(tmp_path)
    (tmp_path / "prompts.toml").write_text((templates_folder() / "prompts.toml").read_text("utf-8"), "utf-8")
    assert "leadership" in load_sets(tmp_path)


def test_a_set_falls_a_school_week_apart_and_pauses_with_the_holidays() -> None:
    hours = hours_of_set(CALENDAR, utc("2026-09-14 09:00"), 5)
    assert [f"{each.astimezone(CALENDAR.zone):%a %d %b %H:%M}" for each in hours] == [
        "Mon 14 Sep 09:00",
        "Mon 21 Sep 09:00",
        "Mon 12 Oct 09:00",  # after the holidays, in summer time
        "Mon 19 Oct 09:00",
        "Tue 27 Oct 09:00",  # Monday is Labour Day
    ]
    assert len({each.astimezone(UTC).hour for each in hours}) == 2


def test_where_no_day_is_ever_one_of_school_the_set_ends_early() -> None:
    endless = SchoolCalendar(ZoneInfo("UTC"), load_terms(None))
    hours = hours_of_set(endless, datetime(2026, 12, 14, 9, tzinfo=UTC), 3)
    assert hours[0] == datetime(2026, 12, 14, 9, tzinfo=UTC) and len(hours) <= 3


@pytest.mark.parametrize("how", ["taken back", "closed"])
def test_a_prompt_that_was_taken_back_while_the_tick_worked_is_not_posted(database_url: str, how: str) -> None:
    """What is due is read first; prompts of other groups may take a while to post."""
    now = utc("2026-11-16 09:00")

    def post(*_: object) -> tuple[int, int]:
        pytest.fail("it is posted")

    with made(database_url) as database:
        english = new_list(database, "english", now)
        with database.begin() as connection:
            prompt = add_prompt(connection, english.id, "Why?", "Why do we read aloud?", now, now)
            assert due_prompts(connection, now) == [prompt]
            remove_prompt(connection, prompt.id, now) if how == "taken back" else archive_list(connection, english, now)
            assert run_prompt(connection, english, prompt, workshop(), post, now) is None


def test_the_command_line(tmp_path: Path) -> None:
    site = Service(tmp_path / "site", environment={"LISTSERV_CLOCK": "2026-11-02T07:30+13:00"})
    site.run("list", "create", "english")
    asked = ("--title", "Why?", "--text", "Why do we read aloud?")
    said = site.run("prompt", "add", "english", "--at", "Term 4 Week 6 Monday 9:00", *asked)
    assert "Prompt 1 of english@lists.example.nz: Why?, 2026-11-16 09:00." in said
    assert "in the holidays" in site.run("prompt", "add", "english", "--at", "24/12/2026 9:00", *asked)
    [first, _] = site.table("prompt", "all", "english")
    assert (first["at"], first["title"], first["post"]) == ("2026-11-16 09:00", "Why?", None)
    for when, fault in (
        ("Term 4 Week 12 Monday 9:00", "is not in it"),
        ("soon", "is no hour"),
        ("1/11/2026 9:00", "is over"),
    ):
        assert fault in site.run("prompt", "add", "english", "--at", when, *asked, status=1)
    assert "There is no set" in site.run("prompt", "add", "english", "--at", "2026-11-16T09:00", "--set", "x", status=1)
    assert "Goal 1" in site.run("goal", "add", "english", "--by", "27/11/2026", "--prompt", "1")
    assert "is over" in site.run("goal", "add", "english", "--by", "2026-11-01", status=1)
    assert "within 10 school days" in site.run("goal", "add", "english", "--within", "10", "--title", "Say hello")
    assert "remove it first" in site.run("prompt", "remove", "1", status=1)
    site.run("member", "add", "english", "mere@school.example", "--name", "Mere")
    [mere] = json.loads(site.run("goal", "show", "1", "--json"))
    assert mere == {"address": "mere@school.example", "name": "Mere", "missing": 2, "reminders": 0}
    site.run("goal", "remove", "1")
    site.run("prompt", "remove", "1")
    assert len(site.table("goal", "all", "english")) == 1 == len(site.table("prompt", "all", "english"))


def test_a_service_that_stops_waits_for_one_prompt_and_the_rest_go_at_its_next_start(tmp_path: Path) -> None:
    now = utc("2026-11-16 09:00")
    posted: list[str] = []

    def post(_connection: object, mail_list: MailList, *_: object) -> tuple[int | None, int]:
        posted.append(mail_list.name)
        return None, 1

    with made(f"sqlite:///{tmp_path / 'listserv.db'}") as database:
        for name in ("english", "maths"):
            group = new_list(database, name, now)
            with database.begin() as connection:
                add_prompt(connection, group.id, "Why?", "Why do we read aloud?", now, now)
        writer = Writer(database)
        tick_week(database, writer, workshop(), cast(Post, post), now, lambda: bool(posted))
        assert posted == ["english"]
        tick_week(database, writer, workshop(), cast(Post, post), now)
        writer.close()
    assert posted == ["english", "maths"]
