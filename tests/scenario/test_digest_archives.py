"""The corpus archives, loaded with `import`, make a digest for every week: each post in exactly one, none empty."""

from __future__ import annotations

import lzma
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from jinja2 import Environment

from listserv.digest.compose import MESSAGE_OCTETS, compose_digest
from listserv.digest.editions import edition_of
from listserv.digest.items import Edition, Shown, conversations
from listserv.digest.plan import periods
from listserv.inbound.importing import import_mbox
from listserv.model.calendar import Period
from listserv.model.lists import DigestPeriod, MailList
from listserv.model.school import rhythm_of
from listserv.resources import environment
from listserv.store.archive import iterate_posts
from listserv.store.digests import told_threads
from listserv.store.engine import Connection, Database
from listserv.store.lists import get_list
from listserv.store.migrate import signing_key
from tests.clockwork import SETTINGS, new_list, workshop
from tests.store_site import made

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
BROKEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd\ud800-\udfff]")


def weeks(connection: Connection, mail_list: MailList) -> list[Period]:
    """The weekly periods from the first post to the last."""
    counted = sorted(post.received_at for post in iterate_posts(connection, mail_list.id))
    calendar = workshop().calendars.of(mail_list)
    begin, end = datetime(1990, 1, 1, tzinfo=UTC), counted[-1] + timedelta(days=14)
    found = list(periods(calendar, rhythm_of(mail_list.settings), DigestPeriod.WEEKLY, begin, end))
    return [period for period in found if period.covers_until > counted[0] - timedelta(days=400)]


def twins(octets: bytes) -> tuple[str, str]:
    """The plain and the HTML text, read by another parser."""
    message = message_from_bytes(octets, policy=policy.default)
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.iter_parts()
    assert isinstance(plain, EmailMessage) and isinstance(html, EmailMessage)
    return plain.get_content(), html.get_content()


def check(templates: Environment, edition: Edition) -> None:
    """The mail of this week keeps what digests promise."""
    octets = compose_digest(templates, edition, NOW)
    assert len(octets) <= MESSAGE_OCTETS
    plain, html = twins(octets)
    source = "".join(post.own + post.author for thread in edition.threads for post in thread.posts)
    source += "".join(
        thread.subject + file.name for thread in edition.threads for p in thread.posts for file in p.enclosures
    )
    for text in (plain, html):
        assert set(BROKEN.findall(text)) <= set(BROKEN.findall(source))
    for thread in conversations(edition, Shown(600)):
        assert (" ".join(thread.title.split()) or "(no subject)") in " ".join(plain.split())
        assert thread.reply_address in plain
        for item in thread.items:
            assert (item.author or "A member") in " ".join(plain.split())
            assert item.only or any(line.strip() for lines in item.paragraphs for line in lines)


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["ksummit-discuss-all.mbox.xz", "usrp-users-4000-6599.mbox.xz"])
def test_every_post_of_an_archive_is_in_exactly_one_digest(name: str, corpus: Path, tmp_path: Path) -> None:
    with made(f"sqlite:///{tmp_path / 'listserv.db'}") as database:
        mail_list = new_list(database, "old", NOW)
        with lzma.open(corpus / "archive" / name) as stream:
            assert (
                import_mbox(database, mail_list.address, cast("BinaryIO", stream), SETTINGS, lambda: NOW).archived > 500
            )
        _check_all(database)


def _check_all(database: Database) -> None:
    told: Counter[int] = Counter()
    templates = environment()
    with database.begin() as connection:
        mail_list = get_list(connection, "old")
        key = signing_key(connection)
        for period in weeks(connection, mail_list):
            threads = told_threads(connection, mail_list.id, period.covers_from, period.covers_until)
            if threads:
                told.update(post.id for thread in threads for post in thread.posts)
                check(templates, edition_of(mail_list, period, threads, SETTINGS, key))
        assert told == Counter(post.id for post in iterate_posts(connection, mail_list.id))
