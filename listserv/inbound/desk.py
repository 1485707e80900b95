"""What a function answered by mail works with: the transaction, the moment, and our own mail to people.

A desk lives as long as one job of the writer; whatever it sends is in the outbox when that job commits (law 2). No
stranger's text goes into mail to somebody who has not asked for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from jinja2 import Environment

from listserv.config import Settings
from listserv.mail.address import address_key
from listserv.mail.compose import Attachment
from listserv.mail.listaddress import ListAddresses, Purpose
from listserv.mail.notice import Notice, compose_notice
from listserv.model.lists import MailList
from listserv.store import archive, outbox, tokens
from listserv.store.answered import claim_answer
from listserv.store.engine import Connection
from listserv.store.people import language_of

ANSWER_LASTS = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a mail of ours goes to; `language` is hers, "" for the group's."""

    address: str
    name: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """One transaction's tools; `key` signs tokens, `now` is the moment of everything written here.

    `peer` is the SMTP client whose mail it is about, "" where it came another way or nobody's mail is answered.
    """

    connection: Connection
    settings: Settings
    templates: Environment
    key: bytes
    now: datetime
    peer: str = ""

    def addresses(self, mail_list: MailList) -> ListAddresses:
        """The list's addresses, as this site spells them."""
        return ListAddresses(mail_list.name, mail_list.domain, self.settings.box(mail_list.domain))

    def person(self, person_id: int, name: str, address: str) -> Recipient:
        """Somebody we know, in her own language."""
        return Recipient(address, name, language_of(self.connection, person_id))

    def answer_address(
        self,
        mail_list: MailList,
        purpose: str,
        lasts: timedelta = ANSWER_LASTS,
        *,
        moderate: bool = False,
        person_id: int | None = None,
        object_id: int | None = None,
        payload: Mapping[str, Any] | None = None,
    ) -> str:
        """A new single-purpose address; mail to it reaches the answer named `purpose` in `inbound.functions`."""
        token = tokens.issue(
            self.connection,
            mail_list.id,
            purpose,
            self.now,
            lasts,
            person_id=person_id,
            object_id=object_id,
            payload=payload,
        )
        return self.addresses(mail_list).of(Purpose.MODERATE if moderate else Purpose.CONFIRM, token)

    def send(
        self,
        template: str,
        mail_list: MailList,
        to: Recipient,
        *,
        answers_to: str = "",
        in_reply_to: str | None = None,
        attachments: Sequence[Attachment] = (),
        due_at: datetime | None = None,
        **values: Any,
    ) -> None:
        """The mail of `templates/email/TEMPLATE.txt` (blocks `subject` and `text`) is in the outbox."""
        notice = Notice(
            f"email/{template}.txt",
            mail_list,
            to.name,
            to.address,
            in_reply_to=in_reply_to,
            answers_to=answers_to,
            attachments=attachments,
            language=to.language,
            box=self.settings.box(mail_list.domain),
            values=values,
        )
        content_id = archive.put_content(self.connection, compose_notice(self.templates, notice, self.now))
        outbox.enqueue_notice(self.connection, mail_list.id, content_id, to.address, self.now, due_at=due_at)

    def may_answer(self, address: str, kind: str) -> bool:
        """True once a day (UTC), address and kind; further answers of the kind to it would be a nuisance."""
        return claim_answer(self.connection, address_key(address), kind, self.now)
