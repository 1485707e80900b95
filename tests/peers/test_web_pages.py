"""The pages in a real browser, on a phone and on a desk, in light and dark: no barrier, no blocked load, and they work.

Pictures of every page go to the folder that LISTSERV_PICTURES names, to be looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from listserv.mail.token import sign_in_token
from tests.browser import Browser, a_browser
from tests.store_site import a_post
from tests.web_site import WebSiteUnderTest, served

pytestmark = pytest.mark.chromium

WIDTHS = (360, 1280)
MERE = "mere.ngata@everglade.school.example"

QUESTION = """\
Tēnā koutou,

I have a new entrant class this term, and two of my ākonga have just arrived from Tonga with
hardly any English. We do running records every second week, and I am not sure what they tell
me about these two children.

How do you use running records with ākonga who are new to English? Has anybody tried recording
in the first language as well?

Ngā mihi
Mere

--
Mere Ngata
Everglade School | Room 5 | 09 555 0100"""

ANSWER = """\
Kia ora Mere,

We keep them, but read them differently. What helped us:

* retell first, in whichever language comes
* count only what is about meaning
* talk with the whānau: https://esolonline.example.nz/running-records/what-they-tell-you?group=primary&level=1

> Has anybody tried recording
> in the first language as well?

Yes! Ana does, and it shows how much they understand. Write to me at losaline@waiuku.school.example.

Losaline

On Mon, 16 Nov 2026 at 20:00, Mere Ngata <mere.ngata@everglade.school.example> wrote:

> Tēnā koutou,
>
> I have a new entrant class this term, and two of my ākonga have just arrived from Tonga with
> hardly any English. We do running records every second week, and I am not sure what they tell
> me about these two children.
"""

FORMATTED = """\
From: Graham Wilson <graham@ramarama.school.example>
To: english@lists.example.nz
Subject: Year 9 texts: a table, a picture and a plan
Date: Tue, 17 Nov 2026 07:45:00 +1300
Message-ID: <formatted@ramarama.school.example>
Content-Language: en-NZ
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: multipart/alternative; boundary="a"

--a
Content-Type: text/plain; charset=utf-8

Here is what we read in Year 9.

--a
Content-Type: text/html; charset=utf-8

<html><head><title>x</title><style>p{color:red}</style></head><body bgcolor="#ffff00"><h1>What we read</h1>
<p style="font-size:40px;color:#eee">Here is what we read in <b>Year 9</b>, and
<a href="https://tki.example.nz/texts">why</a>.</p>
<p><img src="https://tracker.example/pixel.png" alt="Our library corner"></p>
<table border="1"><tr><th>Term</th><th>Text</th></tr><tr><td>1</td><td>The Whale Rider</td></tr><tr><td>2</td><td>Hunt
for the Wilderpeople</td></tr></table><ul><li>short texts</li><li>poems by our own ākonga</li></ul>
<script>alert(1)</script>
QUOTED</body></html>

--a--
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename="Y=?utf-8?Q?e?=ar 9 plan.pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjQKJSBhIHBsYW4K

--b
Content-Type: image/png
Content-Disposition: attachment; filename*=utf-8''p%C5%8Dtae-%C4%81konga.png

xxxxxxxxxx

--b--
""".replace("QUOTED", "<blockquote>" * 20 + "Which texts do you read?" + "</blockquote>" * 20)

THANKS = """\
<html><head><meta name="Generator" content="Microsoft Word 15 (filtered medium)"></head><body>
<div><p>Thanks Graham! My Year 10s loved Wilderpeople too, above all the chapter titles.</p><p>Sunita</p></div>
<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Graham Wilson<br><b>Sent:</b> Tuesday,
17 November 2026 7:45 am<br><b>To:</b> English Online<br><b>Subject:</b> Year 9 texts</div>
<div>Here is what we read in Year 9.</div></body></html>"""


class Place(NamedTuple):
    """The site as it is served, and the path of each page by what it is called on its pictures."""

    site: WebSiteUnderTest
    address: str
    pages: dict[str, str]
    private: str
    unsubscribe: str
    sign_in: str


def posts() -> list[bytes]:
    """A small week of English Online."""
    question = a_post(
        f"Mere Ngata <{MERE}>", "Running records for ākonga new to English?", QUESTION,
        Message_ID="<q@x>", Content_Type="text/plain; charset=utf-8",
    )  # fmt: skip
    answer = a_post(
        "Losaline Tupou <losaline@waiuku.school.example>", "Re: Running records for ākonga new to English?", ANSWER,
        Message_ID="<a@x>", In_Reply_To="<q@x>", Date="Mon, 16 Nov 2026 21:10:00 +1300",
        Content_Type="text/plain; charset=utf-8", Content_Language="en-NZ",
    )  # fmt: skip
    reo = a_post(
        "Te Ariki Pōtae <teariki@reremoana.school.example>", "Matariki 2027",
        "Tēnā koutou katoa\n\nKo wai mā e whakarite ana i a Matariki mō tērā tau?",
        Message_ID="<m@x>", Content_Type="text/plain; charset=utf-8", Content_Language="mi",
    )  # fmt: skip
    thanks = a_post(
        "Sunita Rao <sunita@papatoetoe.school.example>", "Re: Year 9 texts: a table, a picture and a plan", THANKS,
        Message_ID="<t@x>", In_Reply_To="<formatted@ramarama.school.example>", Content_Type="text/html; charset=utf-8",
        Date="Tue, 17 Nov 2026 08:30:00 +1300",
    )  # fmt: skip
    long_word = a_post(
        "wiremu@school.example", "https://example.nz/" + "a-very-long-word-without-any-place-to-break" * 3,
        "x" * 400, Message_ID="<w@x>", Date="Sun, 15 Nov 2026 08:30:00 +1300",
    )  # fmt: skip
    return [question, answer, FORMATTED.replace("\n", "\r\n").encode(), thanks, reo, long_word]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("pages")
    with served(folder) as (site, address):
        about = "Teachers of English share ideas, ask for help and resources, and find one another."
        english = site.group("english", MERE, "jo@school.example")
        closed = site.group("leaders", MERE, private=True)
        reo = site.group("te-reo", language="mi")
        site.write(
            lambda c: c.exec_driver_sql(f"UPDATE list SET title='English Online', description='{about}' WHERE id=1")
        )
        site.write(lambda c: c.exec_driver_sql("UPDATE network SET title='Lists of Aotearoa'"))
        site.write(lambda c: c.exec_driver_sql("UPDATE person SET name='Mere Ngata' WHERE id=1"))
        ids = site.archive(english, *posts())
        site.archive(closed, a_post(MERE, "Appraisal dates"))
        site.archive(reo, posts()[4])
        threads = re.findall(r"/groups/english/threads/[a-z0-9]+", site.get("/groups/english/").text)
        yield Place(
            site,
            address,
            {
                "home": "/",
                "group": "/groups/english/",
                "group-mi": "/groups/te-reo/",
                "thread-formatted": threads[0],
                "thread": threads[1],
                "thread-long-word": threads[3],
                "post": f"/groups/english/posts/{ids[1]}",
                "post-files": f"/groups/english/posts/{ids[2]}",
                "post-html": f"/groups/english/posts/{ids[2]}?view=html",
                "search": "/groups/english/search",
                "search-found": "/groups/english/search?q=records+akonga&author=&from=2026-11-01&to=",
                "search-nothing": "/groups/english/search?q=zzz",
                "resources": "/groups/english/resources",
                "not-found": "/groups/nowhere/",
                "sign-in-how": "/sign-in",
            },
            "/groups/leaders/",
            site.unsubscribe_link(english, "jo@school.example"),
            f"/sign-in/{sign_in_token(site.key, site.person(MERE), site.now.date())}?next=/groups/leaders/",
        )


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    with a_browser(chromium) as opened:
        yield opened


def keep_picture(browser: Browser, name: str) -> None:
    folder = os.environ.get("LISTSERV_PICTURES")
    if folder:
        browser.picture(Path(folder) / f"{name}.png")


def look(browser: Browser, url: str, name: str, width: int, *, dark: bool = False) -> None:
    """Opens the page at that width: nothing blocked, no barrier, nothing wider than the window."""
    browser.resize(width, dark=dark)
    browser.faults.clear()
    browser.open(url)
    seen(browser, f"{name}-{width}{'-dark' if dark else ''}")


def seen(browser: Browser, name: str) -> None:
    keep_picture(browser, name)
    assert browser.axe() == []
    assert [fault for fault in browser.faults if "favicon" not in fault and "404 (Not Found)" not in fault] == []
    assert browser.run("document.documentElement.scrollWidth <= window.innerWidth")
    assert browser.run("innerWidth") == int(re.findall(r"-(\d+)", name)[-1])


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_has_no_barrier(browser: Browser, place: Place, width: int) -> None:
    for name, path in place.pages.items():
        look(browser, place.address + path, name, width)


def test_the_dark_pages_have_no_barrier(browser: Browser, place: Place) -> None:
    for name in ("home", "group", "thread", "post-html", "search-found"):
        look(browser, place.address + place.pages[name], name, 360, dark=True)


def test_folded_text_opens_without_a_script(browser: Browser, place: Place) -> None:
    browser.resize(360)
    browser.open(place.address + place.pages["thread"])
    assert browser.run("document.querySelectorAll('script').length") == 0
    assert browser.run("document.querySelectorAll('details').length") >= 2
    assert not browser.run("document.querySelector('details').open")
    browser.run("document.querySelectorAll('summary').forEach(each => each.click())")
    assert browser.run("[...document.querySelectorAll('details')].every(each => each.open)")
    seen(browser, "thread-open-360")


def test_the_style_sheet_is_applied(browser: Browser, place: Place) -> None:
    browser.resize(1280)
    browser.open(place.address + "/")
    assert browser.run("getComputedStyle(document.querySelector('main')).maxWidth") == "704px"


def test_everything_one_can_press_is_large_enough_and_shows_the_focus(browser: Browser, place: Place) -> None:
    """WCAG 2.2 §2.5.8: 24 by 24 pixels, or a link inside a sentence; §2.4.7 and §2.4.13: a visible ring."""
    browser.resize(360)
    small = """[...document.querySelectorAll('a, button, input, summary')].filter(each => {
        const box = each.getBoundingClientRect();
        return !each.classList.contains('skip') && !each.closest('.words, .facts, .formatted, p') && box.height < 24;
    }).map(each => each.outerHTML)"""
    for name, path in place.pages.items():
        browser.open(place.address + path)
        assert browser.run(small) == [], name
    browser.open(place.address + place.pages["thread"])
    browser.run("document.querySelector('main a').focus({focusVisible: true})")
    assert browser.run("getComputedStyle(document.querySelector('main a')).outlineStyle") == "solid"


def test_a_member_signs_in_reads_and_signs_out(browser: Browser, place: Place) -> None:
    browser.resize(360)
    browser.open(place.address + place.private)
    assert browser.run("document.querySelector('h1').textContent") == "Not found"
    browser.open(place.address + place.sign_in)
    seen(browser, "sign-in-360")
    browser.press("main form button")
    assert browser.run("location.pathname") == place.private
    seen(browser, "group-private-360")
    look(browser, place.address + place.pages["thread"], "thread-member", 360)
    look(browser, place.address + place.pages["post-files"], "post-member", 360)
    browser.open(place.address + place.private)
    [cookie] = browser.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    assert browser.run("document.cookie") == ""
    browser.press(".account button")
    assert browser.run("location.pathname") == "/"
    assert browser.cookies() == []
    browser.open(place.address + place.private)
    assert browser.run("document.querySelector('h1').textContent") == "Not found"


def test_what_was_quoted_twenty_times_can_be_read_on_a_phone(browser: Browser, place: Place) -> None:
    browser.resize(360)
    browser.open(place.address + place.pages["post-html"])
    assert browser.run("[...document.querySelectorAll('.formatted blockquote')].pop().clientWidth") > 180


def test_leaving_and_coming_back_by_the_buttons(browser: Browser, place: Place) -> None:
    browser.resize(360)
    browser.open(place.address + place.unsubscribe)
    seen(browser, "leave-360")
    browser.press("button[value=leave]")
    assert browser.run("document.querySelector('h1').textContent") == "You have left English Online"
    seen(browser, "left-360")
    browser.press("button[value=return]")
    assert browser.run("document.querySelector('h1').textContent") == "You are in English Online again"
    seen(browser, "back-360")


def test_a_form_of_another_site_does_nothing(browser: Browser, place: Place) -> None:
    """The browser itself says where a form comes from; nothing is signed in by it."""
    page = f"<form method=post action='{place.address}{place.sign_in}'><button>x</button></form>"
    browser.open("data:text/html," + page.replace("#", "%23"))
    browser.press("button")
    assert browser.run("document.querySelector('h1').textContent") == "Not done"
    assert browser.cookies() == []
