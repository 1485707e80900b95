"""A reply headed "journal" is kept for its author alone; "share" posts it later, "my journal" sends her all of it.

Law: nobody but the author ever hears of an entry: no moderator, no facilitator, no count of a goal. It is told of to
her known address only, where the answers that share or delete it are hers by their token. Where a group has never
asked a prompt the word means nothing, and the mail is a post like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from listserv.inbound.asking import may_write
from listserv.inbound.desk import Desk, Recipient
from listserv.inbound.joining import stranger
from listserv.inbound.judging import author_in, judge
from listserv.inbound.posting import Arrival
from listserv.inbound.week.own_words import as_files, words_of
from listserv.mail.address import address_key
from listserv.mail.parse import parse
from listserv.mail.subject import base_subject, without_marks
from listserv.mail.text.answer import first_own_line, plain
from listserv.mail.words import clean
from listserv.store import journal, tokens
from listserv.store.archive import put_content
from listserv.store.people import find_member
from listserv.store.prompts import prompt_of_thread, thread_of_prompt
from listserv.store.restrictions import thread_beside
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

PURPOSE = "journal"
EXPORT = "my-journal"
SUBJECT_CHARACTERS = 120
_SHARE = frozenset({"share", "share it", "post", "post it", "tohaina", "tukuna"})
_DELETE = frozenset({"delete", "delete it", "mukua"})


def keep(desk: Desk, letter: Letter) -> None:
    """The mail is in its author's journal, and she is told so; nobody else. Of an unknown address nothing is kept."""
    author = author_in(desk.connection, letter.mail_list, address_key(letter.author_address), desk.now)
    if author is None or not author.address:
        if may_write(desk, letter, letter.author_address, "journal-unknown"):
            to = stranger(desk, letter.author_address)
            desk.send("journal_unknown", letter.mail_list, to, address=letter.author_address)
        return
    octets = letter.message.octets
    entry_id = journal.add_entry(
        desk.connection,
        author.person_id,
        letter.mail_list.id,
        put_content(desk.connection, octets),
        letter.arrival.msgid,
        _prompt(desk, letter),
        desk.now,
    )
    if entry_id is not None:
        _tell(desk, letter, author.person_id, entry_id, desk.member(author), letter.message.subject)


def answer_journal(desk: Desk, letter: Letter, token: Token) -> None:
    """She shares the entry with the group, or deletes it; anything else is asked back."""
    if token.person_id is None or token.object_id is None:
        return
    entry = journal.entry_of(desk.connection, token.person_id, token.object_id)
    member = find_member(desk.connection, letter.mail_list, token.person_id, desk.now)
    if entry is None or member is None or entry.shared_post_id is not None:
        return
    said = plain(first_own_line(letter.message))
    if said in _DELETE:
        tokens.use(desk.connection, token, desk.now)
        journal.remove_entry(desk.connection, token.person_id, entry.id)
        desk.send("journal_deleted", letter.mail_list, desk.member(member), in_reply_to=letter.message.message_id)
    elif said in _SHARE:
        if tokens.use(desk.connection, token, desk.now):
            _share(desk, letter, entry)
    elif member.address and desk.may_answer(member.address, PURPOSE):
        _tell(desk, letter, token.person_id, entry.id, desk.member(member), parse(entry.octets).subject, again=True)


def _share(desk: Desk, letter: Letter, entry: journal.Entry) -> None:
    """The entry is posted as it came, in its prompt's conversation, and judged like any post."""
    from listserv.inbound.functions import Letter, follow_up  # which knows every room, so this one too

    thread_id = thread_of_prompt(desk.connection, entry.prompt_id) if entry.prompt_id is not None else None
    mail_list = letter.mail_list
    arrival = Arrival(
        parse(entry.octets),
        letter.arrival.return_path,
        mail_list.address,
        desk.now,
        desk.now,
        thread_id,
    )
    limit = desk.settings.limits.message_octets
    judged = judge(desk.connection, mail_list, arrival, session=False, message_octets=limit, handled=frozenset())
    if judged.post_id is not None:
        journal.set_shared(desk.connection, entry.id, judged.post_id)
    follow_up(desk, Letter(mail_list, arrival), judged)


def send_my_journal(desk: Desk, letter: Letter) -> None:
    """Her whole journal, over all groups, is on its way to her address on file; once a day."""
    mail_list = letter.mail_list
    author = author_in(desk.connection, mail_list, address_key(letter.author_address), desk.now)
    if author is None or not author.address or not desk.may_answer(author.address, EXPORT):
        return
    to = desk.member(author)
    words = [
        words_of(each.octets, each.at, each.group, each.prompt or "")
        for each in journal.entries_of(desk.connection, author.person_id)
    ]
    language = to.language or mail_list.settings.language
    files = as_files(desk, mail_list, to.name, "journal", language, words) if words else ()
    desk.send("my_journal", mail_list, to, attachments=files, entries=len(words))


def _prompt(desk: Desk, letter: Letter) -> int | None:
    """The prompt whose conversation the letter answers: by its address, its references, else its subject."""
    thread_id = letter.arrival.thread_id
    if thread_id is None:
        subject = base_subject(letter.message.subject)
        said = subject.text if subject.has_reply_prefix else ""
        thread_id = thread_beside(desk.connection, letter.mail_list.id, letter.message.references, said)
    return None if thread_id is None else prompt_of_thread(desk.connection, letter.mail_list.id, thread_id)


def _tell(
    desk: Desk, letter: Letter, person_id: int, entry_id: int, to: Recipient, subject: str, *, again: bool = False
) -> None:
    answers_to = desk.answer_address(letter.mail_list, PURPOSE, person_id=person_id, object_id=entry_id)
    desk.send(
        "journal_kept",
        letter.mail_list,
        to,
        answers_to=answers_to,
        in_reply_to=letter.message.message_id,
        again=again,
        subject=without_marks(clean(subject))[:SUBJECT_CHARACTERS],
    )
