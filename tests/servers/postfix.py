"""A private Postfix (as root): an MTA in front of us, and one behind us.

It listens on a loopback port, takes mail for every domain from this machine, hands the domains of `route()` to a
given next hop, and puts all other mail into a Maildir that `delivered()` reads. Nothing can leave the machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.private import LOOPBACK, absent, answers, free_port, open_folder, wait_until

_MAIN = """\
compatibility_level = 3.6
config_directory = {folder}/config
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
myhostname = mta.example.nz
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject
smtputf8_enable = yes
transport_maps = texthash:{folder}/config/transport
default_transport = virtual
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:delivered/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_mailbox_limit = 0
message_size_limit = 52428800
alias_maps =
alias_database =
minimal_backoff_time = 1s
maximal_backoff_time = 5s
queue_run_delay = 1s
disable_dns_lookups = yes
"""

_MASTER = """\
{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
showq unix n - n - - showq
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """One running instance with its own configuration, queue and mail."""

    host = LOOPBACK

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._routes: dict[str, str] = {}

    def create(self) -> None:
        """Writes the configuration and the empty queue; once."""
        for name in ("config", "queue", "data", "mail"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        shutil.chown(self.folder / "mail", "postfix", "postfix")
        owner = (self.folder / "mail").stat()
        text = _MAIN.format(folder=self.folder, uid=owner.st_uid, gid=owner.st_gid)
        (self.folder / "config" / "main.cf").write_text(text)
        (self.folder / "config" / "master.cf").write_text(_MASTER.format(port=self.port))
        self._write_routes()

    def start(self) -> None:
        """Starts it and waits until it listens."""
        self._run("postfix", "start")
        wait_until(lambda: answers(self.port), "Postfix's start")

    def stop(self) -> None:
        """Ends it with all its parts; mail in the queue stays there."""
        self._run("postfix", "stop")

    def route(self, domain: str, next_hop: str) -> None:
        """From now on mail for `domain` goes to `next_hop`, e.g. "lmtp:inet:127.0.0.1:8024"."""
        self._routes[domain] = next_hop
        self._write_routes()
        self._run("postfix", "reload")

    def _write_routes(self) -> None:
        lines = [f"{domain} {next_hop}" for domain, next_hop in self._routes.items()]
        (self.folder / "config" / "transport").write_text("\n".join([*lines, "* virtual:", ""]))

    def delivered(self) -> list[bytes]:
        """The mail that had no route, as octets, in the order it came, with the envelope in Return-Path and
        Delivered-To."""
        arrived = self.folder / "mail" / "delivered" / "new"
        files = list(arrived.iterdir()) if arrived.is_dir() else []
        return [file.read_bytes() for file in sorted(files, key=lambda file: file.stat().st_mtime_ns)]

    def queued(self) -> list[str]:
        """The messages still in the queue, one JSON text each."""
        return self._run("postqueue", "-j").splitlines()

    def log(self) -> str:
        """What it logged so far."""
        file = self.folder / "log"
        return file.read_text("utf-8", "replace") if file.exists() else ""

    def _run(self, program: str, *arguments: str) -> str:
        command = [f"/usr/sbin/{program}", "-c", str(self.folder / "config"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr}\n{self.log()[-2000:]}")
        return done.stdout


@pytest.fixture
def postfix() -> Iterator[Postfix]:
    """A running Postfix with an empty queue."""
    if not Path("/usr/sbin/postfix").exists():
        absent("Postfix is not installed")
    if os.getuid() != 0:
        pytest.skip("a private Postfix needs root")
    with open_folder("postfix") as folder:
        server = Postfix(folder)
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()
