"""Replays list archives through real SMTP into a real service that is killed on the way, and keeps the ledger.

    python -m tests.scenario.replay FOLDER MBOX... [--subscribers 50] [--kills 3] [--limit N]

Each archive goes to a list of its own (`nonmember=accept`). The sender notes every 250 it saw; the sink notes every
copy it took. Afterwards: accepted x recipients = delivered, nothing lost, doubled only as the settle window allows.
"""

from __future__ import annotations

import argparse
import hashlib
import lzma
import smtplib
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from listserv.mail.mbox import read_mbox
from listserv.mail.parse import parse
from listserv.store.engine import Database
from listserv.store.schema import contents
from tests.peers.counting_sink import CountingSink, message_key
from tests.service import DOMAIN, Service

PER_CONNECTION_AND_KILL = 25
ASKED = b"an answer comes by mail"  # of functions.TAKEN


@dataclass
class Ledger:
    """What was seen from outside: per list the octets answered 250 and 5xx, the kills, the copies.

    `asked` are those answered 250 that are no posts: "Please unsubscribe me" gets an answer and bothers nobody.
    """

    accepted: dict[str, list[bytes]] = field(default_factory=dict)
    asked: list[bytes] = field(default_factory=list)
    refused: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    kills: int = 0
    seconds: float = 0.0


def archive_messages(file: Path, limit: int | None) -> list[bytes]:
    """The messages of an mbox, xz or plain, in the CRLF form in which they are sent."""
    octets = file.read_bytes()
    plain = lzma.decompress(octets) if file.suffix == ".xz" else octets
    return list(read_mbox([plain]))[:limit]


def replay(service: Service, archives: dict[str, list[bytes]], kills: int) -> Ledger:
    """Sends everything, in order, killing and restarting the service at even distances on the way."""
    ledger = Ledger({name: [] for name in archives}, refused={name: [] for name in archives})
    total = sum(len(messages) for messages in archives.values())
    kill_after = [total * number // (kills + 1) for number in range(1, kills + 1)]
    began = time.monotonic()
    sent = 0
    for name, messages in archives.items():
        client: smtplib.SMTP | None = None
        for octets in messages:
            if kill_after and sent >= kill_after[0]:
                kill_after.pop(0)
                if client is not None:
                    client.close()
                    client = None
                _kill_while_busy(service)
                ledger.kills += 1
            client = _send(service, client, name, octets, ledger)
            sent += 1
        if client is not None:
            client.quit()
    ledger.seconds = time.monotonic() - began
    return ledger


def _kill_while_busy(service: Service) -> None:
    """SIGKILL while the relay is sending what came just before, then a new start."""
    threading.Event().wait(0.05)
    service.kill()
    service.start()


def _send(service: Service, client: smtplib.SMTP | None, name: str, octets: bytes, ledger: Ledger) -> smtplib.SMTP:
    """Sends one message until it has a final answer; a broken connection is no answer."""
    while True:
        try:
            client = client or service.client()
            client.mail("poster@elsewhere.example")
            client.rcpt(f"{name}@{DOMAIN}")
            code, text = client.data(octets)
        except (OSError, smtplib.SMTPException):
            if client is not None:
                client.close()
            client = None
            time.sleep(0.1)
            continue
        if code == 250 and ASKED in text:
            ledger.asked.append(octets)
        elif code == 250:
            ledger.accepted[name].append(octets)
        else:
            ledger.refused[name].append((code, text.decode("utf-8", "replace")))
        return client


def check(service: Service, ledger: Ledger, sink: CountingSink, subscribers: int, connections: int) -> list[str]:
    """What is wrong, a line each; nothing when every promise was kept. Prints the figures."""
    faults: list[str] = []
    expected: Counter[tuple[str, str]] = Counter()
    for name, accepted in ledger.accepted.items():
        exported = service.folder / f"{name}.mbox"
        service.run("export", name, str(exported))
        with exported.open("rb") as stream:
            archived = Counter(hashlib.sha256(octets).hexdigest() for octets in read_mbox(stream))
        for octets in _first_of_each(accepted):
            if hashlib.sha256(octets).hexdigest() not in archived:
                faults.append(f"{name}: a message with a 250 is not in the archive: {message_key(octets)}")
        keys = _archived_keys(exported)
        for number in range(subscribers):
            for key, count in keys.items():
                expected[(f"s{number}@{name}.example", key)] += count
        print(
            f"{name}: {len(accepted)} answered 250, {sum(archived.values())} archived, "
            f"{len(ledger.refused[name])} refused"
        )
    faults += [f"not kept: {octets[:200]!r}" for octets in ledger.asked if not _is_kept(service, octets)]
    print(f"{len(ledger.asked)} answered 250 as a wish, and not posted")
    delivered = sink.copies()
    lost = {copy: count - delivered[copy] for copy, count in expected.items() if delivered[copy] < count}
    doubled = sum(count - expected[copy] for copy, count in delivered.items() if count > expected[copy])
    allowed = PER_CONNECTION_AND_KILL * connections * ledger.kills
    print(f"copies: {sum(expected.values())} expected, {sum(delivered.values())} delivered in {ledger.seconds:.0f} s")
    print(f"kills: {ledger.kills}; lost: {sum(lost.values())}; doubled: {doubled} (at most {allowed})")
    if lost:
        faults.append(f"lost: {sum(lost.values())} copies, for example {next(iter(lost))}")
    if doubled > allowed:
        faults.append(f"doubled: {doubled}, more than {allowed}")
    return faults


def _is_kept(service: Service, octets: bytes) -> bool:
    """Whether the database has the message octet for octet."""
    database = Database(f"sqlite:///{service.folder / 'listserv.db'}")
    try:
        with database.read() as connection:
            found = connection.execute(select(contents.c.octets).where(contents.c.octets == octets))
            return found.first() is not None
    finally:
        database.close()


def _first_of_each(accepted: list[bytes]) -> list[bytes]:
    """The messages without repeats: the same Message-ID and body later in the archive is dropped with a 250."""
    seen: set[tuple[str | None, bytes]] = set()
    distinct = []
    for octets in accepted:
        message = parse(octets)
        key = (message.message_id, message.body_hash)
        if key not in seen:
            seen.add(key)
            distinct.append(octets)
    return distinct


def _archived_keys(exported: Path) -> Counter[str]:
    """How often each Message-ID (or hash) is in the archive; a copy carries the id we gave when there was none."""
    with exported.open("rb") as stream:
        return Counter(message_key(octets) for octets in read_mbox(stream))


def run(
    folder: Path, files: Iterable[Path], subscribers: int, kills: int, limit: int | None, connections: int = 2
) -> list[str]:
    """The whole replay; gives the faults."""
    archives = {f"list{number}": archive_messages(file, limit) for number, file in enumerate(files)}
    with (
        CountingSink(folder / "copies.tsv") as sink,
        Service(folder / "site", relay_port=sink.port, connections=connections) as service,
    ):
        for name in archives:
            service.run("list", "create", name)
            service.run("list", "set", name, "nonmember=accept")
            rows = "".join(f"s{number}@{name}.example\n" for number in range(subscribers))
            (service.folder / "members.csv").write_text(f"address\n{rows}", "utf-8")
            service.run("member", "import", name, str(service.folder / "members.csv"))
        service.start()
        ledger = replay(service, archives, kills)
        service.wait_empty(300)
        return check(service, ledger, sink, subscribers, connections)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--subscribers", type=int, default=50)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--limit", type=int)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    faults = run(given.folder, given.files, given.subscribers, given.kills, given.limit)
    print("\n".join(faults) or "Every promise was kept.")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
