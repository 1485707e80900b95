"""For any script of failures: one outcome a recipient, nothing lost, nothing doubled that was acknowledged."""

from __future__ import annotations

import threading
from collections import defaultdict
from contextlib import closing

from hypothesis import example, given, settings
from hypothesis import strategies as st

from listserv.errors import RelayUnavailable
from listserv.outbound.relay import Outcome, Submission
from listserv.outbound.relay_checks import is_safe_address, wire_content
from listserv.outbound.relay_smtp import SmtpRelay
from tests.handed import handed
from tests.peers.flaky_relay import OFFERS, FlakyRelay, Judge

LOCK_STEP = tuple(offer for offer in OFFERS if offer != "PIPELINING")

ANYWHERE = ["drop", "reset", "421 4.3.2 closing", "raw nonsense\r\n", "raw 25", "451 4.3.0 later", "550 5.7.1 no"]
ACTS = {
    "CONNECT": ["421 4.3.2 busy", "drop"],
    "EHLO": ["500 what?", "drop"],
    "RSET": ["drop", "451 4.3.0 later", "421 4.3.2 closing"],
    "MAIL": [*ANYWHERE, "503 5.5.1 nested", "354 what?", "530 5.7.0 sign in"],
    "RCPT": [*ANYWHERE, "503 5.5.1 no MAIL", "354 what?", "552 too many"],
    "DATA": [*ANYWHERE, "503 5.5.1 no RCPT", "250 2.0.0 what?", "554 5.5.1 no"],
    "CONTENT": ["drop", "reset", "421 4.3.2 closing"],
    "DOT": [
        *ANYWHERE,
        "extra 250 2.0.0 again",
        "take drop",
        "take reset",
        "take 451 4.3.0 later",
        "take 421 4.3.2 closing",
        "take raw 250-2.0.0 and",
        "take 354 what?",
    ],
}

# What the relay may have taken (and whether it said so) of a copy that we hold for so. "waits": never attempted.
ALLOWED: dict[str, list[list[bool]]] = {"taken": [[True]], "later": [[], [False]], "never": [[]], "waits": [[]]}

scripts = st.fixed_dictionaries(
    {at: st.lists(st.none() | st.sampled_from(acts), max_size=8) for at, acts in ACTS.items()}
)
shapes = st.lists(st.integers(1, 3), min_size=1, max_size=7)


def _play(script: dict[str, list[str | None]]) -> Judge:
    """The n-th time a step comes it meets the n-th act of its list; after the list all is well."""
    left = {at: iter(acts) for at, acts in script.items()}
    lock = threading.Lock()

    def judge(at: str, argument: str) -> str | None:
        del argument
        with lock:
            return next(left.get(at, iter(())), None)

    return judge


def _copies(shape: list[int]) -> list[Submission]:
    return [
        Submission("l@x.nz", tuple(f"r{number}-{place}@x.nz" for place in range(size)), b"copy %d\r\n.\r\n" % number)
        for number, size in enumerate(shape)
    ]


def _submit(peer: FlakyRelay, copies: list[Submission]) -> list[tuple[Submission, tuple[Outcome, ...]]]:
    results: list[tuple[Submission, tuple[Outcome, ...]]] = []
    with closing(SmtpRelay("127.0.0.1", peer.port, helo_name="x.nz", timeout_scale=0.02)) as relay:
        try:
            for result in handed(relay, copies):
                results.append(result)
        except RelayUnavailable:
            return results
    assert len(results) == len(copies)
    return results


@settings(max_examples=150)
@given(scripts, shapes, st.booleans(), st.booleans())
def test_the_ledger_agrees_with_the_outcomes(
    script: dict[str, list[str | None]], shape: list[int], pipelining: bool, permissive: bool
) -> None:
    copies = _copies(shape)
    offers = OFFERS if pipelining else LOCK_STEP
    with FlakyRelay(_play(script), offers=offers, data_without_recipients=permissive) as peer:
        results = _submit(peer, copies)
    ledger: defaultdict[str, list[bool]] = defaultdict(list)
    for taken in peer.taken:
        assert taken.content == copies[int(taken.content.split()[1])].content
        for recipient in taken.recipients:
            ledger[recipient].append(taken.acknowledged)
    states = {outcome.recipient: outcome.state for _, outcomes in results for outcome in outcomes}
    assert [submission for submission, _ in results] == copies[: len(results)]
    for submission, outcomes in results:
        assert tuple(outcome.recipient for outcome in outcomes) == submission.recipients
    for recipient in (recipient for copy in copies for recipient in copy.recipients):
        state = states.get(recipient, "waits")
        assert ledger[recipient] in ALLOWED[state], (recipient, state)
    assert peer.violations == []


lines = st.binary(max_size=30).map(lambda octets: octets.replace(b"\r", b".").replace(b"\n", b".")) | st.sampled_from(
    [b".", b"..", b"", b".x", b"From x", b"\0"]
)
clean = st.lists(lines, max_size=6).map(lambda parts: b"".join(part + b"\r\n" for part in parts))


@settings(max_examples=100)
@given(st.lists(st.tuples(clean, st.booleans()), min_size=1, max_size=8), st.booleans())
@example([(b"", False), (b".\r\n", True), (b"\r\n.\r\n", True)], True)
def test_the_reader_gets_the_octets_that_were_given(contents: list[tuple[bytes, bool]], pipelining: bool) -> None:
    copies = [
        Submission("l@x.nz", ("a@x.nz",), wire_content(Submission("", (), content)) if stuffed else content, stuffed)
        for content, stuffed in contents
    ]
    with FlakyRelay(offers=OFFERS if pipelining else LOCK_STEP) as peer:
        results = _submit(peer, copies)
    assert {outcomes[0].state for _, outcomes in results} == {"taken"}
    assert [taken.content for taken in peer.taken] == [content for content, _ in contents]


hostile = st.lists(
    st.sampled_from(
        [b"\r", b"\n", b"\r\n", b".", b"\r\n.\r\n", b"\n.\n", b"\r.\r", b"MAIL FROM:<x@y.nz>", b"a", b"\0"]
    ),
    max_size=12,
).map(b"".join)


@settings(max_examples=100)
@given(st.lists(hostile, min_size=1, max_size=8), st.booleans())
def test_no_content_becomes_a_second_message(contents: list[bytes], stuffed: bool) -> None:
    copies = [Submission("l@x.nz", ("a@x.nz",), content, stuffed) for content in contents]
    with FlakyRelay() as peer:
        results = _submit(peer, copies)
    states = [outcomes[0].state for _, outcomes in results]
    assert len(peer.taken) == states.count("taken")
    assert set(states) <= {"taken", "never"}
    assert peer.violations == []
    if not stuffed:
        sent = [content for content, state in zip(contents, states, strict=True) if state == "taken"]
        assert [taken.content.removesuffix(b"\r\n") for taken in peer.taken] == [
            content.removesuffix(b"\r\n") for content in sent
        ]


words = st.text(max_size=12) | st.sampled_from(["a", "\r\nRSET\r\n", ">", "<", '"', "\\", " ", "\0", "\u2028", "ā"])
addresses = st.tuples(words, words, words).map(lambda parts: f"{parts[0]}{parts[1]}@{parts[2]}")


@settings(max_examples=100)
@given(st.lists(addresses, min_size=1, max_size=8), addresses)
def test_an_address_arrives_as_it_is_or_not_at_all(recipients: list[str], return_path: str) -> None:
    copies = [
        Submission("l@x.nz", tuple(recipients), b"x\r\n"),
        Submission(return_path, ("a@x.nz",), b"y\r\n"),
    ]
    with FlakyRelay() as peer:
        results = _submit(peer, copies)
    said = [tuple(outcome.recipient for outcome in outcomes if outcome.state == "taken") for _, outcomes in results]
    safe = tuple(recipient for recipient in recipients if is_safe_address(recipient))
    assert said == [safe, ("a@x.nz",) if is_safe_address(return_path) else ()]
    expected = [("l@x.nz", safe)] if safe else []
    expected += [(return_path, ("a@x.nz",))] if is_safe_address(return_path) else []
    assert [(taken.return_path, taken.recipients) for taken in peer.taken] == expected
    assert peer.violations == []
