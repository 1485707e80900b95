"""Mail that a command causes: the first mail to whom it put into a group, and invitations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from listserv.app.site import Site
from listserv.errors import Refused
from listserv.inbound.desk import Desk
from listserv.inbound.first_mail import ADDED, send_changed_groups, send_first_mail
from listserv.inbound.joining import invite
from listserv.mail.address import address_key
from listserv.model.lists import MailList, Subscription
from listserv.resources import environment
from listserv.store.engine import Connection
from listserv.store.joining import set_host
from listserv.store.migrate import signing_key
from listserv.store.people import get_member
from listserv.store.settling import note_consent


def desk_of(site: Site, connection: Connection) -> Desk:
    """The desk of a command: what it sends is in the outbox when the command's transaction commits."""
    return Desk(
        connection, site.settings, environment(site.settings.site.templates), signing_key(connection), site.now()
    )


def came_in(site: Site, connection: Connection, mail_list: MailList, address: str, *, tell: bool) -> None:
    """That she was put in, and how, is kept; `tell`: the first mail is on its way to her."""
    place = get_member(connection, mail_list, address, address_key(address))
    note_consent(connection, place.person_id, mail_list.id, "added", "command line", "put in by command", site.now())
    if tell:
        send_first_mail(desk_of(site, connection), mail_list, place, ADDED)


def tell_of_groups(
    site: Site, connection: Connection, place: Subscription, joined: Sequence[MailList], left: Sequence[MailList]
) -> None:
    """One mail tells somebody of all her changes; where she only came into one group it is the first mail of that."""
    desk = desk_of(site, connection)
    if len(joined) == 1 and not left:
        send_first_mail(desk, joined[0], place, ADDED)
    else:
        send_changed_groups(desk, place, joined, left)


def set_guests_host(connection: Connection, mail_list: MailList, guest: str, host: str) -> None:
    """That member is the host of the guest. Raises NotFound."""
    place = get_member(connection, mail_list, guest, address_key(guest))
    by = get_member(connection, mail_list, host, address_key(host))
    set_host(connection, mail_list.id, place.person_id, by.person_id)


def send_invitation(
    site: Site, connection: Connection, mail_list: MailList, address: str, name: str, until: str, host: str
) -> None:
    """An invitation is on its way. Raises Refused for a member, one invited today and a day that is none."""
    if until:
        try:
            date.fromisoformat(until)
        except ValueError:
            raise Refused(f"{until!r} is no date; write 2026-12-18.") from None
    by = get_member(connection, mail_list, host, address_key(host)) if host else None
    sent = invite(
        desk_of(site, connection),
        mail_list,
        address,
        name=name,
        by=by.name if by else "",
        until=until,
        host_id=by.person_id if by else None,
    )
    if not sent:
        raise Refused(f"{address} is a member of {mail_list.address} already, or was invited today.")
