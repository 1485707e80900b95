"""HTML of strangers: what comes out is judged by another parser, and takes no time however it is written."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.web.cleaning import _BLOCKS, _INLINE, DEEPEST, clean_html
from tests.stopwatch import Stopwatch

ALLOWED_TAGS = _INLINE | _BLOCKS | {"br", "hr"}
ALLOWED_ATTRIBUTES = {"href", "rel", "colspan", "rowspan", "lang", "dir"}


class Judge(HTMLParser):
    """Reads HTML as the standard library does and names everything that may not be there."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.text: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED_TAGS:
            self.wrong.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ALLOWED_ATTRIBUTES:
                self.wrong.append(f"<{tag} {name}={value}>")
            if name == "href":
                self.links.append(value or "")
        if tag not in ("br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.wrong.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.wrong.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self.wrong.append(f"<?{data}>")


def judged(shown: str) -> Judge:
    judge = Judge()
    judge.feed(shown)
    judge.close()
    assert judge.wrong == []
    assert judge.open == []
    for link in judge.links:
        assert link.startswith(("https://", "http://", "mailto:"))
    return judge


def cleaned(source: str) -> str:
    shown = clean_html(source, lambda alt: f"[Picture: {alt}]" if alt else "[Picture]", lambda text: text)
    assert shown is not None
    return shown


TRICKS = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src='//tracker.example/pixel.gif' alt='<script>alert(1)</script>'>",
    "<img alt='\"><script>alert(1)</script>' src=cid:1>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg/><a xlink:href='javascript:alert(1)'>x</a>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<a href='javascript:alert(1)'>x</a><a href=' java\tscript:alert(1)'>x</a><a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='vbscript:x'>x</a><a href='data:text/html,<script>alert(1)</script>'>x</a><a href='blob:x'>x</a>",
    "<a href='//evil.example'>x</a><a href='/sign-out'>x</a><a href='http:evil'>x</a><a href='?a=b'>x</a>",
    "<a href='https://ok.example/\"onmouseover=alert(1) x=\"'>x</a>",
    "<p style='background:url(//evil.example/x)' onclick=alert(1) class=top id=main>x</p>",
    "<style>@import '//evil.example/x.css';</style><link rel=stylesheet href='//evil.example'>",
    "<base href='//evil.example/'><meta http-equiv=refresh content='0;url=//evil.example'>",
    "<form action='//evil.example'><input name=a><button formaction='javascript:alert(1)'>x</button></form>",
    "<iframe src='//evil.example' srcdoc='<script>alert(1)</script>'></iframe><object data=x><embed src=x>",
    "<video src='//evil.example' onerror=alert(1)><source src=x></video><audio autoplay src=x>",
    "<!--[if gte mso 9]><xml><o:OfficeDocumentSettings/></xml><![endif]-->",
    "<!--><script>alert(1)</script>-->",
    "<!DOCTYPE html [<!ENTITY x 'y'>]><?php echo 1 ?><![CDATA[<script>alert(1)</script>]]>",
    "<title><script>alert(1)</script></title><textarea><script>alert(1)</script></textarea><xmp><script>x</script></xmp>",
    "<template><script>alert(1)</script></template><select><option><script>x</script></select>",
    "<table background='//evil.example'><td background=x bgcolor=red width=9999 colspan='2\" onload=x'>x",
    "<p lang='en\" onload=alert(1)' dir='x'>x</p><p lang=mi dir=rtl>y</p>",
    "<div/onclick=alert(1)>x</div><div\x00onclick=x>y</div><di\x00v>z",
    "<p>unclosed <b>bold <i>both <p>again</b> still</i><div><ul><li>a<li>b</div></ul></table></td>",
    "</p></div></body></html></main><main><h1>not ours</h1>",
    "<a href=https://a.example><a href=https://b.example>nested</a></a>",
    "<a href='https://evil.example' target=_top rel=opener>x</a>",
    "<" * 50 + "a href=javascript:alert(1)" + ">" * 50,
    "<a href='https://ok.example'" + " x" * 100 + " onclick=alert(1)>x</a>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;b&#62; &amp;lt;",
    "<b\n\r\tonclick=alert(1)>x</b><B STYLE=x>y</B>",
    "<dd>x<dt>y<li>z<tr>w<td>v<tbody>u",
]


@pytest.mark.parametrize("source", TRICKS, ids=range(len(TRICKS)))
def test_nothing_but_the_allowed_comes_out(source: str) -> None:
    judge = judged(cleaned(source))
    assert "alert(1)</script" not in cleaned(source)
    assert judged(cleaned(f"<div>before {source} after</div>")).text
    for link in judge.links:
        assert "evil" not in link or link == "https://evil.example"


@given(st.text(alphabet="<>/=\"' abipdltr!-&;#x:\t\n\0", max_size=300))
def test_any_soup_comes_out_clean(source: str) -> None:
    judged(cleaned(source))


TAGS = sorted(
    [*ALLOWED_TAGS, "script", "style", "svg", "math", "img", "form", "h1", "th", "center", "font", "o:p", "body"]
)


@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from(TAGS), st.sampled_from(["", "x", " href=javascript:x"])), max_size=60
    )
)
def test_any_order_of_tags_comes_out_closed_in_order(tags: list[tuple[bool, str, str]]) -> None:
    source = "".join(f"</{name}>{rest}" if closing else f"<{name}{rest}>{rest}" for closing, name, rest in tags)
    judged(cleaned(source))


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("<h1>Title</h1>text", "<p><b>Title</b></p>text"),
        ("<p>Kia <b>ora</b><br>Mere</p>", "<p>Kia <b>ora</b><br>Mere</p>"),
        ("<p><b>Kia<p>ora</b>x", "<p><b>Kia</b></p><p>orax</p>"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"),
        ("<li>alone", "<div>alone</div>"),
        (
            "<table><tr><th colspan=2>T<td>x</table>y",
            '<table><tbody><tr><td colspan="2">T</td><td>x</td></tr></tbody></table>y',
        ),
        ("<table>text<tr><td>x</table>", "<table><tbody><tr><td>text</td></tr><tr><td>x</td></tr></tbody></table>"),
        ("<center>x</center><font color=red>y</font>", "<div>x</div>y"),
        ('<img src="https://t.example/x" alt="A &lt;b&gt; cat">', " [Picture: A &lt;b&gt; cat] "),
        ("<img>", " [Picture] "),
        ("<svg><text>in</text></svg>after <xml>x</xml>y", "after y"),
        ("<svg/>after", "after"),
        ("<p lang=mi>Āe</p>", '<p lang="mi">Āe</p>'),
        ("a &amp; b &nbsp;c", "a &amp; b &nbsp;c"),
    ],
)
def test_what_people_write_stays_what_it_is(source: str, shown: str) -> None:
    assert cleaned(source) == shown


def test_a_link_around_blocks_is_a_link_in_each() -> None:
    shown = cleaned('<a href="https://a.example/"><div>one</div><div> </div><p>two</p></a> three <a href="/x">four</a>')
    assert judged(shown).links == ["https://a.example/", "https://a.example/"]
    assert shown.count('rel="nofollow noopener noreferrer"') == 2
    assert shown.endswith("</p> three four")


def test_texts_and_links_go_through_what_the_viewer_may_read() -> None:
    shown = clean_html(
        '<a href="mailto:m@s.example">m@s.example</a><img alt="m@s.example">', str, lambda text: text.replace("s.", "…")
    )
    assert shown is not None
    assert "s.example" not in shown
    assert "mailto:m@…example" in shown


HEAVY = [
    "<div>" * 20_000 + "deep" + "</div>" * 20_000,
    "<b>" * 50_000 + "x",
    "<table><tr><td>" * 20_000 + "x",
    "<ul><li>" * 40_000 + "x",
    "<a href=https://a.example/>" * 30_000 + "x",
    "".join(f"<b lang=a{number}>" for number in range(200)) + "<p>x" * 40_000,
    "<font>" * 50_000 + "<p>" * 20_000,
    "<" * 200_000,
    "<a " * 100_000,
    "<a href='" * 50_000,
    "&" * 300_000,
    "<!--" * 100_000,
    "</div>" * 80_000,
    "<svg>" * 80_000,
    "<p>" + "<b>x</b>" * 50_000,
]


@pytest.mark.parametrize("source", HEAVY, ids=range(len(HEAVY)))
def test_hostile_html_is_answered_in_under_a_second(source: str) -> None:
    with Stopwatch() as watch:
        shown = clean_html(source, str, str)
    assert watch.seconds < 1
    if shown is not None:
        judged(shown)
        assert len(shown) < 1_200_000


def test_nesting_is_flattened_and_nothing_is_lost() -> None:
    shown = cleaned("<div>" * 500 + "deep" + "</div>" * 500 + "after")
    assert shown.count("<div>") == DEEPEST
    assert "".join(judged(shown).text) == "deepafter"


def test_too_much_of_it_is_not_shown_at_all() -> None:
    assert clean_html("x" * 1_000_001, str, str) is None
    assert clean_html("<" * 900_000, str, str) is None
