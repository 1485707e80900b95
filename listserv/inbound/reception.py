"""What every way in does with a message once it has all of it: the bounds, one job of the writer, a reply a recipient.

SMTP, LMTP and the mailbox share this, so that a message is judged alike however it came. Promises: when the future of
`submit` gives replies, everything a positive one stands for is on disk (law 1). Reads and writes the store, answers
nobody itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from listserv.config import Settings
from listserv.inbound.bounces.reports import hear
from listserv.inbound.desk import Desk
from listserv.inbound.forwarding import forward_to_owners, forward_to_postmaster, record_report
from listserv.inbound.functions import ASKS, Letter, answer, ask, do_function, follow_up, is_good
from listserv.inbound.judging import Judged, judge
from listserv.inbound.limits import bounds
from listserv.inbound.posting import Arrival
from listserv.inbound.route import (
    UNKNOWN,
    Route,
    ToAnswer,
    ToFunction,
    ToList,
    ToOwners,
    ToPostmaster,
    route,
)
from listserv.inbound.several import lock_lists, tell_refused
from listserv.inbound.takeback.withdrawing import thread_of
from listserv.inbound.traits import traits
from listserv.inbound.trust import is_vouched
from listserv.mail.address import address_key
from listserv.mail.bounds import check_message
from listserv.mail.digestmark import read_digest_number
from listserv.mail.listaddress import Purpose
from listserv.mail.parse import Message
from listserv.model.case import Accept, Hold, Reason, Record, Reject, Run
from listserv.model.lists import MailList
from listserv.model.smtp import Envelope, Reply
from listserv.resources import environment
from listserv.store.engine import Connection, Database
from listserv.store.lists import domains_in_use, find_list
from listserv.store.moderation import was_decided
from listserv.store.writer import Tell, Writer


@dataclass(frozen=True, slots=True)
class Destination:
    """One thing a transaction is for, and which of its recipients named it."""

    route: Route
    recipients: tuple[str, ...]


class Reception:
    """Takes messages into one database; `on_commit` is for the caller to say after a message was taken."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        writer: Writer,
        key: bytes,
        clock: Callable[[], datetime],
        on_commit: Callable[[], None],
    ) -> None:
        self.on_commit = on_commit
        self._settings = settings
        self._database = database
        self._writer = writer
        self._key = key
        self._clock = clock
        self._bounds = bounds(settings)
        self._templates = environment(settings.site.templates)

    def look_up(self, recipient: str) -> Route | None:
        """What the address names, None if nothing here. Raises StoreUnavailable."""
        with self._database.read() as connection:
            return self._route(connection, recipient)

    def fault(self, message: Message) -> Reply | None:
        """The refusal of a message whose form is beyond the limits, None if it may be read."""
        fault = check_message(message, self._bounds)
        if fault is None:
            return None
        too_large = fault.code == "message_too_large"
        return Reply(552 if too_large else 554, "5.3.4" if too_large else "5.6.0", fault.text)

    def arrival(self, envelope: Envelope, message: Message) -> Arrival:
        """The message with everything worked out that asks no database: the writer, for whom all wait, need not."""
        now = self._clock()
        vouched = is_vouched(envelope, message, self._settings.smtp)
        seen = traits(message, envelope.return_path)
        _ = message.content_hash, message.body_hash, message.unplaced, message.references, message.date
        return Arrival(message, envelope.return_path, "", now, now, vouched=vouched, traits=seen)

    def submit(self, envelope: Envelope, message: Message) -> Future[tuple[Reply, ...]]:
        """One reply a recipient, after the COMMIT; the future may raise StoreUnavailable."""
        arrival = self.arrival(envelope, message)
        return self._writer.submit(partial(self._take, envelope=envelope, arrival=arrival))

    def hand_over(self, envelope: Envelope, arrival: Arrival, tell: Tell[tuple[Reply, ...]]) -> None:
        """The same for whoever is told as `Writer.hand_over` tells."""
        self._writer.hand_over(partial(self._take, envelope=envelope, arrival=arrival), tell)

    def _route(self, connection: Connection, recipient: str) -> Route | None:
        domains = _Domains(connection, self._settings.site.domain)
        mailbox = self._settings.mailbox if self._settings.imap.addressing == "subaddress" else ""

        def known(name: str, domain: str) -> MailList | None:
            found = find_list(connection, name, domain)
            # A mailbox at a provider may serve the lists of a domain of one's own.
            return found if found or not mailbox.endswith(f"@{domain}") or domain in domains else at_site(name)

        def at_site(name: str) -> MailList | None:
            return find_list(connection, name, self._settings.site.domain)

        def good(mail_list: MailList, purpose: Purpose, token: str) -> bool:
            return is_good(connection, self._key, mail_list, purpose, token, self._clock())

        return route(recipient, known, domains, self._key, good, mailbox)

    def _take(self, connection: Connection, envelope: Envelope, arrival: Arrival) -> tuple[Reply, ...]:
        """One reply a recipient; recipients that name the same thing share its one answer."""
        replies: dict[str, Reply] = {}
        found = self._destinations(connection, envelope.recipients, replies)
        lists = [(each.route.list, each.recipients[0]) for each in found if isinstance(each.route, ToList)]
        lock_lists(connection, [mail_list for mail_list, _ in lists], arrival)
        if len(found) > 1:
            # What comes to a token address acts first: "withdraw" to all need not be asked about any more.
            found.sort(key=lambda each: not isinstance(each.route, ToAnswer))
        known = _known_to(connection, envelope, arrival, found)
        for destination in found:
            reply = self._deliver(connection, envelope, arrival, destination, known)
            replies.update(dict.fromkeys(destination.recipients, reply))
        if len(lists) > 1 and envelope.protocol == "smtp":
            answers = [(mail_list, replies[recipient]) for mail_list, recipient in lists]
            tell_refused(self._desk(connection, envelope, arrival), arrival, answers)
        return tuple(replies[recipient] for recipient in envelope.recipients)

    def _destinations(
        self, connection: Connection, recipients: tuple[str, ...], replies: dict[str, Reply]
    ) -> list[Destination]:
        """A list named twice, by its address and by a thread's, is one destination with the thread, whose address is
        the first: a held post is known by it."""
        found: dict[object, Destination] = {}
        for recipient in dict.fromkeys(recipients):
            named = self._route(connection, recipient)
            if named is None:
                replies[recipient] = UNKNOWN
                continue
            key: object = named
            if isinstance(named, ToList):
                key = named.list.id
            earlier = found.get(key)
            if earlier is not None:
                later = Destination(named, (recipient,))
                better, other = (later, earlier) if _tells(named) > _tells(earlier.route) else (earlier, later)
                found[key] = Destination(better.route, (*better.recipients, *other.recipients))
            else:
                found[key] = Destination(named, (recipient,))
        return list(found.values())

    def _desk(self, connection: Connection, envelope: Envelope, arrival: Arrival) -> Desk:
        peer = envelope.peer if envelope.protocol == "smtp" else ""
        author = arrival.message.author
        return Desk(
            connection,
            self._settings,
            self._templates,
            self._key,
            arrival.now,
            peer,
            is_answering=True,
            proven_key=address_key(author.address) if arrival.vouched and author is not None else "",
        )

    def _deliver(
        self,
        connection: Connection,
        envelope: Envelope,
        arrival: Arrival,
        destination: Destination,
        known: Collection[int],
    ) -> Reply:
        named = destination.route
        desk = self._desk(connection, envelope, arrival)
        if isinstance(named, (ToPostmaster, ToOwners)):
            return self._forwarded(desk, named, arrival, once=_may_come_again(envelope))
        if named.list.id in known:
            return known_already(named.list.address)
        if isinstance(named, ToList):
            return self._posted(desk, envelope, arrival.at(destination.recipients[0], named.thread_id), named.list)
        if isinstance(named, ToFunction):
            return do_function(desk, Letter(named.list, arrival), named.purpose)
        if isinstance(named, ToAnswer):
            thread_id = thread_of(desk, Letter(named.list, arrival), named.purpose, named.token)
            if thread_id is None:
                return answer(desk, Letter(named.list, arrival), named.purpose, named.token)
            # By the list's address: a held post does not keep her token.
            return self._posted(desk, envelope, arrival.at(named.list.address, thread_id), named.list)
        heard = hear(desk, named.list, arrival.message, named.signed)
        return record_report(connection, named.list, arrival, heard.note)

    def _forwarded(self, desk: Desk, named: ToPostmaster | ToOwners, arrival: Arrival, *, once: bool) -> Reply:
        """Providers send their reports to people; those about a copy of ours are kept from them."""
        about = named.list if isinstance(named, ToOwners) else None
        heard = hear(desk, about, arrival.message)
        if heard.subscription_id is not None:
            return record_report(desk.connection, about, arrival, heard.note)
        if isinstance(named, ToOwners):
            return forward_to_owners(desk.connection, named.list, arrival, self._settings, once=once)
        return forward_to_postmaster(desk.connection, named.address, arrival, self._settings, once=once)

    def _posted(self, desk: Desk, envelope: Envelope, here: Arrival, mail_list: MailList) -> Reply:
        judged = judge(
            desk.connection,
            mail_list,
            here,
            session=envelope.protocol == "smtp",
            message_octets=self._settings.limits.message_octets,
            handled=ASKS,
        )
        letter = Letter(mail_list, here)
        if isinstance(judged.verdict, Run):
            return ask(desk, letter, judged.verdict.ask)
        if isinstance(judged.verdict, Record):
            hear(desk, mail_list, here.message)
        follow_up(desk, letter, judged)
        return reply_to(judged, mail_list.address)


class _Domains(Container[str]):
    """The site's domain and those that have a list: asked about only where an address leaves it open."""

    def __init__(self, connection: Connection, own: str) -> None:
        self._connection = connection
        self._own = own

    def __contains__(self, domain: object) -> bool:
        return domain == self._own or domain in domains_in_use(self._connection)


def _may_come_again(envelope: Envelope) -> bool:
    """A mailbox shows a message again after a crash or with another UIDVALIDITY; an MTA's second copy differs."""
    return envelope.protocol == "imap"


def _known_to(
    connection: Connection, envelope: Envelope, arrival: Arrival, found: Sequence[Destination]
) -> Collection[int]:
    """The lists that have decided about it before; asked first, as one mail may be for two things of a list."""
    if not _may_come_again(envelope):
        return ()
    routes = [each.route for each in found]
    lists = {named.list.id for named in routes if not isinstance(named, (ToPostmaster, ToOwners))}
    return [list_id for list_id in lists if was_decided(connection, list_id, arrival.message.octets)]


def _tells(named: Route) -> int:
    """How much the address says of where a post belongs: a conversation, an update with several, the list."""
    if not isinstance(named, ToList) or named.thread_id is None:
        return 0
    return 1 if read_digest_number(named.thread_id) is not None else 2


def reply_to(judged: Judged, address: str) -> Reply:
    """The reply a verdict is told with."""
    verdict = judged.verdict
    if isinstance(verdict, Accept):
        return Reply(250, "2.0.0", f"Post {judged.post_id} in {address}, on its way")
    if isinstance(verdict, Hold):
        # That it looks like a member's post is hers to hear, not whoever sent it.
        told = Reason.NOT_A_MEMBER if verdict.reason is Reason.UNKNOWN_ADDRESS else verdict.reason
        return Reply(250, "2.0.0", f"Kept for {address}: waiting for a moderator ({told.value})")
    if isinstance(verdict, Record):
        return Reply(250, "2.0.0", "Automatic mail, kept and not posted")
    if isinstance(verdict, Reject):
        return Reply(552 if verdict.reason is Reason.TOO_LARGE else 550, verdict.enhanced, verdict.text)
    return known_already(address)


def known_already(address: str) -> Reply:
    """The reply to a message the list has, which is dropped."""
    return Reply(250, "2.0.0", f"{address} has this message already")
