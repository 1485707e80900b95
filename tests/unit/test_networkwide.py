"""A list for everybody of a network: put in once and told, out with the last group, never against one's own leaving."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from listserv.inbound.networkwide import keep_whole
from listserv.mail.address import address_key
from listserv.model.lists import Delivery, DigestPeriod, Role
from listserv.store.lists import get_list
from listserv.store.people import add_member, get_member, members, remove_member
from tests.reception_site import Site, a_site
from tests.store_site import NOW, a_list

MERE, HONE, AROHA = "mere@school.example", "hone@school.example", "aroha@school.example"


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with a_site(database_url) as made:
        with made.database.begin() as connection:
            for name in ("y1", "y3"):
                a_list(connection, name)
            a_list(connection, "cluster", whole_network=True)
        yield made


def join(site: Site, address: str, name: str, **settings: object) -> None:
    with site.database.begin() as connection:
        add_member(connection, get_list(connection, name), address, address_key(address), NOW, **settings)  # type: ignore[arg-type]


def leave(site: Site, address: str, name: str) -> None:
    with site.database.begin() as connection:
        mail_list = get_list(connection, name)
        remove_member(connection, mail_list, get_member(connection, mail_list, address, address_key(address)), NOW)


def tick(site: Site) -> int:
    with site.desk() as desk:
        return keep_whole(desk)


def inside(site: Site) -> dict[str, tuple[str, str]]:
    with site.database.read() as connection:
        found = members(connection, get_list(connection, "cluster"))
    return {each.address: (each.delivery.value, each.digest.value) for each in found}


def test_everybody_is_put_in_once_as_she_reads_and_told(site: Site) -> None:
    join(site, MERE, "y1", delivery=Delivery.NONE, digest=DigestPeriod.WEEKLY)
    join(site, MERE, "y3")
    join(site, HONE, "y3")
    assert tick(site) == 2
    assert inside(site) == {MERE: ("none", "weekly"), HONE: ("each", "none")}
    told = site.mails()
    assert {str(mail["To"]) for mail in told} == {MERE, HONE}
    assert all("New: Cluster" in mail.get_content() for mail in told)
    assert tick(site) == 0


def test_who_leaves_it_stays_out_and_who_leaves_the_last_group_is_taken_out(site: Site) -> None:
    for name in ("y1", "y3"):
        join(site, MERE, name)
    join(site, HONE, "y1")
    join(site, AROHA, "cluster", granted=[Role.OWNER])
    tick(site)
    leave(site, HONE, "cluster")
    assert tick(site) == 0
    leave(site, MERE, "y1")
    assert tick(site) == 0
    assert set(inside(site)) == {AROHA, MERE}
    leave(site, MERE, "y3")
    site.mails()
    assert tick(site) == 1
    assert "No longer: Cluster" in site.mail().get_content()
    assert set(inside(site)) == {AROHA}


def test_a_list_that_does_not_say_so_gets_nobody(site: Site) -> None:
    join(site, MERE, "y1")
    tick(site)
    with site.database.read() as connection:
        assert members(connection, get_list(connection, "y3")) == []
