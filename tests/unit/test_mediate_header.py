"""The header of a copy: the list's fields once and well formed, the author's as he wrote them, nothing injected."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes
from email.message import Message as Parsed
from urllib.parse import urlsplit

import pytest

from listserv.mail.address import valid_address
from listserv.mail.listaddress import Purpose, split_local
from listserv.mail.listheaders import makes_way
from listserv.mail.parse import parse
from listserv.mail.subjecttag import tag_value
from listserv.mail.token import sign_withdraw, verify_bounce, verify_unsubscribe, verify_withdraw
from listserv.mail.words import header_text
from listserv.outbound.copy import PostContext, copy_recipient
from tests.copies import BASE_URL, DAY, KEY, context, in_mailbox, mail_list, personal, template, unstuffed

POST = (
    b"From: Mere <mere@school.example.nz>\r\nTo: english@lists.example.nz\r\nSubject: Texts\r\n"
    b"Date: Fri, 20 Nov 2026 09:11:40 +1300\r\nMessage-ID: <one@school.example.nz>\r\n\r\nKia ora\r\n"
)
URI_FIELDS = (
    "List-Help",
    "List-Owner",
    "List-Subscribe",
    "List-Post",
    "List-Unsubscribe",
    "List-Archive",
    "Archived-At",
)
ITEM = re.compile(r"[ \t]*<([^<>\s]+)>[ \t]*(?:,|\Z)")


def header(octets: bytes, of: PostContext, *, neutral: bool = False) -> Parsed:
    """The copy's header as the standard library reads it."""
    copy = template(octets, of).neutral() if neutral else personal(octets, of)
    return message_from_bytes(unstuffed(copy))


def uris(value: str) -> list[str]:
    """The URIs of a field of RFC 2369 §2, read strictly: <uri> *("," <uri>), nothing else."""
    value = re.sub(r"\r\n(?=[ \t])", "", value)
    found, at = [], 0
    while at < len(value):
        item = ITEM.match(value, at)
        assert item is not None, value[at:]
        found.append(item[1])
        at = item.end()
    return found


def check_uri(uri: str) -> None:
    """A mailto of one valid address, or an https URL with a host."""
    parts = urlsplit(uri)
    if parts.scheme == "mailto":
        assert valid_address(parts.path), uri
    else:
        assert parts.scheme == "https", uri
        assert parts.hostname == "lists.example.nz", uri


@pytest.mark.parametrize("box", [None, "plg"])
@pytest.mark.parametrize("neutral", [False, True])
@pytest.mark.parametrize("base_url", [BASE_URL, ""])
def test_list_fields_are_well_formed(base_url: str, neutral: bool, box: str | None) -> None:
    read = header(POST, context(mail_list(), base_url=base_url, box=box), neutral=neutral)
    for name in URI_FIELDS:
        if base_url or name not in ("List-Archive", "Archived-At"):
            for uri in uris(read[name]):
                check_uri(uri)
        else:
            assert read[name] is None
    assert re.fullmatch(r"English Online <english\.lists\.example\.nz>", read["List-Id"])
    for name in [*URI_FIELDS, "List-Id", "Sender", "Precedence", "X-Listserv-Loop", "Reply-To", "From", "Received"]:
        assert len(read.get_all(name, [])) <= 1


def test_one_click_is_for_one_recipient_with_a_public_web_only() -> None:
    url = f"{BASE_URL}/unsubscribe/"
    read = header(POST, context(mail_list()))
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    https = [uri for uri in uris(read["List-Unsubscribe"]) if uri.startswith("https")]
    assert len(https) == 1
    assert https[0].startswith(url)
    assert https[0] != url
    neutral = header(POST, context(mail_list()), neutral=True)
    assert neutral["List-Unsubscribe-Post"] is None
    assert "/unsubscribe/" not in neutral["List-Unsubscribe"]
    by_mail = header(POST, context(mail_list(), base_url=""))
    assert by_mail["List-Unsubscribe-Post"] is None
    assert uris(by_mail["List-Unsubscribe"]) == ["mailto:english-leave@lists.example.nz"]


@pytest.mark.parametrize("neutral", [False, True])
def test_without_a_public_web_no_https_link_is_written(neutral: bool) -> None:
    made = template(POST, context(mail_list(), base_url=""))
    content = made.neutral().content if neutral else personal(POST, context(mail_list(), base_url="")).content
    assert b"http" not in content


@pytest.mark.parametrize(("style", "post"), [("announce", "NO"), ("closed", "NO"), ("moderated", "<mailto:")])
def test_where_members_cannot_post_list_post_says_no_and_replies_go_to_the_author(style: str, post: str) -> None:
    read = header(POST, context(mail_list(style=style)))
    assert read["List-Post"].startswith(post)
    assert (read["Reply-To"] is None) is (post == "NO")


def test_a_reply_reaches_whom_the_policy_says_and_the_author_can_always_be_reached() -> None:
    asked = POST.replace(b"To:", b"Reply-To: home@mail.example.com\r\nTo:", 1)
    to_list = header(asked, context(mail_list(reply_to="list")))
    assert re.fullmatch(r"English Online <english\+[a-z2-7]{21}@lists\.example\.nz>", to_list["Reply-To"])
    assert to_list["X-Original-Reply-To"] == "home@mail.example.com"
    both = header(asked, context(mail_list(reply_to="both")))
    assert both["Reply-To"].startswith("home@mail.example.com,")
    assert "english+" in both["Reply-To"]
    assert header(POST, context(mail_list(reply_to="both")))["Reply-To"].startswith("Mere <mere@school.example.nz>,")
    author = header(asked, context(mail_list(reply_to="author")))
    assert author["Reply-To"] == "home@mail.example.com"
    for read in (to_list, both, author):
        assert read["From"] == "Mere <mere@school.example.nz>"


@pytest.mark.parametrize("policy", ["list", "author", "both"])
def test_an_answer_to_the_own_copy_goes_to_its_author_s_address_alone(policy: str) -> None:
    of = context(mail_list(reply_to=policy))
    token = sign_withdraw(KEY, "english", 7)
    own = replace(of, withdraw_address=of.addresses.of(Purpose.CONFIRM, token))
    asked = POST.replace(b"Subject", b"Reply-To: mere@home.example.nz\r\nSubject")
    found = header(asked, own)
    (reply_to,) = found.get_all("Reply-To", [])
    assert " ".join(str(reply_to).split()) == f"English Online <english-confirm+{token}@lists.example.nz>"
    assert found.get_all("X-Original-Reply-To") == ["mere@home.example.nz"]
    assert verify_withdraw(KEY, "english", token) == 7
    assert verify_withdraw(KEY, "maths", token) is None
    assert token not in str(header(asked, of))


@pytest.mark.parametrize("address", ["english-confirm+{}@lists.example.nz", "box+english-confirm-{}@mail.example.nz"])
def test_the_token_of_an_answer_to_the_own_copy_is_in_no_copy(address: str) -> None:
    token = sign_withdraw(KEY, "english", 7)
    to = f'To: "{address}" <{address}>'.format(token, token.upper())
    found = header(POST.replace(b"To: english@lists.example.nz", to.encode()), context(mail_list()))
    plain = address.replace("-confirm+{}", "").replace("-confirm-{}", "")
    assert found["To"] == f'"{plain}" <{plain}>'


def test_the_reply_address_is_the_same_in_all_copies_and_differs_by_list() -> None:
    first = header(POST, context(mail_list()))["Reply-To"]
    assert header(POST, context(mail_list()), neutral=True)["Reply-To"] == first
    assert header(POST, context(mail_list("media")))["Reply-To"].split("+")[1] != first.split("+")[1]


def test_mailbox_mode_stays_in_the_mailbox() -> None:
    of = context(in_mailbox(mail_list()), base_url="", box="plg")
    read = header(POST, of)
    for name in ("Reply-To", "Sender", "List-Post", "List-Unsubscribe"):
        assert "plg+english" in read[name]
    assert re.fullmatch(r"plg\+english-bounces-[a-z2-7]{28}@mail\.example\.nz", personal(POST, of).return_path)
    roomy = context(in_mailbox(mail_list()), base_url="", box="plg.of.the.whole.school")
    assert personal(POST, roomy).return_path == "plg.of.the.whole.school+english-bounces@mail.example.nz"


@pytest.mark.parametrize(
    "name",
    ["Bcc", "RESENT-BCC", "List-Foo", "X-Mailman-Version", "x-google-group-id", "Return-Path", "Approved", "Precedence",
     "Disposition-Notification-To", "X-Unsent", "Errors-To", "X-BeenThere", "Sender", "Archived-At"],
)  # fmt: skip
def test_fields_that_make_way(name: str) -> None:
    assert makes_way(name.encode())
    read = header(name.encode() + b": secret@evil.example\r\n" + POST, context(mail_list()))
    assert "secret" not in "".join(read.get_all(name, []))


@pytest.mark.parametrize(
    "name",
    [
        "From",
        "To",
        "Cc",
        "DKIM-Signature",
        "ARC-Seal",
        "Received",
        "References",
        "Auto-Submitted",
        "X-Loop",
        "Thread-Index",
    ],
)
def test_fields_that_stay(name: str) -> None:
    assert not makes_way(name.encode())


BREAKS = [
    "\r\nBcc: evil@x",
    "\nBcc: evil@x",
    "\rBcc: evil@x",
    "\x85Bcc: e",
    "\u2028Bcc: e",
    "\x00Bcc: e",
    "=?utf-8?q?=0D=0ABcc:_e?=",
]


@pytest.mark.parametrize("tail", BREAKS)
def test_a_title_or_tag_cannot_make_a_field(tail: str) -> None:
    tag = "Tag" + tail
    if not tail.isprintable():
        with pytest.raises(ValueError, match="subject_tag"):
            mail_list(subject_tag=tag)
        tag = "Tag"
    of = context(mail_list(title="Title" + tail, subject_tag=tag, reply_to="both"))
    expected = header(POST, context(mail_list(title="Title", subject_tag="Tag", reply_to="both"))).keys()
    for neutral in (False, True):
        copy = template(POST, of).neutral() if neutral else personal(POST, of)
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)", copy.content)
        assert [key for key in header(POST, of, neutral=neutral) if "Unsub" not in key] == [
            key for key in expected if "Unsub" not in key
        ]


@pytest.mark.parametrize("value", ["=?utf-8?q?a=0D=0ABcc:_evil@x?=", "=?utf-8?b?YQ0KQmNjOiBldmlsQHg=?="])
def test_encoded_line_breaks_of_an_author_stay_encoded_or_become_spaces(value: str) -> None:
    octets = POST.replace(b"Subject: Texts", b"Subject: " + value.encode()).replace(
        b"From: Mere ", b"From: " + value.encode() + b" "
    )
    of = context(mail_list(subject_tag="Tag", reply_to="both"))
    read = header(octets, of)
    assert read["Bcc"] is None


def test_eight_bit_in_header_or_body_is_told_to_the_relay() -> None:
    plain = personal(POST, context(mail_list()))
    assert not plain.eight_bit
    raw = personal(POST.replace(b"Texts", b"P\xc4\x81tai"), context(mail_list()))
    assert raw.eight_bit
    body = personal(POST.replace(b"Kia", b"K\xc4\xab"), context(mail_list()))
    assert body.eight_bit


TAGS = {
    (b" Texts", "Tag"): b" [Tag] Texts",
    (b"Texts", "Tag"): b" [Tag] Texts",
    (b" Re: Texts", "Tag"): b" Re: [Tag] Texts",
    (b" Re[2]:Texts", "Tag"): b" Re[2]: [Tag] Texts",
    (b" FW: Re: Texts", "Tag"): b" FW: [Tag] Re: Texts",
    (b" Re: [TAG]  Texts", "Tag"): b" Re: [TAG]  Texts",
    (b" Re: Fwd: [Tag] Texts", "Tag"): b" Re: Fwd: [Tag] Texts",
    (b" =?utf-8?q?=5BTag=5D_x?=", "Tag"): b" =?utf-8?q?=5BTag=5D_x?=",
    (b" =?utf-8?q?T=C4=81?=", "Tag"): b" [Tag] =?utf-8?q?T=C4=81?=",
    (b" Texts", "[Tag]"): b" [Tag] Texts",
    (b"", "Tag"): b" [Tag]",
    (b" Remember: this", "Tag"): b" [Tag] Remember: this",
}


@pytest.mark.parametrize(("value", "tag"), TAGS)
def test_the_tag_is_put_in_once_and_the_words_stay(value: bytes, tag: str) -> None:
    tagged = tag_value(value, tag)
    assert tagged == TAGS[value, tag]
    assert tag_value(tagged, tag) == tagged


@pytest.mark.parametrize(
    "value", [b" Texts", b" Re: Texts", b" =?utf-8?q?T=C4=81?=", b"\r\n =?utf-8?b?xIE=?=\r\n Texts"]
)
@pytest.mark.parametrize("tag", ["Tag", "Māori", "Te Reo Māori o ngā kura tuarua o Aotearoa"])
def test_a_tagged_subject_reads_as_tag_space_subject(value: bytes, tag: str) -> None:
    before, tagged = header_text(value), tag_value(value, tag)
    words = before.removeprefix("Re: ")
    assert header_text(tagged) == before.removesuffix(words) + f"[{tag}] {words}"
    assert all(len(line) <= 78 for line in (b"Subject:" + tagged).split(b"\r\n"))
    assert all(line.strip() for line in tagged.split(b"\r\n")[1:])


def test_one_click_needs_https() -> None:
    read = header(POST, context(mail_list(), base_url="http://localhost:8080"))
    assert "<http://localhost:8080/unsubscribe/" in read["List-Unsubscribe"]
    assert read["List-Unsubscribe-Post"] is None


def test_a_list_that_changes_nothing_keeps_every_signed_octet() -> None:
    octets = b"Received: by a; x\r\nDKIM-Signature: v=1; h=from:subject:\r\n\tdate; b=x\r\n" + POST
    copy = unstuffed(personal(octets, context(mail_list(reply_to="author"), footer=False)))
    head, _, body = octets.partition(b"\r\n\r\n")
    assert head + b"\r\n" in copy
    assert copy.endswith(b"\r\n\r\n" + body)


def test_no_line_of_ours_is_too_long() -> None:
    for title in ("x" * 5000, "ā" * 5000, "x " * 2500):
        copy = unstuffed(personal(POST, context(mail_list(title=title, reply_to="both"), footer=False)))
        assert max(map(len, copy.split(b"\r\n"))) <= 998


def test_all_copies_of_a_post_have_one_body() -> None:
    of = context(mail_list())
    made = template(POST, of)
    bodies = {
        copy.content.partition(b"\r\n\r\n")[2]
        for copy in [
            made.neutral(),
            *(made.copy(copy_recipient(KEY, of.addresses, number, DAY)) for number in range(3)),
        ]
    }
    assert len(bodies) == 1
    assert not any(b"unsubscribe" in body for body in bodies)


def test_a_return_path_says_whose_copy_came_back() -> None:
    recipient = copy_recipient(KEY, context(mail_list()).addresses, 99, DAY)
    said = split_local(recipient.return_path.partition("@")[0])
    assert said is not None
    assert verify_bounce(KEY, said.name, said.token or "") == (99, DAY)
    assert verify_unsubscribe(KEY, recipient.unsubscribe.decode()) == 99


def test_the_subject_of_the_thread_stands_in_place_of_a_digests() -> None:
    asked = POST.replace(b"Subject: ", b"Subject: Re: English Online ", 1)
    copy = header(asked, replace(context(mail_list(subject_tag="PLG")), subject="Re: Ngā rauemi"))
    assert header_text(copy["Subject"].encode()) == "Re: [PLG] Ngā rauemi"
    assert len(copy.get_all("Subject", [])) == 1
    kept = header(POST, replace(context(mail_list()), subject=parse(POST).subject))
    assert kept["Subject"] == header(POST, context(mail_list()))["Subject"]
