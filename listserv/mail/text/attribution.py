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
from listserv.mail.text.languages import HEADER_KINDS, LEADS, ORIGINAL, WROTE
from listserv.mail.text.reply_above import replies_above

ATTRIBUTION_LINES = 4
SPLIT_ATTRIBUTION_LINES = 6  # with one blank line inside, only after a leading "On 31 Mar"
ATTRIBUTION_CHARACTERS = 500
ATTRIBUTION_SHORTEST = 8
ATTRIBUTIONS_TRIED = 2_000
HEADER_BLOCK_LINES = 16
HEADERS_NEEDED = 3
AUTHOR_LATEST = 1  # headers above the author's; "Nā: Mere" closes a notice
BLOCK_SHORTEST = 3
HEADER_NAME_CHARACTERS = 32

_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_COLONS = (":", "：")
_AT_SIGN = re.compile(r"[\w>]@\w")
_SPELT_AT = re.compile(r"\w at \w[\w-]{0,62}\.\w")
_ANGLE_ADDRESS = re.compile(r"[<(\[]\s?[^<>()\[\]]{1,120}@[^<>()\[\]]{1,120}[>)\]]|&lt;[^&]{1,120}@")
# Each begins with what it begins with, and only then looks back: so it is tried at digits and not at every letter.
_TIME_REST = r"(?<!\d\d)\d?\s?[:.h]\s?\d{2}(?!\d)|\s?[時时点시]|\s?(?:am|pm)\b"
_DAY_REST = (
    r"(?<!\d\d)(?:\d?[./-]\s?\d{1,2}[./-]\s?\d{2,4}(?!\d)|\d{3}[./-]\s?\d{1,2}[./-]\s?\d{1,2})|\s?[年月日년월일]"
)
_TIME = re.compile(rf"\d(?:{_TIME_REST})")
_DAY = re.compile(rf"\d(?:{_DAY_REST})")
_TIME_OR_DAY = re.compile(rf"\d(?:{_TIME_REST}|{_DAY_REST})")
_YEAR = re.compile(r"(?:19|20)(?<!\d\d\d)\d\d(?!\d)")
_DIGIT_OR_AT = re.compile(r"[\d@]")
_NUMBER = re.compile(r"\d+")
_HALF_OF_DAY = re.compile(r"\b[AaPp]\.?[Mm]\b\.?")
# Behind the date a comma, and then nobody of whom is only told: "a parent", "she", "ka tuhi ngā tamariki".
_SMALL_NAME = re.compile(
    r"\s?,(?!\s?(?:an?|the|one|some|my|our|his|her|their|this|another|s?he|they|we|i|it)\s"
    r"|\s?(?:\S{1,20}\s){0,2}(?:ngā|te|he|ētahi)\s)"
)
_DATE_FIRST = re.compile(r"\W{0,3}(?:[^\W\d_]{1,14}[.,،׳’']{0,2}[\s-]){0,4}(?:[在于於]\s?)?\d")
_DATE_AT_ONCE = re.compile(r"(?:\d{4}[/-]\d{1,2}[/-]\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4})\b")
WRAPPED_END_CHARACTERS = 45  # what the next can match, without white space around it
_WRAPPED_END = re.compile(r"[ \t]{0,3}>\s?(?:\S{1,20}\s?){0,2}[:：]\s*$")
_DASHES = "-_=*~—–> \t.:•"


def _wrote_pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Spaced scripts need word borders; in Chinese, Japanese and Korean the verb is glued to the name.

    Tells only whether one is there. By first letters, so that it is tried at those and not at every letter.
    """
    spaced: dict[str, list[str]] = {}
    glued = []
    for word in sorted(words):
        if _CJK.search(word):
            glued.append(re.escape(word))
        else:
            spaced.setdefault(re.escape(word[0]), []).append(re.escape(word[1:]))
    bordered = (rf"{first}(?<!\w\w)(?:{'|'.join(rests)})(?!\w)" for first, rests in spaced.items())
    return re.compile("|".join([*bordered, *glued]))


_WROTE = _wrote_pattern(WROTE)
_ASCII_WROTE = _wrote_pattern(word for word in WROTE if word.isascii())
_WROTE_ENDS = tuple(sorted(WROTE))
_WROTE_LAST = frozenset(word[-2:] for word in WROTE)  # asked first: hardly any line ends like one of those words
_MAY_BE_LAST = frozenset(":>*_ -").union(word[-1] for word in WROTE)
_NEVER_LAST = frozenset({"", *(chr(sign) for sign in range(128) if chr(sign).lower() not in _MAY_BE_LAST)})
_LEAD = re.compile(rf"(?:{'|'.join(re.escape(lead) for lead in sorted(LEADS, key=len, reverse=True))})\s")
_ORIGINAL_FIRST = frozenset(phrase.partition(" ")[0] for phrase in ORIGINAL)
_ORIGINAL_BEGINS = tuple(f"{phrase} " for phrase in sorted(ORIGINAL))


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
    unmarked = [
        (at, bare) for at, (_, bare, marked, _) in enumerate(lines) if not marked and len(bare) >= BLOCK_SHORTEST
    ]
    above, blocks = replies_above(unmarked), _may_begin_blocks(unmarked)
    found: list[Opening] = []
    end = 0
    for at in sorted({*above, *blocks, *attributions}):
        if at < end:
            continue
        opening = Opening(at, at + 1, "header_block", final=True) if at in above else None
        if opening is None and at in blocks:
            opening = _block_at(lines, at)
        if opening is None and at in attributions:
            opening = Opening(at, attributions[at], "attribution")
        if opening is not None:
            found.append(opening)
            end = opening.end
    return found


def _may_begin_blocks(unmarked: Sequence[tuple[int, str]]) -> set[int]:
    """The few lines with a colon, as behind the name of a header, or with the first word of a title."""
    return {at for at, bare in unmarked if ":" in bare or "：" in bare or _first_word(bare) in _ORIGINAL_FIRST}


def _block_at(lines: Sequence[Line], at: int) -> Opening | None:
    titled = _title(lines, at)
    if titled is not None:
        return titled
    end = header_block_end(lines, at)
    return None if end is None else Opening(_rule_above(lines, at), end, "header_block")


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
    if _first_word(bare) not in _ORIGINAL_FIRST:
        return None
    core = bare.strip(_DASHES).lower()
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


def _first_word(bare: str) -> str:
    return bare.strip(_DASHES).partition(" ")[0].lower()


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
    authored = _author_at(lines[at:end])
    if len(names) < needed or authored is None or (needed == HEADERS_NEEDED and authored > AUTHOR_LATEST):
        return None
    text = " ".join(line.bare for line in lines[at:end]).lower()
    return end if _has_address(text) or (_TIME.search(text) and _has_day(text)) else None


def _author_at(block: Sequence[Line]) -> int | None:
    """How many headers stand above the author's, None without one: "From: 3.30 pm" is the notice of a meeting."""
    above = 0
    for line in block:
        name = header_name(line)
        if "author" in HEADER_KINDS.get(name, ()):
            value = line.bare.replace("：", ":").partition(":")[2].strip(" *_")
            if not value[:1].isdigit() or "@" in value:
                return above
        above += bool(name)
    return None


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
    ends = [
        at
        for at, (_, bare, marked, _) in enumerate(lines)
        if (bare[-1:] in _COLONS if marked else bare[-1:] not in _NEVER_LAST)
    ]
    for at in ends:
        if not _may_end(lines, at, lines[at]):
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
    if len(line.bare) > WRAPPED_END_CHARACTERS or not _WRAPPED_END.match(line.raw):
        return False
    above = " ".join([line.bare for line in lines[max(0, at - 3) : at]])
    return above.count("<") > above.count(">")


def _attribution_start(lines: Sequence[Line], end: int, floor: int, followed: bool) -> int | None:
    """The first line of the attribution that ends with line `end`.

    The shortest run of lines that says who and when wins, if its first line says a part of it; else the shortest
    that fits.
    """
    first = max(floor, end - SPLIT_ATTRIBUTION_LINES + 1)
    if not followed and not any(_DIGIT_OR_AT.search(line.bare) for line in lines[first : end + 1]):
        return None  # neither a date nor an address
    fallback: int | None = None
    parts: list[str] = []
    blanks = 0
    for start in range(end, first - 1, -1):
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
    if not _is_date(joined) or not (_has_address(joined) or _says_wrote(joined.lower())):
        return False
    begins = first.bare.strip("- *_")
    return _DATE_FIRST.match(begins) is not None or _has_address(begins) or _says_wrote(begins.lower())


def _wrapped_above(lines: Sequence[Line], start: int, floor: int, joined: str) -> int:
    """`start`, or the line above it when the attribution found begins in the middle of a name or a date."""
    above = lines[start - 1] if start > floor else None
    if above is None or above.blank or above.marked or len(above.bare) > 100:
        return start
    cut_name = joined.startswith("<") and not above.bare.endswith((".", "!", "?", ":"))
    cut_name = cut_name or above.bare.endswith("<")
    named_above = bool(_ANGLE_ADDRESS.search(above.bare)) and not _has_address(joined)
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
    if text.rstrip("*_ ").endswith(_COLONS):
        return _announces_marked(text) if followed else _announces(text, joined)
    if text.rstrip("*_ -…").endswith(_WROTE_ENDS):
        return _is_date(text) and (_has_address(text) or bool(_DATE_FIRST.match(joined)))
    return len(text) <= 160 and text.endswith(">") and bool(_DATE_AT_ONCE.match(joined)) and _has_address(text)


def _announces_marked(text: str) -> bool:
    """Of a text in lower case with a colon and a `>` line below: who or when, or a verb."""
    if len(text) <= 200 and (_has_address(text) or (bool(_DATE_FIRST.match(text)) and _is_date(text))):
        return True
    return _says_wrote(text) and (len(text) <= 120 or _has_address(text) or _is_date(text))


def _announces(text: str, joined: str) -> bool:
    """Of a text in lower case, and as it was, with a colon: two of who, a verb and when."""
    if "@" in text and _ANGLE_ADDRESS.search(text):
        return _is_date(text) or _says_wrote(text)
    # "At 9:30 each morning my class writes:" is prose.
    return _is_date(text) and _has_day(text) and _says_wrote(text) and _may_name(joined)


def _may_name(joined: str) -> bool:
    """Whether the words behind the date may be a name: "On 4 May 2026 at 10.30 am a parent wrote:" is prose.

    Some write their names small, and most alphabets have no capitals.
    """
    head, *_, tail = _NUMBER.split(joined)
    who = _HALF_OF_DAY.sub("", tail)
    is_small = who != who.upper() and all(letter.islower() for letter in who if letter.isalpha())
    is_name = not is_small or _SMALL_NAME.match(who) is not None
    return is_name or "@" in who or "you " in who or _says_wrote(head.lower())


def _has_address(text: str) -> bool:
    """Whether an address stands in a text, or what stands for one that an archive hides."""
    if "@" in text and _AT_SIGN.search(text):
        return True
    if " at " in text and _SPELT_AT.search(text):
        return True
    return "mailto:" in text or "[hidden email]" in text or "[email protected]" in text


def _says_wrote(text: str) -> bool:
    """Whether one of the verbs stands in a text in lower case."""
    return (_ASCII_WROTE if text.isascii() else _WROTE).search(text) is not None


def _is_date(text: str) -> bool:
    """A time of day, a numeric date, or a year with another number: "in 2019 he wrote:" is no attribution."""
    if _TIME_OR_DAY.search(text):
        return True
    may_name_year = "19" in text or "20" in text
    return may_name_year and _YEAR.search(text) is not None and len(_NUMBER.findall(text)) > 1
