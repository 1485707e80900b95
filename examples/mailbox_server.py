"""A mailbox at a provider, on this machine: a private Dovecot on a loopback port, as root or as anybody else.

Promises: beside the machine's own Dovecot, whose files it never touches; in a folder of its own, which is gone
afterwards, because a checkout may lie where Dovecot's users cannot reach. Without a Dovecot that it knows there is no
mailbox, and the reason is said.
"""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

HOST = "127.0.0.1"
ADDRESS = "groups@provider.example"
PASSWORD = "quiet-week"
DONE, REFUSED = "Done", "Refused"
VERSION = "2.3."  # the configuration of 2.4 is written otherwise
START_SECONDS = 10.0
READ_SECONDS = 20.0
STOP_SECONDS = 10.0

_CONFIGURATION = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {login_user}
mail_location = maildir:{folder}/mail/%u
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
first_valid_gid = 1
mailbox_list_index = no
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
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


class NoMailbox(Exception):
    """There is no Dovecot here that can be run; the text says why."""


class MailboxServer:
    """A running Dovecot with one mailbox, `ADDRESS`."""

    def __init__(self, folder: Path, program: str) -> None:
        """Started and listening. Raises NoMailbox."""
        self.port = _free_port()
        self._folder = folder
        user, group, login_user = _users()
        text = _CONFIGURATION.format(
            folder=folder, port=self.port, user=user, group=group, login_user=login_user, password=PASSWORD
        )
        (folder / "dovecot.conf").write_text(text, "utf-8")
        for name in ("run", "state", "mail"):
            (folder / name).mkdir()
        shutil.chown(folder / "mail", user, group)
        command = [program, "-F", "-c", str(folder / "dovecot.conf")]
        with (folder / "output").open("wb") as output:
            # In a session of its own, so that a Ctrl-C reaches the service first.
            self._process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
        try:
            self._wait_until_it_answers()
        except NoMailbox:
            self.stop()
            raise

    @property
    def section(self) -> str:
        """What the configuration says of it."""
        return (
            f'\n[imap]\nhost = "{HOST}"\nport = {self.port}\nsecurity = "none"\nusername = "{ADDRESS}"\n'
            f'password = "{PASSWORD}"\ndone_folder = "{DONE}"\nrefused_folder = "{REFUSED}"\n'
        )

    def deliver(self, octets: bytes) -> str:
        """Puts the message into the mailbox, waits until the service has read it; the folder it lies in then.

        Raises TimeoutError if nobody fetches it.
        """
        with self._session() as session:
            refused = _messages(session, REFUSED)
            session.append("INBOX", "", "", octets)
            end = time.monotonic() + READ_SECONDS
            while _messages(session, "INBOX"):
                if time.monotonic() > end:
                    raise TimeoutError(f"a message lies unread in {ADDRESS}")
                time.sleep(0.05)
            return DONE if _messages(session, REFUSED) == refused else REFUSED

    def stop(self) -> None:
        """Nothing of it runs any more."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _session(self) -> imaplib.IMAP4:
        session = imaplib.IMAP4(HOST, self.port, timeout=READ_SECONDS)
        session.login(ADDRESS, PASSWORD)
        return session

    def _wait_until_it_answers(self) -> None:
        end = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < end:
            try:
                self._session().logout()
            except (OSError, imaplib.IMAP4.error):
                time.sleep(0.05)
            else:
                return
        said = (self._folder / "output").read_text("utf-8", "replace").strip().splitlines()
        raise NoMailbox(f"Dovecot does not start here ({said[-1] if said else 'it says nothing'})")


@contextmanager
def mailbox_server(say: Callable[[str], None]) -> Iterator[MailboxServer | None]:
    """The mailbox for as long as the block lasts; None where there is none, which is said."""
    folder = Path(tempfile.mkdtemp(prefix="listserv-demo-", dir=_open_root()))
    folder.chmod(0o755)
    server = None
    try:
        try:
            server = MailboxServer(folder, _program())
        except NoMailbox as reason:
            say(f"{reason}; the IMAP act is left out.")
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _program() -> str:
    """Where Dovecot is. Raises NoMailbox."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))
    program = shutil.which("dovecot", path=path)
    if program is None:
        raise NoMailbox("Dovecot is not installed here")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    if not version.startswith(VERSION):
        raise NoMailbox(f"Dovecot is {version.partition(' ')[0]} here, not {VERSION}x")
    return program


def _users() -> tuple[str, str, str]:
    """User, group and login user: as root Dovecot changes to its own, as anybody else it stays who it is.

    Raises NoMailbox if one of them has no name here.
    """
    try:
        if os.getuid() != 0:
            user = pwd.getpwuid(os.getuid()).pw_name
            return user, grp.getgrgid(os.getgid()).gr_name, user
        return pwd.getpwnam("dovecot").pw_name, grp.getgrnam("dovecot").gr_name, pwd.getpwnam("dovenull").pw_name
    except KeyError as error:
        raise NoMailbox(f"Dovecot cannot run here ({error.args[0]})") from None


def _messages(session: imaplib.IMAP4, folder: str) -> int:
    """How many messages lie in the folder; 0 if it is not there."""
    status, answer = session.status(folder, "(MESSAGES)")
    said = answer[0] if status == "OK" and isinstance(answer[0], bytes) else b""
    return int(said.rpartition(b"MESSAGES")[2].strip(b" )") or 0)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _open_root() -> Path:
    """A folder for temporary files that every user can pass through."""
    roots = [Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/tmp")]
    passable = (root for root in roots if all(step.stat().st_mode & 0o001 for step in (root, *root.parents)))
    return next(passable, roots[0])
