"""Whatever is sent, gathering a post's links and files ends, is bounded, and its keys do not wander."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from listserv.mail.parse import parse
from listserv.mail.shelf.gathering import ITEMS, gathered
from listserv.mail.shelf.titles import TITLE_CHARACTERS
from listserv.mail.shelf.weblink import LINK_CHARACTERS, normal_link, shared_link

HOSTS = st.sampled_from(
    ["tki.example", "www.tki.example", "WWW.www.a.b", "youtu.be", "docs.google.com", "m.youtube.com"]
)
STEPS = st.lists(
    st.sampled_from(["a", "edit", "view", "", "%20", "Ngā-rauemi", "www.", "@", ":", "[", "utm_x"]), max_size=5
)
PAIRS = st.lists(
    st.sampled_from(["utm_source=x", "a=1", "", "fbclid", "v=x", "%75tm_x=1", "q=http://t.example"]), max_size=4
)
LINKS = st.builds(
    lambda scheme, host, steps, pairs, rest: f"{scheme}{host}/{'/'.join(steps)}?{'&'.join(pairs)}#{rest}",
    st.sampled_from(["http://", "https://", "HTTPS://", "", "ftp://"]),
    HOSTS,
    STEPS,
    PAIRS,
    st.sampled_from(["", "top", "/a", "!b", "gid=0", ":~:text=a"]),
)


@given(st.one_of(LINKS, st.text(max_size=80).map("https://".__add__), st.text(max_size=40)))
@example("https://www.www.a.b/edit/edit/")
@example("https://İ.example/")
def test_one_form_is_the_form_of_itself(url: str) -> None:
    normal = normal_link(url)
    assert normal_link(normal) == normal
    shared = shared_link(url)
    assert not shared or normal_link(shared)
    assert len(shared) <= LINK_CHARACTERS
    assert shared_link(shared) == shared


@given(st.lists(st.one_of(LINKS, st.text(max_size=60), st.just("\n"), st.just(" ")), max_size=30), st.booleans())
def test_whatever_is_written_is_gathered_within_bounds(pieces: list[str], is_html: bool) -> None:
    kind = "html" if is_html else "plain"
    head = f"From: Mere <mere@school.example>\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\n".encode()
    found = gathered(parse(head + " ".join(pieces).encode("utf-8", "replace")))
    assert len(found) <= ITEMS
    assert len({each.key for each in found}) == len(found)
    for each in found:
        assert 0 < len(each.title) <= TITLE_CHARACTERS
        assert each.title == " ".join(each.title.split())
        assert not any(ord(mark) < 32 for mark in each.title)
        assert each.url.startswith(("http://", "https://"))
