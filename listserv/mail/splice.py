"""Text put into a body by octets, whatever its transfer encoding: nothing of what was there is read and written anew.

Promises: identity and quoted-printable bodies keep every octet and get more; a base64 body keeps every octet it
encodes. None says that the body is not what its encoding demands, or that the encoding is none we edit; then it is
to be left alone. Linear in the body.
Additions are lines that end in CRLF, in the body's charset; it knows no header. Pure.
"""

from __future__ import annotations

import binascii
import re

_CRLF = b"\r\n"
_WHITE_SPACE = re.compile(rb"[ \t\r\n]+")
_SOFT = rb"(?:=[ \t]{0,8}\r\n)?"
_LESS = rb"(?:<|=3[Cc])"
_BASE64_LINE_OCTETS = 57


def _tag_pattern(name: str) -> re.Pattern[bytes]:
    """`</name` in quoted-printable, where a soft line break may stand between any two characters."""
    letters = _SOFT.join(b"[%c%c]" % (ord(letter), ord(letter.upper())) for letter in name)
    return re.compile(_LESS + _SOFT + b"/" + _SOFT + letters)


_ENDS = (b"</body", b"</html")
_QUOTED_ENDS = (_tag_pattern("body"), _tag_pattern("html"))


def append_text(body: bytes, encoding: str, addition: bytes) -> bytes | None:
    """The body with `addition` on lines of its own below it, ending in CRLF."""
    if encoding == "quoted-printable":
        return _on_new_line(body) + binascii.b2a_qp(addition)
    if encoding == "base64":
        decoded = _strictly_decoded(body)
        return None if decoded is None else encode_base64(_on_new_line(decoded) + addition)
    return _on_new_line(body) + addition if encoding in ("7bit", "8bit") else None


def insert_html(body: bytes, encoding: str, addition: bytes) -> bytes | None:
    """The body with `addition` (ASCII) before the last `</body>`, else before `</html>`, else at its end."""
    if encoding == "quoted-printable":
        at = _end_in_quoted(body)
        joint = b"" if body[:at].endswith(_CRLF) or not at else b"=\r\n"
        return body[:at] + joint + binascii.b2a_qp(addition) + body[at:]
    if encoding == "base64":
        decoded = _strictly_decoded(body)
        return None if decoded is None else encode_base64(_inserted(decoded, addition))
    return _inserted(body, addition) if encoding in ("7bit", "8bit") else None


def encode_base64(octets: bytes) -> bytes:
    """Base64 in lines of 76 characters that end in CRLF (RFC 2045 §6.8)."""
    starts = range(0, len(octets), _BASE64_LINE_OCTETS)
    lines = [binascii.b2a_base64(octets[at : at + _BASE64_LINE_OCTETS], newline=False) for at in starts]
    return b"".join([line + _CRLF for line in lines])


def _on_new_line(body: bytes) -> bytes:
    return body if not body or body.endswith(b"\n") else body + _CRLF


def _inserted(body: bytes, addition: bytes) -> bytes:
    folded = body.lower()
    at = next((at for end in _ENDS if (at := folded.rfind(end)) >= 0), len(body))
    return _on_new_line(body[:at]) + addition + body[at:]


def _end_in_quoted(body: bytes) -> int:
    for pattern in _QUOTED_ENDS:
        found = -1
        for match in pattern.finditer(body):
            found = match.start()
        if found >= 0:
            return found
    return len(body)


def _strictly_decoded(body: bytes) -> bytes | None:
    """The octets of an unbroken base64 body; one of several padded pieces, or with junk in it, is None."""
    try:
        return binascii.a2b_base64(_WHITE_SPACE.sub(b"", body), strict_mode=True)
    except binascii.Error:
        return None
