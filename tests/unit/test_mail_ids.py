"""Which ids a message names, and in what order: the rules of docs and the habits of programs."""

from __future__ import annotations

import pytest

from listserv.mail.ids import make_message_id, ordered_references, read_ids


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("<a@b.nz> <c@d.nz>", ["a@b.nz", "c@d.nz"]),
        ("<a@b.nz><c@d.nz>", ["a@b.nz", "c@d.nz"]),
        ("<a@b.nz>,<c@d.nz>,", ["a@b.nz", "c@d.nz"]),
        ("<a\r\n @b.\r\n\tnz>", ["a@b.nz"]),
        ("a@b.nz", ["a@b.nz"]),
        ("  a@b.nz,\r\n", ["a@b.nz"]),
        ("<a@b.nz", ["a@b.nz"]),
        ("a@b.nz c@d.nz", []),
        ("Jo Smith", []),
        ("", []),
        ("<>", []),
        ("< >", []),
        ('Your message of "Mon, 26 Jun" <a@b.nz>', ["a@b.nz"]),
        ("<a@b.nz> (Jo's message of Monday)", ["a@b.nz"]),
        ("jo@b.nz's message", []),
        ('<"a.b"@c.nz>', ["a.b@c.nz"]),
        ('<"a b"@c.nz>', ["ab@c.nz"]),
        ("<A@B.nz> <a@b.nz>", ["A@B.nz", "a@b.nz"]),
        ("<no-at-sign>", ["no-at-sign"]),
        ("<a\x00b@c.nz>", ["ab@c.nz"]),
        (f"<{'x' * 2000}@b.nz> <a@b.nz>", ["a@b.nz"]),
        (f"<{'x' * 992}@b.nz>", [f"{'x' * 992}@b.nz"]),
        (f"<{'字' * 400}@b.nz> <a@b.nz>", ["a@b.nz"]),
        (f"{'字' * 400}@b.nz", []),
        ("<a@b.nz> <cut", ["a@b.nz"]),
    ],
)
def test_reading(text: str, ids: list[str]) -> None:
    assert read_ids(text) == ids


@pytest.mark.parametrize(
    ("references", "in_reply_to", "ordered"),
    [
        ([], [], ()),
        (["a", "b"], ["b"], ("a", "b")),
        (["a", "b"], ["c"], ("a", "b", "c")),
        (["a", "b"], ["a"], ("a", "b")),
        ([], ["a"], ("a",)),
        (["a"], ["b", "c"], ("a", "c", "b")),
        (["a", "b", "a"], [], ("b", "a")),
        (["a", "me", "b"], ["me"], ("a", "b")),
    ],
)
def test_order(references: list[str], in_reply_to: list[str], ordered: tuple[str, ...]) -> None:
    assert ordered_references(references, in_reply_to, without=["me"]) == ordered


def test_newest_first_is_turned_round_only_with_commas_and_the_parent_in_front() -> None:
    assert ordered_references(["c", "b", "a"], ["c"], commas=True) == ("a", "b", "c")
    assert ordered_references(["a", "b", "c"], ["c"], commas=True) == ("a", "b", "c")
    assert ordered_references(["c", "b", "a"], ["c"]) == ("c", "b", "a")
    assert ordered_references(["c", "b", "a"], [], commas=True) == ("c", "b", "a")


def test_a_long_chain_keeps_its_root_and_its_end() -> None:
    chain = [f"{n}@b.nz" for n in range(500)]
    kept = ordered_references(chain, [])
    assert kept == tuple(chain[:20] + chain[-100:])


@pytest.mark.parametrize(
    ("unique", "domain", "made"),
    [
        ("20261012.abc", "lists.example.nz", "20261012.abc@lists.example.nz"),
        ("a b>\r\n<c", "EXAMPLE.nz", "a-b-c@example.nz"),
        ("..a..", "b..c", "a@b.c"),
        ("", "", "x@invalid"),
        ("ā", "māori.nz", "-@m-ori.nz"),
    ],
)
def test_making(unique: str, domain: str, made: str) -> None:
    assert make_message_id(unique, domain) == made
    assert read_ids(f"<{made}>") == [made]


def test_what_is_made_is_short_enough() -> None:
    assert len(make_message_id("u" * 1000, "d" * 1000)) <= 250
