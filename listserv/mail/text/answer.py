"""What a person answered to a question of ours: the first line of her own that says something, and whether it is a
plain yes or no.

Promises: only a line that is nothing but a yes or a no counts as one, in English or te reo Māori (with and without
macrons); anything that says more is neither, and is asked back by the caller, never guessed. Pure.
"""

from __future__ import annotations

import re

from listserv.mail.parse import Message
from listserv.mail.text.body import body
from listserv.mail.text.greeting import is_greeting
from listserv.mail.text.quote import split_own

LINE_CHARACTERS = 500

_YES = frozenset({"yes", "y", "yes please", "yep", "ok", "okay", "āe", "ae", "aae"})
_NO = frozenset({"no", "n", "nope", "no thanks", "no thank you", "kāo", "kao", "kaao"})
# What a phone puts behind an answer and takes nothing back: a thumb, a smile, folded hands, in any colour.
_SMILES = "👍👌👏✅✔🙂😊😀😃😄😁😉☺❤💚🙏🎉\U0001f3fb-\U0001f3ff\ufe0f"
_EDGES = re.compile(rf"^[\s\"'“”‘’.,!*_>-]+|[\s\"'“”‘’.,!*_{_SMILES}-]+$")
_SPACES = re.compile(r"\s+")


def own_lines(message: Message) -> list[str]:
    """The lines its author wrote, without quotation and signature, stripped, no empty ones."""
    found = body(message)
    own = split_own(found.text, found.html, ()).own
    return [line.strip()[:LINE_CHARACTERS] for line in own.split("\n") if line.strip()]


def answered_lines(message: Message) -> list[str]:
    """The same of a reply that may be empty: none where its author only sent our mail back, or with her name below."""
    found = body(message)
    own = split_own(found.text, found.html, (), never_empty=False).own
    lines = [line.strip()[:LINE_CHARACTERS] for line in own.split("\n") if line.strip()]
    name = message.author.name if message.author else ""
    return [] if lines and name and plain(lines[0]) == plain(name) else lines


def first_own_line(message: Message) -> str:
    """The first of them that says something, as letters begin with a greeting; "" if there is none."""
    lines = own_lines(message)
    return next((line for line in lines if not greets_alone(line)), next(iter(lines), ""))


def greets_alone(line: str) -> bool:
    """Whether the line is a greeting without an answer in it."""
    return is_greeting(line) and not (_YES | _NO).intersection(line.casefold().replace(",", " ").split())


def plain(line: str) -> str:
    """The line as it is compared: folded case, single spaces, no punctuation at either end."""
    return _SPACES.sub(" ", _EDGES.sub("", line)).casefold()


def yes_or_no(line: str) -> bool | None:
    """True for a plain yes, False for a plain no, None for anything else."""
    said = plain(line)
    if said in _YES:
        return True
    return False if said in _NO else None
