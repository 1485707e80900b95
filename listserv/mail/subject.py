"""The base subject: what a subject says once reply and forward marks and tags are taken off (after RFC 5256 §2.1).

Promises: linear and bounded; marks of many languages and mail programs are known; a forward mark is no reply mark.
The text is for comparing alone, never for showing. An empty base equals nothing: that is for the caller to heed.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

SUBJECT_CHARACTERS = 1_000
MARKS_CHARACTERS = 200
MARKS_TRIED = 12
KEPT = 256

_REPLY = (
    "re", "aw", "antw", "antwort", "sv", "vs", "vá", "odp", "res", "rif", "ynt", "ref", "rép", "réf", "wh", "bls", "tl",
    "trả lời", "atb", "ats", "απ", "σχετ", "отв", "ответ", "відп", "відповідь", "відг", "назад", "答复", "回复", "回覆",
    "答覆", "回信", "返信", "답장", "회신", "השב", "תשובה", "رد", "ตอบ", "उत्तर",
)  # fmt: skip
_FORWARD = (
    "fw", "fwd", "wg", "tr", "rv", "enc", "vb", "vl", "doorst", "pd", "továbbítás", "ilt", "i̇lt", "fs", "πρθ", "пер",
    "пересл", "转发", "轉寄", "轉發", "転送", "전달", "הועבר", "إعادة توجيه", "ส่งต่อ",
)  # fmt: skip


def _alternatives(names: tuple[str, ...]) -> str:
    """The longest first, so that `antwort` is not read as `antw`."""
    return "|".join([re.escape(name.casefold()) for name in sorted(names, key=len, reverse=True)])


_COUNT = r"(?: ?(?:\[[0-9]{1,4}\]|\([0-9]{1,4}\)|[\^*-]?[0-9]{1,4}))?"
_MARK = re.compile(
    rf"(?:(?P<reply>{_alternatives(_REPLY)})|(?P<forward>{_alternatives(_FORWARD)})){_COUNT}\.? ?[:：] ?"
)
_GATEWAY = re.compile(
    r"(?:\*{1,5} ?)?(?:external(?: e-?mail| sender)?|ext|caution|warning|(?:suspected )?spam|bulk)"
    r" ?(?:[:：] ?)?(?:(?<=[:：] )|(?<=[:：])|\*{1,5} ?)"
)
_TAG = re.compile(r"\[[^\[\]]{0,120}\] ?")
_TRAILER = re.compile(r" ?\((?:fwd|wg|fw)\)\Z")
_WRAPPED = re.compile(r"\[ ?(?:fwd|fw) ?[:：] ?([^\0]*)\]\Z")
_SPACES = re.compile(r"\s+")
_MARK_END = re.compile(r"[:：] ?")


class Base(NamedTuple):
    """`text` is the base subject, casefolded NFC; the flags tell what the first mark is, tags aside."""

    text: str
    has_reply_prefix: bool
    is_forward: bool


def base_subject(subject: str) -> Base:
    """The base of a decoded subject: of its first 1,000 characters, white space folded, without regard to case."""
    return _base(subject[:SUBJECT_CHARACTERS])


@lru_cache(KEPT)  # one post asks four times, a conversation again and again
def _base(subject: str) -> Base:
    text = _folded(subject)
    has_reply_prefix = is_forward = False
    first = True
    while True:
        text = _without_trailers(text)
        wrapped = _WRAPPED.match(text)
        if wrapped is not None:
            is_forward = is_forward or first
            first = False
            text = wrapped[1].strip()
            continue
        mark = _MARK.match(text)
        if mark is not None:
            has_reply_prefix = has_reply_prefix or (first and mark["reply"] is not None)
            is_forward = is_forward or (first and mark["forward"] is not None)
            first = False
            text = text[mark.end() :]
            continue
        tag = _GATEWAY.match(text) or _TAG.match(text)
        if tag is None or tag.end() == len(text):
            return Base(text, has_reply_prefix, is_forward)
        text = text[tag.end() :]


def without_marks(subject: str) -> str:
    """The subject as its author wrote it, on one line and without reply and forward marks before it."""
    text = _SPACES.sub(" ", subject[:SUBJECT_CHARACTERS]).strip()
    base = base_subject(text).text
    starts = [found.end() for found in _MARK_END.finditer(text[:MARKS_CHARACTERS])][:MARKS_TRIED]
    return next((text[start:] for start in reversed(starts) if base_subject(text[start:]).text == base), text)


def _folded(subject: str) -> str:
    text = unicodedata.normalize("NFC", subject)
    return unicodedata.normalize("NFC", _SPACES.sub(" ", text).strip().casefold())


def _without_trailers(text: str) -> str:
    while (trailer := _TRAILER.search(text)) is not None:
        text = text[: trailer.start()]
    return text
