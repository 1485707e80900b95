"""The words dates are written in, English and te reo Māori: a table, and the letter each word has in a shape.

Te reo is found with macrons, without them, with doubled vowels, with another accent in a macron's place (all of them
habits of keyboards and of rohe), and in capitals. A name that is also an ordinary word or a person's ("may", "Sun",
"Ratu") has the small letter of its kind: it counts beside a date, and is asked back where it stands alone.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Both sets of te reo names; Whiringa-ā-nuku and -ā-rangi are one word by the time they are looked up.
MONTHS = (
    ("january jan", "Kohitātea Hānuere"),
    ("february feb", "Huitanguru Pēpuere"),
    ("march mar", "Poutūterangi Māehe"),
    ("april apr", "Paengawhāwhā Āperira Āpereira"),
    ("may", "Haratua Mei"),
    ("june jun", "Pipiri Hune"),
    ("july jul", "Hōngongoi Hōngoingoi Hūrae"),
    ("august aug", "Hereturikōkā Ākuhata"),
    ("september sept sep", "Mahuru Hepetema"),
    ("october oct", "Whiringaānuku Whiringanuku Oketopa"),
    ("november nov", "Whiringaārangi Whiringarangi Noema"),
    ("december dec", "Hakihea Tīhema"),
)
WEEKDAYS = (
    ("monday mon", "Rāhina Mane"),
    ("tuesday tues tue", "Rātū Tūrei"),
    ("wednesday weds wed", "Rāapa Wenerei"),
    ("thursday thurs thur thu", "Rāpare Tāite"),
    ("friday fri", "Rāmere Paraire"),
    ("saturday sat", "Rāhoroi Hātarei"),
    ("sunday sun", "Rātapu"),
)
_WEAK = frozenset(("mon", "wed", "sat", "sun", "mane"))
# Ordinary words in small letters, and names of people where they have no macron.
_WEAK_IN_SMALL = frozenset(("may", "march"))
_WEAK_UNMARKED = frozenset(("ratu", "rapa", "turei", "taite"))
_NUMBERS = (
    ("one", "tahi tuatahi"), ("two", "rua tuarua"), ("three", "toru tuatoru"), ("four", "whā tuawhā"),
    ("five", "rima tuarima"), ("six", "ono tuaono"), ("seven", "whitu tuawhitu"), ("eight", "waru tuawaru"),
    ("nine", "iwa tuaiwa"), ("ten", "tekau tuatekau"), ("eleven", ""), ("twelve", ""),
)  # fmt: skip

# Letter: English words, words of te reo. M m months, W w P weekdays and their plural, u numbers come from the tables
# above; a is any other word.
_LETTERS = {
    "A": ("am pm", ""),
    "O": ("o'clock oclock", "karaka"),
    "N": ("noon midday", "poutūmārō"),
    "X": ("midnight", ""),
    "Q": ("morning afternoon evening night", "ata ahiahi pō"),
    "l": ("time", ""),
    "i": ("hrs hr hours h", ""),
    "Z": ("nz nzt nzst nzdt utc gmt aest aedt aet acst acdt awst est edt cst pst pdt bst cet cest sgt jst fjt", ""),
    "f": ("of", "o"),
    "t": ("the", "te"),
    "g": ("", "ngā"),
    "q": ("", "rā"),
    "p": ("on by due is are for", "hei ā mō"),
    "@": ("at", ""),
    "j": ("in", "i roto"),
    "G": ("to until till til thru through", "ki tae noa atu"),
    "F": ("from since starting starts beginning begins commencing opens opening", "mai"),
    "V": ("between", ""),
    "&": ("and", "me"),
    "r": ("or either", "rānei"),
    "T": ("term", "wāhanga"),
    "K": ("week wk", "wiki"),
    "k": ("weeks wks", ""),
    "J": ("a an", ""),
    "e": ("day days", ""),
    "x": ("fortnight", ""),
    "o": ("month months", ""),
    "n": ("next", "tērā"),
    "s": ("this", "tēnei"),
    "c": ("coming upcoming", ""),
    "H": ("today tonight", ""),
    "U": ("tomorrow", "āpōpō"),
    "Y": ("yesterday", "inanahi"),
    "E": ("end last final", "mutunga whakamutunga"),
    "B": ("start first", "tīmatanga"),
    # Numbers after these name a class, a room or an age.
    "v": ("year years yr yrs y level levels room rooms rm page pages age ages aged grade module unit phase standard "
          "ncea part chapter session group no under over top nos number stage", "tau taumata rūma"),
    # Beside a date these make it another day, or none in particular.
    "b": ("not before after around about approx approximately circa roughly early mid late ish onwards onward annually "
          "every each was were except unless beyond past prior following w/c w/b w/e", "muri mua kāore ehara ia"),
    # Wherever these stand, the date may not.
    "L": ("cancelled canceled postponed rescheduled deferred moved shifted extended tbc tbd tba unconfirmed "
          "provisional provisionally tentative tentatively maybe perhaps possibly probably", "whakakorea nekehia"),
    "S": ("street st road rd avenue ave drive dr lane crescent cres terrace tce highway", ""),
}  # fmt: skip
# Without their macron these are other words.
_ONLY_MARKED = frozenset(("a", "po"))

_DOUBLED = re.compile(r"([aeiou])\1+")


def plain(word: str) -> str:
    """The word in lower case, without macrons and other accents."""
    lower = word.casefold()
    if lower.isascii():
        return lower
    return "".join(letter for letter in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(letter))


def folded(word: str) -> str:
    """One spelling for Rāmere, Ramere and Raamere."""
    return _DOUBLED.sub(r"\1", plain(word))


def _english() -> dict[str, tuple[str, int]]:
    table = {word: (letter, 0) for letter, (english, _) in _LETTERS.items() for word in english.split()}
    for number, (english, _) in enumerate(_NUMBERS, start=1):
        table.update(dict.fromkeys(english.split(), ("u", number)))
    for month, (english, _) in enumerate(MONTHS, start=1):
        table.update(dict.fromkeys(english.split(), ("M", month)))
    for weekday, (english, _) in enumerate(WEEKDAYS):
        table.update({word: ("w" if word in _WEAK else "W", weekday) for word in english.split()})
        table[f"{english.split()[0]}s"] = ("P", weekday)
    return table


def _te_reo() -> dict[str, tuple[str, int]]:
    table = {folded(word): (letter, 0) for letter, (_, te_reo) in _LETTERS.items() for word in te_reo.split()}
    for number, (_, te_reo) in enumerate(_NUMBERS, start=1):
        table.update({folded(word): ("u", number) for word in te_reo.split()})
    for month, (_, te_reo) in enumerate(MONTHS, start=1):
        table.update({folded(word): ("M", month) for word in te_reo.split()})
    for weekday, (_, te_reo) in enumerate(WEEKDAYS):
        names = [folded(word) for word in te_reo.split()]
        table.update({name: ("w" if name in _WEAK else "W", weekday) for name in names})
    return table


_ENGLISH = _english()
_TE_REO = _te_reo()


@lru_cache(maxsize=2048)
def letter_of(word: str) -> tuple[str, int]:
    """The letter and the number of a word: ("M", 5) for "Haratua"; ("a", 0) for one that says nothing of dates."""
    word = word.replace("’", "'").rstrip("'")
    name = folded(word)
    marked = plain(word) != word.casefold() or name != plain(word)
    found = _TE_REO.get(name) if marked or name not in _ONLY_MARKED else None
    found = (found if marked else None) or _ENGLISH.get(plain(word)) or found
    if found is None:
        return "a", 0
    letter, number = found
    return (letter.lower(), number) if word in _WEAK_IN_SMALL or word.casefold() in _WEAK_UNMARKED else found
