"""What the rows of threads do as posts come: which row goes on, which becomes an alias, what each row tells."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, event, insert, text, update

from listserv.mail.parse import parse
from listserv.mail.thread import Evidence, Link
from listserv.store.engine import Database
from listserv.store.schema import messages, posts, threads
from listserv.store.threads import load_evidence, rethread
from tests.conversations import START, Room, add_list, add_messages, assert_agrees, open_archive, post

INDEX = bytes(range(22))


@pytest.fixture
def room(database_url: str) -> Iterator[Room]:
    with open_archive(database_url, 1300) as (connection, message_ids):
        yield Room(connection, message_ids)


def public_id(room: Room, thread: int) -> str:
    return str(room.thread_rows()[thread]["public_id"])


def resolved(room: Room, public_id: str) -> int:
    """The row that goes on under this public id: its own, or the one it was merged into, one step away."""
    rows = room.thread_rows()
    (found,) = [row for row in rows.values() if row["public_id"] == public_id]
    there = rows[found["alias_of"]] if found["alias_of"] is not None else found
    assert there["alias_of"] is None
    return int(there["id"])


def test_a_thread_and_its_replies(room: Room) -> None:
    first = room.place(post(1, "1@x", subject="frogs"))
    reply = room.place(post(2, "2@x", "1@x", day=1, subject="frogs", reply=True))
    assert (first.link, reply.link) == (Link.NONE, Link.IDS)
    assert reply.thread_id == first.thread_id
    assert reply.moved == 0
    row = room.thread_rows()[first.thread_id]
    assert (row["posts"], row["subject"], row["first_at"]) == (2, "Subject of 1@x", START)
    assert len(row["public_id"]) == 12
    assert resolved(room, row["public_id"]) == first.thread_id


def test_a_merge_goes_on_under_the_oldest_row_and_aliases_stay_one_step_long(room: Room) -> None:
    names = [f"{number}@x" for number in range(4)]
    rows = [room.place(post(number, name)).thread_id for number, name in enumerate(names)]
    public = [public_id(room, row) for row in rows]
    assert room.place(post(10, "10@x", names[3], names[2])).moved == 1
    assert room.place(post(11, "11@x", names[3], names[1])).moved == 3
    assert room.place(post(12, "12@x", names[2], names[0])).thread_id == rows[0]
    assert [resolved(room, name) for name in public] == [rows[0]] * 4
    told = room.thread_rows()
    assert [told[row]["alias_of"] for row in rows] == [None, rows[0], rows[0], rows[0]]
    assert [told[row]["posts"] for row in rows] == [7, 0, 0, 0]


def test_a_link_by_subject_is_undone_when_the_parent_comes(room: Room) -> None:
    frogs = room.place(post(1, "1@x", subject="frogs"))
    orphan = room.place(post(2, "2@x", "3@x", day=2, subject="frogs", reply=True))
    assert (orphan.link, orphan.thread_id) == (Link.SUBJECT, frogs.thread_id)
    parent = room.place(post(3, "3@x", day=1, subject="newts"))
    assert (parent.moved, parent.link) == (1, Link.NONE)
    assert room.links()[2] is Link.IDS
    homes = room.threads()
    assert homes[1] == frogs.thread_id
    assert homes[2] == homes[3] == parent.thread_id
    told = room.thread_rows()
    assert (told[homes[1]]["posts"], told[homes[3]]["posts"], told[homes[3]]["subject"]) == (1, 2, "Subject of 3@x")


def test_a_part_that_is_split_off_gets_its_old_public_id_back(room: Room) -> None:
    frogs = room.place(post(1, "1@x", subject="frogs"))
    late = room.place(post(2, "2@x", "4@x", day=40, subject="frogs", reply=True))
    public = public_id(room, late.thread_id)
    assert late.thread_id != frogs.thread_id
    bridge = room.place(post(3, "3@x", day=20, subject="frogs", reply=True))
    assert bridge.moved == 1
    assert resolved(room, public) == frogs.thread_id
    parent = room.place(post(4, "4@x", day=39, subject="newts"))
    assert resolved(room, public) == parent.thread_id == late.thread_id != frogs.thread_id
    assert room.threads() == {1: frogs.thread_id, 2: late.thread_id, 3: frogs.thread_id, 4: late.thread_id}


def test_a_late_parent_turns_an_answer_into_a_hijack(room: Room) -> None:
    room.place(post(1, "1@x", subject="frogs"))
    answer = room.place(post(2, "2@x", "1@x", "3@x", day=2, subject="frogs", quotes=False))
    assert room.threads()[2] == room.threads()[1]
    room.place(post(4, "4@x", "1@x", "2@x", day=3, subject="frogs", reply=True))
    parent = room.place(post(3, "3@x", "1@x", day=1, subject="newts", reply=True))
    homes = room.threads()
    assert homes[1] == homes[3] == parent.thread_id
    assert homes[2] == homes[4] != homes[1]
    assert room.links()[2] is Link.CUT
    assert room.links()[4] is Link.BELOW
    assert room.thread_rows()[homes[2]]["continued_from"] == 3
    assert answer.thread_id == homes[1]


def test_whoever_waits_for_a_reply_address_or_a_conversation_is_found(room: Room) -> None:
    waiting = post(1, "1@x", subject="newts", quotes=True, token="2@x")
    outlook = post(3, "3@x", "gone@x", index=INDEX + b"12345")
    placed = [waiting, outlook, post(2, "2@x", index=INDEX)]
    assert [room.place(item).moved for item in placed] == [0, 0, 2 - 1]
    assert len(set(room.threads().values())) == 1
    assert_agrees(room, placed)


FROGS = post(1, "1@x", subject="frogs", index=INDEX)
LATE = post(2, "2@x", day=10, subject="frogs", reply=True, index=INDEX + b"12345", token="9@x")
COMING = [
    [FROGS, post(2, "2@x", "lost@x"), post(3, "3@x", "lost@x", "1@x", subject="frogs", reply=True, day=1)],
    [FROGS, post(3, "3@x", subject="frogs", reply=True, day=10), post(4, "4@x", subject="frogs", day=5)],
    [FROGS, LATE, post(4, "4@x", subject="newts", index=INDEX, day=5)],
    [post(9, "9@x"), LATE, FROGS],
    [
        post(1, "9@x", day=-1, subject="frogs"),
        post(2, "7@x", subject="frogs"),
        post(3, "5@x", subject="frogs", reply=True),
    ],
    [FROGS, post(2, "2@x", day=1, subject="frogs"), post(3, "2@x", day=2, subject="frogs", reply=True)],
    [FROGS, post(2, "2@x", "1@x", "3@x", subject="toads", quotes=False), post(3, "3@x", subject="toads")],
    [
        FROGS,
        post(2, "2@x", "1@x", subject="toads", quotes=False),
        post(3, "3@x", "2@x", subject="toads", reply=True, day=1),
        post(4, "4@x", "1@x", "3@x", subject="toads", reply=True, day=2),
        post(5, "5@x", "4@x", subject="toads", reply=True, day=3),
    ],
    [
        FROGS,
        post(2, "2@x", "1@x", "lost@x", subject="toads", quotes=False),
        post(3, "3@x", "lost@x"),
        post(4, "4@x", "3@x", "lost@x", day=1),
        post(5, "5@x", "lost@x", day=-1),
    ],
    [
        post(1, "1@x", "lost@x"),
        post(2, "2@x", "1@x", "gone@x", day=1),
        post(3, "3@x", "4@x", "lost@x", subject="newts", quotes=False, day=2),
        post(4, "4@x", subject="frogs", day=3),
        post(5, "5@x", "2@x", "lost@x", day=4),
    ],
]


@pytest.mark.parametrize(
    "coming",
    COMING,
    ids=[
        "a parent and a ghost of another thread",
        "a nearer post of the subject",
        "a nearer post of the conversation",
        "a conversation after the reply address",
        "same time, a later and an earlier id",
        "its own double is no earlier post",
        "a nearer parent of the same subject undoes a cut",
        "answers below a cut, one by one",
        "a ghost named by a post that was cut off",
        "a ghost whose namer is cut off when its parent comes",
    ],
)
def test_what_comes_later_counts(room: Room, coming: list[Evidence]) -> None:
    for count, item in enumerate(coming, 1):
        room.place(item)
        assert_agrees(room, coming[:count])


def test_a_post_dated_first_names_its_thread(room: Room) -> None:
    placed = [
        post(1, "m@x", day=5),
        post(2, "b@x", "m@x", day=3),
        post(3, "a@x", "m@x", day=3),
        post(4, "c@x", "m@x", day=9),
    ]
    for item in placed:
        room.place(item)
        assert_agrees(room, [other for other in placed if other.key <= item.key])
    assert room.thread_rows()[room.threads()[1]]["subject"] == "Subject of a@x"


def test_lists_do_not_mix(room: Room) -> None:
    other = Room(room.connection, iter(range(1000, 1010)))
    for each in (room, other):
        each.place(post(1, "1@x", subject="frogs", index=INDEX))
    apart = other.place(post(2, "2@x", "1@x", subject="frogs", reply=True))
    assert apart.thread_id == other.threads()[1] != room.threads()[1]
    assert public_id(room, room.threads()[1]) != public_id(other, other.threads()[1])
    assert [item.node for item in load_evidence(room.connection, room.list_id)] == ["1@x"]


def test_a_public_id_that_is_taken_gives_another(room: Room) -> None:
    with room.connection.begin_nested() as savepoint:
        taken = public_id(room, room.place(post(1, "1@x")).thread_id)
        savepoint.rollback()
    elsewhere = {"list_id": add_list(room.connection), "public_id": taken, "first_at": START, "last_at": START}
    room.connection.execute(insert(threads), elsewhere)
    again = public_id(room, room.place(post(2, "1@x")).thread_id)
    assert again != taken
    assert len(again) == len(taken)


def test_what_no_index_takes_is_kept_all_the_same(room: Room) -> None:
    dice = random.Random(1)
    overlong = "".join(chr(dice.randrange(0x4E00, 0x9F00)) for _ in range(3000))
    index = dice.randbytes(9000)
    first = room.place(post(1, overlong, "gone@x", subject=overlong, index=index, token="gone@x"))
    other = room.place(post(2, overlong + "x", subject="frogs"))
    answer = room.place(post(3, "3@x", overlong, day=1, subject="toads", reply=True))
    by_subject = room.place(post(4, "4@x", day=2, subject=overlong, reply=True))
    by_index = room.place(post(5, "5@x", day=3, index=index))
    assert [answer.thread_id, by_subject.thread_id, by_index.thread_id] == [first.thread_id] * 3
    assert other.thread_id != first.thread_id


def test_evidence_comes_back_as_it_went_in(room: Room) -> None:
    given = [
        post(
            1, "1@x", "b@x", "a@x", "c@x", day=0.5, subject="tēnā", reply=True, quotes=False, index=INDEX, token="t@x"
        ),
        post(2, "2@x", quotes=True),
        post(3, "3@x"),
    ]
    keys = [room.place(item).post_id for item in given]
    loaded = {item.key: item for item in load_evidence(room.connection, room.list_id)}
    assert [loaded[key].node for key in keys] == ["1@x", "2@x", "3@x"]
    for key, item in zip(keys, given, strict=True):
        back = loaded[key]
        assert (back.ids, back.date_at, back.base_subject) == (item.ids, item.date_at, item.base_subject)
        assert (back.is_reply, back.quotes, back.thread_index) == (item.is_reply, item.quotes, item.thread_index)
        assert back.token_node == item.token_node
    assert loaded[keys[2]].quotes is None


def test_rethread_mends_what_a_fault_mixed_up(room: Room) -> None:
    placed = [post(key, f"{key}@x", *([f"{key - 1}@x"] if key % 3 else []), day=key) for key in range(1, 10)]
    for item in placed:
        room.place(item)
    assert rethread(room.connection, room.list_id) == 0
    before = room.threads()
    fault = update(posts).where(posts.c.list_id == room.list_id)
    room.connection.execute(fault.values(thread_id=before[9], linked_by="none"))
    room.connection.execute(update(threads).where(threads.c.list_id == room.list_id).values(posts=77, subject=""))
    assert rethread(room.connection, room.list_id) > 0
    homes = room.threads()
    assert {key: homes[key] == homes[key - 1] for key in range(2, 10)} == {key: key % 3 != 0 for key in range(2, 10)}
    told = room.thread_rows()
    assert sum(told[row]["posts"] for row in set(homes.values())) == 9
    assert rethread(room.connection, room.list_id) == 0


def test_one_post_may_join_more_threads_than_a_statement_takes(room: Room) -> None:
    names = [f"{number}@x" for number in range(1100)]
    placed = [post(number, name) for number, name in enumerate(names)]
    placed.append(post(1100, "all@x", *names))
    for item in placed:
        room.place(item)
    assert set(room.threads().values()) == {min(room.threads().values())}
    assert_agrees(room, placed)


@contextmanager
def statements(connection: Connection) -> Iterator[list[str]]:
    """The statements that go to the database meanwhile."""
    heard: list[str] = []

    def hear(*arguments: object) -> None:
        heard.append(str(arguments[2]))

    event.listen(connection, "before_cursor_execute", hear)
    yield heard
    event.remove(connection, "before_cursor_execute", hear)


def test_statements_do_not_grow_with_the_thread(room: Room) -> None:
    counts: dict[str, list[int]] = {"reply": [], "late parent": []}
    key = 0
    for size in (3, 60):
        names = [f"{size}.{number}@x" for number in range(size)]
        for number, name in enumerate(names):
            room.place(post(key := key + 1, name, *names[:number], f"{size}.late@x", day=number))
        with statements(room.connection) as heard:
            room.place(post(key := key + 1, f"{size}.reply@x", *names, day=90, subject="frogs", reply=True))
            counts["reply"].append(len(heard))
        with statements(room.connection) as heard:
            room.place(post(key := key + 1, f"{size}.late@x", day=91, subject="newts"))
            counts["late parent"].append(len(heard))
    assert counts["reply"][0] == counts["reply"][1] <= 8
    assert counts["late parent"][0] == counts["late parent"][1] <= 16


def test_who_answers_what_nobody_archived_has_no_thread_read_for_her(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of a thousand would else read all those before it."""
    coming = [post(number, f"{number}@x", "root@gone", subject=f"notice {number}", day=number) for number in (1, 2, 3)]
    room.place(coming[0])
    monkeypatch.setattr("listserv.store.threads.in_threads", None)
    for item in coming[1:]:
        room.place(item)
    monkeypatch.undo()
    assert_agrees(room, coming)


def test_the_longest_message_id_that_is_read_can_be_kept(room: Room) -> None:
    letters = "".join(map(chr, random.Random(1).sample(range(0x20000, 0x2A000), 998)))
    for longest in (990, 400, 249, 243):
        message = parse(f"Message-ID: <{letters[:longest]}@x.nz>\n\nx".encode())
        msgid = message.message_id or "none"
        room.connection.execute(update(messages).where(messages.c.id == 1).values(msgid=msgid))
        room.place(post(longest, msgid, *parse(f"References: <{msgid}>\n\nx".encode()).references))
    assert len(msgid.encode()) > 900


@pytest.mark.parametrize("nodes", [("C@x", "b@x"), ("b@x", "C@x"), ("B@x", "c@x")])
def test_posts_of_one_second_are_told_apart_whatever_the_language_of_the_database(
    room: Room, nodes: tuple[str, str]
) -> None:
    if room.connection.dialect.name == "postgresql":
        room.connection.execute(text(f'ALTER TABLE {posts} ALTER COLUMN node TYPE text COLLATE "en-x-icu"'))
    told = [post(number, node, subject="frogs") for number, node in enumerate(nodes, 1)]
    told += [post(3, "Z@x", subject="frogs", reply=True), post(4, "z@x", day=1, subject="frogs", reply=True)]
    for number, item in enumerate(told, 1):
        room.place(item)
        assert_agrees(room, told[:number])
    assert rethread(room.connection, room.list_id) == 0


def test_two_nodes_do_not_begin_one_thread_twice(database_url: str) -> None:
    """Two orphans of one lost parent at the same time: whoever comes second waits, then sees the first."""
    databases = [Database(database_url), Database(database_url)]
    with databases[0].begin() as connection:
        message_ids = add_messages(connection, 2)
        list_id = add_list(connection)
    first_placed, second_waits = threading.Event(), threading.Event()

    def node(number: int) -> int:
        with databases[number].begin() as connection:
            if number:
                second_waits.set()
            room = Room(connection, message_ids[number:])
            room.list_id = list_id
            placement = room.place(post(number, f"{number}@x", "lost@x"))
            first_placed.set()
            if not number:
                second_waits.wait(10)
                threading.Event().wait(0.2)
            return placement.thread_id

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(node, 0)
        assert first_placed.wait(10)
        second = pool.submit(node, 1)
        if databases[0].dialect == "sqlite":
            second_waits.set()  # there it waits for the whole database, before it can say so
        assert first.result(20) == second.result(20)
    for database in databases:
        database.close()
