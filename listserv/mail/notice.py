"""Our own mail to one person: words from a template, marks that no machine answers. Pure but for the template.

A notice's template is one file with two blocks, `subject` and `text`. It bears Auto-Submitted (RFC 3834 §5), so that no
vacation responder answers it; whoever sends it chooses a return path where no answer does anything.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jinja2 import Environment

from listserv.mail.address import Mailbox
from listserv.mail.compose import Attachment, HeaderValue, compose
from listserv.mail.ids import make_message_id
from listserv.mail.listaddress import ListAddresses, Purpose
from listserv.model.lists import MailList

_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Notice:
    """Which template goes to whom, about which list; `values` are what the template speaks of.

    `answers_to` is where a reply goes (Reply-To), "" for the owners, whom From names. `box` is the mailbox's local part
    in mailbox mode, as in ListAddresses.
    """

    template: str
    mail_list: MailList
    to_name: str
    to_address: str
    in_reply_to: str | None = None
    answers_to: str = ""
    attachments: Sequence[Attachment] = ()
    language: str = ""
    box: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


def compose_notice(environment: Environment, notice: Notice, now: datetime) -> bytes:
    """The octets of the notice, the same for the same notice and time."""
    mail_list = notice.mail_list
    addresses = ListAddresses(mail_list.name, mail_list.domain, notice.box)
    values = {
        **notice.values,
        "locale": notice.language or mail_list.settings.language,
        "name": notice.to_name,
        "group": mail_list.title,
        "owner_address": addresses.of(Purpose.OWNER),
    }
    template = environment.get_template(notice.template)
    subject, text = (
        "".join(template.blocks[block](template.new_context(values))).strip() for block in ("subject", "text")
    )
    unique = hashlib.sha256(repr((notice.template, notice.to_address, subject, text, now)).encode()).hexdigest()[:32]
    headers: dict[str, HeaderValue] = {
        "From": Mailbox(mail_list.title, addresses.of(Purpose.OWNER)),
        "To": Mailbox(notice.to_name, notice.to_address),
        "Date": now,
        "Message-ID": f"<{make_message_id(unique, mail_list.domain)}>".encode(),
        "Subject": subject,
        "Auto-Submitted": "auto-replied" if notice.in_reply_to else "auto-generated",
    }
    if notice.answers_to:
        headers["Reply-To"] = Mailbox(mail_list.title, notice.answers_to)
    if notice.in_reply_to and notice.in_reply_to.isascii():  # an id beyond ASCII needs a relay that takes SMTPUTF8
        parent = f"<{notice.in_reply_to}>".encode()
        headers |= {"In-Reply-To": parent, "References": parent}
    return compose(headers, _BLANK_LINES.sub("\n\n", text) + "\n", attachments=notice.attachments)
