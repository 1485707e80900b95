"""The MIME tree of a message as byte offsets (RFC 2045, RFC 2046), found without recursion.

Promises: never raises; a part is a window on octets that are never copied or changed; at most `depth` levels and
`parts` parts, what is deeper or more stays one opaque leaf with a defect; the work is linear for each level. An outer
boundary wins over an inner one, so an inner multipart without an end stops where its parent goes on. It does not look
inside archives, TNEF or anything else that is not MIME.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from listserv.mail.charsets import BEYOND_ASCII, decode, nfc
from listserv.mail.fields import Head, cut_head
from listserv.mail.lineends import line_feeds
from listserv.mail.params import parse_content_type, parse_parameters, safe_file_name
from listserv.mail.transfer import decode_transfer, is_identity
from listserv.mail.words import header_octets_text, unfold

_AFTER_DELIMITER = re.compile(rb"(--)?[ \t]*+\r*+(?:\n|\Z)")
_EMBEDDED = frozenset({"message/rfc822", "message/global", "message/news"})
_USUAL_ENCODINGS = {name.encode(): name for name in ("7bit", "8bit", "quoted-printable", "base64")}
DELIMITERS_READ = 100_000
_COMMENT = re.compile(r"\([^()]*\)")


@dataclass(frozen=True, slots=True)
class MimeLimits:
    """How far a tree is followed."""

    parts: int = 1_000
    depth: int = 20
    boundary_octets: int = 2_048


@dataclass(slots=True, eq=False)  # not frozen: that would make a part cost three times as much
class Part:
    """One part: `octets[header_start:body_start]` is its header, `octets[body_start:body_end]` its body, still encoded.

    It is never changed.
    `content_type` is lower case and is text/plain for a multipart in which no part was found; `charset` is what was
    declared, None if nothing was; `disposition` is "" if there is none. The line end before a delimiter
    belongs to the delimiter (RFC 2046 §5.1.1). An embedded message is the one child of its message/rfc822 part.
    """

    octets: bytes = field(repr=False)
    head: Head = field(repr=False)
    body_end: int
    content_type: str
    params: Mapping[str, str]
    disposition: str
    filename: str | None
    content_id: str | None
    transfer_encoding: str
    children: tuple[Part, ...] = field(repr=False)
    defects: tuple[str, ...]

    @property
    def header_start(self) -> int:
        """Where the part's first field may stand."""
        return self.head.start

    @property
    def body_start(self) -> int:
        """Where its body begins: after the blank line."""
        return self.head.body_start

    @property
    def charset(self) -> str | None:
        """The declared charset in lower case."""
        charset = self.params.get("charset", "").strip().lower()
        return charset or None

    @property
    def main_type(self) -> str:
        """`text` of `text/plain`."""
        return self.content_type.partition("/")[0]

    def raw(self, name: str) -> list[bytes]:
        """The raw values of every field of this name in the part's own header, outer white space gone."""
        return self.head.raw(name)

    def walk(self) -> Iterator[Part]:
        """This part and all below it, each before its children, in the order they stand in the message."""
        stack = [self]
        while stack:
            part = stack.pop()
            yield part
            if part.children:
                stack.extend(reversed(part.children))

    def body(self) -> bytes:
        """The body as it stands, still encoded."""
        return self.octets[self.body_start : self.body_end]

    def decoded(self) -> bytes:
        """The body with its transfer encoding undone, however broken; never longer than the body."""
        return decode_transfer(self.body(), self.transfer_encoding)

    def text(self) -> str:
        """The decoded body as text: lines end in LF, NUL is gone, NFC. Meant for text parts, harmless on others."""
        octets, charset = self.decoded(), self.charset
        if charset in BEYOND_ASCII and b"\x00" not in octets and b"\x1b" not in octets:
            octets = line_feeds(octets)
        text = decode(octets, charset)
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        return nfc(text)


class _Node:
    """A part while the tree is still growing; `stop` is where its body ends."""

    __slots__ = ("children", "content_type", "defects", "depth", "head", "params", "stop")

    def __init__(self, head: Head, stop: int, depth: int, default_type: str) -> None:
        self.head = head
        self.stop = stop
        self.depth = depth
        self.content_type, self.params = parse_content_type(head.first(b"content-type"), default_type)
        self.children: list[_Node] = []
        self.defects: list[str] = [] if depth == 0 else list(head.defects)


def scan_parts(octets: bytes, head: Head, limits: MimeLimits | None = None) -> Part:
    """The tree of the message whose header was cut as `head`; see the module's promises."""
    return _Scanner(octets, limits or MimeLimits()).tree(head)


class _Scanner:
    def __init__(self, octets: bytes, limits: MimeLimits) -> None:
        self.octets = octets
        self.limits = limits
        self.nodes: list[_Node] = []
        self.delimiters_left = DELIMITERS_READ

    def tree(self, head: Head) -> Part:
        root = self._node(head, len(self.octets), 0, "text/plain")
        work = [root]
        while work:
            node = work.pop()
            self._open(node)
            work.extend(reversed(node.children))
        return self._built()

    def _node(self, head: Head, stop: int, depth: int, default_type: str) -> _Node:
        node = _Node(head, stop, depth, default_type)
        self.nodes.append(node)
        return node

    def _open(self, node: _Node) -> None:
        """Give `node` its children, if it has any and they are within the limits."""
        multipart = node.content_type.startswith("multipart/")
        if not multipart and node.content_type not in _EMBEDDED:
            return
        if node.depth >= self.limits.depth:
            node.defects.append("too_deep")
        elif multipart:
            self._open_multipart(node)
        else:
            self._open_embedded(node)

    def _open_embedded(self, node: _Node) -> None:
        if not is_identity(_transfer_encoding(node.head)):
            node.defects.append("encoded_message")
        elif len(self.nodes) >= self.limits.parts:
            node.defects.append("too_many_parts")
        else:
            head = cut_head(self.octets, node.head.body_start, node.stop)
            node.children.append(self._node(head, node.stop, node.depth + 1, "text/plain"))

    def _open_multipart(self, node: _Node) -> None:
        boundary = node.params.get("boundary", "").rstrip().encode("utf-8", "replace")
        if not boundary or len(boundary) > self.limits.boundary_octets:
            node.defects.append("boundary_too_long" if boundary else "no_boundary")
            node.content_type = "text/plain"
            return
        windows, closed = self._windows(boundary, node.head.body_start, node.stop)
        self._add_children(node, windows)
        if not windows:
            node.defects.append("no_parts")
            node.content_type = "text/plain"
        elif self.delimiters_left < 0:
            node.defects.append("too_many_parts")
        elif not closed:
            node.defects.append("no_closing_boundary")

    def _add_children(self, node: _Node, windows: list[tuple[int, int]]) -> None:
        """One child a window; where there are more than we follow, the last child is opaque and holds all the rest."""
        default_type = "message/rfc822" if node.content_type == "multipart/digest" else "text/plain"
        room = self.limits.parts - len(self.nodes)
        whole = windows if len(windows) <= room else windows[: max(0, room - 1)]
        for start, stop in whole:
            head = cut_head(self.octets, start, stop)
            node.children.append(self._node(head, stop, node.depth + 1, default_type))
        if len(whole) == len(windows):
            return
        node.defects.append("too_many_parts")
        if room > 0:
            rest = windows[len(whole)][0]
            opaque = Head(self.octets, (), rest, rest, rest, ("too_many_parts",))
            node.children.append(self._node(opaque, node.stop, node.depth + 1, "application/octet-stream"))

    def _windows(self, boundary: bytes, start: int, stop: int) -> tuple[list[tuple[int, int]], bool]:
        """The (start, stop) of each part between the delimiter lines of one boundary, and whether it was closed."""
        windows: list[tuple[int, int]] = []
        opened = -1
        for line, after, closing in self._delimiters(boundary, start, stop):
            if 0 <= opened < line:
                windows.append((opened, max(opened, _before_line_end(self.octets, line))))
            if closing:
                return windows, True
            if len(windows) > self.limits.parts:
                return windows, False
            opened = after
        if opened >= 0:
            windows.append((opened, stop))
        return windows, False

    def _delimiters(self, boundary: bytes, start: int, stop: int) -> Iterator[tuple[int, int, bool]]:
        """Every delimiter line as (where it starts, where the next line starts, whether it closes)."""
        needle = b"\n--" + boundary
        first = self.octets.startswith(needle[1:], start, stop)
        line = start if first else self._line_with(needle, start, stop)
        while line >= 0:
            after = _AFTER_DELIMITER.match(self.octets, line + len(needle) - 1, stop)
            if after is not None:
                yield line, after.end(), after[1] is not None
            self.delimiters_left -= 1
            if self.delimiters_left < 0:
                return
            line = self._line_with(needle, line, stop)

    def _line_with(self, needle: bytes, start: int, stop: int) -> int:
        found = self.octets.find(needle, start, stop)
        return found + 1 if found >= 0 else -1

    def _built(self) -> Part:
        """The finished tree: nodes were made parents first, so from the last to the first children are ready."""
        parts: dict[int, Part] = {}
        for node in reversed(self.nodes):
            children = tuple([parts.pop(id(child)) for child in node.children])
            parts[id(node)] = _finished(self.octets, node, children)
        return parts[id(self.nodes[0])]


def _before_line_end(octets: bytes, line: int) -> int:
    """Where the line before `line` ends, its line end not counted."""
    end = line - 1
    return end - 1 if octets[end - 1 : end] == b"\r" else end


def _finished(octets: bytes, node: _Node, children: tuple[Part, ...]) -> Part:
    raw_disposition = node.head.first(b"content-disposition")
    disposition, params = ("", {}) if raw_disposition is None else parse_parameters(raw_disposition)
    name = params.get("filename") or node.params.get("name")
    content_id = node.head.first(b"content-id")
    return Part(
        octets,
        node.head,
        node.stop,
        node.content_type,
        node.params,
        disposition,
        None if name is None else safe_file_name(name),
        None if content_id is None else _token(content_id).strip("<>") or None,
        _transfer_encoding(node.head),
        children,
        tuple(node.defects),
    )


def _transfer_encoding(head: Head) -> str:
    value = head.first(b"content-transfer-encoding")
    if value is None:
        return "7bit"
    return _USUAL_ENCODINGS.get(value) or _COMMENT.sub("", _token(value)).strip(" \t\"';").lower()


def _token(value: bytes) -> str:
    return header_octets_text(unfold(value)).replace("\x00", "").strip()
