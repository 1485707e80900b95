"""Mail out of a mailbox: a thread that takes what waits in its folder, in the order of the UIDs, and waits for more.

Promises: a message is committed first and put away after that, so a crash or a cut connection shows it again, and
`inbound.reception` knows its octets: every message is taken once, none is lost, none is deleted. What waits is what
lies in the folder: no UID is remembered, so a new UIDVALIDITY changes nothing. A message that is refused, too large or
unreadable goes to the folder for those, with its reason in the log, and never holds up the ones behind it. Memory is
bounded by `BATCH_OCTETS` or one message. Errors never end the thread: it tries again after a growing pause.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future

from listserv.config import Settings
from listserv.errors import ListservError, StoreUnavailable
from listserv.inbound.imap_envelope import envelope_of, with_crlf
from listserv.inbound.imap_mailbox import ImapMailbox, MailboxUnavailable, Unreadable, Waiting
from listserv.inbound.reception import Reception
from listserv.inbound.route import UNKNOWN
from listserv.mail.parse import Message, parse
from listserv.model.smtp import Envelope, Reply

log = logging.getLogger(__name__)

WINDOW = 500  # messages listed at once
BATCH = 50  # messages fetched, and judged in one group, at once
BATCH_OCTETS = 8 * 2**20
NEWS_SECONDS = 60.0  # IDLE is begun anew, and a server without it asked, this often: some connections die silently
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 300.0
SIGNING_IN_PAUSE_SECONDS = 30.0  # many providers lock an account out after a few wrong passwords
STOP_SECONDS = 30.0
SUSPECT_BREAKS = 2  # from here on a message is fetched alone, behind the others
LAST_BREAK = 6  # from here on it is not fetched any more

NO_LIST = Reply(550, "5.1.1", "No recipient in its header is a list or address here")
UNREADABLE = Reply(554, "5.6.0", "The mailbox's server does not give this message out")
FAILED = Reply(554, "5.3.0", "It could not be worked on; the log above says why")


class MailboxReader:
    """The thread that reads the mailbox; `start()` once, `stop()` once."""

    def __init__(self, settings: Settings, reception: Reception) -> None:
        self._settings = settings
        self._reception = reception
        self._failures = 0
        self._validity = 0
        # UIDs that could be neither fetched, moved nor marked; only these are remembered, and only here.
        self._stuck: set[int] = set()
        self._broke: Counter[int] = Counter()  # UIDs by how often the connection ended while they were fetched
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="imap", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """The batch under way is finished and put away; what else waits, waits in the mailbox."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._read()
            except ListservError as error:
                signing_in = isinstance(error, MailboxUnavailable) and error.signing_in
                self._pause(error.public, SIGNING_IN_PAUSE_SECONDS if signing_in else FIRST_PAUSE_SECONDS)
            except Exception:
                log.exception("reading the mailbox failed")
                self._pause("an error of ours", FIRST_PAUSE_SECONDS)

    def _pause(self, reason: str, first_seconds: float) -> None:
        seconds = pause_seconds(self._failures, first_seconds)
        self._failures += 1
        log.warning("mailbox: %s; next try in %g s", reason, seconds)
        self._stopped.wait(seconds)

    def _read(self) -> None:
        """One connection, until it breaks or we stop."""
        mailbox = ImapMailbox(self._settings.imap)
        try:
            mailbox.open()
            mailbox.make_folders()
            log.info("reading %s at %s", self._settings.imap.folder, self._settings.imap.host)
            while not self._stopped.is_set():
                self._take_all(mailbox)
                self._failures = 0
                mailbox.wait(NEWS_SECONDS, self._stopped)
        finally:
            mailbox.close()

    def _take_all(self, mailbox: ImapMailbox) -> None:
        """Nothing waits afterwards. What is taken leaves the folder, so the next window begins at the same place."""
        first = 1
        while not self._stopped.is_set():
            opened = mailbox.select()
            self._note_validity(opened.uidvalidity)
            if first > opened.messages:
                return
            last = min(opened.messages, first + WINDOW - 1)
            waiting = [message for message in mailbox.waiting(first, last) if message.uid not in self._stuck]
            self._take_listed(mailbox, waiting)
            if not waiting:
                first = last + 1

    def _note_validity(self, uidvalidity: int) -> None:
        if self._validity not in (0, uidvalidity):
            log.warning(
                "the mailbox has a new UIDVALIDITY; all of it is looked at again, what is known is not repeated"
            )
            self._stuck.clear()
            self._broke.clear()
        self._validity = uidvalidity

    def _take_listed(self, mailbox: ImapMailbox, waiting: Sequence[Waiting]) -> None:
        limit_octets = self._settings.limits.message_octets
        too_large = [message for message in waiting if message.size_octets > limit_octets]
        if too_large:
            self._put_away(mailbox, {message.uid: _too_large(message, limit_octets) for message in too_large})
        fitting = [message for message in waiting if message.size_octets <= limit_octets]
        for batch in self._in_order(fitting):
            if self._stopped.is_set():
                return
            self._take(mailbox, batch)
            self._failures = 0

    def _in_order(self, waiting: Sequence[Waiting]) -> Iterator[list[int]]:
        """Batches by UID; then, one by one, those whose fetching broke the connection again and again."""
        steady = [message for message in waiting if self._broke[message.uid] < SUSPECT_BREAKS]
        suspects = {message.uid for message in waiting} - {message.uid for message in steady}
        yield from batches(steady)
        yield from ([uid] for uid in sorted(suspects, key=lambda uid: (self._broke[uid], uid)))

    def _take(self, mailbox: ImapMailbox, batch: Sequence[int]) -> None:
        """Every message of the batch is decided on disk, then put away."""
        fetched, answers = self._fetch(mailbox, batch)
        asked = [(uid, self._ask(uid, fetched.pop(uid))) for uid in batch if uid in fetched]
        for uid, answer in asked:
            answers[uid] = answer if isinstance(answer, Reply) else _answered(uid, answer)
        self._reception.on_commit()
        self._stuck.update(set(batch) - set(answers))  # gone meanwhile, or never given out
        self._put_away(mailbox, answers)
        for uid in batch:
            self._broke.pop(uid, None)

    def _fetch(self, mailbox: ImapMailbox, batch: Sequence[int]) -> tuple[dict[int, bytes], dict[int, Reply]]:
        if all(self._broke[uid] >= LAST_BREAK for uid in batch):
            return {}, dict.fromkeys(batch, UNREADABLE)
        try:
            return _fetched(mailbox, batch)
        except MailboxUnavailable:
            self._broke.update(batch)
            raise

    def _ask(self, uid: int, octets: bytes) -> Reply | Future[tuple[Reply, ...]]:
        """The message is with the writer, or the answer is known without it."""
        try:
            message = parse(with_crlf(octets))
            refusal = self._reception.fault(message)
            if refusal is not None:
                return refusal
            envelope = self._envelope(message)
            return self._reception.submit(envelope, message) if envelope.recipients else NO_LIST
        except Exception:
            log.exception("message %d of the mailbox cannot be worked on", uid)
            return FAILED

    def _envelope(self, message: Message) -> Envelope:
        domain = self._settings.mailbox.rpartition("@")[2]
        return envelope_of(message, self._settings.box(domain), domain, self._settings.site.domain)

    def _put_away(self, mailbox: ImapMailbox, answers: dict[int, Reply]) -> None:
        taken = sorted(uid for uid, reply in answers.items() if reply.positive)
        refused = sorted(answers.keys() - set(taken))
        for uid in refused:
            log.warning("message %d goes to %s: %s", uid, self._settings.imap.refused_folder, answers[uid])
        for uids, are_taken in ((taken, True), (refused, False)):
            if uids and not mailbox.put_away(uids, taken=are_taken):
                self._stuck.update(uids)


def pause_seconds(failures: int, first_seconds: float) -> float:
    """How long to wait after so many failures in a row: each pause is twice the one before, up to five minutes."""
    return float(min(LONGEST_PAUSE_SECONDS, first_seconds * 2 ** min(failures, 16)))


def batches(waiting: Sequence[Waiting]) -> Iterator[list[int]]:
    """The UIDs in order, in groups of at most `BATCH` messages and `BATCH_OCTETS`, or one message larger than that."""
    batch: list[int] = []
    octets = 0
    for message in waiting:
        if batch and (len(batch) == BATCH or octets + message.size_octets > BATCH_OCTETS):
            yield batch
            batch, octets = [], 0
        batch.append(message.uid)
        octets += message.size_octets
    if batch:
        yield batch


def verdict(answers: Sequence[Reply]) -> Reply:
    """The one answer for a message: taken if anything here took it, else the first refusal by something of ours."""
    ours = [answer for answer in answers if answer != UNKNOWN]
    return next((answer for answer in ours if answer.positive), ours[0] if ours else NO_LIST)


def _too_large(message: Waiting, limit_octets: int) -> Reply:
    return Reply(552, "5.3.4", f"The message has {message.size_octets} octets, the limit is {limit_octets}")


def _fetched(mailbox: ImapMailbox, uids: Sequence[int]) -> tuple[dict[int, bytes], dict[int, Reply]]:
    """What could be fetched, and a refusal of each that the server does not give out, though it does its neighbours."""
    try:
        return mailbox.fetch(uids), {}
    except Unreadable as error:
        if len(uids) == 1:
            log.warning("%s", error)
            return {}, {uids[0]: UNREADABLE}
    alone = [_fetched(mailbox, [uid]) for uid in uids]
    return (
        {uid: octets for found, _ in alone for uid, octets in found.items()},
        {uid: reply for _, refused in alone for uid, reply in refused.items()},
    )


def _answered(uid: int, future: Future[tuple[Reply, ...]]) -> Reply:
    """After the COMMIT. Raises StoreUnavailable: the message stays where it is."""
    try:
        return verdict(future.result())
    except StoreUnavailable:
        raise
    except Exception:
        log.exception("message %d of the mailbox cannot be worked on", uid)
        return FAILED
