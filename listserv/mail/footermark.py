"""The line that every footer of ours begins with: fifteen underscores, a space, the group's title.

    _______________ English Online
    A reply goes to the whole group.
    Leave the group: english-leave@lists.example.nz

Whoever splits quotations may rely on it: in text and in HTML made text, with quote marks before it or none,
what follows up to the next blank line is ours. A signature delimiter (`-- `) would not do, as mail programs hide
what stands below it, and a line of underscores alone is what one of them puts above a quotation. Pure.
"""

from __future__ import annotations

from listserv.mail.charsets import nfc
from listserv.mail.words import clean

RULE = "_" * 15


def footer_mark(title: str) -> str:
    """The first line of a footer in the group of that title, on one line, NFC, no space at its end."""
    return " ".join([RULE, *nfc(clean(title)).split()])


def has_footer_mark(text: str, title: str) -> bool:
    """Whether `text` holds a footer of that group already, quoted back and re-wrapped by a mail program or not."""
    if RULE not in text:
        return False
    return footer_mark(title) in " ".join(text.replace("\n>", "\n").split())
