"""Whether a post asks its readers something, from its author's own words, in English or te reo Māori. Pure.

Promises: only the author's own text is given here, never quotation; a question mark in a link, in code or doubled as
an emoji's stand-in is none; courtesies that end in a question mark ("how are you?") are none either.
"""

from __future__ import annotations

import re

OWN_CHARACTERS = 10_000
_LINK_MARKS = ("://", "www.")
_MARKED = re.compile(r"[\w'’\"”)\]…] ?\?")
_ASKS = re.compile(
    r"\b(?:does any(?:one|body)|has any(?:one|body)|can any(?:one|body)|could any(?:one|body)|is any(?:one|body)"
    r"|any(?:one|body) (?:know|knows|have|has|got|willing|tried|able)|any (?:ideas|suggestions|advice|tips|thoughts)"
    r"|wondering (?:if|whether|what|how|who)|looking for (?:ideas|suggestions|advice|resources|help|recommendations)"
    r"|please help|i(?:'d| would) (?:love|like) to (?:know|hear)|interested to (?:know|hear)|can someone|could someone"
    r"|he p[aā]tai|he paatai|taku p[aā]tai|taku paatai|m[eē]n[aā] kei a koe|kei a wai|he aha (?:te|[ōo] koutou|ng[aā])"
    r"|me p[eē]hea|pehea (?:ai|te)|p[eē]hea (?:ai|te)|[aā]whina mai|kei hea|ko wai (?:te|kei))\b",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"\b(?:how are (?:you|things|we)|how(?:'s| is) (?:it going|everyone|everybody)"
    r"|how was your (?:break|holiday|weekend)|kei te p[eē]hea (?:koe|koutou|k[oō]rua)"
    r"|isn[’']t it|right|ne|nē|eh|aye) ?\?",
    re.IGNORECASE,
)


def asks(own: str) -> bool:
    """Whether the text asks something that wants an answer."""
    words = (word for word in own[:OWN_CHARACTERS].split() if not any(mark in word.lower() for mark in _LINK_MARKS))
    text = _COURTESY.sub(" ", " ".join(words))
    return _MARKED.search(text) is not None or _ASKS.search(text) is not None
