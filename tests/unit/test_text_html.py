"""HTML as text: what a reader sees is there, what nobody sees is not, and marks of programs become line ranges."""

from __future__ import annotations

import pytest

from listserv.mail.text.html_text import RULE, html_to_text
from tests.stopwatch import Stopwatch

CASES = {
    "paragraphs": ("<p>One</p><p>two</p>", "One\n\ntwo"),
    "lines of Word": ("<p class=MsoNormal>One</p><p class=MsoNormal>two</p>", "One\ntwo"),
    "lines of web mail": ("<div>a</div><div><br></div><div>b<br></div><div>c</div>", "a\n\nb\nc"),
    "a word in bold with an entity": ("t&#257;<b>ne</b> and <b>t&#257;n</b>e", "tāne and tāne"),
    "white space": ("a  \n\t b<span> c </span> d", "a b c d"),
    "no-break spaces": ("a&nbsp;&nbsp;b", "a  b"),
    "invisible characters": ("a&#8203;b&shy;c&#65279;", "abc"),
    "breaks": ("a<br>b<br><br>c", "a\nb\n\nc"),
    "bullets": ("<ul><li>one<li><p>two</p></ul>", "- one\n- two"),
    "numbers": ("<ol start=3><li>three</li><li>four</li></ol>", "3. three\n4. four"),
    "a list in a list": ("<ul><li>one<ul><li>in</ul><li>two</ul>", "- one\n  - in\n- two"),
    "a link": ('see <a href="https://example.nz/a">the page</a>.', "see the page <https://example.nz/a>."),
    "a link that shows itself": ('<a href="https://www.example.nz/">example.nz</a>', "example.nz"),
    "an address": ('<a href="mailto:mere@example.nz">Mere</a>', "Mere <mere@example.nz>"),
    "links that lead nowhere": ('<a href="#top">up</a> <a href="javascript:x()">go</a>', "up go"),
    "a wrapped link": (
        '<a href="https://nzl01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.nz%2Fb&data=1">b</a>',
        "b <https://example.nz/b>",
    ),
    "a quotation": ("a<blockquote>b<blockquote>c</blockquote></blockquote>d", "a\n\n> b\n>\n> > c\n\nd"),
    "an indentation": (
        '<blockquote style="margin:0 0 0 40px;border:none;padding:0px">moved</blockquote>',
        "  moved",
    ),
    "a table": ("<table><tr><td>a<td>b<tr><td>c</td><td>d</td></tr></table>e", "a | b\nc | d\ne"),
    "cells of Word": ("<table><tr><td><p>a</p></td><td><p>b</p></td></tr></table>", "a | b"),
    "preformatted": ("<pre>a  b\n  c</pre>", "a  b\n  c"),
    "a picture by its words": ('<img alt="Our class"><img src=x>', "[Our class]"),
    "a tracking pixel": ('a<img alt="open" width="1" height="1">', "a"),
    "a rule": ("a<hr>b", f"a\n{RULE}\nb"),
    "hidden elements": ('<div style="display: none">preview</div><p hidden>x</p>shown', "shown"),
    "head, style, script": (
        "<head><title>t</title><style>p{}</style></head><body><script>x()</script>shown</body>",
        "shown",
    ),
    "an open head": ("<head><meta charset=utf-8><body>shown", "shown"),
    "conditional comments": ("<!--[if mso]><p>no</p><![endif]-->yes<![if !mso]>!<![endif]>", "yes!"),
    "comments": ("a<!-- b -->c", "ac"),
    "nothing but hidden": ('<div style="display:none">all there is</div>', "all there is"),
    "broken tags": ("1 < 2 and <b", "1 < 2 and <b"),
    "an open quotation mark": ('<a href="x>text', "text"),
    "an open comment": ("a<!-- b<br>c", "a b\nc"),
    "stray ends": ("</div></p>a</b>", "a"),
    "old tags": ("<CENTER><FONT COLOR=red>A</FONT></CENTER>", "A"),
    "empty": ("", ""),
    "only tags": ("<p><br></p>", ""),
}


@pytest.mark.parametrize("name", CASES)
def test_text(name: str) -> None:
    source, expected = CASES[name]
    assert html_to_text(source).text == expected


MARKS = {
    '<div class="gmail_quote">x</div>': "container",
    '<div class="gmail_quote gmail_quote_container">x</div>': "container",
    "<blockquote type=cite>x</blockquote>": "quote",
    '<blockquote class="gmail_quote" style="border:none">x</blockquote>': "quote",
    '<div class="moz-cite-prefix">x</div>': "attribution",
    '<div dir=ltr class="gmail_attr">x</div>': "attribution",
    '<div id="divRplyFwdMsg">x</div>': "below",
    '<hr id="stopSpelling">x': "below",
    '<DIV class="OutlookMessageHeader">x</DIV>': "below",
    '<div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm">x</div>': "below",
    '<div id="yahoo_quoted_123" class="yahoo_quoted">x</div>': "quote",
    '<div class="protonmail_quote">x</div>': "container",
    '<div class="zmail_extra">x</div>': "quote",
    '<div id="AppleMailSignature">x</div>': "signature",
    '<div data-smartmail="gmail_signature">x</div>': "signature",
    '<div id="ms-outlook-mobile-signature">x</div>': "signature",
    '<div name="quote">x</div>': "quote",
}


@pytest.mark.parametrize("source", MARKS)
def test_marks_of_programs(source: str) -> None:
    rendered = html_to_text(f"<div>own</div>{source}")
    assert [mark.kind for mark in rendered.marks] == [MARKS[source]]
    (mark,) = rendered.marks
    lines = rendered.text.split("\n")
    assert any(line.endswith("x") for line in lines[mark.start : mark.end])
    assert not any("own" in line for line in lines[mark.start : mark.end])


@pytest.mark.parametrize("source", ['<div class="x_gmail_quote">x</div>', "<div>x</div>", '<p class="quote">x</p>'])
def test_no_marks(source: str) -> None:
    assert html_to_text(source).marks == ()


def test_twenty_thousand_elements_inside_each_other() -> None:
    for tag in ("div", "blockquote", "ul", "table", "font"):
        with Stopwatch() as watch:
            text = html_to_text(f"<{tag}>" * 20_000 + "here" + f"</{tag}>" * 20_000).text
            assert "here" in text
            assert len(text) < 1_000
        assert watch.seconds < 1.0
