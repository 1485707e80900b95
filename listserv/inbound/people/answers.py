"""How an answer is read: a plain yes or no, a sentence that begins with one, else asked back.

`mail.text.answer` takes a word and nothing else; "Yes, that was me" is an answer too. "No problem" is none, and what
says both is none. Where any reply is a yes (`agreed`), a "not" or a question in it is none. An answer that was not
understood changes nothing: the question is asked again, once a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from listserv.inbound.desk import Desk, Recipient
from listserv.mail.text.answer import first_own_line, yes_or_no
from listserv.mail.text.asks import ask_of
from listserv.model.case import Ask
from listserv.store.folding import fold, fold_words
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter
    from listserv.mail.parse import Message

_YES = frozenset({"yes", "yep", "yeah", "ae"})
_NO = frozenset({"no", "nope", "kao"})
_TURNS = frozenset(
    {"no", "nope", "not", "never", "t", "kao", "but", "problem", "worries", "yes", "yep", "ae", "engari"}
)
_DENIALS = tuple(
    fold(words) for words in ("did not ask", "didn't ask", "not me", "wasn't me", "ehara nāku", "ehara ahau")
)
_STOPS = frozenset(fold(words) for words in ("stop", "never", "cancel", "please stop", "leave me alone"))
_DOUBTS = frozenset(
    fold(word)
    for word in ("no", "nope", "not", "never", "t", "stop", "cancel", "wrong", "kāo", "kāore", "kaua", "ehara")
)
_KIND = tuple(fold(words) for words in ("no worries", "no problem"))
_LEAVES = tuple(fold(words) for words in ("no longer", "any more", "anymore", "please stop", "stop"))


def said(line: str) -> bool | None:
    """True for a yes, False for a no, None for anything that is not clearly one."""
    plain = yes_or_no(line)
    words = fold_words(line)
    if plain is not None or not words:
        return plain
    rest = _TURNS.intersection(words[1:])
    if words[0] in _YES:
        return None if rest else True
    return False if words[0] in _NO and not rest - {"not", "t"} else None


def refuses(message: Message) -> bool:
    """Whether an answer to "shall we?" is a no, a denial or a wish to be left alone."""
    line = first_own_line(message)
    words = fold(line)
    return (
        said(line) is False
        or words in _STOPS
        or ask_of(message) is Ask.LEAVE
        or any(denial in words for denial in _DENIALS)
    )


def consents(message: Message) -> bool | None:
    """What a reply to "reply, and it is done" means: True with or without words, None where it asks or has a "not"."""
    line = first_own_line(message)
    if refuses(message):
        return False
    return True if said(line) or not _doubts(line, _less(line, _KIND)) else None


def consents_to_leave(message: Message) -> bool | None:
    """The same for an answer to "shall you leave?", where "stop" and "I teach no longer" are a yes."""
    line = first_own_line(message)
    words = _less(line, _LEAVES)
    if ask_of(message) is Ask.LEAVE:
        return True
    if any(denial in words for denial in _DENIALS):
        return False
    plain = said(words)
    return plain if plain is not None else None if _doubts(line, words) else True


def _less(line: str, phrases: Sequence[str]) -> str:
    """The folded words of the line without these phrases."""
    words = fold(line)
    for phrase in phrases:
        words = words.replace(phrase, "")
    return words


def _doubts(line: str, words: str) -> bool:
    return "?" in line or not _DOUBTS.isdisjoint(words.split())


def decided(desk: Desk, letter: Letter, token: Token, to: Recipient) -> bool | None:
    """What the letter answers; None where it was asked back, and the token stays good."""
    return or_asked_back(desk, letter, token, to, said(first_own_line(letter.message)))


def or_asked_back(desk: Desk, letter: Letter, token: Token, to: Recipient, agreed: bool | None) -> bool | None:
    """What was read in the letter; where nothing was, it is asked back once a day, and the token stays good."""
    if agreed is None and desk.may_answer(to.address, f"asked-back:{token.purpose}"):
        again = desk.answer_address(
            letter.mail_list,
            token.purpose,
            person_id=token.person_id,
            object_id=token.object_id,
            payload=token.payload,
        )
        desk.send("yes_or_no", letter.mail_list, to, answers_to=again, in_reply_to=letter.message.message_id)
    return agreed
