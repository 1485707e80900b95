"""The weekly update through a real service: composed, sent once, delivered to each reader, answered by its link."""

from __future__ import annotations

import csv
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.service import DOMAIN, Service

THURSDAY = {"LISTSERV_CLOCK": "2026-11-19T10:00+13:00"}
LIST = f"english@{DOMAIN}"
# What only a reader's own copy has, in either twin.
OWN_LINK = re.compile(r"^.*/sign-in/.*\n(?:This link is .*\n)?", re.MULTILINE)
READERS = ("anna@school.example", "sione@school.example")


class Links(HTMLParser):
    """Where the links of a page lead, by what they are called."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._link = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._link = (dict(attrs).get("href") or "") if tag == "a" else ""

    def handle_data(self, data: str) -> None:
        if self._link:
            self.found[data] = self._link


def mail(author: str, subject: str, body: str, number: int, to: str = LIST, more: str = "") -> bytes:
    """A small message of an author to the list."""
    name = author.partition("@")[0].title()
    head = (
        f"From: {name} <{author}>\r\nTo: {to}\r\nSubject: {subject}\r\n"
        f"Date: Thu, 19 Nov 2026 09:{number:02}:00 +1300\r\nMessage-ID: <{number}@school.example>\r\n{more}"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    return (head + body.replace("\n", "\r\n") + "\r\n").encode()


def twins(octets: bytes) -> tuple[EmailMessage, str, str]:
    """A delivered update, its plain text and its HTML."""
    message = message_from_bytes(octets, policy=policy.default)
    if message.get_content_type() == "multipart/mixed":  # a reminder, with its calendar file
        twin, calendar = message.iter_parts()
        assert calendar.get_content_type() == "text/calendar"
    else:
        twin = message
    assert twin.get_content_type() == "multipart/alternative"
    plain, html = twin.iter_parts()
    assert isinstance(plain, EmailMessage) and isinstance(html, EmailMessage)
    assert not message.defects and not plain.defects and not html.defects
    return message, plain.get_content().replace("\r\n", "\n"), html.get_content().replace("\r\n", "\n")


@pytest.fixture
def service(tmp_path: Path) -> Service:
    made = Service(tmp_path / "site", environment=THURSDAY)
    made.run("init", str(tmp_path / "unused"), "--domain", DOMAIN)
    made.run("list", "create", LIST, "--title", "English Online")
    made.run("member", "add", LIST, "mere@school.example", "--name", "Mere Tāmati")
    made.run("member", "add", LIST, "wiremu@school.example", "--name", "Wiremu Parata")
    for reader in READERS:
        made.run("member", "add", LIST, reader, "--delivery", "none", "--digest", "weekly")
    return made


def threads(service: Service) -> dict[str, str]:
    """The thread of each post, by Message-ID."""
    file = service.folder / "threads.tsv"
    service.run("export", LIST, "--threads", str(file))
    with file.open(encoding="utf-8") as lines:
        return {row[0].strip("<>"): row[1] for row in csv.reader(lines, delimiter="\t")}


def test_a_week_is_told_once_and_answered_by_its_link(service: Service) -> None:
    with service:
        service.start()
        more = "In-Reply-To: <1@school.example>\r\n"
        quoted = "Ā, paper!\n\nOn Thu, Mere wrote:\n> Which app\n> do you use?"
        for octets, author in (
            (mail("mere@school.example", "Running records", "Which app\ndo you use?", 1), "mere@school.example"),
            (mail("wiremu@school.example", "Re: Running records", quoted, 2, more=more), "wiremu@school.example"),
            (mail("mere@school.example", "Texts", "Which texts?", 3), "mere@school.example"),
        ):
            assert service.send(octets, LIST, author)[0] == 250
        _go_on_at(service, "2026-11-19T10:10+13:00")  # what came within the last minute would wait for the next one
        preview = service.run("digest", "preview", LIST, "--html", str(service.folder / "update.html"))
        assert preview.startswith("Subject: English Online · Term 4, Week 6 · Running records, and one more\n")
        assert "Ā, paper!" in preview and "> Which app" not in preview
        assert "on its way to 2 subscribers" in service.run("digest", "send", LIST, "--week", "2026-W47")
        assert "is sent already" in service.run("digest", "send", LIST, "--week", "2026-W47", status=1)
        assert "sent already" in service.run("digest", "send", LIST, status=1)
        service.run("tick", "--now", "2026-11-20T17:00+13:00")
        service.wait_empty()
        _check_copies(service, preview)
        _check_answer(service)


def _go_on_at(service: Service, clock: str) -> None:
    service.wait_empty()
    service.stop()
    service._environment["LISTSERV_CLOCK"] = clock
    service.start()


def _check_copies(service: Service, preview: str) -> None:
    unsubscribe, return_paths = set(), set()
    for reader in READERS:
        (octets,) = service.delivered(reader)
        message, plain, html = twins(octets)
        # Sent a day before its hour it tells, and names, a day less.
        plain, html = (re.sub(OWN_LINK, "", text) for text in (plain, html))
        assert plain.replace("13–19", "13–20").strip() == preview.partition("\n\n")[2].strip()
        assert html.replace("13–19", "13–20").strip() == (service.folder / "update.html").read_text("utf-8").strip()
        assert message["From"] == f"English Online <english-owner@{DOMAIN}>"
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        for name in ("List-Unsubscribe", "List-Id", "Message-ID", "From", "To", "Subject", "Date"):
            assert len(message.get_all(name, [])) == 1, name
        unsubscribe.add(str(message["List-Unsubscribe"]))
        return_paths.add(str(message["Return-Path"]))
    assert len(return_paths) == 2 and all("english-bounces+" in path for path in return_paths)
    assert len(unsubscribe) == 2 and all(f"https://{DOMAIN}/unsubscribe/" in value for value in unsubscribe)
    assert [len(service.delivered(member)) for member in ("mere@school.example", "wiremu@school.example")] == [3, 3]


def _check_answer(service: Service) -> None:
    """A reader writes from the link; her mail program knows nothing of the post."""
    _, _, html = twins(service.delivered(READERS[0])[0])
    link = urlsplit(Links(html).found["Reply to Mere: Running records"])
    assert link.scheme == "mailto"
    to, subject = unquote(link.path), parse_qs(link.query)["subject"][0]
    assert service.send(mail(READERS[0], subject, "We use paper.", 4, to), to, READERS[0])[0] == 250
    fresh = mail(READERS[1], "Ice cream on Friday", "Who comes?", 5, to)
    assert service.send(fresh, to, READERS[1])[0] == 250
    found = threads(service)
    assert found["4@school.example"] == found["1@school.example"] == found["2@school.example"]
    assert len({found[f"{number}@school.example"] for number in (1, 3, 5)}) == 3
    # The next update begins where the one that was sent early ended.
    coming = service.run("digest", "preview", LIST)
    assert coming.startswith("Subject: English Online · Term 4, Week 7 · ")
    assert "We use paper." in coming and "(continued)" in coming and "Which app" not in coming


def test_words_for_wrong_weeks_and_empty_ones(service: Service) -> None:
    assert "No update is sent in '2026-W53'" in service.run("digest", "send", LIST, "--week", "2026-W53", status=1)
    assert "No update is sent in 'x'" in service.run("digest", "preview", LIST, "--week", "x", status=1)
    assert "Nothing was posted this week." in service.run("digest", "preview", LIST)
    service.run("list", "set", LIST, "quiet_digest=skip")
    assert "nothing is sent" in service.run("digest", "send", LIST, status=1)
    service.run("list", "set", LIST, "quiet_digest=say")
    assert "on its way to 2" in service.run("digest", "send", LIST)
