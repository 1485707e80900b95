"""The archive keeps photos without their places, and knows a message by its octets as they came; on both engines."""

from __future__ import annotations

import base64

import pytest

from listserv.inbound.moderating import approve
from listserv.mail.parse import parse
from listserv.mail.photo.message import unplaced
from listserv.model.case import Accept, Discard, Hold, Reason
from listserv.store import moderation
from listserv.store.archive import has_content, iterate_posts, read_post
from listserv.store.engine import Connection
from listserv.store.moderation import was_decided
from tests import photos
from tests.store_site import NOW, a_list, a_member, a_post, judged, made

MERE = "mere@school.example"


def with_photo(name: str = "kura.jpg", content: bytes | None = None) -> bytes:
    encoded = base64.encodebytes(photos.jpeg() if content is None else content).decode()
    fields = {"Content_Type": f'image/jpeg; name="{name}"', "Content_Transfer_Encoding": "base64"}
    return a_post(subject="Our kapa haka", body=encoded, **fields)


def kept(connection: Connection, post_id: int | None) -> bytes:
    assert post_id is not None
    return read_post(connection, post_id).octets


def test_a_post_is_kept_without_places_and_known_as_it_came(database_url: str) -> None:
    octets = with_photo()
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_member(connection, a_list(connection), MERE)
        done = judged(connection, mail_list, octets)
        assert done.verdict == Accept(Reason.WELCOME)
        stored = kept(connection, done.post_id)
        assert parse(stored).root.decoded() == unplaced(photos.jpeg())
        assert [post.octets for post in iterate_posts(connection, mail_list.id)] == [stored]
        assert has_content(connection, octets) and was_decided(connection, mail_list.id, octets)
        assert judged(connection, mail_list, octets).verdict == Discard(Reason.DUPLICATE)


def test_a_list_that_keeps_places_gives_way_to_one_that_does_not(database_url: str) -> None:
    octets = with_photo()
    with made(database_url) as database, database.begin() as connection:
        keeping = a_member(connection, a_list(connection, "keeping", strip_location=False), MERE)
        first = judged(connection, keeping, octets)
        assert kept(connection, first.post_id) == octets
        careful = a_member(connection, a_list(connection, "careful"), MERE)
        second = judged(connection, careful, octets)
        assert kept(connection, first.post_id) == kept(connection, second.post_id) == parse(octets).unplaced


def test_a_held_photo_loses_its_place_when_it_is_published(database_url: str) -> None:
    octets = with_photo()
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_member(connection, a_list(connection, style="moderated"), MERE)
        held = judged(connection, mail_list, octets)
        assert held.verdict == Hold(Reason.MODERATED) and held.held_id is not None
        posted = approve(connection, held.held_id, NOW)
        assert kept(connection, posted.post_id) == parse(octets).unplaced
        assert judged(connection, mail_list, octets).verdict == Discard(Reason.DUPLICATE)


@pytest.mark.parametrize(
    ("name", "settings", "reason"),
    [
        ("run.exe", {}, Reason.PROGRAM),
        ("plan.docm", {}, Reason.MACROS),
        ("plan.docm", {"files_held": "programs"}, None),
        ("run.exe", {"files_held": "programs"}, Reason.PROGRAM),
        ("run.exe", {"files_held": "none"}, None),
        ("kura.jpg", {}, None),
    ],
)
def test_programs_and_macros_wait_for_a_moderator(
    name: str, settings: dict[str, str], reason: Reason | None, database_url: str
) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_member(connection, a_list(connection, **settings), MERE)
        verdict = judged(connection, mail_list, with_photo(name, b"x")).verdict
        assert verdict == (Accept(Reason.WELCOME) if reason is None else Hold(reason))
        assert [each.reason for each in moderation.waiting(connection, mail_list.id)] == ([reason] if reason else [])
