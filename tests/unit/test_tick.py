"""A tick does what is due, once, and says so; on both engines, through failures, changes of mind and second nodes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, tzinfo
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from listserv.digest import tick as tick_module
from listserv.digest.alarm import Alarm
from listserv.digest.plan import due, due_reminders
from listserv.digest.run import Compose, Done, run_digest, run_reminder
from listserv.digest.tick import tick
from listserv.errors import StoreUnavailable
from listserv.model.lists import Delivery, DigestPeriod
from listserv.model.school import rhythm_of
from listserv.store.deadlines import NewDate, add_dates, move_deadline, remove_deadline, set_distances
from listserv.store.engine import Database
from listserv.store.lists import archive_list, change_list, get_list
from listserv.store.people import find_member, person_of, remove_member
from listserv.store.personal import choose_hour
from listserv.store.schedule import Outcome, claim_run
from listserv.store.schema import schedule_runs
from listserv.store.takedowns import begin_removal
from listserv.store.writer import Writer
from tests.clockwork import join, new_list, outbox, saying, silent, utc, workshop
from tests.stopwatch import Stopwatch
from tests.store_site import new_database

START = utc("2026-11-16 09:00")
Tick = Callable[[str], list[Done]]


both_engines = pytest.mark.usefixtures("database_url")


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A SQLite database, or for tests marked so each of the two engines."""
    both = "database_url" in request.fixturenames
    made = new_database(request.getfixturevalue("database_url") if both else f"sqlite:///{tmp_path / 'clock.db'}")
    yield made
    made.close()


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    made = Writer(database)
    yield made
    made.close()


@pytest.fixture
def at(database: Database, writer: Writer) -> Tick:
    return lambda now: tick(database, writer, workshop(), utc(now))


def said(done: list[Done]) -> list[tuple[str, str, str, int]]:
    return [(each.kind, each.period, each.outcome.value, each.recipients) for each in done]


@both_engines
def test_a_weekly_digest_goes_once_at_its_hour(database: Database, at: Tick) -> None:
    english = new_list(database, "english", START)
    join(database, english, "mere", START, DigestPeriod.WEEKLY)
    join(database, english, "sione", START, DigestPeriod.WEEKLY, Delivery.NONE)
    join(database, english, "ruth", START)
    assert at("2026-11-20 15:59:59") == []
    assert said(at("2026-11-20 16:00:07")) == [("weekly-digest", "2026-W47", "sent", 2)]
    assert at("2026-11-20 16:00:27") == []
    [mail] = outbox(database)
    assert mail.kind == "digest"
    assert mail.words[:3] == ["english", "weekly", "2026-W47"]
    assert len(mail.recipients) == 2
    assert said(at("2026-11-27 16:00:07")) == [("weekly-digest", "2026-W48", "sent", 2)]
    first, second = (mail.words for mail in outbox(database))
    assert second[3] == first[4]


def test_each_kind_of_digest_has_its_own_readers(database: Database, at: Tick) -> None:
    english = new_list(database, "english", START)
    for name, kind in (("a", DigestPeriod.DAILY), ("b", DigestPeriod.WEEKLY), ("c", DigestPeriod.MONTHLY)):
        join(database, english, name, START, kind)
    assert said(at("2026-11-17 07:00")) == [("daily-digest", "2026-11-17", "sent", 1)]
    assert said(at("2026-11-18 07:00")) == [("daily-digest", "2026-11-18", "sent", 1)]
    assert said(at("2026-12-04 16:00"))[-2:] == [
        ("weekly-digest", "2026-W49", "sent", 1),
        ("monthly-digest", "2026-12", "sent", 1),
    ]


@both_engines
def test_readers_of_another_language_get_a_digest_of_their_own(database: Database, at: Tick) -> None:
    english = new_list(database, "english", START)
    join(database, english, "mere", START, DigestPeriod.WEEKLY)
    join(database, english, "hemi", START, DigestPeriod.WEEKLY)
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE person SET language = 'mi' WHERE id = 1")
    assert said(at("2026-11-20 16:00")) == [("weekly-digest", "2026-W47", "sent", 2)]
    assert sorted(mail.words[5] for mail in outbox(database)) == ["en", "mi"]


def test_a_guest_whose_time_is_over_reads_nothing(database: Database, at: Tick) -> None:
    english = new_list(database, "english", START)
    join(database, english, "guest", START, DigestPeriod.WEEKLY, until=utc("2026-11-20 09:00"))
    join(database, english, "mere", START, DigestPeriod.WEEKLY)
    at("2026-11-20 16:00")
    assert [len(mail.recipients) for mail in outbox(database)] == [1]


def test_where_nobody_reads_digests_nothing_is_written_down(database: Database, at: Tick) -> None:
    join(database, new_list(database, "english", START), "mere", START)
    assert at("2026-12-04 16:00") == []
    with database.read() as connection:
        assert connection.execute(select(schedule_runs)).first() is None


@both_engines
def test_when_the_last_reader_has_left_the_weeks_go_by_and_are_not_told_later(database: Database, at: Tick) -> None:
    english = new_list(database, "english", START)
    join(database, english, "mere", START, DigestPeriod.WEEKLY)
    at("2026-11-20 16:00")
    with database.begin() as connection:
        person = person_of(connection, "mere@school.example.nz")
        assert person is not None
        member = find_member(connection, english, person, utc("2026-11-21 09:00"))
        assert member is not None
        remove_member(connection, english, member, utc("2026-11-21 09:00"))
    assert said(at("2026-11-27 16:00")) == [("weekly-digest", "2026-W48", "nobody", 0)]
    join(database, english, "ruth", utc("2026-12-01 09:00"), DigestPeriod.WEEKLY)
    at("2026-12-04 16:00")
    assert outbox(database)[-1].words[3] == utc("2026-11-27 15:59").isoformat()


def test_a_quiet_week_is_written_down_and_its_time_counts_as_told(database: Database, writer: Writer) -> None:
    english = new_list(database, "english", START)
    join(database, english, "mere", START, DigestPeriod.WEEKLY)
    quiet = tick(database, writer, workshop(silent), utc("2026-11-20 16:00"))
    assert said(quiet) == [("weekly-digest", "2026-W47", "quiet", 0)]
    tick(database, writer, workshop(), utc("2026-11-27 16:00"))
    [mail] = outbox(database)
    assert mail.words[2:4] == ["2026-W48", utc("2026-11-20 15:59").isoformat()]


@both_engines
def test_a_digest_that_cannot_be_composed_takes_no_other_along_and_is_tried_again(
    database: Database, writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("arts", "english", "media"):
        join(database, new_list(database, name, START), "mere", START, DigestPeriod.WEEKLY)

    def failing(*arguments: object) -> object:
        if getattr(arguments[1], "name", "") == "english":
            raise ValueError("no words")
        return saying(*arguments)  # type: ignore[arg-type]

    with caplog.at_level(logging.ERROR):
        done = tick(database, writer, workshop(failing), utc("2026-11-20 16:00"))  # type: ignore[arg-type]
    assert [each.list_address.split("@")[0] for each in done] == ["arts", "media"]
    assert "weekly-digest 2026-W47 of english@lists.example.nz failed" in caplog.text
    again = tick(database, writer, workshop(), utc("2026-11-20 16:00:20"))
    assert [each.list_address.split("@")[0] for each in again] == ["english"]


def test_a_later_digest_waits_for_one_that_failed(database: Database, writer: Writer) -> None:
    join(database, new_list(database, "english", START), "mere", START, DigestPeriod.WEEKLY)

    def failing(*arguments: object) -> object:
        if getattr(arguments[2], "key", "") == "2026-W47":
            raise ValueError("no words")
        return saying(*arguments)  # type: ignore[arg-type]

    broken: Compose = failing  # type: ignore[assignment]
    assert tick(database, writer, workshop(broken), utc("2026-11-27 16:00")) == []
    done = tick(database, writer, workshop(), utc("2026-11-27 16:01"))
    assert [each.period for each in done] == ["2026-W47", "2026-W48"]


def test_a_long_downtime_skips_what_is_old_and_tells_its_posts_with_the_next(database: Database, at: Tick) -> None:
    join(database, new_list(database, "english", START), "mere", START, DigestPeriod.WEEKLY)
    at("2026-10-16 16:00")
    at("2026-11-20 16:00")
    join(database, new_list(database, "media", START), "mere", START, DigestPeriod.WEEKLY)
    done = at("2026-12-18 16:00")
    english = [(each.period, each.outcome.value) for each in done if each.list_address.startswith("english")]
    assert english == [
        ("2026-W48", "skipped"),
        ("2026-W49", "sent"),
        ("2026-W50", "sent"),
        ("2026-W51", "sent"),
    ]
    windows = [mail.words[3:5] for mail in outbox(database) if mail.words[0] == "english"]
    assert [window[0] for window in windows[1:]] == [window[1] for window in windows[:-1]]


@both_engines
def test_what_was_skipped_is_said_once(database: Database, at: Tick) -> None:
    join(database, new_list(database, "english", START), "mere", utc("2026-09-10 09:00"), DigestPeriod.WEEKLY)
    at("2026-09-11 16:00")
    assert said(at("2026-10-12 09:00")) == [
        ("weekly-digest", "2026-W38", "skipped", 0),
        ("weekly-digest", "2026-W39", "skipped", 0),
    ]
    assert at("2026-10-12 09:00:20") == []
    assert said(at("2026-10-16 16:00")) == [("weekly-digest", "2026-W42", "sent", 1)]
    assert outbox(database)[-1].words[3] == utc("2026-09-11 15:59").isoformat()


@pytest.mark.parametrize(("before", "after"), [("monday", "friday"), ("friday", "monday"), ("friday", "wednesday")])
def test_no_time_is_told_twice_or_never_when_the_day_is_changed(
    database: Database, writer: Writer, before: str, after: str
) -> None:
    english = new_list(database, "english", START, digest_day=before)
    join(database, english, "mere", START, DigestPeriod.WEEKLY)
    tools, went = workshop(), [START]
    for hour in range(0, 24 * 7 * 4, 4):
        if hour == 24 * 8:
            with database.begin() as connection:
                change_list(connection, get_list(connection, "english"), {"digest_day": after})
        went += [START + timedelta(hours=hour) for _ in tick(database, writer, tools, START + timedelta(hours=hour))]
    assert all(after - before < timedelta(days=12) for before, after in pairwise(went))
    windows = [mail.words[3:5] for mail in outbox(database)]
    assert len(windows) in (4, 5)
    assert [window[0] for window in windows[1:]] == [window[1] for window in windows[:-1]]
    assert len({mail.words[2] for mail in outbox(database)}) == len(windows)


def test_a_closed_list_has_one_last_digest(database: Database, at: Tick) -> None:
    english = new_list(database, "english", START)
    join(database, english, "mere", START, DigestPeriod.WEEKLY)
    at("2026-11-20 16:00")
    with database.begin() as connection:
        archive_list(connection, english, utc("2026-11-24 09:00"))
    assert [each.period for each in at("2026-11-27 16:00")] == ["2026-W48"]
    assert at("2026-12-04 16:00") == []


@both_engines
def test_what_another_node_has_claimed_is_left_to_it(database: Database, writer: Writer) -> None:
    english = new_list(database, "english", START)
    join(database, english, "mere", START, DigestPeriod.WEEKLY)
    with database.begin() as connection:
        assert claim_run(connection, "weekly-digest", english.id, "2026-W47", START)
    assert tick(database, writer, workshop(), utc("2026-11-20 16:00")) == []
    assert outbox(database) == []


def a_run(connection: Connection, list_id: int) -> None:
    assert claim_run(connection, "weekly-digest", list_id, "2026-W46", START)


def a_removal(connection: Connection, _list_id: int) -> None:
    """Nothing is told of posts while another node takes some down."""
    begin_removal(connection)


@both_engines
@pytest.mark.parametrize("begin", [a_run, a_removal])
def test_what_another_node_is_about_to_do_is_not_waited_for(
    database: Database, writer: Writer, begin: Callable[[Connection, int], None]
) -> None:
    if database.dialect != "postgresql":
        pytest.skip("on SQLite the writer of one process at a time holds the database")
    english = new_list(database, "english", START)
    join(database, english, "mere", START, DigestPeriod.WEEKLY)
    with database.begin() as other:
        begin(other, english.id)
        assert tick(database, writer, workshop(), utc("2026-11-20 16:00")) == []
    assert [each.period for each in tick(database, writer, workshop(), utc("2026-11-20 16:00:20"))] == ["2026-W47"]


@both_engines
def test_a_claim_and_its_mail_are_one_transaction(database: Database) -> None:
    english = new_list(database, "english", START)
    join(database, english, "mere", START, DigestPeriod.WEEKLY)
    now = utc("2026-11-20 16:00")
    tools = workshop()
    owed = due(tools.calendars.of(english), rhythm_of(english.settings), DigestPeriod.WEEKLY, None, START, now)
    with pytest.raises(ZeroDivisionError), database.begin() as connection:
        done = run_digest(connection, english, owed.periods[0], tools, now)
        assert done is not None and done.outcome is Outcome.SENT
        raise ZeroDivisionError
    assert outbox(database) == []
    with database.read() as connection:
        assert connection.execute(select(schedule_runs)).first() is None


@both_engines
def test_reminders_go_once_a_distance_to_everybody_who_gets_mail(database: Database, at: Tick) -> None:
    english = new_list(database, "english", START)
    join(database, english, "each", START)
    join(database, english, "weekly", START, DigestPeriod.MONTHLY, Delivery.NONE)
    join(database, english, "none", START, DigestPeriod.NONE, Delivery.NONE)
    join(database, english, "guest", START, until=utc("2026-11-17 09:00"))
    with database.begin() as connection:
        add_dates(connection, english.id, [NewDate("TESSOL awards", date(2026, 11, 26))], START, distances=(7, 2, 0))
    reminded = [each for day in range(16, 30) for hour in (7, 8, 9) for each in at(f"2026-11-{day} {hour:02}:00")]
    assert said(reminded) == [
        ("reminder", "7d", "sent", 2),
        ("reminder", "2d", "sent", 2),
        ("reminder", "0d", "sent", 2),
    ]
    mails = outbox(database)
    assert {mail.kind for mail in mails} == {"reminder"}
    assert [b"in 7 days" in mails[0].octets, b"in 2 days" in mails[1].octets, b"today" in mails[2].octets] == [True] * 3


@both_engines
def test_a_networks_date_reminds_each_person_once_in_a_group_of_hers(database: Database, at: Tick) -> None:
    english, media = new_list(database, "english", START), new_list(database, "media", START, reminder_time="07:00")
    closed = new_list(database, "closed", START)
    for mail_list, who in ((english, "mere"), (media, "mere"), (media, "jo"), (closed, "eve")):
        join(database, mail_list, who, START)
    join(database, english, "silent", START, DigestPeriod.NONE, Delivery.NONE)
    join(database, media, "silent", START)
    with database.begin() as connection:
        archive_list(connection, closed, START)
        awards, home = NewDate("TESSOL awards", date(2026, 11, 26)), media.network_id
        add_dates(connection, media.id, [awards], START, distances=(7,), network_id=home)
    assert said(at("2026-11-19 07:00")) == [("reminder", "7d", "sent", 2)]
    assert said(at("2026-11-19 08:00")) == [("reminder", "7d", "sent", 1)]
    assert at("2026-11-19 08:01") == []
    assert [(mail.list_id, len(mail.recipients)) for mail in outbox(database)] == [(media.id, 2), (english.id, 1)]
    assert all(b"everybody in lists.example.nz" in mail.octets for mail in outbox(database))


def test_of_several_reminders_missed_only_the_last_goes(database: Database, at: Tick) -> None:
    english = new_list(database, "english", START)
    join(database, english, "mere", START)
    with database.begin() as connection:
        add_dates(connection, english.id, [NewDate("TESSOL", date(2026, 11, 26))], START, distances=(7, 2, 0))
    assert said(at("2026-11-25 10:00")) == [("reminder", "7d", "skipped", 0), ("reminder", "2d", "sent", 1)]
    assert at("2026-11-25 10:00:20") == []
    assert b"tomorrow" in outbox(database)[0].octets
    assert at("2026-11-27 08:00") == []  # over: the last one would come too late


@both_engines
def test_a_removed_deadline_and_one_without_readers_remind_nobody(database: Database, at: Tick) -> None:
    english, media = new_list(database, "english", START), new_list(database, "media", START)
    join(database, english, "mere", START)
    with database.begin() as connection:
        (made,) = add_dates(connection, english.id, [NewDate("One", date(2026, 11, 20))], START, distances=(2,))
        add_dates(connection, media.id, [NewDate("Two", date(2026, 11, 20))], START, distances=(2,))
        remove_deadline(connection, made.id, START)
    assert said(at("2026-11-18 08:00")) == [("reminder", "2d", "nobody", 0)]
    assert at("2026-11-18 08:01") == []
    assert outbox(database) == []


def test_a_database_that_is_away_is_no_end_of_the_clock(
    database: Database, writer: Writer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    join(database, new_list(database, "english", START), "mere", START, DigestPeriod.WEEKLY)

    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("The database is not available now.")

    with monkeypatch.context() as patched:
        patched.setattr(tick_module, "run_digest", away)
        assert tick(database, writer, workshop(), utc("2026-11-20 16:00")) == []
    assert "not available" in caplog.text
    assert len(tick(database, writer, workshop(), utc("2026-11-20 16:00:20"))) == 1


def test_an_idle_tick_is_cheap_and_writes_nothing(
    database: Database, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        mail_list = new_list(database, f"list{number}", START)
        join(database, mail_list, "mere", START, DigestPeriod.WEEKLY)
        with database.begin() as connection:
            add_dates(connection, mail_list.id, [NewDate("TESSOL", date(2026, 11, 24))], START, distances=(7, 0))
    tools = workshop()
    assert len(tick(database, writer, tools, utc("2026-11-20 16:00"))) == 60
    jobs: list[object] = []
    monkeypatch.setattr(writer, "run", jobs.append)
    with Stopwatch() as watch:
        for _ in range(20):
            assert tick(database, writer, tools, utc("2026-11-20 17:00")) == []
    assert watch.seconds / 20 < 0.5
    assert jobs == []


def test_the_alarm_goes_on_after_a_tick_that_failed_and_stops_for_good() -> None:
    ticks: list[int] = []
    enough = threading.Event()

    def failing() -> None:
        ticks.append(1)
        if len(ticks) == 3:
            enough.set()
        raise ValueError("away")

    alarm = Alarm(failing, every_seconds=0.02)
    alarm.start()
    assert enough.wait(5)
    alarm.stop()
    count = len(ticks)
    assert not threading.Event().wait(0.1)
    assert len(ticks) == count


def test_a_service_that_stops_waits_for_one_update_and_the_rest_go_at_its_next_start(
    database: Database, writer: Writer
) -> None:
    for name in ("english", "maths", "music"):
        join(database, new_list(database, name, START), "mere", START, DigestPeriod.WEEKLY)
    asked: list[int] = []

    def is_stopping() -> bool:
        asked.append(len(outbox(database)))
        return asked[-1] > 0

    now = utc("2026-11-20 16:00:07")
    assert [each.recipients for each in tick(database, writer, workshop(), now, is_stopping)] == [1]
    assert len(outbox(database)) == 1
    assert [each.recipients for each in tick(database, writer, workshop(), now)] == [1, 1]
    assert len(outbox(database)) == 3


def test_a_tick_under_way_hears_that_the_alarm_stops() -> None:
    begun, stopping, heard = threading.Event(), threading.Event(), []

    def long() -> None:
        begun.set()
        heard.append(stopping.wait(10))

    alarm = Alarm(long, every_seconds=0.01, on_stop=stopping.set)
    alarm.start()
    assert begun.wait(5)
    alarm.stop()
    assert heard == [True]


def test_an_alarm_never_has_two_ticks_at_once() -> None:
    busy, overlaps, enough = threading.Lock(), [], threading.Event()

    def slow(seen: list[int]) -> None:
        if not busy.acquire(blocking=False):
            overlaps.append(1)
            return
        seen.append(1)
        threading.Event().wait(0.05)
        busy.release()
        if len(seen) == 3:
            enough.set()

    alarm = Alarm(partial(slow, []), every_seconds=0.01)
    alarm.start()
    assert enough.wait(5)
    alarm.stop()
    assert overlaps == []


@pytest.mark.parametrize("wrong", [timedelta(days=365), timedelta(hours=13), -timedelta(days=365 * 50)])
def test_where_the_machines_clock_is_set_meanwhile_the_alarm_goes_on(
    monkeypatch: pytest.MonkeyPatch, wrong: timedelta
) -> None:
    """A machine that has begun with a wrong clock: the hour the next round was planned for is far away now."""
    shift, rounds = [wrong], []

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + shift[0]

    for module in ("listserv.digest.alarm", "apscheduler.schedulers.base"):
        monkeypatch.setattr(f"{module}.datetime", Clock)
    began = threading.Event()

    def tick() -> None:
        rounds.append(shift[0])
        began.set()

    alarm = Alarm(tick, every_seconds=0.05)
    alarm.start()
    assert began.wait(5)
    shift[0] = timedelta(0)
    deadline = time.monotonic() + 5
    while rounds[-1] and time.monotonic() < deadline:
        time.sleep(0.02)
    alarm.stop()
    assert not rounds[-1]


@both_engines
@pytest.mark.parametrize("how", ["removed", "moved", "other days"])
def test_no_reminder_goes_of_a_date_that_was_changed_while_the_tick_worked(database: Database, how: str) -> None:
    """What is due is read first; the updates that go before the reminders may take a while."""
    english = new_list(database, "english", START)
    join(database, english, "mere", START)
    with database.begin() as connection:
        [found] = add_dates(connection, english.id, [NewDate("Camp", date(2026, 11, 20))], START, distances=(2, 0))
        calendar, rhythm = workshop().calendars.of(english), rhythm_of(english.settings)
        now = utc("2026-11-18 08:00")
        owed = due_reminders(calendar, rhythm, found, now)
        assert len(owed) == 1
        if how == "removed":
            remove_deadline(connection, found.id, now)
        elif how == "moved":
            move_deadline(connection, found.id, date(2026, 11, 27), None, now)
        else:
            set_distances(connection, found.id, (), now)
        assert run_reminder(connection, english, found, owed, workshop(), now) == []
    assert outbox(database) == []


@both_engines
def test_a_tick_of_a_clock_that_was_a_year_ahead_silences_nobody_once_it_is_right(
    database: Database, writer: Writer
) -> None:
    english = new_list(database, "english", START)
    join(database, english, "mere", START, DigestPeriod.WEEKLY, Delivery.NONE)
    join(database, english, "own", START, DigestPeriod.WEEKLY, Delivery.NONE)
    with database.begin() as connection:
        own = person_of(connection, "own@school.example.nz") or 0
        choose_hour(connection, own, "monday", "09:00", START)
        add_dates(connection, english.id, [NewDate("Camp", date(2026, 11, 30))], START, distances=(2,))
    tools = workshop()

    def at(now: str) -> set[str]:
        done = tick(database, writer, tools, utc(now))
        return {f"{each.kind} {each.period}" for each in done if each.outcome is not Outcome.SKIPPED}

    assert at("2026-11-20 16:00") == {"weekly-digest 2026-W47"}
    assert at("2026-11-23 09:00") == {"own-weekly-digest 2026-W48"}
    assert at("2027-11-22 10:00") >= {"weekly-digest 2027-W46", "own-weekly-digest 2027-W47"}
    assert at("2026-11-24 12:00") == set()
    assert at("2026-11-27 16:00") == {"weekly-digest 2026-W48", "reminder 2d"}
    assert at("2026-11-30 09:00") == {"own-weekly-digest 2026-W49"}
    assert at("2026-11-30 09:01") == set()
    weekly = [mail.words for mail in outbox(database) if mail.octets.startswith(b"english weekly 2026-W4")]
    assert [words[2] for words in weekly] == ["2026-W47", "2026-W48"]
    assert weekly[1][3] == weekly[0][4]
