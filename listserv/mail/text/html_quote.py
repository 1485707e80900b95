"""What the HTML of a post says about the lines of its text.

A body's text is either the HTML rendered, then marks apply line by line, or the plain part that came with it; then
lines are matched by the words they share. The answer is evidence for `quote`, which decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from listserv.mail.text.body_lines import Line
from listserv.mail.text.html_marks import may_hold_quotation, may_hold_signature
from listserv.mail.text.html_text import HtmlText
from listserv.mail.text.page import Page
from listserv.mail.text.repeated import KnownText, LineWords, Share

HtmlLabel = Literal["quote", "attribution", "signature"]

MOSTLY = 0.8


def may_tell(page: Page, *, quotation_found: bool) -> bool:
    """Whether the HTML can add anything: quotations where the text showed none, or signatures."""
    return (not quotation_found and may_hold_quotation(page.lower)) or may_hold_signature(page.lower)


def html_labels(page: Page, lines: Sequence[Line], words: Callable[[], LineWords]) -> list[HtmlLabel | None]:
    """For each line of a body what its HTML says, None where it says nothing; `words` gives those of the lines."""
    rendered = page.rendered
    if not rendered.marks:
        return [None] * len(lines)
    labels = _labels(rendered)
    if rendered.text == "".join(line.raw for line in lines).rstrip():
        return (labels + [None] * len(lines))[: len(lines)]
    return _matched(rendered.text.split("\n"), labels, words())


def _labels(rendered: HtmlText) -> list[HtmlLabel | None]:
    """Quotations win over attributions, these over signatures; a container counts when no quotation lies in it."""
    labels: list[HtmlLabel | None] = [None] * (rendered.text.count("\n") + 1)
    quotes = [mark for mark in rendered.marks if mark.kind in ("quote", "below")]
    for kind in ("signature", "attribution"):
        for mark in rendered.marks:
            if mark.kind == kind:
                _paint(labels, mark.start, mark.end, "signature" if kind == "signature" else "attribution")
    for mark in rendered.marks:
        if mark.kind == "container" and not any(mark.start <= q.start < mark.end for q in quotes):
            quotes.append(mark)
    for mark in quotes:
        _paint(labels, mark.start, mark.end, "quote")
    return labels


def _paint(labels: list[HtmlLabel | None], start: int, end: int, label: HtmlLabel) -> None:
    for at in range(max(0, start), min(end, len(labels))):
        labels[at] = label


def _matched(html_lines: Sequence[str], labels: Sequence[HtmlLabel | None], lines: LineWords) -> list[HtmlLabel | None]:
    """A line is what the HTML lines are that hold most of its words, if they are of one kind."""
    quoted = _shares(html_lines, labels, lines, "quote")
    signed = _shares(html_lines, labels, lines, "signature")
    if not quoted and not signed:
        return [None] * len(lines.ends)
    own = _shares(html_lines, labels, lines, None) or [Share(0, 0)] * len(lines.ends)
    found: list[HtmlLabel | None] = []
    for at in range(len(lines.ends)):
        if quoted and _only(quoted[at], own[at]):
            found.append("quote")
        else:
            found.append("signature" if signed and _only(signed[at], own[at]) else None)
    return found


def _shares(
    html_lines: Sequence[str], labels: Sequence[HtmlLabel | None], lines: LineWords, label: HtmlLabel | None
) -> list[Share]:
    """How much of each line stands in the HTML lines of this label; nothing where there are none of them."""
    texts = [text for text, told in zip(html_lines, labels, strict=False) if told == label and text]
    return KnownText(["\n".join(texts)]).shares_of(lines) if texts else []


def _only(share: Share, own: Share) -> bool:
    return share.words > 0 and share.part >= MOSTLY and own.part < 0.5
