"""What a function answered by mail works with: the transaction, the moment, and our own mail to people.

A desk lives as long as one job of the writer; whatever it sends is in the outbox when that job commits (law 2). No
stranger's text goes into mail to somebody who has not asked for it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from jinja2 import Environment

from listserv.config import Settings
from listserv.mail.address import address_key
from listserv.mail.compose import Attachment
from listserv.mail.listaddress import ListAddresses, Purpose
from listserv.mail.notice import Notice, compose_notice
from listserv.mail.token import sign_bounce
from listserv.model.lists import EDITING, MailList, Role, Subscription
from listserv.store import archive, outbox, tokens
from listserv.store.addresses import addresses_of
from listserv.store.answered import claim_answer, count_answer
from listserv.store.bounces import reach
from listserv.store.engine import Connection
from listserv.store.lists import list_behind
from listserv.store.moderators import Moderator, editor
from listserv.store.owners import Keeper, administrators, in_charge, keepers
from listserv.store.people import language_of, person_of

log = logging.getLogger(__name__)

ANSWER_LASTS = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a mail of ours goes to; `language` is hers, "" for the group's."""

    address: str
    name: str = ""
    language: str = ""


def is_a_lists(connection: Connection, settings: Settings, key: str) -> bool:
    """Whether mail to this address comes to a list here, or into the mailbox we read, so that it is no person's."""
    return key == settings.mailbox or list_behind(connection, key, settings.box) is not None


def recipient(person: Keeper | Moderator) -> Recipient:
    """Somebody who looks after a group, as mail to her goes out."""
    return Recipient(person.address, person.name, person.language)


@dataclass(frozen=True, slots=True)
class Desk:
    """One transaction's tools; `key` signs tokens, `now` is the moment of everything written here.

    `peer` is the SMTP client whose mail it is about, "" where it came another way or nobody's mail is answered.
    `is_answering`: a message has just come in, and what is sent is caused by it. `proven_key` (of an address) and
    `proven_person` are whom it is proven to be from, by a result we believe or by a token of hers; "" and None for
    nobody. Answers to her are counted apart, so that who forges her name uses up none of them.
    """

    connection: Connection
    settings: Settings
    templates: Environment
    key: bytes
    now: datetime
    peer: str = ""
    is_answering: bool = False
    proven_key: str = ""
    proven_person: int | None = None

    def addresses(self, mail_list: MailList) -> ListAddresses:
        """The list's addresses, as this site spells them."""
        return ListAddresses(mail_list.name, mail_list.domain, self.settings.box(mail_list.domain))

    def is_a_lists(self, address: str) -> bool:
        """As the function of this name."""
        return is_a_lists(self.connection, self.settings, address_key(address))

    def is_private(self, mail_list: MailList) -> bool:
        """Whether members alone read its posts: the list says so, or there are no pages."""
        return mail_list.settings.private or not self.settings.site.base_url

    def person(self, person_id: int, name: str, address: str) -> Recipient:
        """Somebody we know, in her own language."""
        return Recipient(address, name, language_of(self.connection, person_id))

    def in_charge(self, mail_list: MailList, *ranks: Collection[Role], but: int | None = None) -> list[Recipient]:
        """Who is asked about the list (`store.owners.in_charge`)."""
        found = in_charge(self.connection, mail_list, self.settings.site.postmaster, *ranks, but=but)
        return [recipient(each) for each in found]

    def still_holds(self, mail_list: MailList, asked: str, wanted: Collection[Role]) -> bool:
        """Whether who was asked at that address has one of these roles in the list now, or is the site's postmaster."""
        if self.is_postmaster(asked):
            return True
        person_id = person_of(self.connection, address_key(asked))
        found = editor(self.connection, mail_list, person_id, self.now) if person_id is not None else None
        return found is not None and not found.roles.isdisjoint(wanted)

    def is_postmaster(self, asked: str) -> bool:
        """Whether it is the site's postmaster's address, who stands in where a list has nobody."""
        return bool(asked) and address_key(asked) == address_key(self.settings.site.postmaster)

    def member(self, place: Subscription) -> Recipient:
        """Her at the address the group's mail goes to; who has a role without a subscription at the first of hers."""
        address = place.address or next((each.address for each in addresses_of(self.connection, place.person_id)), "")
        return self.person(place.person_id, place.name, address)

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
        to_stopped: bool = False,
        is_part: bool = False,
        **values: Any,
    ) -> None:
        """The mail of `templates/email/TEMPLATE.txt` (blocks `subject` and `text`) is in the outbox.

        Not so to an address that reports have stopped, unless its person has just written or `to_stopped`; nor beyond
        the day's limit of answers to one address (`limits.answers`), of which a further part of one is none.
        """
        stopped, subscription_id = reach(self.connection, mail_list.id, address_key(to.address))
        if stopped and not self.is_answering and not to_stopped:
            return
        if not is_part and not self._is_within_limit(mail_list, to):
            log.warning("not answered, as the address has had its answers of today: %s to %s", template, to.address)
            return
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
        return_path = self._return_path(mail_list, subscription_id) if in_reply_to is None else ""
        outbox.enqueue_notice(
            self.connection, mail_list.id, content_id, to.address, self.now, return_path, due_at=due_at
        )

    def _return_path(self, mail_list: MailList, subscription_id: int | None) -> str:
        """A member's own, by which we hear that the address is dead; the null one to everybody else (RFC 3834 §3.3)."""
        addresses = self.addresses(mail_list)
        if subscription_id is None or not addresses.has_room_for_verp:
            return ""
        token = sign_bounce(self.key, mail_list.name, subscription_id, self.now.astimezone(UTC).date())
        return addresses.of(Purpose.BOUNCES, token)

    def _is_within_limit(self, mail_list: MailList, to: Recipient) -> bool:
        """The last defence against being made to write to somebody; those who look after the group are asked a lot."""
        if not self.is_answering:
            return True
        key = address_key(to.address)
        if count_answer(self.connection, key, self.now, proven=self._is_hers(key)) <= self.settings.limits.answers:
            return True
        people = [*keepers(self.connection, mail_list.id, EDITING)]
        people += administrators(self.connection, mail_list.network_id)
        return key in {
            address_key(each) for each in (self.settings.site.postmaster, *(p.address for p in people)) if each
        }

    def may_answer(self, address: str, kind: str) -> bool:
        """True once a day (UTC), address and kind; further answers of the kind to it would be a nuisance.

        Once more for what is proven to be hers who has the address: a forged mail may have asked before her.
        """
        key = address_key(address)
        return claim_answer(self.connection, key, kind, self.now, proven=self._is_hers(key))

    def _is_hers(self, key: str) -> bool:
        """Whether who has this address is proven to have written what is answered."""
        if not key or not (self.proven_key or self.proven_person):
            return False
        if key == self.proven_key:
            return True
        person = person_of(self.connection, key)
        proven = self.proven_person or person_of(self.connection, self.proven_key)
        return person is not None and person == proven
