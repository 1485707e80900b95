"""Calendar feeds over HTTP: whose dates a link shows, what ends it, and what an independent library reads of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from icalendar import Calendar

from listserv.mail.address import address_key
from listserv.mail.token import calendar_token, sign_in_token, verify_calendar
from listserv.model.lists import MailList
from listserv.store.deadlines import NewDate, add_dates, remove_deadline
from listserv.store.lists import get_list
from listserv.store.people import person_of
from listserv.store.sessions import sign_out_everywhere
from tests.store_site import NOW
from tests.web_site import WebSiteUnderTest, web_site

MERE, JO = "mere@school.example", "jo@school.example"
DAY = date(2026, 11, 27)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebSiteUnderTest]:
    with web_site(tmp_path, f"sqlite:///{tmp_path / 'listserv.db'}") as made:
        hidden = made.group("huna", MERE, private=True)
        public = made.group("puare", JO)
        for mail_list, title in ((hidden, "Hidden hui"), (public, "Open hui")):
            add(made, mail_list, NewDate(title, DAY, event=True))
        yield made


def add(site: WebSiteUnderTest, mail_list: MailList, *new: NewDate) -> list[int]:
    made = site.write(lambda c: add_dates(c, mail_list.id, new, NOW, distances=(2,)))
    return [each.id for each in made]


def token_of(site: WebSiteUnderTest, address: str, number: int = 0) -> str:
    with site.database.read() as connection:
        person_id = person_of(connection, address_key(address))
    assert person_id is not None
    return calendar_token(site.key, person_id, number)


def titles(site: WebSiteUnderTest, path: str, cookie: str = "") -> list[str]:
    answer = site.get(path, cookie=cookie)
    assert answer.status == 200, path
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(answer.body)
    assert "METHOD" not in calendar
    return sorted(str(event["SUMMARY"]) for event in calendar.events)


def test_a_public_group_is_for_all_and_a_private_one_for_its_own_link_or_cookie(site: WebSiteUnderTest) -> None:
    assert titles(site, "/groups/puare/calendar.ics") == ["Open hui"]
    assert site.get("/groups/huna/calendar.ics").status == 404
    assert titles(site, f"/groups/huna/calendar.ics?key={token_of(site, MERE)}") == ["Hidden hui"]
    assert titles(site, "/groups/huna/calendar.ics", cookie=site.sign_in(MERE)) == ["Hidden hui"]
    for wrong in (token_of(site, JO), "nonsense", "a" * 34, token_of(site, MERE)[:-1] + "7"):
        assert site.get(f"/groups/huna/calendar.ics?key={wrong}").status == 404


def test_the_calendar_of_all_and_that_of_a_person(site: WebSiteUnderTest) -> None:
    assert titles(site, "/calendar.ics") == ["Open hui"]
    assert titles(site, f"/calendar.ics?key={token_of(site, MERE)}") == ["Hidden hui", "Open hui"]
    assert titles(site, f"/calendar/{token_of(site, MERE)}.ics") == ["Hidden hui"]
    assert titles(site, f"/calendar/{token_of(site, JO)}.ics") == ["Open hui"]
    assert site.get("/calendar.ics?network=nowhere").status == 404


def test_a_groups_page_tells_what_is_coming_and_no_more_what_has_been(site: WebSiteUnderTest) -> None:
    puare = site.write(lambda c: get_list(c, "puare"))
    camp = NewDate("Camp <b>", date(2026, 11, 15), event=True, end_day=date(2026, 11, 17), link="https://camp.example/")
    awards = NewDate("Awards", DAY, datetime(2026, 11, 27, 4, tzinfo=UTC))
    first, *_ = add(
        site, puare, camp, awards, NewDate("Over", date(2026, 11, 1)), NewDate("Kura", DAY, school="Waiuku")
    )
    page = site.get("/groups/puare/").text
    assert "Sunday 15 November 2026 – Tuesday 17 November 2026" in page
    assert '<a href="https://camp.example/" rel="nofollow noopener noreferrer"><bdi>Camp &lt;b&gt;</bdi></a>' in page
    assert "Friday 27 November 2026, 5:00 pm" in page.replace("\u202f", " ")
    assert "Over" not in page and "Kura" not in page
    site.write(lambda c: remove_deadline(c, first, NOW))
    assert "Camp" not in site.get("/groups/puare/").text
    assert "Hidden hui" in site.get("/groups/huna/", cookie=site.sign_in(MERE)).text


def test_an_address_in_a_date_is_for_members(site: WebSiteUnderTest) -> None:
    puare = site.write(lambda c: get_list(c, "puare"))
    camp = NewDate("Camp: ask tama@kura.example \u202eabc", DAY, link="https://camp.example/?to=tama%40kura.example")
    site.write(lambda c: add_dates(c, puare.id, [camp], NOW, distances=(2,), network_id=puare.network_id))
    for path in ("/groups/puare/", "/groups/puare/calendar.ics", "/calendar.ics"):
        for cookie, is_member in (("", False), (site.sign_in(JO), True)):
            text = site.get(path, cookie=cookie).text.replace("\r\n ", "")
            assert "Camp: ask tama@" in text
            assert ("tama@kura.example" in text, "tama%40kura.example" in text) == (is_member, is_member), path
            assert "\u202e" not in text


def test_an_address_in_a_networks_date_is_for_members_of_each_of_its_groups(site: WebSiteUnderTest) -> None:
    """It was written in a group that she is not in."""
    huna = site.write(lambda c: get_list(c, "huna"))
    camp = NewDate("Camp: ask tama@kura.example", DAY)
    site.write(lambda c: add_dates(c, huna.id, [camp], NOW, distances=(2,), network_id=huna.network_id))
    for cookie, is_member in (("", False), (site.sign_in(JO), True)):
        text = site.get("/groups/puare/calendar.ics", cookie=cookie).text
        assert "Camp: ask tama@" in text
        assert ("tama@kura.example" in text) == is_member


def test_a_networks_date_stands_once_in_each_groups_and_in_her_own_feed(site: WebSiteUnderTest) -> None:
    english, maths = site.group("english", MERE), site.group("maths", MERE, JO)
    huna = site.write(lambda c: get_list(c, "huna"))
    camp = NewDate("Camp", DAY, event=True, end_day=date(2026, 11, 29))
    site.write(lambda c: add_dates(c, huna.id, [camp], NOW, distances=(2,), network_id=english.network_id))
    uids = set()
    feeds = [f"/groups/{each.name}/calendar.ics" for each in (english, maths)]
    feeds += [f"/calendar/{token_of(site, each)}.ics" for each in (MERE, JO)]
    for path in (*feeds, "/calendar.ics"):
        (event,) = [each for each in Calendar.from_ical(site.get(path).body).events if each["SUMMARY"] == "Camp"]
        assert event.decoded("DTEND") == date(2026, 11, 30)
        uids.add(str(event["UID"]))
    assert len(uids) == 1


def test_a_link_ends_when_she_signs_out_everywhere_and_with_her_place(site: WebSiteUnderTest) -> None:
    token = token_of(site, MERE)
    with site.database.read() as connection:
        person_id = person_of(connection, address_key(MERE))
    assert person_id is not None
    site.write(lambda c: sign_out_everywhere(c, person_id))
    assert site.get(f"/calendar/{token}.ics").status == 404
    assert site.get(f"/groups/puare/calendar.ics?key={token}").status == 404
    fresh = token_of(site, MERE, 1)
    assert titles(site, f"/calendar/{fresh}.ics") == ["Hidden hui"]
    site.write(lambda c: c.exec_driver_sql("UPDATE subscription SET left_at = 1"))
    assert titles(site, f"/calendar/{fresh}.ics") == []
    assert site.get(f"/groups/huna/calendar.ics?key={fresh}").status == 404


def test_it_signs_nobody_in_and_a_sign_in_is_no_calendar(site: WebSiteUnderTest) -> None:
    token = token_of(site, MERE)
    assert site.get(f"/sign-in/{token}").status == 404
    assert site.get(f"/groups/huna/?key={token}").status == 404
    other = sign_in_token(site.key, 1, NOW.date())
    assert site.get(f"/calendar/{other}.ics").status == 404
    assert verify_calendar(site.key, other) is None
    assert verify_calendar(b"x" * 32, token) is None


def test_nothing_new_is_said_so_and_a_removed_date_is_cancelled(site: WebSiteUnderTest) -> None:
    path = "/groups/puare/calendar.ics"
    first = site.get(path)
    assert site.get(path, headers={"if-none-match": first.headers["etag"]}).status == 304
    (event,) = Calendar.from_ical(first.body).events
    number = int(str(event["UID"]).partition("@")[0].rpartition("-")[2])
    site.write(lambda c: remove_deadline(c, number, NOW))
    answer = site.get(path, headers={"if-none-match": first.headers["etag"]})
    (gone,) = Calendar.from_ical(answer.body).events
    assert (gone["UID"], gone["STATUS"], gone["SEQUENCE"]) == (event["UID"], "CANCELLED", 1)
