"""A post's own text apart from quotation, signature, footer and banner.

`split_own` only labels lines: what it recognises is folded by whoever shows the post, never deleted. Evidence,
strongest first: text repeated from an ancestor post, the marks of the mail program's HTML, quote marks, and what
announces a quotation. Everything is linear in the body; nothing is ever thrown away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import islice

from listserv.mail.mime import Part
from listserv.mail.parse import Message
from listserv.mail.text import footer, signature
from listserv.mail.text.attribution import Opening, marked_attribution_end, openings
from listserv.mail.text.body_lines import (
    Line,
    is_elision,
    next_visible,
    paragraphs,
    previous_visible,
    split_lines,
)
from listserv.mail.text.greeting import only_greets
from listserv.mail.text.html_marks import QUOTATION_NAMES
from listserv.mail.text.html_quote import HtmlLabel, html_labels, may_tell
from listserv.mail.text.html_text import html_to_text
from listserv.mail.text.page import Page
from listserv.mail.text.pieces import Kind, Pieces, pieces_of
from listserv.mail.text.repeated import (
    PASSAGE_WORDS,
    RUN_WORDS,
    KnownText,
    KnownWords,
    LineWords,
    Share,
)

REPEATED = 0.8
UNREPEATED = 0.34
TAIL_BLOCKS = 60
WRAPPED_CHARACTERS = 60
QUOTATION_OCTETS = 200_000
QUOTATION_PARTS = 4

_TEXT_TYPES = ("text/plain", "text/html")
_QUOTE_LINE = re.compile(rb"(?:^|\n)[ \t]{0,3}>(?!>{0,9}From )")
_HTML_QUOTES = tuple(name.encode() for name in QUOTATION_NAMES if name != "border-top")


_Tail = tuple[int, Kind, bool]  # where it begins, what it is, whether it is sure


def split_own(
    body_text: str,
    html: str | Page | None = None,
    ancestors: Sequence[str] = (),
    *,
    footers: Sequence[str] = (),
    never_empty: bool = True,
) -> Pieces:
    """The body as pieces in order.

    `html` is the HTML that came with it, `ancestors` the bodies of the posts it may answer, nearest first, `footers`
    texts the list itself adds to copies. `never_empty`: of a body that only quotes, something is own all the same.
    """
    reading = _Reading(split_lines(body_text), footers)
    reading.mark_armour()
    reading.mark_footers()
    reading.mark_positions()
    if html:
        reading.weigh_html(html if isinstance(html, Page) else Page(html))
    if ancestors:
        reading.weigh_ancestors(ancestors)
    reading.mark_edges()
    if never_empty:
        reading.keep_something()
    return pieces_of(reading.lines, reading.kinds)


def has_quotation(message: Message) -> bool:
    """True when a message quotes or forwards anything: what tells a renamed reply from a new conversation.

    The octets are asked first; only a body without quote marks and HTML marks is decoded.
    """
    texts = (part for part in message.root.walk() if part.content_type in _TEXT_TYPES and not part.filename)
    parts = list(islice(texts, QUOTATION_PARTS))
    return any(_shows_quotation(part) for part in parts) or _announces_quotation(parts)


def _shows_quotation(part: Part) -> bool:
    octets = part.decoded()[:QUOTATION_OCTETS]
    if part.content_type == "text/html":
        page = octets.lower()
        return any(name in page for name in _HTML_QUOTES)
    return _QUOTE_LINE.search(octets) is not None


def _announces_quotation(parts: Sequence[Part]) -> bool:
    """Of all together the beginning is read: many pages take no longer than one."""
    left = QUOTATION_OCTETS
    for part in parts:
        written = part.text()[:left]
        left -= len(written)
        lines = split_lines(written if part.content_type == "text/plain" else html_to_text(written).text)
        if any(line.marked for line in lines) or openings(lines):
            return True
    return False


class _Reading:
    """The lines of a body and what is thought of each so far."""

    def __init__(self, lines: list[Line], known_footers: Sequence[str]) -> None:
        self.lines = lines
        self.kinds: list[Kind] = ["own"] * len(lines)
        self.below = bytearray(len(lines))  # 1: a quotation only by its place under an announcement
        self.known_footers = known_footers
        self.signed: list[HtmlLabel | None] = [None] * len(lines)

    @cached_property
    def words(self) -> LineWords:
        """The words of all lines; most bodies are told apart without them."""
        return LineWords(self.lines)

    def paint(self, start: int, end: int, kind: Kind) -> None:
        """Lines [start, end) are of `kind`, for a better reason than their place."""
        self.kinds[start:end] = [kind] * (end - start)
        self.below[start:end] = bytes(end - start)

    # --- by place

    def mark_armour(self) -> None:
        """What OpenPGP puts around a text that is signed inline."""
        headers, signatures = signature.armour(self.lines)
        for start, end in headers:
            self.paint(start, end, "banner")
        for start, end in signatures:
            self.paint(start, end, "signature")

    def mark_footers(self) -> None:
        """Our own footers anywhere; footers of other lists at the end of the body, whatever they stand under."""
        for start, end in footer.own_footers(self.lines):
            self.paint(start, end, "footer")
        end = len(self.lines)
        for _ in range(TAIL_BLOCKS):
            while end and (self.lines[end - 1].blank or self.kinds[end - 1] == "footer"):
                end -= 1
            if not end or self.lines[end - 1].marked:
                return
            known = signature.repeated_start(self.lines, 0, end, self.known_footers)
            top = known if known is not None else footer.list_footer_start(self.lines, 0, end)
            if top is None or (end - top == 1 and known is None and only_greets(self.lines[:top])):
                return  # one line below a greeting is the message
            self.paint(top, end, "footer")
            end = top

    def mark_positions(self) -> None:
        """Quote marks, what announces a quotation, and the unmarked text below an announcement."""
        starts = {opening.start: opening for opening in openings(self.lines)}
        at, below, own_above = 0, False, False
        while at < len(self.lines):
            opening = starts.get(at)
            if self.kinds[at] != "own":
                at += 1
            elif opening is not None:
                self.paint(at, opening.end, opening.kind)
                below = below or self._covers_rest(opening)
                at = opening.end
            elif self.lines[at].marked:
                at = self._mark_quotation(at)
            else:
                below = below or (self._is_lone_advert(at) and own_above and signature.is_outlook(self.lines[at]))
                if below and self.kinds[at] == "own":
                    self.kinds[at] = "quote"
                    self.below[at] = 1
                own_above = own_above or (self.kinds[at] == "own" and not self.lines[at].blank)
                at += 1
        self._mark_wrapped()

    def _mark_quotation(self, at: int) -> int:
        """Paints the marked lines from `at` on and gives the line after them."""
        end = marked_attribution_end(self.lines, at)
        if end is not None:
            self.paint(at, end, "attribution")
            at = end
        while at < len(self.lines) and self.lines[at].marked:
            self.kinds[at] = "quote"
            at += 1
        return at

    def _is_lone_advert(self, at: int) -> bool:
        """Paints an advert between blank lines. Below Outlook's, under own text, only a quotation is left."""
        line = self.lines[at]
        if line.blank or not (at == 0 or self.lines[at - 1].blank):
            return False
        if not (at + 1 == len(self.lines) or self.lines[at + 1].blank) or not signature.is_advert(line):
            return False
        self.paint(at, at + 1, "signature")
        return True

    def _covers_rest(self, opening: Opening) -> bool:
        """True when the lines under the announcement carry no quote marks, so that only their place tells."""
        first = next_visible(self.lines, opening.end)
        while first < len(self.lines) and is_elision(self.lines[first].bare):
            self.kinds[first] = "quote"
            first = next_visible(self.lines, first + 1)
        return opening.final or first == len(self.lines) or not self.lines[first].marked

    def _mark_wrapped(self) -> None:
        """The end of a quoted line that a program wrapped without a quote mark: between two marked lines, going on."""
        for at in range(1, len(self.lines) - 1):
            if self.kinds[at] != "own" or not self.lines[at - 1].marked or not self.lines[at + 1].marked:
                continue
            above, line = self.lines[at - 1], self.lines[at]
            if len(above.raw) > WRAPPED_CHARACTERS and line.bare[:1].islower() and len(line.bare) < len(above.bare):
                self.kinds[at] = "quote"

    # --- by evidence

    def weigh_html(self, page: Page) -> None:
        """What the HTML marks as quoted or attributed is that, where the text has not said so already.

        What it marks as signature is only remembered for the edges: some write their whole post into that element.
        """
        if not may_tell(page, quotation_found=self._has("quote")):
            return
        self.signed = html_labels(page, self.lines, lambda: self.words)
        for at, label in enumerate(self.signed):
            if label in ("quote", "attribution") and self.kinds[at] == "own" and not self.lines[at].blank:
                self.kinds[at] = label

    def weigh_ancestors(self, ancestors: Sequence[str]) -> None:
        """Own paragraphs out of ancestors are quoted; lines below an announcement that repeat nothing are own."""
        own = self._runs([kind == "own" for kind in self.kinds])
        if self._may_repeat(KnownWords(ancestors), own):
            self._quote_repeated(ancestors, own)
        if 1 in self.below:
            shares = KnownText(ancestors).shares_of(self.words)
            for start, end in self._runs(self.below):
                self._own_unrepeated(shares, start, end)

    def _may_repeat(self, known: KnownWords, own: Sequence[tuple[int, int]]) -> bool:
        """Whether `_quote_repeated` could find anything: few paragraphs are made of an ancestor's words alone."""
        for start, end in own:
            words = 0
            for paragraph in paragraphs(self.lines, start, end):
                here = known.number_held(self.lines[paragraph.start : paragraph.stop])
                words = 0 if here is None else words + here
                if words >= PASSAGE_WORDS:
                    return True
        return False

    def _quote_repeated(self, ancestors: Sequence[str], own: Sequence[tuple[int, int]]) -> None:
        passages = KnownText(ancestors, PASSAGE_WORDS).shares_of(self.words)
        before = list(self.kinds)
        for start, end in own:
            self._quote_passages(passages, start, end)
        if not self._has("own"):
            self.kinds = before  # the post was sent twice, or is one's own once more: that is no quotation

    def _quote_passages(self, passages: Sequence[Share], start: int, end: int) -> None:
        """Whole paragraphs only: a new log, form or draft repeats parts of an older one, and is its author's own."""
        run: list[int] = []
        for paragraph in (*paragraphs(self.lines, start, end), range(0)):
            if paragraph and all(passages[at].repeated == passages[at].words for at in paragraph):
                run.extend(paragraph)
                continue
            if sum(passages[at].repeated for at in run) >= PASSAGE_WORDS:
                for at in run:
                    self.kinds[at] = "quote"
            run = []

    def _own_unrepeated(self, shares: Sequence[Share], start: int, end: int) -> None:
        """Answers typed into a quotation without marks. The quotation itself must be known, or nothing can be said."""
        words = sum(shares[at].words for at in range(start, end))
        repeated = sum(shares[at].repeated for at in range(start, end))
        first = shares[start]
        if not (words and (repeated >= words / 2 or (first.words >= RUN_WORDS and first.part >= REPEATED))):
            return
        run: list[int] = []
        for at in [*range(start, end), end]:
            if at < end and (self.lines[at].blank or shares[at].part < UNREPEATED):
                run.append(at)
                continue
            answer = sum(shares[index].words for index in run)
            if answer >= 3 or (answer and self._is_asked(shares, run[0])):
                self._own(run)
            run = []

    def _is_asked(self, shares: Sequence[Share], at: int) -> bool:
        """Whether a quoted question stands just above a line: then a "Yes" is an answer, and no rest of a signature."""
        above = previous_visible(self.lines, at)
        return above >= 0 and shares[above].part >= REPEATED and self.lines[above].bare.endswith(("?", "？"))

    def _own(self, run: Sequence[int]) -> None:
        for at in run:
            self.kinds[at] = "own"
            self.below[at] = 0

    # --- edges of own text

    def mark_edges(self) -> None:
        """Banners above the own text; signatures, adverts, footers and notes under each part of it."""
        first = next_visible(self.lines, 0)
        while first < len(self.lines) and self.kinds[first] == "own":
            end = footer.banner_end(self.lines, first)
            if end is None:
                break
            self.paint(first, end, "banner")
            first = next_visible(self.lines, end)
        first_run = True
        for start, end in self._runs([kind == "own" for kind in self.kinds]):
            self._mark_tail(start, end, first_run)
            first_run = False

    def _mark_tail(self, start: int, end: int, first_run: bool) -> None:
        noted = False
        for _ in range(TAIL_BLOCKS):
            end = self._visible_end(start, end)
            if end <= start:
                return
            found = self._sure_tail(start, end) or self._likely_tail(start, end, noted)
            if found is None or (first_run and not found[2] and only_greets(self.lines[start : found[0]])):
                return
            at, kind, _sure = found
            noted = noted or kind == "footer"
            self.paint(at, end, kind)
            end = at

    def _sure_tail(self, start: int, end: int) -> _Tail | None:
        """What a program added or the list knows."""
        if signature.is_advert(self.lines[end - 1]):
            return end - 1, "signature", True
        known = signature.repeated_start(self.lines, start, end, self.known_footers)
        if known is not None:
            return known, "footer", True
        listed = footer.list_footer_start(self.lines, start, end)
        if listed is not None:
            return listed, "footer", footer.is_rule(self.lines[listed])
        delimited = signature.delimited_start(self.lines, start, end)
        return None if delimited is None else (delimited, "signature", True)

    def _likely_tail(self, start: int, end: int, noted: bool) -> _Tail | None:
        """What reads like a signature or a note; it never takes all that stands above the first quotation."""
        note = footer.confidentiality_start(self.lines, start, end, seen=noted)
        if note is not None:
            return note, "footer", False
        contact = self._html_signature(start, end)
        contact = signature.contact_start(self.lines, start, end) if contact is None else contact
        return None if contact is None else (contact, "signature", False)

    def _html_signature(self, start: int, end: int) -> int | None:
        at = end
        while at > start and (self.lines[at - 1].blank or self.signed[at - 1] == "signature"):
            at -= 1
        at = next_visible(self.lines, at)
        return at if at < end and signature.is_contact_block(self.lines[at:end]) else None

    # --- never nothing

    def keep_something(self) -> None:
        """A body with visible text has own text: what stands first under an announcement, else everything."""
        if self._has("own"):
            return
        first = next((at for at, below in enumerate(self.below) if below and not self.lines[at].blank), None)
        if first is None:
            self.kinds = ["own"] * len(self.lines)
            return
        while first < len(self.lines) and self.kinds[first] == "quote":
            if self.below[first]:
                self.kinds[first] = "own"
            first += 1

    def _has(self, kind: Kind) -> bool:
        return any(found == kind and not line.blank for found, line in zip(self.kinds, self.lines, strict=True))

    # --- ranges

    def _visible_end(self, start: int, end: int) -> int:
        while end > start and self.lines[end - 1].blank:
            end -= 1
        return end

    def _runs(self, wanted: Sequence[int]) -> list[tuple[int, int]]:
        """Ranges of lines that are wanted, blank lines between them included."""
        runs: list[tuple[int, int]] = []
        start, inside = 0, False
        for at, is_wanted in enumerate(wanted):
            if is_wanted == inside or self.lines[at].blank:
                continue
            if inside:
                runs.append((start, at))
            start, inside = at, not inside
        return [*runs, (start, len(self.lines))] if inside else runs
