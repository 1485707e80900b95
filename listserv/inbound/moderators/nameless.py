"""Somebody's words without who she is: what can be passed on of a post or of a forwarded mail. Pure.

Promises: neither the author's name (any part of it from three letters on, with and without macrons) nor any mail
address or telephone number is left in text or subject; signatures and closings are gone. What else tells who she is
no program can know: a person looks at it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from listserv.mail.address import Mailbox
from listserv.mail.addresslist import parse_mailboxes
from listserv.mail.compose import MESSAGE
from listserv.mail.parse import Message, parse
from listserv.mail.text.body import body
from listserv.mail.text.quote import split_own
from listserv.store.folding import fold_words

GAP = "…"
TEXT_CHARACTERS = 10_000
SUBJECT_CHARACTERS = 200
HEADER_LINES = 30
NAME_LETTERS = 3

_ADDRESS = re.compile(r"(?:mailto:)?[^\s<>@\"'(),;:]{1,64}@[^\s<>@\"'(),;:]{1,190}")
_TELEPHONE = re.compile(r"(?<![\w.])(?:\+|0)[0-9](?:[ ()-]{0,2}[0-9]){6,13}(?!\w)")
_MARKS = re.compile(r"^(?:> ?){1,5}")
_FIELD = re.compile(r"\*{0,2}([A-Za-zĀāĒēĪīŌōŪū-]{2,12}) ?:\*{0,2}[ \t]*(.*)\Z")
_FORWARDED = re.compile(r"(?:fwd?|fw|wg|tr) ?: *", re.IGNORECASE)
_FROM, _SUBJECT = frozenset({"from", "na", "mai"}), frozenset({"subject", "kaupapa"})
_CLOSING_WORDS = (
    "nga mihi nui kind regards cheers thanks many thank you warm best wishes aroha noho ora mai na naku noa sent from"
    " my iphone ipad phone hei konei ra yours sincerely faithfully"
)
_CLOSINGS = frozenset(_CLOSING_WORDS.split())
_VOWELS = {"a": "[aā]+", "e": "[eē]+", "i": "[iī]+", "o": "[oō]+", "u": "[uū]+"}
_PLAIN = str.maketrans("āēīōū", "aeiou")
# Names that are words as well: in small letters they stay.
_NAMES_AND_WORDS = (
    "will mark may grace rose hope mere sue bill art drew jack rob pat don penny olive ivy june april summer joy faith"
    " dawn gene guy max miles nick peg ray rich sandy skip ted van wade ward chase bob frank dean earl grant heath"
    " josh lance pearl reed ruby tama ana aroha hine manu moana rangi tane tui kiri"
)
_ALSO_WORDS = frozenset(_NAMES_AND_WORDS.split())


@dataclass(frozen=True, slots=True)
class Nameless:
    """What may be passed on; both may be ""."""

    subject: str
    text: str


def of_post(message: Message) -> Nameless:
    """The post's own words without its author."""
    found = body(message)
    who = [*message.authors, *message.mailboxes("Reply-To"), *message.mailboxes("Sender")]
    return _without(message.subject, split_own(found.text, found.html, ()).own, who)


def of_forward(message: Message) -> Nameless:
    """The words of the mail that this one forwards, attached or below the forwarder's own words."""
    attached = next((part for part in message.root.walk() if part.content_type == MESSAGE), None)
    if attached is not None:
        return of_post(parse(attached.decoded()))
    found = body(message)
    pieces = split_own(found.text, found.html, ()).pieces
    first = next((at for at, piece in enumerate(pieces) if piece.kind == "own"), 0)
    below = "".join(piece.text for piece in pieces[first + 1 :])
    return _of_lines([_MARKS.sub("", line) for line in below.split("\n")], message.subject)


def _of_lines(lines: list[str], subject: str) -> Nameless:
    """The forwarded text under its few header lines."""
    who: list[Mailbox] = []
    end = 0
    for at, line in enumerate(lines[:HEADER_LINES]):
        field = _FIELD.match(line.strip())
        if field is None:
            continue
        end = at + 1
        name = field[1].lower().translate(_PLAIN)
        if name in _FROM:
            who += parse_mailboxes(field[2].encode())[0] or [Mailbox(field[2].strip(), "")]
        elif name in _SUBJECT:
            subject = field[2]
    text = split_own("\n".join(lines[end:]).strip("\n"), None, ()).own if who else ""
    return _without(subject, text, who)


def _without(subject: str, text: str, who: Collection[Mailbox]) -> Nameless:
    names = {word for box in who for word in re.findall(r"[^\W\d_]+", box.name) if len(word) >= NAME_LETTERS}
    local = {box.address.partition("@")[0] for box in who}
    words = names | {word for part in local for word in re.findall(r"[^\W\d_]+", part) if len(word) > NAME_LETTERS}
    bare = _FORWARDED.sub("", subject, count=1) if _FORWARDED.match(subject) else subject
    lines = _without_closing(text[:TEXT_CHARACTERS].split("\n"), {each for word in words for each in fold_words(word)})
    return Nameless(_blanked(bare, words)[:SUBJECT_CHARACTERS].strip(), _blanked("\n".join(lines), words).strip())


def _without_closing(lines: list[str], names: Collection[str]) -> list[str]:
    """The lines without those at the end that say nothing but a closing or her name."""
    closing = _CLOSINGS | set(names)
    end = len(lines)
    while end and all(word in closing for word in fold_words(lines[end - 1])):
        end -= 1
    return lines[:end]


def _blanked(text: str, words: Collection[str]) -> str:
    for pattern in (_ADDRESS, _TELEPHONE):
        text = pattern.sub(GAP, text)
    if not words:
        return text
    spellings = sorted({_spelling(word) for word in words}, key=len, reverse=True)
    return re.sub(rf"(?<!\w)(?:{'|'.join(spellings)})(?!\w)", GAP, text)


def _spelling(word: str) -> str:
    """A name as it may be written: with a capital, all in capitals, and in small letters where that is no other word.

    Each vowel is long, short or doubled.
    """
    letters = _runs(word.lower().translate(_PLAIN))
    small = [_VOWELS.get(letter, re.escape(letter)) for letter in letters]
    loud = "".join(pattern.upper() for pattern in small)
    first = small[0].upper() + (small[0].replace("+", "*") if small[0] != letters[0] else "")
    spellings = [first + "".join(small[1:]), loud]
    return "|".join(spellings if word.lower() in _ALSO_WORDS else [*spellings, "".join(small)])


def _runs(word: str) -> list[str]:
    """The letters, each run of one vowel as a single one."""
    return [letter for at, letter in enumerate(word) if letter not in _VOWELS or word[at - 1 : at] != letter]
