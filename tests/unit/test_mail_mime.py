"""The tree of parts and their windows on the octets."""

from __future__ import annotations

from listserv.mail.fields import cut_message_head
from listserv.mail.mime import MimeLimits, Part, scan_parts
from listserv.mail.parse import parse


def _tree(part: Part) -> object:
    return (part.content_type, [_tree(child) for child in part.children]) if part.children else part.content_type


def _root(text: str, limits: MimeLimits | None = None) -> Part:
    octets = text.replace("\n", "\r\n").encode()
    return scan_parts(octets, cut_message_head(octets), limits)


def _bodies(root: Part) -> list[bytes]:
    return [part.body() for part in root.walk() if not part.children]


MIXED = 'Content-Type: multipart/mixed; boundary="b"\n\npreamble\n'


def test_a_message_without_parts_is_its_body() -> None:
    root = _root("Subject: a\n\nKia ora\n")
    assert (root.content_type, root.body(), root.children) == ("text/plain", b"Kia ora\r\n", ())
    assert (root.charset, root.transfer_encoding, root.disposition) == (None, "7bit", "")


def test_the_line_end_before_a_delimiter_belongs_to_it() -> None:
    root = _root(MIXED + "--b\n\none\n--b\n\ntwo\n\n--b--\nepilogue\n")
    assert _bodies(root) == [b"one", b"two\r\n"]
    assert root.defects == ()
    assert root.body_end == len(root.octets)


def test_windows_are_offsets_into_the_message() -> None:
    root = _root(MIXED + "--b\nContent-Type: text/html\n\none\n--b--\n")
    child = root.children[0]
    assert root.octets[child.header_start : child.body_start] == b"Content-Type: text/html\r\n\r\n"
    assert root.octets[child.body_start : child.body_end] == b"one"
    assert child.main_type == "text"
    assert child.raw("content-TYPE") == [b"text/html"]


def test_white_space_after_a_delimiter_and_other_lines_that_begin_like_it() -> None:
    root = _root(MIXED + "--b \t\n\none\n--bb\n--b.\n --b\n-- b\n--b-- \n--b\n\ntwo\n")
    assert _bodies(root) == [b"one\r\n--bb\r\n--b.\r\n --b\r\n-- b"]


def test_a_missing_end_is_the_end_of_the_message() -> None:
    root = _root(MIXED + "--b\n\none\n--b\n\ntwo\n")
    assert _bodies(root) == [b"one", b"two\r\n"]
    assert root.defects == ("no_closing_boundary",)


def test_an_inner_multipart_without_end_stops_where_its_parent_goes_on() -> None:
    inner = '--b\nContent-Type: multipart/alternative; boundary="i"\n\n--i\n\none\n'
    root = _root(MIXED + inner + "--b\n\ntwo\n--b--\n")
    assert _tree(root) == ("multipart/mixed", [("multipart/alternative", ["text/plain"]), "text/plain"])
    assert _bodies(root) == [b"one", b"two"]


def test_boundaries_that_are_prefixes_of_one_another() -> None:
    inner = '--b\nContent-Type: multipart/alternative; boundary="bb"\n\n--bb\n\none\n--bb--\n'
    root = _root(MIXED + inner + "--b\n\ntwo\n--b--\n")
    assert _bodies(root) == [b"one", b"two"]


def test_nothing_between_two_delimiters_is_no_part() -> None:
    root = _root(MIXED + "--b\n--b\n\none\n--b\n--b--\n")
    assert _bodies(root) == [b"one"]


def test_a_part_without_a_blank_line() -> None:
    root = _root(MIXED + "--b\nContent-Type: text/html\n--b\nKia ora\n--b--\n")
    assert [(part.content_type, part.body()) for part in root.children] == [
        ("text/html", b""),
        ("text/plain", b"Kia ora"),
    ]


def test_a_multipart_in_which_nothing_is_found_is_text() -> None:
    for text, defect in ((MIXED, "no_parts"), ("Content-Type: multipart/mixed\n\n--b\n\nx\n", "no_boundary")):
        root = _root(text)
        assert (root.content_type, root.children, root.defects) == ("text/plain", (), (defect,))


def test_an_embedded_message_is_a_child() -> None:
    text = "Subject: inner\nContent-Type: text/html\n\ninner body\n"
    root = _root(MIXED + "--b\nContent-Type: message/rfc822\n\n" + text + "--b--\n")
    assert _tree(root) == ("multipart/mixed", [("message/rfc822", ["text/html"])])
    inner = root.children[0].children[0]
    assert inner.raw("subject") == [b"inner"]
    assert inner.header_start == root.children[0].body_start
    assert inner.body() == b"inner body"


def test_parts_of_a_digest_are_messages() -> None:
    text = MIXED.replace("mixed", "digest") + "--b\n\nSubject: one\n\nbody\n--b--\n"
    assert _tree(_root(text)) == ("multipart/digest", [("message/rfc822", ["text/plain"])])


def test_an_encoded_message_is_opaque() -> None:
    root = _root("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogYQ==\n")
    assert (root.children, root.defects, root.decoded()) == ((), ("encoded_message",), b"Subject: a")


def test_what_is_too_deep_is_opaque() -> None:
    text = "".join(f'Content-Type: multipart/mixed; boundary="{n}"\n\n--{n}\n' for n in range(5)) + "\nx\n"
    parts = list(_root(text, MimeLimits(depth=3)).walk())
    assert [part.content_type for part in parts] == ["multipart/mixed"] * 4
    assert parts[-1].defects == ("too_deep",)
    assert parts[-1].body().endswith(b"x\r\n")


def test_what_is_too_many_is_one_opaque_part() -> None:
    root = _root(MIXED + "".join(f"--b\n\n{n}\n" for n in range(9)) + "--b--\n", MimeLimits(parts=4))
    assert _bodies(root)[:2] == [b"0", b"1"]
    rest = root.children[-1]
    assert (rest.content_type, rest.defects) == ("application/octet-stream", ("too_many_parts",))
    assert b"8" in rest.body()
    assert len(list(root.walk())) == 4


def test_a_boundary_that_is_too_long_is_none() -> None:
    name = "b" * 3_000
    root = _root(f'Content-Type: multipart/mixed; boundary="{name}"\n\n--{name}\n\nx\n--{name}--\n')
    assert (root.children, root.defects) == ((), ("boundary_too_long",))


def test_what_a_part_says_of_itself() -> None:
    header = (
        "Content-Type: Application/PDF; name=a.pdf\nContent-Transfer-Encoding: BASE64 (yes)\n"
        "Content-Disposition: Attachment;\n filename*=utf-8''K%C5%8Drero.pdf\nContent-ID: <a1@example.nz>\n\nS2lh\n"
    )
    root = _root(header)
    assert (root.content_type, root.disposition, root.filename) == ("application/pdf", "attachment", "Kōrero.pdf")
    assert (root.content_id, root.transfer_encoding, root.decoded()) == ("a1@example.nz", "base64", b"Kia")


def test_a_name_without_a_disposition() -> None:
    assert _root('Content-Type: x/y; name="../a.txt"\n\nx').filename == "a.txt"


def test_text_is_decoded_normalised_and_has_plain_line_ends() -> None:
    octets = 'Content-Type: text/plain; charset="utf-8"\r\n\r\nKo\u0304rero\x00\r\nb\rc\n'.encode()
    assert parse(octets).root.text() == "Kōrero\nb\nc\n"


def test_bare_carriage_returns_as_line_ends() -> None:
    octets = MIXED.replace("\n", "\r").encode() + b"--b\r\rone=\rtwo\r--b--\r"
    root = parse(octets).root
    assert _bodies(root) == [b"one=\ntwo"]
    assert octets[root.children[0].body_start :].startswith(b"one")
