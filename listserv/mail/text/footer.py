"""What programs on the way add to a post: footers of lists, notes of confidentiality, banners of gateways.

Each function is given a range of lines and answers where such a block begins (or ends); it never looks at more than
`BLOCK_LINES` lines from the edge, and whoever calls decides what to do with the lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from listserv.mail.footermark import RULE
from listserv.mail.text.attribution import header_name
from listserv.mail.text.body_lines import Line, next_visible
from listserv.mail.text.phrases import Phrases
from listserv.mail.text.sign_offs import (
    BANNER_WORDS,
    BANNERS,
    CAUTIONS,
    CONFIDENTIALITY,
    LIST_FOOTERS,
    MAIL_WORDS,
    WARNINGS,
)

BLOCK_LINES = 60
FOOTER_LINES = 16
FOOTER_LEAD_LINES = 4
BANNER_LINES = 5

_CONFIDENTIALITY = Phrases(CONFIDENTIALITY)
_CAUTION = Phrases(CAUTIONS)
_LIST_FOOTER = Phrases(LIST_FOOTERS)
_BANNER_WORD = Phrases(BANNER_WORDS)
_MAIL_WORD = Phrases(MAIL_WORDS)
_LIST_NAME = re.compile(r"[^\s@]{1,60} mailing list(?:\s|$|,)[^.?!]{0,3}\S{0,120}$")
_OUTSIDE = re.compile(
    r"originate[ds]? (?:from )?outside|from outside|external|extern[ea]?\b|untrusted|i waho|nō waho|dehors|fuera de"
)
_AT_SIGN = re.compile(r"\w@\w")
_SPELT_AT = re.compile(r" at \w+\.\w")
_OWN_MARK = RULE + " "
_RULE_CHARACTERS = "-_=*~#—– "
_SIGNS = "[(!⚠❗‼\ufe0f "  # before a banner's first word
_RULE_ENDS = frozenset(_RULE_CHARACTERS)


def is_rule(line: Line) -> bool:
    """True for a line of dashes, underscores, stars and the like."""
    return len(line.bare) >= 2 and not line.bare.strip(_RULE_CHARACTERS)


def own_footers(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """The ranges of footers that this house put under copies: from their mark to the next blank line."""
    found: list[tuple[int, int]] = []
    for at, (_, bare, marked, _) in enumerate(lines):
        if bare[:1] == "_" and bare.startswith(_OWN_MARK) and not marked:
            below = range(at, min(len(lines), at + FOOTER_LINES))
            found.append((at, next((end for end in below if lines[end].blank), below.stop)))
    return found


def list_footer_start(lines: Sequence[Line], start: int, end: int) -> int | None:
    """Where the footer of a list begins that closes the visible lines [start, end), else None.

    It is a short block that names a list or a way to leave it, with an address or a link, under a rule or a blank line.
    """
    visible = 0
    for at in range(end - 1, max(start, end - 2 * FOOTER_LINES) - 1, -1):
        line = lines[at]
        visible += not line.blank
        if visible > FOOTER_LINES:
            return None
        if line.bare[-1:] in _RULE_ENDS and is_rule(line) and _is_list_footer(lines[at + 1 : end]):
            return at if _names_list_at_once(lines, at + 1, end) else None
    paragraph = paragraph_start(lines, start, end)
    short = end - paragraph <= FOOTER_LINES // 2
    block = lines[paragraph:end]
    return paragraph if short and _is_list_footer(block) and any(map(_says_footer, block)) else None


def _says_footer(line: Line) -> bool:
    """Prose may name a list; without a rule above, one line must begin as footers do or be the list's name alone."""
    text = line.bare.strip("*_|- ").lower()
    return text.startswith(LIST_FOOTERS) or _LIST_NAME.match(text) is not None


def _names_list_at_once(lines: Sequence[Line], start: int, end: int) -> bool:
    """A rule may stand above a quoted post too, which has the footer below it."""
    first = [line for line in lines[start:end] if not line.blank][:FOOTER_LEAD_LINES]
    text = "\n".join(line.bare for line in first).lower()
    return _LIST_FOOTER.stand_in(text) and not header_name(first[0])


def _is_list_footer(block: Sequence[Line]) -> bool:
    text = "\n".join([line.bare for line in block]).lower()
    return _is_reachable(text) and _LIST_FOOTER.stand_in(text)


def _is_reachable(text: str) -> bool:
    """Whether an address or a link stands in a text in lower case."""
    if "://" in text or "www." in text or "mailto:" in text:
        return True
    return ("@" in text and bool(_AT_SIGN.search(text))) or (" at " in text and bool(_SPELT_AT.search(text)))


def confidentiality_start(lines: Sequence[Line], start: int, end: int, *, seen: bool) -> int | None:
    """Where a note of confidentiality begins that closes [start, end), else None; `seen`: another was found below it.

    Between two rules one phrase is enough, under one rule or beside another note two or a telling one; alone it takes a
    telling phrase and a second one and speaks of mail, because authors write about viruses, mistakes and secrets too.
    """
    closed = is_rule(lines[end - 1])
    if closed or _rule_below(lines, end):
        ruled_start = _ruled_note(lines, start, end, needed=1 if closed or seen else 2)
        if ruled_start is not None:
            return ruled_start
    paragraph = paragraph_start(lines, start, end)
    above = _last_visible(lines, start, paragraph)
    ruled = above >= start and is_rule(lines[above])
    return (above if ruled else paragraph) if _is_note(lines[paragraph:end], beside=ruled or seen) else None


def _is_note(block: Sequence[Line], *, beside: bool) -> bool:
    text = _small(block)
    telling = len(_CONFIDENTIALITY.found_in(text))
    if not beside and not (telling and _MAIL_WORD.stand_in(text)):
        return False
    phrases = telling + len(_CAUTION.found_in(text))
    return phrases > 1 or (beside and telling > 0)


def _ruled_note(lines: Sequence[Line], start: int, end: int, needed: int) -> int | None:
    for at in range(end - 2, max(start, end - BLOCK_LINES) - 1, -1):
        if is_rule(lines[at]):
            text = _small(lines[at:end])
            phrases = len(_CONFIDENTIALITY.found_in(text)) + len(_CAUTION.found_in(text))
            return at if phrases >= needed else None
    return None


def _rule_below(lines: Sequence[Line], end: int) -> bool:
    """One rule may close a note and open the next."""
    below = next_visible(lines, end)
    return below < len(lines) and is_rule(lines[below])


def _small(block: Sequence[Line]) -> str:
    return " ".join([line.raw[:2000] for line in block]).lower()


def paragraph_start(lines: Sequence[Line], start: int, end: int) -> int:
    """The first line of the paragraph that ends before `end`, at most `BLOCK_LINES` above it; a rule ends it too."""
    at = end
    while at > max(start, end - BLOCK_LINES) and not lines[at - 1].blank and not is_rule(lines[at - 1]):
        at -= 1
    return at


def _last_visible(lines: Sequence[Line], start: int, end: int) -> int:
    at = end - 1
    while at >= max(start, end - FOOTER_LINES) and lines[at].blank:
        at -= 1
    return at


def banner_end(lines: Sequence[Line], start: int) -> int | None:
    """The line after a gateway's banner that begins at the visible line `start`, else None."""
    first = lines[start].bare.strip("*_|~- ").lower()
    opening = " ".join(line.bare for line in lines[start : start + 2]).lower()
    if not _begins_banner(first, lines[start].bare, opening):
        return None
    if first not in BANNERS and len(_BANNER_WORD.found_in(opening)) < 2:
        return None
    at = start + 1
    while at < len(lines) and at < start + BANNER_LINES and _goes_on(lines[at - 1], lines[at]):
        at += 1
    return at


def _begins_banner(first: str, bare: str, opening: str) -> bool:
    """A fixed beginning, or a warning about mail from outside: authors warn of links and visits from outside."""
    if first.startswith(BANNERS) or first.lstrip(_SIGNS).startswith(BANNERS):
        return True
    warns = first.startswith(WARNINGS) or bare[:2] in ("**", "--", "==")
    return warns and _OUTSIDE.search(opening) is not None and _MAIL_WORD.stand_in(opening)


def _goes_on(above: Line, line: Line) -> bool:
    """A banner's next line carries on a sentence or its vocabulary; after a closed sentence own text may follow."""
    if line.blank or line.marked or above.bare.endswith("]"):
        return False
    closed = above.bare.endswith((".", "!"))
    return _BANNER_WORD.stand_in(line.bare.lower()) if closed else len(above.bare) > 40
