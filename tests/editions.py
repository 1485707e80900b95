"""Weeks of sample groups as editions: a busy one, a quiet one, one beyond the known terms, one in te reo Māori."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from listserv.digest.items import Edition
from listserv.mail.listaddress import ListAddresses
from listserv.mail.token import sign_in_hole, sign_in_link
from listserv.model.calendar import Period, TermWeek
from listserv.model.digest import (
    Around,
    ComingDate,
    Enclosure,
    Note,
    Prompt,
    Question,
    Resource,
    Sibling,
    ToldPost,
    ToldThread,
)
from listserv.model.lists import DigestPeriod
from tests.copies import BASE_URL, KEY, mail_list

AUCKLAND = ZoneInfo("Pacific/Auckland")


def local(text: str) -> datetime:
    """A local New Zealand time as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=AUCKLAND).astimezone(UTC)


SENT_AT = local("2026-11-20T16:00")
WEEK = Period(
    DigestPeriod.WEEKLY, "2026-W47", SENT_AT, local("2026-11-13T15:59"), local("2026-11-20T15:59"), TermWeek(2026, 4, 6)
)
LATER = Period(
    DigestPeriod.WEEKLY, "2031-W01", local("2031-01-03T16:00"), local("2030-12-27T15:59"), local("2031-01-03T15:59")
)


def post(number: int, author: str, day: int, own: str, **more: Any) -> ToldPost:
    """A post of a day in November 2026."""
    return ToldPost(number, author, local(f"2026-11-{day:02}T10:15"), own, **more)


def thread(number: int, subject: str, *posts: ToldPost, continued: bool = False) -> ToldThread:
    return ToldThread(number, f"thread{number}", subject, continued, posts)


def edition(*threads: ToldThread, **more: Any) -> Edition:
    """An edition of English Online's week, unless told otherwise."""
    of = more.pop("of", mail_list())
    base_url = more.setdefault("base_url", BASE_URL)
    values: dict[str, Any] = {
        "addresses": ListAddresses(of.name, of.domain),
        "language": of.settings.language,
        "period": WEEK,
        "pages_link": sign_in_link(base_url, sign_in_hole(KEY), of.name) if base_url else "",
    } | more
    return Edition(of, threads=threads, zone=AUCKLAND, key=KEY, **values)


RECORDS = thread(
    31,
    "Running records",
    post(
        101,
        "Mere Tāmati",
        16,
        "Kia ora koutou\n\n"
        "Our Year 4 team wants to stop doing running records on paper. Has anybody found a way to keep\n"
        "them on a tablet that does not take longer than the reading itself? We have tried two apps\n"
        "and a spreadsheet so far:\n\n- the first one loses the miscues\n"
        "- the second one wants an account for each child\n"
        "- the spreadsheet works, but nobody can hold a tablet, a book and a five-year-old\n\n"
        "What I would really like to see is how you set it up in your room, where the other children are\n"
        "meanwhile, and how often you do it. Once a term feels like too little and every fortnight like too much. "
        "Our syndicate meets on Thursday week and I promised to bring something by then.",
        enclosures=(Enclosure("Kupu tuatahi – miscue sheet.docx", "application/msword", 34_200),),
    ),
    post(102, "Wiremu Parata", 16, "Paper, and a photo of the page afterwards. Simple wins.", quotes=True),
    post(
        103,
        "Anna-Lena Fa’asavalu",
        17,
        "We record the child's voice and mark later, ten minutes each. See\n"
        "https://www.example.org.nz/literacy/assessment/running-records/recording-and-marking-later/guide-for-teachers",
        quotes=True,
    ),
    post(104, "", 18, "", only="picture", enclosures=(Enclosure("IMG_2041.HEIC", "image/heic", 2_345_000),)),
)
TEXTS = thread(
    32,
    "Re: Which texts for Level 1 next year?",
    post(105, "Sione Tuʻipulotu", 17, "I would keep Grace. It still works with every class I have had.", quotes=True),
    post(106, "Hēmi Walker", 19, "Āe, tautoko! Ngā mihi Sione.", quotes=True, language="mi"),
    continued=True,
)
MOOT = thread(
    33,
    "Invitation: moderation meeting",
    post(
        107,
        "Jane O'Connor",
        18,
        "",
        only="calendar",
        enclosures=(Enclosure("invite.ics", "text/calendar", 1_840),),
    ),
    post(108, "Paul Smith", 19, "", only="empty", quotes=True),
)
BARE = thread(34, "", post(109, "Tangiwai Rāwiri", 20, "Does anybody have a spare set of School Journals, level 2?"))

REO = mail_list("reo", "Te Reo Māori", language="mi", subject_tag="Te Reo")
TUHINGA = thread(
    41,
    "[Te Reo] He rauemi mō Matariki",
    post(
        201,
        "Aroha Ngata",
        16,
        "Tēnā koutou katoa\n\nKei te rapu au i ētahi rauemi mō Matariki hei whakamahi i te tau e heke mai nei.",
    ),
    post(
        202,
        "Hēmi Walker",
        17,
        "Anei tāku kohinga waiata.",
        quotes=True,
        enclosures=(Enclosure("Ngā waiata.pdf", "application/pdf", 812_000),),
    ),
)
PATAI = thread(42, "Pātai: te tohutō", post(203, "Mere Tāmati", 19, "Me pēhea te tuhi tohutō i te papa pātuhi?"))

THANKED = thread(
    35,
    "Re: Kupu tuatahi – the miscue sheet",
    post(110, "Graham Wilson", 17, "It opens in Word and in Docs, and I added a column for retelling.", quotes=True),
    *(
        post(111 + at, name, 18 + at % 2, "Thanks so much!", thanks=True)
        for at, name in enumerate(["Losaline Vaipulu", "Mere Tāmati", "Sunita Rao", "Hēmi Walker", "Paul Smith", "Ana"])
    ),
    continued=True,
)
NOTE = Note(
    "Kia ora koutou\n\nThe sun is out, the reports are nearly in, and you still found time to write: ngā mihi nui. "
    "Mere's question about running records woke half of you up; if your school does it another way, tell us.\n\n"
    "Six weeks down, four to go.\n\nNgā mihi\nAroha and Graham",
    ("Aroha Ngata", "Graham Wilson"),
    elsewhere=("On the VPLD: a panel about e-portfolios, open to all until Christmas.",),
)
AROUND = Around(
    NOTE,
    (
        Question(31, "thread31", "Running records", "Mere Tāmati", local("2026-11-16T10:15")),
        Question(21, "thread21", "Re: A short film for Year 10?", "Tangiwai Rāwiri", local("2026-11-10T08:00")),
        Question(22, "thread22", "NCEA co-requisite: who marks?", "", local("2026-11-04T19:30")),
    ),
    Prompt(
        4,
        "What will you stop doing next year?",
        "We all know what we want to start.\n\nWhat will you put down to make room for it, and how will you tell "
        "your team?",
        36,
        "thread36",
    ),
    (
        ComingDate(
            1, "Applications for study awards close", date(2026, 11, 27), link="https://www.example.govt.nz/awards"
        ),
        ComingDate(
            2,
            "Hui ā-tau: moderating writing together",
            date(2026, 12, 2),
            local("2026-12-02T15:30"),
            local("2026-12-02T17:00"),
            event=True,
            school="Everglade School",
        ),
        ComingDate(3, "Abstracts for the literacy conference", date(2026, 12, 4), local("2026-12-04T17:00")),
    ),
    (
        Resource(
            "Recording and marking later: a guide for teachers",
            "https://www.example.org.nz/guide",
            "Anna-Lena Fa’asavalu",
        ),
        Resource("Kupu tuatahi – miscue sheet.docx", "", "Mere Tāmati", 101, 34_200, 2, "Running records"),
        Resource(
            "https://www.example.org.nz/texts/level-1/a-list-that-goes-on-and-on-and-on/2027.html",
            "https://www.example.org.nz/texts/level-1/a-list-that-goes-on-and-on-and-on/2027.html",
            "Sione Tuʻipulotu",
        ),
    ),
    (
        Sibling("esol-primary", "Primary ESOL", "Two new arrivals from Tonga", "thread77", 11),
        Sibling("literacy", "Literacy", "Structured literacy in Year 5", "thread78", 1),
    ),
)
HOLIDAY = Period(
    DigestPeriod.WEEKLY,
    "2027-W05",
    local("2027-02-05T16:00"),
    local("2026-12-18T15:59"),
    local("2027-02-05T15:59"),
    TermWeek(2027, 1, 1),
)
BREAK = Around(
    Note("Welcome back, everybody! Here is what a few of us could not leave alone over the summer.", ("Aroha Ngata",)),
    coming=(ComingDate(5, "Waitangi Day: no school", date(2027, 2, 8)),),
)

SAMPLES: dict[str, Edition] = {
    "flagship": edition(RECORDS, TEXTS, THANKED, BARE, around=AROUND),
    "flagship-te-reo": edition(TUHINGA, PATAI, of=REO, around=AROUND),
    "holiday": edition(BARE, period=HOLIDAY, around=BREAK),
    "quiet-with-dates": edition(around=Around(coming=AROUND.coming)),
    "busy": edition(RECORDS, TEXTS, MOOT, BARE),
    "quiet": edition(),
    "no-terms": edition(RECORDS, period=LATER),
    "no-web": edition(RECORDS, TEXTS, base_url="", around=Around(resources=AROUND.resources)),
    "te-reo": edition(TUHINGA, PATAI, of=REO),
    "te-reo-quiet": edition(of=REO),
    "announcements": edition(
        thread(51, "Moana: new articles", post(301, "The editor", 18, "Three new articles about the sea.")),
        of=mail_list("news", "Science Hub news", style="announce"),
    ),
}

ESOL = mail_list("esol-primary", "Primary ESOL")
ARRIVALS = thread(
    61,
    "Two new arrivals from Tonga",
    post(401, "Losaline Vaipulu", 16, "How do you make the first week easy for children who speak no English yet?"),
    post(402, "Ana Tupou", 17, "A buddy, a picture timetable, and somebody who says their name right.", quotes=True),
)
NEWS = mail_list("news", "Science Hub news", style="announce")
MOANA = thread(51, "Moana: new articles", post(301, "The editor", 18, "Three new articles about the sea."))
# One person over four groups, one of them silent this week.
TOGETHER: tuple[Edition, ...] = (
    edition(RECORDS, TEXTS, around=replace(AROUND, questions=AROUND.questions[1:2], resources=())),
    edition(ARRIVALS, of=ESOL, around=Around(coming=AROUND.coming[1:2])),
    edition(MOANA, of=NEWS),
    edition(of=mail_list("arts", "Arts Online: drama, secondary")),
)
