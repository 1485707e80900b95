"""Who can make us write to whom, and how often: so that a form or a forged mail is no weapon against a third person.

Each address hears one confirmation a day, whatever lists are asked for, and another for each that is answered with a
yes; each source (a client's address, a return path) causes so many of them a day and no more. The SMTP answer is the
same in every case. Where an MTA of our own hands the mail on, its address says nothing and is not counted.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from listserv.inbound.desk import Desk
from listserv.mail.address import address_key, valid_address
from listserv.store import tokens
from listserv.store.answered import free_answer
from listserv.store.joining import count_source, forget_answers, note_source
from listserv.store.schedule import claim_run

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

CONFIRMATION = "confirmation"
MAILS_A_RETURN_PATH = 10
MAILS_A_CLIENT = 200
COMMAND_MAILS = 5


def may_write(desk: Desk, letter: Letter, address: str, kind: str = CONFIRMATION) -> bool:
    """True if this letter may cause a mail to the address; from now on it has."""
    sources = _sources(desk, letter)
    if not valid_address(address):
        return False
    if any(count_source(desk.connection, source, desk.now) >= limit for source, limit in sources.items()):
        return False
    if not desk.may_answer(address, kind):
        return False
    for source in sources:
        note_source(desk.connection, source, desk.now)
    return True


def is_answered(desk: Desk, address: str, kind: str = CONFIRMATION) -> None:
    """The day's mail of the kind, to or about the address, has had its answer, so the next one may go."""
    free_answer(desk.connection, address_key(address), kind, desk.now)


def may_write_some(desk: Desk, letter: Letter, address: str, kind: str) -> bool:
    """As `may_write`, five times a day: what a member changes at her own known address."""
    return any(may_write(desk, letter, address, f"{kind}:{number}") for number in range(COMMAND_MAILS))


def _sources(desk: Desk, letter: Letter) -> dict[str, int]:
    arrival = letter.arrival
    written = "proven path" if arrival.vouched else "path"  # who forges the path uses up none of hers
    found = {f"{written} {arrival.return_path.lower()[:254]}": MAILS_A_RETURN_PATH} if arrival.return_path else {}
    if desk.peer and not _is_ours(desk, desk.peer):
        found[f"client {desk.peer}"] = MAILS_A_CLIENT
    return found


def _is_ours(desk: Desk, peer: str) -> bool:
    """Loopback and the networks of our own MTAs."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return True
    return address.is_loopback or any(address in network for network in desk.settings.smtp.trusted_networks)


def forget_counts(desk: Desk) -> int:
    """Chore, once a day: what was counted is forgotten after three days, tokens 90 days after their end."""
    if claim_run(desk.connection, "forget-counts", "site", desk.now.date().isoformat(), desk.now):
        forget_answers(desk.connection, desk.now)
        tokens.forget_old(desk.connection, desk.now)
    return 0
