"""The signature under a post: `-- `, adverts of phones and programs, contact blocks, and what an author always repeats.

A closing ("Ngā mihi, Mere") belongs to what the author says; only the contact block below the name is folded. Each
function answers where a signature begins that closes the lines [start, end) and looks at a bounded number of lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from listserv.mail.text.body_lines import Line, next_visible, undecorated
from listserv.mail.text.sign_offs import CLOSINGS, DEVICES, MOBILE_BEGINS, MOBILE_ENDS

SIGNATURE_LINES = 25
CONTACT_LINES = 14
CONTACT_CHARACTERS = 120
CONTACT_WORDS = 12
ADVERT_CHARACTERS = 140
ARMOUR_HEADER_LINES = 6
ARMOUR_LINES = 60

_CLOSINGS = frozenset(CLOSINGS)
_MOBILE_FIRST = frozenset(phrase[:2] for phrase in MOBILE_BEGINS)  # asked first: few lines begin as those phrases do
_LINK = re.compile(r"<?\(?(?:https?://|mailto:)[^\s>)]{1,400}[>)]?")
_CONTACT = re.compile(
    r"(?<![\w./])(?:\+\d|\(\d|0\d)[\d ()-]{5,16}\d(?![\w/])|\w@\w|"
    r"\b(?:tel|phone|ph|mob|mobile|cell|fax|ddi|ext|direct|waea|tél|telefon)\b\W{0,4}\d"
)
_POSTSCRIPT = re.compile(r"p\.?\s?s\b", re.IGNORECASE)
# A name in bold, a picture: how web mail writes the first line of a signature into plain text.
_ADORNED = re.compile(r"\*[^*]{1,80}\*|\[[^\]]{1,80}\]")
_LISTED = re.compile(r"\[|\(?\d{1,3}[.)\]] |[-*$#>/+] ?\S|--")
_SIGNED, _SIGNATURE = "-----BEGIN PGP SIGNED MESSAGE-----", "-----BEGIN PGP SIGNATURE-----"
_SENTENCE_END = (".", "?", "!", ";")


def is_delimiter(line: Line) -> bool:
    """The signature delimiter `-- `, also where a program on the way took its blank (RFC 3676 §4.3)."""
    return line.bare == "--" and not line.marked


def delimited_start(lines: Sequence[Line], start: int, end: int) -> int | None:
    """The last `-- ` of [start, end) with at most `SIGNATURE_LINES` visible lines below it, else None."""
    visible = 0
    for at in range(end - 1, start - 1, -1):
        if is_delimiter(lines[at]) and not _parts_thoughts(lines, at, end):
            return at
        if lines[at].bare.startswith("-- "):
            return None  # a list of options or the log of a build, where "--" stands on lines of its own too
        visible += not lines[at].blank
        if visible > SIGNATURE_LINES or end - at > 4 * SIGNATURE_LINES:
            return None
    return None


def _parts_thoughts(lines: Sequence[Line], at: int, end: int) -> bool:
    """True for a `--` without its blank above prose: a rule drawn by hand between thoughts."""
    if lines[at].raw.rstrip("\r\n").endswith(" "):
        return False
    below = next_visible(lines, at + 1)
    return below < end and _is_prose(lines[below].bare) and not _ADORNED.fullmatch(lines[below].bare)


def armour(lines: Sequence[Line]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The ranges of OpenPGP headers and of OpenPGP signatures around cleartext (RFC 9580 §7)."""
    headers: list[tuple[int, int]] = []
    signatures: list[tuple[int, int]] = []
    bares = [line.bare for line in lines]
    if _SIGNED not in bares and _SIGNATURE not in bares:
        return [], []
    for at, bare in enumerate(bares):
        if bare == _SIGNED:
            below = range(at, min(len(lines), at + ARMOUR_HEADER_LINES))
            headers.append((at, next((end for end in below if lines[end].blank), at + 1)))
        elif bare == _SIGNATURE:
            below = range(at, min(len(lines), at + ARMOUR_LINES))
            ends = (end + 1 for end in below if lines[end].bare == "-----END PGP SIGNATURE-----")
            signatures.append((at, next(ends, at + 1)))
    return headers, signatures


def is_advert(line: Line) -> bool:
    """True for "Sent from my iPhone", "Get Outlook for iOS" and their like in the languages of the tables."""
    bare = line.bare
    if len(bare) > ADVERT_CHARACTERS * 4:
        return False
    bare = bare.replace("](", " ").replace("[", " ")
    bare = _LINK.sub(" ", bare) if "://" in bare or "mailto:" in bare else bare
    text = undecorated(" ".join(bare.split())).lower()
    if not text or len(text) > ADVERT_CHARACTERS:
        return False
    if text[:2] in _MOBILE_FIRST and text.startswith(MOBILE_BEGINS):
        return _names_device(text)
    return text.endswith(MOBILE_ENDS) and len(text) < 80 and _has_device(text)


def is_outlook(line: Line) -> bool:
    """True for the advert of Outlook on a phone, which stands between the answer and the quotation."""
    return "outlook" in line.bare.lower()


def _names_device(text: str) -> bool:
    """The device or program is named at once: "Sent from my desk, is much easier then my mobile phone" is prose."""
    head = text.split(",", maxsplit=1)[0]
    if text.startswith("sent from my ") and len(head.split()) <= 9 and not text.endswith((".", "?")):
        return True
    return _has_device(" ".join(head.split()[:14]))


def _has_device(text: str) -> bool:
    return any(device in text for device in DEVICES)


def contact_start(lines: Sequence[Line], start: int, end: int) -> int | None:
    """Where the contact block below a closing and a name begins, else None: the closing and the name stay own text."""
    closing = _closing_above(lines, start, end)
    if closing is None:
        return None
    below = [at for at in range(closing + 1, end) if not lines[at].blank]
    if len(below) < 3 or len(lines[below[0]].bare) > 60:
        return None
    reachable = any(_CONTACT.search(lines[at].bare.lower()) for at in below[1:])
    return below[1] if reachable and is_contact_block(lines[below[1] : end]) else None


def is_contact_block(block: Sequence[Line]) -> bool:
    """True for a short block of short lines without any prose."""
    visible = [line.bare for line in block if not line.blank]
    return 0 < len(visible) <= CONTACT_LINES and not any(map(_is_prose, visible))


def _is_prose(bare: str) -> bool:
    """True for what contact blocks do not hold: sentences, postscripts, footnotes, lists, output of programs."""
    if _LISTED.match(bare) or _POSTSCRIPT.match(bare) or bare.endswith((":", "?")) or len(bare) > CONTACT_CHARACTERS:
        return True
    words = len(bare.split())
    return words > CONTACT_WORDS or (words > 6 and bare.endswith((*_SENTENCE_END, ",")))


def _closing_above(lines: Sequence[Line], start: int, end: int) -> int | None:
    visible = 0
    for at in range(end - 1, max(start, end - 3 * CONTACT_LINES) - 1, -1):
        visible += not lines[at].blank
        if visible > CONTACT_LINES:
            return None
        if is_closing(lines[at]):
            return at
    return None


def is_closing(line: Line) -> bool:
    """True for a line that is a closing phrase alone: "Kind regards,", "Nāku noa, nā"."""
    return len(line.bare) <= 60 and undecorated(line.bare).rstrip(",.!-–—: ").lower() in _CLOSINGS


def repeated_start(lines: Sequence[Line], start: int, end: int, known: Sequence[str]) -> int | None:
    """Where a known footer (its visible lines, white space ignored) closes [start, end), else None."""
    for text in known:
        wanted = _visible_lines(text)
        first = _matches_end(lines, start, end, wanted) if wanted else None
        if first is not None:
            return first
    return None


def _matches_end(lines: Sequence[Line], start: int, end: int, wanted: Sequence[str]) -> int | None:
    at = end
    for expected in reversed(wanted):
        at -= 1
        while at >= start and lines[at].blank:
            at -= 1
        if at < start or _squeezed(lines[at].bare) != expected:
            return None
    return at


def _visible_lines(text: str) -> list[str]:
    squeezed = (_squeezed(line) for line in text[:20_000].split("\n"))
    return [line for line in squeezed if line]


def _squeezed(text: str) -> str:
    return " ".join(text.split())
