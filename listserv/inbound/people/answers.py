"""How an answer is read: a plain yes or no, a sentence that begins with one, else asked back.

`mail.text.answer` takes a word and nothing else; "Yes, that was me" is an answer too. "No problem" is none, and what
says both is none. Where any reply is a yes (`consents`), a "not" or a question in it is none, nor is what a help desk's
program writes to everybody without a mark: who is asked about has not read it. An answer that was not understood
changes nothing: the question is asked again, once a day.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

from listserv.inbound.desk import Desk, Recipient
from listserv.mail.automatic import SUBJECT_CHARACTERS
from listserv.mail.subject import base_subject
from listserv.mail.text.answer import answered_lines, first_own_line, yes_or_no
from listserv.mail.text.asks import ask_of
from listserv.mail.text.sign_offs import CLOSINGS
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
# What a help desk's program says of a mail it took. A person who says it is asked back, and no worse.
_RECEIVED = frozenset(
    fold_words(
        "ticket tickets received receipt enquiry inquiry helpdesk servicedesk contacting monitored unattended "
        "unmonitored automatic automated automatically acknowledge acknowledged acknowledgement logged assigned"
    )
)
_RECEIPTS = tuple(
    fold(words)
    for words in (
        *("thank you for your mail", "thank you for your email", "thank you for your e-mail", "as soon as possible"),
        *("thank you for your message", "get back to you", "out of the office", "out of office", "i am away"),
        *("i am currently away", "not in the office", "is protected by", "could not be delivered", "be in touch"),
    )
)
_NUMBERED = re.compile(
    r"[\[(#][^\W\d_]{0,12}[ #:-]{0,3}[0-9]{3,}|\b(?:ticket|case|request|incident)\b.{0,20}[0-9]{3}", re.I
)
PERSONS_WORDS = 40  # to such a question; a program's letter has more
_BACK = tuple(
    fold(words)
    for words in (
        *("me back", "want back", "let me back", "to come back", "come back please", "rejoin", "re-join", "join again"),
        *("undo", "mistake", "accident", "accidentally", "did not mean", "didn't mean", "not meant", "want to stay"),
        *("like to stay", "keep me", "add me", "put me in", "whakahokia", "hoki mai", "hono anō", "pīrangi ki te noho"),
    )
)
_BACK_ALONE = frozenset(fold(words) for words in ("back", "return", "stay", "join", "again", "hoki", "hono", "noho"))
_FAREWELLS = frozenset(
    fold_words("bye goodbye farewell thanks thank thx cheers mihi haere rā wishes luck enjoyed poroporoaki")
)
_THANKS = frozenset(("thanks", "thank", "thx", "cheers"))
_CLOSINGS = frozenset(fold(closing) for closing in CLOSINGS if _THANKS.isdisjoint(fold_words(closing)))
_PLEADS = frozenset(("please", "pls", "koa", "oops"))
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
    if said(line):
        return True
    return None if _is_receipt(message) or _doubts(line, _less(line, _KIND)) else True


def consents_to_leave(message: Message) -> bool | None:
    """The same for an answer to "shall you leave?", where "stop" and "I teach no longer" are a yes."""
    line = first_own_line(message)
    words = _less(line, _LEAVES)
    if ask_of(message) is Ask.LEAVE:
        return True
    if any(denial in words for denial in _DENIALS):
        return False
    plain = said(words)
    if plain is not None:
        return plain
    return None if _is_receipt(message) or _doubts(line, words) else True


def wants_back(message: Message) -> bool | None:
    """What a reply to a goodbye means: True for a wish to come back or no words at all, False for a no.

    None for anything else: thanks, a goodbye of hers, or what cannot be told.
    """
    lines = answered_lines(message)
    text = fold(" ".join(lines))
    if not text:
        return None if _is_receipt(message) else True
    if refuses(message):
        return False
    if said(first_own_line(message)) or any(_is_back(line) for line in lines):
        return True
    rest = reduce(lambda words, phrase: words.replace(f" {phrase} ", " "), _BACK, f" {text} ")
    wishes = rest != f" {text} " and _DOUBTS.isdisjoint(rest.split()) and not _is_receipt(message)
    return True if wishes else None


def _is_back(line: str) -> bool:
    return " ".join(word for word in fold_words(line) if word not in _PLEADS) in _BACK_ALONE


def says_goodbye(message: Message) -> bool:
    """Whether a reply to a goodbye is one itself, or thanks, and asks for nothing.

    A mihi above a name is neither: it ends every letter.
    """
    lines = answered_lines(message)
    text = " ".join(line for line in lines if line is lines[-1] or fold(line) not in _CLOSINGS)
    words = fold_words(text)
    return not _FAREWELLS.isdisjoint(words) and _PLEADS.isdisjoint(words) and "?" not in text


def _is_receipt(message: Message) -> bool:
    """Whether it reads like the letter of a program that takes mail: its subject is no answer, or has a number; what
    such letters say; more words than a person answers with."""
    subject = base_subject(message.subject[:SUBJECT_CHARACTERS])
    if subject.text and not subject.has_reply_prefix:
        return True
    words = fold_words(" ".join(answered_lines(message)))
    text = " ".join(words)
    return (
        len(words) > PERSONS_WORDS
        or not _RECEIVED.isdisjoint(words)
        or any(said in text for said in _RECEIPTS)
        or _NUMBERED.search(message.subject[:SUBJECT_CHARACTERS]) is not None
    )


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
