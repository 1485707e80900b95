"""What a shared link is called: the words it has in the mail, the words of its line, else its address made readable.

    <a href="https://nzmaths.co.nz/x">Number framework</a>     Number framework
    Running records template: https://tki.example/a1           Running records template
    https://tki.example/literacy/running-records.html          Running records (tki.example)

Pure and linear; in English and te reo Māori. A word such as "here" is no title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from listserv.mail.charsets import nfc
from listserv.mail.entities import unescaped
from listserv.mail.shelf.weblink import LINK, host_of, normal_link, path_of, trimmed
from listserv.mail.text.greeting import folded, is_greeting
from listserv.mail.text.html_tokens import End, Start
from listserv.mail.text.page import Page
from listserv.mail.words import clean

TITLE_CHARACTERS = 120
SENTENCE_CHARACTERS = 80
LINE_CHARACTERS = 2_000
ANCHOR_CHARACTERS = 400
ANCHORS = 500
STEPS_TRIED = 3

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_EDGES = " \t\"'“”‘’<>()[]{}*_|•·–—:;,-"
_SENTENCE_END = re.compile(r"[.!?][\"'”’)]?\s+")
_ENDING = re.compile(r"\.[a-z][a-z0-9]{0,4}$", re.IGNORECASE)
_HREF = re.compile(r"href\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))")
_PARTS = re.compile(r"[-_+.\s]+")
# Words of which none says what a page is about: a title needs another beside them.
_VAGUE = frozenset(
    folded(
        "a also an and at below book browse can check click document download e for find file from full g get go has "
        "have heres here i info information in is it its join learn link links look looking me more my now of on "
        "online open or our out page pages please read see site source that the their these this those to try url us "
        "version via view visit watch we web webpage website with you your why how what when who "
        "anei atu ēnei hononga i ia ka kei ki konei mai me mō nei ngā o pānui paetukutuku tēnei te tirohia titiro he"
    ).split()
)
_LEADING = frozenset(
    folded(
        "and at here see from via in on is the a of or to by as under following link this there i ki konei te ko"
    ).split()
)
_NO_RESOURCE = frozenset(
    folded(words)
    for words in (
        "unsubscribe", "unsubscribe here", "view in browser", "view this email in your browser", "privacy policy",
        "privacy", "manage preferences", "update your preferences", "facebook", "twitter", "x", "instagram", "linkedin",
        "forward to a friend", "get outlook for ios", "get outlook for android", "terms", "terms of use",
    )
)  # fmt: skip
_EMPTY_STEPS = frozenset(("index", "home", "default", "edit", "view", "watch", "main", "start", "page", "d", "node"))


def anchors(page: Page) -> dict[str, str]:
    """The words of the page's links by `normal_link`; "" for one that shows a picture alone."""
    found: dict[str, str] = {}
    if "<a" not in page.lower:
        return found
    open_link, words, size = "", list[str](), 0
    for token in page.tokens:
        if isinstance(token, str):
            if open_link and size < ANCHOR_CHARACTERS:
                words.append(token)
                size += len(token)
        elif token.name == "a":
            if open_link:
                text = _line("".join(words))
                found[open_link] = found.get(open_link) or text
            href = token.attributes.get("href", "") if isinstance(token, Start) else ""
            open_link, words, size = normal_link(href) if href else "", [], 0
        elif open_link and not isinstance(token, End):
            words.append(" ")
        if len(found) >= ANCHORS:
            break
    return found


def hrefs(page: Page) -> Iterator[str]:
    """The addresses that `anchors` may find words for, and others: by a look that cuts no page into its tags."""
    if "<a" not in page.lower:
        return
    if len(page.lower) != len(page.html):  # with a letter that is two when it is small
        yield from anchors(page)
        return
    for found in _HREF.finditer(page.lower):
        start, end = found.span(found.lastindex or 0)
        yield unescaped(page.html[start:end])


def is_resource(anchor: str | None) -> bool:
    """Whether a link with these words is shared for its page; None: it has none, as in plain text."""
    return anchor is None or (bool(anchor) and _folded(anchor) not in _NO_RESOURCE)


def title_of(url: str, lines: Sequence[str], at: int, start: int, end: int, known: Mapping[str, str]) -> str:
    """What to call the link at `lines[at][start:end]`; "" where nothing but its host says what it is."""
    anchor = known.get(normal_link(url), "")
    line = lines[at]
    before = _after_links(line[max(0, start - LINE_CHARACTERS) : start].rstrip(" <").removesuffix(anchor))
    after = _before_links(line[end : end + LINE_CHARACTERS])
    sentence = _said(_without_end(_last_sentence(before)), least=3) if not _words(after) and not _ends(before) else ""
    return next(
        filter(
            None,
            (
                _said(anchor),
                _said(_last_sentence(before)) if _introduces(before) else "",
                _said(_first_sentence(after)) if _follows(after) and not _words(before) else "",
                sentence if len(sentence) <= SENTENCE_CHARACTERS else "",
                _line_above(lines, at) if not _words(before) and not _words(after) else "",
                readable_link(url) or sentence,
                _said(f"{_last_sentence(before).strip(_EDGES)} … {_first_sentence(after).strip(_EDGES)}", least=3),
            ),
        ),
        "",
    )


def readable_link(url: str) -> str:
    """The last step of the path that is made of words, and the host: "Number framework (nzmaths.co.nz)"; else ""."""
    for step in path_of(url)[: -STEPS_TRIED - 1 : -1]:
        words = _PARTS.sub(" ", _ENDING.sub("", step)).strip()
        if words.lower() in _EMPTY_STEPS:
            continue
        if not _is_words(words):
            return ""
        return title_line(f"{words[:1].upper()}{words[1:]} ({host_of(url)})")
    return ""


def title_line(text: str) -> str:
    """The text on one line of at most 120 characters, cut between words."""
    line = _line(text)
    if len(line) <= TITLE_CHARACTERS:
        return line
    head = line[: TITLE_CHARACTERS - 1]
    space = head.rfind(" ", TITLE_CHARACTERS // 2)
    return (head[:space] if space > 0 else head).rstrip(" ,;:–—-") + "…"


def _is_words(step: str) -> bool:
    """Whether a step of a path was written for people: not an id of a document or a film."""
    words = step.split()
    if len(step) > TITLE_CHARACTERS or not any(_LETTERS.search(word) for word in words):
        return False
    odd = [word for word in words if not _looks_said(word)]
    return len(odd) * 2 < len(words) or (not odd and bool(words))


def _looks_said(word: str) -> bool:
    if word.isdecimal() and len(word) <= 4:
        return True
    letters = sum(letter.isalpha() for letter in word)
    mixed = letters < len(word) and len(word) > 5
    inner = any(letter.isupper() for letter in word[1:]) and not word.isupper() and len(word) > 9
    vowels = any(letter in "aeiouyāēīōū" for letter in word.lower())
    return letters > 0 and not mixed and not inner and len(word) <= 24 and (vowels or len(word) <= 4)


def _said(text: str, least: int = 1) -> str:
    """The text as a title if it is one: words, not an address, no greeting, more than "here"."""
    line = _line(text).strip(_EDGES)
    words = _words(line)
    if len(words) < least or not _LETTERS.search(line) or _is_address(line):
        return ""
    if all(word in _VAGUE for word in _folded(line).split()) or is_greeting(line):
        return ""
    return title_line(_begun(line))


def _begun(line: str) -> str:
    """A title begins with a capital, unless its first word is spelled in a way of its own."""
    first = line.partition(" ")[0]
    return line[:1].upper() + line[1:] if first.islower() and first.isalpha() else line


def _without_end(sentence: str) -> str:
    """The sentence without the words that only lead to its link: "you can find the rubric here, at"."""
    words = sentence.split()
    while len(words) > 3 and _folded(words[-1]) in _LEADING:
        words.pop()
    return " ".join(words)


def _is_address(line: str) -> bool:
    """A link shown as itself, whole, without its scheme, or cut by a mail program."""
    return (
        "://" in line or line.lower().startswith("www.") or (" " not in line and ("/" in line or line.count(".") > 1))
    )


def _line_above(lines: Sequence[str], at: int) -> str:
    """The line over a link that has none of its own: a heading, or what leads to it."""
    above = next((line for line in reversed(lines[max(0, at - 2) : at]) if line.strip()), "")
    return "" if LINK.search(above) or len(above) > TITLE_CHARACTERS else _said(_last_sentence(above))


def _introduces(text: str) -> bool:
    return text.rstrip(" \t\"'“‘<").endswith((":", "–", "—", "(", " -"))


def _follows(text: str) -> bool:
    return text.lstrip(" \t>)").startswith((":", "–", "—", "(", "- "))


def _ends(text: str) -> bool:
    return text.rstrip(" \t\"'”’)").endswith((".", "!", "?"))


def _after_links(text: str) -> str:
    """The text behind its last address."""
    last = 0
    for found in LINK.finditer(text):
        last = found.start() + len(trimmed(found[0]))
    return text[last:].lstrip("> ,;")


def _before_links(text: str) -> str:
    """The text before its first address."""
    found = LINK.search(text)
    return text[: found.start()].rstrip("< ") if found else text


def _last_sentence(text: str) -> str:
    return _SENTENCE_END.split(text.rstrip())[-1]


def _first_sentence(text: str) -> str:
    said = _SENTENCE_END.split(text.strip(), maxsplit=1)[0]
    return said.rstrip(".")


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _line(text: str) -> str:
    return " ".join(nfc(clean(text.replace("\n", " "))).split())


def _folded(text: str) -> str:
    return folded(" ".join(word.replace("'", "").replace("’", "") for word in _words(text)))
