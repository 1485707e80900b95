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
from listserv.model.lists import Delivery
from listserv.store.archive import iterate_posts
from listserv.store.engine import Database
from listserv.store.lists import all_lists
from listserv.store.people import members

SAMPLE = (
    "priya.raman@kowhai-high.school.example",
    "aroha.ngata@everglade.school.example",
    "tavita.toomata@waiuku.school.example",
)


def told(played: Played) -> Iterator[str]:
    """One event: what was done, what came of it, and in whose words."""
    copies = _count(played.copies, "copy", "copies")
    endings = {
        Outcome.POSTED: f"{played.event.says}. {copies}.",
        Outcome.HELD: f"{played.event.says}. It waits for a moderator.",
        Outcome.REFUSED: f"{played.event.says}. Refused:",
        Outcome.KEPT: f"{played.event.says}. Kept, not posted.",
        Outcome.KNOWN: f"{played.event.says}. Known already, dropped.",
    }
    yield f"{played.event.says}." if played.outcome is None else endings[played.outcome]
    if isinstance(played.event, Command):
        yield f"    $ {played.typed}"
    if isinstance(played.event, Command) or played.outcome is Outcome.REFUSED:
        yield f"    {played.reply}"


def groups(database: Database, copies: Sequence[Copy]) -> Iterator[str]:
    """For each group that talked a line with its figures and one a conversation; one for all others."""
    delivered = Counter(copy.group for copy in copies)
    quiet = 0
    yield _group_line("", "members", "by single mail", "posts", "threads", "copies")
    with database.read() as connection:
        for group in all_lists(connection):
            posts = list(iterate_posts(connection, group.id))
            if not posts:
                quiet += 1
                continue
            people = members(connection, group)
            readers = sum(person.delivery is Delivery.EACH for person in people)
            threads = Counter(post.thread_id for post in posts)
            first = {post.thread_id: post.subject for post in reversed(posts)}
            yield _group_line(group.title, len(people), readers, len(posts), len(threads), delivered[group.name])
            yield from (f"      {first[thread]} ({_count(size, 'post', 'posts')})" for thread, size in threads.items())
    yield f"  and {quiet} groups that were quiet this week"


def held(played: Sequence[Played]) -> Iterator[str]:
    """Each post that waited for a moderator, and what became of it."""
    decisions = {one.event.held: one for one in played if isinstance(one.event, Command) and one.event.held}
    for one in played:
        if isinstance(one.event, Sending) and one.outcome is Outcome.HELD:
            reason = one.reply.rpartition("(")[2].rstrip(")").replace("_", " ")
            yield f"  {_who(one.event)} to {one.event.to}: {_subject(one.event)} ({reason})"
            decision = decisions.get(one.event.message)
            if decision is None:
                yield "      still waits, for you"
            else:
                yield f"      {_day(decision.event.at)}  {decision.event.says}"


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
        day = _day(copy.date) if copy.date else "?"
        yield f"    {day:<16}  {_short(copy.author, 26):<26}  {_short(copy.subject, 78)}"


def where(folder: DemoFolder) -> Iterator[str]:
    """Where everything lies and how to look at it."""
    yield f"  the mail     {_near(folder.outbox)}/ADDRESS/*.eml: a folder a person, any mail program opens the files"
    yield f"  the rest     {_near(folder.path)}: configuration, database, log"
    yield f"  a command    export LISTSERV_CONFIG={_near(folder.config)}"
    yield f"               {_program()} list show english"


def to_try(folder: DemoFolder, waits: int | None) -> Iterator[str]:
    """What one can do while the service runs."""
    clock = ENDS.isoformat(timespec="minutes")
    if waits is not None:
        yield "  Approve the post that waits, from another terminal:"
        yield f"    LISTSERV_CLOCK={clock} {_program()} --config {_near(folder.config)} approve {waits}"
    yield f"  Write to a group, as Priya would (mail is taken by SMTP at {HOST}:{folder.smtp_port}):"
    yield f"    printf 'From: {SAMPLE[0]}\\nSubject: Kia ora\\n\\nIs anybody there?\\n' |"
    yield f"      curl -sS --crlf smtp://{HOST}:{folder.smtp_port} --mail-from {SAMPLE[0]} \\"
    yield "        --mail-rcpt english@lists.example.nz -T -"


def _group_line(title: str, *cells: str | int) -> str:
    widths = (7, 14, 5, 7, 6)
    return f"  {_short(title, 50):<50}  " + "  ".join(
        f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)
    )


def _program() -> str:
    """How one types the command line here."""
    script = Path(sys.executable).with_name("listserv")
    return str(_near(script)) if script.exists() else f"{_near(Path(sys.executable))} -m listserv"


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
