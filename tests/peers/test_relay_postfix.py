"""The relay client against a real Postfix, to its Maildir and through it to a flaky next hop."""

from __future__ import annotations

import re
from contextlib import closing

import pytest

from listserv.outbound.relay import Outcome, Submission
from listserv.outbound.relay_smtp import SmtpRelay
from tests.handed import handed
from tests.peers.flaky_relay import FlakyRelay, greylist
from tests.servers.postfix import Postfix
from tests.servers.private import wait_until

pytestmark = pytest.mark.postfix


def _submit(postfix: Postfix, *copies: Submission) -> list[tuple[Outcome, ...]]:
    with closing(SmtpRelay(postfix.host, postfix.port, helo_name="lists.example.nz")) as relay:
        return [outcomes for _, outcomes in handed(relay, copies)]


def _states(results: list[tuple[Outcome, ...]]) -> list[str]:
    return [outcome.state for outcomes in results for outcome in outcomes]


def _copy(number: int, *recipients: str) -> Submission:
    content = b"Subject: copy %d\r\nMessage-ID: <%d@x.nz>\r\n\r\n.dot\r\n..\r\nkia ora\r\n" % (number, number)
    return Submission(f"list-bounces+{number}@lists.example.nz", recipients, content)


def test_postfix_delivers_every_copy_with_its_envelope_and_octets(postfix: Postfix) -> None:
    copies = [_copy(number, f"r{number}@school.example.nz") for number in range(30)]
    results = _submit(postfix, *copies)
    assert _states(results) == ["taken"] * 30
    assert all(outcomes[0].reply.text.startswith("Ok: queued as") for outcomes in results)
    wait_until(lambda: len(postfix.delivered()) == 30, "the delivery")
    seen = set()
    for octets in postfix.delivered():
        head, _, body = octets.partition(b"\n\n")
        found = re.search(rb"Return-Path: <list-bounces\+(\d+)@lists\.example\.nz>", head)
        assert found
        number = int(found[1])
        assert f"Delivered-To: r{number}@school.example.nz".encode() in head
        assert f"Subject: copy {number}\n".encode() in head
        assert body == b".dot\n..\nkia ora\n"
        seen.add(number)
    assert seen == set(range(30))


def test_postfix_refuses_one_recipient_and_one_message_and_takes_the_rest(postfix: Postfix) -> None:
    postfix.route("gone.example.nz", "error:5.1.1 no such school")
    big = Submission("l@x.nz", ("big@school.example.nz",), b"Subject: big\r\n\r\n" + b"x" * 52_428_800 + b"\r\n")
    results = _submit(
        postfix,
        _copy(1, "a@school.example.nz", "b@gone.example.nz", "c@school.example.nz"),
        _copy(2, "d@gone.example.nz"),
        big,
        _copy(3, "e@school.example.nz"),
    )
    assert _states(results) == ["taken", "never", "taken", "never", "never", "taken"]
    assert results[0][1].reply.enhanced == "5.1.1"
    assert results[2][0].reply.enhanced == "5.3.4"
    wait_until(lambda: len(postfix.delivered()) == 3, "the delivery")


def test_postfix_takes_utf8_and_many_recipients(postfix: Postfix) -> None:
    korero = Submission(
        "rōpū@lists.example.nz",
        ("kōrero@kura.example.nz",),
        "Subject: pātai\r\n\r\ntēnā koe\r\n".encode(),
        eight_bit=True,
    )
    crowd = _copy(2, *(f"r{number}@school.example.nz" for number in range(300)))
    assert _states(_submit(postfix, korero, crowd)) == ["taken"] * 301
    wait_until(lambda: len(postfix.delivered()) == 301, "the delivery", seconds=60)
    assert any("Subject: pātai".encode() in octets for octets in postfix.delivered())


def test_through_postfix_to_a_greylisting_next_hop_each_copy_arrives_once(postfix: Postfix) -> None:
    with FlakyRelay(greylist()) as peer:
        postfix.route("far.example.nz", f"smtp:[{postfix.host}]:{peer.port}")
        assert _states(_submit(postfix, *(_copy(number, f"r{number}@far.example.nz") for number in range(5)))) == (
            ["taken"] * 5
        )
        wait_until(lambda: len(peer.taken) >= 5 and not postfix.queued(), "the second attempt", seconds=60)
    assert sorted(taken.recipients[0] for taken in peer.taken) == [f"r{number}@far.example.nz" for number in range(5)]
    assert all(taken.content.endswith(b"\r\n\r\n.dot\r\n..\r\nkia ora\r\n") for taken in peer.taken)
