"""The body of a copy: the author's octets, notes in place of files too large, the footer where it does no harm.

Promises: only the octets of the part that gets the footer change, and those only by addition; of its header at most
the charset (us-ascii to utf-8, of which it is a part) and the transfer encoding (7bit to 8bit). Signed, encrypted and
calendar mail, reports, and whatever has an odd structure stay as they are.

The footer goes below the one text/plain part and before the end of the one text/html part that show the post.
Where neither can take it and the message is multipart/mixed (a phone's text, photograph, text), it becomes a last
part of its own. A part that quotes a footer of the same group at any depth gets no second one. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from listserv.mail.charsets import codec_name
from listserv.mail.entities import unescaped
from listserv.mail.footermark import has_footer_mark
from listserv.mail.mime import Part
from listserv.mail.parse import Message
from listserv.mail.splice import append_text, insert_html
from listserv.outbound.footer import Footer

_CRLF = b"\r\n"
_ASCII_NAMES = frozenset({None, "us-ascii", "ascii", "ansi_x3.4-1968"})
_ASCII_SAMPLE = "Az09 _-+~:/@.<>&#;\"='\\"
_CHARSET = re.compile(
    rb"(;[ \t\r\n]{0,80}charset[ \t]{0,8}=[ \t]{0,8})(?:\"[^\"]{0,80}\"|[^;\s\"]{1,80})", re.IGNORECASE
)
_PLAIN_TYPE = re.compile(rb"[A-Za-z]{1,20}/[A-Za-z0-9.+-]{1,80}(?:[ \t]|\r\n[ \t]){0,80}(?:;|\Z)")
_CONTENT_TYPE = b"Content-Type"
_ENCODING = b"Content-Transfer-Encoding"
_DISPOSITION = b"Content-Disposition"
_NO_NOTES: Mapping[int, str] = {}


class Body(NamedTuple):
    """What stands below the blank line, and the values that fields of the message's own header must have for it."""

    octets: bytes
    root_fields: dict[bytes, bytes]


class _Spot(NamedTuple):
    """A part that shows the post, and the parts around it from the outermost in."""

    part: Part
    around: tuple[Part, ...]


@dataclass(slots=True)
class _Edits:
    """Changes by offset: `octets[start:end]` becomes something else."""

    root: Part
    cuts: list[tuple[int, int, bytes]] = field(default_factory=list)
    root_fields: dict[bytes, bytes] = field(default_factory=dict)

    def body(self, part: Part, octets: bytes) -> None:
        """The line end before a delimiter belongs to the delimiter: a part below another gets no new one at its end."""
        if part is not self.root and not part.body().endswith(_CRLF):
            octets = octets.removesuffix(_CRLF)
        self.cuts.append((part.body_start, part.body_end, octets))

    def set_field(self, part: Part, name: bytes, value: bytes) -> None:
        """The first field of that name has this value; it comes into being where there is none."""
        if part is self.root:
            self.root_fields[name] = value
            return
        line = name + b": " + value + _CRLF
        found = next((entry for entry in part.head.fields if entry.name.lower() == name.lower()), None)
        blank_line = part.body_start - len(_CRLF)
        self.cuts.append((found.start, found.end, line) if found else (blank_line, blank_line, line))

    def applied(self) -> bytes:
        octets, at = self.root.octets, self.root.body_start
        pieces: list[bytes] = []
        for start, end, replacement in sorted(self.cuts):
            pieces += (octets[at:start], replacement)
            at = end
        return b"".join([*pieces, octets[at:]])


def body_with_footer(message: Message, footer: Footer | None, notes: Mapping[int, str] = _NO_NOTES) -> Body:
    """The body of a copy: the author's, octet by octet, with None and wherever no footer can stand.

    `notes` are texts that stand in place of parts, by the part's index in `walk()`.
    """
    edits = _Edits(message.root)
    for index, part in enumerate(message.root.walk()) if notes else ():
        if index in notes:
            _put_note(edits, part, notes[index])
    if footer is not None and not message.is_signed_or_encrypted and not _holds_calendar(message.root):
        _add_footer(edits, footer)
    return Body(edits.applied(), edits.root_fields)


def _put_note(edits: _Edits, part: Part, note: str) -> None:
    """A small text in the place of the part, its header with it."""
    text = append_text(b"", "quoted-printable", note.replace("\n", "\r\n").encode()) or b""
    fields = {_CONTENT_TYPE: b"text/plain; charset=utf-8", _ENCODING: b"quoted-printable", _DISPOSITION: b"inline"}
    if part is edits.root:
        edits.root_fields |= fields
        edits.cuts.append((part.body_start, part.body_end, text))
        return
    head = b"".join([b"%b: %b\r\n" % field for field in fields.items()])
    edits.cuts.append((part.header_start, part.body_end, head + _CRLF + text.removesuffix(_CRLF)))


def _holds_calendar(root: Part) -> bool:
    return any(part.content_type == "text/calendar" for part in root.walk())


def _add_footer(edits: _Edits, footer: Footer) -> None:
    spots = list(_spots(edits.root, ()))
    plain = [spot for spot in spots if spot.part.content_type == "text/plain"][:1]
    html = [spot for spot in spots if spot.part.content_type == "text/html"][-1:]
    done = [_add_text(edits, spot, footer) for spot in plain] + [_add_html(edits, spot.part, footer) for spot in html]
    if not any(done):
        _add_part(edits, footer.text)


def _spots(part: Part, around: tuple[Part, ...]) -> Iterator[_Spot]:
    """The text parts that show the post itself; none where a reader sees several texts one below the other."""
    if part.defects or _is_attached(part) or not _has_plain_header(part, bool(around)):
        return
    below: tuple[Part, ...] = ()
    if part.content_type in ("text/plain", "text/html"):
        yield _Spot(part, around)
    elif part.content_type == "multipart/alternative":
        below = part.children
    elif part.content_type == "multipart/related":
        below = part.children[:1]
    elif part.content_type == "multipart/mixed":
        shown = tuple([child for child in part.children if child.main_type in ("text", "multipart")])
        shown = tuple([child for child in shown if not _is_attached(child)])
        below = shown if len(shown) == 1 else ()
    for child in below:
        yield from _spots(child, (*around, part))


def _is_attached(part: Part) -> bool:
    return part.disposition == "attachment" or part.filename is not None


def _has_plain_header(part: Part, is_below: bool) -> bool:
    """Whether every reader takes the part for the same: one well-formed Content-Type or none, a blank line below.

    The message's own header is written anew and always ends in a blank line.
    """
    types = part.raw("Content-Type")
    if (is_below and len(types) > 1) or (types and _PLAIN_TYPE.match(types[0]) is None):
        return False
    end = part.body_start - len(_CRLF)
    lines = part.octets[part.header_start : end]
    return not is_below or (part.octets.startswith(_CRLF, end) and (not lines or lines.endswith(_CRLF)))


def _add_text(edits: _Edits, spot: _Spot, footer: Footer) -> bool:
    """Whether the part now has the footer, or had one before."""
    part = spot.part
    if has_footer_mark(part.text(), footer.title):
        return True
    text = "\r\n" + footer.text.replace("\n", "\r\n")
    addition = _encoded(text, part.charset)
    new_type = None
    if addition is None and part.charset in _ASCII_NAMES and _is_utf_8(part.decoded()):
        addition, new_type = text.encode(), _as_utf_8(part)
        if new_type is None:
            return False
    body = None if addition is None else append_text(part.body(), part.transfer_encoding, addition)
    if addition is None or body is None:
        return False
    edits.body(part, body)
    if new_type is not None:
        edits.set_field(part, _CONTENT_TYPE, new_type)
    if part.transfer_encoding == "7bit" and not addition.isascii():
        _declare_8bit(edits, spot)
    return True


def _encoded(text: str, charset: str | None) -> bytes | None:
    """The text in a charset in which ASCII stands for itself, None if it does not fit or we do not know the charset."""
    codec = "us-ascii" if charset is None else codec_name(charset)
    try:
        if codec is None or _ASCII_SAMPLE.encode(codec) != _ASCII_SAMPLE.encode():
            return None
        # `codec_name` reads with a superset; what is written keeps to the very charset that is declared.
        return text.encode() if text.isascii() else text.encode(charset or codec)
    except (LookupError, UnicodeError):
        return None


def _is_utf_8(octets: bytes) -> bool:
    """Whether the octets are valid UTF-8, ASCII above all; undeclared ISO-2022 is ASCII with escapes and is not."""
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return b"\x1b" not in octets


def _as_utf_8(part: Part) -> bytes | None:
    """The part's Content-Type with charset utf-8, all else as it was; None if it is not plainly text."""
    values = part.raw("Content-Type")
    if not values:
        return b"text/plain; charset=utf-8"
    value, found = _CHARSET.subn(rb"\1utf-8", values[0], count=1)
    if not value.lower().startswith(b"text/") or b"charset*" in value.lower():
        return None
    return value if found else value.rstrip(b"; \t") + b"; charset=utf-8"


def _declare_8bit(edits: _Edits, spot: _Spot) -> None:
    """8bit for the part, and for each one around it that says 7bit (RFC 2045 §6.4)."""
    edits.set_field(spot.part, _ENCODING, b"8bit")
    for part in spot.around:
        if part.transfer_encoding == "7bit" and part.raw("Content-Transfer-Encoding"):
            edits.set_field(part, _ENCODING, b"8bit")


def _add_html(edits: _Edits, part: Part, footer: Footer) -> bool:
    """Whether the part now has the footer, or had one before. Letters beyond ASCII become character references."""
    if has_footer_mark(unescaped(part.text()), footer.title):
        return True
    html = footer.html.replace("\n", "\r\n").encode("ascii", "xmlcharrefreplace")
    if _encoded(html.decode(), part.charset) is None:
        return False
    body = insert_html(part.body(), part.transfer_encoding, html)
    if body is None:
        return False
    edits.body(part, body)
    return True


def _add_part(edits: _Edits, text: str) -> None:
    """The footer as the last part of a multipart/mixed message that ends as it should."""
    root = edits.root
    if root.content_type != "multipart/mixed" or root.defects or not _has_plain_header(root, is_below=False):
        return
    delimiter = b"\r\n--" + root.params.get("boundary", "").rstrip().encode()
    end = root.children[-1].body_end
    if not root.octets.startswith(delimiter, end):
        return
    encoding = "7bit" if text.isascii() else "quoted-printable"
    head = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
    head += "Content-Disposition: inline\r\n\r\n"
    body = append_text(b"", encoding, text.replace("\n", "\r\n").encode())
    if body is not None:
        edits.cuts.append((end, end, delimiter + _CRLF + head.encode() + body.removesuffix(_CRLF)))
