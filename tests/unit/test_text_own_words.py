"""What members write themselves and what looks like a quotation or a note: none of it may be folded away."""

from __future__ import annotations

import pytest

from listserv.mail.parse import parse
from listserv.mail.text.html_text import html_to_text
from listserv.mail.text.quote import has_quotation, split_own

NOTICES = {
    "times": (
        "When: Friday 8 May 2026, 3:30 pm\nWhere: Room 4\nFrom: 3:30 pm\nTo: 4:30 pm\nContact: mere@example.school.nz"
    ),
    "timetable": "Date: 4 May 2026\nFrom: 9:00\nTo: 10:15\nSubject: Maths",
    "french": "De : 9h30\nÀ : 10h15\nObjet : lecture",
    "te reo": "Nā: Mere\nKi: ngā kaiako katoa\nKaupapa: Te Wiki o te Reo\nRā: Rāhina 4 Haratua, 9:30",
    "signed": "Kaupapa: Te Wiki o te Reo\nRā: 4 Haratua 2026\nWā: 9:30\nNā: Mere <mere@example.school.nz>",
}


@pytest.mark.parametrize("notice", NOTICES.values(), ids=NOTICES)
def test_a_notice_of_a_meeting_is_no_header_block(notice: str) -> None:
    body = f"Kia ora koutou,\n\n{notice}\n\nPlease bring your own cards."
    assert split_own(body).own == body


@pytest.mark.parametrize(
    "sentence",
    [
        "At 9:30 each morning my class writes:",
        "2. Hone reports at 10:30 what his class wrote:",
        "am Montag um 10:12 Uhr schrieb die Klasse:",
    ],
)
def test_a_time_of_day_alone_makes_no_attribution(sentence: str) -> None:
    body = f"Kia ora,\n\n{sentence}\n\nthree things they are grateful for"
    assert split_own(body).own == body


@pytest.mark.parametrize(
    "sentence",
    [
        "On Monday 4 May 2026 at 10.30 am a parent wrote:",
        "On Monday 4 May 2026 at 10:30 AM a parent wrote:",
        "I te 4 o Haratua 2026 i te 10:30 ka tuhi ngā tamariki:",
        "On Monday 4 May 2026 at 10:30, a parent wrote:",
        "I te 4 o Haratua 2026 i te 10:30, ka tuhi ngā tamariki:",
    ],
)
def test_what_somebody_without_a_name_wrote_is_told_and_not_quoted(sentence: str) -> None:
    body = f"Kia ora,\n\n{sentence}\n\nWhy is there no homework?\n\nHow would you answer?"
    assert split_own(body).own == body


def test_dashes_by_hand_part_thoughts_without_an_empty_line_too() -> None:
    body = "Kia ora koutou\n--\nFirst, we label everything in the room in three languages.\n--\nWhat works for you?"
    assert split_own(body).own == body


@pytest.mark.parametrize("first", ["*Mere Ngata*", "* Mere Ngata*", "[image: Karori School]", "Mere Ngata"])
def test_a_name_in_bold_or_a_picture_below_dashes_is_a_signature(first: str) -> None:
    """Web mail writes its signatures so, and programs on the way take the blank behind the dashes."""
    assert split_own(f"See you there.\n\n--\n{first}\nKarori School\n").own == "See you there."


def test_a_question_about_something_confidential_is_the_message_below_its_greeting() -> None:
    body = "Kia ora,\n\nMust I inform the sender of a confidential note, and delete the note itself?"
    assert split_own(body).own == body


@pytest.mark.parametrize(
    "above",
    [
        '<div style="mso-element:para-border-div;border:none;border-top:solid windowtext 1.0pt;padding:1.0pt 0cm 0cm">',
        '<p style="border:none;border-top:solid #4472C4 1.0pt;padding:0cm">',
        '<div id="appendonsend"></div><div>',
    ],
    ids=["a border in Word", "a paragraph's border", "where add-ins of web mail append"],
)
def test_html_that_marks_no_quotation(above: str) -> None:
    page = f"<div>Kia ora koutou</div>{above}We tried the cards today.</div><div>The tamariki loved them.</div>"
    text = html_to_text(page).text
    assert split_own(text, page).own == text.strip()
    assert not has_quotation(parse(f"Content-Type: text/html\n\n{page}".encode()))


@pytest.mark.parametrize(
    "style",
    [
        "border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm",
        "mso-element:para-border-div;border:none;border-top:solid #B5C4DF 1.0pt",
        "border:none;border-top:solid windowtext 1.0pt;padding:3.0pt 0in 0in 0in",
    ],
)
def test_the_line_above_a_quoted_header_in_no_known_language(style: str) -> None:
    page = (
        f'<p>Kia ora</p><div style="{style}"><p>Nga: Mere<br>Dërguar: sot</p></div><p>Has anybody tried the cards?</p>'
    )
    assert split_own(html_to_text(page).text, page).own == "Kia ora"


@pytest.mark.parametrize(
    "warning",
    [
        "Attention: external moderation is due on Friday. Each school sends three samples.",
        "Caution: the external link to the phonics site is broken. Do not click it in class.",
        "Notice from outside: a speaker from an external organisation comes to our school on Friday.",
    ],
)
def test_a_warning_about_something_else_than_mail_is_no_banner(warning: str) -> None:
    body = f"{warning}\n\nWho can help me?"
    assert split_own(body).own == body


@pytest.mark.parametrize(
    "banner",
    [
        "[You don't often get email from mere@example.school.nz. Learn why this is important at https://aka.ms/Learn ]",
        "⚠ External email: take care with links",
        "CAUTION: External Sender. Do not click links.",
    ],
)
def test_a_banner_behind_a_bracket_or_a_sign(banner: str) -> None:
    assert split_own(f"{banner}\n\nKia ora\n").own == "Kia ora"


def test_a_rule_about_secrets_that_speaks_of_no_mail_is_no_note() -> None:
    body = (
        "Hi all\n\nWe met.\n\nWhat pupils say is confidential: who hears of harm must notify us, not delete the notes."
    )
    assert split_own(body).own == body


@pytest.mark.parametrize(
    "line",
    [
        "To unsubscribe from the Ministry's bulletin go to https://example.govt.nz/bulletin and press the button.",
        "To subscribe to the new maths group go to https://lists.example.nz/maths",
    ],
)
def test_one_line_below_a_greeting_is_no_footer(line: str) -> None:
    body = f"Kia ora,\n\n{line}"
    assert split_own(body).own == body


@pytest.mark.parametrize(
    "sentence",
    [
        "please write above this line on the worksheet:",
        "Tuhia te kupu i runga i tēnei rārangi, ka pānui ai. He pai tēnei mahi ki ngā tamariki.",
    ],
)
def test_a_task_that_speaks_of_a_line_draws_none(sentence: str) -> None:
    body = f"Kia ora,\n\n{sentence}\n\nThat is what I tell them."
    assert split_own(body).own == body


def test_a_word_typed_below_a_quoted_question_is_an_answer() -> None:
    asked = [
        "Has anybody used the new number cards with a junior class?",
        "I would like to hear before Friday, please.",
    ]
    ancestor = "\n\n".join([*asked, "Do we want a second set for the senior school?"])
    headers = "From: Mere <mere@example.school.nz>\nSent: 4 May 2026 10:12\nTo: English\nSubject: Cards\n\n"
    quoted = ancestor.replace("class?", "class?\nYes").replace("senior school?", "senior school?\n\nNo thanks")
    pieces = split_own(f"See below\n\n{headers}{quoted}", ancestors=[ancestor])
    assert pieces.own == "See below\n\nYes\n\nNo thanks"
    assert split_own(f"See below\n\n{headers}{ancestor}", ancestors=[ancestor]).own == "See below"
