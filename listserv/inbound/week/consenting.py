"""How an answer to an inquiry is read: her words, and whether the asker may have them. Pure.

Consent is a line that says so and nothing else ("yes, share"), wherever it stands, or such words before the first of
her own ("Share: ..."). A line that says not to share wins over any. Nothing is guessed: "Share time helped" is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from listserv.mail.parse import parse
from listserv.mail.text.answer import plain, yes_or_no
from listserv.mail.text.body import body
from listserv.mail.text.greeting import is_greeting
from listserv.mail.text.quote import split_own
from listserv.mail.text.sign_offs import CLOSINGS
from listserv.store.folding import fold, fold_words

LINE_CHARACTERS = 60
CHARACTERS = 20_000
CLOSING_LINES = 6


class Says(StrEnum):
    """What an answer says beside her words, or instead of them."""

    WORDS = "words"
    SHARE = "share"
    WITHDRAW = "withdraw"
    DELETE = "delete"
    OFF = "off"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Read:
    """`consent` is the line that lets the asker have it, "" for none."""

    says: Says
    consent: str = ""


def _folded(*lines: str) -> frozenset[str]:
    return frozenset(fold(line) for line in lines)


_CONSENTS = _folded(
    "share", "share it", "share this", "please share", "share please", "yes share", "yes share it", "yes share this",
    "yes please share", "yes share please", "you may share", "you may share it", "you may share this",
    "yes you may share", "yes you may share it", "happy to share", "yes happy to share", "ok to share",
    "okay to share", "tohaina", "āe tohaina", "tukuna", "āe tukuna",
)  # fmt: skip
_WITHDRAWALS = _folded("withdraw", "withdraw it", "take it back", "unshare", "whakahokia", "whakahokia mai")
_DELETIONS = _folded("delete", "delete it", "mukua")
_OFF = _folded("no questions", "no more questions", "kāti ngā pātai")
_REFUSAL = re.compile(
    r"(?:(?:no|but|please|kao) )*(?:(?:do not|don t|dont|not to|not for|never) shar(?:e|ing)|kaua e (?:tohaina|tukuna))"
    r"(?: [a-z]+){0,3}"
)
_CLOSINGS = _folded(*CLOSINGS)
# "Share:" or "Yes, share." and after it her words on the same line.
_BEGINS = re.compile(r"\s*(?:share\s*:|(?:yes|āe|ae)[,\s]{1,3}(?:share|tohaina)\s*[.:;!–—])\s*(?=\S)", re.IGNORECASE)


def read_answer(lines: Sequence[str], name: str = "") -> Read:
    """What her own lines say, as `mail.text.answer.own_lines` gives them; `name` is hers."""
    said = _unsigned([line for line in lines if not is_greeting(line)], frozenset(fold_words(name)))
    if any(_refuses(line) for line in said):
        rest = [line for line in said if not _refuses(line)]
        return Read(Says.WORDS if rest else Says.WITHDRAW)
    if len(said) == 1 and (alone := _alone(said[0])) is not None:
        return Read(alone)
    consent = next((line for line in said if _consents(line)), "")
    rest = [line for line in said if not _consents(line)]
    if not rest:
        return Read(Says.SHARE if consent else Says.NOTHING, consent)
    if not consent and (begins := _BEGINS.match(rest[0])):
        consent = begins[0].strip()
    return Read(Says.WORDS, consent)


def words_to_share(octets: bytes) -> str:
    """Her own words of a mail as they stand in the document: without a greeting, and whether to share them."""
    read = body(parse(octets))
    own = split_own(read.text, read.html, ()).own[:CHARACTERS]
    kept = [line for line in own.splitlines() if not _consents(line) and not _refuses(line)]
    while kept and (not kept[0].strip() or is_greeting(kept[0])):
        kept.pop(0)
    if kept:
        kept[0] = _BEGINS.sub("", kept[0], count=1)
    return "\n".join(kept).strip()


def _unsigned(lines: list[str], names: frozenset[str]) -> list[str]:
    """The lines above a closing and her name."""
    for at in range(max(1, len(lines) - CLOSING_LINES), len(lines)):
        if fold(lines[at]) in _CLOSINGS:
            lines = lines[:at]
            break
    while len(lines) > 1 and names.issuperset(fold_words(lines[-1])):
        lines = lines[:-1]
    return lines


def _alone(line: str) -> Says | None:
    """What a line says that is all there is; None for words."""
    folded = fold(line)
    for words, says in ((_WITHDRAWALS, Says.WITHDRAW), (_DELETIONS, Says.DELETE), (_OFF, Says.OFF)):
        if folded in words:
            return says
    return Says.WITHDRAW if yes_or_no(plain(line)) is False else None


def _consents(line: str) -> bool:
    return len(line) <= LINE_CHARACTERS and fold(line) in _CONSENTS


def _refuses(line: str) -> bool:
    """Whether a short line says not to share, and nothing else: "please don't share this"."""
    return len(line) <= LINE_CHARACTERS and _REFUSAL.fullmatch(fold(line)) is not None
