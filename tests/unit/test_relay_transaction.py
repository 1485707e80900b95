"""A transaction hears replies and always knows what became of each recipient."""

from __future__ import annotations

import pytest

from listserv.outbound.relay import Submission
from listserv.outbound.relay_transaction import MAX_RECIPIENTS_PER_GROUP, Transaction
from listserv.outbound.replies import Abilities, parse_reply
from listserv.outbound.retry import State

PIPELINING = Abilities(pipelining=True)
OK, GO = "250 ok", "354 go ahead"


def _transaction(recipients: int = 2, abilities: Abilities = PIPELINING) -> Transaction:
    names = tuple(f"r{number}@x.nz" for number in range(recipients))
    return Transaction(Submission("list@x.nz", names, b"hello\r\n"), abilities)


def _hear(transaction: Transaction, *replies: str) -> Transaction:
    """Replies to MAIL, each RCPT and DATA, then to the dot."""
    steps = [step for group in transaction.groups for step in group.steps]
    for step, reply in zip(steps, replies, strict=False):
        transaction.hear(step, parse_reply(reply.encode()))
    for reply in replies[len(steps) :]:
        transaction.hear_final(parse_reply(reply.encode()))
    return transaction


def _states(transaction: Transaction) -> list[State]:
    return [outcome.state for outcome in transaction.result()[1]]


@pytest.mark.parametrize(
    ("replies", "states"),
    [
        ((OK, OK, OK, GO, OK), ["taken", "taken"]),
        ((OK, OK, "550 5.1.1 gone", GO, OK), ["taken", "never"]),
        ((OK, "450 4.7.1 greylisted", OK, GO, OK), ["later", "taken"]),
        ((OK, OK, OK, GO, "451 4.3.0 no"), ["later", "later"]),
        ((OK, OK, "550 5.1.1 gone", GO, "451 4.3.0 no"), ["later", "never"]),
        ((OK, OK, OK, GO, "554 5.7.1 spam"), ["never", "never"]),
        ((OK, OK, OK, "451 4.3.0 no"), ["later", "later"]),
        ((OK, OK, OK, "554 5.7.1 no"), ["never", "never"]),
        (("451 4.3.0 no", "503 x", "503 x", "503 x"), ["later", "later"]),
        (("550 5.7.1 no", "503 x", "503 x", "503 x"), ["never", "never"]),
        ((OK, "550 5.1.1 a", "550 5.1.1 b", "554 no valid recipients"), ["never", "never"]),
        ((OK, "550 5.1.1 a", "550 5.1.1 b", GO, OK), ["never", "never"]),
        ((OK, OK, "552 too many recipients", GO, OK), ["taken", "later"]),
        ((OK, OK, "552 5.5.3 too many recipients", GO, OK), ["taken", "later"]),
        ((OK, OK, "552 5.2.2 mailbox full", GO, OK), ["taken", "never"]),
        ((OK, "552 mailbox full", OK, GO, OK), ["never", "taken"]),
    ],
)
def test_replies_decide_for_each_recipient(replies: tuple[str, ...], states: list[State]) -> None:
    assert _states(_hear(_transaction(), *replies)) == states


@pytest.mark.parametrize("heard", range(5))
def test_a_loss_leaves_what_was_decided_and_puts_the_rest_off(heard: int) -> None:
    replies = (OK, "550 5.1.1 gone", OK, GO)[:heard]
    transaction = _hear(_transaction(), *replies)
    transaction.lost(parse_reply(b"421 closing"))
    assert _states(transaction) == (["never", "later"] if heard > 1 else ["later", "later"])
    assert not transaction.started
    assert not transaction.open


def test_the_refusal_of_mail_is_the_reason_given_not_the_echo_of_rcpt() -> None:
    transaction = _hear(_transaction(), "550 5.7.1 no such sender", "503 need MAIL", "503 need MAIL", "503 need MAIL")
    assert {outcome.reply.text for outcome in transaction.result()[1]} == {"no such sender"}
    assert transaction.confused is None


@pytest.mark.parametrize("replies", [("250 out of step", OK, OK, OK), (OK, OK, OK, "250 not 354"), ("354 x",)])
def test_nothing_but_the_dot_makes_taken(replies: tuple[str, ...]) -> None:
    transaction = _hear(_transaction(), *replies)
    transaction.lost(parse_reply(b"421 closing"))
    assert "taken" not in _states(transaction)


@pytest.mark.parametrize("code", [530, 534, 535, 538])
def test_a_demand_for_authentication_bounces_nobody(code: int) -> None:
    transaction = _hear(_transaction(), f"{code} 5.7.0 authentication required", "503 x", "503 x", "503 x")
    assert _states(transaction) == ["later", "later"]
    assert transaction.about_us is not None


@pytest.mark.parametrize(
    "replies",
    [
        ("503 nested", "503 x", "503 x", "503 x"),
        (OK, "503 x", "503 x", "503 x"),
        (OK, OK, OK, "503 x"),
        ("451 not now", OK, "503 x", "503 x"),
    ],
)
def test_a_relay_that_lost_count_bounces_nobody(replies: tuple[str, ...]) -> None:
    transaction = _hear(_transaction(), *replies)
    assert _states(transaction) == ["later", "later"]
    assert transaction.confused is not None


@pytest.mark.parametrize(
    ("replies", "started", "is_open"),
    [
        ((OK, OK, OK, GO), True, True),
        ((OK, "550 a", "550 b", GO), True, True),
        ((OK, "550 a", "550 b", "554 no"), False, True),
        (("550 a", "503 b", "503 c", "503 d"), False, False),
        ((OK, OK, OK, GO, OK), False, False),
        (("550 a", "503 b", "503 c", GO), False, False),
        (("451 a", OK, OK, GO), False, False),
        ((OK, OK, "503 need MAIL first", GO), False, True),
    ],
)
def test_it_knows_what_the_relay_waits_for(replies: tuple[str, ...], started: bool, is_open: bool) -> None:
    transaction = _hear(_transaction(), *replies)
    assert (transaction.started, transaction.open) == (started, is_open)


def test_refused_by_all_it_sends_no_content_after_354() -> None:
    assert _hear(_transaction(), OK, "550 a", "550 b", GO).content() == b""
    assert _hear(_transaction(), OK, "550 a", OK, GO).content() == b"hello\r\n"


def test_after_a_refused_reset_no_content_may_follow() -> None:
    transaction = Transaction(Submission("l@x.nz", ("r@x.nz",), b"x\r\n"), PIPELINING, reset=True)
    (group,) = transaction.groups
    for step, reply in zip(group.steps, ("451 4.3.0 later", "503 nested", OK, GO), strict=True):
        transaction.hear(step, parse_reply(reply.encode()))
    assert not transaction.started
    assert _states(transaction) == ["later"]
    assert transaction.confused is not None


def test_the_envelope_is_one_write_and_ends_in_data() -> None:
    (group,) = Transaction(Submission("list@x.nz", ("r0@x.nz", "r1@x.nz"), b"x\r\n"), PIPELINING, reset=True).groups
    assert group.octets == b"RSET\r\nMAIL FROM:<list@x.nz>\r\nRCPT TO:<r0@x.nz>\r\nRCPT TO:<r1@x.nz>\r\nDATA\r\n"
    assert [step.verb for step in group.steps] == ["RSET", "MAIL", "RCPT", "RCPT", "DATA"]


def test_in_lock_step_each_command_waits() -> None:
    groups = _transaction(abilities=Abilities()).groups
    assert [group.octets[:4] for group in groups] == [b"MAIL", b"RCPT", b"RCPT", b"DATA"]


def test_a_write_asks_for_no_more_replies_than_fit_unread() -> None:
    groups = _transaction(recipients=500).groups
    assert max(len(group.steps) for group in groups) <= MAX_RECIPIENTS_PER_GROUP + 3
    assert sum(len(group.steps) for group in groups) == 502


def test_parameters_go_only_to_a_relay_that_knows_them() -> None:
    submission = Submission("", ("kōrero@kura.nz",), b"..\r\n", stuffed=True, eight_bit=True)
    able = Abilities(pipelining=True, eight_bit=True, utf8=True, declares_size=True)
    (group,) = Transaction(submission, able).groups
    assert group.octets.startswith(b"MAIL FROM:<> SIZE=3 BODY=8BITMIME SMTPUTF8\r\nRCPT TO:<k\xc5\x8drero@kura.nz>\r\n")
    plain = Submission("", ("a@x.nz",), b"\xc4\x81\r\n", eight_bit=True)
    (group,) = Transaction(plain, PIPELINING).groups
    assert group.octets.startswith(b"MAIL FROM:<>\r\n")


def test_a_recipient_who_cannot_be_named_is_left_out_and_answered() -> None:
    submission = Submission("l@x.nz", ("a@x.nz", "b\r\n@x.nz", "c@x.nz"), b"x\r\n")
    transaction = Transaction(submission, PIPELINING)
    (group,) = transaction.groups
    assert [step.place for step in group.steps if step.verb == "RCPT"] == [0, 2]
    _hear(transaction, OK, OK, "550 5.1.1 gone", GO, OK)
    assert _states(transaction) == ["taken", "never", "never"]


def test_an_address_that_holds_another_on_a_second_line_is_never_written() -> None:
    for names in (("a@x.nz\nb@x.nz", "c@x.nz"), ("c@x.nz", "a@x.nz\nb@x.nz", "d@x.nz")):
        transaction = Transaction(Submission("l@x.nz", names, b"x\r\n"), PIPELINING)
        assert not any(b"a@x.nz" in group.octets for group in transaction.groups)
        assert _states(transaction).count("never") == 1
    for count in (1, 2):
        transaction = Transaction(Submission("l@x.nz\nm@x.nz", ("c@x.nz", "d@x.nz")[:count], b"x\r\n"), PIPELINING)
        assert not transaction.groups
        assert set(_states(transaction)) == {"never"}


def test_the_same_recipient_twice_has_two_outcomes() -> None:
    transaction = Transaction(Submission("l@x.nz", ("a@x.nz", "a@x.nz"), b"x\r\n"), PIPELINING)
    assert _states(_hear(transaction, OK, OK, "452 4.5.3 once is enough", GO, OK)) == ["taken", "later"]


def test_nobody_to_send_to_is_settled_at_once() -> None:
    assert Transaction(Submission("l@x.nz", (), b"x\r\n"), PIPELINING).settled
    assert Transaction(Submission("l@x.nz", ("bad",), b"x\r\n"), PIPELINING).settled
