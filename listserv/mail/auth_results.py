"""Whether the MTA in front of us vouches for the domain in From: Authentication-Results (RFC 8601).

Promises: only the topmost field that bears the one configured authserv-id counts, so that what an author wrote below it
never does; it vouches when DMARC passed for the domain of From, or DKIM or SPF for exactly that domain (RFC 7489 §3.1,
strict). Whether the client that handed us the mail may be believed at all is the caller's question (RFC 8601 §7.1).
Comments and quoted strings are read; input is bounded and nothing raises. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from listserv.mail.parse import Message
from listserv.mail.words import header_octets_text, unfold

FIELDS_READ = 20
CHARACTERS_READ = 4_000
RESULTS_READ = 40

_SPECIAL = frozenset(';=() \t"')
_OTHER_SPACE = re.compile(r"[^\S \t]")
_AROUND_EQUALS = re.compile(r"\s{0,20}=\s{0,20}")
_SIGNED_DOMAIN = {"dmarc": ("header.from",), "dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",)}


@dataclass(frozen=True, slots=True)
class Result:
    """One method's result with its properties: `dkim`, `pass`, {"header.d": "school.example"}; all lower-case."""

    method: str
    result: str
    properties: dict[str, str]


def vouches(message: Message, authserv_id: str) -> bool:
    """Whether the server of that id says that the domain in From is truly the sender's; "" believes nobody."""
    author = message.author
    if not authserv_id or author is None:
        return False
    domain = author.address.rpartition("@")[2].lower()
    return bool(domain) and any(_passes(result, domain) for result in results(message, authserv_id))


def results(message: Message, authserv_id: str) -> tuple[Result, ...]:
    """What the topmost field of that authserv-id says, () if there is none or it says nothing."""
    for value in message.raw("Authentication-Results")[:FIELDS_READ]:
        # As it stands: there are no encoded words here (RFC 2047 §5), but in a return path there can be what looks so.
        words = _plain(header_octets_text(unfold(value))[:CHARACTERS_READ])
        named, _, said = words.partition(";")
        if next(iter(named.split()), "").lower() == authserv_id.lower():
            return tuple(_results(said))
    return ()


def _plain(text: str) -> str:
    """The text without comments; what quotation marks hold cannot be taken for more than one word (RFC 5322 §3.2.4).

    Nor can a local part whose letters beyond ASCII are spaces (RFC 6531 §3.3): spaces here are ASCII's.
    """
    found: list[str] = []
    depth, quoted, escaped = 0, False, False
    for character in _OTHER_SPACE.sub("_", text):
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif quoted:
            quoted = character != '"'
            found.append("" if not quoted or depth else "_" if character in _SPECIAL else character)
        elif character == '"':
            quoted = True
        elif character in "()":
            depth = max(0, depth + (1 if character == "(" else -1))
            found.append(" ")
        elif not depth:
            found.append(character)
    return "".join(found)


def _results(said: str) -> Iterator[Result]:
    for part in said.split(";")[:RESULTS_READ]:
        pairs = [_pair(word) for word in _AROUND_EQUALS.sub("=", part).split() if "=" in word]
        if pairs:
            (method, result), *properties = pairs
            yield Result(method.partition("/")[0], result, dict(reversed(properties)))


def _pair(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    return name.lower(), value.lower()


def _passes(result: Result, domain: str) -> bool:
    if result.result != "pass":
        return False
    named = (result.properties.get(name, "") for name in _SIGNED_DOMAIN.get(result.method, ()))
    return any(value.rpartition("@")[2] == domain for value in named if value)
