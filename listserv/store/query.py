"""What people type into a search field, understood: words, "phrases", beginnings*, author:name.

Pure. Promises that any text is a query and that nothing of it is ever syntax for a database: a term is made of folded
words, which are letters and digits. Days come from elsewhere as times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from listserv.store.folding import fold_words

QUERY_CHARACTERS = 300
TERMS = 12

# A quoted phrase (the second mark may be missing) or a run without spaces, each maybe after `author:`. Phones type
# curly quotation marks.
_PIECE = re.compile(r'(?P<field>author:\s*)?(?:["“”](?P<phrase>[^"“”]*)["“”]?|(?P<word>[^\s"“”]+))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Term:
    """Folded words that must stand one after another; of the last only the beginning if `prefix`."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: every term, each author term in the author's name, dated from `since` to before `before`."""

    terms: tuple[Term, ...] = ()
    authors: tuple[Term, ...] = ()
    since: datetime | None = None
    before: datetime | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.terms or self.authors or self.since or self.before)

    def marked_words(self) -> Iterator[tuple[str, bool]]:
        """Each word that is looked for in texts, and whether it is a beginning only: what a page marks."""
        for term in self.terms:
            last = len(term.words) - 1
            for at, word in enumerate(term.words):
                yield word, term.prefix and at == last


def read_query(typed: str, author: str = "", since: datetime | None = None, before: datetime | None = None) -> Query:
    """The query somebody typed. `author` is the field for names: all its words must be in one name, in any order."""
    terms: list[Term] = []
    authors = [Term((word,)) for word in fold_words(author[:QUERY_CHARACTERS])]
    for piece in _PIECE.finditer(typed[:QUERY_CHARACTERS]):
        term = _term(piece)
        if term.words:
            (authors if piece["field"] else terms).append(term)
    return Query(tuple(terms[:TERMS]), tuple(authors[:TERMS]), since, before)


def _term(piece: re.Match[str]) -> Term:
    """`running-records` is a phrase of two words, and so is whatever else is written as one word with signs in it."""
    if piece["phrase"] is not None:
        return Term(tuple(fold_words(piece["phrase"])))
    written = piece["word"]
    found = Term(tuple(fold_words(written)))
    return replace(found, prefix=True) if written.endswith("*") else found
