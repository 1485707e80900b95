"""The words of a command, read strictly and in linear time."""

from __future__ import annotations

import pytest

from listserv.inbound import smtp_syntax
from listserv.inbound.smtp_syntax import MailFrom, client_name, command, mail_from, rcpt_to
from listserv.model.smtp import Reply
from tests.stopwatch import Stopwatch


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"noop\r\n", ("NOOP", "")),
        (b"MAIL FROM:<A@example.org>  \r\n", ("MAIL", "FROM:<A@example.org>")),
        ("EHLO mānuka\r\n".encode(), ("EHLO", "mānuka")),
        ("RſET\r\n".encode(), ("?", "")),
        (b"NOOP\n", smtp_syntax.BARE_LINE_END),
        (b"NO\rOP\r\n", smtp_syntax.BARE_LINE_END),
        (b"NOOP\r\r\n", smtp_syntax.BARE_LINE_END),
        (b"\n", smtp_syntax.BARE_LINE_END),
        (b"NOOP \0\r\n", smtp_syntax.CONTROL_CHARACTER),
        (b"NOOP\tx\r\n", smtp_syntax.CONTROL_CHARACTER),
        (b"NOOP \x7f\r\n", smtp_syntax.CONTROL_CHARACTER),
        (b"NOOP \xff\r\n", smtp_syntax.NOT_UTF8),
        (b"NOOP \xed\xa0\x80\r\n", smtp_syntax.NOT_UTF8),
        (b"\r\n", smtp_syntax.EMPTY),
        (b" NOOP\r\n", smtp_syntax.EMPTY),
    ],
)
def test_a_line_is_a_verb_and_an_argument_or_refused(line: bytes, words: tuple[str, str] | Reply) -> None:
    assert command(line) == words


def test_a_client_name_can_be_written_into_a_header() -> None:
    assert client_name("mail-1.example.org") == "mail-1.example.org"
    assert client_name("[IPv6:2001:db8::1]") == "[IPv6:2001:db8::1]"
    for name in ("", "a b", "a\r\nb", "a\u2028b", "a(b)", "<b>", "a;b", "a@b", "x" * 256, "a\x00", "a/b", 'a"'):
        assert client_name(name) is None, name


@pytest.mark.parametrize(
    ("argument", "mail"),
    [
        ("FROM:<>", MailFrom("")),
        ("FROM:<> SIZE=0", MailFrom("")),
        ("from: <a@example.org>", MailFrom("a@example.org")),
        ("FROM:<a@example.org> size=12 body=8bitmime smtputf8", MailFrom("a@example.org", 12, True)),
        ("FROM:<a@example.org> RET=FULL ENVID=x+3D AUTH=<>", MailFrom("a@example.org")),
        ("FROM:<@b.example:a@example.org>", MailFrom("a@example.org")),
        ("FROM:<pātai@mānuka.example>", MailFrom("pātai@mānuka.example")),
        ("FROM:<a..b.@docomo.example>", MailFrom("a..b.@docomo.example")),
        ('FROM:<"a b"@example.org>', MailFrom('"a b"@example.org')),
        ('FROM:<"a\\"> b"@example.org> SIZE=3', MailFrom('"a\\"> b"@example.org', 3)),
        ("FROM:<a@[192.0.2.1]>", MailFrom("a@[192.0.2.1]")),
        ("", smtp_syntax.MAIL_SYNTAX),
        ("TO:<a@example.org>", smtp_syntax.MAIL_SYNTAX),
        ("FROM:", smtp_syntax.BAD_RETURN_PATH),
        ("FROM:<>x", smtp_syntax.BAD_RETURN_PATH),
        ("FROM:<postmaster>", smtp_syntax.BAD_RETURN_PATH),
        ("FROM:<a@b@example.org>", smtp_syntax.BAD_RETURN_PATH),
        ("FROM:<a\u0085b@example.org>", smtp_syntax.BAD_RETURN_PATH),
        ("FROM:<a\u202eb@example.org>", smtp_syntax.BAD_RETURN_PATH),
        ("FROM:<a@exa mple.org>", smtp_syntax.BAD_RETURN_PATH),
        ("FROM:<a@-.>", smtp_syntax.BAD_RETURN_PATH),
        ("FROM:<a@example.org> SIZE=", smtp_syntax.BAD_PARAMETER),
        ("FROM:<a@example.org> SIZE", smtp_syntax.BAD_PARAMETER),
        ("FROM:<a@example.org> SIZE=-1", smtp_syntax.BAD_PARAMETER),
        ("FROM:<a@example.org> SIZE=٣", smtp_syntax.BAD_PARAMETER),
        ("FROM:<a@example.org> SIZE=" + "9" * 21, smtp_syntax.BAD_PARAMETER),
        ("FROM:<a@example.org> SIZE=1 size=2", smtp_syntax.BAD_PARAMETER),
        ("FROM:<a@example.org> SMTPUTF8=yes", smtp_syntax.BAD_PARAMETER),
        ("FROM:<a@example.org> BODY=BINARYMIME", smtp_syntax.BAD_PARAMETER),
        ("FROM:<a@example.org> =x", smtp_syntax.BAD_PARAMETER),
        ("FROM:<a@example.org> NOTIFY=NEVER", smtp_syntax.UNKNOWN_PARAMETER),
    ],
)
def test_mail(argument: str, mail: MailFrom | Reply) -> None:
    assert mail_from(argument) == mail


@pytest.mark.parametrize(
    ("argument", "recipient"),
    [
        ("TO:<list@example.org>", "list@example.org"),
        ("To: <List@Example.org>", "List@Example.org"),
        ("TO:<POSTMASTER>", "postmaster"),
        ("TO:<postmaster> NOTIFY=NEVER", "postmaster"),
        ("TO:<a@example.org> ORCPT=rfc822;x NOTIFY=NEVER", "a@example.org"),
        ("TO:<>", smtp_syntax.BAD_RECIPIENT),
        ("TO:<list>", smtp_syntax.BAD_RECIPIENT),
        ("TO:<postmaster>x", smtp_syntax.BAD_RECIPIENT),
        ("FROM:<a@example.org>", smtp_syntax.RCPT_SYNTAX),
        ("TO:<a@example.org> SIZE=3", smtp_syntax.UNKNOWN_PARAMETER),
    ],
)
def test_rcpt(argument: str, recipient: str | Reply) -> None:
    assert rcpt_to(argument) == recipient


@pytest.mark.parametrize(
    "unit", ['"\\', "<@a,", "a.", ".", "@", "<", '<"', "\\", "ā", " ", " a=b", "[", "<@a:<@a:", "x" * 250 + "@"]
)
def test_no_argument_takes_long(unit: str) -> None:
    for start in ("FROM:<", 'FROM:<"', "FROM:<@", "FROM:<a@b> ", "FROM:<a@["):
        argument = (start + unit * 4_096)[:4_096]
        with Stopwatch() as watch:
            for _ in range(10):
                mail_from(argument)
                rcpt_to("TO" + argument[4:])
        assert watch.seconds < 0.5
