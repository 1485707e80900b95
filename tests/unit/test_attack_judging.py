"""What one post may not do to the others: pass the thread brake by the thread's address, stop the search index, or
be for one database what it is not for the other."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from listserv.inbound import indexing
from listserv.inbound.judging import judge
from listserv.model.case import Accept, Hold, Reason
from listserv.store.archive import posts_without_text, read_post
from listserv.store.writer import Writer
from tests.store_site import NOW, a_list, a_post, arrived, judged, made


def test_the_thread_brake_counts_answers_that_only_the_threads_address_ties_to_it(database_url: str) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_list(connection, nonmember="accept", thread_brake=3)
        root = judged(connection, mail_list, a_post(Message_ID="<root@x.example>"))
        thread_id = read_post(connection, root.post_id or 0).thread_id

        def answer(number: int) -> object:
            octets = a_post(subject="Re: Running records", body=f"{number}", Message_ID=f"<a{number}@x.example>")
            arrival = replace(arrived(octets, at=NOW + timedelta(minutes=number)), thread_id=thread_id)
            return judge(connection, mail_list, arrival, session=True, message_octets=1_000_000).verdict

        assert [isinstance(answer(number), Accept) for number in (1, 2)] == [True, True]
        assert answer(3) == Hold(Reason.THREAD_BRAKE)


def test_a_post_whose_text_cannot_be_derived_does_not_stop_the_index(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise RecursionError("too deep")

    with made(database_url) as database:
        with database.begin() as connection:
            judged(connection, a_list(connection, nonmember="accept"), a_post())
        monkeypatch.setattr(indexing, "text_and_items", broken)
        writer = Writer(database)
        try:
            assert indexing.index_batch(database, writer, NOW) == 1
        finally:
            writer.close()
        with database.read() as connection:
            assert list(posts_without_text(connection, 10)) == []


def test_an_id_too_long_for_an_index_is_none_on_both_engines(database_url: str) -> None:
    dice = random.Random(11)  # letters that no compression makes fewer
    long = "".join(chr(dice.randrange(0x20000, 0x2A000)) for _ in range(900))
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_list(connection, nonmember="accept")
        verdict = judged(connection, mail_list, a_post(Message_ID=f"<{long}@x.example>")).verdict
        assert isinstance(verdict, Accept)
