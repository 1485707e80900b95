"""The part of a report that people are to read (RFC 3462 §2), and where in it our own message begins.

Promises: linear, bounded, never raises. `own` is what the reporting side wrote, one visible line each; `behind` is what
followed it in the same part, where the returned message is looked for. Nothing of a returned message is in `own`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from listserv.mail.mime import Part
from listserv.mail.report.parts import own_parts
from listserv.mail.report.returned import HEADER_TYPES
from listserv.mail.text.html_text import html_to_text

TEXT_CHARACTERS = 200_000
LINES_READ = 2_000
LINE_CHARACTERS = 1_000
SEPARATOR_CHARACTERS = 120

_FIRST_FIELD = re.compile(
    r"(?:return-path|received|x-received|dkim-signature|delivered-to|reporting-mta|(?:final|original)-recipient):"
    r"|content-type:\s?(?:message|multipart)/",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[\W_]{0,100}+([^\n]*?)[\W_]*\Z")
_RULE = re.compile(r"[-=*_|#~>]{2}")
_SEPARATOR = re.compile(
    r"(?:(?:this|below|below this line|enclosed|included|attach\w{1,5}|here) (?:is|was) )?(?:a |the )?copy of (?:the"
    r"|your)"
    r"(?: original)? (?:message|mail|e-?mail)\b"
    r"|(?:the )?original (?:message|e-?mail|mail)(?: (?:info|headers?|body|text))?(?: (?:follows|attached|below))?\Z"
    r"|(?:the )?(?:returned|unsent|forwarded|undelivered|rejected|failed) (?:mail|message|e-?mail)"
    r"(?: (?:follows|below|header|text|body))?\Z"
    r"|(?:the )?(?:message|mail) (?:headers?|text|body)\b.{0,40}(?:follows?|suppressed|below)?\Z"
    r"|(?:the )?headers? (?:and \w+ \d+ lines )?of the (?:original|source|returned)?\s?(?:message|mail)\b"
    r"|(?:the )?contents of the (?:undelivered|original|returned) (?:message|mail)"
    r"|(?:the )?first \d{1,4} lines of (?:your|the) original"
    r"|your message reads"
    r"|a summary of the undelivered message"
    r"|(?:below this line is|this is) (?:a copy of|the original) "
    r"|(?:begin |start of )(?:forwarded|returned|original) message",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Human:
    """The report's own lines, and the text behind them."""

    own: tuple[str, ...]
    behind: str

    @property
    def text(self) -> str:
        """The own lines joined."""
        return "\n".join(self.own)


def human(root: Part) -> Human:
    """What the report says to people: its first text part that says anything, as far as it is the report's own."""
    return _cut(first_text(root))


def first_text(root: Part) -> str:
    """The first text part that says anything, plain before HTML, at most 200,000 characters; "" if there is none."""
    texts = (_text(part) for part in _own_texts(root))
    return next((text for text in texts if text.strip()), "")


def _own_texts(root: Part) -> list[Part]:
    """The text parts of the report itself, plain ones first."""
    found = [part for part in own_parts(root) if part.main_type == "text" and not part.children]
    found = [part for part in found if part.content_type not in HEADER_TYPES and part.disposition != "attachment"]
    return sorted(found, key=lambda part: part.content_type == "text/html")


def _text(part: Part) -> str:
    text = part.text()[:TEXT_CHARACTERS]
    return html_to_text(text).text if part.content_type == "text/html" or _is_page(text) else text


def _is_page(text: str) -> bool:
    """Whether a plain part is HTML all the same."""
    return text[:200].lstrip().lower().startswith(("<html", "<!doctype html"))


def _cut(text: str) -> Human:
    own: list[str] = []
    at = 0
    while at < len(text) and len(own) < LINES_READ:
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at : min(end, at + LINE_CHARACTERS)].rstrip()
        if _FIRST_FIELD.match(line) is not None:
            return Human(tuple(own), text[at:])
        if own and is_separator(line):
            return Human(tuple(own), text[end + 1 :])
        if line.strip():
            own.append(line)
        at = end + 1
    return Human(tuple(own), text[at:])


def is_separator(line: str) -> bool:
    """Whether this line says that the returned message comes next: those words alone, between rules or to a colon."""
    if len(line) > SEPARATOR_CHARACTERS:
        return False
    words = _WORDS.match(line)
    if words is None or _SEPARATOR.match(words[1]) is None:
        return False
    stripped = line.strip()
    return _RULE.match(stripped) is not None or stripped.endswith((":", ".")) or len(words[1].split()) <= 3
