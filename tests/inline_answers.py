"""Answers written into a quoted mail, below one of its lines, as people do in each of the seven mail programs.

`below` answers under a line of the quotation; `trimmed` keeps only some of its lines and answers above them.
"""

from __future__ import annotations

import email
import email.policy
import html
from dataclasses import replace
from email.message import EmailMessage
from email.utils import parseaddr

from tests.client_styles import STYLES, Quoted, reply

HOLE = "@@@here@@@"
_REOPENS = {
    "gmail": ("</blockquote>", '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex">'),
    "apple_mail": ("</div></blockquote>", '<blockquote type="cite"><div>'),
    "iphone": ("</div></blockquote>", '<blockquote type="cite"><div dir="ltr">'),
}


def below(ours: bytes, line: str, own: str, style: str, *, author: str, to: str = "") -> bytes:
    """The reply whose words stand under the first quoted line that holds `line`."""
    lines = _text(ours).split("\n")
    at = next(number for number, each in enumerate(lines) if line in each) + 1
    return _filled(ours, [*lines[:at], HOLE, *lines[at:]], own, style, author, to)


def above(ours: bytes, line: str, own: str, style: str, *, author: str, to: str = "") -> bytes:
    """The reply whose words stand over the first quoted line that holds `line`."""
    lines = _text(ours).split("\n")
    at = next(number for number, each in enumerate(lines) if line in each)
    return _filled(ours, [*lines[:at], HOLE, *lines[at:]], own, style, author, to)


def trimmed(ours: bytes, first: str, last: str, own: str, style: str, *, author: str, to: str = "") -> bytes:
    """The reply that quotes only the lines from the first that holds `first` to the next that holds `last`."""
    lines = _text(ours).split("\n")
    start = next(number for number, each in enumerate(lines) if first in each)
    end = next(number for number in range(start, len(lines)) if last in lines[number]) + 1
    return reply(_with_text(ours, lines[start:end]), own, style, author=author, to=to)


def _text(ours: bytes) -> str:
    part = email.message_from_bytes(ours, policy=email.policy.default).get_body(("plain",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n").rstrip("\n")


def _with_text(ours: bytes, lines: list[str]) -> bytes:
    """Our mail with another plain text, to be quoted by `client_styles`."""
    mail = email.message_from_bytes(ours, policy=email.policy.default)
    made = EmailMessage(policy=email.policy.default)
    for name in ("From", "To", "Reply-To", "Subject", "Message-ID"):
        if mail[name] is not None:
            made[name] = str(mail[name])
    made.set_content("\n".join(lines), cte="8bit")
    return bytes(made)


def _filled(ours: bytes, lines: list[str], own: str, style: str, author: str, to: str) -> bytes:
    mail = email.message_from_bytes(ours, policy=email.policy.default)
    name, address = parseaddr(str(mail["From"]))
    quoted = Quoted(
        name, address, parseaddr(author)[1], str(mail["Subject"]), "\n".join(lines), str(mail["Message-ID"])
    )
    original = STYLES[style]
    written = original("", quoted)
    plain = "\n".join(own if line.lstrip("> ") == HOLE else line for line in written.plain.split("\n"))
    close, reopen = _REOPENS.get(style, ("", ""))
    page = written.page.replace(HOLE, f"{close}<div>{html.escape(own)}</div>{reopen}")
    STYLES[style] = lambda _own, _quoted: replace(written, plain=plain, page=page)
    try:
        return reply(ours, own, style, author=author, to=to)
    finally:
        STYLES[style] = original
