"""What a tag of an HTML mail says by itself, wherever it stands: hidden, a block, preformatted, a mark of a program.

It knows no page and writes no text; `html_text` asks it once for each tag that a page repeats.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from listserv.mail.text.html_marks import MarkKind, is_indentation, mark_of
from listserv.mail.text.html_tokens import TAGS_REMEMBERED, Start

# fmt: off
_NOT_SHOWN = frozenset(("head", "style", "script", "title", "template", "xml", "noframes", "datalist"))
_BLOCKS = frozenset((
    "address", "article", "aside", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset", "figure",
    "footer", "form", "header", "html", "li", "main", "nav", "ol", "option", "section", "summary", "table",
    "tbody", "tfoot", "thead", "tr", "ul", "figcaption", "legend", "caption", "hgroup",
))
# fmt: on
_PARAGRAPHS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote"))
_HIDDEN_STYLE = re.compile(
    r"display\s?:\s?none|visibility\s?:\s?hidden|mso-hide\s?:\s?all|font-size\s?:\s?0(?:px|pt|em)?\s?(?:;|$|!)"
)
_NO_MARGIN = re.compile(r"margin(?:-bottom)?\s?:\s?0")


@dataclass(frozen=True, slots=True)
class Look:
    """`gap`: the line ends it asks for before and behind, 1 a new line, 2 a blank line."""

    mark: MarkKind | None
    gap: int
    is_hidden: bool
    is_pre: bool
    is_indentation: bool


@lru_cache(maxsize=TAGS_REMEMBERED)
def look_of(tag: Start) -> Look:
    """What this tag says."""
    attributes = tag.attributes
    return Look(
        mark_of(tag.name, attributes),
        _gap(tag),
        tag.name in _NOT_SHOWN or _is_hidden(attributes),
        tag.name == "pre" or "white-space:pre" in attributes.get("style", "")[:400].replace(" ", ""),
        tag.name == "blockquote" and is_indentation(attributes),
    )


def _is_hidden(attributes: dict[str, str]) -> bool:
    if "hidden" in attributes:
        return True
    style = attributes.get("style", "")
    return bool(style) and _HIDDEN_STYLE.search(style[:1000].lower()) is not None


def _gap(tag: Start) -> int:
    """Word and many programs write every line as a paragraph without a margin: no blank line stands beside it."""
    if tag.name in _PARAGRAPHS:
        style = tag.attributes.get("style", "")[:400].lower()
        tight = tag.name == "p" and ("mso" in tag.attributes.get("class", "").lower() or _NO_MARGIN.search(style))
        return 1 if tight else 2
    return 1 if tag.name in _BLOCKS else 0
