"""A list for everybody of a network: who is in one of its groups is in this one too, and is told so.

`whole_network` says which lists are so. The clock keeps them whole: whoever came into a group of the network is put
in and told once, whoever left the last of them is taken out and told; who has left this list by herself is never put
in again. Mail that goes to this list and to a group reaches each person once, as any mail to several lists does.
"""

from __future__ import annotations

from listserv.inbound.desk import Desk
from listserv.inbound.first_mail import send_changed_groups
from listserv.model.lists import MailList
from listserv.store import networkwide
from listserv.store.engine import lock_list
from listserv.store.lists import list_by_id, network_wide_lists
from listserv.store.people import find_member, remove_member


def keep_whole(desk: Desk) -> int:
    """Chore: nobody is missing, nobody is left over, as far as one step goes; gives how many mails that took."""
    return sum(_keep(desk, list_id) for list_id in network_wide_lists(desk.connection))


def _keep(desk: Desk, list_id: int) -> int:
    lock_list(desk.connection, list_id)
    mail_list = list_by_id(desk.connection, list_id)
    return _put_in(desk, mail_list) + _take_out(desk, mail_list)


def _put_in(desk: Desk, mail_list: MailList) -> int:
    found = networkwide.missing(desk.connection, mail_list, desk.now)
    for each in found:
        place = networkwide.add(desk.connection, mail_list, each, f"whole_network of {mail_list.address}", desk.now)
        send_changed_groups(desk, place, [mail_list], [])
    return len(found)


def _take_out(desk: Desk, mail_list: MailList) -> int:
    found = networkwide.without_a_group(desk.connection, mail_list, desk.now)
    sent = 0
    for person_id in found:
        place = find_member(desk.connection, mail_list, person_id, desk.now)
        if place is None or not place.id:
            continue
        remove_member(desk.connection, mail_list, place, desk.now)
        if not place.stopped:
            send_changed_groups(desk, place, [], [mail_list])
            sent += 1
    return sent
