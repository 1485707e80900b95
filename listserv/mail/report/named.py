"""Whom the text of a report for people names as not reached, and what it says of each.

Such a text has no grammar but habits: the address stands at the start of a line, alone or before the reason; else
behind a word (`RCPT TO:`, `recipient`, `to`); else somewhere. The first of these that finds anybody is taken. Promises:
linear, bounded, never raises. Whether the text is a report at all is opening.py's question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from listserv.mail.address import valid_address
from listserv.mail.report.addresses import angled_addresses, loose_addresses

NAMED_KEPT = 500
BLOCK_LINES = 14
LINES_ABOVE = 6

_LEAD = re.compile(r"[\s<>*•·\"'`(\[|–—=:-]*(?:[245][0-9]{2}[ -](?:[245]\.[0-9]{1,3}\.[0-9]{1,3} )?)?[<\"'(\[]*\Z")
_CODED = re.compile(r"\s{0,8}(?:<<< )?[245][0-9]{2}[ -]")
_BEHIND_A_WORD = re.compile(
    r"(?:rcpt to|recipients?|address(?:es|ed)?(?: to)?|user(?:id)?|mailbox|account|destinatario|destinataire"
    r"|empfänger"
    r"|smtp|rfc822|error-for|to|for|reach|an|à|a|para|für|till|aan|do|кому|адрес\w{0,3}|宛先"
    r"|收件人)[\s:=<\"'(\[*-]*\Z",
    re.IGNORECASE,
)
_NOT_THEM = re.compile(
    r"(?:mail from|\bfrom|sender|contact|assistance|support|help ?desk|postmaster|write to|reply to|sent by"
    r"|on behalf of"
    r"|envelope|forward\w{0,3} to|resend to|questions?|information|subscri\w{1,7}|please .{0,60})[\s:=<\"'(\[*]*\Z",
    re.IGNORECASE,
)
_STANDS_FOR = re.compile(
    r"(?:expanded|generated|forwarded|redirected|aliased) (?:from|by)|originally (?:addressed|sent) to"
    r"|original recipient",
    re.IGNORECASE,
)
_LONE_WORD = re.compile(r"[ \t]{1,20}([A-Za-z0-9][A-Za-z0-9._-]{0,63})\s*\Z")
_OFFICES = ("postmaster@", "mailer-daemon@", "abuse@", "support@", "helpdesk@", "webmaster@", "hostmaster@", "noreply@")


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody not reached: `final` is the address at which it failed, `address` the one it stands for, or the same.

    `words` are the lines about her, `above` those before them that are about nobody else.
    """

    address: str
    final: str
    words: str
    above: str


@dataclass(frozen=True, slots=True)
class _Mention:
    line: int
    rank: int
    indent: int
    address: str


def named_recipients(
    lines: Sequence[str], known: Sequence[str] = (), without: frozenset[str] = frozenset()
) -> list[Named]:
    """Whom these lines name, in order, each once, at most 500.

    `known` are addresses that are known to be recipients (a header field says so): then only they are looked for.
    `without` are addresses, lower case, that are none unless they begin a line: the reporting side's own and ours.
    """
    mentions = _known(lines, known) if known else _best(list(_mentions(lines, without)))
    firsts: dict[str, _Mention] = {}
    for mention in mentions:
        firsts.setdefault(mention.address.lower(), mention)
    chosen = list(firsts.values())[:NAMED_KEPT]
    starts = [0, *(mention.line + 1 for mention in chosen)][: len(chosen)]
    stops = [*(mention.line for mention in chosen[1:]), len(lines)][: len(chosen)]
    return [_named(lines, *each) for each in zip(chosen, starts, stops, strict=True)]


def named_by_local_part(lines: Sequence[str], domain: str) -> list[Named]:
    """Whom lines name by a local part of `domain` alone, indented below a sentence that ends in a colon, as AOL did."""
    found: dict[str, None] = {}
    open_list = False
    for line in lines:
        word = _LONE_WORD.match(line)
        if open_list and word is not None and valid_address(f"{word[1]}@{domain}"):
            found[f"{word[1]}@{domain}"] = None
        open_list = line.rstrip().endswith(":") or (open_list and word is not None)
    words = " ".join(lines)
    return [Named(address, address, words, "") for address in islice(found, NAMED_KEPT)]


def _known(lines: Sequence[str], known: Sequence[str]) -> list[_Mention]:
    """Where each known recipient is first mentioned, -1 for one that never is."""
    wanted = dict.fromkeys(address.lower() for address in known)
    places: dict[str, int] = {}
    for number, line in enumerate(lines):
        for _, _, address in loose_addresses(line):
            if address.lower() in wanted:
                places.setdefault(address.lower(), number)
    found = [_Mention(places.get(address.lower(), -1), 0, 0, address) for address in known]
    return sorted(found, key=lambda mention: mention.line)


def _mentions(lines: Sequence[str], without: frozenset[str]) -> Iterator[_Mention]:
    for number, line in enumerate(lines):
        found = list(loose_addresses(line)) or [(line.find(a), 0, a) for a in angled_addresses(line)]
        indent = len(line) - len(line.lstrip())
        for start, _, address in found:
            before = line[:start]
            rank = _rank(before[-120:], address)
            begins = rank == 0 and _CODED.match(line) is None
            if begins or address.lower() not in without:
                yield _Mention(number, rank, indent, address)


def _rank(before: str, address: str) -> int:
    """How sure an address is to be a recipient by what is before it: 0 begins the line, 1 a word says so, 3 none."""
    if _NOT_THEM.search(before) is not None:
        return 3
    if _STANDS_FOR.search(before) is not None:
        return 2
    office = address.lower().startswith(_OFFICES)
    if _LEAD.match(before) is not None:
        return 1 if office else 0
    if _BEHIND_A_WORD.search(before) is not None:
        return 2 if office else 1
    return 3 if office else 2


def _best(mentions: list[_Mention]) -> list[_Mention]:
    """The surest mentions; of those that start a line the least indented, for what is further in only goes on."""
    rank = min((mention.rank for mention in mentions), default=3)
    best = [mention for mention in mentions if mention.rank == rank < 3]
    if rank == 0:
        least = min(mention.indent for mention in best)
        best = [mention for mention in best if mention.indent == least]
    return best


def _named(lines: Sequence[str], mention: _Mention, start: int, stop: int) -> Named:
    """What is said of one: her line and those up to the next one's; those above it where a reply code stands first."""
    if mention.line < 0:
        return Named(mention.address, mention.address, "", "")
    above = lines[max(start, mention.line - LINES_ABOVE) : mention.line]
    if _CODED.match(lines[mention.line]) is not None:
        block = [*above, lines[mention.line]]
    else:
        block = list(lines[mention.line : min(max(stop, mention.line + 1), mention.line + BLOCK_LINES)])
    return Named(_stood_for(block) or mention.address, mention.address, " ".join(block), " ".join(above))


def _stood_for(block: Sequence[str]) -> str:
    """The address that was expanded to the one that failed, "" if the block names none."""
    for line in block:
        phrase = _STANDS_FOR.search(line)
        if phrase is not None:
            return next((address for _, _, address in loose_addresses(line[phrase.end() :])), "")
    return ""
