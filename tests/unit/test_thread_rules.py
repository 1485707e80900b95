"""The cases that threading stands or falls with, each by its name: what the rules make of them."""

from __future__ import annotations

import pytest

from listserv.mail.thread import Evidence, Link, Partition, Rule, partition
from tests.conversations import evidence_of, groups, post

CONVERSATION = bytes(range(1, 23))
REPLY = CONVERSATION + b"12345"


def full(*posts: Evidence) -> Partition:
    return partition(posts, Rule.FULL)


def plain(*posts: Evidence) -> Partition:
    return partition(posts, Rule.PLAIN)


def threads(partition: Partition) -> set[frozenset[int]]:
    return groups(partition.threads)


def together(*posts: Evidence) -> bool:
    """True if both rules put all of them into one thread."""
    return len(threads(full(*posts))) == len(threads(plain(*posts))) == 1


def apart(*sets: set[int]) -> set[frozenset[int]]:
    return {frozenset(keys) for keys in sets}


def mail(key: int, header: str, body: str = "Kia ora\n") -> Evidence:
    """Evidence of a message with this header; From, Date and a Message-ID `key@x` unless it has its own."""
    if "Message-ID:" not in header:
        header = f"Message-ID: <{key}@x>\n{header}"
    date = f"Date: Mon, 12 Oct 2026 09:{key:02d}:00 +1300"
    return evidence_of(key, f"From: a@school.example.nz\n{date}\n{header}\n\n{body}".replace("\n", "\r\n").encode())


# --- ids


def test_bare_in_reply_to() -> None:
    assert together(mail(1, "Subject: Frogs"), mail(2, "Subject: Toads\nIn-Reply-To: 1@x", "> Kia ora"))


def test_comma_list() -> None:
    last = mail(3, "References: <1@x>,<2@x>", "> Kia ora")
    assert last.ids == ("1@x", "2@x")
    assert together(mail(1, ""), mail(2, ""), last)


def test_newest_first() -> None:
    """HCL Notes: newest first, with commas, so the parent is the first and what it was cut from the last."""
    frogs, cut = post(1, "1@x", subject="frogs"), post(2, "2@x", "1@x", subject="toads", quotes=False)
    answer = mail(3, "Subject: Re: Toads\nIn-Reply-To: <2@x>\nReferences: <2@x>,\n <1@x>")
    assert answer.ids == ("1@x", "2@x")
    assert threads(full(frogs, cut, answer)) == apart({1}, {2, 3})


def test_folded_id() -> None:
    assert together(mail(1, "Message-ID: <long.part@x>"), mail(2, "References: <long\n .part@x>"))


def test_replaced_domain_is_found_by_the_other_references_or_the_subject() -> None:
    """HCL Notes writes the parent as `...@LocalDomain`: not matched, and no need to."""
    first = mail(1, "Message-ID: <OF1234.5678@example.nz>\nSubject: Frogs")
    by_subject = mail(2, "Subject: Re: Frogs\nReferences: <OF1234.5678@LocalDomain>")
    assert full(first, by_subject).links[2] is Link.SUBJECT
    assert together(first, by_subject)
    third = mail(3, "Subject: Pond\nReferences: <OF1234.5678@LocalDomain>,<OF1234.5678@example.nz>", "> Kia ora")
    assert together(first, third)


def test_ids_differ_by_case_alone() -> None:
    assert not together(post(1, "Ab@x"), post(2, "c@x", "ab@x"))


def test_late_parent() -> None:
    assert together(post(2, "2@x", "1@x", day=1), post(1, "1@x", day=9))


def test_lost_parent_with_two_orphans() -> None:
    assert together(post(1, "1@x", "lost@x"), post(2, "2@x", "lost@x"))


def test_three_way_merge() -> None:
    assert together(post(1, "1@x"), post(2, "2@x"), post(3, "3@x"), post(4, "4@x", "1@x", "2@x", "3@x"))


def test_duplicate_id() -> None:
    """The same message sent twice, its text changed: one node, so one thread, with the threads of both."""
    assert together(post(1, "1@x"), post(2, "2@x"), post(3, "3@x", "1@x"), post(4, "3@x", "2@x"))


def test_loop() -> None:
    found = full(post(1, "1@x", "2@x"), post(2, "2@x", "1@x"), post(3, "3@x", "1@x"))
    assert threads(found) == apart({1, 2, 3})
    cut = [
        post(1, "1@x", "2@x", subject="frogs", quotes=False),
        post(2, "2@x", "1@x", subject="toads", quotes=False),
        post(3, "3@x", "1@x", "2@x", subject="newts"),
    ]
    assert threads(full(*cut)) == apart({1}, {2, 3})
    assert full(*cut).continued_from == {1: "2@x", 2: "1@x"}


def test_nothing_joins_nothing() -> None:
    assert threads(full()) == threads(plain()) == set()
    assert not together(post(1, "1@x", subject="frogs"), post(2, "2@x", subject="frogs"))


# --- the reply subject


ASKS = post(1, "1@x", subject="frogs")


@pytest.mark.parametrize(
    ("answer", "joins"),
    [
        (post(2, "2@x", day=30, subject="frogs", reply=True), True),
        (post(2, "2@x", day=30.001, subject="frogs", reply=True), False),
        (post(2, "2@x", day=-1, subject="frogs", reply=True), False),
        (post(2, "2@x", day=1, subject="frogs"), False),
        (post(2, "2@x", day=1, subject="frog", reply=True), False),
        (post(2, "2@x", "gone@x", day=1, subject="frogs", reply=True), True),
        (post(2, "2@x", subject="frogs", reply=True), True),
        (post(2, "0@x", subject="frogs", reply=True), False),
    ],
    ids=["30 days", "older", "before", "no prefix", "another", "ghost", "same time, id after", "same time, id before"],
)
def test_orphan_by_subject(answer: Evidence, joins: bool) -> None:
    for found in (full(ASKS, answer), plain(ASKS, answer)):
        assert found.by_subject == ({2} if joins else set())
        assert len(threads(found)) == (1 if joins else 2)


def test_no_orphan_if_one_id_is_archived_before_or_after() -> None:
    later = post(3, "3@x", day=90, subject="newts")
    answer = post(2, "2@x", "3@x", day=1, subject="frogs", reply=True)
    assert threads(full(ASKS, answer, later)) == threads(plain(ASKS, answer, later)) == apart({1}, {2, 3})


def test_the_latest_before_it_is_taken() -> None:
    again = post(2, "2@x", day=20, subject="frogs")
    answer = post(3, "3@x", day=21, subject="frogs", reply=True)
    after = post(4, "4@x", day=22, subject="frogs")
    expected = apart({1}, {2, 3}, {4})
    assert threads(full(ASKS, again, answer, after)) == threads(plain(ASKS, again, answer, after)) == expected


def test_its_own_double_is_no_earlier_post() -> None:
    double = post(2, "2@x", day=1, subject="frogs")
    assert together(ASKS, double, post(3, "2@x", day=2, subject="frogs", reply=True))


def test_short_and_empty_words_find_nothing() -> None:
    assert together(post(1, "1@x", subject="newt"), post(2, "2@x", day=1, subject="newt", reply=True))
    for subject in ("abc", ""):
        assert not together(post(1, "1@x", subject=subject), post(2, "2@x", day=1, subject=subject, reply=True))
    hello = [post(1, "1@x", subject="kia ora"), post(2, "2@x", day=1, subject="kia ora", reply=True)]
    assert len(threads(full(*hello))) == 2
    assert len(threads(plain(*hello))) == 1


def test_prefixes() -> None:
    asks = mail(1, "Subject: [plg] Frogs in week 3")
    assert together(asks, mail(2, "Subject: [plg] AW: Re: frogs  in week 3"))
    assert len(threads(full(asks, mail(2, "Subject: Fwd: Frogs in week 3")))) == 2


# --- hijack


def test_hijack() -> None:
    asks, hijack = post(1, "1@x", subject="frogs"), post(2, "2@x", "1@x", subject="toads", quotes=False)
    found = full(asks, hijack)
    assert threads(found) == apart({1}, {2})
    assert found.links[2] is Link.CUT
    assert found.continued_from == {2: "1@x"}
    assert threads(plain(asks, hijack)) == apart({1, 2})


@pytest.mark.parametrize(
    "answer",
    [
        post(2, "2@x", "1@x", subject="toads", quotes=False, reply=True),
        post(2, "2@x", "1@x", subject="toads", quotes=True),
        post(2, "2@x", "1@x", subject="toads", quotes=None),
        post(2, "2@x", "1@x", subject="frogs", quotes=False),
        post(2, "2@x", "1@x", subject="", quotes=False),
        post(2, "2@x", "gone@x", "1@x", subject="toads", quotes=True),
    ],
    ids=["renamed with prefix", "renamed with quotation", "nobody looked", "same subject", "no subject", "ghost"],
)
def test_no_hijack(answer: Evidence) -> None:
    assert together(ASKS, answer)


def test_an_empty_subject_of_the_parent_says_nothing() -> None:
    assert together(post(1, "1@x"), post(2, "2@x", "1@x", subject="toads", quotes=False))


def test_the_parent_is_the_nearest_archived_id() -> None:
    toads = post(2, "2@x", "1@x", subject="toads", quotes=True)
    answer = post(3, "3@x", "1@x", "2@x", "gone@x", subject="toads", quotes=False)
    assert together(ASKS, toads, answer)
    assert full(ASKS, toads, post(3, "3@x", "2@x", "1@x", subject="toads", quotes=False)).links[3] is Link.CUT


def test_answers_to_a_hijack_stay_with_it() -> None:
    cut = post(2, "2@x", "1@x", subject="toads", quotes=False)
    answer = post(3, "3@x", "1@x", "2@x", subject="toads", reply=True)
    short = post(4, "4@x", "1@x", "3@x", subject="toads", reply=True)
    lost = post(5, "5@x", "1@x", "2@x", "gone@x", subject="toads", reply=True)
    late = post(6, "6@x", "gone@x", subject="toads", reply=True)
    beside = post(7, "7@x", "1@x", subject="frogs", reply=True)
    found = full(ASKS, cut, answer, short, lost, late, beside)
    assert threads(found) == apart({1, 7}, {2, 3, 4, 5, 6})
    assert found.links[4] is Link.BELOW
    assert found.links[7] is Link.IDS


def test_a_hijack_of_a_hijack() -> None:
    toads = post(2, "2@x", "1@x", subject="toads", quotes=False)
    newts = post(3, "3@x", "1@x", "2@x", subject="newts", quotes=False)
    answer = post(4, "4@x", "1@x", "2@x", "3@x", subject="newts", reply=True)
    found = full(ASKS, toads, newts, answer)
    assert threads(found) == apart({1}, {2}, {3, 4})
    assert found.continued_from == {2: "1@x", 3: "2@x"}


# --- Thread-Index, reply address


def test_thread_index_before_token_before_subject() -> None:
    outlook = post(1, "1@x", subject="frogs", index=CONVERSATION)
    prompt = post(2, "2@x", subject="frogs")
    latest = post(3, "3@x", day=1, subject="frogs")
    for index, token, home, link in [
        (REPLY, "2@x", 1, Link.INDEX),
        (None, "2@x", 2, Link.TOKEN),
        (None, None, 3, Link.SUBJECT),
        (CONVERSATION, None, 3, Link.SUBJECT),
        (b"\xff" * 40, "gone@x", 3, Link.SUBJECT),
    ]:
        answer = post(4, "4@x", day=2, subject="frogs", reply=True, index=index, token=token)
        found = full(outlook, prompt, latest, answer)
        assert found.links[4] is link
        assert found.threads[4] == home


def test_an_archived_id_counts_before_all_else() -> None:
    other = post(2, "2@x", index=CONVERSATION, subject="toads")
    answer = post(3, "3@x", "1@x", index=REPLY, token="2@x", subject="toads", reply=True)
    assert threads(full(ASKS, other, answer)) == apart({1, 3}, {2})


def test_answers_of_a_conversation_whose_first_post_is_lost() -> None:
    first, second = post(1, "1@x", index=REPLY), post(2, "2@x", index=REPLY + b"54321", day=1)
    assert threads(full(first, second)) == apart({1, 2})
    assert threads(full(first, post(2, "2@x", day=1, index=CONVERSATION))) == apart({1, 2})


def test_a_hijack_is_not_put_back_by_its_thread_index() -> None:
    asks = post(1, "1@x", subject="frogs", index=CONVERSATION)
    assert threads(full(asks, post(2, "2@x", "gone@x", subject="toads", quotes=False, index=REPLY))) == apart({1}, {2})


def test_digest_reply() -> None:
    """An answer to a digest names the digest, which is no post; the reply address of an item names its thread."""
    digest_answer = post(2, "2@x", "digest@lists", subject="weekly update", reply=True, quotes=True, token="1@x")
    assert full(ASKS, digest_answer).links[2] is Link.TOKEN
    assert threads(full(ASKS, digest_answer)) == apart({1, 2})


def test_a_token_loses_to_another_subject() -> None:
    """A phone completed the group's name to an old reply address; the author began something new."""
    completed = post(2, "2@x", subject="school trip", quotes=False, token="1@x")
    found = full(ASKS, completed)
    assert threads(found) == apart({1}, {2})
    assert found.continued_from == {}
    for believed in (
        post(2, "2@x", subject="", quotes=False, token="1@x"),
        post(2, "2@x", subject="frogs", quotes=False, token="1@x"),
        post(2, "2@x", subject="school trip", quotes=True, token="1@x"),
        post(2, "2@x", subject="school trip", quotes=None, token="1@x"),
    ):
        assert threads(full(ASKS, believed)) == apart({1, 2})
