"""Reports of every kind that lists get, and mail that is none, with what we read in each (tests/golden/reports)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from listserv.mail.parse import parse
from listserv.mail.report.read import read_report
from listserv.model.report import Complaint, RecipientReport, Report, Returned

FOLDER = Path(__file__).parent / "reports"
SAMPLES = sorted(path.stem for path in FOLDER.glob("*.eml"))


def described(report: Report | None) -> dict[str, object] | None:
    """What a report says, as plain JSON values; only what is there and differs from the rule."""
    if report is None:
        return None
    if isinstance(report, Complaint):
        values: dict[str, object] = {"recipients": list(report.recipients), "feedback_type": report.feedback_type}
    else:
        values = {"recipients": [_recipient(each) for each in report.recipients]}
    return {**values, "returned": _returned(report.returned)}


def _recipient(report: RecipientReport) -> dict[str, object]:
    values: dict[str, object] = {"address": report.address, "kind": report.kind.value}
    if report.status:
        values["status"] = report.status
    if report.final_address != report.address:
        values["final_address"] = report.final_address
    if not report.given_up:
        values["given_up"] = False
    return values


def _returned(returned: Returned) -> dict[str, object]:
    values: dict[str, object] = {
        "message_id": returned.message_id,
        "to": list(returned.to),
        "return_paths": list(returned.return_paths),
        "unsubscribe_tokens": list(returned.unsubscribe_tokens),
    }
    return {name: value for name, value in values.items() if value}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample(name: str) -> None:
    message = parse((FOLDER / f"{name}.eml").read_bytes())
    expected = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    assert described(read_report(message)) == expected


def test_a_complaint_holds_no_word_of_the_complainer_or_the_post() -> None:
    report = read_report(parse((FOLDER / "complaint.eml").read_bytes()))
    assert "secret words" not in repr(report)


def test_there_are_samples_of_both() -> None:
    assert len(SAMPLES) > 20
