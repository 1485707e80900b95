"""The weekly update in Outlook, Gmail and Apple Mail: nothing they drop without something in its place."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest

from listserv.digest.compose import compose_digest
from listserv.digest.parts import Parts
from listserv.digest.together import compose_together
from listserv.resources import environment
from tests.editions import SAMPLES, TOGETHER
from tests.mail_clients import faults


def page_of(octets: bytes) -> str:
    part = message_from_bytes(octets, policy=policy.default).get_body(("html",))
    assert part is not None
    return str(part.get_content())


@pytest.mark.parametrize("name", SAMPLES)
def test_no_program_drops_what_matters(name: str) -> None:
    edition = SAMPLES[name]
    assert faults(page_of(compose_digest(environment(), edition, edition.period.sends_at))) == []


def test_no_program_drops_what_matters_of_all_groups_together() -> None:
    octets = compose_together(Parts(environment()), TOGETHER, TOGETHER[0].period.sends_at, "p12")
    assert faults(page_of(octets)) == []


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ('<div style="display:flex">', "display:flex: dropped by Outlook, Gmail"),
        ('<td style="position:absolute">', "position:absolute: dropped by Outlook, Gmail"),
        ('<table role="presentation" style="max-width:600px">', "max-width:600px: dropped by Outlook"),
        ('<td><a style="display:inline-block;padding:9px">', "padding:9px: dropped by Outlook"),
        ('<p style="padding:9px">', "padding:9px: dropped by Outlook"),
        ('<td style="background:#fff">', "a background without bgcolor"),
        ("<table>", "not role=presentation"),
        ('<img src="https://x.example/a.png">', "blocked"),
        ("<form>", "<form>: dropped by Outlook, Gmail"),
        ("<style>a[href]{color:red}</style>", "a selector"),
        ("<style>p{margin:0}</style>", "more than a colour"),
        ("<style>@font-face{color:red}</style><style>@layer x{}</style>", "not in the table"),
        ('<p style="margin:2rem">', "a unit"),
        ('<p style="color:var(--x)">', "a unit or function"),
        ('<table role="presentation" style="margin:0 auto">', "margin:0 auto: dropped by Outlook"),
        (f"<style>{'a{color:red}' * 900}</style>", "drops it whole"),
    ],
)
def test_the_checker_sees_faults(html: str, said: str) -> None:
    assert any(said in fault for fault in faults(html)), faults(html)


def test_the_checker_knows_fallbacks() -> None:
    assert faults('<td style="mso-padding-alt:9px"><a style="display:inline-block;padding:9px">x</a></td>') == []
