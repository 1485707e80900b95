"""How an answer that joins addresses is read: a plain yes or no, a sentence that begins with one, else asked back.

`mail.text.answer` takes a word and nothing else; "Yes, that was me" is an answer too. "No problem" is none, and what
says both is none. An answer that was not understood changes nothing: the question is asked again, once a day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from listserv.inbound.desk import Desk, Recipient
from listserv.mail.text.answer import first_own_line, yes_or_no
from listserv.store.folding import fold_words
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

_YES = frozenset({"yes", "yep", "yeah", "ae"})
_NO = frozenset({"no", "nope", "kao"})
_TURNS = frozenset(
    {"no", "nope", "not", "never", "t", "kao", "but", "problem", "worries", "yes", "yep", "ae", "engari"}
)


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


def decided(desk: Desk, letter: Letter, token: Token, to: Recipient) -> bool | None:
    """What the letter answers; None where it was asked back, and the token stays good."""
    agreed = said(first_own_line(letter.message))
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
