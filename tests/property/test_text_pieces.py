"""Whatever a body holds: its pieces joined are the body, own text is not empty, and nothing raises."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from listserv.mail.parse import parse
from listserv.mail.text.body import body, own_first_lines
from listserv.mail.text.body_lines import visible
from listserv.mail.text.flowed import unflowed
from listserv.mail.text.html_text import TEXT_CHARACTERS, html_to_text
from listserv.mail.text.pieces import Pieces
from listserv.mail.text.quote import has_quotation, split_own
from listserv.mail.text.seams import cut_at, derived_text, seams_of
from tests.unit.text_samples import ADVERTS, ATTRIBUTIONS, HEADER_BLOCKS

SAMPLES = [
    *(sentence for sentences in ATTRIBUTIONS.values() for sentence in sentences), *HEADER_BLOCKS.values(), *ADVERTS,
    "", " ", "> ", "> quoted", ">> twice", "-- ", "--", "____", "-----Original Message-----", "[EXTERNAL]", "[...]",
    "Reply above this line", "Ngā mihi", "Mere", "Ph 09 235 8000", "mere@kura.example", "From: x", "wrote:",
    "a paragraph of the author that is as long as such paragraphs are, and says something", "*****", " " * 700 + "x",
    "This email is confidential and intended only for the addressee.", "English mailing list -- e@old.example",
    "To unsubscribe: https://lists.example.nz/x", "_______________ English Online",
    "-----BEGIN PGP SIGNATURE-----",
]  # fmt: skip
LINES = st.one_of(st.sampled_from(SAMPLES), st.text(max_size=40))
BODIES = st.tuples(st.lists(LINES, max_size=25).map("\n".join), st.sampled_from(["", "\n"])).map("".join)
TAGS = [
    "div", "p", "b", "blockquote", "ul", "ol", "li", "table", "tr", "td", "pre", "a", "span", "br", "hr",
    "style", "head",
]  # fmt: skip
MARKUP = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
    st.sampled_from(
        [
            '<div class="gmail_quote">', "<blockquote type=cite>", '<div id="divRplyFwdMsg">', '<a href="https://x.nz">',
            '<div style="display:none">', "<!--", "-->", "<", ">", '"', "&", "&amp;", "&#257;", "<img alt='x'>",
            "<a b='",
        ]
    ),
    st.text(max_size=20),
)  # fmt: skip
PAGES = st.lists(MARKUP, max_size=30).map("".join)


def joined(pieces: Pieces) -> str:
    return "".join(piece.text for piece in pieces.pieces)


@given(BODIES, st.one_of(st.none(), PAGES), st.lists(BODIES, max_size=2), st.lists(BODIES, max_size=2))
def test_pieces_joined_are_the_body(text: str, html: str | None, ancestors: list[str], known: list[str]) -> None:
    pieces = split_own(text, html, ancestors, footers=known)
    assert joined(pieces) == text
    assert all(piece.text for piece in pieces.pieces)
    assert bool(visible(pieces.own)) == bool(visible(text))


@given(BODIES, BODIES)
def test_a_known_ancestor_never_adds_what_is_not_there(text: str, ancestor: str) -> None:
    for piece in split_own(text, ancestors=[ancestor]).pieces:
        assert piece.text in text


@given(BODIES)
def test_own_text_split_again_stays_own(text: str) -> None:
    own = split_own(text).own
    assert visible(split_own(own).own) or not visible(own)


@given(PAGES)
def test_html_never_raises_and_marks_are_lines(source: str) -> None:
    rendered = html_to_text(source)
    assert len(rendered.text) <= TEXT_CHARACTERS + len(source)
    lines = rendered.text.split("\n")
    assert all(0 <= mark.start < mark.end <= len(lines) + 2 for mark in rendered.marks)
    assert rendered.text == rendered.text.rstrip()


@given(PAGES)
def test_rendered_html_with_its_own_html(source: str) -> None:
    text = html_to_text(source).text
    assert joined(split_own(text, source)) == text


@given(st.text(alphabet="ab >-\n", max_size=60), st.booleans())
def test_unflowing_keeps_every_letter(text: str, delete_space: bool) -> None:
    kept = unflowed(text, delete_space=delete_space)
    assert [c for c in kept if c in "ab"] == [c for c in text if c in "ab"]


TYPES = ["text/plain", "text/html", "multipart/mixed; boundary=b", "text/plain; format=flowed"]


@given(st.binary(max_size=300), st.sampled_from(TYPES))
def test_any_octets(octets: bytes, content_type: str) -> None:
    message = parse(b"From: a@example.org\nContent-Type: " + content_type.encode() + b"\n\n" + octets)
    found = body(message)
    pieces = split_own(found.text, found.html)
    assert joined(pieces) == found.text
    assert (found.only is None) == bool(visible(found.text)) or found.only == "encrypted"
    assert isinstance(has_quotation(message), bool)
    assert derived_text(message) == (pieces.own, pieces.quoted, seams_of(pieces))
    assert cut_at(found.text, seams_of(pieces)) == pieces.pieces
    assert len(own_first_lines(pieces, 20)) <= 20
