"""Which subjects are one."""

from __future__ import annotations

import pytest

from listserv.mail.subject import Base, base_subject, without_marks


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Week 6", "RE: week 6", "re:week 6", "Re : Week 6", "Re: Re: RE: Week 6", "Re[2]: Week 6", "Re^2: Week 6",
        "RE(3): Week 6", "Re: [English Online] Week 6", "[English Online] Re: Week 6", "[a] [b] Re: [c] Week 6",
        "AW: Week 6", "Antwort: Week 6", "Antw: Week 6", "SV: Week 6", "VS: Week 6", "Vá: Week 6", "Odp: Week 6",
        "Res: Week 6", "RIF: Week 6", "YNT: Week 6", "Ref: Week 6", "答复: Week 6", "回复：Week 6", "回覆: Week 6",
        "RE：Week 6", "Wh: Week 6", "Re: Fwd: Week 6", "Re: [Fwd: Week 6]", "[EXTERNAL] Re: Week 6",
        "EXTERNAL: Re: Week 6", "CAUTION: Re: Week 6", "***SPAM*** Re: Week 6", "Re: Week   6 ", "Re: Week 6 (fwd)",
        "Re: Week 6 (fwd) (fwd)", "Re: Week\t6", "Отв: Week 6", "Réf. : Week 6", "Trả lời: Week 6",
    ],
)  # fmt: skip
def test_replies(subject: str) -> None:
    assert base_subject(subject) == Base("week 6", has_reply_prefix=True, is_forward=False)


@pytest.mark.parametrize(
    "subject",
    [
        "Fwd: Week 6", "FW: Week 6", "Fwd: Re: Week 6", "WG: AW: Week 6", "TR: Week 6", "RV: Week 6", "ENC: Week 6",
        "[Fwd: Week 6]", "[English Online] Fwd: Week 6", "转发: Week 6", "İLT: Week 6", "[Fwd: [Fwd: Week 6]]",
    ],
)  # fmt: skip
def test_forwards_are_no_replies(subject: str) -> None:
    assert base_subject(subject) == Base("week 6", has_reply_prefix=False, is_forward=True)


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("Week 6", "week 6"),
        ("[English Online] Week 6", "week 6"),
        ("Reading: a book", "reading: a book"),
        ("Reply to all", "reply to all"),
        ("Regards", "regards"),
        ("External review of maths", "external review of maths"),
        ("Caution when driving", "caution when driving"),
        ("Forward planning: term 4", "forward planning: term 4"),
        ("[Week 6]", "[week 6]"),
        ("KŌRERO", "kōrero"),
        ("Ko\u0304rero", "kōrero"),
        ("", ""),
        ("   ", ""),
        ("[Fwd: ]", ""),
    ],
)
def test_neither(subject: str, base: str) -> None:
    assert base_subject(subject).text == base
    assert not base_subject(subject).has_reply_prefix


def test_a_mark_alone_has_an_empty_base() -> None:
    assert base_subject("Re:") == Base("", has_reply_prefix=True, is_forward=False)


def test_the_base_of_a_base_is_itself() -> None:
    once = base_subject("Re: [a] Fwd: AW: [b] Week 6 (fwd)").text
    assert base_subject(once).text == once


def test_a_long_subject_is_cut() -> None:
    assert len(base_subject("x" * 5_000).text) == 1_000


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("Re: Running records", "Running records"),
        ("RE: Fwd: [PLG]  Matariki: rauemi", "[PLG] Matariki: rauemi"),
        ("Running records: Year 4", "Running records: Year 4"),
        ("AW: WG: Ngā mihi", "Ngā mihi"),
        ("Re:", ""),
        ("", ""),
    ],
)
def test_marks_are_taken_off_and_the_rest_stays_as_it_was_written(subject: str, shown: str) -> None:
    assert without_marks(subject) == shown
