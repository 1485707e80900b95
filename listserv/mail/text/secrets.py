"""The tokens of our own links and addresses, which people quote when they answer a mail, taken out of a text.

Whoever holds one signs in, leaves a list or reads a calendar as somebody else: no page shows it, and no search finds
it, or it could be guessed letter by letter. Pure and linear.
"""

from __future__ import annotations

import re

_SECRET = re.compile(
    r"(/(?:sign-in|unsubscribe|calendar)/|/calendar\.ics\?key=|-(?:confirm|moderate)[+-])[a-z2-7]{20,64}", re.IGNORECASE
)
_SECRET_MARKS = ("/sign-in/", "/unsubscribe/", "/calendar", "-confirm", "-moderate")


def without_secrets(text: str) -> str:
    """The text with "…" in the place of each token."""
    return _SECRET.sub(r"\1…", text) if _may_hold_secret(text) else text


def _may_hold_secret(text: str) -> bool:
    """False for nearly every text, and cheaper than looking; ı, ſ and İ count as i, s and i."""
    lower = text.lower()
    return any(mark in lower for mark in _SECRET_MARKS) or any(letter in text for letter in "ıſİ")
