"""The relay client over real sockets against a relay that fails in every way: nothing lost, nothing invented."""

from __future__ import annotations

import gc
import socket
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import pairwise
from typing import Any

import pytest

from listserv.errors import ConfigError, RelayUnavailable
from listserv.outbound import relay_smtp
from listserv.outbound.relay import Outcome, Submission
from listserv.outbound.relay_session import Session
from listserv.outbound.relay_smtp import SmtpRelay
from listserv.outbound.waits import Steps
from tests.handed import handed
from tests.peers.flaky_relay import OFFERS, FlakyRelay, Rule, greylist, rules

LOCK_STEP = tuple(offer for offer in OFFERS if offer != "PIPELINING")


def _client(peer: FlakyRelay, **options: Any) -> SmtpRelay:
    return SmtpRelay("127.0.0.1", peer.port, helo_name="lists.example.nz", **{"timeout_scale": 0.05, **options})


def _copies(count: int, recipients: int = 1) -> list[Submission]:
    return [
        Submission(
            f"list-bounces+{number}@lists.example.nz",
            tuple(f"r{number}-{place}@school.example.nz" for place in range(recipients)),
            b"Subject: copy %d\r\n\r\nkia ora\r\n" % number,
        )
        for number in range(count)
    ]


def _states(outcomes: Iterable[tuple[Submission, tuple[Outcome, ...]]]) -> list[str]:
    return [outcome.state for _, each in outcomes for outcome in each]


def _submit(peer: FlakyRelay, copies: list[Submission], **options: Any) -> list[str]:
    """The states of all recipients in order, after proving that the ledger agrees with them."""
    with closing(_client(peer, **options)) as relay:
        results = list(handed(relay, copies))
    assert [submission for submission, _ in results] == copies
    acknowledged = {recipient for taken in peer.taken if taken.acknowledged for recipient in taken.recipients}
    assert {outcome.recipient for _, each in results for outcome in each if outcome.state == "taken"} == acknowledged
    assert peer.violations == []
    return _states(results)


@pytest.mark.parametrize("offers", [OFFERS, LOCK_STEP], ids=["pipelining", "lock-step"])
def test_each_copy_arrives_whole_with_its_own_envelope(offers: tuple[str, ...]) -> None:
    copies = _copies(5, recipients=3)
    with FlakyRelay(offers=offers) as peer:
        assert _submit(peer, copies) == ["taken"] * 15
    assert [(taken.return_path, taken.recipients, taken.content) for taken in peer.taken] == [
        (copy.return_path, copy.recipients, copy.content) for copy in copies
    ]
    assert peer.connections == 1
    assert peer.commands[-1] == "QUIT"


def test_pipelining_takes_one_round_trip_a_message() -> None:
    with FlakyRelay(rules(Rule("MAIL", "wait 0.01"))) as peer, closing(_client(peer)) as relay:
        writes: list[int] = []

        class CountingSession(Session):
            def write(self, *pieces: bytes) -> Steps[None]:
                writes.append(len(pieces))
                return super().write(*pieces)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(relay_smtp, "Session", CountingSession)
            list(handed(relay, _copies(10)))
    assert len(writes) == 1 + 10 + 1 + 1  # EHLO, content of n with the envelope of n+1, QUIT


def test_small_writes_do_not_wait_for_acknowledgements(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[socket.socket] = []
    connect = socket.create_connection

    def noted(address: tuple[str, int], timeout: float) -> socket.socket:
        opened.append(connect(address, timeout))
        return opened[-1]

    monkeypatch.setattr(socket, "create_connection", noted)
    with FlakyRelay() as peer, closing(_client(peer)) as relay:
        relay.check()
        assert opened[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_outcomes_come_in_the_order_given_also_for_what_is_never_sent() -> None:
    copies = _copies(5)
    copies[1] = Submission("l@x.nz", ("not an address",), b"x\r\n")
    copies[3] = Submission("l@x.nz", ("a@x.nz",), b"bare\nline\r\n")
    with FlakyRelay() as peer:
        assert _submit(peer, copies) == ["taken", "never", "taken", "never", "taken"]


def test_it_draws_one_ahead_and_answers_as_it_goes() -> None:
    drawn: list[int] = []

    def batch() -> Iterator[Submission]:
        for number, copy in enumerate(_copies(4)):
            drawn.append(number)
            yield copy

    with FlakyRelay() as peer, closing(_client(peer)) as relay:
        heard = [len(drawn) for _ in handed(relay, batch())]
    assert heard == [2, 3, 4, 4]


REFUSALS = [
    ("MAIL", "550 5.7.1 not you", "never"),
    ("MAIL", "451 4.3.0 not now", "later"),
    ("RCPT", "550 5.1.1 gone", "never"),
    ("RCPT", "450 4.2.1 not now", "later"),
    ("DATA", "554 5.7.1 no", "never"),
    ("DATA", "451 4.3.0 not now", "later"),
    ("DOT", "554 5.6.0 no", "never"),
    ("DOT", "452 4.3.1 full", "later"),
    ("DOT", "421 4.3.2 closing", "later"),
    ("MAIL", "503 5.5.1 lost count", "later"),
    ("MAIL", "drop", "later"),
    ("RCPT", "drop", "later"),
    ("DATA", "drop", "later"),
    ("CONTENT", "drop", "later"),
    ("DOT", "drop", "later"),
    ("MAIL", "reset", "later"),
    ("CONTENT", "reset", "later"),
    ("DOT", "reset", "later"),
    ("DOT", "take drop", "later"),
    ("DOT", "take reset", "later"),
    ("DOT", "take 451 4.3.0 changed my mind", "later"),
    ("MAIL", "raw nonsense\r\n", "later"),
    ("RCPT", "raw 250 2.1.5 half a li", "later"),
    ("DATA", "250 2.0.0 no 354", "later"),
    ("DOT", "raw 25", "later"),
    ("DOT", "take raw 250-2.0.0 it goes on\r\n", "later"),
    ("DOT", "take 354 what?", "later"),
    ("RCPT", "354 what?", "later"),
]


@pytest.mark.parametrize("offers", [OFFERS, LOCK_STEP], ids=["pipelining", "lock-step"])
@pytest.mark.parametrize(("at", "act", "state"), REFUSALS)
def test_a_failure_is_the_copy_s_own_and_the_others_arrive(
    at: str, act: str, state: str, offers: tuple[str, ...]
) -> None:
    with FlakyRelay(rules(Rule(at, act, skip=2, times=1)), offers=offers) as peer:
        # Whoever waits for content after RCPT never answers DATA: only the time out ends that, so it is short.
        scale = 0.005 if (at, act) == ("RCPT", "354 what?") else 0.05
        states = _submit(peer, _copies(6), timeout_scale=scale)
    assert states == ["taken", "taken", state, "taken", "taken", "taken"]


@pytest.mark.parametrize("offers", [OFFERS, LOCK_STEP], ids=["pipelining", "lock-step"])
@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA"])
def test_a_relay_that_takes_so_many_a_connection_gets_the_next_over_another(at: str, offers: tuple[str, ...]) -> None:
    """Some say 421 then; no content was sent, so that nobody has to wait for a later attempt."""
    so_many = [Rule(at, "421 4.7.0 too many messages in this connection", skip=skip, times=1) for skip in (3, 6, 9)]
    with FlakyRelay(rules(*so_many), offers=offers) as peer:
        assert _submit(peer, _copies(12)) == ["taken"] * 12
        assert peer.connections == 4
    assert [message.recipients[0] for message in peer.taken] == [copy.recipients[0] for copy in _copies(12)]


@pytest.mark.parametrize(("at", "match", "skip"), [("MAIL", "+2@", 0), ("RCPT", "r2-", 0), ("DATA", "", 2)])
def test_one_at_whom_every_connection_ends_costs_the_others_nothing(at: str, match: str, skip: int) -> None:
    with FlakyRelay(rules(Rule(at, "421 4.3.2 closing", match=match, skip=skip, times=2))) as peer:
        assert _submit(peer, _copies(6)) == ["taken", "taken", "later", "taken", "taken", "taken"]


@pytest.mark.parametrize("at", ["MAIL", "DATA", "DOT"])
def test_silence_ends_by_itself(at: str) -> None:
    with FlakyRelay(rules(Rule(at, "silence", skip=1, times=1))) as peer:
        states = _submit(peer, _copies(4), timeout_scale=0.002)
    assert states[0] == states[3] == "taken"
    assert states[1] == "later"


def test_slow_answers_are_waited_for() -> None:
    with FlakyRelay(rules(Rule("DOT", "wait 0.3"), Rule("RCPT", "wait 0.2"))) as peer:
        assert _submit(peer, _copies(2)) == ["taken", "taken"]


def test_a_greylisted_recipient_is_put_off_once_and_nobody_else() -> None:
    copies = _copies(2, recipients=2)
    with FlakyRelay(greylist()) as peer, closing(_client(peer)) as relay:
        assert _states(handed(relay, copies[:1])) == ["later", "later"]
        assert _states(handed(relay, copies)) == ["taken", "taken", "later", "later"]
        assert _states(handed(relay, copies[1:])) == ["taken", "taken"]


def test_one_of_fifty_refused_leaves_forty_nine() -> None:
    with FlakyRelay(rules(Rule("RCPT", "550 5.1.1 gone", match="r0-17@"))) as peer:
        states = _submit(peer, _copies(1, recipients=50))
    assert states == ["taken"] * 17 + ["never"] + ["taken"] * 32
    assert len(peer.taken[0].recipients) == 49


def test_hundreds_of_recipients_go_in_several_writes() -> None:
    with FlakyRelay(rules(Rule("RCPT", "550 5.1.1 " + "x" * 480, match="7@"))) as peer:
        states = _submit(peer, _copies(2, recipients=450))
    assert states.count("never") == 90


@pytest.mark.parametrize("offers", [OFFERS, LOCK_STEP], ids=["pipelining", "lock-step"])
@pytest.mark.parametrize("permissive", [False, True])
def test_refused_by_all_recipients_the_next_message_is_not_harmed(offers: tuple[str, ...], permissive: bool) -> None:
    judge = rules(Rule("RCPT", "550 5.1.1 gone", match="r1-"), Rule("RCPT", "550 5.1.1 gone", match="r3-"))
    with FlakyRelay(judge, offers=offers, data_without_recipients=permissive) as peer:
        assert _submit(peer, _copies(4, recipients=2)) == ["taken"] * 2 + ["never"] * 2 + ["taken"] * 2 + ["never"] * 2
    assert peer.connections == 1


def test_an_answer_before_the_end_of_a_large_message_is_heard() -> None:
    large = Submission("l@x.nz", ("a@x.nz",), b"x" * 70 + b"\r\n" + b"y" * 5_000_000 + b"\r\n")
    with FlakyRelay(rules(Rule("CONTENT", "552 5.3.4 too large"))) as peer, closing(_client(peer)) as relay:
        ((_, (outcome,)),) = handed(relay, [large])
    # The relay closes with octets unread, so its word may be cut off by a reset; it is never taken.
    assert outcome.state in ("never", "later")
    assert peer.taken == []


def test_a_large_message_arrives() -> None:
    large = Submission("l@x.nz", ("a@x.nz", "b@x.nz"), (b".line\r\n" + b"z" * 900 + b"\r\n") * 2000)
    with FlakyRelay() as peer:
        assert _submit(peer, [large, *_copies(1)]) == ["taken"] * 3
    assert peer.taken[0].content == large.content


def test_one_spurious_reply_is_not_taken_for_the_next_answer() -> None:
    with FlakyRelay(rules(Rule("DATA", "extra 250 2.0.0 hello", skip=1, times=1))) as peer:
        states = _submit(peer, _copies(4))
    assert states == ["taken", "later", "taken", "taken"]


def test_a_relay_that_always_breaks_off_is_unavailable_and_the_rest_waits() -> None:
    with FlakyRelay(rules(Rule("MAIL", "drop"))) as peer, closing(_client(peer)) as relay:
        results = []
        with pytest.raises(RelayUnavailable, match="keeps breaking off"):
            for result in handed(relay, _copies(50)):
                results.append(result)
        assert _states(results) == ["later"] * 3
        assert peer.connections == 3


def test_messages_that_break_the_relay_do_not_make_it_unavailable() -> None:
    judge = rules(*(Rule("DOT", "drop", match=f"r{number}-") for number in range(0, 12, 3)))
    with FlakyRelay(judge) as peer:
        states = _submit(peer, _copies(12))
    assert states == ["later", "taken", "taken"] * 4


@pytest.mark.parametrize(
    ("at", "act"),
    [
        ("CONNECT", "554 5.7.1 blocked"),
        ("CONNECT", "421 4.3.2 too busy"),
        ("CONNECT", "drop"),
        ("CONNECT", "raw SSH-2.0-x\r\n"),
        ("EHLO", "421 4.3.2 too busy"),
        ("EHLO", "450 4.7.1 not now"),
        ("EHLO", "drop"),
        ("MAIL", "530 5.7.0 authentication required"),
        ("RCPT", "535 5.7.8 who are you?"),
    ],
)
def test_a_refusal_that_is_about_us_lets_everything_wait(at: str, act: str) -> None:
    with FlakyRelay(rules(Rule(at, act))) as peer, closing(_client(peer)) as relay:
        results = []
        with pytest.raises(RelayUnavailable, match=r"127\.0\.0\.1"):
            for result in handed(relay, _copies(3)):
                results.append(result)
        assert set(_states(results)) <= {"later"}
        peer.judge = rules()
        assert _states(handed(relay, _copies(3))) == ["taken"] * 3


def test_nobody_listening_is_unavailable() -> None:
    with FlakyRelay() as peer:
        pass
    with pytest.raises(RelayUnavailable, match="cannot be reached"):
        list(handed(_client(peer), _copies(1)))


@pytest.mark.parametrize("host", ["no-such-host.invalid", "", "a" * 300, "bad..name", "\udcff"])
def test_a_host_that_is_no_host_is_unavailable(host: str) -> None:
    relay = SmtpRelay(host, 1, helo_name="x.nz", timeout_scale=0.1)
    with pytest.raises(RelayUnavailable):
        relay.check()


@pytest.mark.parametrize("refusal", ["500 5.5.1 what?", "502 5.5.1 no", "550 5.7.1 no"])
def test_a_relay_without_ehlo_is_greeted_with_helo(refusal: str) -> None:
    with FlakyRelay(rules(Rule("EHLO", refusal)), offers=()) as peer:
        assert _submit(peer, _copies(2)) == ["taken", "taken"]
    assert "HELO lists.example.nz" in peer.commands


def test_a_relay_that_refuses_ehlo_and_helo_is_unavailable() -> None:
    judge = rules(Rule("EHLO", "500 what?"), Rule("HELO", "550 no"))
    with FlakyRelay(judge) as peer, closing(_client(peer)) as relay, pytest.raises(RelayUnavailable, match="HELO"):
        relay.check()


def test_the_connection_is_kept_from_batch_to_batch() -> None:
    with FlakyRelay() as peer, closing(_client(peer)) as relay:
        for _ in range(3):
            assert _states(handed(relay, _copies(2))) == ["taken", "taken"]
        relay.check()
    assert peer.connections == 1


def test_a_kept_connection_that_the_relay_closed_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_smtp, "_TRUSTED_SECONDS", 0.0)
    with FlakyRelay(rules(Rule("RSET", "421 4.4.2 idle too long", times=1))) as peer, closing(_client(peer)) as relay:
        assert _states(handed(relay, _copies(2))) == ["taken", "taken"]
        assert _states(handed(relay, _copies(2))) == ["taken", "taken"]
    assert peer.connections == 2


def test_a_connection_is_replaced_after_so_many_messages() -> None:
    with FlakyRelay() as peer:
        assert _submit(peer, _copies(7), max_messages=3) == ["taken"] * 7
    assert peer.connections == 3
    assert peer.commands.count("QUIT") == 3


@pytest.mark.parametrize("option", ["max_age_seconds", "idle_seconds"])
def test_a_connection_is_replaced_when_it_is_old_or_idle(option: str) -> None:
    with FlakyRelay() as peer, closing(_client(peer, **{option: 0.0})) as relay:
        assert _states(handed(relay, _copies(1))) == ["taken"]
        assert _states(handed(relay, _copies(1))) == ["taken"]
    assert peer.connections == 2


def test_an_abandoned_batch_leaves_no_open_data_behind() -> None:
    with FlakyRelay() as peer, closing(_client(peer)) as relay:
        outcomes = handed(relay, _copies(5))
        next(outcomes)
        assert _states(handed(relay, _copies(2))) == ["taken", "taken"]  # the first is still suspended
        del outcomes
        gc.collect()
        assert _states(handed(relay, _copies(2))) == ["taken", "taken"]
    assert {taken.content for taken in peer.taken} <= {copy.content for copy in _copies(5)}
    assert peer.violations == []


def test_a_batch_that_breaks_is_the_callers_and_drops_the_connection() -> None:
    def batch() -> Iterator[Submission]:
        yield from _copies(2)
        raise LookupError("the caller's own")

    with FlakyRelay() as peer, closing(_client(peer)) as relay:
        with pytest.raises(LookupError):
            list(handed(relay, batch()))
        assert [taken.recipients for taken in peer.taken] == [_copies(1)[0].recipients]
        assert _states(handed(relay, _copies(2))) == ["taken", "taken"]


def test_a_refused_envelope_is_reset_before_the_next_batch() -> None:
    with FlakyRelay(rules(Rule("RCPT", "550 5.1.1 gone", times=1))) as peer, closing(_client(peer)) as relay:
        assert _states(handed(relay, _copies(1))) == ["never"]
        assert _states(handed(relay, _copies(1))) == ["taken"]
    verbs = [command.split(" ")[0] for command in peer.commands]
    assert ("RSET", "MAIL") in pairwise(verbs)
    assert peer.connections == 1


def test_what_the_relay_cannot_take_is_never() -> None:
    copies = [
        Submission("l@x.nz", ("a@x.nz",), b"x" * 2000 + b"\r\n"),
        Submission("l@x.nz", ("kōrero@kura.nz", "b@x.nz"), b"x\r\n"),
        Submission("l@x.nz", ("c@x.nz",), b"x\r\n"),
        Submission("l@x.nz", ("d@x.nz",), "Kia ora, tēnā koe\r\n".encode(), eight_bit=True),
    ]
    with FlakyRelay(offers=("PIPELINING", "SIZE 1000")) as peer:
        assert _submit(peer, copies) == ["never", "never", "taken", "taken", "taken"]
    assert [taken.parameters for taken in peer.taken] == ["SIZE=3", "SIZE=3", "SIZE=21"]


def test_utf8_goes_to_a_relay_that_takes_it() -> None:
    copy = Submission("l@x.nz", ("kōrero@kura.nz",), "Subject: pātai\r\n\r\n".encode(), eight_bit=True)
    with FlakyRelay() as peer:
        assert _submit(peer, [copy]) == ["taken"]
    assert peer.taken[0].parameters == "SIZE=19 BODY=8BITMIME SMTPUTF8"
    assert peer.taken[0].recipients == ("kōrero@kura.nz",)


@pytest.mark.parametrize("name", ["", "a b", "x.nz\r\nMAIL FROM:<a@b>", "kōrero.nz"])
def test_a_name_to_greet_with_that_is_none_is_a_fault_of_the_configuration(name: str) -> None:
    with pytest.raises(ConfigError):
        SmtpRelay("127.0.0.1", 25, helo_name=name)


def test_a_relay_that_refuses_reset_never_gets_the_content_of_another_message() -> None:
    judge = rules(Rule("DATA", "451 4.3.0 not now", times=1), Rule("RSET", "451 4.3.0 not now", times=1))
    with FlakyRelay(judge) as peer:
        assert _submit(peer, _copies(3)) == ["later", "later", "taken"]
    assert [taken.content for taken in peer.taken] == [_copies(3)[2].content]


def test_a_spurious_reply_in_lock_step_ends_the_connection() -> None:
    with FlakyRelay(rules(Rule("DOT", "extra 250 2.0.0 again", times=1)), offers=LOCK_STEP) as peer:
        assert _submit(peer, _copies(3)) == ["taken"] * 3
    assert peer.connections == 2
