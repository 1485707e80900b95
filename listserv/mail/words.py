"""Text in headers: RFC 2047 words read, and the one writer of header fields.

Promises: reading never raises, is linear and gives text without line breaks and control characters, NFC; a broken
word is shown as it stands. Writing cannot inject: CR, LF, NUL, NEL, LS, PS and every other control character become
spaces before anything is encoded, lines are folded at 78 octets where a space allows it, never inside a token.
It knows no field by name and no address.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from listserv.mail.charsets import decode, nfc

FIELD_OCTETS_READ = 65_536
LINE_OCTETS = 78
WORD_OCTETS = 60
_LONGEST_PLAIN = 900

_OPENER = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_TO_SPACE = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029], " ")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_LAST_DIGITS = {2: b"AQgw", 3: b"AEIMQUYcgkosw048"}
_FIELD_NAME = re.compile(r"[!-9;-~]+\Z")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?>(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)\Z")
_Q_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_NEXT_LINE_OCTETS = re.compile(rb"\xc2[\x80-\x9f]|\xe2\x80[\xa8\xa9]|[\x00-\x1f\x7f]")
_WORD_START = "=?utf-8?"


def clean(text: str) -> str:
    """The same text on one line: every control character, NEL, LS and PS is a space, a lone surrogate is U+FFFD."""
    if _CONTROL.search(text) is None:
        return text
    return text.translate(_TO_SPACE).encode("utf-8", "replace").decode("utf-8")


def unfold(octets: bytes) -> bytes:
    """A field's value on one line, each fold one space, outer white space gone; the first 65,536 octets at most."""
    octets = octets[:FIELD_OCTETS_READ].strip(b" \t\r\n")
    if b"\n" not in octets and b"\r" not in octets:
        return octets
    return b" ".join([line for piece in octets.splitlines() if (line := piece.strip(b" \t"))])


def header_octets_text(octets: bytes, charset: str | None = None) -> str:
    """An unfolded value as text before any RFC 2047 decoding; 8-bit is UTF-8, else the message's charset."""
    return octets.decode("ascii") if octets.isascii() and b"\x1b" not in octets else decode(octets, charset)


def header_text(octets: bytes, charset: str | None = None) -> str:
    """What a person reads in a field: unfolded, RFC 2047 decoded, without control characters, NFC."""
    return decode_words(header_octets_text(unfold(octets), charset))


def decode_words(text: str) -> str:
    """`text` with its encoded words read (RFC 2047 §6), those that are broken left as they stand; cleaned, NFC."""
    if "=?" in text:
        text = "".join(_pieces(text))
    if text.isascii() and text.isprintable():
        return text.strip()
    return nfc(clean(text.replace("\x00", "")).strip())


class _Word:
    """One encoded word at `text[start:end]`."""

    __slots__ = ("charset", "encoding", "end", "octets", "start")

    def __init__(self, charset: str, encoding: str, octets: bytes, start: int, end: int) -> None:
        self.charset = charset.partition("*")[0].lower()
        self.encoding = encoding.lower()
        self.octets = octets
        self.start = start
        self.end = end


def _words(text: str) -> Iterator[_Word]:
    """Every encoded word in order. The search for `?=` never goes back, so the whole is linear."""
    close = -1
    at = text.find("=?")
    while at >= 0:
        opener = _OPENER.match(text, at)
        if opener is None:
            at = text.find("=?", at + 1)
            continue
        if close < opener.end():
            close = text.find("?=", opener.end())
        if close < 0:
            return
        inner = text[opener.end() : close] if text.find("=?", opener.end(), close) < 0 else None
        if inner is None or not inner.isascii():
            at = text.find("=?", at + 1)
            continue
        yield _Word(opener[1], opener[2], inner.encode("ascii"), at, close + 2)
        at = text.find("=?", close + 2)


def _pieces(text: str) -> Iterator[str]:
    """Plain text and decoded words in order; white space between two words is dropped, equal neighbours are joined."""
    run: list[_Word] = []
    done = 0
    for word in _words(text):
        between = text[done : word.start]
        if run and not between.strip():
            if (word.charset, word.encoding) != (run[0].charset, run[0].encoding):
                yield _decoded_run(run, text)
                run = []
        else:
            if run:
                yield _decoded_run(run, text)
            yield between
            run = []
        run.append(word)
        done = word.end
    if run:
        yield _decoded_run(run, text)
    yield text[done:]


def _decoded_run(run: list[_Word], text: str) -> str:
    """Neighbours of one charset as one piece, so that a letter cut between two words is whole again."""
    if run[0].encoding == "q":
        octets: bytes | None = b"".join([binascii.a2b_qp(word.octets, header=True) for word in run])
    else:
        octets = decode_base64_words([word.octets for word in run])
    if octets is None:
        return text[run[0].start : run[-1].end]
    return decode(octets, run[0].charset)


def decode_base64_words(words: list[bytes]) -> bytes | None:
    """The octets of neighbouring B words; one stream cut at odd places is read as one; None if it is not base64."""
    if not all(map(_is_complete, words[:-1])):
        words = [b"".join(words)]
    pieces = []
    for word in words:
        digits = _NOT_BASE64.sub(b"", word)
        if len(digits) % 4 == 1:
            digits = digits[:-1]
        if not digits and word:
            return None
        pieces.append(binascii.a2b_base64(digits + b"=" * (-len(digits) % 4)))
    return b"".join(pieces)


def _is_complete(word: bytes) -> bool:
    """Whether a B word holds whole octets: what its last character has beyond them is zero (RFC 4648 §3.5)."""
    odd = len(word) % 4
    return odd == 0 or word.endswith(b"=") or (odd > 1 and word[-1:] in _LAST_DIGITS[odd])


def encode_text(text: str) -> bytes:
    """Unstructured text for a field (RFC 2047 §5 (1)): ASCII as it is, the rest as encoded words, cleaned first."""
    words = nfc(clean(text)).strip().split(" ")
    odd = [at for at, word in enumerate(words) if not word.isascii() or "=?" in word or len(word) > _LONGEST_PLAIN]
    if not odd:
        return " ".join(words).encode("ascii")
    first, last = odd[0], odd[-1] + 1
    before = [word.encode("ascii") for word in words[:first]]
    after = [word.encode("ascii") for word in words[last:]]
    return b" ".join([*before, *_encoded_words(" ".join(words[first:last])), *after])


def encode_phrase(text: str) -> bytes:
    """A display name (RFC 5322 §3.2.5): atoms, else a quoted string, else encoded words; cleaned first."""
    text = nfc(clean(text)).strip()
    if not text.isascii() or "=?" in text:
        return b" ".join(_encoded_words(text))
    if not text or _ATOMS.match(text) is not None:
        return text.encode("ascii")
    return b'"' + text.replace("\\", "\\\\").replace('"', '\\"').encode("ascii") + b'"'


def _encoded_words(text: str) -> Iterator[bytes]:
    """Encoded words of at most 60 octets (75 may be, but a name stands on the line too), in the shorter of B and Q."""
    octets = text.encode("utf-8")
    q_octets = sum(1 if octet in _Q_PLAIN or octet == 0x20 else 3 for octet in octets)
    encoding = "q" if q_octets <= (len(octets) + 2) // 3 * 4 else "b"
    room = WORD_OCTETS - len(_WORD_START) - len("q??=")
    piece = ""
    for letter in text:
        if _encoded_length(piece + letter, encoding) > room:
            yield _encoded_word(piece, encoding)
            piece = ""
        piece += letter
    yield _encoded_word(piece, encoding)


def _encoded_length(piece: str, encoding: str) -> int:
    octets = piece.encode("utf-8")
    return len(_q(octets)) if encoding == "q" else (len(octets) + 2) // 3 * 4


def _q(octets: bytes) -> str:
    return "".join(["_" if octet == 0x20 else chr(octet) if octet in _Q_PLAIN else f"={octet:02X}" for octet in octets])


def _encoded_word(piece: str, encoding: str) -> bytes:
    octets = piece.encode("utf-8")
    inner = _q(octets) if encoding == "q" else binascii.b2a_base64(octets, newline=False).decode("ascii")
    return f"{_WORD_START}{encoding}?{inner}?=".encode("ascii")


def fold_field(name: str, value: str | bytes) -> bytes:
    """One whole field with CRLF: text is encoded as unstructured text, octets are a value that is already encoded.

    Lines are at most 78 octets where a space allows it; nothing is broken but at a space (RFC 5322 §2.1.1, §2.2.3).
    A name that is no field name is a mistake of ours and raises ValueError.
    """
    if _FIELD_NAME.match(name) is None:
        raise ValueError(f"{name!r} cannot be the name of a header field")
    octets = encode_text(value) if isinstance(value, str) else _NEXT_LINE_OCTETS.sub(b" ", value)
    lines: list[bytes] = []
    line = name.encode("ascii") + b":"
    for token in octets.split(b" "):
        if not token:
            continue
        if len(line) + 1 + len(token) > LINE_OCTETS and (lines or len(line) > len(name) + 1):
            lines.append(line)
            line = b""
        line += b" " + token
    return b"\r\n".join([*lines, line]) + b"\r\n"
