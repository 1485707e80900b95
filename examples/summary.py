"""What the week left, told to somebody who sees the program for the first time: groups, what was held or refused,
three people's mailboxes, where everything lies. Lines out, nothing changed.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from examples.folder import HOST, DemoFolder
from examples.mailbox_server import ADDRESS, PASSWORD, MailboxServer
from examples.mailboxes import NOTICE, Copy, plain_text
from examples.play import Played
from examples.verify import shared_here
from examples.week import ENDS, ZONE, Answer, Command, Hour, Outcome, Sending, octets_of
from listserv.digest.run import Done
from listserv.mail.parse import parse
from listserv.mail.token import sign_in_token
from listserv.model.lists import Delivery
from listserv.store.archive import iterate_posts
from listserv.store.engine import Connection, Database
from listserv.store.lists import all_lists, get_list
from listserv.store.migrate import signing_key
from listserv.store.people import members

SAMPLE = (
    "priya.raman@kowhai-high.school.example",
    "aroha.ngata@everglade.school.example",
    "tavita.toomata@waiuku.school.example",
)


PRIVATE_GROUP, PRIVATE_READER = "plg-y3-4", "sunita.devi@papatoetoe-central.school.example"
SHELF_READER = "jess.oconnor@wairere.school.example"
WEEKLY_READER = "anneke.visser@reremoana.school.example"
SENT = {"daily-digest": "daily update", "weekly-digest": "weekly update", "reminder": "reminder"}


def told(played: Played) -> Iterator[str]:
    """One event: what was done, what came of it, and in whose words."""
    event, copies = played.event, _count(played.copies, "copy", "copies")
    if isinstance(event, Hour):
        yield f"The clock strikes. {copies}."
        yield from (f"    {_sent(done)}" for done in event.did)
        return
    endings = {
        Outcome.POSTED: f" {copies}.",
        Outcome.HELD: " It waits for a moderator.",
        Outcome.REFUSED: " Refused:",
        Outcome.KEPT: " Kept, not posted.",
        Outcome.KNOWN: " Known already, dropped.",
        Outcome.TAKEN: f" Answered by mail: {copies}.",
        None: "",
    }
    yield f"{event.says}.{endings[played.outcome]}"
    if isinstance(event, Command):
        yield f"    $ {played.typed}"
    if isinstance(event, Answer):
        yield f"    answers the mail about it: {played.reply}"
    if isinstance(event, Command) or played.outcome is Outcome.REFUSED:
        yield f"    {played.reply}"


def groups(database: Database, copies: Sequence[Copy]) -> Iterator[str]:
    """For each group that talked a line with its figures and one a conversation; one for all others."""
    delivered = Counter((copy.group, copy.update) for copy in copies)
    quiet = 0
    yield _group_line("", "members", "by single mail", "posts", "threads", "copies", "updates")
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
            sent = (delivered[group.name, update] for update in (False, True))
            yield _group_line(group.title, len(people), readers, len(posts), len(threads), *sent)
            yield from (f"      {first[thread]} ({_count(size, 'post', 'posts')})" for thread, size in threads.items())
    yield f"  and {quiet} groups that were quiet this week"


def held(played: Sequence[Played]) -> Iterator[str]:
    """Each post that waited for a moderator, and what became of it."""
    decisions = {
        one.event.held: one.event for one in played if isinstance(one.event, Answer | Command) and one.event.held
    }
    for one in played:
        if isinstance(one.event, Sending) and one.outcome is Outcome.HELD:
            reason = one.reply.rpartition("(")[2].rstrip(")").replace("_", " ")
            yield f"  {_who(one.event)} to {one.event.to}: {_subject(one.event)} ({reason})"
            decision = decisions.get(one.event.message)
            if decision is None:
                yield "      still waits, for you"
            else:
                yield f"      {_day(decision.at)}  {decision.says}"


def refused(played: Sequence[Played]) -> Iterator[str]:
    """Each mail that was answered with a refusal, which its author's own mail server tells her, or was not posted."""
    for one in played:
        if isinstance(one.event, Sending) and one.outcome in (Outcome.REFUSED, Outcome.KEPT, Outcome.KNOWN):
            yield f"  {_who(one.event)} to {one.event.to}: {_subject(one.event)}"
            yield f"      {one.reply}"


def updates(copies: Sequence[Copy]) -> Iterator[str]:
    """Each update and reminder by its subject, in the order they went out."""
    sent = sorted((copy for copy in copies if copy.update and copy.date), key=lambda copy: (copy.date, copy.subject))
    for (day, subject), readers in Counter((_day(copy.date), copy.subject) for copy in sent if copy.date).items():
        yield f"  {day:<16}  {subject} ({_count(readers, 'reader', 'readers')})"


def update_in_full(copies: Sequence[Copy]) -> Iterator[str]:
    """The last update in one subscriber's mailbox, as plain text, and where it lies."""
    last = next((copy for copy in reversed(copies) if copy.update and copy.mailbox == WEEKLY_READER), None)
    if last is not None:
        yield from (
            f"  | {line}".rstrip() for line in ("", f"Subject: {last.subject}", "", *plain_text(last).splitlines())
        )
        yield f"  {_near(last.file)}"


def shared(database: Database) -> Iterator[str]:
    """What people shared in their posts, by group: title, whose, and where it leads."""
    with database.read() as connection:
        for name, items in shared_here(connection).items():
            yield f"  {get_list(connection, name).title}"
            for item in items:
                where = item.url or f"a file of {item.size_octets / 1000:.1f} kB"
                yield f"      {item.title} ({item.author_name}): {where}"


def shelf_mail(copies: Sequence[Copy]) -> Iterator[str]:
    """The mail that told Jess of English Online's, as plain text, and where it lies."""
    told = next((copy for copy in copies if copy.mailbox == SHELF_READER and copy.group == NOTICE), None)
    if told is not None:
        yield from (f"  | {line}".rstrip() for line in ("", *plain_text(told).splitlines()))
        yield f"  {_near(told.file)}"


def mailbox(copies: Sequence[Copy], address: str) -> Iterator[str]:
    """One person's mail as her program lists it."""
    own = [copy for copy in copies if copy.mailbox == address]
    yield f"  {address}: {_count(len(own), 'mail', 'mails')}"
    for copy in own:
        day = _day(copy.date) if copy.date else "?"
        yield f"    {day:<16}  {_short(copy.author, 26):<26}  {_short(copy.subject, 78)}"


def where(folder: DemoFolder, mailbox: MailboxServer | None) -> Iterator[str]:
    """Where everything lies and how to look at it."""
    if folder.base_url:
        yield f"  the pages    {folder.base_url}/"
    yield f"  the mail     {_near(folder.outbox)}/ADDRESS/*.eml: a folder a person, any mail program opens the files"
    if mailbox is not None:
        yield f"  the mailbox  by IMAP at {HOST}:{mailbox.port}, name {ADDRESS}, password {PASSWORD}"
    yield f"  the rest     {_near(folder.path)}: configuration, database, log"
    yield f"  a command    export LISTSERV_CONFIG={_near(folder.config)}"
    yield f"               {_program()} list show english"


def sign_in_path(connection: Connection, now: datetime) -> str:
    """A page that signs `PRIVATE_READER` in for a week, and leads her to the private group she reads."""
    group = get_list(connection, PRIVATE_GROUP)
    person_id = next(one.person_id for one in members(connection, group) if one.address == PRIVATE_READER)
    token = sign_in_token(signing_key(connection), person_id, (now + timedelta(days=7)).date())
    return f"/sign-in/{token}?next=/groups/{PRIVATE_GROUP}/"


def to_try(folder: DemoFolder, waits: int | None, opens: str) -> Iterator[str]:
    """What one can do while the service runs."""
    clock = ENDS.isoformat(timespec="minutes")
    if folder.base_url:
        yield f"  Read English Online as anybody may, and search it: {folder.base_url}/groups/english/"
        yield "  Read the private Y3&4 PLG as Sunita, who is signed in by this link:"
        yield f"    {folder.base_url}{opens}"
    if waits is not None:
        yield "  Approve the post that waits, from another terminal:"
        yield f"    LISTSERV_CLOCK={clock} {_program()} --config {_near(folder.config)} approve {waits}"
    yield "  See what the next weekly update of English Online has to tell so far:"
    yield f"    LISTSERV_CLOCK={clock} {_program()} --config {_near(folder.config)} digest preview english"
    yield f"  Write to a group, as Priya would (mail is taken by SMTP at {HOST}:{folder.smtp_port}):"
    yield f"    printf 'From: {SAMPLE[0]}\\nSubject: Kia ora\\n\\nIs anybody there?\\n' |"
    yield f"      curl -sS --crlf smtp://{HOST}:{folder.smtp_port} --mail-from {SAMPLE[0]} \\"
    yield "        --mail-rcpt english@lists.example.nz -T -"


def _group_line(title: str, *cells: str | int) -> str:
    widths = (7, 14, 5, 7, 6, 7)
    return f"  {_short(title, 50):<50}  " + "  ".join(
        f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)
    )


def _program() -> str:
    """How one types the command line here."""
    script = Path(sys.executable).with_name("listserv")
    return str(_near(script)) if script.exists() else f"{_near(Path(sys.executable))} -m listserv"


def _sent(done: Done) -> str:
    what = f'{SENT[done.kind]} "{done.title}"' if done.title else SENT[done.kind]
    return f"{what} of {done.list_address}: {_count(done.recipients, 'reader', 'readers')}"


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
