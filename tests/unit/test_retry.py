"""Whose fault a refusal is, and when a copy goes again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from listserv.outbound.replies import RelayReply
from listserv.outbound.retry import Verdict, classify, next_attempt

FIRST = datetime(2026, 9, 26, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("code", "enhanced", "verdict"),
    [
        (250, "2.0.0", Verdict.TAKEN),
        (250, "", Verdict.TAKEN),
        (251, "2.1.5", Verdict.TAKEN),
        (421, "4.3.2", Verdict.LATER),
        (450, "4.7.1", Verdict.LATER),
        (452, "4.2.2", Verdict.LATER),
        (354, "", Verdict.LATER),
        (550, "", Verdict.ADDRESS_REFUSED),
        (550, "5.0.0", Verdict.ADDRESS_REFUSED),
        (550, "5.1.1", Verdict.ADDRESS_REFUSED),
        (550, "5.2.1", Verdict.ADDRESS_REFUSED),
        (552, "5.2.2", Verdict.ADDRESS_REFUSED),
        (550, "5.4.4", Verdict.ADDRESS_REFUSED),
        (551, "", Verdict.ADDRESS_REFUSED),
        (553, "5.1.3", Verdict.ADDRESS_REFUSED),
        (550, "5.1.7", Verdict.CONTENT_REFUSED),
        (550, "5.1.8", Verdict.CONTENT_REFUSED),
        (550, "5.7.1", Verdict.CONTENT_REFUSED),
        (554, "5.6.0", Verdict.CONTENT_REFUSED),
        (553, "5.6.7", Verdict.CONTENT_REFUSED),
        (552, "", Verdict.CONTENT_REFUSED),
        (552, "5.3.4", Verdict.CONTENT_REFUSED),
        (552, "5.2.3", Verdict.CONTENT_REFUSED),
        (554, "", Verdict.CONTENT_REFUSED),
        (500, "5.5.2", Verdict.CONTENT_REFUSED),
        (555, "5.5.4", Verdict.CONTENT_REFUSED),
    ],
)
def test_a_reply_has_one_verdict(code: int, enhanced: str, verdict: Verdict) -> None:
    assert classify(RelayReply(code, enhanced, "")) is verdict


def test_each_verdict_is_a_state_of_the_outbox() -> None:
    assert {verdict: verdict.state for verdict in Verdict} == {
        Verdict.TAKEN: "taken",
        Verdict.LATER: "later",
        Verdict.ADDRESS_REFUSED: "never",
        Verdict.CONTENT_REFUSED: "never",
    }


def test_waits_double_from_a_minute() -> None:
    waits = [next_attempt(attempts, FIRST, FIRST, 0.0) for attempts in range(1, 5)]
    assert waits == [FIRST + MINUTE, FIRST + 2 * MINUTE, FIRST + 4 * MINUTE, FIRST + 8 * MINUTE]


def test_the_longest_wait_is_four_hours() -> None:
    assert next_attempt(10_000, FIRST, FIRST, 1.0) == FIRST + timedelta(hours=4)


def test_jitter_spreads_the_longest_waits_too() -> None:
    early, late = (next_attempt(50, FIRST, FIRST, jitter) for jitter in (0.0, 1.0))
    assert early is not None
    assert late is not None
    assert late - early > timedelta(minutes=30)


def test_the_last_attempt_is_at_the_end_of_five_days_and_none_follows() -> None:
    end = FIRST + timedelta(days=5)
    assert next_attempt(40, FIRST, end - MINUTE, 0.5) == end
    assert next_attempt(40, FIRST, end, 0.5) is None
