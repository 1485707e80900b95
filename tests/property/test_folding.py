"""What is folded fast is what folding letter by letter gives: an index made by one is searched by the other."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from listserv.store.folding import WORD, WORD_CHARACTERS, _table, fold

_LETTERS = st.sampled_from("aaaeeeiou AAbZ09_-'.ā́ḀœßİıK５ﬁʻ中'\x00\x1c\x85\xa0\u2028\u200b\n\t")


def by_letter(text: str) -> str:
    words = (word[:WORD_CHARACTERS] for word in WORD.findall(text.translate(_table()).lower()))
    return re.sub(r"([aeiou])\1+", r"\1", " ".join(words))


@given(st.text() | st.text(_LETTERS, max_size=200) | st.text(_LETTERS.filter(str.isalnum), min_size=60, max_size=80))
def test_every_text_is_folded_as_letter_by_letter(text: str) -> None:
    assert fold(text) == by_letter(text)
