"""Where a quotation begins: attribution lines, translated header blocks, titled rules, "reply above this line".

Promises spans of lines and nothing else: what is own text and what is quoted is decided in `quote`. Every rule looks at
the bounded `bare` of at most six (attribution) or sixteen (header block) lines, so the cost is linear in the body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from listserv.mail.text.body_lines import Line, next_visible, previous_visible
from listserv.mail.text.languages import ABOVE, HEADER_KINDS, LEADS, ORIGINAL, WROTE

ATTRIBUTION_LINES = 4
SPLIT_ATTRIBUTION_LINES = 6  # with one blank line inside, only after a leading "On 31 Mar"
ATTRIBUTION_CHARACTERS = 500
ATTRIBUTION_SHORTEST = 8
ATTRIBUTIONS_TRIED = 2_000
HEADER_BLOCK_LINES = 16
HEADERS_NEEDED = 3
BLOCK_SHORTEST = 3
HEADER_NAME_CHARACTERS = 32
ABOVE_CHARACTERS = 160

_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_COLONS = (":", "：")
_ADDRESS = re.compile(r"[\w>]@\w|\w at \w[\w-]{0,62}\.\w|mailto:|\[hidden email\]|\[email protected\]")
_ANGLE_ADDRESS = re.compile(r"[<(\[]\s?[^<>()\[\]]{1,120}@[^<>()\[\]]{1,120}[>)\]]|&lt;[^&]{1,120}@")
_TIME = re.compile(r"(?<!\d)\d{1,2}\s?[:.h]\s?\d{2}(?!\d)|\d\s?[時时点시]|\d\s?(?:am|pm)\b")
_DAY = re.compile(
    r"(?<!\d)\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{2,4}(?!\d)|(?<!\d)\d{4}[./-]\s?\d{1,2}[./-]\s?\d{1,2}|\d\s?[年月日년월일]"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_NUMBER = re.compile(r"\d+")
_DATE_FIRST = re.compile(r"\W{0,3}(?:[^\W\d_]{1,14}[.,،׳’']{0,2}[\s-]){0,4}(?:[在于於]\s?)?\d")
_DATE_AT_ONCE = re.compile(r"(?:\d{4}[/-]\d{1,2}[/-]\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4})\b")
_WRAPPED_END = re.compile(r"[ \t]{0,3}>\s?(?:\S{1,20}\s?){0,2}[:：]\s*$")
_SENTENCE_ENDS = frozenset(".,?!;'\"")  # the last signs of most lines, and of no attribution
_DASHES = "-_=*~—–> \t.:•"


def _wrote_pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Spaced scripts need word borders; in Chinese, Japanese and Korean the verb is glued to the name."""
    longest_first = sorted(words, key=len, reverse=True)
    spaced = "|".join(re.escape(word) for word in longest_first if not _CJK.search(word))
    glued = [re.escape(word) for word in longest_first if _CJK.search(word)]
    return re.compile("|".join([rf"(?<!\w)(?:{spaced})(?!\w)", *glued]))


_WROTE = _wrote_pattern(WROTE)
_ASCII_WROTE = _wrote_pattern(word for word in WROTE if word.isascii())
_WROTE_ENDS = tuple(sorted(WROTE))
_WROTE_LAST = frozenset(word[-2:] for word in WROTE)  # asked first: hardly any line ends like one of those words
_LEAD = re.compile(rf"(?:{'|'.join(re.escape(lead) for lead in sorted(LEADS, key=len, reverse=True))})\s")
_ORIGINAL_FIRST = frozenset(phrase.partition(" ")[0] for phrase in ORIGINAL)
_ORIGINAL_BEGINS = tuple(f"{phrase} " for phrase in sorted(ORIGINAL))
_ASCII_ABOVE = tuple(phrase for phrase in sorted(ABOVE) if phrase.isascii())
_ABOVE = re.compile("|".join(re.escape(phrase) for phrase in sorted(ABOVE, key=len, reverse=True)))


@dataclass(frozen=True, slots=True)
class Opening:
    """Lines [start, end) announce a quotation; `final` means everything below is one, whatever it looks like."""

    start: int
    end: int
    kind: Literal["attribution", "header_block"]
    final: bool = False


def openings(lines: Sequence[Line]) -> list[Opening]:
    """Every announcement of a quotation outside `>` lines, in order, none overlapping another."""
    attributions = _attributions(lines)
    may_reply_above = _may_reply_above(lines)
    found: list[Opening] = []
    at = 0
    while at < len(lines):
        opening = None if lines[at].blank or lines[at].marked else _block_at(lines, at, may_reply_above)
        if opening is None and at in attributions:
            opening = Opening(at, attributions[at], "attribution")
        if opening is not None:
            found.append(opening)
        at = opening.end if opening is not None else at + 1
    return found


def _may_reply_above(lines: Sequence[Line]) -> bool:
    """Whether a line holds such a phrase, as hardly any does: all are asked at once before each is."""
    text = "\n".join([line.bare for line in lines if not line.marked and len(line.bare) <= ABOVE_CHARACTERS]).lower()
    return any(phrase in text for phrase in (_ASCII_ABOVE if text.isascii() else ABOVE))


def _block_at(lines: Sequence[Line], at: int, may_reply_above: bool) -> Opening | None:
    if len(lines[at].bare) < BLOCK_SHORTEST:
        return None
    if may_reply_above and _is_reply_above(lines[at]):
        return Opening(at, at + 1, "header_block", final=True)
    titled = _title(lines, at)
    if titled is not None:
        return titled
    end = header_block_end(lines, at)
    return None if end is None else Opening(_rule_above(lines, at), end, "header_block")


def _is_reply_above(line: Line) -> bool:
    return len(line.bare) <= ABOVE_CHARACTERS and _ABOVE.search(line.bare.lower()) is not None


def marked_attribution_end(lines: Sequence[Line], at: int) -> int | None:
    """The line after an attribution that stands inside the quote marks (`> On 3 Apr, Mere wrote:`), else None."""
    joined = ""
    for end in range(at, min(len(lines), at + ATTRIBUTION_LINES)):
        if not lines[end].marked:
            return None
        joined = f"{joined} {lines[end].bare.lstrip('> ')}".strip()
        if len(joined) > ATTRIBUTION_CHARACTERS:
            return None
        text = joined.lower()
        if text.endswith(_COLONS) and _is_date(text) and _DATE_FIRST.match(joined) and _says_wrote(text):
            return end + 1
    return None


# --- titled rules and header blocks ------------------------------------------------------------------------------


def _title(lines: Sequence[Line], at: int) -> Opening | None:
    """-----Original Message-----, also decorated, translated, with "from X" behind it, or bare above a header block."""
    bare = lines[at].bare
    if len(bare) > 160:
        return None
    core = bare.strip(_DASHES).lower()
    if core.partition(" ")[0] not in _ORIGINAL_FIRST:
        return None
    alone = core in ORIGINAL
    if not alone and not core.startswith(_ORIGINAL_BEGINS):
        return None
    below = next_visible(lines, at + 1)
    headers = header_block_end(lines, below, needed=2) if below < len(lines) else None
    if headers is not None:
        return Opening(_rule_above(lines, at), headers, "header_block")
    ruled = bare[:3].count("-") >= 2 or bare.strip("* ")[:2] in ("--", "__", "==", "**", "~~")
    if ruled or (alone and _is_rule(lines, previous_visible(lines, at))):
        return Opening(_rule_above(lines, at), at + 1, "header_block")
    return None


def _is_rule(lines: Sequence[Line], at: int) -> bool:
    if at < 0 or lines[at].marked:
        return False
    bare = lines[at].bare
    return len(bare) >= 2 and not bare.strip("-_=*~—– ")


def _rule_above(lines: Sequence[Line], at: int) -> int:
    """A rule of dashes or underscores just above belongs to what it separates; stars close something else."""
    above = previous_visible(lines, at)
    near = above >= at - 3 and _is_rule(lines, above)
    return above if near and not lines[above].bare.startswith("*") else at


def header_block_end(lines: Sequence[Line], at: int, needed: int = HEADERS_NEEDED) -> int | None:
    """The line after a block of at least `needed` translated mail headers that begins at `at`, else None.

    Values may be wrapped over two lines and single blank lines may lie between (HTML turned into text).
    """
    if not header_name(lines[at]):
        return None
    names: set[str] = set()
    end, foreign = at, 0
    for index in range(at, min(len(lines), at + HEADER_BLOCK_LINES)):
        name = header_name(lines[index])
        if name and name not in names:
            names.add(name)
            end, foreign = index + 1, 0
        elif name or foreign == 2 or lines[index].marked:
            break
        else:
            foreign += 1
    if len(names) < needed or not any("author" in HEADER_KINDS[name] for name in names):
        return None
    text = " ".join(line.bare for line in lines[at:end]).lower()
    return end if _ADDRESS.search(text) or _TIME.search(text) else None


def header_name(line: Line) -> str:
    """The translated header name that begins the line, lower case, "" when there is none."""
    if ":" not in line.bare and "：" not in line.bare:
        return ""
    head, colon, _value = line.bare[: HEADER_NAME_CHARACTERS + 8].replace("：", ":").partition(":")
    name = head.strip(" *_>|\t\u00a0").lower()
    return name if colon and name in HEADER_KINDS else ""


# --- attribution lines -------------------------------------------------------------------------------------------


def _attributions(lines: Sequence[Line]) -> dict[int, int]:
    """First line -> line after the last, of every attribution."""
    found: dict[int, int] = {}
    floor, tried = 0, 0
    for at, line in enumerate(lines):
        if line.blank or line.bare[-1] in _SENTENCE_ENDS or not _may_end(lines, at, line):
            continue
        tried += 1
        if tried > ATTRIBUTIONS_TRIED:
            break
        below = next_visible(lines, at + 1) if at + 1 < len(lines) else len(lines)
        followed = below < len(lines) and below <= at + 4 and lines[below].marked
        start = _attribution_start(lines, at, floor, followed)
        if start is not None:
            found[start] = floor = at + 1
    return found


def _may_end(lines: Sequence[Line], at: int, line: Line) -> bool:
    if line.marked:
        return _ends_wrapped(lines, at, line)
    last = line.bare[-2:]
    if last.isalnum():
        return last.lower() in _WROTE_LAST and line.bare.lower().endswith(_WROTE_ENDS)
    tail = line.bare.rstrip("*_ -…")
    if tail.endswith(_COLONS):
        return True
    if tail.endswith(">"):
        return bool(_DATE_AT_ONCE.match(line.bare))
    return tail[-2:].lower() in _WROTE_LAST and tail.lower().endswith(_WROTE_ENDS)


def _ends_wrapped(lines: Sequence[Line], at: int, line: Line) -> bool:
    """`>:` or `> wrote:` that closes an address begun above: the wrap of a program, not a quote mark."""
    if not line.bare.endswith(_COLONS) or not _WRAPPED_END.match(line.raw):
        return False
    above = " ".join([line.bare for line in lines[max(0, at - 3) : at]])
    return above.count("<") > above.count(">")


def _attribution_start(lines: Sequence[Line], end: int, floor: int, followed: bool) -> int | None:
    """The first line of the attribution that ends with line `end`.

    The shortest run of lines that says who and when wins, if its first line says a part of it; else the shortest
    that fits.
    """
    fallback: int | None = None
    parts: list[str] = []
    blanks = 0
    for start in range(end, max(floor, end - SPLIT_ATTRIBUTION_LINES + 1) - 1, -1):
        line = lines[start]
        blanks += line.blank
        parts.insert(0, line.bare)
        joined = " ".join(part for part in parts if part).strip("- *_")
        if (line.marked and start != end) or blanks > 1 or len(joined) > ATTRIBUTION_CHARACTERS:
            break
        long = blanks > 0 or len(parts) > ATTRIBUTION_LINES
        if line.blank or not _is_attribution(joined, followed) or (long and not _LEAD.match(joined.lower())):
            continue
        if _is_whole(joined, line):
            return _wrapped_above(lines, start, floor, joined)
        if not long and (fallback is None or (start == end - 1 and _ANGLE_ADDRESS.search(line.bare))):
            fallback = start
    return fallback if fallback is None else _wrapped_above(lines, fallback, floor, lines[fallback].bare)


def _is_whole(joined: str, first: Line) -> bool:
    """True when the lines name author and time, and the first of them begins with a date or names the author."""
    if not _is_date(joined) or not (_ADDRESS.search(joined) or _says_wrote(joined.lower())):
        return False
    begins = first.bare.strip("- *_")
    return bool(_DATE_FIRST.match(begins) or _ADDRESS.search(begins)) or _says_wrote(begins.lower())


def _wrapped_above(lines: Sequence[Line], start: int, floor: int, joined: str) -> int:
    """`start`, or the line above it when the attribution found begins in the middle of a name or a date."""
    above = lines[start - 1] if start > floor else None
    if above is None or above.blank or above.marked or len(above.bare) > 100:
        return start
    cut_name = joined.startswith("<") and not above.bare.endswith((".", "!", "?", ":"))
    cut_name = cut_name or above.bare.endswith("<")
    named_above = bool(_ANGLE_ADDRESS.search(above.bare)) and not _ADDRESS.search(joined)
    cut_address = named_above and (above.bare.endswith(">") or not _LEAD.match(joined.lower()))
    cut_date = not _has_day(joined) and _has_day(above.bare) and bool(_DATE_FIRST.match(above.bare))
    return start - 1 if cut_name or cut_address or cut_date else start


def _has_day(text: str) -> bool:
    return bool(_DAY.search(text) or _YEAR.search(text))


def _is_attribution(joined: str, followed: bool) -> bool:
    """True when the joined lines announce a quotation; with a `>` line below (`followed`) less is asked of them."""
    if len(joined) < ATTRIBUTION_SHORTEST:
        return False
    text = joined.lower()
    address = _ADDRESS.search(text) is not None
    dated = _is_date(text)
    if text.rstrip("*_ ").endswith(_COLONS):
        if followed and _names_source(text, dated, address):
            return True
        if followed:
            return (dated or address or len(text) <= 120) and _says_wrote(text)
        named = _ANGLE_ADDRESS.search(text) is not None
        if dated:
            return named or _says_wrote(text)
        return named and _says_wrote(text)
    if text.rstrip("*_ -…").endswith(_WROTE_ENDS):
        return dated and (address or bool(_DATE_FIRST.match(joined)))
    return len(text) <= 160 and text.endswith(">") and address and bool(_DATE_AT_ONCE.match(joined))


def _says_wrote(text: str) -> bool:
    """Whether one of the verbs stands in a text in lower case."""
    return (_ASCII_WROTE if text.isascii() else _WROTE).search(text) is not None


def _names_source(text: str, dated: bool, address: bool) -> bool:
    return len(text) <= 200 and (address or (dated and bool(_DATE_FIRST.match(text))))


def _is_date(text: str) -> bool:
    """A time of day, a numeric date, or a year with another number: "in 2019 he wrote:" is no attribution."""
    if _TIME.search(text) or _DAY.search(text):
        return True
    return _YEAR.search(text) is not None and len(_NUMBER.findall(text)) > 1
