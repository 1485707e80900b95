"""Judges a page as a browser would read it: only tags, attributes and addresses that pages of ours have.

The lists are written down here and not taken from the program, so that a change there is noticed.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import NamedTuple

from tests.stopwatch import Stopwatch
from tests.web_site import WebSiteUnderTest

OURS = {
    "html", "head", "meta", "title", "link", "body", "a", "header", "main", "nav", "section", "article", "form", "p",
    "ul", "ol", "li", "h1", "h2", "h3", "bdi", "span", "div", "time", "details", "summary", "blockquote", "dl", "dt",
    "dd", "label", "input", "button", "mark",
}  # fmt: skip
# What a post's HTML may hold besides.
THEIRS = {
    "abbr", "b", "br", "cite", "code", "del", "em", "hr", "i", "ins", "kbd", "pre", "q", "s", "samp", "small", "strong",
    "sub", "sup", "table", "tbody", "td", "tr", "u", "var",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "name", "content", "rel", "href", "title", "type", "class", "id", "tabindex", "method", "action",
    "aria-label", "aria-labelledby", "aria-describedby", "datetime", "role", "for", "value", "maxlength",
    "autocomplete", "required", "download", "colspan", "rowspan", "dir",
}  # fmt: skip


class PageJudge(HTMLParser):
    """Names every tag, attribute and address of a page that no page of ours has."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in OURS | THEIRS:
            self.wrong.append(f"<{tag}>")
        if tag not in ("meta", "link", "input", "br", "hr"):
            self.open.append(tag)
        for name, value in attrs:
            if name not in ATTRIBUTES:
                self.wrong.append(f"{tag} {name}")
            if name == "href" and not re.match(r"/(?!/)|https?://|mailto:|#main", value or ""):
                self.wrong.append(f"href {value}")
            if (tag, name) == ("link", "href") and not (value or "").startswith("/"):
                self.wrong.append(f"loads {value}")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}>")


def judge_page(text: str) -> None:
    """Fails unless the page is closed in order and holds only what ours hold, whatever a post brought into it."""
    judge = PageJudge()
    judge.feed(text)
    judge.close()
    assert judge.wrong == []
    assert judge.open == []
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b\x0c\x0e-\x1f]", text)


class Visited(NamedTuple):
    """What a walk over a group's pages saw: faults, and how long conversations took to be shown."""

    faults: list[str]
    thread_seconds: list[float]
    post_seconds: list[float]


def judge_group(site: WebSiteUnderTest, name: str) -> Visited:
    """Opens every conversation and every post of the group, the posts also as formatted, and judges each page."""
    with site.database.read() as connection:
        here = f"list_id = (SELECT id FROM list WHERE name = '{name}')"
        threads = connection.exec_driver_sql(
            f"SELECT public_id FROM thread WHERE {here} AND alias_of IS NULL AND posts > 0"
        )
        paths = [f"threads/{public_id}" for public_id in threads.scalars()]
        ids = list(connection.exec_driver_sql(f"SELECT id FROM post WHERE {here} ORDER BY id").scalars())
    visited = Visited([], [], [])
    for path in [*paths, *(f"posts/{post_id}{view}" for post_id in ids for view in ("", "?view=html"))]:
        with Stopwatch() as watch:
            answer = site.get(f"/groups/{name}/{path}")
        (visited.thread_seconds if path.startswith("threads") else visited.post_seconds).append(watch.seconds)
        try:
            assert answer.status == 200
            judge_page(answer.text)
        except AssertionError as error:
            visited.faults.append(f"{path}: {answer.status} {error}")
    return visited
