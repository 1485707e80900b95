"""A short thanks in a large group: to the author alone, counted on the page and in the update (`inbound.thanked`).

Whoever thanked is told once a day where it went; her answer "post my thanks" posts this one, and from then on hers are
posts like any other. The author gets her words, which are words of thanks and names and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from listserv.inbound.desk import Desk
from listserv.inbound.digest_answers import placed
from listserv.inbound.forwarding import forward_to_owners
from listserv.inbound.judging import author_in, judge
from listserv.inbound.posting import Arrival
from listserv.inbound.thanked import thanked
from listserv.mail.address import address_key
from listserv.mail.parse import parse
from listserv.mail.subject import without_marks
from listserv.mail.text.answer import first_own_line, own_lines, plain, yes_or_no
from listserv.mail.text.asks import ask_of
from listserv.mail.words import clean
from listserv.model.case import Ask
from listserv.model.lists import Subscription
from listserv.store import archive, tokens
from listserv.store.gratitude import Thanked, count_thanks, post_thanks_of, take_back_thanks
from listserv.store.people import find_member
from listserv.store.sent_digests import thread_named
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

PURPOSE = "thanks"
SUBJECT_CHARACTERS = 120
_POST = frozenset({"post my thanks", "post", "post it", "post to all", "tukuna taku mihi", "tukuna"})


def thank(desk: Desk, letter: Letter) -> None:
    """The author of the post has the thanks, the group a number more, the one who thanked a word where it went."""
    author = author_in(desk.connection, letter.mail_list, address_key(letter.author_address), desk.now)
    arrival, _ = placed(desk.connection, letter.mail_list, letter.arrival)
    to = thanked(desk.connection, letter.mail_list, arrival, author)
    if author is None or to is None or not count_thanks(desk.connection, to, author.person_id, desk.now):
        return
    reader = find_member(desk.connection, letter.mail_list, to.person_id, desk.now)
    name = reader.name if reader is not None else ""
    if reader is not None and reader.address:
        desk.send(
            "thanks",
            letter.mail_list,
            desk.member(reader),
            address=letter.author_address,
            thanker=_shown(author.name or (letter.message.author.name if letter.message.author else "")),
            subject=without_marks(_shown(to.subject)),
            said=[clean(line) for line in own_lines(letter.message)],
        )
    if author.address and desk.may_answer(author.address, PURPOSE):
        _tell(desk, letter, arrival, author, to, name)


def answer_thanks(desk: Desk, letter: Letter, token: Token) -> None:
    """The thanks is posted to all after all, and hers always are from now on; what says more is read by a person."""
    line = first_own_line(letter.message)
    if token.person_id is None or not (plain(line) in _POST or yes_or_no(line)):
        if yes_or_no(line) is None and line and ask_of(letter.message) is not Ask.THANKS:
            forward_to_owners(desk.connection, letter.mail_list, letter.arrival, desk.settings)
        return
    if not tokens.use(desk.connection, token, desk.now):
        return
    from listserv.inbound.functions import Letter, follow_up  # which knows every room, so this one too

    thread = thread_named(desk.connection, letter.mail_list.id, int(token.payload["thread"]))
    octets = archive.message_octets(desk.connection, token.object_id or 0)
    arrival = Arrival(
        parse(octets),
        str(token.payload["return_path"]),
        str(token.payload["recipient"]),
        desk.now,
        desk.now,
        thread.id if thread is not None else None,
    )
    take_back_thanks(desk.connection, int(token.payload["post"]), token.person_id)
    post_thanks_of(desk.connection, letter.mail_list.id, token.person_id, desk.now)
    limit = desk.settings.limits.message_octets
    handled = frozenset({Ask.LEAVE})
    judged = judge(desk.connection, letter.mail_list, arrival, session=False, message_octets=limit, handled=handled)
    follow_up(desk, Letter(letter.mail_list, arrival), judged)


def _tell(desk: Desk, letter: Letter, arrival: Arrival, author: Subscription, to: Thanked, name: str) -> None:
    payload = {
        "post": to.post_id,
        "thread": to.thread_id,
        "return_path": arrival.return_path,
        "recipient": arrival.recipient,
    }
    answers_to = desk.answer_address(
        letter.mail_list,
        PURPOSE,
        person_id=author.person_id,
        object_id=archive.put_message(desk.connection, letter.arrival.as_new()),
        payload=payload,
    )
    desk.send(
        "thanks_sent",
        letter.mail_list,
        desk.member(author),
        answers_to=answers_to,
        in_reply_to=letter.message.message_id,
        thanked=_shown(name),
        subject=without_marks(_shown(to.subject)),
    )


def _shown(text: str) -> str:
    return " ".join(clean(text).split())[:SUBJECT_CHARACTERS]
