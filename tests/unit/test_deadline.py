"""Deadlines: written down as people say them, reminded of on school days, in a mail that says how far off they are."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result
from icalendar import Calendar

from listserv.app.site import prepare
from listserv.cli.clock import deadline as deadline_command
from listserv.config.calendars import public_holidays
from listserv.config.terms import load_terms
from listserv.config.values import QuietHours
from listserv.digest.plan import due_reminders
from listserv.digest.reminder import compose_reminder
from listserv.errors import ListservError
from listserv.mail.listaddress import ListAddresses
from listserv.model.calendar import NO_TERMS, Deadline
from listserv.model.lists import ListSettings, MailList
from listserv.model.reminders import reminders
from listserv.model.school import Rhythm, SchoolCalendar
from listserv.outbound.plain import text_of_ours
from listserv.resources import environment
from listserv.store.deadlines import get_deadline
from listserv.store.engine import Database
from tests.clockwork import new_list, utc

AUCKLAND = ZoneInfo("Pacific/Auckland")
CALENDAR = SchoolCalendar(AUCKLAND, load_terms(None), public_holidays("NZ"))
PLAIN = SchoolCalendar(AUCKLAND)
ESOL = ListAddresses("esol", "lists.example.nz")
ADDED = utc("2026-01-05 09:00")


def a_deadline(day: date, at: datetime | None = None, distances: tuple[int, ...] = (7, 2, 0)) -> Deadline:
    return Deadline(3, 1, "TESSOL awards", day, at, "https://example.nz/tessol", distances, ADDED)


def planned(calendar: SchoolCalendar, deadline: Deadline) -> list[tuple[int, str]]:
    return [
        (each.distance_days, each.sends_at.astimezone(AUCKLAND).strftime("%a %Y-%m-%d %H:%M"))
        for each in reminders(calendar, Rhythm(), deadline)
    ]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        # A Friday: nothing to move.
        (date(2026, 5, 15), [(7, "Fri 2026-05-08 08:00"), (2, "Wed 2026-05-13 08:00"), (0, "Fri 2026-05-15 08:00")]),
        # A Monday: two days before is a Saturday, so the Friday.
        (date(2026, 5, 18), [(7, "Mon 2026-05-11 08:00"), (2, "Fri 2026-05-15 08:00"), (0, "Mon 2026-05-18 08:00")]),
        # A Saturday: on the last school day before.
        (date(2026, 5, 16), [(7, "Fri 2026-05-08 08:00"), (2, "Thu 2026-05-14 08:00"), (0, "Fri 2026-05-15 08:00")]),
        # A Sunday: "2 days before" and "on the day" are both the Friday, and one mail is enough.
        (date(2026, 5, 17), [(7, "Fri 2026-05-08 08:00"), (0, "Fri 2026-05-15 08:00")]),
        # A Tuesday after Labour Day: two days before is the Sunday of a long weekend.
        (date(2026, 10, 27), [(7, "Tue 2026-10-20 08:00"), (2, "Fri 2026-10-23 08:00"), (0, "Tue 2026-10-27 08:00")]),
        # In the first week of term: what lies in the holidays goes on the first school day.
        (date(2026, 10, 16), [(7, "Mon 2026-10-12 08:00"), (2, "Wed 2026-10-14 08:00"), (0, "Fri 2026-10-16 08:00")]),
        # In the holidays: the last school day before them, and one mail for all.
        (date(2026, 10, 8), [(0, "Fri 2026-09-25 08:00")]),
        # After the summer: a week before would be in the holidays, two days before is the first day of term.
        (date(2026, 2, 4), [(2, "Mon 2026-02-02 08:00"), (0, "Wed 2026-02-04 08:00")]),
    ],
)
def test_reminders_go_on_school_days(day: date, expected: list[tuple[int, str]]) -> None:
    assert planned(CALENDAR, a_deadline(day)) == expected


def test_with_no_terms_known_reminders_go_on_plain_days() -> None:
    assert planned(PLAIN, a_deadline(date(2026, 5, 17))) == [
        (7, "Sun 2026-05-10 08:00"),
        (2, "Fri 2026-05-15 08:00"),
        (0, "Sun 2026-05-17 08:00"),
    ]


def test_a_reminder_that_would_come_after_the_hour_is_left_out() -> None:
    early = a_deadline(date(2026, 5, 15), utc("2026-05-15 07:30"))
    assert [days for days, _ in planned(CALENDAR, early)] == [7, 2]
    noon = a_deadline(date(2026, 5, 15), utc("2026-05-15 12:00"))
    assert [days for days, _ in planned(CALENDAR, noon)] == [7, 2, 0]


def test_no_reminder_goes_in_quiet_hours() -> None:
    quiet = SchoolCalendar(AUCKLAND, NO_TERMS, frozenset(), QuietHours(time(18), time(9)))
    assert planned(quiet, a_deadline(date(2026, 5, 15), distances=(0,))) == [(0, "Fri 2026-05-15 09:00")]


@pytest.mark.parametrize(
    ("now", "owed"),
    [
        ("2026-05-08 07:59", []),
        ("2026-05-08 08:00", [7]),
        ("2026-05-14 10:00", [7, 2]),
        ("2026-05-15 23:59", [7, 2, 0]),
        ("2026-05-16 00:00", []),
    ],
)
def test_what_is_owed_of_a_deadline(now: str, owed: list[int]) -> None:
    found = due_reminders(CALENDAR, Rhythm(), a_deadline(date(2026, 5, 15)), utc(now))
    assert [each.distance_days for each in found] == owed


def test_a_deadline_written_down_late_has_only_the_reminders_that_are_left() -> None:
    late = Deadline(3, 1, "Late", date(2026, 5, 15), None, "", (7, 2, 0), utc("2026-05-12 10:00"))
    assert [each.distance_days for each in due_reminders(CALENDAR, Rhythm(), late, utc("2026-05-13 09:00"))] == [2]


def test_a_reminder_missed_before_the_holidays_waits_for_their_end() -> None:
    deadline = a_deadline(date(2026, 10, 20), distances=(26,))  # planned for Thursday 24 September
    assert due_reminders(CALENDAR, Rhythm(), deadline, utc("2026-09-24 09:00"))
    assert due_reminders(CALENDAR, Rhythm(), deadline, utc("2026-09-30 09:00")) == ()
    assert due_reminders(CALENDAR, Rhythm(), deadline, utc("2026-10-12 09:00"))


@pytest.mark.parametrize(
    ("language", "now", "subject", "day"),
    [
        ("en", "2026-05-08 08:00", "in 7 days, Friday 15 May", "Friday 15 May 2026, 5:00 pm"),
        ("en", "2026-05-14 08:00", "tomorrow, Friday 15 May", "Friday 15 May 2026, 5:00 pm"),
        ("en", "2026-05-15 08:00", "today, Friday 15 May", "Friday 15 May 2026, 5:00 pm"),
        ("mi", "2026-05-08 08:00", "e 7 ngā rā e toe ana, Paraire 15 Mei", "Paraire 15 Mei 2026, 17:00"),
        ("mi", "2026-05-14 08:00", "āpōpō, Paraire 15 Mei", "Paraire 15 Mei 2026, 17:00"),
    ],
)
def test_the_reminder_says_what_and_how_far_off(language: str, now: str, subject: str, day: str) -> None:
    settings = ListSettings.model_validate({"language": language})
    mail_list = MailList(1, 1, "esol", "lists.example.nz", "ESOL Kōrero <&>", "", settings, 1)
    deadline = a_deadline(date(2026, 5, 15), utc("2026-05-15 17:00"))
    octets = compose_reminder(environment(), mail_list, deadline, CALENDAR, ESOL, "https://lists.example.nz", utc(now))
    message = email.message_from_bytes(octets, policy=email.policy.default)
    assert message["Subject"] == f"ESOL Kōrero <&> · TESSOL awards: {subject}"
    assert message["From"].addresses[0].addr_spec == "esol-owner@lists.example.nz"
    assert message["To"].addresses[0].addr_spec == "esol-owner@lists.example.nz"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"].endswith("<esol.lists.example.nz>")
    assert message["Date"].datetime == utc(now)
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        text = part.get_content()
        assert day in text
        assert "https://example.nz/tessol" in text
        assert "esol-leave@lists.example.nz" in text
        assert "/sign-in/" not in text
        assert ("ESOL Kōrero &lt;&amp;&gt;" if kind == "html" else "ESOL Kōrero <&>") in text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Read the group's pages", "This link is for you alone; do not pass it on.")),
        ("mi", ("Pānuihia ngā whārangi o te rōpū", "Māu anake tēnei hononga; kaua e tukuna atu ki tangata kē.")),
    ],
)
def test_a_readers_own_link_is_in_both_twins(language: str, words: tuple[str, str]) -> None:
    settings = ListSettings.model_validate({"language": language})
    mail_list = MailList(1, 1, "esol", "lists.example.nz", "ESOL", "", settings, 1)
    deadline, base_url = a_deadline(date(2026, 5, 15)), "https://lists.example.nz"
    link = f"{base_url}/sign-in/x?next=/groups/esol/"
    octets = compose_reminder(
        environment(), mail_list, deadline, CALENDAR, ESOL, base_url, utc("2026-05-15 08:00"), link
    )
    message = email.message_from_bytes(octets, policy=email.policy.default)
    plain, html = (part.get_content() for kind in ("plain", "html") if (part := message.get_body((kind,))))
    assert f"\n{words[0]}: {link}\n{words[1]}\n" in plain.replace("\r\n", "\n")
    assert f'<a href="{link}">{words[0]}</a> · {words[1]}<br>' in html


def test_a_whole_day_names_no_hour_and_a_deadline_without_link_none() -> None:
    mail_list = MailList(1, 1, "esol", "lists.example.nz", "ESOL", "", ListSettings(), 1)
    plain = Deadline(3, 1, "Abstracts", date(2026, 5, 15), None, "", (0,), ADDED)
    octets = compose_reminder(environment(), mail_list, plain, CALENDAR, ESOL, "", utc("2026-05-15 08:00"))
    assert b"Friday 15 May 2026\r\n" in octets
    assert b"http" not in octets.split(b"<html", 1)[0]


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`listserv deadline ...` on a site with one list, on Monday 16 November 2026."""
    monkeypatch.setenv("LISTSERV_CLOCK", "2026-11-16T09:00+13:00")
    config = prepare(tmp_path / "site", "lists.example.nz")
    database = Database(f"sqlite:///{config.with_name('listserv.db')}")
    new_list(database, "english", utc("2026-11-16 09:00"))
    database.close()

    def runner(*arguments: str) -> Result:
        return CliRunner().invoke(deadline_command, arguments, obj=config, prog_name="listserv deadline")

    return runner


@pytest.mark.parametrize(
    ("when", "shown", "reminded"),
    [
        ("2026-11-27", "2026-11-27", "2026-11-20 08:00, 2026-11-25 08:00, 2026-11-27 08:00"),
        ("27/11/2026", "2026-11-27", "2026-11-20 08:00, 2026-11-25 08:00, 2026-11-27 08:00"),
        ("2026-11-27T17:00", "2026-11-27 17:00", "2026-11-20 08:00, 2026-11-25 08:00, 2026-11-27 08:00"),
        ("27.11.2026 7:30", "2026-11-27 07:30", "2026-11-20 08:00, 2026-11-25 08:00"),
        ("2026-11-26T23:00+00:00", "2026-11-27 12:00", "2026-11-20 08:00, 2026-11-25 08:00, 2026-11-27 08:00"),
        ("2026-11-17", "2026-11-17", "2026-11-17 08:00"),
    ],
)
def test_deadline_add_says_when_the_group_is_reminded(run: Run, when: str, shown: str, reminded: str) -> None:
    done = run("add", "english", when, "TESSOL awards")
    assert done.output == f"Deadline 1 of english@lists.example.nz: TESSOL awards, {shown}; reminders {reminded}.\n"


def test_a_reminder_brings_one_date_for_ones_own_calendar_and_none_to_who_wants_text_alone() -> None:
    mail_list = MailList(1, 1, "esol", "lists.example.nz", "ESOL Kōrero", "", ListSettings(), 1)
    deadline = a_deadline(date(2026, 5, 15), utc("2026-05-15 17:00"))
    now = utc("2026-05-08 08:00")
    octets = compose_reminder(environment(), mail_list, deadline, CALENDAR, ESOL, "https://lists.example.nz", now)
    (file,) = email.message_from_bytes(octets, policy=email.policy.default).iter_attachments()
    payload = file.get_payload(decode=True)
    assert isinstance(payload, bytes)
    calendar = Calendar.from_ical(payload)
    (event,) = calendar.events
    assert (file["Content-Type"].params["method"], calendar["METHOD"]) == ("PUBLISH", "PUBLISH")
    assert "X-WR-CALNAME" not in calendar and "NAME" not in calendar
    assert event.decoded("DTSTART") == utc("2026-05-15 17:00")
    plain = email.message_from_bytes(text_of_ours(octets), policy=email.policy.default)
    assert plain.get_content_type() == "text/plain" and "TESSOL awards" in plain.get_content()


def test_a_date_of_a_school_nobody_is_at_is_refused(run: Run) -> None:
    done = run("add", "english", "2026-11-27", "Camp", "--event", "--school", "Evergreen")
    assert done.exit_code == 1
    assert "Nobody in english@lists.example.nz is at Evergreen" in str(done.exception or done.output)


def test_deadlines_are_listed_and_removed(run: Run) -> None:
    run("add", "english", "2026-11-27", "Later", "--remind", "none")
    run(
        "add",
        "english",
        "20/11/2026 17:00",
        " Sooner  than\tthat ",
        "--link",
        "https://example.nz/x",
        "--remind",
        "1d,3d",
    )
    rows = json.loads(run("all", "english", "--json").output)
    assert rows == [
        {
            "id": 2,
            "when": "2026-11-20 17:00",
            "title": "Sooner than that",
            "link": "https://example.nz/x",
            "school": "",
            "remind": "3d,1d",
            "network": False,
        },
        {"id": 1, "when": "2026-11-27", "title": "Later", "link": "", "school": "", "remind": "none", "network": False},
    ]
    assert run("remove", "2").output == "Deadline 2 removed: Sooner than that.\n"
    assert [row["id"] for row in json.loads(run("all", "english", "--json").output)] == [1]
    assert "Later" in run("all", "english").output
    again = run("remove", "2")
    assert isinstance(again.exception, ListservError)
    assert again.exception.public == "There is no deadline 2; `listserv deadline all LIST` shows those of a list."


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("english", "27 Nov", "T"), "'27 Nov' is no day: write 2026-05-15, 15/5/2026 or 2026-05-15T17:00."),
        (("english", "31/11/2026", "T"), "'31/11/2026' is no day"),
        (("english", "2026-11-15", "T"), "2026-11-15 is over."),
        (("english", "2026-11-16T08:59", "T"), "is over."),
        # With it no calendar of the group could be made any more: there is no day after that one.
        (("english", "2026-11-27", "T", "--until", "9999-12-31"), "9999-12-31 is too far away; write a year from"),
        (("english", "31/12/9999", "T"), "31/12/9999 is too far away"),
        (("english", "2026-11-27", " "), "one line of up to 200"),
        (("english", "2026-11-27", "x" * 201), "one line of up to 200"),
        (("english", "2026-11-27", "T", "--link", "javascript:alert(1)"), "is no web address"),
        (("english", "2026-11-27", "T", "--link", 'https://x" onclick'), "is no web address"),
        (("english", "2026-11-27", "T", "--remind", "soon"), "--remind soon: write up to 5 distances"),
        (("english", "2026-11-27", "T", "--remind", "366d"), "up to 365 days"),
        (("english", "2026-11-27", "T", "--remind", "1d,2d,3d,4d,5d,6d"), "up to 5"),
        (("nobody", "2026-11-27", "T"), "There is no list 'nobody'"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    done = run("add", *arguments)
    assert isinstance(done.exception, ListservError)
    assert sentence in done.exception.public
    assert json.loads(run("all", "english", "--json").output) == []


def test_a_deadline_of_a_network_is_every_groups(run: Run) -> None:
    done = run("add", "--network", "lists.example.nz", "2026-11-27", "Camp", "--until", "29/11/2026", "--event")
    assert done.output == (
        "Deadline 1 of every group of lists.example.nz: Camp, 2026-11-27 to 2026-11-29;"
        " reminders 2026-11-20 08:00, 2026-11-25 08:00, 2026-11-27 08:00.\n"
    )
    (row,) = json.loads(run("all", "english", "--json").output)
    assert (row["title"], row["network"]) == ("Camp", True)
    for wrong in (("--network", "lists.example.nz", "english", "2026-11-27", "T"), ("english", "2026-11-27")):
        assert run("add", *wrong).exit_code == 2


def test_a_deadline_is_moved_and_reminded_of_at_other_times(run: Run) -> None:
    run("add", "english", "2026-11-27 17:00", "TESSOL awards")
    assert run("set", "1", "--remind", "3d,1d").output == (
        "Deadline 1 of english@lists.example.nz: TESSOL awards, 2026-11-27 17:00;"
        " reminders 2026-11-24 08:00, 2026-11-26 08:00.\n"
    )
    moved = run("set", "1", "--when", "4/12/2026", "--remind", "none").output
    assert moved == "Deadline 1 of english@lists.example.nz: TESSOL awards, 2026-12-04; no reminders.\n"
    for wrong in (("1",), ("1", "--when", "2026-11-01"), ("1", "--remind", "soon"), ("7", "--remind", "1d")):
        assert run("set", *wrong).exit_code == 1
    assert json.loads(run("all", "english", "--json").output)[0]["when"] == "2026-12-04"


def test_a_reminder_of_several_days_tells_them_all() -> None:
    camp = Deadline(3, 1, "Camp", date(2026, 5, 18), utc("2026-05-18 09:00"), "", (0,), ADDED, event=True,
                    end_day=date(2026, 5, 22), ends_at=utc("2026-05-22 15:00"))  # fmt: skip
    mail_list = MailList(1, 1, "esol", "lists.example.nz", "ESOL", "", ListSettings(), 1)
    octets = compose_reminder(environment(), mail_list, camp, CALENDAR, ESOL, "", utc("2026-05-15 08:00"))
    said = email.message_from_bytes(octets, policy=email.policy.default).get_body(("plain",))
    assert said is not None
    told = " ".join(said.get_content().split())
    assert "Monday 18 May 2026 – Friday 22 May 2026, 9:00 am – 3:00 pm" in told.replace("\u202f", " ")


def test_an_instant_is_kept_in_utc(run: Run, tmp_path: Path) -> None:
    run("add", "english", "27/11/2026 17:00", "T")
    database = Database(f"sqlite:///{tmp_path / 'site' / 'listserv.db'}")
    with database.read() as connection:
        assert get_deadline(connection, 1).at == datetime(2026, 11, 27, 4, tzinfo=UTC)
    database.close()
