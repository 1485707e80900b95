"""Leaving by mail: to -leave, by the command, by "unsubscribe me" said to the group; and the way back by one reply.

The question goes to the address the group's mail goes to, so nobody takes another out. A goodbye follows every
leaving, the one-click link's too, and a reply to it undoes it for 30 days with the settings and roles she had.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from listserv.inbound.asking import may_write
from listserv.inbound.desk import Desk, Recipient
from listserv.inbound.joining import stranger
from listserv.inbound.judging import author_in
from listserv.inbound.people.answers import consents_to_leave, or_asked_back, says_goodbye, wants_back
from listserv.inbound.wording import wording
from listserv.mail.address import address_key
from listserv.mail.automatic import automatic_reply
from listserv.mail.listaddress import Purpose
from listserv.mail.text.answer import first_own_line, own_lines
from listserv.model.lists import MailList, Subscription
from listserv.store import tokens
from listserv.store.addresses import on_file
from listserv.store.farewell import Farewell, claim_farewell, count_departures, farewells_of, unsaid_farewells
from listserv.store.folding import fold
from listserv.store.joining import groups_of
from listserv.store.lastowner import is_last_owner
from listserv.store.leaving import UNDO, come_back, leave
from listserv.store.lists import list_by_id
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

LEAVE, RETURN = "leave", "return"
BUTTON_LINES = 5
_ALL = frozenset(
    fold(words)
    for words in ("all", "all groups", "all of them", "everything", "leave all", "from all", "katoa", "wehe katoa")
)


def request_leave(desk: Desk, letter: Letter) -> None:
    """The member is asked at the address her copies go to; a reply takes her out."""
    _ask(desk, letter, everything=_means_all(first_own_line(letter.message)) or _means_all(letter.message.subject))


def is_unsubscribe_button(letter: Letter) -> bool:
    """Whether a mail program wrote this to -leave because its user pressed Unsubscribe: marked automatic, yet a wish.

    No report, receipt or reply to a mail of ours is one, so that nothing goes round in a circle.
    """
    message, arrival = letter.message, letter.arrival
    submitted = (message.header("Auto-Submitted") or "").strip().lower()
    if not submitted.startswith("auto-") or not arrival.return_path or message.author is None:
        return False
    if message.raw("In-Reply-To") or message.raw("References") or automatic_reply(message):
        return False
    if not message.content_type.startswith(("text/", "multipart/alternative", "multipart/mixed")):
        return False
    return any("unsubscribe" in line.lower() for line in (message.subject, *own_lines(message)[:BUTTON_LINES]))


def request_leave_all(desk: Desk, letter: Letter) -> None:
    """The same for every group of hers."""
    _ask(desk, letter, everything=True)


def _ask(desk: Desk, letter: Letter, *, everything: bool) -> None:
    mail_list, address = letter.mail_list, letter.author_address
    key = address_key(address) if address else ""
    place = author_in(desk.connection, mail_list, key, desk.now) if key else None
    if place is None or not place.id:
        if key and may_write(desk, letter, address):
            desk.send("leave_unknown", mail_list, stranger(desk, address), address=address)
        return
    # Whoever left and came back today may be asked again; nobody else can make it so.
    times = count_departures(desk.connection, place.id)
    known = _reached(desk, place, key)
    if not may_write(desk, letter, known, f"leave:{mail_list.id}:{times}"):
        return
    answers_to = desk.answer_address(
        mail_list, LEAVE, person_id=place.person_id, object_id=place.id, payload={"everything": everything, "to": known}
    )
    to = desk.person(place.person_id, place.name, known)
    desk.send("leave_confirm", mail_list, to, answers_to=answers_to, **_asked(desk, place, everything))


def _reached(desk: Desk, place: Subscription, key: str) -> str:
    """The address the group's mail goes to; where none goes there any more, the one of hers she wrote from."""
    subscribed, written = (on_file(desk.connection, each) for each in (address_key(place.address), key))
    if subscribed and subscribed.stopped_at and written and written.verified_at and not written.stopped_at:
        return written.address
    return place.address


def _asked(desk: Desk, place: Subscription, everything: bool) -> dict[str, Any]:
    groups = [list_by_id(desk.connection, each.list_id).title for each in _groups(desk, place)]
    return {"everything": everything, "groups": groups}


def _groups(desk: Desk, place: Subscription) -> list[Subscription]:
    return groups_of(desk.connection, place.person_id, desk.now)


def confirm_leave(desk: Desk, letter: Letter, token: Token) -> None:
    """She is out of the group, or of all of them; a no leaves everything as it is."""
    groups = groups_of(desk.connection, token.person_id or 0, desk.now)
    place = next((each for each in groups if each.id == token.object_id), None)
    if place is None:
        return
    line = first_own_line(letter.message)
    to = desk.person(place.person_id, place.name, str(token.payload["to"]))
    agreed = or_asked_back(desk, letter, token, to, consents_to_leave(letter.message))
    if agreed is None or not tokens.use(desk.connection, token, desk.now) or not agreed:
        return
    everything = bool(token.payload["everything"]) or _means_all(line)
    said = wording(desk, letter.mail_list, "leave_confirm", letter.message, **_asked(desk, place, everything))
    leave_groups(desk, letter.mail_list, groups if everything else [place], said)


def leave_groups(desk: Desk, mail_list: MailList, places: Sequence[Subscription], said: str) -> None:
    """She is out of these groups and told goodbye in one mail; a group she alone looks after she keeps."""
    kept = [each for each in places if is_last_owner(desk.connection, each.list_id, each.person_id)]
    left = [each for each in places if each not in kept]
    for place in left:
        leave(desk.connection, place.id, "mail", said, desk.now)
    if kept:
        lists = [list_by_id(desk.connection, each.list_id) for each in kept]
        groups = [(each.title, desk.addresses(each).of(Purpose.REQUEST)) for each in lists]
        to = desk.person(kept[0].person_id, kept[0].name, kept[0].address)
        desk.send("leave_owner", mail_list, to, groups=groups)
    say_goodbye(desk, farewells_of(desk.connection, [each.id for each in left]))


def say_goodbye(desk: Desk, farewells: Sequence[Farewell]) -> int:
    """One mail each person about the groups she has left, whose answer brings her back; gives how many mails."""
    ours = [each for each in farewells if claim_farewell(desk.connection, each, desk.now)]
    by_person: dict[int, list[Farewell]] = {}
    for each in ours:
        by_person.setdefault(each.person_id, []).append(each)
    for person_id, left in by_person.items():
        lists = [list_by_id(desk.connection, each.list_id) for each in left]
        payload = {"subscriptions": [each.subscription_id for each in left]}
        answers_to = desk.answer_address(lists[0], RETURN, UNDO, person_id=person_id, payload=payload)
        to = Recipient(left[0].address, left[0].name, left[0].language)
        desk.send("goodbye", lists[0], to, answers_to=answers_to, groups=[each.title for each in lists])
    return len(by_person)


def goodbyes(desk: Desk) -> int:
    """Chore: whoever left by the link is told goodbye too."""
    return say_goodbye(desk, unsaid_farewells(desk.connection, desk.now))


def confirm_return(desk: Desk, letter: Letter, token: Token) -> None:
    """Everything is as it was before she left, for the groups the goodbye named; a no leaves it so for good.

    A goodbye of hers changes nothing and the way back stays open; what cannot be told is asked back.
    """
    wants = wants_back(letter.message)
    if token.person_id is None or (wants is None and says_goodbye(letter.message)):
        return
    if wants is None:
        _ask_whether_back(desk, letter, token)
    elif tokens.use(desk.connection, token, desk.now) and wants:
        _bring_back(desk, letter, token)


def _ask_whether_back(desk: Desk, letter: Letter, token: Token) -> None:
    """Once a day, in words of its own: the goodbye had asked nothing."""
    left = farewells_of(desk.connection, token.payload["subscriptions"])
    if not left or not desk.may_answer(left[0].address, f"asked-back:{RETURN}"):
        return
    titles = [list_by_id(desk.connection, each.list_id).title for each in left]
    again = desk.answer_address(
        letter.mail_list, RETURN, UNDO, person_id=token.person_id, object_id=token.object_id, payload=token.payload
    )
    to = Recipient(left[0].address, left[0].name, left[0].language)
    in_reply_to = letter.message.message_id
    desk.send("return_unclear", letter.mail_list, to, answers_to=again, in_reply_to=in_reply_to, groups=titles)


def _bring_back(desk: Desk, letter: Letter, token: Token) -> None:
    said = first_own_line(letter.message)
    person_id = token.person_id or 0
    back = [
        subscription_id
        for subscription_id in token.payload["subscriptions"]
        if come_back(desk.connection, subscription_id, "mail", said, desk.now)
    ]
    places = [each for each in groups_of(desk.connection, person_id, desk.now) if each.id in back]
    if places:
        to = desk.person(person_id, places[0].name, places[0].address)
        titles = [list_by_id(desk.connection, each.list_id).title for each in places]
        desk.send("welcome_back", letter.mail_list, to, groups=titles)


def _means_all(line: str) -> bool:
    return fold(line) in _ALL
