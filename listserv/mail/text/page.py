"""The HTML of a body. Promises that it is cut into tags once and rendered once, however many ask for either."""

from __future__ import annotations

from functools import cached_property

from listserv.mail.text.html_text import HtmlText, tokens_to_text
from listserv.mail.text.html_tokens import Token, tokens


class Page:
    """`html` as it came, with what is worked out of it when first asked."""

    def __init__(self, html: str) -> None:
        self.html = html

    @cached_property
    def tokens(self) -> list[Token]:
        """Its tags and texts in order."""
        return list(tokens(self.html))

    @cached_property
    def rendered(self) -> HtmlText:
        """What `html_to_text` gives."""
        return tokens_to_text(self.tokens)

    @cached_property
    def lower(self) -> str:
        """In small letters, for a look whether a name stands in it at all."""
        return self.html.lower()
