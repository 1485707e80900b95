"""Forgetting who asked: what else hangs on the same octets stays whole, and nothing fails."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from sqlalchemy import select, update

from listserv.inbound import thanked
from listserv.inbound.moderators.telling import ask_in_time
from listserv.model.lists import Role
from listserv.store.journal import entries_of
from listserv.store.lists import get_list
from listserv.store.moderation import waiting
from listserv.store.people import person_of
from listserv.store.prompts import add_prompt
from listserv.store.schema import contents, metadata, posts, prompts
from tests.reception_site import Site, a_site, reply_address
from tests.store_site import DOMAIN, a_list, a_member

MERE, HANA, ANA = "mere@school.example", "hana@school.example", "ana@school.example"
JOURNAL = "Journal\r\n\r\nToday I did not know what to say."


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with a_site(database_url) as made:
        with made.database.begin() as connection:
            mail_list = a_list(connection, first_posts_held=1, thanks_to_author=True)
            mail_list = a_member(connection, mail_list, HANA, name="Hana", granted=[Role.MODERATOR])
            mail_list = a_member(connection, mail_list, MERE, name="Mere Tamati")
            a_member(connection, mail_list, ANA, name="Ana")
        made.send("english", HANA, "What was new this week?", "This week", message_id="<prompt@school.example>")
        with made.database.begin() as connection:
            mail_list = get_list(connection, f"english@{DOMAIN}")
            add_prompt(connection, mail_list.id, "This week", "What was new?", made.now, made.now)
            connection.execute(update(prompts).values(post_id=select(posts.c.id).scalar_subquery()))
        made.mails()
        yield made


def test_her_journal_stays_when_a_question_of_hers_is_posted_without_her_name(site: Site) -> None:
    site.send("english", MERE, "How do you tell a parent?", "A question", message_id="<q@school.example>")
    asked = next(mail for mail in site.mails() if str(mail["To"]).find(HANA) >= 0)
    reply = site.send("english", MERE, JOURNAL, "Re: This week", in_reply_to="<prompt@school.example>")
    assert reply.code == 250
    assert "journal" in str(site.mail()["Subject"])
    assert site.send(reply_address(asked), HANA, "post anonymously", "Re: A question").code == 250
    with site.database.read() as connection:
        (entry,) = entries_of(connection, person_of(connection, MERE) or 0)
        assert b"did not know what to say" in entry.octets
        kept = b"".join(map(bytes, connection.execute(select(contents.c.octets)).scalars()))
    assert b"q@school.example" not in kept


def test_her_answer_to_what_she_was_asked_before_ends_nobody_elses_post(site: Site) -> None:
    """SQLite gives the number of what is gone to what comes next."""
    site.send("english", MERE, "How do you tell a parent?", "A question", message_id="<q@school.example>")
    asked = next(mail for mail in site.mails() if HANA in str(mail["To"]))
    site.send("english", MERE, "withdraw", "Re: A question", in_reply_to="<q@school.example>")
    hers = next(mail for mail in site.mails() if MERE in str(mail["To"]))
    site.send(reply_address(asked), HANA, "post anonymously", "Re: A question")
    site.send("english", ANA, "Mine waits.", "Another", message_id="<a@school.example>")
    assert site.send(reply_address(hers), MERE, "yes", "Re: Take back?").code == 550
    with site.database.read() as connection:
        (held,) = waiting(connection)
        assert b"Mine waits." in held.octets


def test_her_thanks_posts_nobody_elses_letter(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thanked, "MEMBERS", 1)
    site.send("english", MERE, "How do you tell a parent?", "A question", message_id="<q@school.example>")
    asked = next(mail for mail in site.mails() if HANA in str(mail["To"]))
    site.send("english", MERE, "Thank you!", "Re: This week", in_reply_to="<prompt@school.example>")
    hers = next(mail for mail in site.mails() if MERE in str(mail["To"]))
    site.send(reply_address(asked), HANA, "post anonymously", "Re: A question")
    site.send("english", ANA, JOURNAL, "Re: This week", in_reply_to="<prompt@school.example>")
    assert site.send(reply_address(hers), MERE, "post", "Re: Thanks").code == 550


def test_what_was_asked_about_a_deleted_entry_shares_no_later_one(site: Site) -> None:
    def kept(text: str) -> EmailMessage:
        site.send(
            "english", MERE, text, "Re: This week", in_reply_to="<prompt@school.example>", message_id=f"<{len(text)}@x>"
        )
        return site.mail()

    first = kept(JOURNAL)
    site.send(reply_address(first), MERE, "hmm", "Re: your journal")
    again = site.mail()
    site.send(reply_address(again), MERE, "delete", "Re: your journal")
    site.mails()
    kept(JOURNAL + " And this is for nobody.")
    site.send(reply_address(first), MERE, "share", "Re: your journal")
    with site.database.read() as connection:
        assert waiting(connection) == []
        assert len(list(entries_of(connection, person_of(connection, MERE) or 0))) == 1


def test_an_address_nobody_knew_is_not_kept_with_a_question(site: Site) -> None:
    new = "mere.tamati@home.example"
    site.send(
        "english", f"Mere Tamati <{new}>", "How do you tell a parent?", "A question", message_id="<q@home.example>"
    )
    site.after(hours=25)
    with site.desk() as desk:
        ask_in_time(desk)
    asked = next(mail for mail in site.mails() if HANA in str(mail["To"]))
    assert site.send(reply_address(asked), HANA, "post anonymously", "Re: A question").code == 250
    with site.database.read() as connection:
        kept = str([connection.execute(table.select()).all() for table in metadata.sorted_tables])
    assert "How do you tell a parent?" in kept
    assert "home.example" not in kept
