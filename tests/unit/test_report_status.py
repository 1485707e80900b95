"""Fields of delivery-status parts as programs write them, and addresses in them."""

from __future__ import annotations

import pytest

from listserv.mail.report.addresses import angled_addresses, field_address, loose_addresses
from listserv.mail.report.status import RECIPIENTS_READ, StatusGroup, enhanced_code, groups_in


def groups(text: str) -> list[StatusGroup]:
    return groups_in(text.split("\n"))


def test_groups_of_the_standard() -> None:
    read = groups(
        "Reporting-MTA: dns; mx.example\nArrival-Date: today\n\n"
        "Original-Recipient: rfc822;a@x.example\nFinal-Recipient: rfc822;b@x.example\nAction: Failed (out of luck)\n"
        "Status: 5.1.1 (bad address)\nDiagnostic-Code: smtp; 550-5.1.1 first\n  550 5.1.1 second\n\n"
        "Final-Recipient: RFC822; <c@x.example>\nAction: delayed\nStatus: 4.4.1\n"
    )
    assert [(group.original, group.final, group.action, group.status) for group in read] == [
        ("a@x.example", "b@x.example", "failed", "5.1.1"),
        ("", "c@x.example", "delayed", "4.4.1"),
    ]
    assert read[0].diagnostic == "550-5.1.1 first 550 5.1.1 second"


@pytest.mark.parametrize(
    "text",
    [
        "Final-Recipient: rfc822;a@x.example\n\nAction: failed\nStatus: 5.1.1\n",
        "Final-Recipient: rfc822;a@x.example\nOriginal-Recipient: rfc822;a@x.example\nAction: failed\nStatus: 5.1.1",
        "Reporting-MTA: dns;x\nAction: failed\nFinal-Recipient: a@x.example\nStatus: 5.1.1\n",
        "final-recipient:rfc822;a@x.example\nACTION :failed\nStatus:5.1.1\n",
        "Final-Recipient: |/bin/sort\nX-Actual-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.1.1\n",
        "Final-Recipient: rfc822;a@x.example\nFinal-Note: b@x.example\nAction: failed\nStatus: 5.1.1\nStatus: 4.0.0",
    ],
)
def test_one_group_however_it_is_written(text: str) -> None:
    (group,) = groups(text)
    assert (group.final or group.original, group.action, group.status) == ("a@x.example", "failed", "5.1.1")


def test_without_blank_lines_a_recipient_begins_a_group() -> None:
    read = groups("".join(f"Final-Recipient: rfc822;{name}@x.example\nAction: failed\n" for name in "abc"))
    assert [group.final for group in read] == ["a@x.example", "b@x.example", "c@x.example"]


def test_text_has_no_groups() -> None:
    assert groups("Action: we failed\nStatus: 5.1.1 is bad\nFinally: a@x.example\n") == []


def test_groups_are_bounded() -> None:
    text = "".join(f"Final-Recipient: rfc822;u{number}@x.example\n\n" for number in range(4 * RECIPIENTS_READ))
    assert len(groups(text)) >= RECIPIENTS_READ  # `status_groups` cuts; lines are bounded already


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("550 5.1.1 no", "5.1.1"),
        ("550-5.7.26 first", "5.7.26"),
        ("sorry (#4.4.1)", "4.4.1"),
        ("host mx[192.4.5.1] said no", ""),
        ("host 5.1.1.9", ""),
        ("version 5.9.1 of it", ""),
        ("gone. 5.1.10. ", "5.1.10"),
        ("250 2.0.0 ok", ""),
    ],
)
def test_enhanced_code(text: str, code: str) -> None:
    assert enhanced_code(text) == code


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("rfc822;tui@x.example", "tui@x.example"),
        ("RFC822; <tui@x.example>", "tui@x.example"),
        ("tui@x.example", "tui@x.example"),
        ("unknown; tui@x.example (was moved)", "tui@x.example"),
        ("rfc822; tui+40x.example", "tui@x.example"),
        ("utf-8; t\\x{16B}\\x{12B}@x.example", "tūī@x.example"),
        ("utf-8; tūī@x.example", "tūī@x.example"),
        ('rfc822; "tui tui"@x.example', ""),
        ('rfc822; "tui..tui"@x.example', '"tui..tui"@x.example'),
        ("x400; /c=nz/s=tui/", ""),
        ("rfc822; |/usr/bin/deliver tui@x.example", "tui@x.example"),
        ("utf-8; \\x{FFFFFF}", ""),
        ("", ""),
    ],
)
def test_field_address(value: str, address: str) -> None:
    assert field_address(value) == address


def test_loose_addresses() -> None:
    line = "to 'tui@x.example', <rangi@x.example>: see *mere@x.example. not@ @not a@b..c =?x?=@y.example"
    found = list(loose_addresses(line))
    assert [address for _, _, address in found] == [
        "tui@x.example",
        "rangi@x.example",
        "mere@x.example",
        "=?x?=@y.example",
    ]
    assert all(line[start:end] == address for start, end, address in found)


def test_angled_addresses() -> None:
    line = "<tūī@x.example> <mailto:a@x.example> <\"a b\"@x> <no> <'rangi@x.example'>"
    assert list(angled_addresses(line)) == ["tūī@x.example", "a@x.example", "rangi@x.example"]


def test_a_long_run_is_no_address() -> None:
    assert list(loose_addresses("a" * 65 + "@x.example")) == []
    assert list(loose_addresses("a" * 64 + "@x.example")) != []
