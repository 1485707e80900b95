"""Signed tokens: what is signed is read back, anything else is nothing."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.mail.token import (
    BOUNCE_LENGTH,
    REPLY_LENGTH,
    BounceToken,
    sign_bounce,
    sign_reply,
    sign_unsubscribe,
    verify_bounce,
    verify_reply,
    verify_unsubscribe,
)

KEY = bytes(range(32))
DAY = date(2026, 11, 20)
IDS = st.integers(min_value=0, max_value=2**40 - 1)


@given(IDS, st.dates(min_value=date(1970, 1, 1), max_value=date(2149, 6, 6)))
def test_a_bounce_token_gives_back_subscription_and_day(subscription_id: int, day: date) -> None:
    token = sign_bounce(KEY, "english", subscription_id, day)
    assert len(token) == BOUNCE_LENGTH
    assert verify_bounce(KEY, "english", token.upper()) == BounceToken(subscription_id, day)


@given(IDS)
def test_reply_and_unsubscribe_tokens_give_back_their_ids(some_id: int) -> None:
    reply, leave = sign_reply(KEY, "english", some_id), sign_unsubscribe(KEY, some_id)
    assert (len(reply), len(leave)) == (REPLY_LENGTH, 34)
    assert verify_reply(KEY, "english", reply.upper()) == some_id
    assert verify_unsubscribe(KEY, leave.title()) == some_id


def test_a_token_is_good_for_its_list_its_key_and_its_purpose_only() -> None:
    bounce, reply, leave = sign_bounce(KEY, "english", 7, DAY), sign_reply(KEY, "english", 7), sign_unsubscribe(KEY, 7)
    assert verify_bounce(KEY, "media", bounce) is None
    assert verify_reply(KEY, "media", reply) is None
    for token in (bounce, reply, leave):
        assert verify_bounce(b"other" * 8, "english", token) is None
        assert verify_reply(b"other" * 8, "english", token) is None
        assert verify_unsubscribe(b"other" * 8, token) is None
    assert verify_reply(KEY, "english", bounce[:REPLY_LENGTH]) is None
    assert verify_unsubscribe(KEY, (bounce + leave)[:34]) is None


def test_every_changed_character_spoils_a_token() -> None:
    token = sign_unsubscribe(KEY, 7)
    for at in range(len(token)):
        for letter in "abcdefghijklmnopqrstuvwxyz234567":
            changed = token[:at] + letter + token[at + 1 :]
            assert (verify_unsubscribe(KEY, changed) == 7) is (changed == token)


@given(st.text(max_size=40))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert verify_bounce(KEY, "english", text) is None
    assert verify_reply(KEY, "english", text) is None
    assert verify_unsubscribe(KEY, text) is None


def test_letters_that_only_look_like_ascii_after_upper_are_refused() -> None:
    token = next(token for number in range(99) if "s" in (token := sign_reply(KEY, "english", number)))
    assert verify_reply(KEY, "english", token.replace("s", "\u017f")) is None


def test_an_id_that_does_not_fit_is_an_error_of_ours() -> None:
    with pytest.raises(OverflowError):
        sign_reply(KEY, "english", 2**40)
