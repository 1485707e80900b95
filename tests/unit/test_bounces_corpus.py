"""The corpus' reports, complaints and automatic mail, sent to a list of ours: who is scored, stopped, answered."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from listserv.mail.parse import Message, parse
from listserv.mail.report.read import read_report
from listserv.mail.token import sign_bounce
from listserv.model.report import Complaint
from listserv.model.smtp import Envelope
from listserv.store.lists import get_list
from listserv.store.people import members
from listserv.store.schema import addresses, bounces, deliveries, posts
from tests.reception_site import Site, a_site
from tests.store_site import DOMAIN, a_list, a_member
from tests.unit.test_report_corpus import ABOUT_THE_MESSAGE, NOTHING_TELLS_IT, messages, return_path

GROUP = f"english@{DOMAIN}"

pytestmark = pytest.mark.corpus


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with a_site(tmp_path) as made:
        yield made


def fill(site: Site, count: int) -> list[tuple[int, str]]:
    """A list with so many members: (subscription id, address) of each."""
    with site.database.begin() as connection:
        mail_list = a_list(connection, nonmember="accept")
        for number in range(count):
            mail_list = a_member(connection, mail_list, f"member{number:04}@school.example")
    with site.database.read() as connection:
        return [(each.id, each.address) for each in members(connection, get_list(connection, GROUP))]


def give(site: Site, message: Message, to: str, sender: str = "") -> None:
    reply = site.reception.submit(Envelope(sender, (to,)), message).result()[0]
    assert reply.code < 400 or reply.code >= 500


def verp(site: Site, subscription_id: int) -> str:
    return f"english-bounces+{sign_bounce(site.key, 'english', subscription_id, site.now.date())}@{DOMAIN}"


def kept(site: Site) -> dict[str, list[str]]:
    """The kinds kept, by address."""
    statement = select(addresses.c.address, bounces.c.kind).join(bounces, bounces.c.address_id == addresses.c.id)
    found: dict[str, list[str]] = {}
    with site.database.read() as connection:
        for row in connection.execute(statement):
            found.setdefault(row.address, []).append(row.kind)
    return found


def stopped(site: Site) -> set[str]:
    with site.database.read() as connection:
        return set(connection.execute(select(addresses.c.address).where(addresses.c.stopped_at.is_not(None))).scalars())


def spared(folder: Path) -> set[str]:
    """Files every row of which is about the message, or a delay, or a delivery."""
    said: dict[str, list[bool]] = {}
    with (folder / "expected.tsv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            is_spared = (
                row["action"] == "delayed" or row["reason"] in ABOUT_THE_MESSAGE or row["verdict"] == "delivered"
            )
            said.setdefault(row["file"], []).append(is_spared)
    return {name for name, each in said.items() if all(each)}


def test_a_report_at_a_members_return_path_is_hers_and_nobody_elses(site: Site, corpus: Path) -> None:
    found = list(messages(corpus / "bounces"))
    everybody = fill(site, len(found))
    silent = spared(corpus / "bounces")
    wanted: dict[str, str] = {}
    for (name, message), (subscription_id, address) in zip(found, everybody, strict=True):
        give(site, message, verp(site, subscription_id))
        wanted[address] = name
    was = kept(site)
    reports = {name for name, message in found if read_report(message) is not None}
    assert len(reports) > 500
    for address, kinds in was.items():
        assert len(kinds) == 1, (wanted[address], kinds)
        assert wanted[address] in reports
        if wanted[address] in silent:
            assert kinds[0] not in ("hard", "soft"), wanted[address]
    assert len(was) >= 0.95 * len(reports)
    assert sum(kinds[0] in ("hard", "soft") for kinds in was.values()) > 250
    assert not [address for address in stopped(site) if was[address] != ["complaint"]]


def test_three_days_of_them_stop_the_dead_and_nobody_who_was_delayed_or_refused(site: Site, corpus: Path) -> None:
    found = list(messages(corpus / "bounces"))[:120]
    everybody = fill(site, len(found))
    silent = spared(corpus / "bounces")
    for _ in range(4):
        for (_, message), (subscription_id, _) in zip(found, everybody, strict=True):
            give(site, message, verp(site, subscription_id))
        site.after(days=1)
    names = {address: name for (name, _), (_, address) in zip(found, everybody, strict=True)}
    was, halted = kept(site), stopped(site)
    assert len(halted) > 40
    assert not {names[address] for address in halted} & silent
    for address in halted:
        assert "hard" in was[address] or "complaint" in was[address]


def test_reports_at_the_groups_own_address_are_no_posts_and_name_nobody_unproven(site: Site, corpus: Path) -> None:
    fill(site, 3)
    for _, message in messages(corpus / "bounces"):
        if read_report(message) is not None:
            give(site, message, GROUP)
    assert kept(site) == {}
    with site.database.read() as connection:
        assert connection.execute(select(deliveries.c.id)).first() is None


def test_every_complaint_stops_whose_copy_it_is(site: Site, corpus: Path) -> None:
    found = [
        (name, message)
        for name, message in messages(corpus / "feedback")
        if isinstance(report := read_report(message), Complaint) and report.by_a_person
    ]
    assert len(found) > 8
    everybody = fill(site, len(found))
    for (_, message), (subscription_id, _) in zip(found, everybody, strict=True):
        give(site, message, verp(site, subscription_id), "feedback@provider.example")
    assert stopped(site) == {address for _, address in everybody}
    with site.database.read() as connection:
        assert connection.execute(select(deliveries.c.id)).first() is None


def test_no_automatic_mail_is_answered_and_none_is_posted_but_one_that_nothing_tells(site: Site, corpus: Path) -> None:
    fill(site, 3)
    addresses_of_ours = ["english", "english-join", "english-request", "english-help", "english-leave", "english-owner"]
    posted: list[str] = []
    for name, message in messages(corpus / "autoreplies"):
        for local in addresses_of_ours:
            if name != NOTHING_TELLS_IT or local == "english":
                give(site, message, f"{local}@{DOMAIN}", return_path(message))
        with site.database.read() as connection:
            if connection.execute(select(posts.c.id)).all()[len(posted) :]:
                posted.append(name)
    assert posted == [NOTHING_TELLS_IT]
    with site.database.read() as connection:
        sent = connection.execute(select(deliveries.c.kind, deliveries.c.to_address)).all()
    assert [row for row in sent if row.kind == "notice"] == []


def test_the_unsubscribe_button_of_a_mail_program_is_a_wish_to_leave(site: Site, corpus: Path) -> None:
    pressed = parse((corpus / "feedback" / "sisimai__arf-26.eml").read_bytes())
    assert pressed.author is not None
    with site.database.begin() as connection:
        a_member(connection, a_list(connection), pressed.author.address)
    give(site, pressed, f"english-leave@{DOMAIN}", pressed.author.address)
    mail = site.mail()
    assert pressed.author.address in str(mail["To"])
    assert "english-confirm+" in str(mail["Reply-To"])
    give(site, pressed, f"english-leave@{DOMAIN}", pressed.author.address)
    assert site.mails() == []
