"""What our mails say, to know it again: in a consent that is kept, the words it answers; in a reply, our own words."""

from __future__ import annotations

from typing import Any

from listserv.inbound.desk import Desk
from listserv.mail.parse import Message
from listserv.mail.text.answer import first_own_line
from listserv.model.lists import MailList


def wording(desk: Desk, mail_list: MailList, template: str, answer: Message, *, said: str = "", **values: Any) -> str:
    """The block `asked` of a mail as it was sent in the group's language, and what was answered: the first line."""
    found = desk.templates.get_template(f"email/{template}.txt")
    spoken = {**values, "locale": mail_list.settings.language, "group": mail_list.title}
    asked = " ".join("".join(found.blocks["asked"](found.new_context(spoken))).split())
    return f"{asked}\n> {said or first_own_line(answer)}"


def greeting(desk: Desk, name: str) -> str:
    """How letters of ours to her begin, the same in each language."""
    words = desk.templates.get_template("email/letter_words.txt").make_module({"locale": "en"})
    return str(words.greeting(name))  # type: ignore[attr-defined]
