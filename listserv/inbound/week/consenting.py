"""How an answer to an inquiry is read: her words, and whether the asker may have them. Pure.

Consent is a line that says so and nothing else ("yes, share"), wherever it stands, or such words before the first of
her own ("Share: ..."). A line that says not to share wins over any. Nothing is guessed: "Share time helped" is none;
and our own mail, which names those words, is never taken for hers where a mail program quotes it without a mark.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from listserv.mail.parse import parse
from listserv.mail.text.answer import plain, yes_or_no
from listserv.mail.text.body import body
from listserv.mail.text.greeting import WORD, is_greeting
from listserv.mail.text.quote import split_own
from listserv.mail.text.sign_offs import CLOSINGS
from listserv.store.folding import fold, fold_words

LINE_CHARACTERS = 60
CHARACTERS = 20_000
CLOSING_LINES = 6
SIGNATURE_WORDS = 8


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


def read_answer(
    lines: Sequence[str], name: str = "", ours: Collection[str] = (), *, has_answered: bool = False
) -> Read:
    """What her own lines say, as `mail.text.answer.own_lines` gives them; `name` is hers, `ours` what our mail says.

    Where she has answered before, a consent above nothing but a signature is for that.
    """
    if quotes_us(lines, ours):
        return Read(Says.NOTHING)
    unquoted = [line for line in lines if not line.startswith(">")]
    said = unsigned([line for line in unquoted if not is_greeting(line)], frozenset(fold_words(name)))
    if said and (alone := _alone(said[0])) is not None:
        return Read(alone)
    if any(_refuses(line) for line in said):
        rest = [line for line in said if not _refuses(line)]
        return Read(Says.WORDS if rest else Says.WITHDRAW)
    consent = next((line for line in said if _consents(line)), "")
    rest = [line for line in said if not _consents(line)]
    if not rest or (has_answered and consent and all(signs(line) for line in rest)):
        return Read(Says.SHARE if consent else Says.NOTHING, consent)
    if not consent and (begins := _BEGINS.match(rest[0])):
        consent = begins[0].strip()
    return Read(Says.WORDS, consent)


def words_to_share(octets: bytes) -> str:
    """Her own words of a mail as they stand in the document: without a greeting, and whether to share them."""
    read = body(parse(octets))
    own = split_own(read.text, read.html, ()).own[:CHARACTERS]
    kept = [line for line in own.splitlines() if not (line.startswith(">") or _consents(line) or _refuses(line))]
    while kept and (not kept[0].strip() or is_greeting(kept[0])):
        kept.pop(0)
    if kept:
        kept[0] = _BEGINS.sub("", kept[0], count=1)
    return "\n".join(kept).strip()


def quotes_us(lines: Sequence[str], ours: Collection[str]) -> bool:
    """Whether the lines hold a sentence of our mail: where a reply says nothing, what it quotes is all there is."""
    text = fold(" ".join(lines))
    return any(sentence and sentence in text for sentence in map(fold, ours))


def unsigned(lines: Sequence[str], names: Collection[str]) -> list[str]:
    """The lines above a closing or her name, and what stands below them."""
    for at in range(max(0, len(lines) - CLOSING_LINES), len(lines)):
        words = fold_words(lines[at])
        if fold(lines[at]) in _CLOSINGS or (words and set(words) <= set(names)):
            return list(lines[:at])
    return list(lines)


def signs(line: str) -> bool:
    """Whether a line reads like one of a signature: "Deputy Principal | Reremoana School", "P 09 555 0123"."""
    words = WORD.findall(line)
    return len(words) <= SIGNATURE_WORDS and all(word[0].isupper() for word in words) and "?" not in line


def _alone(line: str) -> Says | None:
    """What the first line says where it is a word for us, whatever stands below it; None for words of hers."""
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
