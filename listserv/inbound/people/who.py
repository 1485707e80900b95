"""Whose post it may be that comes from an address nobody has: asked only where the author is no member.

By the name in From, by an address in the post's own words (a signature names the school's), and, where the post
answers one of ours, by likeness. It never decides anything: the member is asked at the address we know. Nobody is
guessed for a role's address, nor one who is known by a role's, nor one who has said that this address is not hers.
"""

from __future__ import annotations

import re

from listserv.inbound.people.likeness import Known, likeliest
from listserv.inbound.posting import Arrival
from listserv.mail.address import address_key, valid_address
from listserv.mail.parse import Message
from listserv.mail.roleaddress import is_role_address
from listserv.mail.text.body import body
from listserv.mail.text.quote import split_own
from listserv.model.lists import MailList, NonmemberPolicy
from listserv.store import candidates
from listserv.store.engine import Connection

LOOKED_AT_CHARACTERS = 20_000
LOOKED_AT_ADDRESSES = 10
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}+@[\w.-]{1,255}+")


def maybe_person(connection: Connection, mail_list: MailList, arrival: Arrival) -> int | None:
    """The member of the list whose post it seems to be, None for a stranger's."""
    author = arrival.message.author
    if author is None or mail_list.settings.nonmember is NonmemberPolicy.ACCEPT:
        return None
    if not valid_address(author.address) or is_role_address(author.address):
        return None
    key = address_key(author.address)
    if candidates.is_taken(connection, key):
        return None
    found = candidates.named(connection, mail_list.id, author.name)
    if len(found) != 1:
        found |= candidates.at(connection, mail_list.id, _named_addresses(arrival.message))
    if len(found) != 1 and _answers_us(connection, mail_list, arrival):
        known = (Known(*row) for row in candidates.everybody(connection, mail_list.id))
        likely = likeliest(author.name, author.address, known)
        found = set() if likely is None else {likely}
    person_id = found.pop() if len(found) == 1 else None
    return None if person_id is None or candidates.is_not_hers(connection, person_id, key) else person_id


def _answers_us(connection: Connection, mail_list: MailList, arrival: Arrival) -> bool:
    """Whether it came to a thread's own address, or names one of the list's posts."""
    return arrival.thread_id is not None or candidates.has_any(connection, mail_list.id, arrival.message.references)


def _named_addresses(message: Message) -> list[str]:
    """Keys of the addresses in what the author wrote and signed herself; a quotation names others'."""
    found = body(message)
    pieces = split_own(found.text[:LOOKED_AT_CHARACTERS]).pieces
    text = "\n".join(piece.text for piece in pieces if piece.kind in ("own", "signature"))
    named = (match.rstrip(".-") for match in _ADDRESS.findall(text))
    return list(dict.fromkeys(address_key(each) for each in named if valid_address(each)))[:LOOKED_AT_ADDRESSES]
