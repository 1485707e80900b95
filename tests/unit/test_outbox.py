"""The outbox: chunks, leases, fences, put-off recipients, failures; on both engines."""

from __future__ import annotations

from array import array
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select

from listserv.errors import NotFound
from listserv.model.lists import Delivery, MailList
from listserv.store import outbox, queue
from listserv.store.engine import Connection, Database
from listserv.store.people import recipient_set
from listserv.store.schema import deliveries
from listserv.store.takedowns import stop_copies
from tests.store_site import NOW, a_list, a_member, a_post, judged, made

MINUTE = timedelta(minutes=1)


def list_with(connection: Connection, count: int) -> MailList:
    mail_list = a_list(connection, nonmember="accept")
    for number in range(count):
        mail_list = a_member(connection, mail_list, f"s{number}@school.example")
    return mail_list


def posted(database: Database, count: int) -> int:
    with database.begin() as connection:
        post_id = judged(connection, list_with(connection, count), a_post()).post_id
        assert post_id is not None
        return post_id


@given(st.lists(st.integers(1, 2**63 - 1)))
def test_packing_is_undone_by_unpacking(ids: list[int]) -> None:
    assert list(outbox.unpack(outbox.pack(array("q", ids)))) == ids


def test_a_post_is_chunked_and_claimed_once(database_url: str) -> None:
    with made(database_url) as database:
        posted(database, 450)
        claims = []
        for owner in ("a", "b", "c", "d"):
            with database.begin() as connection:
                claims.append(outbox.claim(connection, owner, NOW))
        assert [len(held.recipients) if held else None for held in claims] == [200, 200, 50, None]
        everyone = [subscription for held in claims if held for subscription in held.recipients]
        assert len(set(everyone)) == 450


def test_a_second_post_is_not_behind_all_chunks_of_the_first(database_url: str) -> None:
    later = NOW + MINUTE / 60
    with made(database_url) as database, database.begin() as connection:
        mail_list = list_with(connection, 450)
        first = judged(connection, mail_list, a_post("one@x.example")).post_id
        second = judged(connection, mail_list, a_post("two@x.example"), later).post_id
        held = outbox.claim(connection, "a", later)
        assert held is not None and outbox.is_awaited(connection, later)
        claims = [held, outbox.claim(connection, "b", later)]
        assert not outbox.is_awaited(connection, later), "further chunks have their turn later, though they are due"
        claims += [outbox.claim(connection, "c", later) for _ in range(4)]
        assert [each.post_id if each else None for each in claims] == [first, second] * 3
        outbox.release(connection, held, later)
        again = outbox.claim(connection, "a", later)
        assert again is not None and (again.id, again.fence) == (held.id, held.fence + 2)


def test_what_is_given_back_goes_behind_what_waits(database_url: str) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = list_with(connection, 3)
        first = judged(connection, mail_list, a_post("one@x.example")).post_id
        held = outbox.claim(connection, "a", NOW)
        second = judged(connection, mail_list, a_post("two@x.example"), NOW + MINUTE / 60).post_id
        assert held is not None
        outbox.release(connection, held, NOW + MINUTE / 30)
        claims = [outbox.claim(connection, "a", NOW + MINUTE / 30) for _ in range(2)]
        assert [each.post_id if each else None for each in claims] == [second, first]


def test_a_lease_that_ran_out_is_claimed_anew_and_the_old_owner_changes_nothing(database_url: str) -> None:
    with made(database_url) as database:
        posted(database, 3)
        with database.begin() as connection:
            first = outbox.claim(connection, "a", NOW)
            assert outbox.claim(connection, "b", NOW + MINUTE / 4) is None
            second = outbox.claim(connection, "b", NOW + MINUTE)
        assert first is not None
        assert second is not None
        assert second.fence > first.fence
        with database.begin() as connection:
            assert not outbox.settle(connection, first, 3, NOW + MINUTE)
            assert not outbox.renew(connection, first, NOW + MINUTE)
            assert not outbox.release(connection, first, NOW)
            assert outbox.settle(connection, second, 1, NOW + MINUTE)
            assert queue.in_queue(connection, NOW)[0].left == 2
            assert outbox.settle(connection, second, 3, NOW + MINUTE)
            assert queue.in_queue(connection, NOW) == []
            assert not outbox.settle(connection, second, 3, NOW + MINUTE)


def test_a_renewed_lease_is_not_claimed(database_url: str) -> None:
    with made(database_url) as database:
        posted(database, 1)
        with database.begin() as connection:
            held = outbox.claim(connection, "a", NOW)
            assert held is not None
            assert outbox.renew(connection, held, NOW + MINUTE / 3)
            assert outbox.claim(connection, "b", NOW + MINUTE * 2 / 3) is None


def test_put_off_recipients_wait_in_a_row_of_their_own(database_url: str) -> None:
    with made(database_url) as database:
        posted(database, 3)
        with database.begin() as connection:
            held = outbox.claim(connection, "a", NOW)
            assert held is not None
            outbox.put_off(connection, held, [held.recipients[1]], NOW + MINUTE)
            outbox.settle(connection, held, 3, NOW)
            assert outbox.claim(connection, "a", NOW) is None
            again = outbox.claim(connection, "a", NOW + MINUTE)
        assert again is not None
        assert list(again.recipients) == [held.recipients[1]]
        assert (again.attempts, again.created_at, again.post_id) == (1, held.created_at, held.post_id)


def test_what_is_given_back_is_due_when_said(database_url: str) -> None:
    with made(database_url) as database:
        posted(database, 1)
        with database.begin() as connection:
            held = outbox.claim(connection, "a", NOW)
            assert held is not None
            assert outbox.release(connection, held, NOW + MINUTE)
            assert outbox.claim(connection, "b", NOW) is None
            assert outbox.claim(connection, "b", NOW + MINUTE) is not None


def test_a_renewal_that_comes_after_the_release_leases_nothing(database_url: str) -> None:
    with made(database_url) as database:
        posted(database, 1)
        with database.begin() as connection:
            held = outbox.claim(connection, "a", NOW)
            assert held is not None
            assert outbox.release(connection, held, NOW)
            assert not outbox.renew(connection, held, NOW)
            assert outbox.claim(connection, "b", NOW) is not None


def test_drop_and_retry(database_url: str) -> None:
    with made(database_url) as database:
        posted(database, 1)
        with database.begin() as connection:
            held = outbox.claim(connection, "a", NOW)
            assert held is not None
            outbox.release(connection, held, NOW + 60 * MINUTE)
            assert queue.retry_now(connection, None, NOW) == 1
            again = outbox.claim(connection, "a", NOW)
            assert again is not None
            queue.drop(connection, again.id)
            assert not outbox.settle(connection, again, 1, NOW)
            with pytest.raises(NotFound):
                queue.drop(connection, again.id)


def test_the_frozen_set_leaves_out_whom_it_should(database_url: str) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_list(connection)
        mail_list = a_member(connection, mail_list, "mere@school.example", name="Mere")
        mail_list = a_member(connection, mail_list, "aroha@school.example")
        mail_list = a_member(connection, mail_list, "digest@school.example", delivery=Delivery.NONE)
        mail_list = a_member(connection, mail_list, "guest@school.example", until=NOW - MINUTE)
        mail_list = a_member(connection, mail_list, "late@school.example", until=NOW + MINUTE)
        octets = a_post(Cc="Aroha <Aroha@School.example>, other@elsewhere.example")
        assert judged(connection, mail_list, octets).recipients == 2
        wanted = recipient_set(connection, mail_list)
        own, others = outbox.claim(connection, "a", NOW), outbox.claim(connection, "a", NOW)
        assert own is not None
        assert others is not None
        assert [*own.recipients] == [wanted.by_key["mere@school.example"]]
        assert [*others.recipients] == [wanted.by_key["late@school.example"]]


def test_what_a_later_clock_queued_and_leased_is_due_when_the_clock_is_set_back(database_url: str) -> None:
    back = NOW - 60 * MINUTE
    with made(database_url) as database:
        posted(database, 201)
        with database.begin() as connection:
            held = outbox.claim(connection, "a", NOW)
            assert outbox.claim(connection, "b", back) is None
            outbox.forget_the_future(connection, back)
            assert held is not None
            assert not outbox.settle(connection, held, 1, back)
            assert [outbox.claim(connection, "b", back) is not None for _ in range(3)] == [True, True, False]


def test_a_copy_the_relay_put_off_keeps_its_time_when_the_clock_is_set_back(database_url: str) -> None:
    back = NOW - 60 * MINUTE
    with made(database_url) as database:
        posted(database, 1)
        with database.begin() as connection:
            held = outbox.claim(connection, "a", NOW)
            assert held is not None
            outbox.put_off(connection, held, list(held.recipients), NOW + MINUTE)
            outbox.settle(connection, held, 1, NOW)
            outbox.forget_the_future(connection, back)
            assert outbox.claim(connection, "b", back) is None
            assert outbox.claim(connection, "b", NOW + MINUTE) is not None


@pytest.mark.parametrize(
    ("settings", "minutes"),
    [
        ({}, 0),
        ({"private": True}, 2),
        ({"private": True, "post_pause_minutes": 0}, 0),
        ({"post_pause_minutes": 10}, 10),
    ],
)
def test_the_authors_own_copy_leaves_first_and_the_rest_after_the_pause(
    database_url: str, settings: dict[str, Any], minutes: int
) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_list(connection, **settings)
        for name in ("aroha", "mere", "hana"):
            mail_list = a_member(connection, mail_list, f"{name}@school.example")
        assert judged(connection, mail_list, a_post()).recipients == 3
        own = outbox.claim(connection, "a", NOW)
        assert own is not None
        assert (own.kind, len(own.recipients)) == (outbox.OWN, 1)
        outbox.settle(connection, own, 1, NOW)
        if minutes:
            assert outbox.claim(connection, "a", NOW + minutes * MINUTE - MINUTE / 60) is None
        others = outbox.claim(connection, "a", NOW + minutes * MINUTE)
        assert others is not None
        assert (others.kind, len(others.recipients)) == ("post", 2)
        assert not {*own.recipients} & {*others.recipients}


@pytest.mark.parametrize("size", [1, 199, 200, 201, 6_399, 6_401, 9_999, 10_000, 50_000])
def test_a_long_mail_has_longer_chunks_but_enough_for_every_connection(database_url: str, size: int) -> None:
    ids = array("q", range(1, size + 1))
    with made(database_url) as database, database.begin() as connection:
        mail_list = list_with(connection, 1)
        post_id = judged(connection, mail_list, a_post()).post_id
        assert post_id is not None
        connection.execute(delete(deliveries))
        assert outbox.enqueue_post(connection, mail_list.id, post_id, ids, NOW) == size
        rows = connection.execute(select(deliveries.c.recipients).order_by(deliveries.c.id)).scalars().all()
    chunks = [outbox.unpack(row) for row in rows]
    assert [each for chunk in chunks for each in chunk] == list(ids)
    assert all(200 <= len(chunk) <= 1000 and len(chunk) % 100 == 0 for chunk in chunks[:-1])
    assert len(chunks) >= min(20, -(-size // 200)), "every connection of two nodes has something to do"


def test_a_copy_that_is_put_off_while_its_post_is_stopped_never_leaves(database_url: str) -> None:
    with made(database_url) as database, ThreadPoolExecutor() as pool:
        post_id = posted(database, 3)
        with database.begin() as connection:
            held = outbox.claim(connection, "a", NOW)
            assert held is not None
        with database.begin() as connection:
            assert outbox.settle(connection, held, 3, NOW)
            outbox.put_off(connection, held, held.recipients[:1], NOW + MINUTE)
            stopping = pool.submit(_stopped, database, post_id)
            wait([stopping], timeout=0.5)  # it is under way, and waits for this transaction's end
        stopping.result()
        assert _waiting(database) == 0


def _stopped(database: Database, post_id: int) -> None:
    with database.begin() as connection:
        stop_copies(connection, post_id)


def _waiting(database: Database) -> int:
    with database.read() as connection:
        return queue.waiting_count(connection)
