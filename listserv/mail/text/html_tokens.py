"""HTML cut into tags and text in one pass over the string.

The parser of the standard library takes seconds for 50 kB of `<a <a <a` (quadratic on Python 3.11), so this is our own
tokenizer: every character is consumed once, whatever a stranger sent. It promises the tokens a browser would see for
mail in use, never raises, and stops after `TOKENS`.

A page repeats few tags many times: one that is written as the standard says is read once, and each time it stands
there again the same `Start` is given. All others are read letter by letter, with the same result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from listserv.mail.entities import unescaped

HTML_CHARACTERS = 4_000_000
TOKENS = 120_000
ATTRIBUTES = 40

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9:-]{0,40}")
_ATTRIBUTE_NAME = re.compile(r"[^\s=>\"'/]{1,100}")
_UNQUOTED = re.compile(r"[^\s>]{0,4000}")
_SPACE = re.compile(r"[\s/]{0,1000}")
_PAIR = re.compile(r"([^\s=>\"'/]{1,100}+)(?>(?:=(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>\"'/][^\s>]{0,3999}+)))?)")
_PLAIN_TAG = re.compile(rf"<(/?+)([a-zA-Z][a-zA-Z0-9:-]{{0,40}}+)((?>(?:[\s/]++{_PAIR.pattern})*))[\s/]*+>")
TAGS_REMEMBERED = 1_000  # programs write the same few in all their pages
PLAIN_TAG_CHARACTERS = 1_000  # so far a `>` may lie behind its `<`: many `<` before one far `>` stay linear
_RAW_END = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("style", "script", "title")}


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """An opening tag; attribute names are lower case, values decoded. Never changed: it may stand in many places."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class End:
    """A closing tag."""

    name: str


Token = Start | End | str


def tokens(source: str) -> Iterator[Token]:
    """Tags and decoded text of `source` in order, without comments, declarations, styles and scripts."""
    return islice(_Cutter(source[:HTML_CHARACTERS]).run(), TOKENS)


class _Cutter:
    """A cursor over the source. The last place of `>`, quotes and `-->` is known, so no search is made in vain."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.last = {mark: source.rfind(mark) for mark in (">", '"', "'", "-->")}

    def run(self) -> Iterator[Token]:
        source, length, last = self.source, len(self.source), self.last[">"]
        read: dict[str, Start | End] = {}
        closing = -1
        while self.at < length:
            opening = source.find("<", self.at)
            if opening < 0 or opening > last:
                yield unescaped(source[self.at :])
                return
            if opening > self.at:
                text = source[self.at : opening]
                yield unescaped(text) if "&" in text else text
            if closing < opening:
                closing = source.find(">", opening)
            written = source[opening : closing + 1] if closing - opening < PLAIN_TAG_CHARACTERS else ""
            tag = read.get(written) or _plain_tag(written)
            if tag is None:
                self.at = opening
                yield from self._markup()
                continue
            read[written] = tag
            self.at = closing + 1
            yield tag
            if tag.name in _RAW_END:
                self._skip_raw(tag)

    def _markup(self) -> Iterator[Token]:
        source, at = self.source, self.at
        following = source[at + 1 : at + 2]
        if source.startswith("<!--", at):
            self._skip("-->", 4)
        elif following in ("!", "?"):
            self._skip(">", 2)
        elif following == "/":
            name = _NAME.match(source, at + 2)
            self._skip(">", 2)
            if name:
                yield End(name.group().lower())
        else:
            yield from self._start()

    def _skip(self, mark: str, length: int) -> None:
        """Moves behind the next `mark`; when there is none, only `length` characters are dropped, the rest is text."""
        if self.last[mark] < self.at + 2:
            self.at += length
            return
        found = self.source.find(mark, self.at + 2)
        self.at = found + len(mark)

    def _start(self) -> Iterator[Token]:
        name = _NAME.match(self.source, self.at + 1)
        if not name:
            self.at += 1
            yield "<"
            return
        self.at = name.end()
        tag = Start(name.group().lower(), self._attributes())
        yield tag
        self._skip_raw(tag)

    def _skip_raw(self, tag: Token) -> None:
        """Moves to the end of what stands in a style, a script or a title."""
        raw_end = _RAW_END.get(tag.name) if isinstance(tag, Start) else None
        if raw_end:
            found = raw_end.search(self.source, self.at)
            self.at = found.start() if found else len(self.source)

    def _attributes(self) -> dict[str, str]:
        found: dict[str, str] = {}
        source = self.source
        while self.at < len(source):
            self.at = _end(_SPACE.match(source, self.at), self.at)
            if source[self.at : self.at + 1] == ">":
                self.at += 1
                break
            name = _ATTRIBUTE_NAME.match(source, self.at)
            if not name:
                self.at += 1
                continue
            self.at = name.end()
            value = self._value()
            if len(found) < ATTRIBUTES:
                found.setdefault(name.group().lower(), value)
        return found

    def _value(self) -> str:
        source = self.source
        self.at = _end(_SPACE.match(source, self.at), self.at)
        if source[self.at : self.at + 1] != "=":
            return ""
        self.at = _end(_SPACE.match(source, self.at + 1), self.at + 1)
        quote = source[self.at : self.at + 1]
        if quote in ('"', "'") and self.last[quote] > self.at:
            close = source.find(quote, self.at + 1)
            value = source[self.at + 1 : close]
            self.at = close + 1
        else:
            found = _UNQUOTED.match(source, self.at)
            value = found.group() if found else ""
            self.at += len(value)
        return unescaped(value[:4000])


def _end(match: re.Match[str] | None, otherwise: int) -> int:
    return match.end() if match else otherwise


@lru_cache(maxsize=TAGS_REMEMBERED)
def _plain_tag(written: str) -> Start | End | None:
    """What `_Cutter._markup` reads, when the tag is written so that its first `>` surely ends it, else None."""
    found = _PLAIN_TAG.fullmatch(written)
    if found is None:
        return None
    if found[1]:
        return End(found[2].lower())
    attributes: dict[str, str] = {}
    for name, double, single, bare in _PAIR.findall(found[3]):
        if len(attributes) < ATTRIBUTES:
            attributes.setdefault(name.lower(), unescaped((double or single or bare)[:4000]))
    return Start(found[2].lower(), attributes)
