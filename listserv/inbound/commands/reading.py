"""From a mail to the wishes in it: its author's own lines, else its subject, each line a command or none. Pure.

People greet, thank and sign between commands, so a line that is no command is passed over. A line that begins as one
and goes on in a way nobody can read is a wish without argument, which is asked back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from difflib import SequenceMatcher, get_close_matches

from listserv.inbound.commands.command import Command, Wish, nothing
from listserv.inbound.commands.table import COMMANDS
from listserv.mail.parse import Message
from listserv.mail.subject import base_subject
from listserv.mail.text.answer import own_lines
from listserv.store.folding import fold

LINES = 40
WISHES = LINES
LONGEST_WORDS = 6
# A mistyped command: how much of it must be right, and how much is looked at.
LIKENESS = 0.85
LIKE_LINES, LIKE_CHARACTERS = 3, 40
_POLITE = frozenset(fold(word) for word in ("please", "pls", "plz", "koa", "thanks", "cheers"))


def _spellings(commands: Sequence[Command]) -> dict[str, Command]:
    return {
        fold(spelling): command
        for command in commands
        for spellings in command.words.values()
        for spelling in spellings
    }


_KNOWN = _spellings(COMMANDS)


def read_wishes(message: Message, today: date) -> list[Wish]:
    """What the mail asks for, in its order, each command once (the last of them counts) but those that repeat."""
    found = _wishes(own_lines(message)[:LINES], today)
    return found or _wishes([base_subject(message.subject).text], today)


def read_line(line: str, today: date) -> Wish | None:
    """The command of one line, None if it is none."""
    words = _unadorned(line)
    for length in range(min(len(words), LONGEST_WORDS), 0, -1):
        command = _KNOWN.get(fold(" ".join(words[:length])))
        if command is not None:
            argument = command.read(" ".join(words[length:]).strip(" :=\"'“”"), today)
            return Wish(command, argument)
    return None


def nearest(message: Message) -> list[Command]:
    """The commands that her first lines come nearest to, where they are no more than mistyped ones."""
    found = [_like(line) for line in (own_lines(message) or [base_subject(message.subject).text])[:LIKE_LINES]]
    return list({command.name: command for command in found if command is not None}.values())


def _like(line: str) -> Command | None:
    words = _unadorned(line)
    likely: list[tuple[float, str]] = []
    for length in range(1, min(len(words), LONGEST_WORDS) + 1):
        begins = fold(" ".join(words[:length]))
        if 3 < len(begins) <= LIKE_CHARACTERS:
            close = get_close_matches(begins, _KNOWN, n=1, cutoff=LIKENESS)
            likely += [(SequenceMatcher(None, each, begins).ratio(), each) for each in close]
    best = _KNOWN[max(likely)[1]] if likely else None
    return None if best is None or (_is_prose(line, best) and len(words) > LONGEST_WORDS) else best


def _unadorned(line: str) -> list[str]:
    """The line's words without what is only polite at either end."""
    words = line.strip(" \t\"'“”‘’.,!*_>-").split()
    while words and fold(words[0]) in _POLITE:
        words.pop(0)
    while words and fold(words[-1]) in _POLITE:
        words.pop()
    return words


def _wishes(lines: Sequence[str], today: date) -> list[Wish]:
    found: dict[tuple[str, str | None], Wish] = {}
    for line in lines:
        wish = read_line(line, today)
        if wish is None or (wish.argument is None and _is_prose(line, wish.command)):
            continue
        key = (wish.command.name, wish.argument if wish.command.repeats else None)
        found.pop(key, None)
        found[key] = wish
    return list(found.values())[:WISHES]


def _is_prose(line: str, command: Command) -> bool:
    """Whether a line only happens to begin with a command's word: "help me to find the agenda of last term"."""
    return len(line.split()) > LONGEST_WORDS + 2 or command.read is nothing
