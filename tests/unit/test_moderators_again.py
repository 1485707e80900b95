"""A moderator who answers twice, greets first, or gives her reason where none is read: what she hears makes sense."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from listserv.model.lists import Role
from listserv.store.lists import get_list
from listserv.store.schema import posts
from tests.reception_site import Site, a_site, reply_address
from tests.store_site import a_list, a_member

MERE, HEMI = "mere@school.example", "hemi@school.example"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with a_site(tmp_path) as made:
        yield made


def asked(site: Site) -> str:
    """Where the moderator answers about a post that has just come."""
    with site.database.begin() as connection:
        mail_list = a_list(connection, style="moderated")
        mail_list = a_member(connection, mail_list, HEMI, granted=[Role.MODERATOR])
        a_member(connection, mail_list, MERE)
    site.send("english", MERE, "Does anybody have one?", "Running records")
    return next(reply_address(mail) for mail in site.mails() if HEMI in str(mail["To"]))


def is_posted(site: Site) -> bool:
    with site.database.read() as connection:
        return bool(connection.execute(select(posts.c.id)).all())


def test_who_decides_a_second_time_from_another_mail_of_ours_is_not_told_that_she_was_quicker(site: Site) -> None:
    address = asked(site)
    site.send(address, HEMI, "waiting")
    again = reply_address(site.mail())
    assert again != address
    site.send(again, HEMI, "yes")
    assert is_posted(site)
    site.send(address, HEMI, "no")
    told = site.mail()
    assert told["Subject"] == "Decided before: Running records"
    assert '"Running records" is published already. Your reply has changed nothing.' in told.get_content()


def test_who_asks_from_a_posts_mail_what_waits_is_told_and_ends_no_hold(site: Site) -> None:
    address = asked(site)
    site.send(address, HEMI, "hold everything")
    site.mails()
    site.send(address, HEMI, "waiting")
    told = site.mail()
    assert told["Subject"] == "English: one post waits for a moderator"
    assert "Running records" in told.get_content()
    with site.database.read() as connection:
        assert get_list(connection, "english").settings.emergency


def test_an_address_that_has_had_its_answer_says_so(site: Site) -> None:
    address = asked(site)
    site.send(address, HEMI, "yes")
    refused = site.send(address, HEMI, "yes")
    assert refused == site.send("nowhere", HEMI, "yes")
    assert (refused.code, "single answer" in refused.text) == (550, True)


def test_a_greeting_above_the_order_is_looked_past(site: Site) -> None:
    site.send(asked(site), HEMI, "Kia ora,\n\nYes please!\n\nNgā mihi\nHemi")
    assert is_posted(site)


def test_she_is_shown_the_words_that_stood_in_the_way(site: Site) -> None:
    site.send(asked(site), HEMI, "Reject\n\nPlease leave out the name.")
    assert 'the post still waits: "Reject Please leave out the name."' in site.mail().get_content()
