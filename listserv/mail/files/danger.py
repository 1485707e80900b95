"""Whether a message carries a program, or a document that can hold one (macros).

A look at names, at the first octets of each file, and at the tables of contents of archives and old Office documents.
Promises: never raises, opens nothing, linear in the message. A message without files costs a walk over its parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from listserv.mail.files.compound import MAGIC as COMPOUND
from listserv.mail.files.compound import compound_names
from listserv.mail.files.tnef import is_winmail, tnef_names
from listserv.mail.files.ziplist import zip_names
from listserv.mail.mime import Part
from listserv.mail.transfer import decode_transfer

DangerKind = Literal["program", "macros"]

OPENING_OCTETS = 512
ENDING_CHARACTERS = 40
NAMES_LOOKED_AT = 10_000

_PROGRAMS = re.compile(
    r"\.(?:ade|adp|apk|app|appinstaller|application|appref-ms|appx|bat|chm|cmd|com|command|cpl|deb|dll|dmg|exe|gadget|hlp|"
    r"hta|img|inf|ins|iso|isp|jar|jse?|jnlp|lib|lnk|mde|msc|ms[ipt]|msix|pif|pkg|ps1|ps1xml|ps2|psc1|psd1|psm1|pyw|reg|"
    r"rpm|scf|scr|sct|settingcontent-ms|shb|sys|url|vb|vb[es]|vhdx?|vxd|ws[cfh]|xbap|xll)[. ]*\Z",
    re.IGNORECASE,
)
_MACRO_DOCUMENTS = re.compile(r"\.(?:docm|dotm|pptm|potm|ppam|ppsm|sldm|xlam|xlsm|xltm)[. ]*\Z", re.IGNORECASE)
_MACRO_STORAGES = frozenset({"_vba_project", "_vba_project_cur", "macros", "vba"})


class Danger(NamedTuple):
    """What a file is, and its name, or that of the file inside it that makes it so."""

    kind: DangerKind
    name: str


def danger_of(root: Part) -> Danger | None:
    """The worst file in a message, the first of its kind; None where there is none."""
    found = [danger for part in root.walk() if (danger := _of_part(part)) is not None]
    return next((danger for danger in found if danger.kind == "program"), found[0] if found else None)


def _of_part(part: Part) -> Danger | None:
    name = part.filename or ""
    is_text = part.main_type in ("text", "message", "multipart")
    if part.children or (is_text and not name):
        return None
    return (
        named_danger(name)
        or named_danger(part.params.get("name", ""))
        or (None if is_text and part.transfer_encoding != "base64" else _of_octets(part, name))
    )


def named_danger(name: str) -> Danger | None:
    """What the ending of a file's name says."""
    ending = name[-ENDING_CHARACTERS:]
    if _PROGRAMS.search(ending):
        return Danger("program", name)
    return Danger("macros", name) if _MACRO_DOCUMENTS.search(ending) else None


def _of_octets(part: Part, name: str) -> Danger | None:
    begun = part.octets[part.body_start : min(part.body_end, part.body_start + OPENING_OCTETS)]
    opening = decode_transfer(begun, part.transfer_encoding)
    if _is_program(opening):
        return Danger("program", name)
    if opening.startswith(b"PK"):
        return _within(zip_names(part.decoded()), name)
    if opening.startswith(COMPOUND):
        return _of_compound(compound_names(part.decoded()), name)
    if is_winmail(part.content_type, name):
        return _within(tnef_names(part.decoded()), name)
    return None


def _is_program(opening: bytes) -> bool:
    """Windows, Linux, Apple and Java programs, and Windows shortcuts, by how they begin."""
    if opening.startswith(b"MZ"):
        return b"\x00" in opening[:64]
    return opening.startswith(
        (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"L\x00\x00\x00\x01\x14\x02\x00")
    )


def _within(names: Iterable[str], name: str) -> Danger | None:
    """What the names in an archive say of it."""
    macros = None
    for inner in list(names)[:NAMES_LOOKED_AT]:
        last = inner.replace("\\", "/").rpartition("/")[2]
        if last.lower() == "vbaproject.bin" or inner.lower().startswith("xl/macrosheets/"):
            return Danger("macros", name or last)
        danger = named_danger(last)
        if danger is not None and danger.kind == "program":
            return danger
        macros = macros or danger
    return macros


def _of_compound(names: Iterable[str], name: str) -> Danger | None:
    for inner in names:
        if inner == ".msi":
            return Danger("program", name)
        if inner.lower() in _MACRO_STORAGES:
            return Danger("macros", name)
    return None
