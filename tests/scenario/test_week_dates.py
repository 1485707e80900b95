"""The school's dates by mail alone: proposed, asked back, published, reminded of, followed by a calendar program.

What travels to calendars is read by an independent library, as those who subscribe would.
"""

from __future__ import annotations

import contextlib
import email
import email.policy
import re
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from icalendar import Calendar

from tests.client_styles import STYLES
from tests.client_styles import reply as in_style
from tests.servers.private import free_port
from tests.service import DOMAIN, Service

MERE, JO, AROHA, EVE = "mere@everglade.example", "jo@waiuku.example", "aroha@everglade.example", "eve@other.example"
HANA = "hana@waiuku.example"  # the other facilitator
REQUEST, GROUP = f"esol-request@{DOMAIN}", f"esol@{DOMAIN}"
AUCKLAND = ZoneInfo("Pacific/Auckland")
WEDNESDAY = "2026-04-22T10:00+12:00"  # Term 2, Week 1


class Dates:
    """A running site with one private group: Mere and Jo are members at two schools, Aroha and Hana run it."""

    def __init__(self, service: Service, port: int) -> None:
        self.service = service
        self.web = httpx.Client(base_url=f"http://127.0.0.1:{port}")
        self._sent = 0

    def write(self, author: str, body: str, to: str = REQUEST, subject: str = "") -> None:
        self._sent += 1
        head = {"From": author, "To": to, "Subject": subject, "Date": "Wed, 22 Apr 2026 10:00:00 +1200"}
        head |= {"Message-ID": f"<{self._sent}@everglade.example>", "Content-Type": "text/plain; charset=utf-8"}
        lines = [*(f"{name}: {value}" for name, value in head.items()), "", *body.split("\n"), ""]
        self._take("\r\n".join(lines).encode(), to, author)

    def reply(self, author: str, to: EmailMessage, body: str) -> None:
        self._sent += 1
        style = sorted(STYLES)[self._sent % len(STYLES)]
        octets = in_style(to.as_bytes(), body, style, author=author)
        answer = email.message_from_bytes(octets, policy=email.policy.default)
        self._take(octets, answer["To"].addresses[0].addr_spec, author)

    def _take(self, octets: bytes, to: str, author: str) -> None:
        code, text = self.service.send(octets, to, author)
        assert code == 250, f"{text}\n{self.service.log.read_text('utf-8', 'replace')[-4000:]}"
        self.settle()

    def settle(self) -> None:
        """Nothing waits in the outbox: asked of the database, as a command line takes a second."""
        end = time.monotonic() + 60
        with contextlib.closing(sqlite3.connect(self.service.folder / "listserv.db")) as database:
            while database.execute("SELECT count(*) FROM delivery WHERE state = 'waiting'").fetchone()[0]:
                assert time.monotonic() < end, "still in the outbox"
                time.sleep(0.02)

    def titles(self) -> str:
        """What stands in the calendar."""
        with contextlib.closing(sqlite3.connect(self.service.folder / "listserv.db")) as database:
            rows = database.execute("SELECT title FROM deadline WHERE state = 'published' AND removed_at IS NULL")
            return ", ".join(title for (title,) in rows)

    def mails(self, address: str, subject: str = "") -> list[EmailMessage]:
        found = [email.message_from_bytes(each, policy=email.policy.default)
                 for each in self.service.delivered(address)]  # fmt: skip
        return [message for message in found if subject in str(message["Subject"])]

    def last(self, address: str, subject: str) -> EmailMessage:
        found = self.mails(address, subject)
        assert found, [str(each["Subject"]) for each in self.mails(address)]
        return found[-1]

    def feed(self, link: str) -> list[Any]:
        """The events a calendar program finds at this address."""
        end = time.monotonic() + 10
        while True:
            try:
                answer = self.web.get(link.removeprefix(f"https://{DOMAIN}"))
                break
            except httpx.ConnectError:  # SMTP answers a moment before the pages do
                assert time.monotonic() < end
                time.sleep(0.05)
        assert answer.status_code == 200, link
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        calendar = Calendar.from_ical(answer.content)
        assert not calendar.errors and calendar["VERSION"] == "2.0"
        return list(calendar.events)

    def links(self, address: str) -> list[str]:
        """The addresses to follow, as "dates" tells them."""
        self.write(address, "dates")
        return re.findall(r"https://\S+\.ics\S*", words(self.last(address, "What is coming")))


def words(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def number(message: EmailMessage) -> str:
    """The number of the first date, as the mail says how to cancel it."""
    found = re.search(r"cancel date (\d+)", words(message))
    assert found, words(message)
    return found[1]


@pytest.fixture(scope="module")
def dates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dates]:
    port = free_port()
    there = {"LISTSERV_CLOCK": WEDNESDAY, "LISTSERV__WEB__LISTEN": f"127.0.0.1:{port}"}
    with Service(tmp_path_factory.mktemp("site"), environment=there, connections=1) as made:
        made.run("list", "create", "esol", "--title", "ESOL Online")
        made.run("list", "set", "esol", "private=true")
        people = Path(made.folder / "people.csv")
        people.write_text(
            "address,name,school,role\n"
            f"{MERE},Mere,Everglade,\n{JO},Jo,Waiuku,\n{AROHA},Aroha,Everglade,facilitator\n"
            f"{HANA},Hana,Waiuku,facilitator\n",
            "utf-8",
        )
        made.run("member", "import", "esol", str(people))
        made.start()
        there_now = Dates(made, port)
        yield there_now
        there_now.web.close()


def test_a_member_proposes_and_a_facilitators_yes_publishes(dates: Dates) -> None:
    dates.write(MERE, "Kia ora,\n\nDeadline: Fri 15 May, TESSOL awards, https://tessol.example.nz/a\n\nNgā mihi\nMere")
    asked = dates.last(MERE, "Is this right?")
    assert "Friday 15 May 2026" in words(asked)
    assert "TESSOL" not in words(asked) and "tessol" not in words(asked)  # From proves nothing, so no words of hers
    assert dates.mails(AROHA, "calendar") == []
    dates.reply(MERE, asked, "Yes")
    told = dates.last(MERE, "Proposed for ESOL Online: TESSOL awards")
    assert "https://tessol.example.nz/a" in words(told)
    proposal = dates.last(AROHA, "shall it stand in the calendar?")
    assert f"Mere ({MERE}) proposes" in words(proposal) and "Friday 15 May 2026" in words(proposal)
    assert dates.titles() == ""
    dates.reply(AROHA, proposal, "no problem, go ahead")
    assert dates.titles() == ""
    dates.reply(AROHA, proposal, "Yes")
    assert "said yes" in words(dates.last(MERE, "In the calendar of ESOL Online: TESSOL awards"))
    (row,) = dates.service.table("deadline", "all", "esol")
    assert (row["when"], row["title"], row["remind"]) == ("2026-05-15", "TESSOL awards", "7d,2d,0d")
    dates.reply(AROHA, proposal, "no")
    assert "already" in words(dates.last(AROHA, "In the calendar"))
    assert dates.titles() == "TESSOL awards"


def test_a_strangers_date_waits_for_her_own_yes_and_may_be_declined(dates: Dates) -> None:
    dates.write(EVE, "Event: Kahui hui, Saturday 30 May 10am, https://spam.example/")
    dates.reply(EVE, dates.last(EVE, "Is this right?"), "yes")
    proposal = dates.last(AROHA, "shall it stand")
    assert f"{EVE} proposes" in words(proposal) and "Saturday 30 May 2026, 10:00" in words(proposal)
    dates.reply(AROHA, proposal, "no")
    assert "decided not to" in words(dates.last(EVE, "Not in the calendar"))
    assert "Kahui hui" not in dates.titles()


def test_a_facilitators_own_line_is_published_by_her_answer_and_forged_mail_by_nobodys(dates: Dates) -> None:
    dates.write(AROHA, "Rā kati: Paraire 22 Mei, ngā tuhinga")
    assert "ngā tuhinga" not in dates.titles()
    dates.reply(AROHA, dates.last(AROHA, "Is this right?"), "āe")
    published = dates.last(AROHA, "In the calendar of ESOL Online: ngā tuhinga")
    assert "Friday 22 May 2026" in words(published)
    assert "Aroha has put this" in words(dates.last(HANA, "Aroha has put into the calendar: ngā tuhinga"))
    assert "ngā tuhinga" in dates.titles()


def test_a_facilitators_own_address_publishes_at_once(dates: Dates) -> None:
    dates.write(AROHA, "moderate")
    own = dates.last(AROHA, "address")
    dates.reply(AROHA, own, "Event: Language week, 4-8 May")
    assert "Monday 4 May 2026 – Friday 8 May 2026" in words(dates.last(AROHA, "In the calendar of ESOL Online: Lang"))


def test_what_may_mean_two_days_is_asked_back_and_answered_by_a_number(dates: Dates) -> None:
    dates.write(AROHA, "Deadline: next Friday, abstracts")
    asked = dates.last(AROHA, "Which day is meant?")
    assert "1  Friday 24 April 2026" in words(asked) and "2  Friday 1 May 2026" in words(asked)
    dates.reply(AROHA, asked, "either, I think")
    again = dates.last(AROHA, "Which day is meant?")
    assert "could not read your answer" in words(again)
    assert "abstracts" not in dates.titles()
    dates.reply(AROHA, again, "2")
    assert "Friday 1 May 2026" in words(dates.last(AROHA, "In the calendar of ESOL Online: abstracts"))


def test_a_line_without_a_day_is_completed_by_a_clearer_one_or_by_a_day(dates: Dates) -> None:
    dates.write(AROHA, "Deadline: reading logs\nDeadline: 5/13/2026, spelling")
    asked = dates.last(AROHA, "Which day is meant?")
    assert "found no day" in words(asked) and "month first" in words(asked)
    dates.reply(AROHA, asked, "Deadline: Mon 25 May, reading logs\nDeadline: 13 May, spelling")
    assert "Monday 25 May" in words(dates.last(AROHA, "reading logs"))
    dates.write(AROHA, "Deadline: portfolios")
    dates.reply(AROHA, dates.last(AROHA, "Which day is meant?"), "Thursday 28 May")
    shown = dates.last(AROHA, "Is this right?")
    assert "Thursday 28 May 2026" in words(shown)
    dates.reply(AROHA, shown, "yes")
    assert "Thursday 28 May 2026" in words(dates.last(AROHA, "In the calendar of ESOL Online: portfolios"))


def test_a_staff_meeting_by_weeks_of_term_stands_on_each_day(dates: Dates) -> None:
    dates.write(AROHA, "Event: staff meeting, Tuesday of weeks 3 and 8, 3:30 pm")
    dates.reply(AROHA, dates.last(AROHA, "Is this right?"), "yes")
    published = words(dates.last(AROHA, "staff meeting"))
    assert "Tuesday 5 May 2026, 3:30" in published and "Tuesday 9 June 2026, 3:30" in published
    link, _ = dates.links(MERE)
    meetings = [event for event in dates.feed(link) if event["SUMMARY"] == "staff meeting"]
    assert [event.decoded("DTSTART").astimezone(AUCKLAND) for event in meetings] == [
        datetime(2026, 5, 5, 15, 30, tzinfo=AUCKLAND),
        datetime(2026, 6, 9, 15, 30, tzinfo=AUCKLAND),
    ]
    assert len({event["UID"] for event in meetings}) == 2


def test_a_schools_date_is_its_members_alone(dates: Dates) -> None:
    dates.write(AROHA, "Deadline: Wed 29 April, reports to parents\nSchool: Evergreen")
    asked = dates.last(AROHA, "Is this right?")
    assert "Nobody in the group is at" in words(asked) and "Everglade, Waiuku" in words(asked)
    dates.reply(AROHA, asked, "yes")
    assert "reports" not in dates.titles()
    dates.reply(
        AROHA, dates.last(AROHA, "Is this right?"), "School: everglade\nDeadline: Wed 29 April, reports to parents"
    )
    assert "Only for those at Everglade" in words(
        dates.last(AROHA, "In the calendar of ESOL Online: reports to parents")
    )
    (mine, _), (theirs, _) = dates.links(MERE), dates.links(JO)
    assert "reports to parents" in str(dates.feed(mine)) and "reports to parents" not in str(dates.feed(theirs))
    assert "reports to parents" not in words(dates.last(JO, "What is coming"))
    assert "reports to parents" in words(dates.last(MERE, "What is coming"))


def test_feeds_are_for_their_readers_alone_and_stay_right_across_daylight_saving(dates: Dates) -> None:
    dates.write(
        AROHA, "Event: evening hui, Friday 25 September 4pm-5:30pm\nEvent: morning hui, Monday 28 September 4pm"
    )
    dates.reply(AROHA, dates.last(AROHA, "Is this right?"), "yes")
    link, own = dates.links(JO)
    assert dates.web.get("/groups/esol/calendar.ics").status_code == 404
    assert dates.web.get(f"/groups/esol/calendar.ics?key={'a' * 34}").status_code == 404
    assert "hui" not in dates.web.get("/calendar.ics").text
    for found in (dates.feed(link), dates.feed(own)):
        begins = {str(each["SUMMARY"]): each.decoded("DTSTART") for each in found}
        assert begins["evening hui"] == datetime(2026, 9, 25, 4, 0, tzinfo=UTC)  # 16:00 at +12
        assert begins["morning hui"] == datetime(2026, 9, 28, 3, 0, tzinfo=UTC)  # 16:00 at +13
    answer = dates.web.get(link.removeprefix(f"https://{DOMAIN}"))
    kept = {"If-None-Match": answer.headers["ETag"]}
    assert dates.web.get(link.removeprefix(f"https://{DOMAIN}"), headers=kept).status_code == 304


def test_a_date_that_is_taken_back_is_cancelled_in_calendars(dates: Dates) -> None:
    dates.write(HANA, "Deadline: Wed 3 June, grants")
    dates.reply(HANA, dates.last(HANA, "Is this right?"), "yes")
    wanted = number(dates.last(HANA, "In the calendar of ESOL Online: grants"))
    link, _ = dates.links(JO)
    (before,) = [each for each in dates.feed(link) if each["SUMMARY"] == "grants"]
    assert (before["STATUS"], before["SEQUENCE"], before.decoded("DTSTART")) == ("CONFIRMED", 0, date(2026, 6, 3))
    dates.write(HANA, f"move date {wanted} to Fri 5 June 2pm")
    dates.reply(HANA, dates.last(HANA, "Shall we change"), "yes")
    (moved,) = [each for each in dates.feed(link) if each["SUMMARY"] == "grants"]
    assert (moved["UID"], moved["SEQUENCE"]) == (before["UID"], 1)
    assert moved.decoded("DTSTART") == datetime(2026, 6, 5, 14, tzinfo=AUCKLAND)
    dates.write(JO, f"cancel date {wanted}")
    dates.reply(JO, dates.last(JO, "Shall we change"), "yes")
    assert "Only those who run the group" in words(dates.last(JO, "ESOL"))
    dates.write(HANA, f"cancel date {wanted}")
    dates.reply(HANA, dates.last(HANA, "Shall we change"), "yes")
    (after,) = [each for each in dates.feed(link) if each["SUMMARY"] == "grants"]
    assert (after["UID"], after["STATUS"], after["SEQUENCE"]) == (before["UID"], "CANCELLED", 2)
    dates.links(JO)
    assert "grants" not in words(dates.last(JO, "What is coming"))


def test_reminders_bring_a_calendar_file_to_those_concerned(dates: Dates) -> None:
    service = dates.service
    dates.write(AROHA, "Deadline: Wed 29 April, reading logs\nSchool: Everglade")
    dates.reply(AROHA, dates.last(AROHA, "Is this right?"), "yes")
    done = service.run("tick", "--now", "2026-04-24T08:00+12:00")
    assert "reading logs" in done
    service.move_clock("2026-04-24T08:01+12:00")
    dates.settle()
    assert dates.mails(JO, "reading logs") == []
    (reminder,) = dates.mails(MERE, "ESOL Online · reading logs: in 5 days, Wednesday 29 April")
    assert "those at Everglade" in words(reminder)
    (file,) = list(reminder.iter_attachments())
    assert (file.get_content_type(), file.get_param("method")) == ("text/calendar", "PUBLISH")
    octets = file.get_payload(decode=True)
    assert isinstance(octets, bytes)
    calendar = Calendar.from_ical(octets)
    (event,) = calendar.events
    assert (calendar["METHOD"], event["SUMMARY"], event.decoded("DTSTART")) == (
        "PUBLISH",
        "reading logs",
        date(2026, 4, 29),
    )
    link, _ = dates.links(MERE)
    assert event["UID"] in {each["UID"] for each in dates.feed(link)}
    again = service.run("tick", "--now", "2026-04-24T08:05+12:00")
    assert "reading logs" not in again


def test_a_proposal_nobody_answers_is_asked_once_more_and_ends_with_its_day(dates: Dates) -> None:
    dates.write(JO, "Event: choir, Tuesday 28 April 2pm")
    dates.reply(JO, dates.last(JO, "Is this right?"), "yes")
    asked = len(dates.mails(HANA, "shall it stand"))
    dates.service.move_clock("2026-04-27T09:00+12:00")
    for _ in range(2):
        dates.service.run("tick")
        dates.settle()
        assert len(dates.mails(HANA, "shall it stand")) == asked + 1
    dates.service.move_clock("2026-04-29T09:00+12:00")
    dates.service.run("tick")
    dates.settle()
    assert "has come without a word" in words(dates.last(JO, "Not in the calendar of ESOL Online: choir"))
    dates.reply(HANA, dates.last(HANA, "shall it stand"), "yes")
    assert "does not stand" in words(dates.last(HANA, "Not in the calendar of ESOL Online: choir"))
    assert "choir" not in dates.titles()
