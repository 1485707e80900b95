"""The HTML of a post made safe to show in a page: an allow-list, no pictures from elsewhere, no styles, no surprises.

The HTML is rebuilt, not filtered: tags we know are written anew, always closed in order and never more than `DEEPEST`
in one another, so that no parser after us has anything to repair (repairing is where both the tricks and the seconds
lie). nh3 goes over the result as a second wall. Pictures become a note with their alternative text; headings become
bold paragraphs, for a post must not put headings into the page around it. Linear, bounded, never an error.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

import nh3

from listserv.mail.text.html_tokens import End, Start, tokens

HTML_CHARACTERS = 1_000_000
SHOWN_CHARACTERS = 1_000_000
DEEPEST = 60
LINK_CHARACTERS = 2_000
ALT_CHARACTERS = 200

_INLINE = {
    "a", "abbr", "b", "bdi", "cite", "code", "del", "em", "i", "ins", "kbd", "q", "s", "samp", "small", "span",
    "strong", "sub", "sup", "u", "var",
}  # fmt: skip
_BLOCKS = {
    "blockquote", "dd", "div", "dl", "dt", "li", "ol", "p", "pre", "table", "tbody", "td", "tr", "ul",
}  # fmt: skip
_RENAMED = {
    "strike": "s", "tt": "code", "center": "div", "address": "div", "article": "div", "section": "div", "main": "div",
    "header": "div", "footer": "div", "nav": "div", "aside": "div", "figure": "div", "caption": "div", "dir": "ul",
    "fieldset": "div", "th": "td", "thead": "tbody", "tfoot": "tbody", "plaintext": "pre", "listing": "pre",
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "p"),
}  # fmt: skip
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_NO_PROSE = {"math", "object", "script", "select", "style", "svg", "template", "textarea", "title", "xml"}
_PROSE_AGAIN = re.compile(rf"</({'|'.join(sorted(_NO_PROSE))})\b", re.IGNORECASE)
# What a tag ends when it begins, and how far out it looks; where it may stand; what must come between.
_ENDS = {
    "li": ({"li"}, {"ul", "ol"}),
    "dt": ({"dt", "dd"}, {"dl"}),
    "dd": ({"dt", "dd"}, {"dl"}),
    "td": ({"td"}, {"tr", "table"}),
    "tr": ({"tr"}, {"table"}),
    "tbody": ({"tbody"}, {"table"}),
}
_PARENTS = {
    "li": {"ul", "ol"}, "dt": {"dl"}, "dd": {"dl"}, "td": {"tr"}, "tr": {"table", "tbody"}, "tbody": {"table"},
}  # fmt: skip
_BETWEEN = {"ul": "li", "ol": "li", "dl": "dd", "table": "tr", "tbody": "tr", "tr": "td"}
_NUMBER = re.compile(r"[1-9][0-9]?")
# An address with inline tags in it: what hides addresses in texts sees each text alone.
_TAG = rf"</?(?:{'|'.join(sorted(_INLINE))})(?: [^<>]*)?>"
_TAGS = re.compile(_TAG)
_SPLIT_ADDRESS = re.compile(
    rf"""(?<=[\w.!#$%&'*+=?^`{{|}}~"-])((?:{_TAG})*@)((?:{_TAG})*[\w-]{{1,63}}(?:(?:{_TAG})*\.(?:{_TAG})*[\w-]{{1,63}}){{1,8}})"""
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")

Words = Callable[[str], str]


def clean_html(source: str, picture: Words, text: Words) -> str | None:
    """HTML to be put into a page as it is; None where there would be too much of it.

    `picture` gives the words that stand for a picture with this alternative text; every text and link goes through
    `text`.
    """
    if len(source) > HTML_CHARACTERS:
        return None
    rebuilt = _Rebuilder(picture, text).run(source)
    if rebuilt is None:
        return None
    return nh3.clean(
        rebuilt,
        tags=_INLINE | _BLOCKS | {"br", "hr"},
        clean_content_tags=_NO_PROSE,
        attributes={"a": {"href"}, "td": {"colspan", "rowspan"}, **{tag: {"dir", "lang"} for tag in _BLOCKS - {"td"}}},
        link_rel="nofollow noopener noreferrer",
        strip_comments=True,
        url_schemes={"http", "https", "mailto"},
    )


def without_split_addresses(cleaned: str) -> str:
    """Clean HTML without the domains of the addresses in whose midst a tag stands; every tag stays."""
    if "@" not in cleaned:
        return cleaned
    return _SPLIT_ADDRESS.sub(lambda found: f"{found[1]}…{''.join(_TAGS.findall(found[2]))}", cleaned)


class _Rebuilder:
    """Tags and texts in, balanced HTML out.

    `open` holds the tags that are open, outermost first; `link` is the attribute of the link that texts belong to,
    written around each run of text, so that a link may hold whole blocks and still never be empty.
    """

    def __init__(self, picture: Words, text: Words) -> None:
        self.picture = picture
        self.text = text
        self.out: list[str] = []
        self.size = 0
        self.open: list[str] = []
        self.link = ""
        self.skipped = ""
        self.ends_left: Counter[str] = Counter()

    def run(self, source: str) -> str | None:
        self.ends_left.update(name.lower() for name in _PROSE_AGAIN.findall(source))
        for token in tokens(source):
            if isinstance(token, End) and token.name in _NO_PROSE:
                self.ends_left[token.name] -= 1
                self.skipped = "" if token.name == self.skipped else self.skipped
            elif self.skipped:
                continue
            elif isinstance(token, str):
                self.words(self.text(token))
            elif isinstance(token, End):
                self.end(_RENAMED.get(token.name, token.name))
            else:
                self.start(token)
            if self.size > SHOWN_CHARACTERS:
                return None
        self.close(0)
        return "".join(self.out)

    def write(self, markup: str) -> None:
        self.out.append(markup)
        self.size += len(markup)

    def words(self, text: str) -> None:
        if not text.strip():
            if not self.open or self.open[-1] not in _BETWEEN:
                self.write(text)
            return
        self.fill_between()
        if self.link and "a" not in self.open:
            self.push("a", self.link)
        self.write(html.escape(text))

    def start(self, tag: Start) -> None:
        name = _RENAMED.get(tag.name, tag.name)
        if name in _NO_PROSE:
            self.skipped = name if self.ends_left[name] > 0 else ""
        elif name == "img":
            alt = " ".join(self.text(tag.attributes.get("alt", "")[:ALT_CHARACTERS]).split())
            self.words(f" {self.picture(alt)} ")
        elif name in ("br", "hr"):
            self.fill_between()
            self.write(f"<{name}>")
        elif name == "a":
            self.end("a")
            self.link = self.leading(tag)
        elif name in _BLOCKS:
            self.block(name, tag)
        elif name in _INLINE and len(self.open) < DEEPEST:
            self.fill_between()
            self.push(name, "")

    def block(self, name: str, tag: Start) -> None:
        """Begins a block: inline tags do not reach across it, a paragraph holds none, an item ends the one before."""
        self.close(self.innermost_block())
        if self.open and self.open[-1] == "p":
            self.close(len(self.open) - 1)
        self.end_others(name)
        if name == "td" and self.open and self.open[-1] in ("table", "tbody"):
            self.push("tr", "")
        inside = self.open[-1] if self.open else ""
        if inside not in _PARENTS.get(name, {inside}):
            name = "div"
        if name not in _PARENTS:
            self.fill_between()
        if len(self.open) < DEEPEST:
            self.push(name, _block_attributes(name, tag))
            if tag.name in _HEADINGS:
                self.push("b", "")

    def end_others(self, name: str) -> None:
        """Ends the item, cell or row before, up to the list or table that both are in."""
        ended, up_to = _ENDS.get(name, (set[str](), set[str]()))
        for at in range(len(self.open) - 1, -1, -1):
            if self.open[at] in ended:
                self.close(at)
                return
            if self.open[at] in up_to:
                return

    def fill_between(self) -> None:
        """What stands right in a list or table gets an item or a cell around it."""
        while self.open and self.open[-1] in _BETWEEN:
            self.push(_BETWEEN[self.open[-1]], "")

    def end(self, name: str) -> None:
        if name == "a":
            self.link = ""
        lowest = self.innermost_block() if name in _INLINE else 0
        for at in range(len(self.open) - 1, lowest - 1, -1):
            if self.open[at] == name:
                self.close(at)
                return
            if name != "table" and self.open[at] == "td":
                return  # nothing inside a cell ends what is around it

    def push(self, name: str, attributes: str) -> None:
        self.open.append(name)
        self.write(f"<{name}{attributes}>")

    def close(self, down_to: int) -> None:
        """Ends every open tag from `down_to` on."""
        while len(self.open) > down_to:
            self.write(f"</{self.open.pop()}>")

    def innermost_block(self) -> int:
        """How many tags are open up to and with the innermost block."""
        at = len(self.open)
        while at and self.open[at - 1] in _INLINE:
            at -= 1
        return at

    def leading(self, tag: Start) -> str:
        """The attribute of a link that leads somewhere; "" for a relative one, which would lead into our pages."""
        href = self.text(tag.attributes.get("href", "").strip())
        try:
            parts = urlsplit(href)
        except ValueError:
            return ""
        scheme = parts.scheme.lower()
        whole = scheme == "mailto" or (scheme in ("http", "https") and bool(parts.netloc))
        return f' href="{html.escape(href)}"' if whole and len(href) <= LINK_CHARACTERS else ""


def _block_attributes(name: str, tag: Start) -> str:
    """Language and direction; how many columns and rows a cell spans."""
    found = tag.attributes
    if name == "td":
        kept = {key: found.get(key, "") for key in ("colspan", "rowspan") if _NUMBER.fullmatch(found.get(key, ""))}
    else:
        kept = {"dir": found["dir"].lower()} if found.get("dir", "").lower() in ("ltr", "rtl", "auto") else {}
        kept |= {"lang": found["lang"]} if _LANGUAGE.fullmatch(found.get("lang", "")) else {}
    return "".join(f' {key}="{value}"' for key, value in kept.items())
