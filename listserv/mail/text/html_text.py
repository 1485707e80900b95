"""HTML mail as text a person reads, with the marks of mail programs kept as ranges of lines.

Promises: no recursion, a bound on everything, never an error, and never an empty text where the HTML shows one.
Paragraphs, lists, links (`text <address>`), quotations (`> `), tables, preformatted text and alternative texts of
images survive; what is not displayed, and pictures that only track, do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from listserv.mail.text.html_lines import LineWriter
from listserv.mail.text.html_look import Look, look_of
from listserv.mail.text.html_marks import MarkKind
from listserv.mail.text.html_tokens import End, Start, Token, tokens

TEXT_CHARACTERS = 400_000
QUOTE_DEPTH = 9
LIST_DEPTH = 8
RULE = "_" * 32

_VOID = frozenset((
    "area", "base", "basefont", "bgsound", "br", "col", "command", "embed", "frame", "hr", "img", "input", "keygen",
    "link", "meta", "param", "source", "track", "wbr",
))  # fmt: skip
_ENDS_ITS_LIKE = frozenset(("p", "li", "td", "th", "tr", "dd", "dt", "option"))
_ENDS_OTHERS = _ENDS_ITS_LIKE | {"body"}
_TRACKING = re.compile(r"[01](?:px)?$")
_SPACE = " \t\n\r\f"
_SPACES = re.compile("  +")
_ZERO_WIDTH = re.compile("[\u00ad\u034f\u200b\u2060\ufeff]")


@dataclass(frozen=True, slots=True)
class Mark:
    """Lines [start, end) of the text carry what a mail program said about them."""

    kind: MarkKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class HtmlText:
    """The readable text and its marks, in the order in which they were closed."""

    text: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class _Style:
    """What the open elements say together."""

    hidden: bool = False
    pre: bool = False
    quotes: int = 0
    indent: str = ""


@dataclass(slots=True)
class _Element:
    name: str
    style: _Style
    mark: MarkKind | None = None
    mark_start: int = 0
    href: str = ""
    text_start: int = 0
    counter: int | None = None
    lines_at_start: int = 0
    gap: int = 0  # line ends asked for before and behind: 1 a new line, 2 a blank line


def html_to_text(source: str) -> HtmlText:
    """The text of `source`. All text is shown when nothing would be: hiding everything is a program's fault."""
    return tokens_to_text(list(tokens(source)))


def tokens_to_text(page: Sequence[Token]) -> HtmlText:
    """The same for a page that is cut already."""
    rendered = _render(page, hide=True)
    return rendered if rendered.text else _render(page, hide=False)


def _render(page: Sequence[Token], *, hide: bool) -> HtmlText:
    renderer = _Renderer(hide=hide)
    for token in page:
        if isinstance(token, str):
            renderer.text(token)
        elif isinstance(token, Start):
            renderer.start(token)
        else:
            renderer.end(token)
        if renderer.out.characters > TEXT_CHARACTERS:
            break
    return renderer.finished()


class _Renderer:
    """Takes tokens, keeps the stack of open elements, writes lines."""

    def __init__(self, *, hide: bool) -> None:
        self.hide = hide
        self.looks: dict[Start, Look] = {}
        self.out = LineWriter()
        self.stack = [_Element("", _Style())]
        self.open_names: dict[str, int] = {}
        self.marks: list[Mark] = []
        self.written = 0
        self.below: int | None = None
        self.cell_break = False
        self.fresh = -1

    # --- tokens

    def start(self, tag: Start) -> None:
        """Opens an element, or writes what a void one shows."""
        name = tag.name
        if name == "br" and not tag.attributes:  # a third of all tags: it opens nothing and says nothing else
            if not self.stack[-1].style.hidden:
                self._br(tag)
            return
        if name in _ENDS_OTHERS:
            self._close_implied(name)
        element = self._opened(tag)
        if not element.style.hidden:
            if element.gap and self.written != self.fresh:  # nothing is broken at the beginning of a cell or an item
                self.out.ask_break(element.gap)
            if element.mark:
                element.mark_start = self.out.line_number()
            if name in _WRITES:
                _WRITES[name](self, tag)
            elif name == "li":
                self._bullet(element)
        if name not in _VOID:
            element.text_start = self.written
            element.lines_at_start = len(self.out.lines)
            self.stack.append(element)
            self.open_names[name] = self.open_names.get(name, 0) + 1
        elif element.mark:
            self._mark(element)

    def end(self, tag: End) -> None:
        """Closes the innermost element of that name and what was left open inside it; a stray tag closes nothing."""
        if tag.name == "p" and not self.open_names.get("p"):
            self.out.ask_break(2)
        if not self.open_names.get(tag.name):
            return
        while self.stack[-1].name != tag.name:
            self._pop()
        self._pop()

    def text(self, text: str) -> None:
        """Writes text as the open elements want it."""
        style = self.stack[-1].style
        if style.hidden:
            return
        if not text.isascii():
            text = _ZERO_WIDTH.sub("", text)
        if style.pre:
            self._preformatted(text)
            return
        words = text.strip(_SPACE)
        if not words:
            self.out.space = self.out.space or bool(text and self.out.current and not self.out.owed)
            return
        if text[0] in _SPACE:
            self.out.space = bool(self.out.current) and not self.out.owed
        self._write(_squeezed(words))
        self.out.space = text[-1] in _SPACE

    def finished(self) -> HtmlText:
        """The result; whatever is still open is closed."""
        while len(self.stack) > 1:
            self._pop()
        lines = self.out.finish()
        if self.below is not None:
            self.marks.append(Mark("below", self.below, len(lines)))
        first = next((at for at, line in enumerate(lines) if line), len(lines))
        text = "\n".join(lines[first:]).rstrip()
        marks = (Mark(m.kind, max(0, m.start - first), max(0, m.end - first)) for m in self.marks)
        return HtmlText(text, tuple(mark for mark in marks if mark.end > mark.start))

    # --- elements

    def _opened(self, tag: Start) -> _Element:
        look = self.looks.get(tag)
        if look is None:
            look = self.looks[tag] = look_of(tag)
        style, name = self.stack[-1].style, tag.name
        element = _Element(name, style, look.mark, gap=look.gap)
        if self.hide and look.is_hidden:
            element.style = style if style.hidden else _Style(True, style.pre, style.quotes, style.indent)
        elif name == "blockquote":
            element.style = _indented(style) if look.is_indentation else _quoted(style)
        elif name in ("ul", "ol"):
            element.counter = _number(tag.attributes.get("start", "1")) if name == "ol" else None
            element.style = _indented(style)
        elif look.is_pre:
            element.style = style if style.pre else _Style(style.hidden, True, style.quotes, style.indent)
        elif name == "a":
            element.href = tag.attributes.get("href", "").strip()
        return element

    def _pop(self) -> None:
        element = self.stack.pop()
        self.open_names[element.name] -= 1
        if element.style.hidden:
            return
        if element.href:
            self._link(element)
        if element.name in ("td", "th"):
            self._end_cell(element)
        elif element.gap:
            self.out.ask_break(element.gap)
        if element.mark:
            self._mark(element)

    def _mark(self, element: _Element) -> None:
        if element.mark == "below":
            self.below = element.mark_start if self.below is None else self.below
        elif element.mark:
            end = len(self.out.lines) + bool(self.out.current)
            self.marks.append(Mark(element.mark, element.mark_start, end))

    def _close_implied(self, name: str) -> None:
        """An open `p` ends where the next begins; likewise list items, cells, rows, and `head` at the body."""
        if name == "body" and self.open_names.get("head"):
            self.end(End("head"))
        if name not in _ENDS_ITS_LIKE:
            return
        top = self.stack[-1].name
        if top == name or (top in ("td", "th") and name in ("td", "th", "tr")):
            self._pop()
            if name == "tr" and self.stack[-1].name == "tr":
                self._pop()

    def _end_cell(self, element: _Element) -> None:
        self.cell_break = len(self.out.lines) > element.lines_at_start
        if not self.cell_break:
            self.out.owed = 0

    # --- what single elements write

    def _write(self, text: str) -> None:
        self.out.write(text, self._prefix())
        self.written += 1

    def _prefix(self) -> str:
        style = self.stack[-1].style
        return "> " * style.quotes + style.indent

    def _preformatted(self, text: str) -> None:
        parts = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for number, part in enumerate(parts):
            if number:
                self.out.line_break()
            if part:
                self.out.space = False
                self._write(part)

    def _br(self, _tag: Start) -> None:
        if self.out.owed and self.out.current:
            self.out.settle(self._prefix())
        self.out.owed = 0
        if not self.out.current:
            self.out.prefix = self._prefix()
        self.out.line_break()

    def _hr(self, _tag: Start) -> None:
        self.out.ask_break(1)
        self._write(RULE)
        self.out.ask_break(1)

    def _img(self, tag: Start) -> None:
        alternative = _squeezed(tag.attributes.get("alt", "")).strip()[:300]
        sizes = (tag.attributes.get("width", ""), tag.attributes.get("height", ""))
        if alternative and not any(_TRACKING.match(size.strip()) for size in sizes):
            self._write(f"[{alternative}]")

    def _bullet(self, element: _Element) -> None:
        parent = next((open_ for open_ in reversed(self.stack[-20:]) if open_.name in ("ul", "ol")), None)
        self.out.ask_break(1)
        bullet = "- "
        if parent is not None and parent.counter is not None:
            bullet = f"{parent.counter}. "
            parent.counter += 1
        outer = element.style.indent[:-2]
        self.out.write(bullet.rstrip(), "> " * element.style.quotes + outer)
        self.out.space = True
        self.fresh = self.written

    def _row(self, _tag: Start) -> None:
        self.out.ask_break(1)
        self.cell_break = False

    def _cell(self, _tag: Start) -> None:
        if self.cell_break:
            self.out.ask_break(1)
        self.out.settle(self._prefix())
        if self.out.current:
            self.out.write(" |", self._prefix())
            self.out.space = True
        self.cell_break = False
        self.fresh = self.written

    def _link(self, element: _Element) -> None:
        """Writes the address behind the text of a link, unless the text shows it already."""
        address = _shown_address(element.href)
        if not address or self.written == element.text_start:
            return
        shown = "".join(self.out.current[-8:]) if self.out.current else ""
        if _bare_address(address) not in _bare_address(shown):
            self.out.space = True
            self._write(f"<{address}>")


# Not kept by each renderer: its own methods in it would leave it, with all its lines, to the collector of garbage.
_WRITES: dict[str, Callable[[_Renderer, Start], None]] = {
    "br": _Renderer._br, "hr": _Renderer._hr, "img": _Renderer._img, "td": _Renderer._cell, "th": _Renderer._cell,
    "tr": _Renderer._row,
}  # fmt: skip


def _squeezed(text: str) -> str:
    """One space in place of each run of white space; most are one space or one line's end already."""
    for sign in "\n\t\r\f":
        text = text.replace(sign, " ")
    return _SPACES.sub(" ", text) if "  " in text else text


def _indented(style: _Style) -> _Style:
    if len(style.indent) >= 2 * LIST_DEPTH:
        return style
    return _Style(style.hidden, style.pre, style.quotes, style.indent + "  ")


def _quoted(style: _Style) -> _Style:
    return _Style(style.hidden, style.pre, min(style.quotes + 1, QUOTE_DEPTH), "")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 6 else 1


def _shown_address(href: str) -> str:
    """The address a reader wants: no scripts, no references inside the mail; a gateway's wrapping is taken off."""
    if not href.lower().startswith(("http://", "https://", "mailto:", "ftp://", "tel:")) or len(href) > 2000:
        return ""
    address = href.removeprefix("mailto:").removeprefix("tel:")
    if "safelinks.protection.outlook.com/" in href:
        address = _unwrapped(href)
    return "".join(address.split()).replace("<", "%3C").replace(">", "%3E")


def _unwrapped(href: str) -> str:
    try:
        wrapped = parse_qs(urlsplit(href).query).get("url", [href])
    except ValueError:
        return href
    return wrapped[0] if wrapped[0].startswith(("http://", "https://")) else href


def _bare_address(text: str) -> str:
    for prefix in ("https://", "http://", "mailto:", "www."):
        text = text.replace(prefix, "")
    return text.rstrip("/ ").lower()
