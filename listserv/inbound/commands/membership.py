"""Commands about being in a group or not, where it is proven who asks: leave, leave all, invite."""

from __future__ import annotations

from listserv.inbound.commands.command import Asker, Said
from listserv.inbound.desk import Desk
from listserv.inbound.joining import invite as send_invitation
from listserv.inbound.leaving import leave_groups
from listserv.model.lists import EDITING
from listserv.store.joining import groups_of

WORDING = "command by mail: {}"


def leave(desk: Desk, asker: Asker, _argument: str) -> None:
    """She is out of this group; the goodbye tells her."""
    if asker.place.id:
        leave_groups(desk, asker.mail_list, [asker.place], WORDING.format("leave"))


def leave_all(desk: Desk, asker: Asker, _argument: str) -> None:
    """She is out of every group; one goodbye tells her."""
    everywhere = groups_of(desk.connection, asker.person_id, desk.now)
    leave_groups(desk, asker.mail_list, everywhere, WORDING.format("leave all"))


def invite(desk: Desk, asker: Asker, argument: str) -> Said:
    """Somebody is invited by who looks after the group; a guest, who has an end, gets her as host."""
    if not asker.place.roles & EDITING:
        return Said("may_not_invite")
    address, name, until = argument.split("|")
    if desk.is_a_lists(address):
        return Said("lists_address", {"address": address})
    by = asker.place.name or asker.recipient.name or asker.recipient.address
    host_id = asker.person_id if until else None
    sent = send_invitation(desk, asker.mail_list, address, name=name, by=by, until=until, host_id=host_id)
    return Said("invited" if sent else "invited_already", {"address": address})
