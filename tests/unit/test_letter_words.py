"""The letters about joining, leaving and settings: said in both languages, laid out as a person would write them."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from jinja2.ext import babel_extract

from listserv.mail.notice import Notice, compose_notice
from listserv.mail.parse import parse
from listserv.resources import environment, templates_folder, translations
from tests.copies import mail_list
from tests.store_site import NOW

OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true", "newstyle_gettext": "true"}
THE_SAME = {"Kia ora,", "Kia ora %(name)s,"}
ADDRESSES = {key: f"english-{key}@lists.example.nz" for key in ("post", "request", "join", "leave")}
GROUP = {"title": "Maths", "prompt": "What next?", "norms": "One.\nTwo.", "private": True, "post_address": "m@x.nz"}
VALUES: dict[str, Any] = {f"{key}_address": value for key, value in ADDRESSES.items()} | {
    "site": "Lists of our school", "description": "For teachers.", "private": False, "closed": True, "again": True,
    "who": "Moana", "address": "moana@school.example", "by": "Aroha", "let_in": True, "banned": False,
    "came": "confirmed", "until": "Friday 18 December 2026",
    "prompt": "What would you\nlike to try?", "takes_posts": True,
    "norms": "One.\nTwo.",
    "school": "Everglade", "level": "Y3", "delivery": "each", "digest": "weekly", "everything": True,
    "joined": [{**GROUP, "leave_address": "m-leave@x.nz"}], "left": ["Dance"], "groups": ["Maths", "Dance"],
    "commands": [{"name": "pause", "example": "pause until 31 January"}], "unclear": ["digest weekly"],
    "asks_yes": True, "asked": True, "meant": [],
    "wishes": [{"name": "pause", "words": "pause until", "argument": "Sunday"}], "addresses": ["mere@school.example"],
    "outcome": [{"word": "mails_on", "values": {}}, {"word": "paused", "values": {"day": "Sunday"}}],
    "longer": "Monday 1 March 2027", "example": "Monday 1 February 2027", "day": "Friday 18 December 2026",
    "host": "Aroha", "others": ["Literacy Online"],
}  # fmt: skip
SETTINGS = {
    "title": "Maths", "delivery": "each", "digest": "weekly", "own_copy": True, "receipt": True,
    "paused_until": "Sunday",
}  # fmt: skip
SHELVED = {
    "number": 12, "title": "Number framework", "url": "https://nzmaths.example/x", "address": "", "size_octets": 1_200,
    "by": "Mere Tāmati", "day": "17 Nov 2026", "tags": ("maths", "level-2"), "pinned": False, "mine": False,
}  # fmt: skip
OF_ITS_OWN: dict[str, dict[str, Any]] = {
    "settings": {
        "groups": [{**SETTINGS, "until": "Friday", "school": "Everglade", "level": "Y3"}],
        "plain_text": True,
        "updates": [{"word": "mails_on", "values": {}}],
    },
    "shelf": {
        "items": [{**SHELVED, "pinned": True, "mine": True}, {**SHELVED, "number": 13, "url": "", "address": "f@x.nz"}],
        "tag": "",
        "tags": [("maths", 1), ("reading", 2)],
        "more": True,
        "page": "https://lists.example.nz/groups/maths/resources",
        "runs": True,
    },
    "leave_owner": {"groups": [("Maths", "maths-request@lists.example.nz")]},
}
LETTERS = [
    "join_confirm", "join_member", "join_closed", "join_request", "join_waiting", "join_declined", "join_decided",
    "invitation", "first_mail", "groups_changed", "leave_confirm", "leave_unknown", "leave_owner", "goodbye",
    "return_unclear",
    "welcome_back", "help", "not_understood", "settings_confirm", "settings_changed", "settings",
    "guest_ends", "guest_renewed", "guest_week", "guest_ended", "shelf",
]  # fmt: skip


def composed(letter: str, language: str) -> tuple[str, str]:
    """Subject and text of the letter with something to say in every place."""
    values = VALUES | OF_ITS_OWN.get(letter, {})
    notice = Notice(f"email/{letter}.txt", mail_list(), "Mere", "mere@school.example", language=language, values=values)
    message = parse(compose_notice(environment(None), notice, NOW))
    return message.subject, message.root.text()


@pytest.mark.parametrize("letter", [*LETTERS, "letter_words", "command_words"])
def test_everything_is_said_in_te_reo_with_the_same_names(letter: str) -> None:
    octets = (templates_folder() / "email" / f"{letter}.txt").read_bytes()
    catalogue = translations("mi")
    for _, _, found, _ in babel_extract(io.BytesIO(octets), ["_"], [], OPTIONS):
        assert found is not None
        message = found if isinstance(found, str) else str(found[0])
        said = catalogue.gettext(message)
        assert said != message or message in THE_SAME, message
        assert set(re.findall(r"%\(\w+\)s", said)) == set(re.findall(r"%\(\w+\)s", message)), message


@pytest.mark.parametrize("language", ["en", "mi"])
@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_is_laid_out_as_a_person_would(letter: str, language: str) -> None:
    subject, text = composed(letter, language)
    assert subject == " ".join(subject.split()) != ""
    assert text.startswith("Kia ora")
    lines = text.rstrip("\n").split("\n")
    assert lines[1] == ""
    assert "\n\n\n" not in text
    assert all(line == line.rstrip() for line in lines), [line for line in lines if line != line.rstrip()]
    assert not re.search(r"%\(|\{\{|\{%|None|Undefined", text)


def test_the_two_languages_are_two() -> None:
    for letter in LETTERS:
        assert composed(letter, "en")[1] != composed(letter, "mi")[1]
