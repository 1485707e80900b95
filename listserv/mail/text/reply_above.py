"""The line that a helpdesk or a list server draws: "reply above this line". All below it is a quotation.

Promises: linear; of a line only that which says so alone, or between dashes, counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from listserv.mail.text.languages import ABOVE
from listserv.mail.text.phrases import Phrases

ABOVE_CHARACTERS = 160

_ABOVE = Phrases(sorted(ABOVE))
_RULED = frozenset({"--", "##", "==", "**", "__", "~~", "- ", "* ", "# ", "——", "––"})


def replies_above(unmarked: Sequence[tuple[int, str]]) -> set[int]:
    """The lines that are such a marker; hardly any text has one, so all are asked at once before each is."""
    short = [(at, bare) for at, bare in unmarked if len(bare) <= ABOVE_CHARACTERS]
    if not _may_reply_above([bare for _, bare in short]):
        return set()
    return {at for at, bare in short if _is_marker(bare.lower())}


def _may_reply_above(short: Sequence[str]) -> bool:
    """Most lines are ASCII, also of a text that is not, and hold no phrase of another alphabet."""
    if _ABOVE.stand_in("\n".join(filter(str.isascii, short)).lower()):
        return True
    others = "\n".join([bare for bare in short if not bare.isascii()]).lower()
    return bool(others) and _ABOVE.stand_in(others)


def _is_marker(text: str) -> bool:
    """Whether a line in lower case says little else: "Write above this line on your sheet" is prose."""
    said = max((phrase.count(" ") + 1 for phrase in _ABOVE.found_in(text)), default=0)
    return said > 0 and (text[:2] in _RULED or 2 * said > len(text.split()))
