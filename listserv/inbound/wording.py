"""What a consent is kept with: the words somebody was asked with, and the words she answered."""

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
