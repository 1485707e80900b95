"""A moderator's or facilitator's own address for orders, sent when she writes `moderate` to -request.

It goes to her known address and nowhere else, once a day, so that a forged From gains nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from listserv.inbound.desk import recipient
from listserv.inbound.moderators import asking
from listserv.mail.address import address_key
from listserv.model.lists import MODERATING
from listserv.store.moderators import editor
from listserv.store.people import person_of

if TYPE_CHECKING:
    from listserv.inbound.desk import Desk
    from listserv.inbound.functions import Letter


def send_own_address(desk: Desk, letter: Letter) -> None:
    """Whoever moderates or facilitates the list has a new address of her own; nobody else hears anything."""
    key = address_key(letter.author_address) if letter.author_address else ""
    person_id = person_of(desk.connection, key) if key else None
    person = editor(desk.connection, letter.mail_list, person_id, desk.now) if person_id is not None else None
    if person is None or not desk.may_answer(person.address, f"moderate-{letter.mail_list.id}"):
        return
    address = asking.command_address(desk, letter.mail_list, person)
    desk.send(
        "moderators_address",
        letter.mail_list,
        recipient(person),
        answers_to=address,
        in_reply_to=letter.message.message_id,
        moderates=bool(person.roles & MODERATING),
        command_address=address,
    )
