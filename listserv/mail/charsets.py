"""Octets to text by charset, for bodies and headers alike.

Promises: always an answer, never an exception; only charsets of a fixed table are ever used, so that a stranger's
`charset=` cannot reach a codec that is none (zip, rot13, idna) or one that hides ASCII (UTF-7 is refused: it is read as
the plain ASCII it is written in); the work is linear. The order is: the declared charset (but what is declared as
ASCII or ISO-8859-1 and is UTF-8 is read as UTF-8), UTF-8 strictly, the declared one with some losses, Windows-1252,
ISO-8859-1. Japanese escape sequences are read whatever was declared.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# What most texts declare, None for nothing: each has the octets of ASCII for ASCII and for nothing else.
BEYOND_ASCII = frozenset({None, "us-ascii", "utf-8", "iso-8859-1", "iso-8859-15", "windows-1252"})

_LATIN_1 = frozenset({"us-ascii", "ascii", "ansi-x3.4-1968", "iso-8859-1", "iso8859-1", "latin1", "latin-1", "l1"})
_SAME_NAME = (
    "utf-8", "utf-16", "utf-16le", "utf-16be", "utf-32", "utf-32le", "utf-32be", "big5hkscs", "gb18030", "hz", "euc-jp",
    "euc-jisx0213", "euc-jis-2004", "shift-jisx0213", "shift-jis-2004", "iso2022-jp-1", "iso2022-jp-2", "iso2022-jp-3",
    "iso2022-jp-ext", "iso2022-kr", "johab", "koi8-r", "koi8-u", "koi8-t", "tis-620", "ptcp154", "kz1048", "mac-roman",
    "mac-latin2", "mac-cyrillic", "mac-greek", "mac-turkish", "mac-iceland",
)  # fmt: skip
_OTHER_NAME = {
    "utf8": "utf-8", "unicode-1-1-utf-8": "utf-8", "x-unknown": "utf-8", "ucs-2": "utf-16", "unicode": "utf-16",
    "utf-16-le": "utf-16le", "utf-16-be": "utf-16be",
    "big5": "cp950", "big-5": "cp950", "cn-big5": "cp950", "x-x-big5": "cp950", "big5-hkscs": "big5hkscs",
    "gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "x-gbk": "gb18030", "euc-cn": "gb18030",
    "gb-2312-80": "gb18030", "gb2312-80": "gb18030", "hz-gb-2312": "hz", "windows-936": "gb18030",
    "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "ms-kanji": "cp932", "windows-31j": "cp932",
    "eucjp": "euc-jp", "x-euc-jp": "euc-jp", "iso-2022-jp": "iso2022-jp-ext", "csiso2022jp": "iso2022-jp-ext",
    "iso-2022-jp-1": "iso2022-jp-1", "iso-2022-jp-2": "iso2022-jp-2", "iso-2022-jp-3": "iso2022-jp-3",
    "iso-2022-jp-ext": "iso2022-jp-ext", "iso-2022-jp-ms": "iso2022-jp-ext", "cp50220": "iso2022-jp-ext",
    "euc-kr": "cp949", "euckr": "cp949", "ks-c-5601-1987": "cp949", "ks-c-5601": "cp949", "ksc5601": "cp949",
    "uhc": "cp949", "korean": "cp949", "iso-2022-kr": "iso2022-kr",
    "koi8": "koi8-r", "cp1251": "cp1251", "ansi": "cp1252", "x-ansi": "cp1252",
    "iso-8859-9": "cp1254", "iso8859-9": "cp1254", "latin5": "cp1254", "iso-8859-11": "cp874", "dos-874": "cp874",
    "tis620": "cp874", "visual": "iso8859-8", "iso-8859-8-i": "iso8859-8", "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6", "latin2": "iso8859-2", "latin-9": "iso8859-15", "latin9": "iso8859-15",
    "macintosh": "mac-roman", "x-mac-roman": "mac-roman", "macroman": "mac-roman", "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-ce": "mac-latin2",
}  # fmt: skip
_WINDOWS_PAGES = (874, 932, 949, 950, 1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258)
_DOS_PAGES = (437, 720, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869)


def _codec_table() -> dict[str, str]:
    table = {name: name for name in _SAME_NAME} | _OTHER_NAME
    for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16):
        for spelling in (f"iso-8859-{part}", f"iso8859-{part}", f"iso-{part}", f"8859-{part}"):
            table.setdefault(spelling, f"iso8859-{part}")
    for page in _WINDOWS_PAGES + _DOS_PAGES:
        for spelling in (f"windows-{page}", f"cp{page}", f"cp-{page}", f"win-{page}", f"x-cp{page}", f"ibm{page}"):
            table.setdefault(spelling, f"cp{page}")
    return table


_CODECS = _codec_table()
_JIS = "iso2022-jp-ext"
_CHARSET_LONGEST = 40
_NAMES_KEPT = 500
_TIDY = str.maketrans({"_": "-", " ": "-", '"': None, "'": None})
_DOTTED_YEAR = re.compile(r":\d{4}(?:-[a-z])?\Z")
_WHOLE_FOR_EACH_LOST = {"utf-8": 1}
_WHOLE_FOR_EACH_LOST_ELSE = 4
_RUN_CHARACTERS = 256
_ASCII_TO_SPACE = b" " * 128 + bytes(range(128, 256))
_LONG_RUN = re.compile(r"(?<![^\x00-\x7f])[^\x00-\x7f]{257,}+")


def codec_name(charset: str) -> str | None:
    """The codec of a declared charset, None if we do not read it; ISO-8859-1 and ASCII give `"cp1252"`.

    Widely used supersets stand in for their subsets, as in the WHATWG Encoding Standard §4.2.
    """
    return None if len(charset) > _CHARSET_LONGEST else _codec_name(charset)


@lru_cache(_NAMES_KEPT)
def _codec_name(charset: str) -> str | None:
    name = _DOTTED_YEAR.sub("", charset.strip().lower().translate(_TIDY))
    if name in _LATIN_1:
        return "cp1252"
    return _CODECS.get(name)


def decode(octets: bytes, charset: str | None) -> str:
    """The text of `octets`, whatever was declared; NUL and a byte order mark are dropped, nothing else is changed."""
    codec = None if charset is None else codec_name(charset)
    text = _declared(octets, codec) if codec is not None else None
    if text is None:
        text = _guessed(octets, codec)
    text = text.removeprefix("\ufeff")
    return text.replace("\x00", "") if "\x00" in text else text


def is_utf_8(octets: bytes) -> bool:
    """Whether octets are UTF-8, ASCII included: Latin letters beyond ASCII in a row never are by chance."""
    try:
        octets.decode("utf-8")
    except ValueError:
        return False
    return True


def nfc(text: str) -> str:
    """Unicode Normalization Form C, in linear time.

    The standard library sorts a run of combining marks by insertion: 200,000 marks on one letter take 20 seconds. So
    a run of more than 256 characters without any ASCII between them is normalised in pieces; where it is cut one
    mark may stay uncomposed.
    """
    if text.isascii() or _is_latin_1(text):
        return text
    if not _may_hold_long_run(text):
        return unicodedata.normalize("NFC", text)
    pieces: list[str] = []
    done = 0
    for run in _LONG_RUN.finditer(text):
        start = max(done, run.start() - 1)
        pieces.append(unicodedata.normalize("NFC", text[done:start]))
        pieces += [
            unicodedata.normalize("NFC", text[at : min(at + _RUN_CHARACTERS, run.end())])
            for at in range(start, run.end(), _RUN_CHARACTERS)
        ]
        done = run.end()
    return "".join([*pieces, unicodedata.normalize("NFC", text[done:] if done else text)])


def _is_latin_1(text: str) -> bool:
    """Whether all letters are of ISO-8859-1, each of which is normal as it is."""
    try:
        text.encode("latin-1")
    except ValueError:
        return False
    return True


def _may_hold_long_run(text: str) -> bool:
    """Whether `_LONG_RUN` could be found, asked in a small part of the time: each letter beyond ASCII is two octets."""
    octets = text.encode("utf-8", "surrogatepass")
    if len(octets) - len(text) <= _RUN_CHARACTERS:
        return False
    return max(map(len, octets.translate(_ASCII_TO_SPACE).split())) > 2 * _RUN_CHARACTERS


def _declared(octets: bytes, codec: str) -> str | None:
    if octets.isascii() and (codec == "cp1252" or (codec.startswith("utf-") and b"\x00" not in octets)):
        return None if b"\x1b$" in octets else octets.decode("ascii")
    if codec == "cp1252" and is_utf_8(octets):
        return None
    try:
        return octets.decode(codec)
    except ValueError:
        return _with_circled_digits(octets) if codec == _JIS else None


def _with_circled_digits(octets: bytes) -> str | None:
    """ISO-2022-JP as Windows writes it: the row of circled digits it adds is one of JIS X 0213."""
    try:
        return octets.replace(b"\x1b$B", b"\x1b$(Q").decode("iso2022-jp-2004")
    except ValueError:
        return None


def _guessed(octets: bytes, codec: str | None) -> str:
    if b"\x1b$" in octets and octets.isascii() and codec != _JIS:
        return _declared(octets, _JIS) or octets.decode("ascii")
    try:
        return octets.decode("utf-8")
    except ValueError:
        pass
    text = _with_losses(octets, codec or "utf-8") if codec != "cp1252" else None
    if text is not None:
        return text
    try:
        return octets.decode("cp1252")
    except ValueError:
        return octets.decode("latin-1")


def _with_losses(octets: bytes, codec: str) -> str | None:
    """The text with U+FFFD for what is broken, if enough of its letters beyond ASCII are whole, else None.

    Whole UTF-8 letters are never chance, so half of them will do; of other charsets four of five must be whole.
    """
    text = octets.decode(codec, "replace")
    lost = text.count("\ufffd")
    whole = len(text) - lost - len(text.encode("ascii", "ignore"))
    needed = _WHOLE_FOR_EACH_LOST.get(codec, _WHOLE_FOR_EACH_LOST_ELSE) * lost
    return text if whole >= max(1, needed) else None
