"""The words of a command: verb, client name, path, parameters (RFC 5321 §4.1.2), read strictly and in linear time.

Promises: what comes out holds no control character, no NUL and no invalid UTF-8, and is bounded by the length of the
command line. Lenient only where honest senders need it: any dots in a local part, local parts over 64 octets, UTF-8
whether announced or not. Pure: text in, values out; a refusal is a `Reply`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from listserv.model.smtp import Reply

BARE_LINE_END = Reply(500, "5.5.2", "A command must end in CRLF and hold no other CR or LF")
CONTROL_CHARACTER = Reply(500, "5.5.2", "A command may not hold control characters")
NOT_UTF8 = Reply(500, "5.5.2", "A command must be ASCII or UTF-8")
EMPTY = Reply(500, "5.5.2", "That line was empty")
MAIL_SYNTAX = Reply(501, "5.5.4", "Syntax: MAIL FROM:<address> [SP parameters]")
RCPT_SYNTAX = Reply(501, "5.5.4", "Syntax: RCPT TO:<address> [SP parameters]")
BAD_RETURN_PATH = Reply(501, "5.1.7", "That is not an address; it should look like <name@example.org>")
BAD_RECIPIENT = Reply(501, "5.1.3", "That is not an address; it should look like <name@example.org>")
BAD_PARAMETER = Reply(501, "5.5.4", "A parameter is malformed or given twice")
UNKNOWN_PARAMETER = Reply(555, "5.5.4", "A parameter is not known here")

_HTTP = re.compile(rb"(?:GET|POST|HEAD|PUT|OPTIONS|CONNECT|DELETE|PATCH|TRACE|PRI|PROPFIND) ", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_CLIENT_NAME = re.compile(r"[\w.\-:\[\]]{1,255}")
_PATH = re.compile(
    r"<(?:@[^\s<>:]{1,255}:)?"  # a source route is read and dropped (RFC 5321 §4.1.1.3)
    r"(?P<address>"
    r"(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-\u0080-\U0010ffff]{1,255}"
    r'|"(?:[^"\\]|\\.){0,255}")'
    r"@(?P<domain>[A-Za-z0-9_.\-\u0080-\U0010ffff]{1,255}|\[[A-Za-z0-9.:\-]{1,80}\])"
    r")>"
)
_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9\-]{0,63})(?:=([^\s=][^\s]{0,2000}))?")


@dataclass(frozen=True, slots=True)
class MailFrom:
    """One MAIL command: `return_path` is "" for the null sender, `size_octets` 0 where none was declared."""

    return_path: str
    size_octets: int = 0
    smtputf8: bool = False


def speaks_http(line: bytes) -> bool:
    """Whether the line begins a request of HTTP, however long or odd it is."""
    return _HTTP.match(line) is not None


def command(line: bytes) -> tuple[str, str] | Reply:
    """The verb in capitals and its argument, without the spaces around it, of a line that ends in LF."""
    if not line.endswith(b"\r\n") or line.count(b"\r") > 1:
        return BARE_LINE_END
    if _CONTROL.search(line, 0, len(line) - 2):
        return CONTROL_CHARACTER
    try:
        text = line[:-2].decode("utf-8")
    except UnicodeDecodeError:
        return NOT_UTF8
    verb, _, argument = text.partition(" ")
    if not verb:
        return EMPTY
    # Unicode has letters whose capital is an ASCII letter: a verb made of them is no verb.
    return verb.upper() if verb.isascii() else "?", argument.strip(" ")


def client_name(argument: str) -> str | None:
    """What the client calls itself in EHLO, HELO or LHLO, safe to write into a header; None when it is not."""
    return argument if _CLIENT_NAME.fullmatch(argument) else None


def mail_from(argument: str) -> MailFrom | Reply:
    """The argument of MAIL (RFC 5321 §4.1.1.2) with SIZE, BODY, SMTPUTF8; DSN's and AUTH's are taken and ignored."""
    text = _after("FROM:", argument)
    if text is None:
        return MAIL_SYNTAX
    path = _null_path(text) or _path(text)
    if path is None:
        return BAD_RETURN_PATH
    address, rest = path
    if not rest:
        return MailFrom(address)
    parameters = _parameters(rest)
    if isinstance(parameters, Reply):
        return parameters
    return _with_parameters(address, parameters)


def rcpt_to(argument: str) -> str | Reply:
    """The address in the argument of RCPT (RFC 5321 §4.1.1.3); DSN's NOTIFY and ORCPT are taken and ignored."""
    text = _after("TO:", argument)
    if text is None:
        return RCPT_SYNTAX
    path = _path(text) or _postmaster(text)
    if path is None:
        return BAD_RECIPIENT
    address, rest = path
    if rest:
        parameters = _parameters(rest)
        if isinstance(parameters, Reply):
            return parameters
        if parameters.keys() - {"NOTIFY", "ORCPT"}:
            return UNKNOWN_PARAMETER
    return address


def _after(keyword: str, argument: str) -> str | None:
    if argument[: len(keyword)].upper() != keyword:
        return None
    return argument[len(keyword) :].lstrip(" ")


def _null_path(text: str) -> tuple[str, str] | None:
    return _split("", text, 2) if text.startswith("<>") else None


def _postmaster(text: str) -> tuple[str, str] | None:
    word = "<postmaster>"
    return _split("postmaster", text, len(word)) if text[: len(word)].lower() == word else None


def _path(text: str) -> tuple[str, str] | None:
    """The address and the parameters behind it; None when it is none."""
    found = _PATH.match(text)
    if found is None:
        return None
    address, domain = found["address"], found["domain"]
    if not address.isprintable() or ".." in domain or domain[0] == "." or domain[-1] == ".":
        return None
    return _split(address, text, found.end())


def _split(address: str, text: str, end: int) -> tuple[str, str] | None:
    if end < len(text) and text[end] != " ":
        return None
    return address, text[end:].strip(" ")


def _parameters(text: str) -> dict[str, str] | Reply:
    """Keyword to value ("" for none), keywords in capitals (RFC 5321 §4.1.2)."""
    parameters: dict[str, str] = {}
    for word in text.split():
        found = _PARAMETER.fullmatch(word)
        if found is None or found[1].upper() in parameters:
            return BAD_PARAMETER
        parameters[found[1].upper()] = found[2] or ""
    return parameters


def _with_parameters(address: str, parameters: dict[str, str]) -> MailFrom | Reply:
    size = parameters.pop("SIZE", "0")
    body = parameters.pop("BODY", "7BIT").upper()
    smtputf8 = parameters.pop("SMTPUTF8", None)
    if not (size.isascii() and size.isdigit() and len(size) <= 20):
        return BAD_PARAMETER
    if body not in ("7BIT", "8BITMIME") or smtputf8:
        return BAD_PARAMETER
    if parameters.keys() - {"RET", "ENVID", "AUTH"}:
        return UNKNOWN_PARAMETER
    return MailFrom(address, int(size), smtputf8 is not None)
