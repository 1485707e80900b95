"""A post, a part of it or words are taken out of everything that is kept, in the transaction of whoever asks.

    the post's octets     a dated stub with its ids, or the octets without the part or words
    posts that quote it   the quoted words masked, their texts derived anew
    letters and reports   what came to the list's program: quotations masked, attached originals gone
    mail of our own       digests, questions to moderators, notices: the same
    copies not yet sent   dropped, or made anew from what is left
    shelf, dates, drafts  items gone, words masked
    index, pages, feed, exports   they read the above

Promises: all of it or nothing; the log says who, when and why, never what. Not reached: what people have in their
mailboxes, and words inside documents and pictures other than a part that is itself taken down.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial, reduce
from itertools import chain
from operator import or_
from typing import Literal, TypeAlias

from listserv.errors import NotFound, Refused
from listserv.inbound.days import told_day, zone_of
from listserv.inbound.desk import Desk
from listserv.inbound.indexing import derive
from listserv.mail.address import Mailbox
from listserv.mail.compose import HeaderValue, compose
from listserv.mail.parse import Message, parse
from listserv.mail.removal import (
    MASK,
    Removal,
    Wording,
    holds,
    masked,
    masked_title,
    phrase,
    quotations,
    without,
    without_part,
    word_count,
)
from listserv.mail.subject import base_subject
from listserv.mail.text.body import Attachment, body
from listserv.model.lists import MailList
from listserv.store import moderation, search, takedowns
from listserv.store.engine import lock_list
from listserv.store.folding import fold_words
from listserv.store.lists import list_by_id
from listserv.store.restrictions import thread_subject
from listserv.store.takedowns import Filed, Kept
from listserv.store.week_texts import drop_from_shelf, rewrite_texts

Kind = Literal["withdrawn", "post", "part", "words"]

TAKE_DOWN = "take-down"  # the purpose of the tokens that ask a moderator
DIGESTS_WITHIN = timedelta(days=100)  # a monthly one and a holiday
DIGEST_CHARACTERS = 60  # a digest tells at least so much of a post, unless it only names its author
SECOND = timedelta(seconds=1)
WORDS_CHARACTERS = 500
REASON_CHARACTERS = 500

# Of each of these sets all words must be there; an empty one tells nothing.
Needles: TypeAlias = Collection[frozenset[bytes]]
_PLAIN_WORD = re.compile(r"(?<![^\W_])[a-z0-9]{4,60}(?![^\W_])")
_VOWELS = str.maketrans("āēīōūĀĒĪŌŪ", "aeiouAEIOU")
_MACRONS = {
    chr(plain).encode(): (octets, b"".join(b"=%02X" % octet for octet in octets))
    for mark, plain in _VOWELS.items()
    for octets in (chr(mark).encode(),)
}


@dataclass(frozen=True, slots=True)
class Removed:
    """What was done: `others` got a copy of the post before, `changed` other posts had quoted it or said the words."""

    mail_list: MailList
    post: Filed
    kind: Kind
    others: int
    changed: int


def find_post(desk: Desk, post_id: int) -> Filed:
    """The post. Raises NotFound, and Refused if it was taken down already."""
    found = next(iter(takedowns.filed_posts(desk.connection, [post_id])), None)
    if found is None:
        raise NotFound(f"There is no post {post_id}.")
    if found.taken_down_at is not None:
        raise Refused(f"Post {post_id} was taken down already.")
    return found


def others_with(desk: Desk, post: Filed) -> int:
    """How many people besides its author the relay has taken a copy for."""
    return len(takedowns.who_has(desk.connection, post.id))


def attachments(post: Filed) -> tuple[Attachment, ...]:
    """The parts that can be taken down alone."""
    return body(parse(post.octets)).attachments


def says(post: Filed, words: str) -> bool:
    """Whether the post says these words in a row."""
    return holds(post.octets, Removal("", phrase(words[:WORDS_CHARACTERS])))


def remove_post(desk: Desk, post_id: int, kind: Literal["withdrawn", "post"], actor: str, reason: str = "") -> Removed:
    """The post is a stub in its thread, in every list it went to, and waits in none. Raises NotFound, Refused."""
    asked = find_post(desk, post_id)
    mails = takedowns.posts_of_mail(desk.connection, asked.message_id)
    siblings = [each for each in mails if each.taken_down_at is None]
    mail_list = list_by_id(desk.connection, asked.list_id)
    others = sum(others_with(desk, each) for each in siblings)
    stub = stub_text(desk, mail_list, kind)
    changed = sum(_empty(desk, each, stub) for each in siblings)
    for content_id in takedowns.contents_of_mail(desk.connection, asked.message_id):
        octets = stub_of(mail_list, asked.octets, asked.node, asked.date_at, stub)
        takedowns.rewrite(desk.connection, content_id, octets)
    takedowns.withdraw_held(desk.connection, asked.message_id, desk.now)
    for each in siblings:
        _log(desk, each, kind, actor, reason)
    return Removed(mail_list, asked, kind, others, changed)


def remove_part(desk: Desk, post_id: int, index: int, actor: str, reason: str = "") -> Removed:
    """The attachment with this index (in `attachments`) is gone from the post and from whatever holds it too.

    Raises NotFound, Refused.
    """
    asked = find_post(desk, post_id)
    mail_list = _locked(desk, asked)
    stub = stub_text(desk, mail_list, "part")
    taken = without_part(asked.octets, index, stub)
    name = next((each.filename for each in attachments(asked) if each.part_index == index), None)
    if taken is None or name is None:
        raise Refused(f"Post {post_id} has no part {index} that can be taken down alone.")
    octets, digest = taken
    removal = Removal(stub, parts=frozenset({digest}))
    others, changed = others_with(desk, asked), 0
    _put(desk, asked, octets)
    for each in takedowns.posts_of_message(desk.connection, asked.message_id):
        changed += _clean(desk, takedowns.followers(desk.connection, each), removal)
        names = [name, *filter(_is_its_own, drop_from_shelf(desk.connection, each.id, index))]
        in_mail = replace(removal, wording=reduce(or_, map(phrase, names)))
        told = [*map(_needles, names)]
        clean_letters(desk, each.list_id, each.known_since, in_mail, [named(each.node), *filter(None, told)])
        _clean_digests(desk, each.known_since, each.known_since + DIGESTS_WITHIN, in_mail, told)
        _log(desk, each, "part", actor, reason)
    return Removed(mail_list, asked, "part", others, changed)


def remove_words(desk: Desk, post_id: int, words: str, actor: str, reason: str = "") -> Removed:
    """The words are masked in the post, in every post of its lists that says or quotes them, and in all our mail.

    Raises NotFound, Refused if the post does not say them.
    """
    asked = find_post(desk, post_id)
    mail_list = _locked(desk, asked)
    said = phrase(words[:WORDS_CHARACTERS])
    removal = Removal(stub_text(desk, mail_list, "words"), said)
    if not said or not says(asked, words):
        raise Refused(f"Post {post_id} does not say these words.")
    others, changed = others_with(desk, asked), -1
    for each in takedowns.posts_of_message(desk.connection, asked.message_id):
        saying = takedowns.posts_saying(desk.connection, each.list_id, fold_words(words[:WORDS_CHARACTERS]))
        changed += _clean(desk, {*saying, each.id}, removal)
        since = min(post.known_since for post in takedowns.filed_posts(desk.connection, {*saying, each.id}))
        clean_letters(desk, each.list_id, since, removal, [_needles(words)])
        _clean_digests(desk, since, desk.now + SECOND, removal, [_needles(words)])
        _clean_notes(desk, each.list_id, said)
        rewrite_texts(desk.connection, each.list_id, partial(masked, wording=said))
        takedowns.forget_tokens(desk.connection, each.list_id, TAKE_DOWN)
        _log(desk, each, "words", actor, reason)
    return Removed(mail_list, asked, "words", others, max(changed, 0))


def day_of(desk: Desk, mail_list: MailList, post: Filed, language: str) -> str:
    """When the post was written, for its author and moderators: it may not be named by what it says."""
    at = post.date_at.astimezone(zone_of(mail_list, desk.settings))
    return f"{told_day(at.date(), language or mail_list.settings.language)}, {at:%H:%M}"


# --- one post


def _locked(desk: Desk, post: Filed) -> MailList:
    takedowns.begin_removal(desk.connection)
    lock_list(desk.connection, post.list_id)
    return list_by_id(desk.connection, post.list_id)


def _empty(desk: Desk, post: Filed, stub: str) -> int:
    """Nothing is left of the post in its list; gives how many other posts had quoted it."""
    connection = desk.connection
    mail_list = _locked(desk, post)
    post = replace(post, own=post.own or derive(connection, post).own)
    founded = takedowns.founded_thread(connection, post)
    title = base_subject(thread_subject(connection, post.thread_id)).text
    its_own = post.subject if founded or base_subject(post.subject).text != title else ""
    removal = _removal_of(post, its_own, stub)
    changed = _clean(desk, takedowns.followers(connection, post), removal)
    takedowns.empty_post(connection, post, removal.title_mask if its_own else post.base_subject, desk.now)
    if founded:
        takedowns.retitle_thread(connection, post.thread_id, removal.title_mask)
    in_mail = replace(removal, wording=removal.wording | (removal.titles if word_count(its_own) > 1 else Wording()))
    shared = [text for text in drop_from_shelf(connection, post.id) if _is_its_own(text)]
    rewrite_texts(connection, post.list_id, partial(masked, wording=in_mail.wording))
    in_mail = replace(in_mail, wording=reduce(or_, map(phrase, shared), in_mail.wording))
    about = [named(post.node), *filter(None, map(_needles, (its_own, *shared)))]
    clean_letters(desk, post.list_id, post.known_since, in_mail, about)
    told = [_needles(text) for text in (its_own, post.own[:DIGEST_CHARACTERS], *shared) if text]
    until = post.known_since + DIGESTS_WITHIN
    _clean_digests(desk, post.known_since, until, in_mail, told)
    takedowns.forget_tokens(connection, mail_list.id, TAKE_DOWN)
    return changed


def _is_its_own(shared: str) -> bool:
    """Whether a title, a file's name or a link on the shelf is more than everybody's words, or a site's first page."""
    return word_count(shared) > (4 if "://" in shared else 2)


def _removal_of(post: Filed, its_own: str, stub: str) -> Removal:
    """What of the post is to go elsewhere; a short subject goes from subjects alone, as its words are everybody's."""
    titles = phrase(base_subject(its_own).text)
    wording = quotations(post.own)
    if word_count(its_own) > 2:
        wording = wording | titles
    return Removal(stub, wording, titles, f"[removed {post.id}]", messages=frozenset({post.node}))


def _clean(desk: Desk, post_ids: Collection[int], removal: Removal) -> int:
    """These posts hold nothing of it any more; gives how many were changed."""
    changed = 0
    for post in takedowns.filed_posts(desk.connection, post_ids):
        if post.taken_down_at is not None:
            continue
        octets = without(post.octets, removal)
        if octets is not None:
            _put(desk, post, octets)
        changed += _retitle(desk, post, octets or post.octets, removal) or octets is not None
    return changed


def _retitle(desk: Desk, post: Filed, octets: bytes, removal: Removal) -> bool:
    """An answer to an update is filed under its conversation's subject, which stands nowhere in its octets."""
    subject = masked_title(post.subject, removal)
    if subject == post.subject or post.subject == parse(post.octets).subject:
        return False
    changed = replace(post, subject=subject, base_subject=base_subject(subject).text, octets=octets)
    takedowns.change_post(desk.connection, post.id, changed.subject, changed.base_subject)
    search.index_post(desk.connection, derive(desk.connection, changed), desk.now)
    return True


def _put(desk: Desk, post: Filed, octets: bytes) -> None:
    """The message consists of these octets: its subject, its text and the index follow, in each list it went to."""
    connection = desk.connection
    takedowns.rewrite(connection, post.content_id, octets)
    subject = parse(octets).subject
    is_new = subject != parse(post.octets).subject
    for each in takedowns.posts_of_message(connection, post.message_id):
        if each.taken_down_at is not None:
            continue
        if is_new and takedowns.founded_thread(connection, each):
            takedowns.retitle_thread(connection, each.thread_id, subject)
        changed = replace(each, subject=subject, base_subject=base_subject(subject).text) if is_new else each
        takedowns.change_post(connection, each.id, changed.subject, changed.base_subject)
        search.index_post(connection, derive(connection, changed), desk.now)


def stub_of(mail_list: MailList, octets: bytes, node: str, date_at: datetime, text: str) -> bytes:
    """What stands in the archive instead: its place in the thread and its date, and nothing its author wrote."""
    message = parse(octets)
    headers: dict[str, HeaderValue] = {
        "From": Mailbox(mail_list.title, mail_list.address),
        "Date": date_at,
        "Message-ID": f"<{node}>".encode("ascii", "replace"),
    }
    references = _references(message)
    if references:
        headers["References"] = references
    return compose(headers, text + "\n")


def _references(message: Message) -> bytes:
    ids = [node for node in message.references if node.isascii() and node.isprintable() and " " not in node]
    return " ".join(f"<{node}>" for node in ids).encode()


def stub_text(desk: Desk, mail_list: MailList, kind: Kind) -> str:
    language = mail_list.settings.language
    day = told_day(desk.now.astimezone(zone_of(mail_list, desk.settings)).date(), language)
    template = desk.templates.get_template("email/taken_down_stub.txt")
    return " ".join(template.render(locale=language, kind=kind, day=day).split())


# --- what is no post


def clean_letters(desk: Desk, list_id: int, since: datetime, removal: Removal, needles: Needles) -> None:
    """Letters to the list since then, and notices of ours, hold nothing of it any more.

    Here as in `_clean_digests` only what holds one of the needles is looked into, where there are any.
    """
    letters = takedowns.letters_since(desk.connection, list_id, since)
    _clean_kept(desk, chain(letters, takedowns.notices_since(desk.connection, list_id, since)), removal, needles)


def _clean_digests(desk: Desk, since: datetime, until: datetime, removal: Removal, needles: Needles) -> None:
    """The digests of that time hold nothing of it any more."""
    _clean_kept(desk, takedowns.digests_between(desk.connection, since, until), removal, needles)


def _clean_kept(desk: Desk, kept: Iterable[Kept], removal: Removal, needles: Needles) -> None:
    for each in kept:
        octets = without(each.octets, removal) if _may_hold(each.octets, needles) else None
        if octets is not None:
            takedowns.rewrite(desk.connection, each.content_id, octets)


def _may_hold(octets: bytes, needles: Needles) -> bool:
    """Whether the octets hold every word of one of the needles, or cannot be looked into without reading them."""
    if not all(needles) or b"base64" in octets:
        return True
    plain = octets.replace(b"=\r\n", b"")
    if not plain.isascii() or b"=C4" in plain or b"=C5" in plain:
        for letter, spellings in _MACRONS.items():
            for spelling in spellings:
                plain = plain.replace(spelling, letter)
    plain = plain.lower()
    return any(all(word in plain for word in needle) for needle in needles)


def named(node: str) -> frozenset[bytes]:
    """The needle for what names the post by its Message-ID."""
    return frozenset({node.lower().encode()})


def _needles(words: str) -> frozenset[bytes]:
    """The longer plain words of it, which stand in octets as they are."""
    plain = words[:WORDS_CHARACTERS].translate(_VOWELS).lower()
    return frozenset(found.encode() for found in _PLAIN_WORD.findall(plain))


def _clean_notes(desk: Desk, list_id: int, said: Wording) -> None:
    for decision_id, note in takedowns.notes(desk.connection, list_id):
        new = masked(note, said, MASK)
        if new != note:
            takedowns.change_note(desk.connection, decision_id, new)


def _log(desk: Desk, post: Filed, kind: Kind, actor: str, reason: str) -> None:
    reason = " ".join(reason.split())[:REASON_CHARACTERS]
    takedowns.log_takedown(desk.connection, post.list_id, post.id, kind, actor, reason, desk.now)
    verdict = "withdraw" if kind == "withdrawn" else "take down"
    moderation.log_decision(
        desk.connection, post.list_id, post.message_id, verdict, kind, desk.now, actor=actor, note=reason
    )
