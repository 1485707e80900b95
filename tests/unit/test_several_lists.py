"""One mail to several lists: one copy a person, the right archives, whichever list held it and however it came."""

from __future__ import annotations

import itertools
import random
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import pytest
from sqlalchemy import func, select, update

from listserv.config import Settings
from listserv.inbound import moderating
from listserv.inbound.reception import Reception
from listserv.inbound.takeback.removing import remove_post
from listserv.mail.address import address_key
from listserv.mail.parse import parse
from listserv.model.lists import Delivery
from listserv.model.smtp import Envelope
from listserv.store.archive import read_post
from listserv.store.lists import change_list, get_list
from listserv.store.moderation import waiting
from listserv.store.outbox import unpack
from listserv.store.people import add_member
from listserv.store.queue import drop, in_queue
from listserv.store.schema import contents, deliveries, messages, persons, posts, subscriptions
from listserv.store.several import lists_beside
from tests.reception_site import Site, a_site
from tests.store_site import DOMAIN, NOW, a_list

NAMES = ("y1", "y3", "y5", "y7", "leaders")
EVERYWHERE = "aroha@school.example"


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with a_site(database_url) as made:
        yield made


def groups(site: Site, names: Sequence[str] = NAMES, **settings: Any) -> None:
    with site.database.begin() as connection:
        for name in names:
            a_list(connection, name, **settings)


def join(site: Site, address: str, *names: str, **settings: Any) -> None:
    with site.database.begin() as connection:
        for name in names:
            mail_list = get_list(connection, name)
            add_member(connection, mail_list, address, address_key(address), NOW, name=address, **settings)


def everybody(site: Site) -> None:
    """One member of all five groups, one of each pair, one of each alone."""
    join(site, EVERYWHERE, *NAMES)
    for first, second in itertools.combinations(NAMES, 2):
        join(site, f"{first}-{second}@school.example", first, second)
    for name in NAMES:
        join(site, f"only-{name}@school.example", name)


def members(*names: str) -> Counter[str]:
    """Whom a mail to these groups must reach, once each."""
    found = {EVERYWHERE}
    for pair in itertools.combinations(NAMES, 2):
        if set(pair) & set(names):
            found.add("-".join(pair) + "@school.example")
    return Counter(found | {f"only-{name}@school.example" for name in names})


def served(site: Site, subject: str) -> Counter[str]:
    """How many copies of the posts with this subject each person gets."""
    statement = (
        select(deliveries.c.recipients)
        .join(posts, posts.c.id == deliveries.c.post_id)
        .where(posts.c.subject == subject, deliveries.c.state != "dropped")
    )
    people = select(subscriptions.c.id, persons.c.name).join(persons)
    with site.database.read() as connection:
        names = {row.id: row.name for row in connection.execute(people)}
        rows = connection.execute(statement).scalars().all()
    return Counter(names[each] for packed in rows for each in unpack(packed))


def archived(site: Site, subject: str) -> list[str]:
    statement = select(posts.c.list_id).where(posts.c.subject == subject).order_by(posts.c.id)
    with site.database.read() as connection:
        ids = list(connection.execute(statement).scalars())
        named = {get_list(connection, name).id: name for name in NAMES}
    return [named[each] for each in ids]


def hold(site: Site, name: str, *, on: bool) -> None:
    with site.database.begin() as connection:
        change_list(connection, get_list(connection, name), {"style": "moderated" if on else "discussion"})


def approve_all(site: Site) -> None:
    with site.database.begin() as connection:
        for held in waiting(connection):
            moderating.approve(connection, held.id, site.now)


def send(site: Site, names: Sequence[str], number: int, *, together: bool) -> str:
    """The subject of a mail to these groups, in one transaction or in one each, as an MTA may deliver it."""
    subject = f"Running records {number}"
    fields = {"Message_ID": f"<{number}@school.example>", "To": ", ".join(f"{name}@{DOMAIN}" for name in names)}
    if together:
        assert site.send(names, EVERYWHERE, "Kia ora", subject, **fields).code == 250
    for hop, name in enumerate(() if together else names):
        assert site.send(name, EVERYWHERE, "Kia ora", subject, Received=f"by mx{hop}", **fields).code == 250
    return subject


def test_every_two_groups_of_five_in_one_and_in_two_transactions(site: Site) -> None:
    groups(site)
    everybody(site)
    ways = itertools.product(itertools.permutations(NAMES, 2), (True, False), (None, 0, 1))
    for number, (pair, together, holding) in enumerate(ways):
        if holding is not None:
            hold(site, pair[holding], on=True)
        subject = send(site, pair, number, together=together)
        if holding is not None:
            free = pair[1 - holding]
            assert served(site, subject) == members(free), (pair, together, holding)
            assert archived(site, subject) == [free]
            approve_all(site)
            hold(site, pair[holding], on=False)
        assert served(site, subject) == members(*pair), (pair, together, holding)
        assert sorted(archived(site, subject)) == sorted(pair)
        site.after(minutes=30)


@pytest.mark.parametrize("seed", range(6))
def test_any_people_any_choices_any_order(site: Site, seed: int) -> None:
    chance = random.Random(seed)
    groups(site)
    join(site, EVERYWHERE, *NAMES)
    wanted: dict[str, set[str]] = {}
    for number in range(25):
        who = f"p{number}@school.example"
        for name in chance.sample(NAMES, chance.randint(1, 5)):
            each = chance.random() < 0.7
            join(site, who, name, delivery=Delivery.EACH if each else Delivery.NONE)
            if each:
                wanted.setdefault(who, set()).add(name)
    for number in range(6):
        names = chance.sample(NAMES, chance.randint(2, 5))
        held = [name for name in names if chance.random() < 0.4]
        for name in held:
            hold(site, name, on=True)
        subject = send(site, names, number, together=chance.random() < 0.5)
        for name in held:
            hold(site, name, on=False)
        approve_all(site)
        expected = Counter({who for who, mine in wanted.items() if mine & set(names)} | {EVERYWHERE})
        assert served(site, subject) == expected, (names, held)
        site.after(minutes=30)


def test_another_body_or_another_id_is_another_mail(site: Site) -> None:
    groups(site, ("y1", "y3"))
    join(site, EVERYWHERE, "y1", "y3")
    site.send("y1", EVERYWHERE, "Kia ora", "One", Message_ID="<same@school.example>")
    site.send("y3", EVERYWHERE, "Tēnā koutou", "One", Message_ID="<same@school.example>")
    assert served(site, "One") == Counter({EVERYWHERE: 2})
    site.send("y1", EVERYWHERE, "Kia ora", "Two", Message_ID="<one@school.example>")
    site.send("y3", EVERYWHERE, "Kia ora", "Two", Message_ID="<two@school.example>")
    assert served(site, "Two") == Counter({EVERYWHERE: 2})


def test_whose_copy_was_dropped_gets_it_from_the_next_group(site: Site) -> None:
    groups(site, ("y1", "y3"))
    join(site, EVERYWHERE, "y1", "y3")
    join(site, "mere@school.example", "y1", "y3")
    site.send("y1", EVERYWHERE, "Kia ora", "One", Message_ID="<one@school.example>")
    with site.database.begin() as connection:
        for queued in in_queue(connection, site.now):
            drop(connection, queued.id)
        (row,) = connection.execute(select(deliveries.c.id).where(deliveries.c.kind == "own"))
        connection.execute(update(deliveries).where(deliveries.c.id == row.id).values(done=1))
    site.send("y3", EVERYWHERE, "Kia ora", "One", Message_ID="<one@school.example>")
    assert served(site, "One") == Counter({"mere@school.example": 1})


@pytest.mark.parametrize("together", [True, False])
def test_a_mail_taken_back_is_taken_back_in_every_group(site: Site, *, together: bool) -> None:
    groups(site, ("y1", "y3", "y5"))
    join(site, EVERYWHERE, "y1", "y3", "y5")
    for name in ("y1", "y3", "y5"):
        join(site, f"only-{name}@school.example", name)
    hold(site, "y5", on=True)
    send(site, ("y1", "y3", "y5"), 1, together=together)
    with site.desk() as desk:
        first = desk.connection.execute(select(posts.c.id).order_by(posts.c.id)).scalars().first()
        assert first is not None
        remove_post(desk, first, "withdrawn", "author")
        assert waiting(desk.connection) == []
        left = desk.connection.execute(select(posts.c.id).where(posts.c.taken_down_at.is_(None))).all()
        assert left == []
        kept = desk.connection.execute(select(contents.c.octets).join(messages)).scalars()
        assert not any(b"Kia ora" in octets for octets in kept)


def test_a_post_knows_the_other_lists_that_took_it(site: Site) -> None:
    groups(site, ("y1", "y3", "y5"))
    join(site, EVERYWHERE, "y1", "y3", "y5")
    send(site, ("y3", "y1"), 1, together=False)
    send(site, ("y5",), 2, together=True)
    with site.database.read() as connection:
        ids = {name: get_list(connection, name).id for name in ("y1", "y3", "y5")}
        rows = connection.execute(select(posts.c.id, posts.c.list_id).order_by(posts.c.id)).all()
        beside = {row.list_id: lists_beside(connection, row.id) for row in rows}
        assert beside == {ids["y3"]: [ids["y1"]], ids["y1"]: [ids["y3"]], ids["y5"]: []}
        assert [read_post(connection, row.id).beside for row in rows] == [1, 1, 0]


def test_an_ordinary_post_asks_the_database_no_more_than_before(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whom another list has served is looked up only where another list has the mail."""
    groups(site, ("y1", "y3"))
    join(site, EVERYWHERE, "y1", "y3")
    asked: list[object] = []

    def recipients(_connection: object, post_ids: object) -> set[int]:
        asked.append(post_ids)
        return set()

    monkeypatch.setattr("listserv.store.several._recipients", recipients)
    send(site, ("y1",), 1, together=True)
    assert asked == []
    send(site, ("y1", "y3"), 2, together=True)
    assert len(asked) == 1


def test_a_proven_author_reads_once_which_group_did_not_take_it(site: Site) -> None:
    groups(site, ("y1", "y3"))
    groups(site, ("leaders",), nonmember="reject")
    join(site, EVERYWHERE, "y1", "y3")
    believing = {"authserv_id": "mx.school.example", "trusted_networks": ["127.0.0.1/32"]}
    settings = Settings.model_validate({"site": {"domain": DOMAIN}, "smtp": believing})
    site.reception = Reception(settings, site.database, site.writer, site.key, lambda: site.now, lambda: None)
    proof = f"mx.school.example; dmarc=pass header.from={EVERYWHERE.partition('@')[2]}"
    everywhere = ("y1", "leaders", "y3")
    site.send(everywhere, EVERYWHERE, "Kia ora", "Proven", Authentication_Results=proof)
    (told,) = [mail for mail in site.mails() if "Not taken everywhere" in str(mail["Subject"])]
    assert "Y1, Y3" in told.get_content()
    assert f"leaders@{DOMAIN}\r\n    Only members post here" in told.get_content()
    site.send(everywhere, EVERYWHERE, "Kia ora", "Anybody's", Message_ID="<2@school.example>")
    assert not [mail for mail in site.mails() if "Not taken everywhere" in str(mail["Subject"])]


@pytest.mark.postgres
def test_two_nodes_that_get_one_mail_at_once_serve_nobody_twice(postgres: str) -> None:
    """Two receptions on one database, each handed the mail for another list at the same moment."""
    with a_site(postgres) as one, a_site(postgres) as other:
        groups(one, ("y1", "y3"))
        join(one, EVERYWHERE, "y1", "y3")
        for number in range(20):
            join(one, f"p{number}@school.example", "y1", "y3")
        barrier = threading.Barrier(2)
        for number in range(30):
            ways = (("y1", "y3"), ("y3", "y1")) if number % 3 == 0 else (("y1",), ("y3",))

            def deliver(node: Site, names: Sequence[str], number: int = number) -> None:
                octets = (
                    f"From: {EVERYWHERE}\r\nSubject: Race {number}\r\nMessage-ID: <race{number}@school.example>\r\n"
                    f"Received: by {names[0]}\r\n\r\nKia ora\r\n"
                ).encode()
                envelope = Envelope(EVERYWHERE, tuple(f"{name}@{DOMAIN}" for name in names), peer="127.0.0.1")
                barrier.wait()
                replies = node.reception.submit(envelope, parse(octets)).result(timeout=30)
                assert {reply.code for reply in replies} == {250}

            threads = [
                threading.Thread(target=deliver, args=(node, names))
                for node, names in zip((one, other), ways, strict=True)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            copies = served(one, f"Race {number}")
            assert len(copies) == 21
            assert set(copies.values()) == {1}
            one.after(minutes=30)
            other.after(minutes=30)
        with one.database.read() as connection:
            assert connection.execute(select(func.count()).select_from(posts)).scalar_one() == 60


@pytest.mark.parametrize("protocol", ["smtp", "lmtp", "imap"])
@pytest.mark.parametrize("order", [("y1", "y1-leave"), ("y1-leave", "y1")])
def test_a_mail_for_two_things_of_one_list_does_both_and_shown_again_neither(
    site: Site, protocol: Literal["smtp", "lmtp", "imap"], order: tuple[str, str]
) -> None:
    groups(site, ("y1",))
    join(site, "mere@school.example", "y1")
    octets = (
        b"From: mere@school.example\r\nSubject: Haere ra\r\nMessage-ID: <1@school.example>\r\n\r\nIt was lovely.\r\n"
    )
    recipients = tuple(f"{local}@{DOMAIN}" for local in order)
    envelope = Envelope("mere@school.example", recipients, protocol=protocol)
    for again in range(2 if protocol == "imap" else 1):
        assert all(reply.positive for reply in site.reception.submit(envelope, parse(octets)).result())
        assert len(site.mails()) == (0 if again else 1)
    with site.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(posts)).scalar() == 1
