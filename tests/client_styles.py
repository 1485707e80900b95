"""Replies as people's mail programs write them: our mail and somebody's words in, the octets of a reply out.

Each style is a small sample of its own, written from what such programs do: where the words stand, how our mail is
quoted, which signature they add, how the text is coded. The recipient is the Reply-To of our mail, as in every program.
"""

from __future__ import annotations

import base64
import email
import email.policy
import hashlib
import html
import quopri
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr

WRITTEN = "Mon, 16 Nov 2026 21:04:00 +1300"


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a program quotes of our mail."""

    name: str
    address: str
    to: str
    subject: str
    text: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Written:
    """The body a program made, and how it codes it: 8bit, base64 or quoted-printable."""

    plain: str
    page: str
    coding: str
    agent: str
    threading: bool = True


Style = Callable[[str, Quoted], Written]


def reply(ours: bytes, own: str, style: str, *, author: str, to: str = "", subject: str = "") -> bytes:
    """The octets of `author`'s reply to our mail, in the style of one of `STYLES`; `to` instead of our Reply-To."""
    mail = email.message_from_bytes(ours, policy=email.policy.default)
    name, address = parseaddr(str(mail["From"]))
    part = mail.get_body(("plain",))
    text = part.get_content().replace("\r\n", "\n").rstrip("\n") if part is not None else ""
    quoted = Quoted(name, address, parseaddr(author)[1], str(mail["Subject"]), text, str(mail["Message-ID"]))
    written = STYLES[style](own, quoted)
    head = {
        "From": author,
        "To": to or parseaddr(str(mail["Reply-To"] or mail["From"]))[1],
        "Subject": subject or _answered(quoted.subject),
    }
    if written.threading:
        unique = hashlib.sha256(ours + own.encode() + style.encode()).hexdigest()[:24]
        head |= {"Date": WRITTEN, "Message-ID": f"<{unique}@mail.example>"}
        head |= {"In-Reply-To": quoted.message_id, "References": quoted.message_id, "X-Mailer": written.agent}
    return _octets(head, written)


def reply_address(octets: bytes) -> str:
    """Where a reply to the mail goes: the address of its Reply-To."""
    return parseaddr(str(email.message_from_bytes(octets, policy=email.policy.default)["Reply-To"]))[1]


def delivered_text(octets: bytes) -> str:
    """The plain text of a mail of ours, as its reader sees it."""
    part = email.message_from_bytes(octets, policy=email.policy.default).get_body(("plain",))
    return str(part.get_content()).replace("\r\n", "\n") if isinstance(part, EmailMessage) else ""


def _answered(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def outlook_desktop(own: str, quoted: Quoted) -> Written:
    """Word's HTML; a header block under a grey line; a school's signature without a mark above it."""
    block = _block(quoted, "Sent", "Monday, 16 November 2026 9:00 PM")
    signature = ["Mere Tāmati", "Deputy Principal | Reremoana School", "P 09 555 0123"]
    plain = "\n\n".join([own, "\n".join(signature), "\n".join(f"{name}: {said}" for name, said in block), quoted.text])
    fields = "<br>".join(f"<b>{name}:</b> {html.escape(said)}" for name, said in block)
    page = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta name=Generator content="Microsoft Word">'
        "</head><body lang=EN-NZ><div class=WordSection1>"
        + _mso([*own.split("\n"), "", *signature, ""])
        + '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
        f"<p class=MsoNormal><span lang=EN-US>{fields}</span></p></div></div>"
        + _mso(quoted.text.split("\n"))
        + "</div></body></html>"
    )
    return Written(plain, page, "base64", "Microsoft Outlook 16.0")


def outlook_web(own: str, quoted: Quoted) -> Written:
    """A long line of underscores above the header block; HTML of nested divisions."""
    block = _block(quoted, "Sent", "Monday, 16 November 2026 9:00 PM")
    plain = "\n".join([own, "", "_" * 32, *(f"{name}: {said}" for name, said in block), "", quoted.text])
    fields = "<br>".join(f"<b>{name}:</b> {html.escape(said)}" for name, said in block)
    page = (
        '<html><body dir="ltr"><div class="elementToProof" style="font-family: Aptos; font-size: 12pt;">'
        + "</div><div>".join(html.escape(line) or "<br>" for line in own.split("\n"))
        + '</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1">'
        f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif">{fields}</font><div>&nbsp;</div></div>'
        f"<div>{_lines(quoted.text)}</div></body></html>"
    )
    return Written(plain, page, "quoted-printable", "Outlook on the web")


def gmail(own: str, quoted: Quoted) -> Written:
    """Words above "On ... wrote:", quote marks in the text, gmail_quote in the HTML."""
    opening = f"On Mon, 16 Nov 2026 at 21:00, {quoted.name} <{quoted.address}>\nwrote:"
    plain = f"{own}\n\n{opening}\n\n{_marked(quoted.text)}\n"
    page = (
        f'<div dir="ltr">{_lines(own)}</div><br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">{_lines(opening)}<br></div>'
        '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204)">'
        f"{_lines(quoted.text)}</blockquote></div>"
    )
    return Written(plain, page, "quoted-printable", "Gmail")


def apple_mail(own: str, quoted: Quoted) -> Written:
    """The opening itself carries a quote mark; a cited block in the HTML."""
    opening = f"On 16/11/2026, at 9:00 PM, {quoted.name} <{quoted.address}> wrote:"
    plain = f"{own}\n\nNgā mihi,\nMere\n\n{_marked(opening + chr(10) + chr(10) + quoted.text)}\n"
    page = (
        f'<html><body style="overflow-wrap: break-word;">{_lines(own)}<div><br></div><div>Ngā mihi,</div>'
        f'<div>Mere<br><div><br><blockquote type="cite"><div>{_lines(opening)}</div><br '
        f'class="Apple-interchange-newline"><div>{_lines(quoted.text)}</div></blockquote></div><br></div></body></html>'
    )
    return Written(plain, page, "quoted-printable", "Apple Mail (2.3826)")


def iphone(own: str, quoted: Quoted) -> Written:
    """Its advert between the words and the quotation."""
    opening = f"On 16 Nov 2026, at 9:00 PM, {quoted.name} <{quoted.address}> wrote:"
    plain = f"{own}\n\nSent from my iPhone\n\n{_marked(opening + chr(10) + chr(10) + quoted.text)}\n"
    page = (
        f'<html><body dir="auto">{_lines(own)}<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">Sent from my '
        f'iPhone</div><div dir="ltr"><br><blockquote type="cite">{_lines(opening)}<br><br></blockquote></div>'
        f'<blockquote type="cite"><div dir="ltr">{_lines(quoted.text)}</div></blockquote></body></html>'
    )
    return Written(plain, page, "base64", "iPhone Mail (22F76)")


def thunderbird(own: str, quoted: Quoted) -> Written:
    """Plain text only; the words stand below the quotation, the signature below its mark."""
    opening = f"On 16/11/2026 9:00 pm, {quoted.name} wrote:"
    plain = f"{opening}\n{_marked(quoted.text)}\n\n{own}\n\n-- \nMere Tāmati\nReremoana School\n"
    return Written(plain, "", "8bit", "Mozilla Thunderbird")


def bare_phone(own: str, quoted: Quoted) -> Written:
    """A phone that sends no threading, no date and no id, and quotes without marks under a line of dashes."""
    block = _block(quoted, "Date", "16/11/26 9:00 pm (GMT+12:00)")
    lines = [f"{name}: {said}" for name, said in block]
    plain = "\n".join(
        [own, "", "", "Sent from my Galaxy", "", "", "-------- Original message --------", *lines, "", quoted.text]
    )
    return Written(plain, "", "quoted-printable", "", threading=False)


STYLES: dict[str, Style] = {
    style.__name__: style
    for style in (outlook_desktop, outlook_web, gmail, apple_mail, iphone, thunderbird, bare_phone)
}


def _block(quoted: Quoted, sent: str, when: str) -> list[tuple[str, str]]:
    return [
        ("From", f"{quoted.name} <{quoted.address}>"),
        (sent, when),
        ("To", quoted.to),
        ("Subject", quoted.subject),
    ]


def _marked(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))


def _lines(text: str) -> str:
    return "<br>".join(html.escape(line) for line in text.split("\n"))


def _mso(lines: list[str]) -> str:
    return "".join(f"<p class=MsoNormal>{html.escape(line) or '<o:p>&nbsp;</o:p>'}</p>" for line in lines)


def _octets(head: dict[str, str], written: Written) -> bytes:
    fields = [f"{name}: {_header(said)}" for name, said in head.items()]
    fields.append("MIME-Version: 1.0")
    if not written.page:
        kind = "text/plain; charset=utf-8" + ("; format=flowed" if written.coding == "8bit" else "")
        return _part(kind, written.plain, written.coding, fields)
    boundary = "=_one_of_two"
    fields.append(f'Content-Type: multipart/alternative; boundary="{boundary}"')
    parts = (("plain", written.plain), ("html", written.page))
    body = [
        f"--{boundary}\r\n".encode() + _part(f"text/{kind}; charset=utf-8", text, written.coding, []) + b"\r\n"
        for kind, text in parts
    ]
    return ("\r\n".join(fields) + "\r\n\r\n").encode() + b"".join(body) + f"--{boundary}--\r\n".encode()


def _part(kind: str, text: str, coding: str, fields: list[str]) -> bytes:
    head = [*fields, f"Content-Type: {kind}", f"Content-Transfer-Encoding: {coding}"]
    octets = text.replace("\n", "\r\n").encode()
    if coding == "base64":
        octets = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    elif coding == "quoted-printable":
        octets = quopri.encodestring(octets.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    return ("\r\n".join(head) + "\r\n\r\n").encode() + octets


def _header(said: str) -> str:
    """The value with its words encoded where they are not ASCII, an address left as it is (RFC 2047 §5)."""
    if said.isascii():
        return said
    words, bracket, address = said.partition(" <")
    return f"=?utf-8?b?{base64.b64encode(words.encode()).decode()}?={bracket}{address}"
