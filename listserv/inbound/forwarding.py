"""Mail that is no post: for a list's owners, for the postmaster, reports about our copies.

What a person should read goes to people of ours through the outbox; automatic mail is kept and goes to nobody.
`once` is for a way in that may show a message again: the same octets are then passed on no second time.
"""

from __future__ import annotations

from listserv.config import Settings
from listserv.inbound.posting import Arrival
from listserv.inbound.traits import automatic_mark
from listserv.mail.listheaders import LOOP_MARK
from listserv.model.lists import MODERATING, MailList, Role
from listserv.model.smtp import Reply
from listserv.store import archive, moderation, outbox
from listserv.store.engine import Connection
from listserv.store.owners import in_charge

FORWARDED = Reply(250, "2.0.0", "Passed on to a person")
KEPT = Reply(250, "2.0.0", "Kept")
LOOP = Reply(550, "5.4.6", "This mail has been through here already")
NOBODY = Reply(550, "5.2.1", "Nobody reads this address yet")


def forward_to_owners(
    connection: Connection, mail_list: MailList, arrival: Arrival, settings: Settings, *, once: bool = False
) -> Reply:
    """The list's owners, else its moderators, else those above them each get the mail as it is."""
    people = in_charge(connection, mail_list, settings.site.postmaster, {Role.OWNER}, MODERATING)
    mark = f"{mail_list.name}-owner@{mail_list.domain}"
    return _forward(connection, mail_list, mark, [each.address for each in people], arrival, once=once)


def forward_to_postmaster(
    connection: Connection, address: str, arrival: Arrival, settings: Settings, *, once: bool = False
) -> Reply:
    """postmaster@ and abuse@ reach the person named in the configuration (RFC 5321 §4.5.1, RFC 2142 §5)."""
    return _forward(connection, None, address, _postmaster(settings), arrival, once=once)


def record_report(connection: Connection, mail_list: MailList | None, arrival: Arrival, note: str) -> Reply:
    """Mail to a return path, or a report that came elsewhere, is kept with what was heard in it; never answered."""
    _keep(connection, mail_list, arrival, "report", note)
    return KEPT


def _keep(connection: Connection, mail_list: MailList | None, arrival: Arrival, reason: str, note: str) -> None:
    """What nobody reads is kept and known to be the list's, so that a removal reaches what it quotes."""
    message_id = archive.put_message(connection, arrival.as_new())
    if mail_list is not None:
        moderation.log_decision(connection, mail_list.id, message_id, "record", reason, arrival.now, note=note)


def _postmaster(settings: Settings) -> list[str]:
    return [settings.site.postmaster] if settings.site.postmaster else []


def _forward(
    connection: Connection, mail_list: MailList | None, mark: str, readers: list[str], arrival: Arrival, *, once: bool
) -> Reply:
    if mark.lower() in {value.strip().lower() for value in arrival.message.headers(LOOP_MARK)}:
        return LOOP
    mark_of_program = automatic_mark(arrival.message, arrival.return_path)
    if mark_of_program:
        _keep(connection, mail_list, arrival, "automatic", mark_of_program)
        return KEPT
    if not readers:
        return NOBODY
    octets = f"{LOOP_MARK}: {mark}\r\n".encode() + arrival.message.octets[arrival.message.head_start :]
    if once and archive.has_content(connection, octets):
        return FORWARDED
    content_id = archive.put_content(connection, octets)
    for address in readers:
        outbox.enqueue_notice(connection, mail_list.id if mail_list else None, content_id, address, arrival.now)
    return FORWARDED
