"""Content-Type, Content-Disposition and file names."""

from __future__ import annotations

import pytest

from listserv.mail.params import parse_content_type, parse_parameters, safe_file_name


@pytest.mark.parametrize(
    ("field", "value", "params"),
    [
        (b" Text/Plain ", "text/plain", {}),
        (b"text/plain; charset=UTF-8", "text/plain", {"charset": "UTF-8"}),
        (b'text/plain; CHARSET="utf-8"; format=flowed', "text/plain", {"charset": "utf-8", "format": "flowed"}),
        (b"text/plain; charset=us-ascii (Plain text)", "text/plain", {"charset": "us-ascii"}),
        (b"text/plain (Plain); charset=a", "text/plain", {"charset": "a"}),
        (b"text/plain;;; charset=a;;", "text/plain", {"charset": "a"}),
        (b"text/plain charset=a", "text/plain", {"charset": "a"}),
        (b'text/plain; charset="a" format="b"', "text/plain", {"charset": "a", "format": "b"}),
        (b'multipart/mixed;\r\n\tboundary="a b=c;d"', "multipart/mixed", {"boundary": "a b=c;d"}),
        (b'x/y; name="a\\"b\\\\c"', "x/y", {"name": 'a"b\\c'}),
        (b'x/y; name="C:\\temp\\a.txt"', "x/y", {"name": "C:\\temp\\a.txt"}),
        (b'x/y; name="open; charset=a', "x/y", {"name": "open", "charset": "a"}),
        (b"x/y; name=my file.pdf; a=b", "x/y", {"name": "my file.pdf", "a": "b"}),
        (b"x/y; a=1; a=2", "x/y", {"a": "1"}),
        (b'x/y; ="a"; b=c', "x/y", {"b": "c"}),
        (b"attachment; filename*=utf-8''K%C5%8Drero.txt", "attachment", {"filename": "Kōrero.txt"}),
        (b"attachment; filename=x; filename*=utf-8'mi'K%C5%8D", "attachment", {"filename": "Kō"}),
        (b"attachment; filename*0=a; filename*1=b; filename*2=c", "attachment", {"filename": "abc"}),
        (b"attachment; filename*1*=%8D; filename*0*=utf-8''K%C5", "attachment", {"filename": "Kō"}),
        (b"attachment; filename*0*=utf-8''K%C5%8D; filename*1=%41", "attachment", {"filename": "Kō%41"}),
        (b"attachment; filename*0=a; filename*2=c", "attachment", {"filename": "a"}),
        (b"attachment; filename*=%zz", "attachment", {"filename": "%zz"}),
        (b"", "", {}),
        (b";;;", "", {}),
    ],
)
def test_reading(field: bytes, value: str, params: dict[str, str]) -> None:
    assert parse_parameters(field) == (value, params)


def test_types_that_are_none() -> None:
    assert parse_content_type(None) == ("text/plain", {})
    assert parse_content_type(None, "message/rfc822")[0] == "message/rfc822"
    assert parse_content_type(b"text")[0] == "text/plain"
    assert parse_content_type(b"application/pdf name=a")[0] == "application/pdf"


def test_numbers_of_parameters_are_bounded() -> None:
    many = b"x/y" + b"".join(b"; p%d=1" % n for n in range(1_000))
    assert len(parse_parameters(many)[1]) == 200
    pieces = b"x/y" + b"".join(b"; p*%d=1" % n for n in range(150))
    assert parse_parameters(pieces)[1] == {"p": "1" * 64}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a.pdf", "a.pdf"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\a.exe", "a.exe"),
        ("C:\\Users\\jo\\a.doc", "a.doc"),
        ("..", None),
        (".", None),
        ("", None),
        ("a/", None),
        (".bashrc", "bashrc"),
        ("a\r\nb\x00.txt", "a b.txt"),
        ("fdp.\u202eexe", "fdp.exe"),
        ("a\u200bb.txt", "ab.txt"),
        ("  two   words .txt ", "two words .txt"),
        ('"a" "b".txt', "a' 'b'.txt"),
        ("=?utf-8?q?K=C5=8Drero.txt?=", "Kōrero.txt"),
        ("=?utf-8?q?=2E=2E=2Fa?=", "a"),
        ("Ko\u0304rero.txt", "Kōrero.txt"),
        ("x" * 500 + ".pdf", "x" * 196 + ".pdf"),
        ("ā" * 500, "ā" * 100),
        ("a" * 500 + "." + "b" * 500, "a" * 200),
    ],
)
def test_file_names(text: str, name: str | None) -> None:
    assert safe_file_name(text) == name
