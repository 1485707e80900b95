"""A link asked for on the page: it goes to members alone, not too often, and the page never tells whether it went."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.responses import Response
from starlette.types import Send

from listserv.mail.address import address_key
from listserv.mail.token import verify_sign_in
from listserv.model.lists import Delivery, Role
from listserv.resources import environment, translations
from listserv.store.engine import Connection
from listserv.store.link_asked import DAY
from listserv.store.people import add_member, ensure_person, get_member, remove_member
from listserv.store.schema import contents, deliveries
from listserv.web import app as web_app
from listserv.web import send_link
from tests.page_judge import judge_page
from tests.store_site import DOMAIN, NOW
from tests.unit.test_web_words import messages
from tests.web_site import BASE_URL, WebSiteUnderTest, web_site

MERE, JO = "mere@school.example", "jo@school.example"


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[WebSiteUnderTest]:
    with web_site(tmp_path, database_url) as made:
        made.group("english", MERE, JO, private=True)
        yield made


def ask(site: WebSiteUnderTest, address: str) -> bytes:
    """The answer, when whatever it started has been committed."""
    answer = site.post("/sign-in", {"address": address})
    assert answer.status == 200 and not answer.cookies
    site.writer.run(lambda _: None)
    return answer.body


def sent(site: WebSiteUnderTest) -> list[tuple[str, EmailMessage]]:
    """(address, mail) of what is in the outbox, oldest first."""
    statement = select(deliveries.c.to_address, contents.c.octets).join(
        contents, contents.c.id == deliveries.c.content_id
    )
    with site.database.read() as connection:
        rows = connection.execute(statement.order_by(deliveries.c.id)).all()
    return [(row[0], message_from_bytes(row[1], policy=policy.default)) for row in rows]


def test_the_link_in_the_mail_signs_in(site: WebSiteUnderTest) -> None:
    ask(site, f"  {MERE.upper()} ")
    [(address, mail)] = sent(site)
    assert address == MERE and mail["To"].addresses[0].addr_spec == MERE
    assert mail["From"].addresses[0].addr_spec == f"english-owner@{DOMAIN}"
    assert mail["Auto-Submitted"] == "auto-generated"
    (found,) = re.findall(rf"^{BASE_URL}(/sign-in/(\S+))$", mail.get_content().replace("\r\n", "\n"), re.MULTILINE)
    path, token = found
    person = site.person(MERE)
    assert verify_sign_in(site.key, token, NOW.date() + timedelta(days=1)) == person
    assert verify_sign_in(site.key, token, NOW.date() + timedelta(days=2)) is None
    answer = site.post(path)
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert site.get("/groups/english/", cookie=answer.cookies[0].partition(";")[0]).status == 200


def test_the_answer_is_the_same_for_everybody(site: WebSiteUnderTest) -> None:
    typed = [
        "nobody@school.example",
        "",
        "x",
        "@",
        "mere@",
        "a\0@b",
        "ā@ḡ.nz",
        "x" * 400 + "@b",
        MERE,
        MERE,
        JO,
    ]
    assert len({ask(site, each) for each in typed}) == 1
    assert site.post("/sign-in", {}).body == ask(site, MERE)
    assert [address for address, _ in sent(site)] == [MERE, JO]


def test_nothing_is_looked_up_before_the_answer(site: WebSiteUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that its time tells no member from a stranger; and what fails then is told to nobody but the log."""
    done: list[str] = []

    def look(*_: object) -> None:
        done.append("looked up")
        raise LookupError

    async def deliver(response: Response, send: Send) -> None:
        done.append("answered")
        await really(response, send)

    really = web_app._deliver
    monkeypatch.setattr(send_link, "reader_of", look)
    monkeypatch.setattr(web_app, "_deliver", deliver)
    assert site.post("/sign-in", {"address": MERE}).status == 200
    assert done == ["answered", "looked up"]


def test_one_in_ten_minutes_and_five_in_a_day(site: WebSiteUnderTest) -> None:
    begun, counts = site.now, []
    for minutes in (0, 1, 9, 10, 19, 20, 30, 40, 50, 60, 23 * 60, 24 * 60, 24 * 60 + 5, 24 * 60 + 10):
        site.now = begun + timedelta(minutes=minutes)
        ask(site, MERE)
        counts.append(len(sent(site)))
    assert counts == [1, 1, 1, 2, 2, 3, 4, 5, 5, 5, 5, 6, 6, 7]
    with site.database.read() as connection:
        kept = connection.exec_driver_sql("SELECT count(*) FROM schedule_run WHERE kind = 'sign-in'").scalar_one()
    assert kept <= 5
    site.now += DAY
    ask(site, JO)
    assert sent(site)[-1][0] == JO


def test_two_askings_at_once_send_one(site: WebSiteUnderTest) -> None:
    for _ in range(5):
        site.post("/sign-in", {"address": MERE})
    site.writer.run(lambda _: None)
    assert len(sent(site)) == 1


@pytest.mark.parametrize("who", ["left", "over", "known"])
def test_nothing_goes_to_who_is_no_member_now(site: WebSiteUnderTest, who: str) -> None:
    address, mail_list = f"{who}@school.example", site.group("maths")

    def make(connection: Connection) -> None:
        if who == "known":
            ensure_person(connection, address, address_key(address), "", NOW)
            return
        until = NOW - timedelta(days=1) if who == "over" else None
        add_member(connection, mail_list, address, address, NOW, granted=(Role.GUEST,), until=until)
        if who == "left":
            member = get_member(connection, mail_list, address, address)
            remove_member(connection, mail_list, member, NOW)

    site.write(make)
    ask(site, address)
    assert sent(site) == []


def test_who_gets_no_mail_of_the_list_may_still_read_it(site: WebSiteUnderTest) -> None:
    mail_list = site.group("maths")
    site.write(
        lambda c: add_member(c, mail_list, "web@school.example", "web@school.example", NOW, delivery=Delivery.NONE)
    )
    ask(site, "web@school.example")
    assert [address for address, _ in sent(site)] == ["web@school.example"]


def test_an_address_that_nobody_proved_gets_nothing(site: WebSiteUnderTest) -> None:
    site.write(lambda c: c.exec_driver_sql("UPDATE address SET verified_at = NULL"))
    ask(site, MERE)
    assert sent(site) == []


def test_without_a_public_web_there_is_no_form(tmp_path: Path) -> None:
    with web_site(tmp_path, f"sqlite:///{tmp_path / 'x.db'}", "") as site:
        site.group("english", MERE)
        assert "<form" not in site.get("/sign-in").text
        site.post("/sign-in", {"address": MERE})
        site.writer.run(lambda _: None)
        assert sent(site) == []


def test_the_pages_are_in_order(site: WebSiteUnderTest) -> None:
    assert 'action="/sign-in"' in site.get("/sign-in").text
    judge_page(site.get("/sign-in").text)
    judge_page(ask(site, MERE).decode())


def test_the_mail_is_in_her_language(site: WebSiteUnderTest) -> None:
    site.write(lambda c: c.exec_driver_sql("UPDATE person SET language = 'mi'"))
    ask(site, MERE)
    assert "Mā tēnei hononga koe e takiuru" in sent(site)[0][1].get_content()
    file = Path(str(environment().get_template("email/sign_in.txt").filename))
    same = {said for said in messages(file) if translations("mi").gettext(said) == said}
    assert same == {"Kia ora %(name)s,", "Kia ora,"}
