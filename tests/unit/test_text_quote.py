"""Own text, quotation, signature, footer, banner: the rules one by one."""

from __future__ import annotations

import pytest

from listserv.mail.parse import parse
from listserv.mail.text.pieces import Pieces
from listserv.mail.text.quote import has_quotation, split_own
from tests.unit.text_samples import ADVERTS

ATTRIBUTION = "On Mon, 4 May 2026 at 10:12, Mere Smith <mere@example.school.nz> wrote:\n"
HEADERS = "From: Mere Smith <mere@example.school.nz>\nSent: Monday, 4 May 2026 10:12\nTo: English\nSubject: NCEA\n"
QUESTION = "What do you want to try in Term 3, and how will you go about it with your Year 10 class?"
LONG_POST = (
    "Kia ora koutou,\n\nour juniors read short stories in Term 1 and write a review of one of them.\n"
    "The seniors choose between a novel and a film, most of them take the film.\n\nNgā mihi\nHone\n"
)


def kinds(pieces: Pieces) -> list[str]:
    return [piece.kind for piece in pieces.pieces]


def test_interleaved_answers_keep_their_questions_as_context() -> None:
    pieces = split_own(f"{ATTRIBUTION}> one?\n\nyes\n\n> two?\n\nno\n")
    assert pieces.own == "yes\n\nno"
    assert pieces.answered == "> one?\n\nyes\n\n> two?\n\nno"
    assert [piece.context for piece in pieces.pieces] == [False, True, False, True, False]


def test_a_long_quotation_is_no_context() -> None:
    quotation = "> line\n" * 30
    pieces = split_own(f"{ATTRIBUTION}{quotation}\nyes\n")
    assert pieces.answered == "yes"


def test_a_quotation_picked_by_hand_stays_in_the_own_text() -> None:
    assert split_own("> two?\n\nno\n").own == "> two?\n\nno"


def test_an_elision_belongs_to_the_quotation() -> None:
    for elision in ("[...]", "[snip]", "[]", "<snip>", "(…)"):
        assert split_own(f"{ATTRIBUTION}{elision}\n> one?\n\nyes\n").own == "yes"


def test_the_wrapped_end_of_a_quoted_line_is_quoted() -> None:
    line = "> a line that was so long that the program of the next author broke it in the\n"
    assert split_own(f"yes\n\n{ATTRIBUTION}{line}middle of a sentence\n> and went on\n").own == "yes"


def test_a_stuffed_from_is_no_quotation() -> None:
    body = "Kia ora\n>From the start I liked it.\nNgā mihi"
    assert split_own(body).own == body


def test_a_forwarded_message_alone_is_what_the_post_says() -> None:
    pieces = split_own(f"---------- Forwarded message ---------\n{HEADERS}\nApplications close on Friday.\n")
    assert pieces.own == "Applications close on Friday."


def test_never_empty() -> None:
    for body in ("> only\n> quoted\n", "-- \nMere\n", "Sent from my iPhone\n", "[EXTERNAL]\n", HEADERS):
        assert split_own(body).own.strip() == body.strip()
    assert split_own("").own == ""
    assert split_own(" \n\n").own == ""


@pytest.mark.parametrize("advert", ADVERTS)
def test_adverts_of_programs(advert: str) -> None:
    assert split_own(f"Kia ora\n\n{advert}\n\n{ATTRIBUTION}> before\n").own == "Kia ora"
    assert split_own(f"Kia ora\n{advert}\n").own == "Kia ora"


@pytest.mark.parametrize(
    "prose",
    [
        "Sent from my desk, is much easier than my phone.",
        "The notification was sent from my iPhone app to all users.",
        "Sent by post yesterday, two copies.",
    ],
)
def test_prose_that_begins_like_an_advert(prose: str) -> None:
    assert split_own(f"Kia ora\n\n{prose}\n").own == f"Kia ora\n\n{prose}"


def test_a_postscript_below_a_phones_advert_is_own() -> None:
    assert split_own("Kia ora\n\nSent from my iPhone\n\nPS bring the books\n").own == "Kia ora\n\nPS bring the books"


def test_text_below_the_advert_of_outlook_is_a_quotation() -> None:
    assert split_own("Kia ora\n\nGet Outlook for Android<https://aka.ms/x>\n\nwhat was said\n").own == "Kia ora"


@pytest.mark.parametrize("delimiter", ["-- ", "--"])
def test_signature_delimiter(delimiter: str) -> None:
    pieces = split_own(f"Kia ora\n\n{delimiter}\nMere Smith\nHOD English\n")
    assert (pieces.own, kinds(pieces)) == ("Kia ora", ["own", "signature"])


def test_dashes_above_an_afterthought_are_a_rule() -> None:
    prose = "One more thing: whoever brings the projector should come a little earlier than all of the others."
    body = f"We meet on Friday.\n\n--\n\n{prose}"
    assert split_own(body).own == body
    assert split_own(f"We meet on Friday.\n\n-- \n\n{prose}").own == "We meet on Friday."
    assert split_own("We meet on Friday.\n\n--\n\nMere Smith, HOD English\n").own == "We meet on Friday."


def test_dashes_that_delimit_nothing() -> None:
    for body in (
        "Points:\n\n----\n\n1. one\n\n----\n\nThe dashes are mine.",
        "because of:\n-- first point\n-- second point\n\nThanks!",
        "log:\n-- Configuring A\n--\n-- Configuring B",
        "a table\n" + "--\n" + "row\n" * 40,
    ):
        assert split_own(body).own == body.rstrip()


def test_a_closing_is_own_and_the_contact_block_below_it_is_not() -> None:
    closing = "Kia ora\n\nNāku noa, nā\nMere"
    block = "\n\nMere Smith | HOD English\nWaiuku Area School\nPh 09 235 8000\nmere@example.school.nz\n"
    assert split_own(closing + block).own == closing
    assert split_own(closing + "\n").own == closing


@pytest.mark.parametrize(
    "below",
    [
        "Resources:\nhttps://example.org/novels\nhttps://example.org/films",
        "PS ring me on 021 555 1234\nor at home",
        "[1] https://example.org/a\n[2] mere@example.school.nz",
        "28/4/2026 - 3/7/2026\n14/7/2026 - 19/9/2026",
        "Please ring the office on 09 235 8000 if you want to come along to the hui.\nBring a plate.",
    ],
)
def test_what_follows_a_name_is_not_always_a_contact_block(below: str) -> None:
    body = f"Kia ora\n\nThanks\nMere\n\n{below}"
    assert split_own(body).own == body


def test_known_footers() -> None:
    pieces = split_own("Kia ora\n\nThis is our group.\nAsk us.\n", footers=["This is our group.\nAsk us."])
    assert (pieces.own, kinds(pieces)) == ("Kia ora", ["own", "footer"])


@pytest.mark.parametrize(
    "footer",
    [
        "_______________________________________________\nEnglish mailing list\nEnglish@old.example\n"
        "https://old.example/mailman/listinfo/english",
        "__\nriak-users mailing list\nriak@old.example",
        "English mailing list -- english@old.example\nTo unsubscribe send an email to english-leave@old.example",
        '--\nYou received this message because you are subscribed to the Google Groups "English" group.\n'
        "To unsubscribe from this group, send an email to english+unsubscribe@old.example.",
        "-=-=-=-=-=-=-=-=-=-=-=-\nGroups.io Links: You receive all messages sent to this group.\n"
        "View/Reply Online (#1): https://groups.example/1\n-=-=-=-=-=-=-=-=-=-=-=-",
        "_______________ English Online\nA reply goes to the whole group.\n"
        "Leave the group: english-leave@lists.example.nz",
        "---\nHei wehe i te rōpū: https://lists.example.nz/wehe",
    ],
)
def test_footers_of_lists(footer: str) -> None:
    pieces = split_own(f"Kia ora\n\n{footer}\n")
    assert pieces.own == "Kia ora"
    assert pieces.pieces[-1].kind == "footer"
    assert split_own(f"Kia ora\n\n{ATTRIBUTION}> before\n\n{footer}\n\n{footer}\n").own == "Kia ora"
    assert split_own(f"Kia ora\n\n{HEADERS}\nbefore\n\n{footer}\n").quoted == "before"


def test_prose_about_lists_is_no_footer() -> None:
    for body in (
        "I wrote to the old@lists.example mailing list. Also, nobody answered me\nthere, so I ask here.",
        "How do I unsubscribe? I tried https://lists.example/x and got nowhere.",
        "Kia ora\n\nto unsubscribe is easy, my students tell me",
    ):
        assert split_own(body).own == body


NOTE = (
    "The information in this email is confidential and intended only for the addressee.\n"
    "If you received this email in error please notify the sender."
)


@pytest.mark.parametrize("note", [NOTE, f"{'*' * 30}\n{NOTE}\n\nCalls may be monitored.\n{'*' * 30}"])
def test_notes_of_confidentiality(note: str) -> None:
    assert split_own(f"Friday suits us.\n\n{note}\n").own == "Friday suits us."
    assert split_own(f"Friday suits us.\n\n{note}\n\n{HEADERS}\nWhich day?\n").own == "Friday suits us."


def test_prose_about_secrets_and_viruses_is_own() -> None:
    body = "Kia ora,\n\nI opened it by mistake and got a virus warning. Should I delete it?"
    assert split_own(body).own == body
    assert split_own(f"{NOTE}\n\n{HEADERS}\nWhich day?\n").own == NOTE


@pytest.mark.parametrize(
    "banner",
    [
        "[EXTERNAL]",
        "CAUTION: This email originated from outside of the organization. Do not click links or open\n"
        "attachments unless you recognize the sender.",
        "You don't often get email from mere@example.school.nz. Learn why this is important",
        "** THIS MESSAGE ORIGINATED OUTSIDE THE SCHOOL **\nBe wary of links or attachments.",
        "[EXTERNAL]\n\nWARNING: External E-Mail! Be cautious with attachments and links!",
    ],
)
def test_banners_of_gateways(banner: str) -> None:
    pieces = split_own(f"{banner}\n\nKia ora\n")
    assert (pieces.own, kinds(pieces)) == ("Kia ora", ["banner", "own"])


def test_a_warning_by_the_author_is_own() -> None:
    body = "Warning: the school network link I sent is broken.\n\nNgā mihi\nMere"
    assert split_own(body).own == body


def test_openpgp_armour() -> None:
    signed = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nKia ora\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQEz\n=abcd\n-----END PGP SIGNATURE-----\n"
    )
    pieces = split_own(signed)
    assert (pieces.own, kinds(pieces)) == ("Kia ora", ["banner", "own", "signature"])


def test_text_of_an_ancestor_is_quoted_whatever_the_program() -> None:
    rewrapped = " ".join(LONG_POST.split())
    body = f"Thanks, that helps.\n\n{rewrapped}\n"
    assert split_own(body).own == body.strip()
    assert split_own(body, ancestors=[LONG_POST]).own == "Thanks, that helps."


def test_answers_typed_into_an_unmarked_quotation_are_own_when_the_ancestor_is_known() -> None:
    first, second = LONG_POST.split("\n")[2:4]
    body = f"See below.\n\n{HEADERS}\n{first}\nMine read poems instead.\n{second}\n"
    assert split_own(body).own == "See below."
    assert split_own(body, ancestors=[LONG_POST]).own == "See below.\n\nMine read poems instead."


def test_an_ancestor_that_is_not_what_was_quoted_says_nothing() -> None:
    body = f"See below.\n\n{HEADERS}\nA private message about something else altogether, never archived.\n"
    assert split_own(body, ancestors=[LONG_POST]).own == "See below."


def test_a_few_shared_words_are_no_quotation() -> None:
    body = "Our juniors read short stories in Term 1 too."
    assert split_own(body, ancestors=[LONG_POST]).own == body


def test_a_draft_that_repeats_most_of_an_older_one_is_what_its_author_says() -> None:
    changed = LONG_POST.replace("short stories in Term 1", "poems in Term 2")
    body = f"A second draft:\n\n{changed}"
    assert split_own(body, ancestors=[LONG_POST]).own == body.strip()


def test_a_log_that_repeats_lines_of_an_older_one_is_not_cut_up() -> None:
    log = "Opening the roll of 2026 for all year levels of the school\nReading the roll: 214 names found\nDone in 3 s\n"
    body = f"Now I get this:\n\n{log.replace('214', '198').replace('3 s', '5 s')}"
    assert split_own(body, ancestors=[f"What does it print?\n\n{log}"]).own == body.strip()


def test_a_paragraph_in_which_one_word_is_new_is_what_its_author_says() -> None:
    paragraph = " ".join(f"word{number}" for number in range(60))
    body = f"Like this?\n\n{paragraph.replace('word30', 'another')}"
    assert split_own(body, ancestors=[paragraph]).own == body
    assert split_own(f"Like this?\n\n{paragraph}", ancestors=[paragraph]).own == "Like this?"


def test_a_post_sent_twice_keeps_its_text() -> None:
    assert split_own(LONG_POST, ancestors=[LONG_POST]).own == LONG_POST.strip()


def test_html_says_what_the_plain_part_does_not() -> None:
    plain = "Yes, on Friday.\n\nDoes the hui take place on Friday or on Monday this week?\n"
    html = (
        "<div>Yes, on Friday.</div><blockquote type=cite>"
        "<div>Does the hui take place on Friday or on Monday this week?</div></blockquote>"
    )
    assert split_own(plain).own == plain.strip()
    assert split_own(plain, html).own == "Yes, on Friday."


def test_a_post_written_into_the_signature_element_is_not_lost() -> None:
    plain = "We meet on Friday after the second bell in the library, and everybody is welcome to come along."
    html = f'<div class="gmail_signature">{plain}</div>'
    assert split_own(f"Kia ora\n\n{plain}\n", f"<p>Kia ora</p>{html}").own == f"Kia ora\n\n{plain}"


def _message(body: str, content_type: str = "text/plain") -> bytes:
    return f"From: a@example.org\nContent-Type: {content_type}; charset=utf-8\n\n{body}".encode()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("yes\n\n> before\n", "text/plain"),
        (f"yes\n\n{ATTRIBUTION}\nbefore\n", "text/plain"),
        (f"yes\n\n{HEADERS}\nbefore\n", "text/plain"),
        ("yes\n\n-----Original Message-----\nbefore\n", "text/plain"),
        ("<p>yes</p><blockquote type=cite>before</blockquote>", "text/html"),
        ('<p>yes</p><div id="divRplyFwdMsg">From</div>before', "text/html"),
        (f"<p>yes</p><p>{ATTRIBUTION.replace('<', '&lt;')}</p>before", "text/html"),
    ],
)
def test_has_quotation(body: str, content_type: str) -> None:
    assert has_quotation(parse(_message(body, content_type)))


@pytest.mark.parametrize("body", ["A new question?\n", ">From the start\n", "", "1 > 0\n", "On Monday we met.\n"])
def test_has_no_quotation(body: str) -> None:
    assert not has_quotation(parse(_message(body)))


def test_a_question_repeated_by_hand_is_found_by_its_ancestor() -> None:
    pieces = split_own(f"{QUESTION}\n\nPoems.\n", ancestors=[f"Kia ora\n\n{QUESTION}\n"])
    assert pieces.pieces[0].kind == "quote"
    assert pieces.pieces[0].context
    assert pieces.pieces[1].text == "Poems.\n"
