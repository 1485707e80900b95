"""One language's phrases around a quotation, as mail programs write them: the row of the tables of `languages`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """The phrases of one language; every tuple may be empty, every phrase is lower case."""

    tag: str
    lead: tuple[str, ...]  # what an attribution line begins with ("On")
    wrote: tuple[str, ...]
    author: tuple[str, ...]  # names of the From header as programs translate it
    sent: tuple[str, ...]
    to: tuple[str, ...]
    copy: tuple[str, ...]
    subject: tuple[str, ...]
    original: tuple[str, ...]  # the title of a rule above a quoted or forwarded message
    above: tuple[str, ...] = ()  # "reply above this line"
