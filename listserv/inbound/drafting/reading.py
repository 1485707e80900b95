"""What a facilitator's reply to a draft wishes. Pure: lines in, wishes out.

    ok, āe                          it goes out as it stands
    Note: / Kupu: ... End           the words stand at the update's top
    drop 3, drop [3] and 5          these parts are left out
    5: ... / [5] ... End            the words stand in the part's place
    stop                            one's own changes are taken back

Promises: only words under a mark, or changed inside the quoted draft, are wished into the update. A line that is none
of these is no wish: praise is known as praise, anything else is handed back in `unread`, never guessed. Members' own
words are not changed for them: such a wish is in `refused`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from listserv.inbound.drafting.inline import Changed, changed_parts, drops_here
from listserv.mail.charsets import nfc
from listserv.mail.text.answer import plain, yes_or_no
from listserv.mail.words import clean
from listserv.model.draft import Part
from listserv.store.folding import fold_words

LINES = 2_000
UNREAD_CHARACTERS = 200
UNREAD_LINES = 8
WISH_CHARACTERS = 300

_OK = frozenset(
    {"send", "send it", "approve", "approved", "good to go", "all good", "release", "release it", "ok to send"}
    | {"whakaae", "tukua", "tukuna", "e pai ana", "ok thanks", "ok thank you", "okay thanks", "yes thanks"}
)
_STOP = frozenset({"stop", "undo", "kati", "whakakore", "whakamutua", "me whakakore", "stop it", "undo that"})
_END = frozenset({"end", "end note", "end of note", "mutu", "ka mutu", "kua mutu", "the end"})
_NOTE = re.compile(
    r"(?:(?:my|our|the|he|ngā|nga|t[aā]ku) )?(?:note|notes|kupu|kupu whakataki)\s{0,3}(?:[:：]\**\s{0,9}(.*))?",
    re.IGNORECASE,
)
_DROPS = r"(?:drop|leave out|omit|skip|remove|tangohia|whakar[eē]rea|waiho)"
_DROP = re.compile(rf"(?:please |t[eē]n[aā] )?{_DROPS}\s{{0,3}}[:：]?\s{{1,3}}(\S.*)", re.IGNORECASE)
_DROP_BEHIND = re.compile(rf"\[?([0-9]{{1,3}})\]?\s{{0,2}}[:：.)–-]?\s{{0,2}}{_DROPS}", re.IGNORECASE)
_PART = re.compile(r"(?:\[([0-9]{1,3})\]\s{0,3}[:：]?|([0-9]{1,3})\s?[:：](?=\s|$))\s{0,3}(.*)")
_NUMBERS = re.compile(r"[\[(#]?([0-9]{1,3})[\])]?")
_COUNTED = frozenset({"part", "parts", "number", "numbers", "no.", "conversation", "conversations", "wāhanga", "tau"})
_BETWEEN = re.compile(r"\s{0,3}(?:[,;&+/]|\s(?:and|me)\s|\s)\s{0,3}")
_PRAISE = frozenset(
    fold_words(
        "great good lovely fantastic awesome brilliant excellent nice perfect wonderful fab amazing love thanks thank "
        "cheers pai rawe mihi tau"
    )
)
_KIND = _PRAISE | frozenset(
    fold_words(
        "looks look looking this that it is its very really so much all you for the a an draft update work job read "
        "as usual always well done to me i my everyone team ka kia ora koe koutou tino hei nga nui te mahi he hi hello "
        "morena tena ata marie regards kind warm best mauri noho ra s"
    )
)
# Beside these a word we do not know is a name.
_NAMES_NEAR = _PRAISE | frozenset(fold_words("hi hello kia tena morena regards"))
_TURNS = frozenset(fold_words("but not except unless wait however instead don engari kaua taihoa kao no if once"))
_CLOSING = frozenset(
    {"ngā mihi", "nga mihi", "ngā mihi nui", "nga mihi nui", "mauri ora", "cheers", "thanks", "regards", "thank you"}
    | {"kind regards", "best wishes", "best", "warm regards", "many thanks", "hei konā", "noho ora mai", "ka kite"}
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a reply wishes, in its own words; `praise`: it says something kind and wishes nothing."""

    ok: bool = False
    stop: bool = False
    note: str = ""
    drops: tuple[int, ...] = ()
    edits: tuple[tuple[int, str], ...] = ()
    refused: tuple[int, ...] = ()
    unread: tuple[str, ...] = ()
    praise: bool = False

    @property
    def acts(self) -> bool:
        """Whether it wishes anything that can be done."""
        return bool(self.ok or self.stop or self.note or self.drops or self.edits)


class _In(Enum):
    NOTHING = auto()
    NOTE = auto()
    PART = auto()


@dataclass(slots=True)
class _Reading:
    parts: Sequence[Part]
    state: _In = _In.NOTHING
    number: int = 0
    ok: bool = False
    stop: bool = False
    signed: bool = False
    kind: bool = False
    note: list[str] = field(default_factory=list)
    drops: list[int] = field(default_factory=list)
    texts: dict[int, list[str]] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    numbered: dict[int, Part] = field(init=False)
    titles: dict[str, set[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.numbered = {part.number: part for part in self.parts}
        for part in self.parts:
            for title in part.titles:
                self.titles.setdefault(_plain(title), set()).add(part.number)

    def read(self, line: str, after_blank: bool) -> None:
        """One line more."""
        bare = " ".join(line.strip().strip("*_").split())
        if self.state is not _In.NOTHING and _plain(bare.strip("[]")) in _END:
            self.state = _In.NOTHING
        elif self._begins(bare, after_blank) or self._drops(bare):
            return
        elif self.state is not _In.NOTHING and not (after_blank and _is_word(bare)):
            (self.note if self.state is _In.NOTE else self.texts[self.number]).append(line.rstrip())
        elif bare:
            self._said(bare)

    def _begins(self, bare: str, after_blank: bool) -> bool:
        """A mark under which words stand."""
        found = _NOTE.fullmatch(bare)
        if found:
            self.state, rest = _In.NOTE, found[1] or ""
            if rest:
                self.note.append(rest)
            return True
        found = _PART.fullmatch(bare)
        part = self.part(int(found[1] or found[2])) if found else None
        if found is None or part is None or _DROP_BEHIND.fullmatch(bare.strip(" .!")):
            return False
        if found[2] and self.state is _In.NOTE and not after_blank:
            return False  # "1: ..." inside her note is a list of hers
        self.state, self.number = _In.PART, part.number
        rest = "" if _plain(found[3]) in map(_plain, part.titles) else found[3]
        self.texts[part.number] = [rest] if rest else []
        return True

    def _drops(self, bare: str) -> bool:
        behind = _DROP_BEHIND.fullmatch(bare.strip(" .!"))
        if behind and self.part(int(behind[1])):
            numbers: list[int] | None = [int(behind[1])]
        else:
            found = _DROP.fullmatch(bare.strip(" .!"))
            numbers = self._named(found[1]) if found else None
        if numbers is None:
            return False
        self.drops += numbers
        self.state = _In.NOTHING
        return True

    def _named(self, text: str) -> list[int] | None:
        """The parts that are named and nothing else; None where anything else is said, or a part is not there."""
        if len(text) > WISH_CHARACTERS:
            return None
        by_title = self.titles.get(_plain(text.removesuffix("please").rstrip(" ,")), set())
        if len(by_title) == 1:
            return list(by_title)
        numbers = []
        for token in _BETWEEN.split(text.removesuffix("please").strip(" ,.")):
            found = _NUMBERS.fullmatch(token)
            if token.casefold() in _COUNTED:
                continue
            if found is None or self.part(int(found[1])) is None:
                return None
            numbers.append(int(found[1]))
        return numbers or None

    def part(self, number: int) -> Part | None:
        """The part of that number."""
        return self.numbered.get(number)

    def _said(self, bare: str) -> None:
        """A line outside every mark."""
        self.state = _In.NOTHING
        said = _plain(bare)
        if said in _STOP:
            self.stop = True
        elif yes_or_no(bare[:WISH_CHARACTERS]) or said in _OK:
            self.ok = True
        elif is_kind(bare):
            self.kind = True
            self.signed = self.signed or said in _CLOSING
        elif not self.signed:
            self.unread.append(bare[:UNREAD_CHARACTERS])


def read_reply(own: str, quoted: str, parts: Sequence[Part]) -> Wishes:
    """The wishes of a reply: its author's own words, and the draft as she quotes it with what she changed there."""
    reading, blank = _Reading(parts), True
    changed = changed_parts(quoted, parts)
    inside = _lines_inside(changed)
    for line in nfc(clean_lines(own)).split("\n", LINES)[:LINES]:
        if reading.state is _In.NOTHING and (line.strip() in inside or _is_drop_here(line, changed)):
            continue
        reading.read(line, blank)
        blank = not line.strip()
    return _wishes(reading, changed)


def clean_lines(text: str) -> str:
    """The text without control characters, its line ends kept."""
    return "\n".join(clean(line.expandtabs(4)).rstrip() for line in text.split("\n", LINES)[:LINES])


def is_kind(line: str) -> bool:
    """Whether the line only greets, thanks or praises, maybe with a name."""
    words = fold_words(line[: WISH_CHARACTERS + 1])
    if (
        not words
        or len(line) > WISH_CHARACTERS
        or len(words) > 16
        or any(mark in line for mark in "?:[]0123456789")
        or _TURNS.intersection(words)
    ):
        return False
    strange = [word for word in words if word not in _KIND]
    return not strange or (len(strange) == 1 and bool(_NAMES_NEAR.intersection(words)))


def _is_word(bare: str) -> bool:
    """A word that ends what stands under a mark, if a blank line parts it from that."""
    said = _plain(bare)
    return said in _STOP or said in _OK or bool(yes_or_no(bare[:WISH_CHARACTERS]))


def _plain(line: str) -> str:
    """`plain`, of as much of a line as a wish has."""
    return plain(line[:WISH_CHARACTERS])


def _lines_inside(changed: Sequence[Changed]) -> set[str]:
    return {line.strip() for each in changed for line in each.words.split("\n") if line.strip()}


def _is_drop_here(line: str, changed: Sequence[Changed]) -> bool:
    return drops_here(line) and any(each.drop for each in changed)


def _wishes(reading: _Reading, changed: Sequence[Changed]) -> Wishes:
    drops, refused = list(reading.drops), []
    edits: dict[int, str] = {}
    unread = list(reading.unread)
    for number, text, marked in _written(reading, changed):
        part = reading.part(number)
        if not text:
            unread.append(f"[{number}]")
        elif part is not None and part.section is None:
            refused.append(number)
            if marked:
                unread += [line[:UNREAD_CHARACTERS] for line in text.split("\n") if line.strip()]
        else:
            edits[number] = text
    drops += [each.part.number for each in changed if each.drop]
    note = "\n".join(reading.note).strip()
    if reading.state is _In.NOTE and not note:
        unread.append("Note:")
    wishes = Wishes(
        reading.ok,
        reading.stop,
        note,
        tuple(dict.fromkeys(drops)),
        tuple(edits.items()),
        tuple(dict.fromkeys(refused)),
        tuple(dict.fromkeys(unread))[:UNREAD_LINES],
    )
    kind = reading.kind and not (wishes.acts or wishes.unread or wishes.refused)
    return Wishes(praise=True) if kind else wishes


def _written(reading: _Reading, changed: Sequence[Changed]) -> Iterator[tuple[int, str, bool]]:
    """(number, words, whether by a mark) changed in the quotation, then those under a mark, which come before them."""
    for each in changed:
        if not each.drop:
            yield each.part.number, each.words, False
    for number, lines in reading.texts.items():
        part, text = reading.part(number), "\n".join(lines).strip()
        if part is None or not any(part.is_said_by(f"{title}\n{text}") for title in part.titles):
            yield number, text, True  # else it is our own draft, unmarked
