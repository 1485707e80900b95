"""Updates in their reader's own way, through a real service by mail alone: own hour, all groups together, old forms."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.mailbox import Mailbox, body
from tests.service import Service

MONDAY = "2026-11-16T10:00+13:00"
PEOPLE = """\
address,name,delivery,digest
mere@school.example,Mere Tāmati,none,weekly
hemi@school.example,Hēmi Walker,none,weekly
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Service(tmp_path, environment={"LISTSERV_CLOCK": MONDAY}) as made:
        (tmp_path / "people.csv").write_text(PEOPLE, "utf-8")
        for name in ("english", "esol"):
            made.run("list", "create", name, "--title", name.title())
            made.run("member", "import", name, str(tmp_path / "people.csv"))
        made.start()
        yield made


def wish(who: Mailbox, line: str) -> str:
    """She asks for it, confirms it by a reply, and is told what is so now."""
    who.write("english-request", line)
    who.reply(who.next("Shall we change your settings"), "yes")
    return body(who.next("Your settings"))


def test_in_her_own_way(service: Service) -> None:
    mere, hemi = Mailbox(service, "mere@school.example", "Mere"), Mailbox(service, "hemi@school.example", "Hēmi")
    assert "Your updates come at this time: Tuesday, 7:00 am." in wish(mere, "update on Tuesday at 7am")
    assert "One update tells you of all your groups." in wish(mere, "one update for all my groups")
    assert "plain digests (RFC 1153)" in wish(hemi, "update as plain digest")
    mere.write("english-request", "my settings")
    kept = body(mere.next("Your groups and settings"))
    assert "this time: Tuesday, 7:00 am." in kept and "One update tells you of all your groups." in kept
    for name in ("english", "esol"):
        hemi.write(name, f"What happened in {name}.\n\nHēmi", f"News of {name}")

    service.move_clock("2026-11-17T07:00:30+13:00")
    update = mere.next("Your groups · Term 4, Week 6")
    said = body(update)
    assert "ENGLISH" in said and "What happened in english." in said
    assert "ESOL" in said and "What happened in esol." in said
    mere.nothing_more()
    hemi.nothing_more()
    address = next(line.split()[-1] for line in said.splitlines() if line.startswith("Reply: esol+"))
    mere.write(address, "Thank you for telling, and we did the same.", "Re: News of esol")
    hemi.next("Re: News of esol")  # an answer to what he wrote himself

    service.move_clock("2026-11-20T16:00:30+13:00")
    first, second = sorted(
        (hemi.next("digest · Term 4, Week 6") for _ in range(2)), key=lambda each: str(each["Subject"])
    )
    assert _told(first) == ["News of english"]
    assert _told(second) == ["News of esol", "News of esol"]
    mere.nothing_more()


def _told(digest: EmailMessage) -> list[str]:
    """The subjects of the messages in an RFC 1153 digest."""
    assert digest.get_content_type() == "text/plain"
    messages = body(digest).split("\n" + "-" * 70 + "\n")[1].split("\n" + "-" * 30 + "\n")
    return [line.partition(": ")[2] for each in messages for line in each.splitlines() if line.startswith("Subject: ")]
