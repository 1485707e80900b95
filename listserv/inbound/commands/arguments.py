"""What follows a command's words, read into one spelling, or None if it cannot be. Pure.

The one spelling is what a confirmation's token keeps; each language's word for it is told again by the template.
"""

from __future__ import annotations

from datetime import date

from listserv.inbound.days import read_day, told_day
from listserv.mail.address import valid_address
from listserv.store.folding import fold

NAME_CHARACTERS = 100
LONGEST_PAUSE_DAYS = 400

_SWITCH_WORDS = {
    "on": "on",
    "yes": "on",
    "ka": "on",
    "ae": "on",
    "off": "off",
    "no": "off",
    "weto": "off",
    "kao": "off",
}
_PERIOD_WORDS = {
    "none": "none", "off": "none", "no": "none", "kore": "none", "daily": "daily", "a ra": "daily",
    "weekly": "weekly", "a wiki": "weekly", "monthly": "monthly", "a marama": "monthly",
}  # fmt: skip
_LANGUAGE_WORDS = {
    "en": "en",
    "english": "en",
    "pakeha": "en",
    "mi": "mi",
    "maori": "mi",
    "te reo": "mi",
    "te reo maori": "mi",
}


def _folded(words: dict[str, str]) -> dict[str, str]:
    return {fold(word): value for word, value in words.items()}


_SWITCH, _PERIODS, _LANGUAGES = map(_folded, (_SWITCH_WORDS, _PERIOD_WORDS, _LANGUAGE_WORDS))


def passed_over(_text: str, _today: date) -> str:
    """What follows is asked again, at her own address."""
    return ""


def on_or_off(text: str, _today: date) -> str | None:
    return _SWITCH.get(fold(text))


def period(text: str, _today: date) -> str | None:
    """none, daily, weekly or monthly."""
    return _PERIODS.get(fold(text))


def language(text: str, _today: date) -> str | None:
    """en or mi."""
    return _LANGUAGES.get(fold(text))


def coming_day(text: str, today: date) -> str | None:
    """A day after today and within 400 days, as 2027-01-31."""
    day = read_day(text, today)
    return day.isoformat() if day is not None and 0 < (day - today).days <= LONGEST_PAUSE_DAYS else None


def shown_day(argument: str, language: str) -> str:
    return told_day(date.fromisoformat(argument), language)


def person_name(text: str, _today: date) -> str | None:
    """What somebody is called: one line, printable, no address and no link in it."""
    name = " ".join(text.split()).strip("\"'“”<>,;")
    fits = 0 < len(name) <= NAME_CHARACTERS and name.isprintable()
    return name if fits and not any(mark in name for mark in ("@", "://", "www.", "<", ">")) else None


def invited(text: str, today: date) -> str | None:
    """ADDRESS [Name] [until DAY], or the name first, as "address|name|2027-01-31"; two addresses are none."""
    head, _, last = text.partition(" until ")
    if not last:
        head, _, last = text.partition(" ki te ")
    words = head.replace("<mailto:", " ").replace("<", " ").split()
    addresses = list(dict.fromkeys(word.strip(">,;()") for word in words if "@" in word))
    address = addresses[0] if len(addresses) == 1 else ""
    name = " ".join(word for word in words if "@" not in word)
    called = person_name(name, today) if name else ""
    until = coming_day(last, today) if last else ""
    if not valid_address(address) or called is None or until is None or "|" in address + called:
        return None
    return f"{address}|{called}|{until}"


def address(text: str, _today: date) -> str | None:
    """One e-mail address; Outlook writes its link behind it: `a@b.example<mailto:a@b.example>`."""
    found = text.removeprefix("mailto:").partition("<mailto:")[0].partition("[mailto:")[0].strip("<>,;. ")
    return found if valid_address(found) else None


def shown_switch(argument: str, language: str) -> str:
    return {"on": "ka", "off": "weto"}[argument] if language == "mi" else argument


def shown_period(argument: str, language: str) -> str:
    maori = {"none": "kore", "daily": "ā-rā", "weekly": "ā-wiki", "monthly": "ā-marama"}
    return maori[argument] if language == "mi" else argument


def shown_language(argument: str, _language: str) -> str:
    return {"en": "English", "mi": "te reo Māori"}[argument]


def not_told(_argument: str, _language: str) -> str:
    """Free text is not repeated in a question that a forged mail could have caused."""
    return ""


def shown_invited(argument: str, language: str) -> str:
    """The address and a guest's last day; the name is free text."""
    address, _, until = argument.split("|")
    return f"{address} {'ki te' if language == 'mi' else 'until'} {shown_day(until, language)}" if until else address
