"""Mail to -request and -help: what it asks is read, asked back at her known address once, done, and told.

Law: From never authorises. What changes something waits for a reply to a token address sent to the member's own
address, one confirmation for all commands of a mail; a mail to such an address acts at once. What is not understood
is answered once a day with what may be written; a further such mail of the day reaches the people of the group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from listserv.inbound import joining, leaving
from listserv.inbound.asking import may_write, may_write_some
from listserv.inbound.commands.command import Asker, Command, Said, Wish
from listserv.inbound.commands.reading import nearest, read_wishes
from listserv.inbound.commands.settings_address import settings_address
from listserv.inbound.commands.showing import in_words, ways
from listserv.inbound.commands.table import COMMANDS
from listserv.inbound.dates import proposing
from listserv.inbound.days import told_day, zone_of
from listserv.inbound.desk import Desk, Recipient
from listserv.inbound.forwarding import forward_to_owners
from listserv.inbound.joining import stranger
from listserv.inbound.judging import author_in
from listserv.inbound.people.answers import consents, or_asked_back, said
from listserv.mail.address import address_key
from listserv.mail.text.answer import first_own_line
from listserv.mail.text.asks import ask_of
from listserv.model.case import Ask
from listserv.model.lists import MailList
from listserv.store import tokens
from listserv.store.people import find_member
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

CONFIRM = "commands"
_IN_A_SENTENCE = {Ask.JOIN: joining.request_join, Ask.LEAVE: leaving.request_leave}
_BY_NAME = {command.name: command for command in COMMANDS}


def request(desk: Desk, letter: Letter) -> None:
    """The commands of a mail that proves nothing: what needs no proof is done, the rest is asked at her address."""
    wishes = _read(desk, letter)
    if proposing.propose(desk, letter) and not wishes:
        return
    asked = ask_of(letter.message) if not wishes else Ask.NOTHING
    if asked in _IN_A_SENTENCE:
        _IN_A_SENTENCE[asked](desk, letter)
        return
    if not wishes:
        _is_explained(desk, letter, stranger(desk, letter.author_address))
        return
    to_prove: list[Wish] = []
    for wish in wishes:
        command = wish.command
        if command.at_once and (command.act is None or command.only_tells or len(wishes) == 1):
            command.at_once(desk, letter)
        else:
            to_prove.append(wish)
    if to_prove:
        _ask(desk, letter, to_prove)


def confirm(desk: Desk, letter: Letter, token: Token) -> None:
    """She has said yes: the commands are done and told. A no does none of them."""
    asker = _asker(desk, letter.mail_list, token)
    if asker is None:
        return
    wishes = [Wish(_BY_NAME[name], argument) for name, argument in token.payload["commands"] if name in _BY_NAME]
    read = said(first_own_line(letter.message)) if _asks_yes(wishes) else consents(letter.message)
    agreed = or_asked_back(desk, letter, token, asker.recipient, read)
    if agreed is not None and tokens.use(desk.connection, token, desk.now) and agreed:
        _do(desk, letter, asker, wishes)


def direct(desk: Desk, letter: Letter, token: Token) -> None:
    """Commands in a reply to a mail that told her settings: done at once, as the address itself is the proof."""
    asker = _asker(desk, letter.mail_list, token)
    wishes = _read(desk, letter)
    if asker is None or (proposing.take(desk, letter, asker.person_id, asker.recipient) and not wishes):
        return
    if not wishes:
        if not _is_explained(desk, letter, asker.recipient):
            tokens.use(desk.connection, token, desk.now)  # others read the address now, and it is hers alone
        return
    tokens.use(desk.connection, token, desk.now)
    _do(desk, letter, asker, wishes)


def _read(desk: Desk, letter: Letter) -> list[Wish]:
    today = desk.now.astimezone(zone_of(letter.mail_list, desk.settings)).date()
    return read_wishes(letter.message, today)


def _ask(desk: Desk, letter: Letter, wishes: Sequence[Wish]) -> None:
    mail_list, address = letter.mail_list, letter.author_address
    place = author_in(desk.connection, mail_list, address_key(address), desk.now) if address else None
    if place is None:
        if may_write(desk, letter, address):
            desk.send("leave_unknown", mail_list, stranger(desk, address), address=address)
        return
    to = desk.member(place)
    if not may_write_some(desk, letter, to.address, CONFIRM):
        return
    clear = [wish for wish in wishes if wish.argument is not None]
    if not clear:
        _explain(desk, mail_list, to, wishes)
        return
    payload = {"commands": [[wish.command.name, wish.argument] for wish in clear]}
    answers_to = desk.answer_address(mail_list, CONFIRM, person_id=place.person_id, payload=payload)
    language = to.language or mail_list.settings.language
    unclear = _examples([wish for wish in wishes if wish.argument is None], language)
    desk.send(
        "settings_confirm",
        mail_list,
        to,
        answers_to=answers_to,
        wishes=told(clear, language),
        unclear=unclear,
        asks_yes=_asks_yes(clear),
    )


def _asks_yes(wishes: Sequence[Wish]) -> bool:
    return any(wish.command.asks_yes for wish in wishes)


def told(wishes: Sequence[Wish], language: str) -> list[dict[str, str]]:
    """Each wish in the words of the language, its argument as it may be repeated, and its name."""
    return [
        {
            "name": wish.command.name,
            "words": wish.command.words.get(language, wish.command.words["en"])[0],
            "argument": wish.command.show(wish.argument or "", language),
        }
        for wish in wishes
    ]


def _examples(wishes: Sequence[Wish], language: str) -> list[str]:
    return [each["example"] for each in in_words(tuple(wish.command for wish in wishes), language)]


def _explain(
    desk: Desk, mail_list: MailList, to: Recipient, unclear: Sequence[Wish], like: Sequence[Command] = ()
) -> None:
    language = to.language or mail_list.settings.language
    commands = in_words(COMMANDS, language)
    examples = _examples(unclear, language)
    meant = [each["example"] for each in in_words(tuple(like), language)]
    shown = {"commands": commands, **ways(desk, mail_list)}
    desk.send("not_understood", mail_list, to, unclear=examples, meant=meant, **shown)


def _do(desk: Desk, letter: Letter, asker: Asker, wishes: Sequence[Wish]) -> None:
    outcome: list[Said] = []
    unclear = [wish for wish in wishes if wish.argument is None]
    language = asker.recipient.language or asker.mail_list.settings.language
    for wish in wishes:
        command = wish.command
        if wish.argument is None:
            continue
        if command.act is None:
            if command.at_once is not None:
                command.at_once(desk, letter)
        else:
            done = command.act(desk, asker, wish.argument)
            outcome += [done] if done is not None else []
    if outcome or unclear:
        desk.send(
            "settings_changed",
            asker.mail_list,
            asker.recipient,
            answers_to=settings_address(desk, asker.mail_list, asker.person_id),
            outcome=[{"word": each.word, "values": _in_words(each.values, language)} for each in outcome],
            unclear=_examples(unclear, language),
        )


def _in_words(values: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {key: told_day(value, language) if isinstance(value, date) else value for key, value in values.items()}


def _is_explained(desk: Desk, letter: Letter, to: Recipient) -> bool:
    """True if she is told what may be written, once a day; False if the people of the group have her mail instead."""
    if may_write(desk, letter, to.address, "not-understood"):
        _explain(desk, letter.mail_list, to, [], nearest(letter.message))
        return True
    forward_to_owners(desk.connection, letter.mail_list, letter.arrival, desk.settings)
    return False


def _asker(desk: Desk, mail_list: MailList, token: Token) -> Asker | None:
    """Who the token's person is in the list now; None if she is nobody there any more."""
    if token.person_id is None:
        return None
    place = find_member(desk.connection, mail_list, token.person_id, desk.now)
    if place is None:
        return None
    return Asker(mail_list, token.person_id, place, desk.member(place))
