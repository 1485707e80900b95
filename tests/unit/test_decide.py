"""The rules, one by one, and their order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from listserv.inbound.decide import RULES, answers, as_page, decide
from listserv.model.case import Accept, Case, Discard, Hold, Reason, Record, Reject, Traits
from listserv.model.lists import (
    Delivery,
    DigestPeriod,
    ListSettings,
    MailList,
    NonmemberPolicy,
    Role,
    Style,
    Subscription,
)

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
TRAITS = Traits(4000, "mere@school.example", "Mere", "", 2, (), (), "", "mere@school.example")
LIST = MailList(1, 1, "english", "lists.example.nz", "English Online", "", ListSettings(), 1)
MEMBER = Subscription(
    1, 1, 1, "mere@school.example", "Mere", Delivery.EACH, DigestPeriod.NONE, True, frozenset({Role.MEMBER}), None, 3
)
CASE = Case(LIST, TRAITS, MEMBER, False, False, 0, 26_214_400, True, NOW)


def with_settings(case: Case, **settings: object) -> Case:
    return replace(case, list=replace(case.list, settings=ListSettings.model_validate(settings)))


def with_traits(case: Case, **traits: object) -> Case:
    return replace(case, traits=replace(case.traits, **traits))  # type: ignore[arg-type]


def with_role(case: Case, role: Role) -> Case:
    return replace(case, author=replace(MEMBER, roles=frozenset({Role.MEMBER, role})))


STRANGER = replace(CASE, author=None)


@pytest.mark.parametrize(
    ("case", "kind", "reason"),
    [
        (CASE, Accept, Reason.WELCOME),
        (with_traits(CASE, author_fault="there is none"), Reject, Reason.NO_AUTHOR),
        (with_traits(CASE, size_octets=26_214_401), Reject, Reason.TOO_LARGE),
        (with_settings(with_traits(CASE, size_octets=5001), message_octets=5000), Reject, Reason.TOO_LARGE),
        (with_settings(with_traits(CASE, size_octets=5000), message_octets=5000), Accept, Reason.WELCOME),
        (with_traits(CASE, list_ids=("english.lists.example.nz",)), Reject, Reason.LOOP),
        (with_traits(CASE, list_ids=("other.lists.example.nz", "english.example.org")), Accept, Reason.WELCOME),
        (with_traits(CASE, loop_marks=("english@lists.example.nz",)), Reject, Reason.LOOP),
        (with_traits(CASE, loop_marks=("maths@lists.example.nz",)), Accept, Reason.WELCOME),
        (with_traits(CASE, author_address="English@lists.example.nz"), Reject, Reason.LOOP),
        (with_traits(CASE, hops=51), Reject, Reason.TOO_MANY_HOPS),
        (with_traits(CASE, hops=50), Accept, Reason.WELCOME),
        (with_traits(CASE, automatic="Auto-Submitted: auto-replied"), Record, Reason.AUTOMATIC),
        (replace(CASE, seen=True), Discard, Reason.DUPLICATE),
        (replace(CASE, banned=True), Reject, Reason.BANNED),
        (replace(CASE, list=replace(LIST, archived_at=NOW)), Reject, Reason.ARCHIVED),
        (with_settings(CASE, emergency=True), Hold, Reason.EMERGENCY),
        (with_settings(CASE, style=Style.CLOSED), Reject, Reason.CLOSED),
        (with_settings(CASE, style=Style.ANNOUNCE), Reject, Reason.NOT_AN_EDITOR),
        (with_settings(STRANGER, style=Style.ANNOUNCE, nonmember="accept"), Reject, Reason.NOT_AN_EDITOR),
        (with_settings(with_role(CASE, Role.FACILITATOR), style=Style.ANNOUNCE), Hold, Reason.TO_RELEASE),
        (STRANGER, Hold, Reason.NOT_A_MEMBER),
        (with_settings(STRANGER, nonmember=NonmemberPolicy.REJECT), Reject, Reason.NOT_A_MEMBER),
        (with_settings(STRANGER, nonmember=NonmemberPolicy.ACCEPT), Accept, Reason.WELCOME),
        (with_settings(CASE, style=Style.MODERATED), Hold, Reason.MODERATED),
        (with_settings(with_role(CASE, Role.MODERATOR), style=Style.MODERATED), Hold, Reason.MODERATED),
        (with_settings(STRANGER, style=Style.MODERATED, nonmember="reject"), Reject, Reason.NOT_A_MEMBER),
        (with_settings(CASE, first_posts_held=3), Accept, Reason.WELCOME),
        (with_settings(CASE, first_posts_held=4), Hold, Reason.FIRST_POST),
        (with_settings(with_role(CASE, Role.OWNER), first_posts_held=4), Accept, Reason.WELCOME),
        (with_settings(STRANGER, first_posts_held=1, nonmember="accept"), Hold, Reason.FIRST_POST),
        (with_settings(replace(CASE, posts_in_thread=5), thread_brake=5), Hold, Reason.THREAD_BRAKE),
        (with_settings(replace(CASE, posts_in_thread=4), thread_brake=5), Accept, Reason.WELCOME),
        (replace(CASE, posts_in_thread=5000), Accept, Reason.WELCOME),
    ],
)
def test_each_rule_answers(case: Case, kind: type, reason: Reason) -> None:
    verdict = decide(case)
    assert (type(verdict), verdict.reason) == (kind, reason)


def test_the_first_answer_wins() -> None:
    """A repeated post by a banned author on an emergency list is simply repeated."""
    case = with_settings(replace(CASE, seen=True, banned=True), emergency=True)
    assert decide(case) == Discard(Reason.DUPLICATE)
    given = [verdict for _, verdict in answers(case) if verdict is not None]
    assert [verdict.reason for verdict in given] == [
        Reason.DUPLICATE,
        Reason.BANNED,
        Reason.EMERGENCY,
        Reason.WELCOME,
    ]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (with_settings(STRANGER, nonmember="reject"), Hold(Reason.NOT_A_MEMBER)),
        (with_settings(CASE, style=Style.CLOSED), Hold(Reason.CLOSED)),
        (replace(CASE, banned=True), Discard(Reason.BANNED)),
        (CASE, Accept(Reason.WELCOME)),
    ],
)
def test_without_a_session_nobody_is_sent_a_refusal(case: Case, expected: object) -> None:
    assert decide(replace(case, session=False)) == expected


def test_a_faulty_message_is_refused_without_a_session_too() -> None:
    verdict = decide(replace(with_traits(CASE, author_fault="there is none"), session=False))
    assert isinstance(verdict, Reject)


def test_a_refusal_says_what_to_do() -> None:
    verdict = decide(with_settings(STRANGER, nonmember="reject"))
    assert isinstance(verdict, Reject)
    assert "english-join@lists.example.nz" in verdict.text
    assert verdict.enhanced == "5.7.1"


def test_every_rule_is_told_in_the_page(root: Path) -> None:
    """docs/decide.md is made from the rules; `make docs` writes it anew."""
    page = as_page()
    assert all(rule.__name__ in page for rule in RULES)
    assert (root / "docs" / "decide.md").read_text("utf-8") == page
