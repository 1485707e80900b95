"""Authentication-Results: who is believed, what counts as a pass, and what a forger tries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.config.settings import Smtp
from listserv.inbound.trust import is_vouched
from listserv.mail.auth_results import results, vouches
from listserv.mail.parse import Message, parse
from listserv.model.smtp import Envelope

OURS = "mx.school.example"


def mail(*fields: str, author: str = "mere@school.example") -> Message:
    head = [f"Authentication-Results: {field}" for field in fields]
    return parse("\r\n".join([*head, f"From: Mere <{author}>", "Subject: x", "", "x", ""]).encode())


@pytest.mark.parametrize(
    "field",
    [
        "mx.school.example; dmarc=pass header.from=school.example",
        "mx.school.example 1; dmarc=pass (p=reject (dis=none)) header.from=School.Example",
        "MX.School.Example;\r\n\tspf=fail smtp.mailfrom=a@b.example;\r\n\tdkim=pass (key) header.d=school.example",
        'mx.school.example; dkim=pass header.i="@school.example" header.s=s1',
        "mx.school.example; spf=pass smtp.mailfrom=mere@school.example",
        "mx.school.example; dkim/1 = pass header.d = school.example",
    ],
)
def test_a_pass_for_the_domain_in_from_vouches(field: str) -> None:
    assert vouches(mail(field), OURS)


@pytest.mark.parametrize(
    "field",
    [
        "mx.school.example; none",
        "mx.school.example; dmarc=fail header.from=school.example",
        "mx.school.example; dmarc=pass header.from=elsewhere.example",
        "mx.school.example; dkim=pass header.d=mailer.example",
        "mx.school.example; dkim=pass header.d=evilschool.example",
        "mx.school.example; spf=pass smtp.helo=school.example",
        "mx.school.example; spf=pass (dmarc=pass header.from=school.example) smtp.mailfrom=x@y.example",
        'mx.school.example; spf=pass smtp.mailfrom="a; dmarc=pass header.from=school.example"@y.example',
        'mx.school.example; spf=pass smtp.mailfrom="a\\"; dmarc=pass header.from=school.example"@y.example',
        'mx.school.example; dkim=fail reason="; dkim=pass header.d=school.example" header.d=y.example',
        "mx.school.example; spf=none (a \\) ; dmarc=pass header.from=school.example)",
        "mx.elsewhere.example; dmarc=pass header.from=school.example",
        "mx.school.example; spf=pass smtp.mailfrom==?utf-8?q?=3Bdmarc=3Dpass_header.from=3Dschool.example=3B?=@y.nz",
        'mx.school.example; spf=pass smtp.mailfrom="=?utf-8?q?=22;dmarc=3Dpass_header.from=3Dschool.example;?="@y.nz',
        "mx.school.example; dkim=pass header.i==?utf-8?b?c2Nob29sLmV4YW1wbGUg?=@y.example",
        "mx.school.example; spf=pass smtp.mailfrom=school.example\u3000@y.example",
        "mx.school.example; spf=pass smtp.mailfrom=school.example\u00a0@y.example",
        "mx.school.example; spf=pass smtp.mailfrom=school.example\u0085@y.example",
        'mx.school.example; spf=pass smtp.mailfrom="school.example\x0b"@y.example',
        "",
        ";",
    ],
)
def test_anything_else_does_not(field: str) -> None:
    assert not vouches(mail(field), OURS)


def test_without_a_configured_name_nobody_is_believed() -> None:
    field = "; dmarc=pass header.from=school.example"
    assert not vouches(mail(field), "")
    assert not vouches(mail("mx.school.example; dmarc=pass header.from=school.example"), "")


def test_what_an_author_wrote_below_the_first_field_of_ours_does_not_count() -> None:
    ours = "mx.school.example; dmarc=fail header.from=school.example"
    forged = "mx.school.example; dmarc=pass header.from=school.example"
    assert not vouches(mail(ours, forged), OURS)
    assert vouches(mail("mx.other.example; dmarc=fail", forged), OURS)


def test_results_are_read_with_their_properties() -> None:
    (spf, dkim) = results(mail("mx.school.example; spf=pass smtp.mailfrom=a@b.nz; dkim=fail header.d=b.nz"), OURS)
    assert (spf.method, spf.result, spf.properties) == ("spf", "pass", {"smtp.mailfrom": "a@b.nz"})
    assert (dkim.method, dkim.result) == ("dkim", "fail")


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    octets = b"Authentication-Results: mx.school.example;" + text.encode("utf-8", "replace").replace(b"\n", b" ")
    vouches(parse(octets + b"\r\nFrom: a@b.example\r\n\r\nx"), OURS)


@pytest.mark.parametrize(
    ("protocol", "peer", "believed"),
    [
        ("smtp", "10.1.2.3", True),
        ("smtp", "192.0.2.1", False),
        ("smtp", "", False),
        ("smtp", "nonsense", False),
        ("lmtp", "", True),
        ("imap", "", True),
    ],
)
def test_a_result_is_believed_only_from_where_the_server_speaks(protocol: str, peer: str, believed: bool) -> None:
    smtp = Smtp(authserv_id=OURS, trusted_networks=("10.0.0.0/8",))  # type: ignore[arg-type]
    envelope = Envelope("a@b.example", ("english@lists.example.nz",), peer=peer, protocol=protocol)
    vouched = mail("mx.school.example; dmarc=pass header.from=school.example")
    assert is_vouched(envelope, vouched, smtp) is believed
    assert not is_vouched(envelope, vouched, Smtp())
