"""Groups side by side: who asks to join one is offered the others of the network that want to be offered.

Law as for the one group: nobody is in a group whose address has not itself said so; the answer names them, by "all" or
by the numbers they stood under. A group that is by invitation, closed, or has banned her is never offered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from listserv.inbound.desk import Desk
from listserv.inbound.judging import author_in
from listserv.mail.text.answer import plain
from listserv.model.lists import JoinPolicy, MailList
from listserv.store import tokens
from listserv.store.folding import fold
from listserv.store.lists import is_banned, lists_of_network

MOST = 20
QUESTION = "join-sibling"
_ALL = frozenset(fold(word) for word in ("all", "all please", "yes all", "yes to all", "katoa", "āe katoa"))
_BETWEEN = re.compile(r"[\s,;&+.]+")
_NUMBER = re.compile(r"[0-9]{1,2}")
_FILLING = frozenset(fold(word) for word in ("yes", "āe", "and", "me", "number", "numbers", "nama", "please", "join"))


def offered(desk: Desk, mail_list: MailList, key: str) -> list[MailList]:
    """The groups to offer beside this one, by title; none where this one is no sibling itself."""
    if not mail_list.settings.siblings:
        return []
    beside = lists_of_network(desk.connection, mail_list.network_id)
    found = [each for each in beside if each.id != mail_list.id and each.settings.siblings]
    return [each for each in found if is_open(desk, each, key)][:MOST]


def is_open(desk: Desk, mail_list: MailList, key: str) -> bool:
    """Whether whoever has the address is not in the group, and may ask to be."""
    if mail_list.archived_at is not None or mail_list.settings.join is JoinPolicy.INVITATION:
        return False
    place = author_in(desk.connection, mail_list, key, desk.now)
    return not (place and place.id) and not is_banned(desk.connection, mail_list, key, desk.now)


def chosen(line: str, groups: Sequence[MailList]) -> list[MailList]:
    """Those of the offered groups that the answer names and says nothing else beside. Pure."""
    said = plain(line)
    if fold(said) in _ALL:
        return list(groups)
    words = [word for word in _BETWEEN.split(said) if word and fold(word) not in _FILLING]
    if not all(_NUMBER.fullmatch(word) for word in words):
        return []
    numbers = dict.fromkeys(int(word) for word in words)
    return [groups[number - 1] for number in numbers if 1 <= number <= len(groups)]


def question_about(desk: Desk, mail_list: MailList) -> int:
    """A number of its own for the question to those who decide about this group; no answer to it comes here."""
    token = tokens.issue(desk.connection, mail_list.id, QUESTION, desk.now, timedelta(days=14))
    found = tokens.find(desk.connection, mail_list.id, token, desk.now)
    return found.id if found else 0
