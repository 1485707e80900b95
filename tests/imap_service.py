"""A real service that reads a real mailbox, and what tests of it say: mail put in, folders looked into."""

from __future__ import annotations

import imaplib
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from listserv.app.checks import check_site
from listserv.mail.address import address_key
from listserv.model.lists import ListSettings
from listserv.store.archive import StoredPost, iterate_posts
from listserv.store.engine import Database
from listserv.store.lists import create_list, ensure_network, get_list
from listserv.store.people import add_member
from tests.servers.dovecot import Dovecot
from tests.service import Service
from tests.store_site import NOW, made

DOMAIN = "provider.example"
LIST = f"english@{DOMAIN}"
TO = f"box+{LIST}"
AUTHOR = "mere@school.example"
READER = "wiremu@school.example"


def reading(folder: Path, dovecot: Dovecot, **settings: str) -> Service:
    """A site that reads the mailbox, without lists; keyword arguments are keys of [imap]."""
    service = Service(folder)
    chosen = {
        "host": dovecot.host,
        "port": str(dovecot.port),
        "security": "none",
        "username": dovecot.username,
        "password": dovecot.password,
        **settings,
    }
    with (folder / "listserv.toml").open("a", encoding="utf-8") as file:
        file.write("[imap]\n" + "".join(f'{key} = "{value}"\n' for key, value in chosen.items()))
    return service


def a_service(folder: Path, dovecot: Dovecot, **settings: str) -> Service:
    """A site that reads the mailbox, not started: the list `english` with an author and a reader."""
    service = reading(folder, dovecot, **settings)
    with made(f"sqlite:///{folder / 'listserv.db'}") as database, database.begin() as connection:
        network = ensure_network(connection, DOMAIN, NOW)
        mail_list = create_list(connection, network.id, "english", DOMAIN, "English", ListSettings(), NOW)
        for address in (AUTHOR, READER):
            add_member(connection, mail_list, address, address_key(address), NOW)
    return service


def check_line(service: Service) -> tuple[bool, str]:
    """What `listserv check` says of the mailbox: whether it is ok, and its words."""
    [line] = [line for line in check_site(service.folder / "listserv.toml") if line.what == "imap"]
    return line.ok, line.text


def a_mail(number: int, to: str = TO, author: str = AUTHOR, body: str = "Kia ora koutou", **fields: str) -> bytes:
    """The octets of a mail as a provider keeps it; keyword arguments are header fields, `_` for `-`."""
    head = {
        "Return-Path": f"<{author}>",
        "From": author,
        "To": to,
        "Subject": f"Running records {number}",
        "Date": "Mon, 16 Nov 2026 20:00:00 +1300",
        "Message-ID": f"<{number}@school.example>",
    } | {name.replace("_", "-"): value for name, value in fields.items()}
    lines = [f"{name}: {value}" for name, value in head.items()]
    return "\r\n".join([*lines, "", body, ""]).encode()


def append_all(dovecot: Dovecot, mails: Sequence[bytes]) -> None:
    """Puts all of them into INBOX over one session."""
    with dovecot.connect() as session:
        for mail in mails:
            status, detail = session.append("INBOX", "", "", mail)
            assert status == "OK", detail


def count(session: imaplib.IMAP4, folder: str = "INBOX") -> int:
    """How many messages the folder holds; 0 when there is no such folder."""
    status, detail = session.status(folder, "(MESSAGES)")
    return int(detail[0].split()[-1].rstrip(b")")) if status == "OK" else 0


def undeleted(dovecot: Dovecot) -> int:
    """Messages of the inbox that carry no \\Deleted flag."""
    with dovecot.connect() as session:
        session.select("INBOX", readonly=True)
        return len(session.search(None, "UNDELETED")[1][0].split())


def wait_for(true: Callable[[], object], what: str, seconds: float = 60.0) -> float:
    """The seconds until it was true; fails when it does not become so."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, f"{what} did not happen in {seconds:g} s"
        time.sleep(0.02)
    return time.monotonic() - began


def wait_until_taken(dovecot: Dovecot, seconds: float = 60.0) -> float:
    """The seconds until INBOX was empty."""
    with dovecot.connect() as session:
        return wait_for(lambda: count(session) == 0, "an empty INBOX", seconds)


def archived(service: Service, address: str = LIST) -> list[StoredPost]:
    """Every post of the list."""
    database = Database(f"sqlite:///{service.folder / 'listserv.db'}")
    try:
        with database.read() as connection:
            return list(iterate_posts(connection, get_list(connection, address).id))
    finally:
        database.close()


class CuttingProxy:
    """Stands in front of a server; each connection breaks off after so many octets from the server (0 = never)."""

    def __init__(self, port: int, cut_after_octets: int) -> None:
        self._target = port
        self._cut_after_octets = cut_after_octets
        self.cuts = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Takes no further connection."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            there = threading.Thread(target=self._pass_on, args=(client, server, 0), daemon=True)
            there.start()
            self._pass_on(server, client, self._cut_after_octets)
            there.join()

    def _pass_on(self, source: socket.socket, sink: socket.socket, limit: int) -> None:
        passed = 0
        with suppress(OSError):
            while octets := source.recv(4096):
                passed += len(octets)
                if limit and passed > limit:
                    self.cuts += 1
                    sink.sendall(octets[: len(octets) // 2])
                    break
                sink.sendall(octets)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
