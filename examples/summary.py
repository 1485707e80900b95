"""What the week left, told to somebody who sees the program for the first time: groups, what was held or refused,
three people's mailboxes, where everything lies. Lines out, nothing changed.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from examples.folder import HOST, DemoFolder
from examples.mailboxes import Copy
from examples.play import Played
from examples.week import ENDS, ZONE, Command, Outcome, Sending, octets_of
from listserv.mail.parse import parse
from listserv.model.lists import Delivery, MailList
from listserv.store.archive import StoredPost, iterate_posts
from listserv.store.engine import Database
from listserv.store.lists import all_lists
from listserv.store.people import members

SAMPLE = (
    "priya.raman@kowhai-high.school.example",
    "aroha.ngata@everglade.school.example",
    "tavita.toomata@waiuku.school.example",
)


def result(played: Played) -> str:
    """What came of one event, in a few words."""
    told = {
        Outcome.HELD: "It waits for a moderator.",
        Outcome.REFUSED: f'Refused: "{played.reply}".',
        Outcome.KEPT: "Kept, not posted.",
        Outcome.KNOWN: "Known already, dropped.",
    }
    if played.outcome in told:
        return told[played.outcome]
    command = f"[{played.reply}] " if isinstance(played.event, Command) else ""
    return command + (_count(played.copies, "copy", "copies") + "." if played.copies else "No copies.")


def groups(database: Database, copies: Sequence[Copy]) -> Iterator[str]:
    """A line for each group that talked, one for all others."""
    delivered = Counter(copy.group for copy in copies)
    quiet = 0
    yield f"  {'group':<50} {'members':>7}  {'posts':>5}  {'threads':>7}  {'copies':>6}"
    with database.read() as connection:
        for group in all_lists(connection):
            posts = list(iterate_posts(connection, group.id))
            if not posts:
                quiet += 1
                continue
            people = members(connection, group)
            yield _group_line(group, len(people), posts, delivered[group.name])
            if any(person.delivery is Delivery.NONE for person in people):
                readers = sum(person.delivery is Delivery.NONE for person in people)
                yield f"  {'':<50} {readers:>7}  of them read the weekly update only"
    yield f"  and {quiet} more groups that were quiet this week (`listserv list all` shows them)"


def held(played: Sequence[Played]) -> Iterator[str]:
    """Each post that waited for a moderator, and what became of it."""
    decisions = {one.event.held: one for one in played if isinstance(one.event, Command) and one.event.held}
    for one in played:
        if isinstance(one.event, Sending) and one.outcome is Outcome.HELD:
            yield f"  {_who(one.event)} to {one.event.to}: {_subject(one.event)}"
            decision = decisions.get(one.event.message)
            if decision is None:
                yield "      still waits: this one is yours, see below"
            else:
                yield f"      {_day(decision.event.at)}  {decision.event.says} [{decision.reply}]"


def refused(played: Sequence[Played]) -> Iterator[str]:
    """Each mail that was answered with a refusal, which its author's own mail server tells her, or was not posted."""
    for one in played:
        if isinstance(one.event, Sending) and one.outcome in (Outcome.REFUSED, Outcome.KEPT, Outcome.KNOWN):
            yield f"  {_who(one.event)} to {one.event.to}: {_subject(one.event)}"
            yield f"      {one.reply}"


def mailbox(copies: Sequence[Copy], address: str) -> Iterator[str]:
    """One person's mail as her program lists it."""
    own = [copy for copy in copies if copy.mailbox == address]
    yield f"  {address}: {_count(len(own), 'mail', 'mails')}"
    for copy in own:
        yield f"    {_day(copy.date) if copy.date else '':<15}  {copy.author:<16}  {_short(copy.subject, 78)}"


def where(folder: DemoFolder) -> Iterator[str]:
    """Where everything lies and what to try next."""
    program = Path(sys.executable).with_name("listserv")
    command = str(_near(program)) if program.exists() else f"{_near(Path(sys.executable))} -m listserv"
    yield f"  delivered mail   {_near(folder.outbox)}/ADDRESS/*.eml  (a folder a person; any mail program opens them)"
    yield f"  everything else  {_near(folder.path)}: the configuration, the database, the log"
    yield f"  mail is taken    SMTP {HOST}:{folder.smtp_port}, LMTP {HOST}:{folder.lmtp_port}"
    yield "  to look around, in another terminal:"
    yield f"      export LISTSERV_CONFIG={_near(folder.config)} LISTSERV_CLOCK={ENDS.isoformat(timespec='minutes')}"
    yield f"      {command} list show english"
    yield f"      {command} held"


def to_try(folder: DemoFolder, waits: int | None) -> Iterator[str]:
    """What can be done while the service runs."""
    program = Path(sys.executable).with_name("listserv")
    if waits is not None:
        yield f"      {_near(program)} approve {waits}"
    yield "  and to write to a group as Priya does:"
    yield "      printf 'From: priya.raman@kowhai-high.school.example\\nSubject: Kia ora\\n\\nIs anybody there?\\n' |"
    yield f"        curl --crlf smtp://{HOST}:{folder.smtp_port} --mail-from {SAMPLE[0]} \\"
    yield "             --mail-rcpt english@lists.example.nz -T -"


def _group_line(group: MailList, people: int, posts: Sequence[StoredPost], copies: int) -> str:
    threads = len({post.thread_id for post in posts})
    return f"  {_short(group.title, 50):<50} {people:>7}  {len(posts):>5}  {threads:>7}  {copies:>6}"


def _who(event: Sending) -> str:
    author = parse(octets_of(event.message)).author
    return (author.name or author.address) if author else event.return_path


def _subject(event: Sending) -> str:
    return f'"{_short(parse(octets_of(event.message)).subject, 70)}"'


def _day(moment: datetime) -> str:
    local = moment.astimezone(ZONE)
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def _short(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _near(path: Path) -> Path:
    """The path as one would type it from here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
