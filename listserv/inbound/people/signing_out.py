""" "Sign me out": every browser, every link that was sent so far. It only takes rights away, so a bare From may ask it.

Once a day; a mail to her own address says that it was done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from listserv.inbound.desk import Desk
from listserv.mail.address import address_key
from listserv.store.addresses import on_file
from listserv.store.sessions import find_person, sign_out_everywhere

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

KIND = "signed-out"


def sign_me_out(desk: Desk, letter: Letter) -> None:
    """Whom From names is signed out everywhere, if we know her."""
    known = on_file(desk.connection, address_key(letter.author_address)) if letter.author_address else None
    person = find_person(desk.connection, known.person_id) if known is not None else None
    if known is None or person is None or not desk.may_answer(known.address, KIND):
        return
    sign_out_everywhere(desk.connection, person.id)
    desk.send("signed_out", letter.mail_list, desk.person(person.id, person.name, known.address))
