"""What mail programs drop of HTML and CSS, as a table, and a page held against it.

Facts of public knowledge about three families: Outlook on Windows, which lays mail out with Word; Gmail, which rewrites
styles; Apple Mail, which is a browser. A property that a program drops needs a fallback beside it, which is looked for
in the page, or is `HARMLESS`: without it the mail looks plainer and reads the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

OUTLOOK, GMAIL, APPLE = "Outlook", "Gmail", "Apple Mail"
ALL = (OUTLOOK, GMAIL, APPLE)
STYLE_OCTETS = 8_192  # Gmail drops a longer style element whole
PAGE_OCTETS = 102_400  # and clips a longer page
VOID = frozenset({"meta", "br", "img", "hr", "col", "wbr"})

# Elements that a program drops or shows nothing of.
ELEMENTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("script", "iframe", "object", "embed", "link", "base", "applet", "frameset"), ALL),
    **dict.fromkeys(("form", "input", "select", "textarea", "svg", "math", "dialog"), (OUTLOOK, GMAIL)),
    **dict.fromkeys(("video", "audio", "picture", "canvas", "details", "summary", "button", "meter"), (OUTLOOK, GMAIL)),
}
# Properties that a program drops wherever they stand; "property:value" for a value alone.
PROPERTIES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("max-width", "min-width", "max-height", "min-height", "border-radius"), (OUTLOOK,)),
    **dict.fromkeys(("word-break", "overflow-wrap", "hyphens", "object-fit", "opacity", "box-shadow"), (OUTLOOK,)),
    **dict.fromkeys(("display:inline-block", "display:none", "float", "text-shadow", "white-space"), (OUTLOOK,)),
    **dict.fromkeys(("display:flex", "display:grid", "gap", "aspect-ratio", "clip-path", "filter"), (OUTLOOK, GMAIL)),
    **dict.fromkeys(("background-image", "background-size", "background-position", "columns"), (OUTLOOK,)),
    **dict.fromkeys(("transform", "transition", "animation", "animation-name"), (OUTLOOK, GMAIL)),
    **dict.fromkeys(("position", "top", "left", "right", "bottom", "z-index"), (OUTLOOK, GMAIL)),
    **dict.fromkeys(("margin:auto",), (OUTLOOK,)),
    **dict.fromkeys(("padding", "padding-top", "padding-left", "padding-bottom", "padding-right"), (OUTLOOK,)),
    "mso-padding-alt": (GMAIL, APPLE),
}
PADDED_BY_WORD = frozenset({"td", "th", "table", "body"})
AT_RULES: dict[str, tuple[str, ...]] = {
    "@media (prefers-color-scheme:dark)": (OUTLOOK, GMAIL),
    "@import": (OUTLOOK, GMAIL),
    "@font-face": (OUTLOOK, GMAIL),
    "@supports": (OUTLOOK, GMAIL),
}
_SELECTOR = re.compile(r"[a-z][a-z0-9]*|\.[a-z]+")  # an element or a class: what all of them understand
_CONDITIONAL = re.compile(r'<!--\[if mso\]><table role="presentation" width="([0-9]+)"')
_UNITS = re.compile(r"\b(?:[0-9.]+(?:vw|vh|rem|ch|vmin)|var\(|calc\(|env\()")


@dataclass
class Element:
    """An element with its style as (property, value) and the elements around it, the nearest last."""

    tag: str
    attributes: dict[str, str]
    style: list[tuple[str, str]]
    around: list[Element] = field(default_factory=list)

    @property
    def parent(self) -> Element | None:
        return self.around[-1] if self.around else None

    def has(self, name: str) -> bool:
        return any(each == name for each, _ in self.style)


class Page(HTMLParser):
    """The elements of a page, its style rules, and its octets."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.elements: list[Element] = []
        self.rules = ""
        self._open: list[Element] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        made = Element(tag, attributes, declarations(attributes.get("style", "")), list(self._open))
        self.elements.append(made)
        if tag not in VOID:
            self._open.append(made)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1].tag == "style":
            self.rules += data


def declarations(style: str) -> list[tuple[str, str]]:
    """The properties of a style attribute with their values."""
    pairs = (each.partition(":") for each in style.split(";") if each.strip())
    return [(name.strip().lower(), value.strip().lower()) for name, _, value in pairs]


Fallback = Callable[[Element, Page], bool]


def _harmless(_element: Element, _page: Page) -> bool:
    """The mail is plainer without it and reads the same."""
    return True


def _as_wide_in_word(element: Element, page: Page) -> bool:
    """A table of that width stands around it, which only Word reads."""
    wide = _CONDITIONAL.search(page.html)
    return wide is not None and ("max-width", f"{wide[1]}px") in element.style


def _centred_by_word(element: Element, _page: Page) -> bool:
    return element.parent is not None and element.parent.attributes.get("align") == "center"


def _padded_around(element: Element, _page: Page) -> bool:
    """A link's own padding is its cell's in Word; a list has an indent anyway; below a rule it is only space."""
    if element.tag == "a":
        return element.parent is not None and element.parent.has("mso-padding-alt")
    return element.tag in ("ul", "ol") or element.has("border-top")


def _only_for_word(element: Element, _page: Page) -> bool:
    """The link inside has the same as padding."""
    return element.tag == "td"


FALLBACKS: dict[str, Fallback] = {
    "max-width": _as_wide_in_word,
    "margin:auto": _centred_by_word,
    "padding": _padded_around,
    "padding-top": _padded_around,
    "padding-left": _padded_around,
    "display:inline-block": _padded_around,
    "mso-padding-alt": _only_for_word,
    "border-radius": _harmless,
    "word-break": _harmless,
    "overflow-wrap": _harmless,
}


def faults(html: str) -> list[str]:
    """What a program drops without a fallback, a line each; [] for a page that reads everywhere."""
    page = Page(html)
    return [*_of_elements(page), *_of_rules(page), *_of_size(page)]


def _of_elements(page: Page) -> Iterator[str]:
    for element in page.elements:
        if element.tag in ELEMENTS:
            yield f"<{element.tag}>: dropped by {', '.join(ELEMENTS[element.tag])}"
        for name, value in element.style:
            yield from _of_property(element, name, value, page)
        if element.has("background") and element.tag in ("td", "table") and "bgcolor" not in element.attributes:
            yield f"<{element.tag}>: a background without bgcolor beside it"
        if element.tag == "table" and element.attributes.get("role") != "presentation":
            yield "<table>: for layout, and not role=presentation"
        if element.tag == "img":
            yield "<img>: blocked until its reader says so"


def _of_property(element: Element, name: str, value: str, page: Page) -> Iterator[str]:
    if _UNITS.search(value):
        yield f"{name}:{value}: a unit or function that {OUTLOOK} does not know"
    if "url(" in value:
        yield f"{name}:{value}: fetched from elsewhere"
    for key in (name, f"{name}:{value}", "margin:auto" if name == "margin" and "auto" in value else ""):
        dropped = PROPERTIES.get(key, ())
        if key.startswith("padding") and element.tag in PADDED_BY_WORD:
            continue
        if dropped and not (key in FALLBACKS and FALLBACKS[key](element, page)):
            yield f"<{element.tag}> {name}:{value}: dropped by {', '.join(dropped)}, and nothing stands for it"


def _of_rules(page: Page) -> Iterator[str]:
    """Rules may only change colours of what has its colours inline, as Gmail's app may drop them all."""
    rules = page.rules
    for found in re.finditer(r"@[a-z-]+[^{;]*", rules):
        if found[0].strip() not in AT_RULES:
            yield f"{found[0]}: not in the table"
    inner = re.sub(r"@media[^{]*\{(.*)\}\s*$", r"\1", rules, flags=re.DOTALL)
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", inner):
        for selector in selectors.split(","):
            if not _SELECTOR.fullmatch(selector.strip()):
                yield f"{selector}: a selector that not all of them read"
        for name, _ in declarations(body.replace("!important", "")):
            if name not in ("color", "background", "border-color"):
                yield f"{selectors} {name}: more than a colour, so that without it the mail is another"


def _of_size(page: Page) -> Iterator[str]:
    if len(page.rules.encode()) > STYLE_OCTETS:
        yield f"style of {len(page.rules)} octets: {GMAIL} drops it whole"
    if len(page.html.encode()) > PAGE_OCTETS:
        yield f"page of {len(page.html.encode())} octets: {GMAIL} clips it"
