"""The text of a post: which part of a message is its body, and what a digest, a page and the search index take of it.

Promises plain values for any message: text in NFC with LF line ends and without NUL, bounded by `BODY_CHARACTERS`;
a body without words says by `only` what it is instead, and templates say it to people. Links that a mail filter has
wrapped are as their author wrote them. Attachments are named and measured, never opened, but for a winmail.dat's names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from listserv.mail.files.tnef import is_winmail, tnef_names
from listserv.mail.mime import Part
from listserv.mail.parse import Message
from listserv.mail.text.body_lines import is_seen
from listserv.mail.text.flowed import unflowed
from listserv.mail.text.html_tokens import HTML_CHARACTERS, TOKENS
from listserv.mail.text.page import Page
from listserv.mail.text.pieces import Pieces
from listserv.mail.text.quote import has_quotation, split_own
from listserv.mail.text.wrapped import unwrapped, unwrapped_html

Source = Literal["plain", "html", "none"]
Only = Literal["calendar", "winmail", "picture", "attachment", "encrypted", "empty"]

BODY_CHARACTERS = 200_000
STUB_CHARACTERS = 400
STUB_SHARE = 8
CUT_MARK = "…"

_PLAIN = ("text/plain", "text/markdown")
_NOT_LISTED = (
    *("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"),
    *("text/x-amp-html", "text/watch-html"),
)
_SEALED = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_PGP_MESSAGE = "-----BEGIN PGP MESSAGE-----"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is no body text. `filename` may be "", `part_index` counts in the order of `Message.root.walk()`.

    `holds` names the files inside a winmail.dat, which few programs can open.
    """

    filename: str
    content_type: str
    size_octets: int
    part_index: int
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """What a person wrote in a message.

    `only` is None when there is text to read, else what the message holds instead. `html` is the HTML of the body, also
    when `text` comes from the plain part; `page` is the same to be read, None where there is none. `cut`: the text was
    longer than `BODY_CHARACTERS`.
    """

    text: str
    source: Source
    html: str | None
    only: Only | None
    attachments: tuple[Attachment, ...]
    cut: bool = False
    page: Page | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class _Unit:
    """One text of the body, in the forms it was sent in."""

    plain: Part | None
    html: Part | None


def body(message: Message) -> Body:
    """The body of a message: the plain form, unless it is empty or only says that there is HTML."""
    units = _units(message.root)
    texts, sources, pages, cut = _read(units)
    whole = "\n\n".join(texts) if len(texts) > 1 else "".join(texts)
    text, too_long = _limited(unwrapped(whole))
    cut = cut or too_long or any(len(page.html) > HTML_CHARACTERS for page in pages)
    attachments = tuple(_attachments(message.root, units))
    only = _only(message.root, text, attachments)
    html = "\n".join([page.html for page in pages]) if pages else None
    page = (pages[0] if len(pages) == 1 else Page(html)) if html else None
    return Body(text, sources[0] if sources else "none", html, only, attachments, cut, page)


def _read(units: Sequence[_Unit]) -> tuple[list[str], list[Source], list[Page], bool]:
    """The texts that show something, where each is from, every page, and whether any beyond the bounds was left out."""
    texts: list[str] = []
    sources: list[Source] = []
    pages: list[Page] = []
    characters = tokens_read = 0
    cut = False
    for unit in units:
        page = Page(unwrapped_html(unit.html.text())) if unit.html is not None else None
        if page is not None:
            pages.append(page)
        if characters > BODY_CHARACTERS or tokens_read > TOKENS:
            cut = True
            continue
        text, source = _chosen(unit, page)
        characters += len(text)
        if page is not None and (source == "html" or len(text) <= STUB_CHARACTERS):  # then it was rendered
            tokens_read += len(page.tokens)
        if is_seen(text):
            texts.append(text)
            sources.append(source)
    return texts, sources, pages, cut


def quoted_passages(message: Message) -> list[str]:
    """Each passage that the message repeats from others, in both forms of its body; all of one that only quotes."""
    found = body(message)
    texts = (found.text, found.page.rendered.text if found.page else "")
    forms = [text for text in texts if is_seen(text)]
    pieces = [piece for text in forms for piece in split_own(text, found.page).pieces]
    passages = [piece.text for piece in pieces if piece.kind == "quote"]
    return passages if passages or not has_quotation(message) else forms


def own_first_lines(pieces: Pieces, limit_characters: int) -> str:
    """The beginning of the own text: whole lines while they fit, else cut between words, then ending in "…"."""
    own = pieces.own
    if len(own) <= limit_characters:
        return own
    head = own[: max(0, limit_characters - len(CUT_MARK))]
    line_end = head.rfind("\n")
    space = head.rfind(" ")
    at = line_end if line_end >= len(head) * 2 // 3 else max(space, line_end)
    return (head[:at] if at > 0 else head).rstrip() + CUT_MARK


# --- which part is the body


def _units(root: Part) -> list[_Unit]:
    """The texts a reader sees one below the other, else the first text with a file name that is no attachment."""
    units = _displayed(root)
    if not units:
        named = (part for part in root.walk() if _is_readable(part) and part.disposition != "attachment")
        units = [_unit(part) for part in named][:1]
    return units


def _displayed(root: Part) -> list[_Unit]:
    units: list[_Unit] = []
    stack = [root]
    while stack:
        part = stack.pop()
        if part.content_type == "multipart/alternative":
            units.append(_alternative(part))
        elif part.content_type in ("multipart/related", "multipart/signed", "multipart/report"):
            first = part.children[:1]
            stack.extend(first if any(_is_text(leaf) for leaf in first[0].walk()) else reversed(part.children))
        elif part.main_type == "multipart" and part.content_type not in ("multipart/digest", "multipart/encrypted"):
            stack.extend(reversed(part.children))
        elif _is_text(part):
            units.append(_unit(part))
    return units


def _unit(part: Part) -> _Unit:
    return _Unit(None, part) if part.content_type == "text/html" else _Unit(part, None)


def _alternative(part: Part) -> _Unit:
    leaves = [leaf for leaf in part.walk() if _is_text(leaf)]
    plain = next((leaf for leaf in leaves if leaf.content_type in _PLAIN), None)
    html = next((leaf for leaf in leaves if leaf.content_type == "text/html"), None)
    return _Unit(plain, html)


def _is_readable(part: Part) -> bool:
    return not part.children and (part.content_type in _PLAIN or part.content_type == "text/html")


def _is_text(part: Part) -> bool:
    return _is_readable(part) and part.disposition != "attachment" and not part.filename


def _chosen(unit: _Unit, page: Page | None) -> tuple[str, Source]:
    plain = _plain_text(unit.plain) if unit.plain is not None else ""
    if page is None:
        return plain, "plain"
    if len(plain) > STUB_CHARACTERS:
        return plain, "plain"
    rendered = page.rendered.text
    stub = len(plain.strip()) * STUB_SHARE < len(rendered)
    return (rendered, "html") if stub and is_seen(rendered) else (plain, "plain")


def _plain_text(part: Part) -> str:
    text = part.text()
    if part.params.get("format", "").strip().lower() == "flowed":
        return unflowed(text, delete_space=part.params.get("delsp", "").strip().lower() == "yes")
    return text


def _limited(text: str) -> tuple[str, bool]:
    if len(text) <= BODY_CHARACTERS:
        return text, False
    line_end = text.rfind("\n", BODY_CHARACTERS // 2, BODY_CHARACTERS)
    return text[: line_end + 1 if line_end > 0 else BODY_CHARACTERS], True


# --- what else the message holds


def _attachments(root: Part, units: Sequence[_Unit]) -> Iterator[Attachment]:
    """Every part that is neither the body, nor the same text in another form, nor a signature over it."""
    used = {id(part) for unit in units for part in (unit.plain, unit.html) if part is not None}
    inside_until = -1
    for index, part in enumerate(root.walk()):
        if index < inside_until:
            continue
        if part.content_type.startswith("message/"):
            inside_until = index + sum(1 for _ in part.walk())
        elif part.children or id(part) in used or part.content_type in _NOT_LISTED or _is_text(part):
            continue
        octets, name = part.decoded(), part.filename or ""
        holds = tnef_names(octets) if is_winmail(part.content_type, name) else ()
        yield Attachment(name, part.content_type, len(octets), index, holds)


def _only(root: Part, text: str, attachments: Sequence[Attachment]) -> Only | None:
    if root.content_type == "multipart/encrypted" or text.lstrip().startswith(_PGP_MESSAGE):
        return "encrypted"
    if is_seen(text):
        return None
    types = [attachment.content_type for attachment in attachments]
    if any(part.content_type in _SEALED and _is_enveloped(part) for part in root.walk()):
        return "encrypted"
    if "text/calendar" in types:
        return "calendar"
    if any(is_winmail(each.content_type, each.filename) for each in attachments):
        return "winmail"
    if not types:
        return "empty"
    return "picture" if all(kind.startswith("image/") for kind in types) else "attachment"


def _is_enveloped(part: Part) -> bool:
    return part.params.get("smime-type", "").strip().lower() in ("", "enveloped-data", "authenveloped-data")
