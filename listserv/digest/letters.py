"""Mail of the clock's own to one person: composed from a template, its return path hers, so that we hear of a dead box.

What is sent here was not asked for, so it never goes to an address that reports have stopped.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from listserv.digest.run import Workshop
from listserv.mail.address import address_key
from listserv.mail.listaddress import ListAddresses, Purpose
from listserv.mail.notice import Notice, compose_notice
from listserv.mail.token import sign_bounce
from listserv.model.lists import MailList
from listserv.store import outbox
from listserv.store.archive import put_content
from listserv.store.bounces import reach
from listserv.store.engine import Connection
from listserv.store.migrate import signing_key


def addresses_of(workshop: Workshop, mail_list: MailList) -> ListAddresses:
    """The list's addresses, as this site spells them."""
    return ListAddresses(mail_list.name, mail_list.domain, workshop.settings.box(mail_list.domain))


def send(
    connection: Connection,
    workshop: Workshop,
    mail_list: MailList,
    template: str,
    address: str,
    name: str,
    language: str,
    answers_to: str,
    now: datetime,
    **values: Any,
) -> bool:
    """The mail of `templates/email/TEMPLATE.txt` is in the outbox; False where the address is stopped."""
    stopped, subscription_id = reach(connection, mail_list.id, address_key(address))
    if stopped:
        return False
    notice = Notice(
        f"email/{template}.txt",
        mail_list,
        name,
        address,
        answers_to=answers_to,
        language=language,
        box=workshop.settings.box(mail_list.domain),
        values=values,
    )
    content_id = put_content(connection, compose_notice(workshop.environment, notice, now))
    addresses, return_path = addresses_of(workshop, mail_list), ""
    if subscription_id is not None and addresses.has_room_for_verp:
        token = sign_bounce(signing_key(connection), mail_list.name, subscription_id, now.astimezone(UTC).date())
        return_path = addresses.of(Purpose.BOUNCES, token)
    outbox.enqueue_notice(connection, mail_list.id, content_id, address, now, return_path)
    return True
