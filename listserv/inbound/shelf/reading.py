"""What follows the words of a command about the shelf, read into one spelling, or None if it cannot be. Pure.

    https://nzmaths.example/x Number framework #maths   "https://nzmaths.example/x|maths|Number framework"
    12  #12  no. 12  https://nzmaths.example/x          "12"  "https://nzmaths.example/x"
    12 #maths #level-2                                  "12|maths level-2"

An item is named by its number or its link. A tag begins with `#`; a single word behind the item is one too, but what
is neither is asked back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from listserv.mail.shelf.titles import readable_link, title_line
from listserv.mail.shelf.weblink import LINK, host_of, shared_link, trimmed
from listserv.store.shelf import TAGS_AN_ITEM

TAG_CHARACTERS = 30

_NUMBER = re.compile(r"#?([0-9]{1,9})[.,:]?")
_TAG = re.compile(r"#([^\W_]+(?:-[^\W_]+)*)[.,;:!]?")
_NUMBER_WORDS = ("no", "no.", "number", "nama")
_EDGES = " \t-–—:,;|\"'“”‘’<>()"


def read_new_link(text: str, _today: date) -> str | None:
    """LINK, words and tags in any order, as "link|tags|title"; the title is "" where only the link's host is known."""
    links: list[str] = []
    words: list[str] = []
    tags: list[str] = []
    for word in text.split():
        found, tag = LINK.search(word), _tag(word)
        if found is not None:
            links.append(shared_link(trimmed(found[0])))
        elif tag:
            tags.append(tag)
        else:
            words.append(word)
    url = links[0] if links and len(set(links)) == 1 else ""
    if not url or not _are_few(tags):
        return None
    title = " ".join(words).strip(_EDGES).replace("|", "/")
    return f"{url}|{' '.join(tags)}|{title_line(title or readable_link(url) or host_of(url))}"


def read_item(text: str, _today: date) -> str | None:
    """The item's number, or its link."""
    item, rest = _item_of(text)
    return item if item and not rest else None


def read_tagged(text: str, _today: date) -> str | None:
    """The item and one tag or several, as "item|tags"."""
    item, rest = _item_of(text)
    tags = _tags(rest)
    return f"{item}|{' '.join(tags)}" if item and tags else None


def read_untagged(text: str, _today: date) -> str | None:
    """The item and the tags it is to lose; without any it loses all."""
    item, rest = _item_of(text)
    tags = _tags(rest)
    return f"{item}|{' '.join(tags)}" if item and (tags or not rest) else None


def read_wanted(text: str, _today: date) -> str | None:
    """Nothing, or the tag of what is to be shown."""
    return "" if not text else _tag(text) or None


def tag_in(lines: Sequence[str]) -> str:
    """The first tag of these lines, "" for none."""
    return next((tag for line in lines for word in line.split() if (tag := _tag(word))), "")


def shown_item(argument: str, _language: str) -> str:
    """An item's number; a link is a stranger's words, and not repeated."""
    item = argument.partition("|")[0]
    return item if item.isdecimal() else ""


def _item_of(text: str) -> tuple[str, list[str]]:
    """The item at the beginning of the text in its one spelling, and the words behind it."""
    words = text.split()
    if len(words) > 1 and words[0].lower() in _NUMBER_WORDS:
        words = words[1:]
    if not words:
        return "", []
    number, link = _NUMBER.fullmatch(words[0]), LINK.search(words[0])
    item = str(int(number[1])) if number else shared_link(trimmed(link[0])) if link else ""
    return item, words[1:]


def _tags(words: Sequence[str]) -> list[str]:
    """The words as tags if each of them is one; a single word need not have its `#`."""
    if len(words) == 1 and not words[0].startswith("#"):
        words = [f"#{words[0]}"]
    found = [_tag(word) for word in words]
    return found if all(found) and _are_few(found) else []


def _tag(word: str) -> str:
    """The tag in lower case, "" for none; it has a letter, or it would be a number."""
    match = _TAG.fullmatch(unicodedata.normalize("NFC", word))
    tag = match[1].lower() if match else ""
    return tag if any(mark.isalpha() for mark in tag) and len(tag) <= TAG_CHARACTERS else ""


def _are_few(tags: Sequence[str]) -> bool:
    return len(tags) <= TAGS_AN_ITEM
