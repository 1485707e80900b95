"""principal@, office@, room5@: each January one mail asks whether somebody still reads it, and who.

"yes": the same person. "new": somebody new has the post, who inherits nothing of what was written before. No answer
within 30 days: no mail goes there any more, until somebody answers after all. The question is asked in January, in
February where the clock stood still; an address that came in this year is not asked before the next.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from listserv.inbound.desk import Desk, Recipient
from listserv.inbound.people.answers import decided
from listserv.mail.address import address_key
from listserv.mail.text.answer import first_own_line
from listserv.store import roleaddresses, tokens
from listserv.store.addresses import GIVEN_UP, on_file, start_again, stop
from listserv.store.folding import fold_words
from listserv.store.lists import list_by_id
from listserv.store.schedule import claim_run
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

PURPOSE = "role-address"
LASTS = timedelta(days=120)  # after 30 days it starts the mail again
MONTHS = (1, 2)
_NEW = frozenset({"new", "hou"})


def ask_role_addresses(desk: Desk) -> int:
    """Chore, once a day: the year's question to each role address, and an end for those that did not answer.

    Gives how many mails were sent.
    """
    today = desk.now.astimezone(ZoneInfo(desk.settings.site.time_zone))
    if not claim_run(desk.connection, "role-addresses", "all", today.date().isoformat(), desk.now):
        return 0
    roleaddresses.stop_unanswered(desk.connection, desk.now)
    if today.month not in MONTHS:
        return 0
    new_year = datetime(today.year, 1, 1, tzinfo=today.tzinfo)
    asked = [
        each
        for each in roleaddresses.due(desk.connection, new_year)
        if roleaddresses.claim_question(desk.connection, each.id, today.year, desk.now)
    ]
    for each in asked:
        mail_list = list_by_id(desk.connection, each.list_id)
        answers_to = desk.answer_address(
            mail_list, PURPOSE, LASTS, person_id=each.person_id, payload={"address": each.address}
        )
        to = Recipient(each.address, each.name, each.language)
        desk.send("role_address", mail_list, to, answers_to=answers_to, address=each.address)
    return len(asked)


def answer_role_address(desk: Desk, letter: Letter, token: Token) -> None:
    """Somebody reads it: the same as before, or somebody new. A no stops it at once."""
    known = on_file(desk.connection, address_key(str(token.payload["address"])))
    if known is None or known.person_id != token.person_id:
        return
    is_new = bool(_NEW.intersection(fold_words(first_own_line(letter.message))[:3]))
    agreed = True if is_new else decided(desk, letter, token, Recipient(known.address))
    if agreed is None or not tokens.use(desk.connection, token, desk.now):
        return
    if is_new:
        roleaddresses.begin_anew(desk.connection, known.id, desk.now)
    if agreed:
        start_again(desk.connection, known.id, desk.now)
    else:
        stop(desk.connection, known.id, GIVEN_UP, desk.now)
