"""Whether a mail to the group is meant for its author alone: headed "journal", or nothing but "no reminders". Pure.

Promises: the head is the first line she wrote herself ("journal", "Journal: ...", "rātaka"), so a journal is never
posted because more is said below it; "no reminders" is a wish only where she says nothing else but a closing and her
name. An ordinary post costs a search in its first text part, not the splitting of its quotations.
"""

from __future__ import annotations

import re
from itertools import islice

from listserv.mail.parse import Message
from listserv.mail.subject import base_subject
from listserv.mail.text.answer import own_lines, plain
from listserv.model.case import Ask

HEAD_OCTETS = 20_000
PARTS, TEXTS = 20, 2
LINES = 6
_WORDS = (b"journal", b"taka", b"reminders", b"whakamaumahara")
_JOURNAL = re.compile(r"[\W_]{0,6}(?:journal|r(?:ā|aa|a)taka|hautaka)[*_]{0,3}[ \t]{0,4}(?:[:.,]|\Z)", re.IGNORECASE)
_NO_REMINDERS = frozenset({"no reminders", "no more reminders", "stop reminders", "kāti ngā whakamaumahara"})


def headed(message: Message) -> Ask:
    """JOURNAL, REMINDERS or NOTHING."""
    if _JOURNAL.match(base_subject(message.subject).text):
        return Ask.JOURNAL
    if not _may_be(message):
        return Ask.NOTHING
    lines = own_lines(message)
    if lines and _JOURNAL.match(lines[0]):
        return Ask.JOURNAL
    return Ask.REMINDERS if lines and len(lines) <= LINES and plain(lines[0]) in _NO_REMINDERS else Ask.NOTHING


def _may_be(message: Message) -> bool:
    """Whether one of the words stands near either end of one of the first two texts, plain and HTML as a rule."""
    if message.small_text is not None and not any(word in message.small_text for word in _WORDS):
        return False
    parts = islice(message.root.walk(), PARTS)
    texts = (part for part in parts if part.content_type in ("text/plain", "text/html") and not part.filename)
    for part in islice(texts, TEXTS):
        octets = part.decoded()
        if _holds_word(octets[:HEAD_OCTETS]) or (len(octets) > HEAD_OCTETS and _holds_word(octets[-HEAD_OCTETS:])):
            return True
    return False


def _holds_word(octets: bytes) -> bool:
    """A hundred times as fast as an expression that looks aside from case."""
    small = octets.lower()
    return any(word in small for word in _WORDS)
