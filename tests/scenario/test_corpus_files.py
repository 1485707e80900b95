"""Every message of the corpus that has a file, through a real service into a list that lets all files pass and into one
with a policy: what was delivered is read by an independent reader, part for part."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from listserv.mail.parse import parse
from listserv.mail.photo.message import unplaced_octets
from listserv.outbound.enclosures import too_large
from tests.enclosed import Leaf, leaves, replaced, with_files
from tests.service import DOMAIN, Service

AUTHOR = "author@elsewhere.example"
LIMIT = 1_000
OPEN = ("attachment_octets=0", "files_held=none", "strip_location=false")
STRICT = (f"attachment_octets={LIMIT}", "files_held=macros", "strip_location=true")
COMMON = ("nonmember=accept", "footer=false", "post_pause_minutes=0", "thread_brake=0")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("site")) as made:
        for name, policy in (("open", OPEN), ("strict", STRICT)):
            made.run("list", "create", name)
            made.run("list", "set", name, *COMMON, *policy)
            made.run("member", "add", name, f"{name}@school.example")
        made.start()
        yield made


def sent(service: Service, name: str, messages: list[bytes]) -> tuple[dict[int, bytes], Counter[str]]:
    """The copy of each message that was passed on, by its place in the corpus; and what was answered."""
    taken, answers = [], Counter[str]()
    for number, octets in enumerate(messages):
        marked = b"X-Sample: %d\r\n" % number + octets
        code, text = service.send(marked, f"{name}@{DOMAIN}", AUTHOR)
        assert code == 250 or 500 <= code < 600, text
        answers[re.sub(r"[0-9]+|<[^>]*>", "", text)] += 1
        if "on its way" in text:
            taken.append(number)
    service.wait_empty(120)
    copies = {_number(octets): octets for octets in service.delivered(f"{name}@school.example")}
    assert sorted(copies) == taken
    return copies, answers


def _number(copy: bytes) -> int:
    found = re.search(rb"(?m)^X-Sample: (\d+)", copy)
    assert found is not None
    return int(found[1])


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["open", "strict"])
def test_what_is_delivered_opens_with_the_right_parts_names_and_octets(
    service: Service, corpus: Path, name: str
) -> None:
    messages = list(with_files(corpus))
    copies, answers = sent(service, name, messages)
    compared = notes = unread = 0
    for number, copy in copies.items():
        original = messages[number]
        expected: list[Leaf | int] = [*leaves(original)]
        files = {}
        if name == "strict":
            if any(kind.startswith("multipart/") for kind, _, _ in leaves(original)):
                unread += 1  # the other reader finds no parts, where every mail program and we do
                continue
            message = parse(original)
            original = unplaced_octets(message) or original
            message = parse(original)
            files = {each.part_index: each.filename for each in too_large(message, LIMIT)}
            expected = replaced(original, message.root, list(files))
        found = leaves(copy)
        assert len(found) == len(expected), original[:200]
        for is_there, wanted in zip(found, expected, strict=True):
            if isinstance(wanted, int):
                assert is_there[0] == "text/plain" and (files[wanted] or "").encode() in is_there[2]
                notes += 1
            else:
                assert is_there == wanted, original[:200]
                compared += 1
    print(
        f"{name}: {len(messages)} messages, {len(copies)} passed on, {unread} unread; "
        f"{compared} parts compared, {notes} notes"
    )
    print("\n".join(f"{count:4} {text}" for text, count in answers.most_common()))
    assert unread < 10
    assert compared > 500
    assert (notes > 50) == (name == "strict")
