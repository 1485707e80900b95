"""A private Dovecot (as root): a mailbox at a provider, with IMAP on a loopback port.

One user, whose password is fixed; folders are made on demand. `append` puts a message in as a delivery would.
"""

from __future__ import annotations

import imaplib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.private import LOOPBACK, absent, answers, free_port, open_folder, wait_until

_CONFIGURATION = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
default_internal_user = dovecot
default_login_user = dovenull
mail_location = maildir:{folder}/mail/%u
mail_uid = dovecot
mail_gid = dovecot
first_valid_uid = 1
first_valid_gid = 1
mailbox_list_index = no
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=dovecot gid=dovecot home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
"""


class Dovecot:
    """One running instance; `username` and `password` sign in on `host`:`port` in clear."""

    host = LOOPBACK
    username = "box@provider.example"
    password = "quiet-week"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def create(self) -> None:
        """Writes the configuration; once."""
        for name in ("run", "state", "mail"):
            (self.folder / name).mkdir()
        (self.folder / "mail").chmod(0o777)
        text = _CONFIGURATION.format(folder=self.folder, port=self.port, password=self.password)
        (self.folder / "dovecot.conf").write_text(text)

    def start(self) -> None:
        """Starts it and waits until it listens."""
        command = ["/usr/sbin/dovecot", "-F", "-c", str(self.folder / "dovecot.conf")]
        with (self.folder / "output").open("ab") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
        wait_until(self._answers, "Dovecot's start")

    def _answers(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError((self.folder / "output").read_text())
        return answers(self.port)

    def stop(self) -> None:
        """Ends it and cuts its sessions; mail stays."""
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=30)
            self._process = None

    def kill(self) -> None:
        """Ends all of it at once; an orderly end takes a second."""
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=30)
            self._process = None

    def connect(self) -> imaplib.IMAP4:
        """A signed-in IMAP session; the caller logs out."""
        session = imaplib.IMAP4(self.host, self.port, timeout=10)
        session.login(self.username, self.password)
        return session

    def append(self, octets: bytes, folder: str = "INBOX") -> None:
        """Puts a message into `folder`, unseen; makes the folder when it is not there."""
        with self.connect() as session:
            if folder != "INBOX":
                session.create(folder)
            status, detail = session.append(folder, "", "", octets)
            if status != "OK":
                raise RuntimeError(f"{folder}: {detail!r}\n{(self.folder / 'log').read_text()}")

    def messages(self, folder: str = "INBOX") -> list[bytes]:
        """The octets of all messages of `folder`, oldest first; none when there is no such folder."""
        with self.connect() as session:
            status, _ = session.select(folder, readonly=True)
            if status != "OK":
                return []
            _, found = session.search(None, "ALL")
            return [self._fetch(session, number) for number in found[0].split()]

    def _fetch(self, session: imaplib.IMAP4, number: bytes) -> bytes:
        _, parts = session.fetch(number.decode(), "(BODY.PEEK[])")
        return next(bytes(part[1]) for part in parts if isinstance(part, tuple))


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    """A running Dovecot with an empty mailbox."""
    if not Path("/usr/lib/dovecot/imap").exists():
        absent("Dovecot's IMAP server is not installed")
    if os.getuid() != 0:
        pytest.skip("this private Dovecot needs root")
    with open_folder("dovecot") as folder:
        server = Dovecot(folder)
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.kill()
