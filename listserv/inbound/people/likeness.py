"""Whether a stranger's name and address look like one of a group's members. Pure; a guess that is only asked about.

Promises: exactly one member or none. Names are compared as the search index spells them, so that Tāmati is Tamati; a
name counts with two words and more, a local part with five letters and more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from listserv.store.folding import fold_words

LOCAL_SHORTEST = 5


class Known(NamedTuple):
    """One member: what she is called and where she gets her mail."""

    person_id: int
    name: str
    address: str


def likeliest(name: str, address: str, members: Iterable[Known]) -> int | None:
    """The one member whom all of this fits, None if nobody or more than one."""
    words = set(fold_words(name)) | set(_local_words(address))
    joined = "".join(_local_words(address))
    found = {member.person_id for member in members if _fits(words, joined, member)}
    return found.pop() if len(found) == 1 else None


def _fits(words: set[str], joined: str, member: Known) -> bool:
    if len(joined) >= LOCAL_SHORTEST and joined == "".join(_local_words(member.address)):
        return True
    names = [word for word in fold_words(member.name) if len(word) > 1]
    return len(names) > 1 and (words.issuperset(names) or joined in _spellings(names[0], names[-1]))


def _spellings(first: str, last: str) -> set[str]:
    """How an address is made of a name: meretamati, tamatimere, mtamati, tamatim, meret."""
    made = {first + last, last + first, first[0] + last, last + first[0], first + last[0]}
    return {spelling for spelling in made if len(spelling) >= LOCAL_SHORTEST}


def _local_words(address: str) -> list[str]:
    local = address.rpartition("@")[0].partition("+")[0]
    return fold_words("".join(sign if sign.isalpha() else " " for sign in local))
