"""Each short cut of reading a text gives what the long way gives."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from listserv.mail.text import html_tokens
from listserv.mail.text.html_tokens import End, Start, tokens
from listserv.mail.text.quote import split_own
from listserv.mail.text.repeated import KnownWords
from tests.property.test_text_pieces import BODIES, PAGES

ODD_TAGS = st.lists(
    st.sampled_from(
        [
            "<", "</", "<a", "<p", "<br", "<style", "</style>", "<title>", "<!--", "-->", "<!x", "<?", ">", "/>", "/",
            " ", "  ", "\n", "\u00a0", "=", "= ", '"', "'", '"x"', "'y z'", "href", "CLASS", "a:b", "&amp;", "é",
            "b" * 50, "c" * 101, '="q>r"', "='<'", "=a/b", "=/c", 'd=e"f', "<o:p>", "<div class='x' id=y>", "</div>",
            "</div x>", "</ p>", "<1", "text", "\x00", "\x1c", " e='&lt;' E=2", "<p a=" + "1" * 5_000,
        ]
    ),
    max_size=40,
).map("".join)  # fmt: skip


def spelt(source: str) -> list[object]:
    return [
        (token.name, *token.attributes.items()) if isinstance(token, Start) else (End, token)
        for token in tokens(source)
    ]


@given(st.one_of(ODD_TAGS, PAGES))
def test_a_plain_tag_is_what_it_is_letter_by_letter(source: str) -> None:
    quickly = spelt(source)
    with patch.object(html_tokens, "_plain_tag", return_value=None):
        assert quickly == spelt(source)


@given(BODIES, st.lists(BODIES, max_size=3))
def test_only_passages_that_cannot_be_there_are_not_looked_for(text: str, ancestors: list[str]) -> None:
    quickly = split_own(text, ancestors=[*ancestors, text[::2], text[len(text) // 3 :]])
    with patch.object(KnownWords, "hold", return_value=True):
        assert quickly == split_own(text, ancestors=[*ancestors, text[::2], text[len(text) // 3 :]])
