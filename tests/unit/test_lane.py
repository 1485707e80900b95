"""One lane over real connections: claims that follow each other, fail in the middle, or have nobody left."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import pytest
from sqlalchemy import select

from listserv.errors import RelayUnavailable
from listserv.outbound.lane import Drawn, Lane, Shared
from listserv.outbound.relay import Handed, Outcome, Submission
from listserv.outbound.relay_smtp import SmtpRelay
from listserv.outbound.replies import RelayReply
from listserv.outbound.settling import Settlings
from listserv.outbound.waits import Wait, waited
from listserv.store import outbox, queue
from listserv.store.archive import put_content
from listserv.store.engine import Connection, Database
from listserv.store.forgetting import forget_notice, notices_since
from listserv.store.merging import merge_persons
from listserv.store.outbox import Claim
from listserv.store.people import find_member, person_of, remove_member
from listserv.store.schema import deliveries, failures
from listserv.store.takedowns import rewrite
from listserv.store.writer import Writer
from tests.night import Night
from tests.peers.flaky_relay import FlakyRelay, Judge, Rule, as_usual, rules
from tests.store_site import NOW, a_list, a_member, made


class Told:
    """Copies as a test tells them: three a claim; `gone` recipients are not there, at `fails_at` it breaks."""

    def __init__(self, gone: frozenset[int] = frozenset(), fails_at: int = 0) -> None:
        self._gone = gone
        self._fails_at = fails_at

    def submissions(self, held: Claim) -> Iterator[Drawn]:
        for subscription_id in held.recipients[held.done :]:
            if subscription_id == self._fails_at:
                raise LookupError("this copy cannot be made")
            to = f"s{subscription_id}@x.nz"
            made = Submission("b@x.nz", (to,), b"Subject: x\r\n\r\ny\r\n")
            yield (subscription_id,), None if subscription_id in self._gone else made


@contextlib.contextmanager
def a_lane(database: Database, copies: Told, judge: Judge = as_usual) -> Iterator[tuple[Lane, FlakyRelay]]:
    writer = Writer(database)
    nobody: Callable[[Connection, Claim, object], None] = lambda *_: None  # noqa: E731
    shared = Shared(writer, copies, lambda: NOW, nobody, lambda: None, Settlings(writer, lambda: NOW, nobody))
    with FlakyRelay(judge) as peer:
        relay = SmtpRelay("127.0.0.1", peer.port, helo_name="x.nz", timeout_scale=0.05)
        yield Lane(relay, "test", shared), peer
        relay.close()
    writer.close()


def queued(database: Database, *claims: list[int]) -> None:
    with database.begin() as connection:
        mail_list = a_list(connection)
        content_id = put_content(connection, b"Subject: x\r\n\r\ny\r\n")
        for recipients in claims:
            outbox.enqueue_digest(connection, mail_list.id, content_id, recipients, NOW)


def left(database: Database) -> list[int]:
    with database.read() as connection:
        return [each.left for each in queue.in_queue(connection, NOW)]


def got(peer: FlakyRelay) -> list[int]:
    return [int(message.recipients[0].partition("@")[0][1:]) for message in peer.taken]


def test_the_next_claim_leaves_behind_the_last_copy_of_the_one_before(database_url: str) -> None:
    with made(database_url) as database, a_lane(database, Told()) as (lane, peer):
        queued(database, [1, 2, 3], [4, 5, 6])
        waited(lane.work())
        assert got(peer) == [1, 2, 3, 4, 5, 6]
        assert peer.connections == 1
        assert left(database) == []


def test_a_claim_whose_copies_cannot_be_made_costs_none_before_it_its_answer(database_url: str) -> None:
    with made(database_url) as database, a_lane(database, Told(fails_at=5)) as (lane, peer):
        queued(database, [1, 2, 3], [4, 5, 6])
        with pytest.raises(LookupError):
            waited(lane.work())
        assert got(peer) == [1, 2, 3, 4]
        assert left(database) == [2], "the copy that was taken is settled, the rest waits for the lease's end"


@pytest.mark.parametrize("gone", [{1, 2, 3}, {4, 5, 6}, {3, 4}, {6}, {1}, {1, 2, 3, 4, 5, 6}])
def test_who_is_no_longer_there_settles_in_her_turn(database_url: str, gone: set[int]) -> None:
    with made(database_url) as database, a_lane(database, Told(frozenset(gone))) as (lane, peer):
        queued(database, [1, 2, 3], [4, 5, 6], [7])
        waited(lane.work())
        assert got(peer) == [each for each in range(1, 8) if each not in gone]
        assert left(database) == []


@pytest.mark.parametrize("taken", range(5))
def test_a_relay_that_goes_away_gives_both_claims_back(database_url: str, taken: int) -> None:
    away = rules(Rule("MAIL", "drop", skip=taken), Rule("CONNECT", "drop", skip=1))
    with made(database_url) as database, a_lane(database, Told(), away) as (lane, peer):
        queued(database, [1, 2, 3], [4, 5, 6])
        with pytest.raises(RelayUnavailable):
            waited(lane.work())
        assert got(peer) == list(range(1, taken + 1))
        assert sum(left(database)) == 6 - taken
        with database.read() as connection:
            assert not any(each.leased for each in queue.in_queue(connection, NOW))


class BreaksOff(Night):
    """A house whose relay goes away behind so many transactions."""

    transactions = 0

    def submit(self, batch: Iterable[Submission]) -> Iterator[Handed | Wait]:
        for step in super().submit(batch):
            yield step
            if not isinstance(step, Wait):
                self.transactions -= 1
                self.down = self.transactions == 0


@pytest.mark.parametrize("behind", [2, 3])
@pytest.mark.parametrize("gone", [[0], [0, 3, 4], [5]])
def test_who_shares_a_copy_gets_it_once_though_another_has_left(
    database_url: str, gone: list[int], behind: int
) -> None:
    with made(database_url) as database:
        house = BreaksOff(database, recipients_per_message=3)
        everybody = [f"s{number}@school.example" for number in range(9)]
        for address in everybody:
            house.add(address)
        house.post("shared", NOW)
        with database.begin() as connection:
            mail_list = house.group(connection)
            for number in gone:
                left_one = find_member(connection, mail_list, house.person(everybody[number]), NOW)
                assert left_one is not None
                remove_member(connection, mail_list, left_one, NOW)
        house.transactions = behind
        house.work()
        house.down = False
        house.work()
        there = [address for number, address in enumerate(everybody) if number not in gone]
        assert sorted(to for to, _, _ in house.ledger[1:]) == there
        assert house.waiting() == []
        house.end()


@pytest.mark.parametrize("first", ["old", "new"])
def test_who_lost_a_claim_to_her_own_node_hears_of_it(database_url: str, first: str) -> None:
    with made(database_url) as database:
        queued(database, list(range(1, 61)))
        writer = Writer(database)
        together = Settlings(writer, lambda: NOW, lambda *_: None)
        claimed = partial(outbox.claim, owner="this node", now=NOW)
        old = writer.run(claimed)
        assert old is not None
        with database.begin() as connection:
            rewrite(connection, old.content_id or 0, b"Subject: x\r\n\r\nless\r\n")
        new = writer.run(claimed)
        assert new is not None
        settlings = {"old": together.begin(old), "new": together.begin(new)}
        for number in (1, 2):
            for each in settlings.values():
                each.add((number,), (Outcome(f"s{number}@x.nz", "taken", RelayReply(250, "", "ok")),))
            settlings[first].keep()
        settlings["old"].keep()
        assert settlings["old"].lost, "whoever sends what was taken out stops"
        assert not settlings["new"].lost
        together.end(old)
        settlings["new"].add((3,), (Outcome("s3@x.nz", "taken", RelayReply(250, "", "ok")),))
        settlings["new"].keep()
        assert left(database) == [57]
        writer.close()


def test_what_is_forgotten_on_the_wire_settles_nothing_else(database_url: str) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_list(connection)
        content_id = put_content(connection, b"Subject: x\r\n\r\nshe asked\r\n")
        outbox.enqueue_notice(connection, mail_list.id, content_id, "moderator@x.nz", NOW)
        held = outbox.claim(connection, "a", NOW)
        assert held is not None
        (notice,) = notices_since(connection, mail_list.id, NOW)
        forget_notice(connection, notice)
        outbox.enqueue_digest(connection, mail_list.id, put_content(connection, b"x"), list(range(1, 201)), NOW)
        many = outbox.claim(connection, "b", NOW)
        assert many is not None
        assert not outbox.settle(connection, held, 1, NOW)
        assert [each.left for each in queue.in_queue(connection, NOW)] == [200]
        assert list(notices_since(connection, mail_list.id, NOW)) == []
        row = connection.execute(select(deliveries).where(deliveries.c.id == held.id)).one()
        assert (row.content_id, row.to_address, row.return_path, row.state) == (None, None, "", "dropped")


def test_who_became_another_while_her_copy_was_on_the_wire_costs_nobody_the_settle(database_url: str) -> None:
    with made(database_url) as database:
        with database.begin() as connection:
            mail_list = a_member(connection, a_member(connection, a_list(connection), "a@x.nz"), "b@x.nz")
            kept, other = (person_of(connection, each) for each in ("a@x.nz", "b@x.nz"))
            assert kept is not None and other is not None
            places = [find_member(connection, mail_list, each, NOW) for each in (kept, other)]
            ids = [place.id for place in places if place is not None]
            content_id = put_content(connection, b"Subject: x\r\n\r\ny\r\n")
            outbox.enqueue_digest(connection, mail_list.id, content_id, ids, NOW)
        writer = Writer(database)
        held = writer.run(partial(outbox.claim, owner="a", now=NOW))
        assert held is not None
        settling = Settlings(writer, lambda: NOW, lambda *_: None).begin(held)
        writer.run(lambda connection: merge_persons(connection, kept, other, "test", NOW))
        settling.add((ids[0],), (Outcome("a@x.nz", "taken", RelayReply(250, "", "ok")),))
        settling.add((ids[1],), (Outcome("b@x.nz", "never", RelayReply(550, "5.1.1", "no such mailbox")),))
        settling.keep()
        writer.close()
        assert left(database) == []
        with database.read() as connection:
            assert connection.execute(select(failures.c.kind, failures.c.subscription_id)).all() == [("refused", None)]
