"""Mail of our own: notices, moderator mails, digests. Values in, octets out.

Promises: exactly one From, Date and Message-ID; nothing passed can add a field, end a part or break a line (RFC 5322
§2.1.1: no line over 998 octets but those of an attached message); lines end in CRLF; the octets depend on the arguments
alone. Text is UTF-8: 7bit where it is ASCII with short lines, else quoted-printable, so that no relay on the way has
to recode it under a signature (RFC 6376 §5.3). An attached message/rfc822 stands as it is, octet by octet (RFC 2046
§5.2.1). Not for posts: their octets are the author's. Pure: date and ids are arguments.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import NamedTuple, TypeAlias
from urllib.parse import quote

from listserv.mail.address import Mailbox, format_mailbox
from listserv.mail.params import safe_file_name
from listserv.mail.splice import encode_base64
from listserv.mail.words import fold_field

MESSAGE = "message/rfc822"
_NEEDED = ("from", "date", "message-id")
_LINE_OCTETS = 998
_CRLF = b"\r\n"
_LINE_END = re.compile(r"\r\n|\r|\n")
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}(?:; [a-z]{1,20}=[A-Za-z0-9-]{1,40}){0,3}")

HeaderValue: TypeAlias = str | bytes | datetime | Mailbox | Sequence[Mailbox]


class Attachment(NamedTuple):
    """Something that travels along: a message is shown in place, anything else offered under its name.

    A type may have parameters: "text/calendar; method=PUBLISH".
    """

    content_type: str
    octets: bytes
    name: str = ""


def compose(
    headers: Mapping[str, HeaderValue], text: str, html: str | None = None, attachments: Sequence[Attachment] = ()
) -> bytes:
    """The octets of one message, ending in CRLF.

    A value is text (encoded where needed), octets (a structured value, e.g. b"<id>"), an aware time, or mailboxes.
    ValueError if From, Date or Message-ID is missing, a name comes twice, or one is a MIME field, which are set here.
    """
    _check(headers)
    entity = _text_part("plain", text)
    if html is not None:
        entity = _multipart("alternative", [entity, _text_part("html", html)])
    if attachments:
        entity = _multipart("mixed", [entity, *map(_attached, attachments)])
    fields = b"".join([fold_field(name, _value(value)) for name, value in headers.items()])
    octets = fields + b"MIME-Version: 1.0\r\n" + entity
    return octets if octets.endswith(_CRLF) else octets + _CRLF


def compose_with_digest(headers: Mapping[str, HeaderValue], text: str, messages: Sequence[bytes]) -> bytes:
    """The octets of one message: the text, and below it these messages as a digest (RFC 2046 §5.1.5).

    Headers and errors as in `compose`.
    """
    _check(headers)
    digest = _multipart("digest", [_attached(Attachment(MESSAGE, octets)) for octets in messages])
    fields = b"".join([fold_field(name, _value(value)) for name, value in headers.items()])
    octets = fields + b"MIME-Version: 1.0\r\n" + _multipart("mixed", [_text_part("plain", text), digest])
    return octets if octets.endswith(_CRLF) else octets + _CRLF


def _check(headers: Mapping[str, HeaderValue]) -> None:
    names = [name.lower() for name in headers]
    for name in names:
        if names.count(name) > 1 or name == "mime-version" or name.startswith("content-"):
            raise ValueError(f"{name} cannot be passed, or not twice")
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise ValueError(f"a message needs {', '.join(missing)}")


def _value(value: HeaderValue) -> str | bytes:
    if isinstance(value, str | bytes):
        return value
    if isinstance(value, datetime):
        return format_datetime(value).encode()
    boxes = [value] if isinstance(value, Mailbox) else value
    return b", ".join([format_mailbox(box.name, box.address) for box in boxes])


def _text_part(subtype: str, text: str) -> bytes:
    octets = _LINE_END.sub("\r\n", text.replace("\x00", "")).encode("utf-8", "replace")
    if octets and not octets.endswith(_CRLF):
        octets += _CRLF
    plain = octets.isascii() and max(map(len, octets.split(_CRLF))) <= _LINE_OCTETS
    encoding = "7bit" if plain else "quoted-printable"
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + (octets if plain else binascii.b2a_qp(octets))


def _attached(attachment: Attachment) -> bytes:
    content_type = attachment.content_type if _TYPE.fullmatch(attachment.content_type) else "application/octet-stream"
    if content_type == MESSAGE:
        encoding = "7bit" if attachment.octets.isascii() else "8bit"
        disposition, body = "inline", attachment.octets
    else:
        encoding = "base64"
        disposition, body = "attachment" + _file_name(attachment.name), encode_base64(attachment.octets)
    head = (
        f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n"
        f"Content-Disposition: {disposition}\r\n\r\n"
    )
    return head.encode() + body


def _file_name(name: str) -> str:
    """The parameter for a file's name (RFC 2183 §2.3, RFC 2231 §4 beyond ASCII), "" for none."""
    safe = safe_file_name(name)
    if safe is None:
        return ""
    if safe.isascii() and '"' not in safe:
        return f';\r\n filename="{safe}"'
    return f";\r\n filename*=utf-8''{quote(safe, safe='')}"


def _multipart(subtype: str, parts: Sequence[bytes]) -> bytes:
    """The parts under a boundary made from all of them, which therefore stands in none (RFC 2046 §5.1.1)."""
    boundary = b"=_" + hashlib.sha256(b"\x00".join(parts)).hexdigest()[:40].encode()
    head = b'Content-Type: multipart/%b; boundary="%b"\r\n' % (subtype.encode(), boundary)
    if not all(part.isascii() for part in parts):
        head += b"Content-Transfer-Encoding: 8bit\r\n"
    delimited = b"".join([b"\r\n--%b\r\n%b" % (boundary, part) for part in parts])
    return head + delimited + b"\r\n--%b--\r\n" % boundary
