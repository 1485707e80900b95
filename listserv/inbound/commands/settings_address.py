"""The address in a mail about somebody's settings: commands sent there are proven, and done at once."""

from __future__ import annotations

from listserv.inbound.desk import Desk
from listserv.model.lists import MailList

DIRECT = "settings"


def settings_address(desk: Desk, mail_list: MailList, person_id: int) -> str:
    """An address at which her commands are done at once, for one mail."""
    return desk.answer_address(mail_list, DIRECT, person_id=person_id)
