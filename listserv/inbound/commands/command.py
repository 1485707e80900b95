"""What a command is: its words, one example, how its argument is read, what it does and what became of it.

Words and examples are spellings in each language, like the keys of a file format; every sentence about a command is
in templates/email/command_words.txt, under the command's `name`. A room that adds a command writes an `Act`, one row
in `table.COMMANDS` and those sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

from listserv.inbound.desk import Desk, Recipient
from listserv.model.lists import MailList, Subscription

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose wish it is, as a token proved; `place` is hers in the list (id 0: a role without a subscription)."""

    mail_list: MailList
    person_id: int
    place: Subscription
    recipient: Recipient


@dataclass(frozen=True, slots=True)
class Said:
    """What became of a command: `word` names the sentence in command_words.txt, `values` is what it speaks of."""

    word: str
    values: Mapping[str, Any] = field(default_factory=dict)


# What is done once it is proven whose wish it is; None where it has told her by itself.
Act: TypeAlias = Callable[[Desk, Asker, str], Said | None]
# What needs no proof, as it tells something or asks a question of its own.
AtOnce: TypeAlias = Callable[[Desk, "Letter"], None]
# (what follows the command's words, today in the group's zone) -> the argument in its one spelling, None if it is none.
Read: TypeAlias = Callable[[str, date], str | None]
# (argument, language) -> how it is told in a mail.
Show: TypeAlias = Callable[[str, str], str]


def nothing(text: str, _today: date) -> str | None:
    """A command without an argument takes none."""
    return None if text else ""


def as_it_is(argument: str, _language: str) -> str:
    return argument


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table: the words of any language are understood, the example of hers is told.

    `act` needs a proven wish: a reply to a token address. `at_once` answers a mail of which this is the only wish, or
    any where it `only_tells` her something at her known address. `repeats`: one mail may say it several times.
    `asks_yes`: it cannot be undone by mail, so only a yes confirms it, no empty reply.
    """

    name: str
    words: Mapping[str, tuple[str, ...]]
    examples: Mapping[str, str]
    act: Act | None = None
    at_once: AtOnce | None = None
    read: Read = nothing
    show: Show = as_it_is
    only_tells: bool = False
    repeats: bool = False
    asks_yes: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """A command somebody wrote and its argument in its one spelling; None: it could not be read."""

    command: Command
    argument: str | None
