"""Words, parts and whole messages taken out of a message's octets, so that nothing of them is left.

    octets --without(octets, Removal)--> octets, or None where there was nothing to take out

Words are found as sequences of words, however case, accents, line breaks, quote marks and markup stand between them.
Names in From and To are no words of a post and stay.
Promises: what is not touched keeps its octets; where words cannot be cut out cleanly the whole body makes way for the
stub; never raises on what a stranger sent; linear. It does not look inside archives and documents. Pure.
"""

from __future__ import annotations

import binascii
import hashlib
import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_
from urllib.parse import unquote

from listserv.mail.charsets import nfc
from listserv.mail.entities import unescaped
from listserv.mail.fields import Field
from listserv.mail.mime import Part
from listserv.mail.parse import Message, parse
from listserv.mail.text.html_text import html_to_text
from listserv.mail.words import fold_field, header_text

MASK = "[removed]"
GRAM = 5
CHARACTERS_READ = 200_000
FILE_OCTETS = 5_000_000

_WORD = re.compile(r"[^\W_]+")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_MARKUP_OR_WORD = re.compile(rf"<[^<>]{{0,5000}}>|{_REFERENCE.pattern}|[^\W_]+")
_TOKEN = re.compile(r"[^\s\"'<>]+")
_SOFT_BREAK = re.compile(rb"=[ \t]{0,8}\r?\n")
_ENCODED_LINES = re.compile(rb"(?m)^(?>(?:[A-Za-z0-9+/]{60,}+\r?\n)+)(?:[A-Za-z0-9+/]{0,76}+={0,2}+(?=\r?$))?")
_REWRITTEN = frozenset({b"content-type", b"content-transfer-encoding", b"content-md5", b"content-length"})
_NAMES_FILE = frozenset({b"content-type", b"content-disposition", b"content-description"})
_FREE_TEXT = frozenset({b"subject", b"thread-topic", b"comments", b"keywords", b"content-description", b"x-subject"})
_CRLF = b"\r\n"

_NO_WORDS = frozenset({"text", "multipart", "message", "image", "audio", "video"})

Gram = tuple[str, ...]


@dataclass(frozen=True)
class Wording:
    """Sequences of folded words that are to go, by their length."""

    grams: dict[int, frozenset[Gram]] = field(default_factory=dict)

    @cached_property
    def first_words(self) -> frozenset[str]:
        """What a sequence can begin with: most words of a text cannot."""
        return frozenset(gram[0] for grams in self.grams.values() for gram in grams)

    def __bool__(self) -> bool:
        return bool(self.grams)

    def __or__(self, other: Wording) -> Wording:
        lengths = self.grams.keys() | other.grams.keys()
        none: frozenset[Gram] = frozenset()
        return Wording({n: self.grams.get(n, none) | other.grams.get(n, none) for n in lengths})


@dataclass(frozen=True, slots=True)
class Removal:
    """What goes: `wording` everywhere, `titles` from subjects, parts by the SHA-256 of what they hold, and messages
    travelling inside another by their Message-ID. `stub` is the sentence that stands in their place."""

    stub: str
    wording: Wording = field(default_factory=Wording)
    titles: Wording = field(default_factory=Wording)
    title_mask: str = MASK
    parts: frozenset[bytes] = frozenset()
    messages: frozenset[str] = frozenset()


def phrase(text: str) -> Wording:
    """Exactly these words in a row."""
    words = tuple(_fold(word) for word in _WORD.findall(nfc(text)[:CHARACTERS_READ]))
    return Wording({len(words): frozenset({words})}) if words else Wording()


def quotations(text: str) -> Wording:
    """Any five words in a row of the text, or all of a shorter one of two words and more."""
    words = [_fold(word) for word in _WORD.findall(nfc(text)[:CHARACTERS_READ])]
    if len(words) < 2:
        return Wording()
    length = min(GRAM, len(words))
    return Wording({length: frozenset(tuple(words[at : at + length]) for at in range(len(words) - length + 1))})


def unsaid(passages: Sequence[str], texts: Sequence[str]) -> Wording:
    """Of the passages, what none of the texts says: any five words in a row, or all of a shorter one."""
    said: dict[int, set[Gram]] = {}
    read = [[_fold(word) for word in _WORD.findall(nfc(text)[:CHARACTERS_READ])] for text in texts]
    sought = reduce(or_, map(quotations, passages), Wording())
    for length in sought.grams:
        said[length] = {tuple(words[at : at + length]) for words in read for at in range(len(words) - length + 1)}
    left = {length: grams - said[length] for length, grams in sought.grams.items()}
    return Wording({length: grams for length, grams in left.items() if grams})


def word_count(text: str) -> int:
    return len(_WORD.findall(text))


def masked(text: str, wording: Wording, mask: str = MASK, *, markup: bool = False) -> str:
    """The text with each run of such words become the mask."""
    if not wording:
        return text
    found = _found(text, markup)
    pieces: list[str] = []
    at = 0
    for start, end in _runs(found, wording):
        pieces += (text[at:start], mask)
        at = end
    return "".join([*pieces, text[at:]]) if pieces else text


def masked_title(text: str, removal: Removal) -> str:
    """A subject without what is to go."""
    return masked(masked(text, removal.titles, removal.title_mask), removal.wording)


def holds(octets: bytes, removal: Removal) -> bool:
    """Whether anything of what is to go can still be read in the octets, decoded or (but a file's) as they stand."""
    message = parse(octets)
    if any(_says(text, removal.wording) for text in _texts(message)):
        return True
    if any(_says(text, removal.titles) for text in _titles(message)):
        return True
    raw = _SOFT_BREAK.sub(b"", _as_it_stands(message)).decode("utf-8", "replace")
    return _says(raw, removal.wording)


def _as_it_stands(message: Message) -> bytes:
    """The body less the lines of files in base64: there short words stand by chance, and nobody reads them."""
    octets, at = message.octets, message.body_start
    pieces: list[bytes] = []
    for part in message.root.walk():
        is_file = part.transfer_encoding == "base64" and part.main_type != "text" and not part.children
        if is_file and part.octets is octets:
            pieces += (octets[at : part.body_start], _ENCODED_LINES.sub(b"", part.body()))
            at = part.body_end
    return b"".join([*pieces, octets[at:]])


def without(octets: bytes, removal: Removal) -> bytes | None:
    """The octets without what is to go, None where there is nothing of it."""
    message = parse(octets)
    made = _cut(octets, list(_cuts(message, removal)))
    if holds(made, removal):
        made = _emptied(parse(made), removal)
    return made if made != octets else None


def without_part(octets: bytes, index: int, stub: str) -> tuple[bytes, bytes] | None:
    """(the octets with the stub in the place of the part with this index in `walk()`, the part's SHA-256).

    None if there is no such part, or it is the whole message.
    """
    message = parse(octets)
    parts = list(message.root.walk())
    if not 0 < index < len(parts) or parts[index].children:
        return None
    part = parts[index]
    return _cut(octets, [_part_stub(part, stub)]), hashlib.sha256(part.decoded()).digest()


# --- what is cut


def _cuts(message: Message, removal: Removal) -> Iterator[tuple[int, int, bytes]]:
    stack = [(message.root, True)]
    while stack:
        part, outermost = stack.pop()
        embedded = part.content_type.startswith("message/") and part.children
        if embedded and _is_gone(part.children[0], removal):
            yield part.body_start, part.body_end, _CRLF + _quoted(removal.stub).removesuffix(_CRLF)
            continue
        if not part.children and not outermost and (_is_hash(part, removal.parts) or _holds_inside(part, removal)):
            yield _part_stub(part, removal.stub)
            continue
        yield from _leaf_cuts(message, part, removal) if not part.children else _head_cuts(part, removal)
        stack.extend((child, False) for child in part.children)


def _is_gone(embedded: Part, removal: Removal) -> bool:
    ids = b" ".join(embedded.raw("Message-ID")).decode("ascii", "replace")
    return any(f"<{gone}>" in ids for gone in removal.messages)


def _is_hash(part: Part, hashes: frozenset[bytes]) -> bool:
    return bool(hashes) and hashlib.sha256(part.decoded()).digest() in hashes


def _holds_inside(part: Part, removal: Removal) -> bool:
    """Whether a file that can be read as text, such as an mbox, holds it."""
    text = _file_text(part)
    return _says(text, removal.wording) or any(f"<{gone}>" in text for gone in removal.messages)


def _file_text(part: Part) -> str:
    if part.children or part.main_type in _NO_WORDS or part.body_end - part.body_start > FILE_OCTETS:
        return ""
    return part.decoded().decode("utf-8", "replace")


def _leaf_cuts(message: Message, part: Part, removal: Removal) -> Iterator[tuple[int, int, bytes]]:
    """A text that holds the words is written anew in UTF-8; a file named by them loses its name."""
    text = part.text() if part.main_type == "text" or part.content_type == "message/rfc822" else ""
    is_html = part.content_type == "text/html"
    bare = _without_in_links(text, removal.wording | removal.titles)
    new = _html_without(bare, removal) if is_html else masked(bare, removal.wording)
    if new != text:
        fields = [_field(part, each, removal) for each in part.head.fields if each.name.lower() not in _REWRITTEN]
        kind = b"text/html" if is_html else b"text/plain"
        head = b"Content-Type: %b; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n" % kind
        body = _quoted(new)
        yield (
            part.header_start,
            part.body_end,
            b"".join([*fields, head, _CRLF, body if part is message.root else body.removesuffix(_CRLF)]),
        )
        return
    yield from _head_cuts(part, removal)


def _head_cuts(part: Part, removal: Removal) -> Iterator[tuple[int, int, bytes]]:
    for each in part.head.fields:
        line = _field(part, each, removal)
        if line != part.octets[each.start : each.end]:
            yield each.start, each.end, line


def _field(part: Part, each: Field, removal: Removal) -> bytes:
    """The field's line, masked where it is free text, without a file's name where that says it."""
    line = part.octets[each.start : each.end]
    name = each.name.lower()
    text = header_text(each.value, None)
    if name in _FREE_TEXT:
        new = masked_title(text, removal)
        return fold_field(each.name.decode("ascii", "replace"), new) if new != text else line
    if name in _NAMES_FILE and _says(f"{text} {part.filename or ''}", removal.wording):
        value = part.disposition if name == b"content-disposition" else part.content_type
        return b"%b: %b\r\n" % (each.name, (value or "inline").encode("ascii", "replace"))
    return line


def _html_without(text: str, removal: Removal) -> str:
    """HTML with letters instead of their references, masked; if that is not enough, the stub instead."""
    if not removal.wording:
        return text
    spelt = _REFERENCE.sub(lambda found: _letter(found[0]), text)
    new = masked(spelt, removal.wording, markup=True)
    if new == spelt and not _says(html_to_text(text).text, removal.wording):
        return text
    if _says(html_to_text(new).text, removal.wording) or _says(new, removal.wording):
        return f"<p>{html.escape(removal.stub)}</p>\n"
    return new


def _without_in_links(text: str, wording: Wording) -> str:
    """Links that spell the words, as one that begins an answer does its subject, end where they begin to tell."""
    if not wording:
        return text
    return _TOKEN.sub(lambda found: _link_without(found[0], wording), text)


def _link_without(token: str, wording: Wording) -> str:
    if not _is_link(token) or not _says(_spelt(token), wording):
        return token
    address = token.partition("?")[0]
    return MASK if _says(_spelt(address), wording) else address


def _is_link(token: str) -> bool:
    return "%" in token or "/" in token


def _spelt(text: str) -> str:
    """With letters for what links spell, also in a link that another one holds."""
    return unquote(unquote(unescaped(text)))


def _letter(reference: str) -> str:
    letters = unescaped(reference)
    return letters if letters.isalnum() else reference


def _part_stub(part: Part, stub: str) -> tuple[int, int, bytes]:
    head = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    head += b"Content-Disposition: inline\r\n\r\n"
    return part.header_start, part.body_end, head + _quoted(stub).removesuffix(_CRLF)


def _emptied(message: Message, removal: Removal) -> bytes:
    """The message with the stub for its body, its free fields gone where they still say it."""
    kept = []
    for each in message.root.head.fields:
        name = each.name.lower()
        said = name in _FREE_TEXT and _says(header_text(each.value, None), removal.wording | removal.titles)
        if name not in _REWRITTEN and not said:
            kept.append(message.octets[each.start : each.end])
    head = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    return b"".join([*kept, head, _quoted(removal.stub)])


def _cut(octets: bytes, cuts: list[tuple[int, int, bytes]]) -> bytes:
    pieces: list[bytes] = []
    at = 0
    for start, end, new in sorted(cuts):
        if start < at:
            continue
        pieces += (octets[at:start], new)
        at = end
    return b"".join([*pieces, octets[at:]])


def _quoted(text: str) -> bytes:
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    return b"".join(binascii.b2a_qp(line.encode("utf-8", "replace"), istext=False) + _CRLF for line in lines).replace(
        b"=\n", b"=\r\n"
    )


# --- finding words


def _texts(message: Message) -> Iterator[str]:
    for part in message.root.walk():
        for each in part.head.fields:
            if each.name.lower() in _FREE_TEXT | _NAMES_FILE:
                yield header_text(each.value, None)
        yield part.filename or ""
        yield _file_text(part)
        if not part.children and part.main_type == "text":
            text = part.text()
            yield html_to_text(text).text if part.content_type == "text/html" else text
            yield from (_spelt(token) for token in _TOKEN.findall(text) if _is_link(token))


def _titles(message: Message) -> Iterator[str]:
    for part in message.root.walk():
        for each in part.head.fields:
            if each.name.lower() in _FREE_TEXT:
                yield header_text(each.value, None)


def _says(text: str, wording: Wording) -> bool:
    if not wording or not text:
        return False
    return next(_hits([_fold(word) for word in _WORD.findall(text)], wording), None) is not None


def _found(text: str, markup: bool) -> list[tuple[int, int, str]]:
    """(start, end, folded) of each word."""
    pattern = _MARKUP_OR_WORD if markup else _WORD
    words = ((found.start(), found.end(), found[0]) for found in pattern.finditer(text))
    return [(start, end, _fold(word)) for start, end, word in words if not word.startswith(("<", "&"))]


def _runs(found: Sequence[tuple[int, int, str]], wording: Wording) -> Iterator[tuple[int, int]]:
    """(start, end) of each stretch of text covered by sequences that are to go."""
    opened, covered_until = 0, -1
    for at, last in _hits([word for _, _, word in found], wording):
        if at > covered_until:
            if covered_until >= 0:
                yield found[opened][0], found[covered_until][1]
            opened = at
        covered_until = max(covered_until, last)
    if covered_until >= 0:
        yield found[opened][0], found[covered_until][1]


def _hits(words: Sequence[str], wording: Wording) -> Iterator[tuple[int, int]]:
    """(first, last) of each sequence that is to go, the longest at each place."""
    firsts = wording.first_words
    for at, word in enumerate(words):
        if word in firsts:
            length = max((n for n, grams in wording.grams.items() if tuple(words[at : at + n]) in grams), default=0)
            if length:
                yield at, at + length - 1


def _fold(word: str) -> str:
    """Without case and accents."""
    if word.isascii():
        return word.lower()
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
