"""Message identifiers: read tolerantly from headers, put in order, made.

Promises: ids come without angle brackets, white space inside a folded one removed, in the case they were written in
(some differ by case alone); reading is linear and bounded and accepts what list servers and web forms really write
(RFC 5322 §3.6.4, RFC 5256). It knows nothing of threads: it only says which ids a message names and which comes last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

FIRST_KEPT = 20
LAST_KEPT = 100
ID_OCTETS = 998

_BRACKETED = re.compile(r"<([^<>]++)>")
_INVISIBLE = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ufeff]+")
_QUOTED_LOCAL = re.compile(r'"([A-Za-z0-9!#$%&\'*+/=?^_`{|}~.-]+)"@')
_UNSAFE = re.compile(r"[^A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")


def read_ids(text: str) -> list[str]:
    """Every id of a References, In-Reply-To or Message-ID value, in the order it stands there.

    `<...>` tokens; where there is none, the one bare token with an @ and no space, if the value is no more than that
    (commas separate): prose, dates and lists of addresses give no id.
    """
    if "<" in text:
        found = [_normal(inner) for inner in _BRACKETED.findall(text)]
        ids = [token for token in found if 0 < len(token) <= ID_OCTETS and (token.isascii() or _fits(token))]
        if ids:
            return ids
    bare = text.replace(",", " ").strip(" \t\r\n\x00<>").split(None, 1)
    if len(bare) == 1 and "@" in bare[0] and _fits(bare[0]):
        return [_normal(bare[0])]
    return []


def _fits(token: str) -> bool:
    """By octets, not letters: PostgreSQL has no index of what is longer than 2,700 of them."""
    return len(token.encode("utf-8", "replace")) <= ID_OCTETS


def _normal(token: str) -> str:
    """White space out; a quoted local part that needs no quotation marks loses them (RFC 5256 §2.2)."""
    if " " in token or not (token.isascii() and token.isprintable()):
        token = _INVISIBLE.sub("", token)
    if token.startswith('"'):
        token = _QUOTED_LOCAL.sub(r"\1@", token, count=1)
    return token


def ordered_references(
    references: Sequence[str], in_reply_to: Sequence[str], *, commas: bool = False, without: Iterable[str] = ()
) -> tuple[str, ...]:
    """The ids a message answers to, oldest first, the parent last, each once (at its last place).

    With `commas` in References and the first of them equal to In-Reply-To it is newest first, as HCL Notes writes it,
    and is turned round. An id of In-Reply-To that References lacks goes last, its first one at the very end. `without`
    are tokens that are no references: the message's own id, addresses of its participants. A long chain keeps its
    first 20 and last 100.
    """
    chain = list(references)
    if commas and len(chain) > 1 and in_reply_to and chain[0] == in_reply_to[0]:
        chain.reverse()
    known = set(chain)
    chain += [token for token in reversed(in_reply_to) if token not in known]
    seen = set(without)
    newest_first = []
    for token in reversed(chain):
        if token not in seen:
            seen.add(token)
            newest_first.append(token)
    newest_first.reverse()
    if len(newest_first) > FIRST_KEPT + LAST_KEPT:
        newest_first = newest_first[:FIRST_KEPT] + newest_first[-LAST_KEPT:]
    return tuple(newest_first)


def make_message_id(unique: str, domain: str) -> str:
    """An id for a message of our own, without brackets: `unique@domain`, unsafe characters as hyphens, <= 250 octets.

    The caller sees to it that `unique` is unique (RFC 5322 §3.6.4) and `domain` is his own.
    """
    left = ".".join([part for part in _UNSAFE.sub("-", unique).split(".") if part])[:150].rstrip(".")
    right = ".".join([part for part in _UNSAFE.sub("-", domain.lower()).split(".") if part])[:90].rstrip(".")
    return f"{left or 'x'}@{right or 'invalid'}"
