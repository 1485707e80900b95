"""From a claimed delivery to the relay's transactions: reads it once, joins a copy for each recipient.

A delivery is of a post (the author's own copy is one by itself), or carries octets of our own: a digest or reminder to
many, a notice or a newsletter's test copy to one address.

Templates are kept for the posts under way, one a form, so that the chunks of one post share them. Reads the store,
writes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias
from zoneinfo import ZoneInfo

from jinja2 import Environment

from listserv.config import Settings
from listserv.mail.digestmark import read_digest_id
from listserv.mail.listaddress import ListAddresses, Purpose, split_local
from listserv.mail.parse import Message, parse
from listserv.mail.subject import base_subject
from listserv.mail.text.body import Attachment
from listserv.mail.token import sign_in_hole, sign_in_token, sign_withdraw
from listserv.model.hours import next_open, read_hours
from listserv.model.lists import MailList
from listserv.outbound.copy import PostContext, copy_recipient, reply_address
from listserv.outbound.enclosures import notes, too_large
from listserv.outbound.footer import render_footer
from listserv.outbound.kept_templates import KeptTemplates
from listserv.outbound.lane import Drawn
from listserv.outbound.mediate import Template, prepare
from listserv.outbound.our_mail import OurMail
from listserv.outbound.plain import as_text, readable, text_of_ours, without_field
from listserv.outbound.relay import Submission
from listserv.outbound.relay_checks import content_refusal
from listserv.store.addressees import Addressees, SignIn, addressees, sign_ins
from listserv.store.archive import StoredPost, content_octets, read_post
from listserv.store.engine import Connection, Database
from listserv.store.hours import HOURS, PutBy, still_wanting
from listserv.store.lists import list_by_id
from listserv.store.outbox import OWN, TEST, Claim
from listserv.store.several import lists_beside

Forms: TypeAlias = Mapping[bool, Template | OurMail]  # by whether their reader wants plain text alone

SIGN_IN_LASTS = timedelta(days=35)  # beyond a month, so that the last monthly update still opens the pages


class PostCopies:
    """Implements `lane.Copies`; used by the thread of the relay."""

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
        self._kept = KeptTemplates()

    def submissions(self, held: Claim) -> Iterator[Drawn] | PutBy:
        """See `lane.Copies`."""
        if held.kind in ("notice", TEST):
            submission = self._notice(held) if held.kind == "notice" else self._test(held)
            return iter([((), submission)])
        left = held.recipients[held.done :]
        with self._database.read() as connection:
            found = addressees(connection, left)
            put_by = self._put_by(connection, held, found) if held.post_id is not None and held.kind != OWN else None
            if put_by is not None:
                return put_by
            mail_list, forms = self._forms(connection, held, found)
            # What was composed for personal copies stays personal, also when the setting has changed since.
            waits = any(isinstance(each, OurMail) and each.is_personal for each in forms.values())
            signing = sign_ins(connection, left) if waits else {}
        if waits or self._settings.relay.recipients_per_message == 1:
            return self._personal(held, mail_list, forms, left, found, signing)
        return self._neutral(held, forms, left, found)

    def _forms(self, connection: Connection, held: Claim, found: Addressees) -> tuple[MailList, Forms]:
        plain_too = found.plain
        wanted = {True} if plain_too else set()
        if len(plain_too) < len(found.addresses):
            wanted.add(False)
        if held.content_id is not None:
            mail_list = list_by_id(connection, held.list_id or 0)
            octets = content_octets(connection, held.content_id)
            return mail_list, {plain: self._our_mail(octets, mail_list, plain=plain) for plain in wanted}
        post = read_post(connection, held.post_id or 0)
        mail_list = list_by_id(connection, post.list_id)
        also_to = self._beside(connection, post)
        return mail_list, {plain: self._template(held, post, mail_list, also_to, plain=plain) for plain in wanted}

    def _put_by(self, connection: Connection, held: Claim, found: Addressees) -> PutBy | None:
        """Whose hours are closed, and who no longer wants a copy that has waited; None where there is nobody such."""
        waited = held.kind == HOURS
        if not (waited or any(wish.hours for wish in found.wishes.values())):
            return None
        now, post = self._clock(), read_post(connection, held.post_id or 0)
        there = found.addresses.keys()
        wanting = still_wanting(connection, there, post.list_id, post.thread_id, now) if waited else there
        zone = list_by_id(connection, post.list_id).settings.time_zone or self._settings.site.time_zone
        later: defaultdict[datetime, list[int]] = defaultdict(list)
        for subscription_id, wish in found.wishes.items():
            hours = read_hours(wish.hours)
            opens_at = next_open(hours, now, ZoneInfo(wish.time_zone or zone)) if hours is not None else now
            if opens_at > now and subscription_id in wanting:
                later[opens_at].append(subscription_id)
        never = sorted(there - wanting)
        return PutBy(later, never) if later or never else None

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

    def _test(self, held: Claim) -> Submission:
        """The copy of a post that is none yet: without its page, and with an id of its own, as mail programs show the
        same id only once."""
        with self._database.read() as connection:
            octets = content_octets(connection, held.content_id or 0)
            mail_list = list_by_id(connection, held.list_id or 0)
        message = parse(without_field(octets, b"message-id"))
        msgid = f"test-copy.{held.id}.{mail_list.list_id}"
        at, author = held.created_at, message.author.address if message.author else ""
        post = StoredPost(0, mail_list.id, 0, 0, None, msgid, octets, "", at, message.subject, "", author, quiet=False)
        copy = prepare(message, self._context(post, message, mail_list, (), own_copy=False)).neutral()
        name = f"{held.id:06}-00000"
        recipients = (held.to_address or "",)
        return Submission(copy.return_path, recipients, copy.content, stuffed=True, eight_bit=copy.eight_bit, name=name)

    def _personal(
        self,
        held: Claim,
        mail_list: MailList,
        forms: Forms,
        left: Sequence[int],
        found: Addressees,
        signing: Mapping[int, SignIn],
    ) -> Iterator[Drawn]:
        addresses = self._addresses(mail_list)
        today = self._clock().date()
        name = f"{held.id:06}-"
        wants_plain = found.plain
        checked: set[bool] = set()
        for position, subscription_id in enumerate(left, start=held.done):
            address = found.addresses.get(subscription_id)
            if address is None:
                yield (subscription_id,), None
                continue
            plain = subscription_id in wants_plain
            recipient = copy_recipient(self._key, addresses, subscription_id, today)
            if signing:
                recipient = recipient._replace(sign_in=self._sign_in(signing[subscription_id], today))
            copy = forms[plain].copy(recipient)
            submission = Submission(
                copy.return_path,
                (address,),
                copy.content,
                copy.stuffed,
                copy.eight_bit,
                f"{name}{position:05}",
                plain in checked,
            )
            # Copies of one template differ in tokens alone, so that the first speaks for all.
            if plain not in checked and content_refusal(submission) is None:
                checked.add(plain)
            yield (subscription_id,), submission

    def _sign_in(self, signing: SignIn, today: date) -> bytes:
        """For mail of our own alone: posts are quoted and handed on, so that their copies never have one."""
        return sign_in_token(self._key, signing.person_id, today + SIGN_IN_LASTS, signing.number).encode()

    def _neutral(self, held: Claim, forms: Forms, left: Sequence[int], found: Addressees) -> Iterator[Drawn]:
        """Batches of the same form in the recipients' order: what is settled is always the first so many of them."""
        copies = {plain: template.neutral() for plain, template in forms.items()}
        checked = {plain: content_refusal(Submission("", (), copy.content, stuffed=True)) is None
                   for plain, copy in copies.items()}  # fmt: skip
        position = held.done
        addresses = found.addresses
        for plain, batch in _batches(left, found, self._settings.relay.recipients_per_message):
            there = [subscription_id for subscription_id in batch if subscription_id in addresses]
            if not there:
                yield tuple(batch), None
            else:
                copy = copies[plain]
                yield (
                    # A batch settles whole: a place in the middle of it would not say who of it had her copy.
                    (*there, *(subscription_id for subscription_id in batch if subscription_id not in addresses)),
                    Submission(
                        copy.return_path,
                        tuple([addresses[subscription_id] for subscription_id in there]),
                        copy.content,
                        stuffed=True,
                        eight_bit=copy.eight_bit,
                        name=f"{held.id:06}-{position:05}",
                        checked=checked[plain],
                    ),
                )
            position += len(batch)

    def _our_mail(self, octets: bytes, mail_list: MailList, *, plain: bool) -> OurMail:
        base_url = self._settings.site.base_url.rstrip("/")
        hole = sign_in_hole(self._key).encode()
        return OurMail(text_of_ours(octets) if plain else octets, self._addresses(mail_list), base_url, hole)

    def _beside(self, connection: Connection, post: StoredPost) -> tuple[str, ...]:
        """The other groups the mail went to, as far as it names them itself: by title, a private one by its address."""
        if not post.beside:
            return ()
        message = parse(post.octets)
        named = {box.address.lower() for field in ("To", "Cc") for box in message.mailboxes(field)}
        lists = [list_by_id(connection, list_id) for list_id in lists_beside(connection, post.id)]
        shown = [each for each in lists if self._is_named(each, named)]
        return tuple(each.address if each.settings.private else each.title for each in shown)

    def _is_named(self, mail_list: MailList, named: set[str]) -> bool:
        box = self._settings.box(mail_list.domain)
        locals_there = [split_local(local, box) for local, _, domain in (each.rpartition("@") for each in named)
                        if domain == mail_list.domain]  # fmt: skip
        return any(each is not None and each.name == mail_list.name for each in locals_there)

    def _template(
        self, held: Claim, post: StoredPost, mail_list: MailList, also_to: tuple[str, ...], *, plain: bool
    ) -> Template:
        """The author's own copy, an answer to which can take the post back, is made for one, so it is not kept."""
        if held.kind == OWN:
            return self._prepared(post, mail_list, also_to, plain=plain, own_copy=True)
        # Octets and subject are in it, as a part or words of them may have been taken out meanwhile.
        key = (post.id, mail_list.version, post.thread_id, hash((post.octets, post.subject, also_to)), plain)
        return self._kept.get(key, lambda: self._prepared(post, mail_list, also_to, plain=plain, own_copy=False))

    def _prepared(
        self, post: StoredPost, mail_list: MailList, also_to: tuple[str, ...], *, plain: bool, own_copy: bool
    ) -> Template:
        message = parse(post.octets)
        context = self._context(post, message, mail_list, also_to, own_copy=own_copy)
        found = readable(message) if plain else None
        if found is None:
            return prepare(message, context)
        left_out = self._notes(post, found.attachments, mail_list, plain=True)
        return prepare(as_text(message, found.text, left_out.values()), replace(context, notes={}))

    def _context(
        self,
        post: StoredPost,
        message: Message,
        mail_list: MailList,
        also_to: tuple[str, ...],
        *,
        own_copy: bool,
    ) -> PostContext:
        base_url, url = self._settings.site.base_url.rstrip("/"), self._url(post, mail_list)
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
                also_to=also_to,
            ),
            box=addresses.box,
            withdraw_address=addresses.of(Purpose.CONFIRM, token) if own_copy else "",
            subject=post.subject if _bears_digest_subject(message, mail_list) else "",
            notes=self._notes(post, too_large(message, mail_list.settings.attachment_octets), mail_list),
        )

    def _url(self, post: StoredPost, mail_list: MailList) -> str:
        base_url = self._settings.site.base_url.rstrip("/")
        return f"{base_url}/groups/{mail_list.name}/posts/{post.id}" if base_url and post.id else ""

    def _notes(
        self, post: StoredPost, files: Sequence[Attachment], mail_list: MailList, *, plain: bool = False
    ) -> Mapping[int, str]:
        if not files:
            return {}
        addresses, url = self._addresses(mail_list), self._url(post, mail_list)
        return notes(self._templates, mail_list, addresses, self._key, post.id, url, files, plain=plain)

    def _addresses(self, mail_list: MailList) -> ListAddresses:
        return ListAddresses(mail_list.name, mail_list.domain, self._settings.box(mail_list.domain))


def _batches(left: Sequence[int], found: Addressees, size: int) -> Iterator[tuple[bool, Sequence[int]]]:
    """The recipients in their order, so many at most together and none beside one who wants the other form."""
    wants_plain = found.plain
    for start in range(0, len(left), size):
        batch = left[start : start + size]
        if wants_plain.isdisjoint(batch):
            yield False, batch
            continue
        plain = False
        runs: list[tuple[bool, int]] = []
        for subscription_id in batch:
            # Who is no longer there goes with whoever stands before her.
            plain = subscription_id in wants_plain if subscription_id in found.addresses else plain
            runs.append((plain, subscription_id))
        for form, members in groupby(runs, key=itemgetter(0)):
            yield form, [subscription_id for _, subscription_id in members]


def _bears_digest_subject(message: Message, mail_list: MailList) -> bool:
    """Whether it answers one of our digests by its references or its subject: then the archive knows a better one."""
    title = " ".join(mail_list.title.split()).casefold()
    subject = base_subject(message.subject)
    return (subject.has_reply_prefix and subject.text.startswith(f"{title} · ")) or any(
        read_digest_id(node, mail_list) is not None for node in message.references
    )
