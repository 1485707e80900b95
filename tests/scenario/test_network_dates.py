"""One date for every group of a network, reminders at other times, several days, weeks of one school: by mail alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from tests.scenario.test_week_dates import WEDNESDAY, Dates, number, words
from tests.servers.private import free_port
from tests.service import DOMAIN, Service

MERE, JO, AROHA, ANA = "mere@everglade.example", "jo@waiuku.example", "aroha@everglade.example", "ana@office.example"
ESOL, MATHS = f"esol-request@{DOMAIN}", f"maths-request@{DOMAIN}"


@pytest.fixture(scope="module")
def dates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dates]:
    """Mere is in both groups of the network, Jo in one; Aroha facilitates one, Ana administers the network."""
    port = free_port()
    there = {"LISTSERV_CLOCK": WEDNESDAY, "LISTSERV__WEB__LISTEN": f"127.0.0.1:{port}"}
    with Service(tmp_path_factory.mktemp("site"), environment=there, connections=1) as made:
        made.run("list", "create", "esol", "--title", "ESOL Online")
        made.run("list", "create", "maths", "--title", "Maths Online")
        for file, rows in (("esol", f"{MERE},Mere,Everglade,\n{AROHA},Aroha,Everglade,facilitator\n"),
                           ("maths", f"{MERE},Mere,Everglade,\n{JO},Jo,Waiuku,\n")):  # fmt: skip
            (made.folder / f"{file}.csv").write_text(f"address,name,school,role\n{rows}", "utf-8")
            made.run("member", "import", file, str(made.folder / f"{file}.csv"))
        made.run("network", "add", DOMAIN, ANA, "--name", "Ana")
        made.start()
        found = Dates(made, port)
        yield found
        found.web.close()


def test_a_date_of_the_network_reaches_every_group_each_person_once_and_changes_in_all(dates: Dates) -> None:
    dates.write(ANA, "Event: cluster camp, 11-13 May\nGroups: all\nRemind: 5 days before", to=ESOL)
    asked = words(dates.last(ANA, "Is this right?"))
    assert f"In every group of {DOMAIN}." in asked and "When the group is reminded: 5 days before" in asked
    dates.reply(ANA, dates.last(ANA, "Is this right?"), "yes")
    published = dates.last(ANA, "In the calendar of ESOL Online: cluster camp")
    assert "Monday 11 May 2026 – Wednesday 13 May 2026" in words(published)
    assert "The group is reminded on Wed 6 May 8:00 am." in words(published).replace("\u202f", " ")
    assert "cancel date" in words(published)
    told = dates.last(AROHA, "Ana has put into the calendar: cluster camp")
    assert "cancel date" not in words(told)  # for her it is not to change

    dates.write(MERE, "dates", to=MATHS)
    coming = words(dates.last(MERE, "What is coming in Maths Online"))
    assert "cluster camp" in coming and f"In every group of {DOMAIN}." in coming and "cancel date" not in coming
    group, own = [line for line in coming.split() if ".ics" in line]
    (there,), (hers,) = dates.feed(group), dates.feed(own)
    assert (there["UID"], there.decoded("DTSTART"), there.decoded("DTEND")) == (
        hers["UID"], date(2026, 5, 11), date(2026, 5, 14),
    )  # fmt: skip

    said = dates.service.run("tick", "--now", "2026-05-06T08:00+12:00")
    assert said.count("cluster camp") == 2
    assert dates.service.run("tick", "--now", "2026-05-06T08:10+12:00") == "Nothing is due.\n"
    dates.service.move_clock("2026-05-06T08:11+12:00")
    dates.settle()
    (reminder,) = dates.mails(MERE, "cluster camp: in 5 days")
    assert len(dates.mails(JO, "cluster camp: in 5 days")) == 1
    assert "Monday 11 May 2026 – Wednesday 13 May 2026" in words(reminder)
    assert f"everybody in {DOMAIN}" in words(reminder)

    wanted = number(dates.last(ANA, "In the calendar of ESOL Online: cluster camp"))
    dates.write(AROHA, f"cancel date {wanted}", to=ESOL)
    dates.reply(AROHA, dates.last(AROHA, "Shall we change"), "yes")
    assert "only those who run all of these change it" in words(dates.last(AROHA, "ESOL"))
    before = dates.feed("/groups/maths/calendar.ics")[0]
    dates.write(ANA, f"move date {wanted} to Mon 18 May", to=MATHS)
    dates.reply(ANA, dates.last(ANA, "Shall we change"), "yes")
    for group in ("esol", "maths"):
        (moved,) = dates.feed(f"/groups/{group}/calendar.ics")
        assert (moved["UID"], moved["SEQUENCE"], moved.decoded("DTEND")) == (before["UID"], 1, date(2026, 5, 21))
    dates.write(ANA, f"cancel date {wanted}", to=MATHS)
    dates.reply(ANA, dates.last(ANA, "Shall we change"), "yes")
    for group in ("esol", "maths"):
        (gone,) = dates.feed(f"/groups/{group}/calendar.ics")
        assert (gone["UID"], gone["SEQUENCE"], gone["STATUS"]) == (before["UID"], 2, "CANCELLED")


def test_a_facilitators_date_stays_in_her_group_and_its_reminders_are_changed_by_mail(dates: Dates) -> None:
    dates.write(AROHA, "Deadline: Fri 29 May, awards\nGroups: all", to=ESOL)
    asked = dates.last(AROHA, "Is this right?")
    assert "yours is for ESOL Online alone" in words(asked)
    dates.reply(AROHA, asked, "yes")
    assert "In every group" not in words(dates.last(AROHA, "In the calendar of ESOL Online: awards"))
    assert "awards" not in str(dates.feed("/groups/maths/calendar.ics"))

    wanted = number(dates.last(AROHA, "In the calendar of ESOL Online: awards"))
    dates.write(AROHA, f"remind date {wanted} a week and the day before", to=ESOL)
    confirm = dates.last(AROHA, "Shall we change")
    assert f"remind date {wanted}: 7d, 1d" in words(confirm)
    dates.reply(AROHA, confirm, "yes")
    told = words(dates.last(AROHA, "ESOL")).replace("\u202f", " ")
    assert "The group is reminded of “awards” on Fri 22 May 8:00 am, Thu 28 May 8:00 am." in told
    (row,) = [each for each in dates.service.table("deadline", "all", "esol") if each["title"] == "awards"]
    assert row["remind"] == "7d,1d"


def test_reminders_nobody_can_read_are_asked_back(dates: Dates) -> None:
    dates.write(AROHA, "Deadline: Fri 12 June, reports\nRemind: 3 days after", to=ESOL)
    asked = dates.last(AROHA, "Is this right?")
    assert "could not read when the group is to be reminded" in words(asked)
    dates.reply(AROHA, asked, "Remind: the day before")
    told = words(dates.last(AROHA, "In the calendar of ESOL Online: reports")).replace("\u202f", " ")
    assert "The group is reminded on Thu 11 June 8:00 am." in told


def test_weeks_of_term_for_one_school(dates: Dates) -> None:
    dates.write(AROHA, "Event: weeks 4 and 8, staff meeting\nSchool: everglade", to=ESOL)
    asked = words(dates.last(AROHA, "Is this right?"))
    assert "Monday 11 May 2026 – Friday 15 May 2026" in asked and "Monday 8 June 2026 – Friday 12 June 2026" in asked
    dates.reply(AROHA, dates.last(AROHA, "Is this right?"), "yes")
    published = dates.last(AROHA, "staff meeting")
    assert "Only for those at Everglade." in words(published)
    dates.write(MERE, "dates", to=ESOL)
    link = next(line for line in words(dates.last(MERE, "What is coming in ESOL")).split() if ".ics" in line)
    meetings = [each for each in dates.feed(link) if each["SUMMARY"] == "staff meeting"]
    assert [(each.decoded("DTSTART"), each.decoded("DTEND")) for each in meetings] == [
        (date(2026, 5, 11), date(2026, 5, 16)),
        (date(2026, 6, 8), date(2026, 6, 13)),
    ]
    assert "staff meeting" not in str(dates.feed("/groups/esol/calendar.ics"))
    one, other = (int(str(each["UID"]).split("@")[0].rpartition("-")[2]) for each in meetings)
    dates.write(AROHA, f"cancel date {one}\ncancel date {other}", to=ESOL)
    dates.reply(AROHA, dates.last(AROHA, "Shall we change"), "yes")
    assert {str(each["STATUS"]) for each in dates.feed(link) if each["SUMMARY"] == "staff meeting"} == {"CANCELLED"}


def test_a_no_above_our_own_unmarked_question_is_a_plain_no(dates: Dates) -> None:
    dates.write(AROHA, "Deadline: Fri 26 June, portfolios", to=ESOL)
    asked = dates.last(AROHA, "Is this right?")
    address = asked["Reply-To"].addresses[0].addr_spec
    question = words(asked).replace("\r\n", "\n")
    assert "\n    Deadline: Friday 26 June 2026\n" in question
    before = len(dates.mails(AROHA))
    dates.write(AROHA, f"No\n\n{question}", to=address)
    assert "portfolios" not in dates.titles()
    assert len(dates.mails(AROHA)) == before  # and she is not asked once more
