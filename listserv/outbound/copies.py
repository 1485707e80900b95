"""From a claimed delivery to the relay's transactions: reads it once, joins a copy for each recipient.

A delivery is of a post (the author's own copy is one by itself), or carries octets of our own: a digest or reminder to
many, a notice to one address.

Templates are kept for the posts under way, so that the chunks of one post share one. Reads the store, writes nothing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from jinja2 import Environment

from listserv.config import Settings
from listserv.mail.digestmark import read_digest_id
from listserv.mail.listaddress import ListAddresses, Purpose
from listserv.mail.parse import Message, parse
from listserv.mail.subject import base_subject
from listserv.mail.token import sign_in_hole, sign_in_token, sign_withdraw
from listserv.model.lists import MailList
from listserv.outbound.copy import CopyRecipient, PostContext, copy_recipient, reply_address
from listserv.outbound.enclosures import notes, too_large
from listserv.outbound.footer import render_footer
from listserv.outbound.mediate import Template, prepare
from listserv.outbound.our_mail import OurMail
from listserv.outbound.relay import Submission
from listserv.outbound.relay_checks import content_refusal
from listserv.store.archive import StoredPost, content_octets, read_post
from listserv.store.engine import Database
from listserv.store.lists import list_by_id
from listserv.store.outbox import OWN, Claim
from listserv.store.people import Addressee, addressees

TEMPLATES_KEPT = 16
SIGN_IN_LASTS = timedelta(days=35)  # beyond a month, so that the last monthly update still opens the pages


class PostCopies:
    """Implements `dispatch.Copies`; used by every relay thread."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        key: bytes,
        templates: Environment,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._settings = settings
        self._key = key
        self._templates = templates
        self._clock = clock
        self._kept: OrderedDict[tuple[int, int, int, int], Template] = OrderedDict()
        self._lock = threading.Lock()

    def submissions(self, held: Claim) -> Iterator[tuple[tuple[int, ...], Submission | None]]:
        """See `dispatch.Copies`."""
        if held.kind == "notice":
            yield (), self._notice(held)
            return
        left = held.recipients[held.done :]
        with self._database.read() as connection:
            if held.content_id is not None:
                mail_list = list_by_id(connection, held.list_id or 0)
                template: Template | OurMail = self._our_mail(content_octets(connection, held.content_id), mail_list)
            else:
                post = read_post(connection, held.post_id or 0)
                mail_list = list_by_id(connection, post.list_id)
                template = self._own(post, mail_list) if held.kind == OWN else self._template(post, mail_list)
            found = addressees(connection, left)
        # What was composed for personal copies stays personal, also when the setting has changed since.
        waits = isinstance(template, OurMail) and template.is_personal
        if waits or self._settings.relay.recipients_per_message == 1:
            yield from self._personal(held, mail_list, template, left, found)
        else:
            yield from self._neutral(held, template, left, found)

    def _notice(self, held: Claim) -> Submission:
        with self._database.read() as connection:
            octets = content_octets(connection, held.content_id or 0)
        return Submission(
            held.return_path,
            (held.to_address or "",),
            octets,
            eight_bit=not octets.isascii(),
            name=f"{held.id:06}-00000",
        )

    def _personal(
        self,
        held: Claim,
        mail_list: MailList,
        template: Template | OurMail,
        left: Sequence[int],
        found: dict[int, Addressee],
    ) -> Iterator[tuple[tuple[int, ...], Submission | None]]:
        addresses = self._addresses(mail_list)
        today = self._clock().date()
        checked = False
        for position, subscription_id in enumerate(left, start=held.done):
            addressee = found.get(subscription_id)
            if addressee is None:
                yield (subscription_id,), None
                continue
            copy = template.copy(self._recipient(template, addresses, addressee, today))
            submission = Submission(
                copy.return_path,
                (addressee.address,),
                copy.content,
                stuffed=True,
                eight_bit=copy.eight_bit,
                name=f"{held.id:06}-{position:05}",
                checked=checked,
            )
            # Copies of one template differ in tokens alone, so that the first speaks for all.
            checked = checked or content_refusal(submission) is None
            yield (subscription_id,), submission

    def _recipient(
        self, template: Template | OurMail, addresses: ListAddresses, addressee: Addressee, today: date
    ) -> CopyRecipient:
        """A post's copy never has a sign-in token: posts are quoted and handed on."""
        made = copy_recipient(self._key, addresses, addressee.subscription_id, today)
        if not (isinstance(template, OurMail) and template.is_personal):
            return made
        token = sign_in_token(self._key, addressee.person_id, today + SIGN_IN_LASTS, addressee.sign_in_number)
        return made._replace(sign_in=token.encode())

    def _neutral(
        self, held: Claim, template: Template | OurMail, left: Sequence[int], found: dict[int, Addressee]
    ) -> Iterator[tuple[tuple[int, ...], Submission | None]]:
        copy = template.neutral()
        size = self._settings.relay.recipients_per_message
        position = held.done
        for start in range(0, len(left), size):
            batch = left[start : start + size]
            there = [subscription_id for subscription_id in batch if subscription_id in found]
            missing = len(batch) - len(there)
            if there:
                yield (
                    tuple(there),
                    Submission(
                        copy.return_path,
                        tuple(found[subscription_id].address for subscription_id in there),
                        copy.content,
                        stuffed=True,
                        eight_bit=copy.eight_bit,
                        name=f"{held.id:06}-{position:05}",
                    ),
                )
            if missing:
                yield tuple(batch[:missing]), None
            position += len(batch)

    def _our_mail(self, octets: bytes, mail_list: MailList) -> OurMail:
        base_url = self._settings.site.base_url.rstrip("/")
        return OurMail(octets, self._addresses(mail_list), base_url, sign_in_hole(self._key).encode())

    def _template(self, post: StoredPost, mail_list: MailList) -> Template:
        # The octets are in it, as a part or words of them may have been taken out meanwhile.
        key = (post.id, mail_list.version, post.thread_id, hash(post.octets))
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        message = parse(post.octets)
        made = prepare(message, self._context(post, message, mail_list))
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > TEMPLATES_KEPT:
                self._kept.popitem(last=False)
        return made

    def _own(self, post: StoredPost, mail_list: MailList) -> Template:
        """The author's own copy, an answer to which can take the post back; made for one, so it is not kept."""
        message = parse(post.octets)
        return prepare(message, self._context(post, message, mail_list, own_copy=True))

    def _context(
        self, post: StoredPost, message: Message, mail_list: MailList, *, own_copy: bool = False
    ) -> PostContext:
        base_url = self._settings.site.base_url.rstrip("/")
        url = f"{base_url}/groups/{mail_list.name}/posts/{post.id}" if base_url else ""
        addresses = self._addresses(mail_list)
        own_copy = own_copy and addresses.has_room_for_withdraw
        token = sign_withdraw(self._key, mail_list.name, post.id) if own_copy else ""
        return PostContext(
            mail_list=mail_list,
            key=self._key,
            thread_id=post.thread_id,
            message_id=post.msgid,
            received_at=post.received_at,
            hostname=self._settings.site.domain,
            base_url=base_url,
            archived_at_url=url,
            footer=render_footer(
                self._templates,
                mail_list,
                addresses,
                url,
                own_copy=own_copy,
                author_address=post.author_address,
                thread_address=reply_address(self._key, addresses, post.thread_id),
            ),
            box=addresses.box,
            withdraw_address=addresses.of(Purpose.CONFIRM, token) if own_copy else "",
            subject=post.subject if _bears_digest_subject(message, mail_list) else "",
            notes=self._notes(post, message, mail_list, url),
        )

    def _notes(self, post: StoredPost, message: Message, mail_list: MailList, url: str) -> Mapping[int, str]:
        files = too_large(message, mail_list.settings.attachment_octets)
        if not files:
            return {}
        return notes(self._templates, mail_list, self._addresses(mail_list), self._key, post.id, url, files)

    def _addresses(self, mail_list: MailList) -> ListAddresses:
        return ListAddresses(mail_list.name, mail_list.domain, self._settings.box(mail_list.domain))


def _bears_digest_subject(message: Message, mail_list: MailList) -> bool:
    """Whether it answers one of our digests by its references or its subject: then the archive knows a better one."""
    title = " ".join(mail_list.title.split()).casefold()
    subject = base_subject(message.subject)
    return (subject.has_reply_prefix and subject.text.startswith(f"{title} · ")) or any(
        read_digest_id(node, mail_list) is not None for node in message.references
    )
