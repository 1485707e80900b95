"""Our answers to moderators: what became of an order, always to the address of whose right it was.

So a leaked or forwarded answer address cannot be used unseen: its holder reads what was done, and from where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from listserv.inbound.desk import Desk, recipient
from listserv.inbound.moderators import asking
from listserv.mail.address import address_key
from listserv.model.lists import MailList
from listserv.store.moderators import Moderator, moderators
from listserv.store.people import person_of

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter


def tell(
    desk: Desk,
    letter: Letter | None,
    person: Moderator,
    word: str,
    subject: str,
    *,
    mail_list: MailList | None = None,
    answers_to: str = "",
    command: bool = False,
    **values: Any,
) -> None:
    """What became of it, to the holder's own address whoever wrote."""
    here = letter.mail_list if letter else mail_list
    if here is None:
        raise ValueError("of which list?")
    desk.send(
        "moderated",
        here,
        recipient(person),
        answers_to=asking.command_address(desk, here, person) if command else answers_to,
        in_reply_to=letter.message.message_id if letter else None,
        word=word,
        subject=subject or here.title,
        other_address=other_address(desk, letter, person) if letter else "",
        **values,
    )


def other_address(desk: Desk, letter: Letter, person: Moderator) -> str:
    """The address the reply came from, if it is none of the holder's; "" if it is."""
    key = address_key(letter.author_address) if letter.author_address else ""
    hers = key == address_key(person.address) or (key and person_of(desk.connection, key) == person.person_id)
    return "" if hers else letter.author_address


def who_is(desk: Desk, mail_list: MailList, address: str) -> str:
    """The name of the moderator with this address, else the address."""
    people = moderators(desk.connection, mail_list, desk.now)
    return next((person.name for person in people if person.address == address and person.name), address)
