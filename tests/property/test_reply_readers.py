"""Readers of what strangers send in answer to us: any text is read, in time linear in it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from listserv.digest.compose import compose_digest
from listserv.mail.parse import Message, parse
from listserv.mail.text.asks import ask_of
from listserv.mail.text.digest_quote import answered_thread
from listserv.model.case import Ask
from listserv.resources import environment
from tests.editions import SAMPLES
from tests.stopwatch import Stopwatch

EDITION = SAMPLES["busy"]
DIGEST = parse(compose_digest(environment(), EDITION, EDITION.period.sends_at))
LINES = [
    *(
        "follow",
        "mute",
        "Thanks!",
        "> Running records",
        ">",
        "",
        "-- ",
        "-" * 72,
        "_" * 32,
        "Kia ora",
        "we do that too",
    ),
    *("On Mon, Mere wrote:", "> Paper, and a photo of the page afterwards. Simple wins.", "Reply: english+a@x.nz"),
    "Does anybody have a spare set of School Journals, level 2?",
]


def mail(text: str, kind: str = "plain") -> Message:
    head = f"From: Mere <mere@school.example>\r\nSubject: Re: x\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\n"
    return parse(head.encode() + text.encode("utf-8", "replace"))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(LINES) | st.text(max_size=60), max_size=40), st.sampled_from(["plain", "html"]))
def test_any_lines_are_read(lines: list[str], kind: str) -> None:
    message = mail("\n".join(lines), kind)
    assert ask_of(message) in Ask
    thread = answered_thread(message, DIGEST, lambda _: None)
    assert thread is None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=30))
def test_a_thread_is_only_ever_one_of_the_digests(lines: list[str]) -> None:
    threads = iter(range(1, 100))
    known: dict[str, int] = {}

    def thread_of(address: str) -> int | None:
        return known.setdefault(address, next(threads)) if "+" in address else None

    assert answered_thread(mail("\n".join(lines)), DIGEST, thread_of) in {None, *known.values()}


def test_a_long_answer_costs_time_in_proportion() -> None:
    def cost(lines: int) -> float:
        text = "\n".join(f"> line {number} of what\nmine {number} and more of it" for number in range(lines))
        message = mail(text)
        with Stopwatch() as watch:
            answered_thread(message, DIGEST, lambda _: None)
        return watch.seconds

    cost(100)
    short, long = min(cost(500) for _ in range(3)), min(cost(4_000) for _ in range(2))
    assert long < 40 * max(short, 0.005), (short, long)
