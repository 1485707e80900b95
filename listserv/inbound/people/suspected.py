"""Posts that wait until somebody has said whose they are: they go on as hers, or stay with the moderators."""

from __future__ import annotations

from listserv.inbound.desk import Desk
from listserv.inbound.reentry import judge_again
from listserv.mail.address import address_key
from listserv.mail.parse import parse
from listserv.model.lists import MailList, NonmemberPolicy
from listserv.store import candidates, moderation


def go_on(desk: Desk, mail_list: MailList, person_id: int, address: str) -> None:
    """What waits from this address is judged anew, now that the address is hers."""
    for held_id in _waiting(desk, mail_list, person_id, address):
        judge_again(desk, mail_list, held_id)


def leave_to_moderators(desk: Desk, mail_list: MailList, person_id: int, address: str) -> None:
    """As the group treats strangers: a moderator decides, or the posts are gone. She is not asked about it again."""
    waiting = _waiting(desk, mail_list, person_id, address)
    candidates.say_not_hers(desk.connection, person_id, address_key(address), desk.now)
    for held_id in waiting:
        if mail_list.settings.nonmember is NonmemberPolicy.REJECT:
            moderation.claim_held(desk.connection, held_id, "discarded", desk.now)
        else:
            candidates.leave_to_moderators(desk.connection, held_id)


def _waiting(desk: Desk, mail_list: MailList, person_id: int, address: str) -> list[int]:
    """Her suspected posts that came from exactly this address."""
    found = []
    for held_id in candidates.suspected(desk.connection, mail_list.id, person_id):
        held = moderation.held_by_id(desk.connection, held_id)
        author = parse(held.octets).author if held is not None else None
        if author is not None and author.key == address_key(address):
            found.append(held_id)
    return found
