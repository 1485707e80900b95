"""Two moderators decide about one post at the same moment on two nodes: the first decision wins."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from copy import copy

import pytest
from sqlalchemy import select

from listserv.inbound import moderating
from listserv.inbound.reception import Reception
from listserv.model.lists import Role
from listserv.store.moderation import waiting
from listserv.store.schema import posts
from listserv.store.writer import Writer
from tests.reception_site import Site, a_site, reply_address
from tests.store_site import a_list, a_member

MERE, HEMI, EVE = (f"{name}@school.example" for name in ("mere", "hemi", "eve"))


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with a_site(database_url) as made:
        yield made


def test_a_post_that_goes_out_with_its_name_does_not_go_out_without_it_too(site: Site) -> None:
    with site.database.begin() as connection:
        mail_list = a_list(connection, style="moderated")
        for address, granted in ((HEMI, [Role.MODERATOR]), (EVE, []), (MERE, [])):
            mail_list = a_member(connection, mail_list, address, granted=granted)
    site.send("english", MERE, "How do you tell a parent?", "A question")
    asked = next(mail for mail in site.mails() if HEMI in str(mail["To"]))
    answer = threading.Thread(target=site.send, args=(reply_address(asked), HEMI, "post anonymously"))
    with site.database.begin() as connection:
        (held,) = waiting(connection)
        moderating.approve(connection, held.id, site.now, actor=EVE)
        answer.start()
        time.sleep(0.5)
    answer.join()
    with site.database.read() as connection:
        assert len(connection.execute(select(posts.c.id)).all()) == 1
    told = [mail.get_content() for mail in site.mails() if HEMI in str(mail["To"])]
    assert len(told) == 1 and EVE in told[0]


def test_a_question_goes_out_once_without_its_name(site: Site) -> None:
    with site.database.begin() as connection:
        mail_list = a_list(connection, style="moderated", moderator_hours=0)
        for address, granted in ((HEMI, [Role.MODERATOR]), (EVE, [Role.MODERATOR]), (MERE, [])):
            mail_list = a_member(connection, mail_list, address, granted=granted)
    site.send("english", MERE, "How do you tell a parent?", "A question")
    hemis, eves = (mail for mail in site.mails() if str(mail["To"]) in (HEMI, EVE))
    other = Writer(site.database)
    second = Reception(site.settings, site.database, other, site.key, lambda: site.now, lambda: None)
    answers = [
        threading.Thread(target=Site.send, args=(each, reply_address(mail), str(mail["To"]), "post anonymously"))
        for each, mail in ((site, hemis), (_through(site, second), eves))
    ]
    for answer in answers:
        answer.start()
    for answer in answers:
        answer.join()
    other.close()
    with site.database.read() as connection:
        assert len(connection.execute(select(posts.c.id)).all()) == 1


def _through(site: Site, reception: Reception) -> Site:
    """The same site as another node takes its mail."""
    node = copy(site)
    node.reception = reception
    return node


def test_a_storm_s_posts_go_out_though_one_of_them_was_decided_a_moment_ago(site: Site) -> None:
    with site.database.begin() as connection:
        mail_list = a_list(connection, thread_brake=2)
        for address, granted in ((HEMI, [Role.OWNER]), (EVE, []), (MERE, [])):
            mail_list = a_member(connection, mail_list, address, granted=granted)
    for number in range(4):
        fields = {"Message_ID": f"<{number}@x.example>"} | ({"In_Reply_To": "<0@x.example>"} if number else {})
        site.send("english", (MERE, EVE)[number % 2], f"Word {number}", "Re: Maths" if number else "Maths", **fields)
    asked = next(mail for mail in site.mails() if HEMI in str(mail["To"]))
    answer = threading.Thread(target=site.send, args=(reply_address(asked), HEMI, "yes"))
    with site.database.begin() as connection:
        held = waiting(connection)
        assert len(held) == 2
        moderating.discard(connection, held[0].id, site.now, actor=EVE)
        answer.start()
        time.sleep(0.5)
    answer.join()
    with site.database.read() as connection:
        assert waiting(connection) == []
        assert len(connection.execute(select(posts.c.id)).all()) == 3
