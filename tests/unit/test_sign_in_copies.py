"""The link in a reader's copy is signed with how often she has been signed out, so that an earlier one is none."""

from __future__ import annotations

from array import array
from pathlib import Path

from listserv.config import Settings
from listserv.mail.token import sign_in_hole, verify_sign_in
from listserv.outbound.copies import PostCopies
from listserv.resources import environment
from listserv.store import outbox
from listserv.store.archive import put_content
from listserv.store.engine import Database
from listserv.store.hours import PutBy
from listserv.store.people import person_of, recipient_set
from listserv.store.sessions import sign_out_everywhere
from tests.store_site import NOW, a_list, a_member, made

KEY, MERE = b"k" * 32, "mere@school.example"


def token_in_copy(database: Database, name: str) -> str:
    """What the one reader's copy of a mail with a link holds in the link's place."""
    content = b"Subject: x\r\n\r\n" + sign_in_hole(KEY).encode() + b"\r\n"
    settings = Settings.model_validate({"site": {"domain": "lists.example.nz"}})
    with database.begin() as connection:
        mail_list = a_member(connection, a_list(connection, name), MERE)
        recipients = array("q", recipient_set(connection, mail_list).ids)
        outbox.enqueue_digest(connection, mail_list.id, put_content(connection, content), recipients, NOW)
        held = outbox.claim(connection, "test", NOW)
    assert held is not None
    copies = PostCopies(database, settings, KEY, environment(), lambda: NOW)
    drawn = copies.submissions(held)
    assert not isinstance(drawn, PutBy)
    ((_, submission),) = drawn
    assert submission is not None
    return submission.content.split(b"\r\n")[-2].decode()


def test_a_copy_after_a_signing_out_has_the_next_number(tmp_path: Path) -> None:
    with made(f"sqlite:///{tmp_path / 'listserv.db'}") as database:
        before = token_in_copy(database, "english")
        with database.begin() as connection:
            mere = person_of(connection, MERE)
            assert mere is not None
            sign_out_everywhere(connection, mere)
        after = token_in_copy(database, "esol")
    today = NOW.date()
    assert verify_sign_in(KEY, before, today) == mere == verify_sign_in(KEY, after, today, 1)
    assert verify_sign_in(KEY, after, today) is None and verify_sign_in(KEY, before, today, 1) is None
