"""Who looked after a group decides nothing there any more by the answer addresses she was sent while she did."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from listserv.config import Settings
from listserv.inbound.handover.escalating import escalate
from listserv.inbound.reception import Reception
from listserv.mail.address import address_key
from listserv.model.lists import Role
from listserv.store.lists import archive_list, change_list, get_list
from listserv.store.moderation import waiting
from listserv.store.owners import grant_in_network, revoke_in_network
from listserv.store.people import person_of, set_roles
from tests.reception_site import Site, a_site, reply_address
from tests.store_site import DOMAIN, a_list, a_member

ENGLISH = f"english@{DOMAIN}"
MERE, HEMI, ANA, EVE = (f"{name}@school.example" for name in ("mere", "hemi", "ana", "eve"))


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with a_site(database_url) as made:
        yield made


def a_group(site: Site, **members: Role) -> None:
    with site.database.begin() as connection:
        mail_list = a_list(connection, join="moderated")
        for name, role in members.items():
            granted = () if role is Role.MEMBER else (role,)
            mail_list = a_member(connection, mail_list, f"{name}@school.example", granted=granted)


def takes_roles(site: Site, address: str) -> None:
    with site.database.begin() as connection:
        person_id = person_of(connection, address_key(address))
        assert person_id is not None
        set_roles(connection, get_list(connection, ENGLISH), person_id, ())


def test_a_former_facilitator_s_word_moves_nobodys_mail(site: Site) -> None:
    a_group(site, hemi=Role.OWNER, eve=Role.FACILITATOR, mere=Role.MEMBER)
    new = "mere@elsewhere.example"
    site.send("english-request", new, f"my old address was {MERE}")
    site.send(reply_address(site.mail()), new, "yes")
    asked = {mail["To"].addresses[0].addr_spec: mail for mail in site.mails()}
    takes_roles(site, EVE)
    site.send(reply_address(asked[EVE]), EVE, "yes")
    with site.database.begin() as connection:
        assert person_of(connection, address_key(new)) is None
    site.send(reply_address(asked[HEMI]), HEMI, "yes")
    with site.database.begin() as connection:
        assert person_of(connection, address_key(new)) == person_of(connection, address_key(MERE))


def test_a_former_moderator_lets_nobody_in(site: Site) -> None:
    a_group(site, hemi=Role.OWNER, eve=Role.MODERATOR)
    site.send("english-join", ANA)
    site.send(reply_address(site.mail()), ANA, "yes")
    asked = {mail["To"].addresses[0].addr_spec: mail for mail in site.mails()}
    takes_roles(site, EVE)
    site.send(reply_address(asked[EVE]), EVE, "yes")
    with site.database.begin() as connection:
        assert person_of(connection, address_key(ANA)) is None
    site.send(reply_address(asked[HEMI]), HEMI, "yes")
    with site.database.begin() as connection:
        assert person_of(connection, address_key(ANA)) is not None


def test_a_former_administrator_names_no_owner(site: Site) -> None:
    a_group(site, ana=Role.MEMBER)
    with site.database.begin() as connection:
        mail_list = get_list(connection, ENGLISH)
        ana = person_of(connection, address_key(ANA))
        assert ana is not None
        grant_in_network(connection, mail_list.network_id, ana, Role.ADMINISTRATOR)
    with site.desk() as desk:
        escalate(desk, mail_list)
    asked = site.mail()
    with site.database.begin() as connection:
        revoke_in_network(connection, mail_list.network_id, ana, Role.ADMINISTRATOR)
    site.send(reply_address(asked), ANA, EVE)
    assert site.mails() == []
    with site.database.begin() as connection:
        grant_in_network(connection, mail_list.network_id, ana, Role.ADMINISTRATOR)
    site.send(reply_address(asked), ANA, f"For {ENGLISH}: {EVE}")
    assert EVE in str(site.mail()["To"])


@pytest.mark.parametrize("word", ["send", "send 24 November 16:00"])
def test_a_newsletter_of_a_group_that_was_closed_is_given_no_time(site: Site, word: str) -> None:
    a_group(site, hemi=Role.OWNER, mere=Role.MEMBER)
    with site.database.begin() as connection:
        change_list(connection, get_list(connection, ENGLISH), {"style": "announce"})
    site.send("english", HEMI, "Kia ora koutou", "November news", Message_ID="<n1@school.example>")
    asked = next(mail for mail in site.mails() if "Shall it go out?" in str(mail["Subject"]))
    with site.database.begin() as connection:
        archive_list(connection, get_list(connection, ENGLISH), site.now)
    site.send(reply_address(asked), HEMI, word)
    assert "waited no longer when your reply came" in " ".join(str(site.mail().get_content()).split())


def test_what_waits_is_published_by_nobody_s_answer_once_the_group_is_closed(site: Site) -> None:
    a_group(site, hemi=Role.OWNER, mere=Role.MEMBER)
    with site.database.begin() as connection:
        change_list(connection, get_list(connection, ENGLISH), {"style": "moderated"})
    site.send("english", MERE, "Kia ora koutou", "Reading", Message_ID="<r1@school.example>")
    asked = {mail["To"].addresses[0].addr_spec: mail for mail in site.mails()}[HEMI]
    with site.database.begin() as connection:
        archive_list(connection, get_list(connection, ENGLISH), site.now)
    for word in ("yes", "quietly", "post anonymously"):
        site.send(reply_address(asked), HEMI, word)
        assert "is closed and takes no more posts" in str(site.mail().get_content())
    with site.database.begin() as connection:
        assert len(waiting(connection)) == 1
    site.send(reply_address(asked), HEMI, "discard")
    with site.database.begin() as connection:
        assert waiting(connection) == []


def has_postmaster(site: Site, address: str) -> None:
    """The settings name another from now on."""
    site.settings = Settings.model_validate({"site": {"domain": DOMAIN, "postmaster": address}})
    site.reception = Reception(site.settings, site.database, site.writer, site.key, lambda: site.now, lambda: None)


def test_a_former_postmaster_decides_about_no_post(site: Site) -> None:
    with site.database.begin() as connection:
        a_list(connection, nonmember="hold")
    site.send("english", EVE, "Kia ora koutou", "Reading")
    asked = site.mail()
    has_postmaster(site, "new@school.example")
    site.send(reply_address(asked), "admin@school.example", "yes")
    with site.database.begin() as connection:
        assert len(waiting(connection)) == 1
    has_postmaster(site, "admin@school.example")
    site.send(reply_address(asked), "admin@school.example", "yes")
    with site.database.begin() as connection:
        assert waiting(connection) == []
