"""Many small groups on one running site, so that each test of a file has people and mail of its own.

A `Room` is one group with an owner (Jo), a member (Mere) and a facilitator (Aroha), whose addresses no other room has.
"""

from __future__ import annotations

import contextlib
import csv
import email
import email.policy
import sqlite3
import time
from datetime import datetime, timedelta
from email.message import EmailMessage

from tests.client_styles import STYLES
from tests.client_styles import reply as in_style
from tests.service import DOMAIN, Service

POSTMASTER = "admin@school.example"


class Room:
    """One group of the site, and what a test does in it."""

    def __init__(self, service: Service, number: int, ahead: timedelta) -> None:
        self.service = service
        self.name = f"g{number}"
        self.title = f"Group {number}"
        self.group = f"{self.name}@{DOMAIN}"
        self.request = f"{self.name}-request@{DOMAIN}"
        self.school = f"school{number}.example"
        self.mere, self.jo, self.aroha = (f"{each}@{self.school}" for each in ("mere", "jo", "aroha"))
        self.private, self.eve = f"mere.tamati@private{number}.example", f"eve@elsewhere{number}.example"
        self._ahead = ahead
        self._styles = sorted(STYLES)
        self._sent = 0

    def write(self, author: str, to: str, subject: str, body: str = "Kia ora koutou", **fields: str) -> str:
        """The mail is sent and what follows from it delivered; gives the reply of SMTP."""
        self._sent += 1
        head = {"From": author, "To": to, "Subject": subject, "Date": "Mon, 16 Nov 2026 20:00:00 +1300"}
        head |= {"Message-ID": f"<{self.name}.{self._sent}@{self.school}>"}
        head |= {"Content-Type": "text/plain; charset=utf-8"}
        head |= {name.replace("_", "-"): value for name, value in fields.items()}
        lines = [*(f"{name}: {value}" for name, value in head.items()), "", *body.split("\n"), ""]
        return self.send("\r\n".join(lines).encode(), to, author)

    def reply(self, author: str, to: EmailMessage, body: str) -> str:
        """Answers a mail of ours, each time as another mail program does."""
        self._sent += 1
        style = self._styles[self._sent % len(self._styles)]
        octets = in_style(to.as_bytes(), body, style, author=author)
        answer = email.message_from_bytes(octets, policy=email.policy.default)
        return self.send(octets, answer["To"].addresses[0].addr_spec, author)

    def send(self, octets: bytes, to: str, author: str) -> str:
        code, text = self.service.send(octets, to, author.rpartition("<")[2].rstrip(">"))
        assert code // 100 != 4, self.service.log.read_text("utf-8", "replace")[-4000:]
        self.settle()
        return f"{code} {text}"

    def settle(self) -> None:
        """Nothing that is due waits in the outbox: asked of the database, as a command line takes a second."""
        end = time.monotonic() + 60
        due = "SELECT count(*) FROM delivery WHERE state = 'waiting' AND due_at <= ?"
        with contextlib.closing(sqlite3.connect(self.service.folder / "listserv.db")) as database:
            now = int((datetime.now().timestamp() + self._ahead.total_seconds()) * 1_000_000)
            while database.execute(due, (now,)).fetchone()[0]:
                assert time.monotonic() < end, "still in the outbox"
                time.sleep(0.02)

    def mails(self, address: str, subject: str = "") -> list[EmailMessage]:
        """What was delivered to the address with this in its subject, oldest first."""
        found = [
            email.message_from_bytes(each, policy=email.policy.default) for each in self.service.delivered(address)
        ]
        return [message for message in found if subject in str(message["Subject"])]

    def the(self, address: str, subject: str) -> EmailMessage:
        """The one such mail."""
        found = self.mails(address, subject)
        assert len(found) == 1, [str(message["Subject"]) for message in self.mails(address)]
        return found[0]

    def question(self, address: str) -> EmailMessage:
        """The last mail of ours to the address that is answered at a token of its own."""
        return [each for each in self.mails(address) if "-confirm+" in str(each["Reply-To"])][-1]

    def members(self) -> dict[str, list[str]]:
        """The group's members and their roles."""
        return {row["address"]: row["roles"] for row in self.service.table("member", "list", self.group)}


def change(room: Room, statement: str, *values: object) -> None:
    """What only a bounce or an administrator's console would change."""
    with contextlib.closing(sqlite3.connect(room.service.folder / "listserv.db", timeout=30)) as database:
        database.execute(statement, values)
        database.commit()


def stop_mail_to(room: Room, address: str) -> None:
    """The address has bounced for too long; every cache of its lists is stale."""
    now = int(datetime.now().timestamp() * 1_000_000)
    change(room, "UPDATE address SET stopped_at = ?, stopped_why = 'bounced' WHERE address = ?", now, address)
    change(room, "UPDATE list SET version = version + 1 WHERE name = ?", room.name)


def words(message: EmailMessage) -> str:
    """The plain text of a mail on one line."""
    body = message.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def fill(service: Service, rooms: int, **settings: str) -> None:
    """The site has so many groups with their people; `settings` are each group's."""
    chosen = "".join(f'{key} = "{value}"\n' for key, value in settings.items())
    groups = [f'[groups.g{number}]\nnetwork = "plg"\ntitle = "Group {number}"\n{chosen}' for number in range(rooms)]
    (service.folder / "groups.toml").write_text(f'[networks.plg]\ntitle = "PLGs"\n{"".join(groups)}', "utf-8")
    with (service.folder / "members.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["address", "name", "role", "group"])
        for number in range(rooms):
            at = f"@school{number}.example"
            table.writerow([f"jo{at}", f"Jo Smith {number}", "owner", f"g{number}"])
            table.writerow([f"mere{at}", "Mere Tāmati", "", f"g{number}"])
            table.writerow([f"aroha{at}", "Aroha Ngata", "facilitator", f"g{number}"])
    service.run("load", str(service.folder / "groups.toml"))
    service.run("member", "import", "--network", "plg", str(service.folder / "members.csv"))
