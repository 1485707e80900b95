"""For any history: waits are bounded, never shrink, and end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from listserv.outbound.replies import RelayReply
from listserv.outbound.retry import GIVE_UP_AFTER, LONGEST_WAIT, Verdict, classify, next_attempt

FIRST = datetime(2026, 4, 4, 12, tzinfo=UTC)
jitters = st.floats(0, 1)


@given(st.integers(-5, 10**9), st.floats(0, 6 * 86_400), st.floats())
def test_the_next_attempt_is_within_a_minute_and_four_hours_or_is_the_last(
    attempts: int, age_seconds: float, jitter: float
) -> None:
    now = FIRST + timedelta(seconds=age_seconds)
    due = next_attempt(attempts, FIRST, now, jitter)
    if now >= FIRST + GIVE_UP_AFTER:
        assert due is None
        return
    assert due is not None
    assert now < due <= now + LONGEST_WAIT
    assert due >= now + timedelta(minutes=1) or due == FIRST + GIVE_UP_AFTER


@given(st.integers(1, 60), jitters)
def test_a_later_failure_never_waits_less(attempts: int, jitter: float) -> None:
    sooner, later = (next_attempt(count, FIRST, FIRST, jitter) for count in (attempts, attempts + 1))
    assert sooner is not None
    assert later is not None
    assert later >= sooner


@given(st.lists(jitters, min_size=1, max_size=10))
def test_a_copy_that_always_fails_is_given_up_after_some_forty_attempts(given_jitters: list[float]) -> None:
    now, attempts = FIRST, 0
    due: datetime | None = FIRST
    while due is not None:
        now, attempts = due, attempts + 1
        assert attempts < 60
        due = next_attempt(attempts, FIRST, now, given_jitters[attempts % len(given_jitters)])
    assert now == FIRST + GIVE_UP_AFTER
    assert attempts > 30


@given(st.integers(200, 599), st.from_regex(r"\A([245]\.[0-9]{1,3}\.[0-9]{1,3})?\Z"), st.text(max_size=20))
def test_only_2xx_is_taken_and_only_5xx_is_never(code: int, enhanced: str, text: str) -> None:
    verdict = classify(RelayReply(code, enhanced, text))
    assert (verdict is Verdict.TAKEN) == (code < 300)
    assert (verdict.state == "never") == (code >= 500)
