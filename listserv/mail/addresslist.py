"""Reading an address field (RFC 5322 §3.4, with the obsolete forms of §4.4, RFC 6532 and RFC 6854 groups).

Promises: linear, bounded, never raises. What it calls `ok` has one reading only: an open comment or quotation, a
second address inside the display name, text after the closing `>` (`member(<eve@evil>`, CVE-2023-27043 and its
family) all make it not ok, and a mailbox is only ever given for an address that passes `valid_address`. Encoded
words are decoded last, in names alone, so that they cannot bring a comma or an angle bracket into the structure.
"""

from __future__ import annotations

import re
from functools import lru_cache

from listserv.mail.address import Mailbox, valid_address
from listserv.mail.charsets import is_utf_8
from listserv.mail.words import FIELD_OCTETS_READ, decode_words, header_octets_text, unfold

MAILBOXES_READ = 5_000
NAME_CHARACTERS = 500
COMMENT_DEPTH = 20
OFTEN_OCTETS = 150
FIELDS_KEPT = 1_000

_USUAL = re.compile(
    r'(?:"([^"\\]*+)"|([^\x00-\x1f"\\<>()@,:;\[\]]*+)) ?<([A-Za-z0-9!#$%&\'*+/=?^_`{|}~.-]++@[A-Za-z0-9._-]++)>\Z'
)
_ADDRESS_ONLY = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]++@[A-Za-z0-9._-]++\Z")
_ATOM = re.compile(r'[^\x00-\x20\x7f()<>\[\]:;@\\,"]+')
_SPACE = re.compile(r"[ \t\r\n]+")
_QUOTE_STOP = re.compile(r'["\\]')
_COMMENT_STOP = re.compile(r"[()\\]")
_DOT_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++(?>(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++)*)\Z")
_SPACES = re.compile(r"\s+")

_ATOM_KIND, _QUOTED_KIND, _LITERAL_KIND, _COMMENT_KIND, _BAD_KIND = "atom", "quoted", "literal", "comment", "bad"
_WORD_KINDS = frozenset({_ATOM_KIND, _QUOTED_KIND, _COMMENT_KIND})
_Token = tuple[str, str, bool]
"""(kind or the special character itself, text, whether white space stands before it)"""


def parse_mailboxes(field: str | bytes, charset: str | None = None) -> tuple[tuple[Mailbox, ...], bool]:
    """The mailboxes of an address field in order, and whether the whole field was read without any doubt.

    What could not be read is left out. At most 5,000 mailboxes of the first 65,536 octets are read; where that cuts
    something off, it is not ok. An empty field and an empty group are ok and hold no mailbox. Raw 8-bit in names
    is UTF-8, else of the given charset; an address beyond ASCII is only believed in UTF-8 (RFC 6532).
    """
    if isinstance(field, str):
        return _read(field[:FIELD_OCTETS_READ].strip(), len(field) <= FIELD_OCTETS_READ)
    return _often(field, charset) if len(field) <= OFTEN_OCTETS else _octets_read(field, charset)


def _octets_read(field: bytes, charset: str | None) -> tuple[tuple[Mailbox, ...], bool]:
    whole = len(field) <= FIELD_OCTETS_READ
    if b"\x00" in field:
        return (), False
    mailboxes, ok = _read(header_octets_text(unfold(field), charset), whole)
    if is_utf_8(field):
        return mailboxes, ok
    believed = tuple([mailbox for mailbox in mailboxes if mailbox.address.isascii()])
    return believed, ok and len(believed) == len(mailboxes)


_often = lru_cache(FIELDS_KEPT)(_octets_read)  # who writes once writes again


def _read(text: str, whole: bool) -> tuple[tuple[Mailbox, ...], bool]:
    usual = _usual(text)
    if usual is not None:
        return (usual,), whole
    reader = _Reader(text)
    reader.read()
    return tuple(reader.mailboxes), reader.ok and whole


def _usual(text: str) -> Mailbox | None:
    """`Name <local@domain>`, `"Name" <...>` or the address alone: nearly all mail there is."""
    match = _USUAL.match(text)
    if match is not None:
        name, address = match[1] or match[2] or "", match[3]
    elif _ADDRESS_ONLY.match(text) is not None:
        name, address = "", text
    else:
        return None
    if not valid_address(address):
        return None
    return Mailbox(_name(name), address)


def _name(text: str) -> str:
    return _SPACES.sub(" ", decode_words(text)).strip()[:NAME_CHARACTERS]


class _Reader:
    """One pass over one field: collects tokens of an item and closes it at a comma, a semicolon or the end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.ok = True
        self.mailboxes: list[Mailbox] = []
        self.loose: list[str] = []
        self.in_group = False

    def read(self) -> None:
        item: list[_Token] = []
        only_words = in_route = False
        while (token := self._token()) is not None:
            kind = token[0]
            if kind == _BAD_KIND:
                self.ok = False
                return
            in_route = (in_route or (kind == "@" and _opens_angle(item))) and kind not in ":>;"
            if kind in ",;" and not in_route:
                self._close(item)
                item = []
                if kind == ";":
                    self._end_group()
            elif kind == ":" and only_words and not self.in_group:
                self.in_group = True
                item = []
            else:
                only_words = kind in _WORD_KINDS and (only_words or not item)
                item.append(token)
            if len(self.mailboxes) >= MAILBOXES_READ:
                self.ok = False
                return
        self._close(item)
        self._end_group()

    def _end_group(self) -> None:
        self.in_group = False
        if self.loose:
            self.ok = False
            self.loose = []

    def _close(self, item: list[_Token]) -> None:
        """Read what stood between two commas; words alone belong to the name that follows (`Doe, Jane <j@x>`)."""
        item = [token for token in item if token[0] != _COMMENT_KIND or token[1]]
        comments = [text for kind, text, _ in item if kind == _COMMENT_KIND]
        tokens = [token for token in item if token[0] != _COMMENT_KIND]
        if not tokens:
            self.ok = self.ok and not self.loose
            return
        opens = next((place for place, token in enumerate(tokens) if token[0] == "<"), None)
        if opens is None:
            self._close_bare(tokens, comments)
            return
        closes = tokens[-1][0] == ">"
        address = _address(_after_route(tokens[opens + 1 : len(tokens) - closes]))
        name = _phrase(tokens[:opens])
        if address is None or name is None or not _phrase_is_honest(tokens[:opens], address):
            self.ok = False
            self.loose = []
            return
        full_name = ", ".join([*self.loose, name]) if name else ""
        self.ok = self.ok and (not self.loose or bool(name))
        self.loose = []
        self.mailboxes.append(Mailbox(_name(full_name or " ".join(comments)), address))

    def _close_bare(self, tokens: list[_Token], comments: list[str]) -> None:
        address = _address(tokens)
        if address is not None:
            self.ok = self.ok and not self.loose
            self.loose = []
            self.mailboxes.append(Mailbox(_name(" ".join(comments)), address))
            return
        name = _phrase(tokens)
        if name and all(token[0] != "@" for token in tokens):
            self.loose.append(name)
        else:
            self.ok = False

    def _token(self) -> _Token | None:
        text = self.text
        space = _SPACE.match(text, self.at)
        if space is not None:
            self.at = space.end()
        if self.at >= len(text):
            return None
        spaced = space is not None
        atom = _ATOM.match(text, self.at)
        if atom is not None:
            self.at = atom.end()
            return _ATOM_KIND, atom[0], spaced
        first = text[self.at]
        if first == '"':
            return self._quoted(spaced)
        if first == "(":
            return self._comment(spaced)
        if first == "[":
            return self._literal(spaced)
        self.at += 1
        return (first, first, spaced) if first in "<>:;@," else (_BAD_KIND, first, spaced)

    def _quoted(self, spaced: bool) -> _Token:
        pieces: list[str] = []
        at = self.at + 1
        while (stop := _QUOTE_STOP.search(self.text, at)) is not None:
            pieces.append(self.text[at : stop.start()])
            if stop[0] == '"':
                self.at = stop.end()
                return _QUOTED_KIND, "".join(pieces), spaced
            pieces.append(self.text[stop.end() : stop.end() + 1])
            at = stop.end() + 1
        return _BAD_KIND, "", spaced

    def _comment(self, spaced: bool) -> _Token:
        pieces: list[str] = []
        depth, at = 1, self.at + 1
        while depth <= COMMENT_DEPTH and (stop := _COMMENT_STOP.search(self.text, at)) is not None:
            pieces.append(self.text[at : stop.start()])
            at = stop.end()
            if stop[0] == "\\":
                pieces.append(self.text[at : at + 1])
                at += 1
                continue
            depth += 1 if stop[0] == "(" else -1
            if depth == 0:
                self.at = at
                return _COMMENT_KIND, "".join(pieces).strip(), spaced
            pieces.append(stop[0])
        return _BAD_KIND, "", spaced

    def _literal(self, spaced: bool) -> _Token:
        end = self.text.find("]", self.at)
        if end < 0:
            return _BAD_KIND, "", spaced
        literal = self.text[self.at : end + 1]
        self.at = end + 1
        return (_BAD_KIND, "", spaced) if "\\" in literal or "[" in literal[1:] else (_LITERAL_KIND, literal, spaced)


def _opens_angle(item: list[_Token]) -> bool:
    return bool(item) and item[-1][0] == "<"


def _after_route(tokens: list[_Token]) -> list[_Token]:
    """The tokens after an obsolete source route `@a,@b:` (RFC 5322 §4.4), which names only hosts on the way."""
    if not tokens or tokens[0][0] != "@":
        return tokens
    colon = next((place for place, token in enumerate(tokens) if token[0] == ":"), None)
    return tokens if colon is None else tokens[colon + 1 :]


def _address(tokens: list[_Token]) -> str | None:
    """The address these tokens spell, None unless it is exactly one valid one."""
    at = [place for place, token in enumerate(tokens) if token[0] == "@"]
    if len(at) != 1:
        return None
    local, domain = tokens[: at[0]], tokens[at[0] + 1 :]
    if len(local) == 1 and local[0][0] == _QUOTED_KIND:
        text: str | None = _local_of_quoted(local[0][1])
    else:
        text = _dotted(local)
    host = domain[0][1] if len(domain) == 1 and domain[0][0] == _LITERAL_KIND else _dotted(domain)
    address = f"{text}@{host}"
    return address if text and host and valid_address(address) else None


def _local_of_quoted(text: str) -> str:
    """The local part without quotation marks if it needs none (`"jane"@x` is `jane@x`)."""
    return text if _DOT_ATOM.match(text) else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _dotted(tokens: list[_Token]) -> str | None:
    """Atoms joined; white space between two is allowed only beside a dot (`john . smith`)."""
    text = ""
    for kind, piece, _ in tokens:
        if kind != _ATOM_KIND or (text and not text.endswith(".") and not piece.startswith(".")):
            return None
        text += piece
    return text


def _phrase(tokens: list[_Token]) -> str | None:
    """The display name these tokens spell, None if they cannot be one; real mail has @, : and [..] in it unquoted."""
    name = ""
    for kind, piece, spaced in tokens:
        if kind in "<>":
            return None
        name += (" " if spaced and name else "") + piece
    return name


def _phrase_is_honest(tokens: list[_Token], address: str) -> bool:
    """Whether an unquoted @ in the display name only repeats the address: else another reader may take that one."""
    if all(token[0] != "@" for token in tokens):
        return True
    shown = _address(tokens)
    return shown is not None and shown.lower() == address.lower()
