"""The archive that benchmarks write into the tables is cut as an import would cut it."""

from __future__ import annotations

from pathlib import Path

from bench.archive import LONG, Archive
from listserv.mail.parse import parse
from listserv.mail.text.seams import derived_text
from listserv.store.archive import ancestor_texts, read_post
from listserv.store.search import post_text
from tests.store_site import a_list, made


def test_its_seams_are_those_of_its_messages(tmp_path: Path) -> None:
    with made(f"sqlite:///{tmp_path / 'listserv.db'}") as database, database.begin() as connection:
        mail_list = a_list(connection)
        Archive(connection, mail_list, octets=300).fill(LONG)
        for post_id in range(1, LONG + 1):
            octets, kept = read_post(connection, post_id).octets, post_text(connection, post_id)
            derived = derived_text(parse(octets), ancestor_texts(connection, post_id, mail_list.id))
            assert kept is not None
            assert kept.seams == derived.seams
