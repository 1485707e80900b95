"""A post taken back by its author and taken down by a moderator, by mail alone, against a real service."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr

import pytest

from listserv.mail.address import Mailbox as Address
from listserv.mail.compose import Attachment, HeaderValue, compose
from tests.client_styles import STYLES
from tests.client_styles import reply as styled_reply
from tests.mailbox import Mailbox, body
from tests.service import DOMAIN, Service

CLOCK = "2026-11-16T08:00+13:00"
MERE, AROHA, HANA = "mere@school.example", "aroha@school.example", "hana@school.example"
SECRET = "Zebulon Quandary of room seven was sent home on Monday"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("site"), environment={"LISTSERV_CLOCK": CLOCK}) as made:
        sheet = made.folder / "members.csv"
        sheet.write_text(f"address,name,role\n{MERE},Mere,\n{AROHA},Aroha,\n{HANA},Hana,moderator\n", "utf-8")
        for name, title in (("english", "English Online"), ("leaders", "Leadership")):
            made.run("list", "create", name, "--title", title)
            made.run("member", "import", name, str(sheet))
        made.run("list", "set", "leaders", "private=true")
        made.start()
        yield made


class Members:
    def __init__(self, service: Service) -> None:
        self.service = service
        self.mere, self.aroha, self.hana = (
            Mailbox(service, address, name) for address, name in ((MERE, "Mere"), (AROHA, "Aroha"), (HANA, "Hana"))
        )

    def left(self) -> list[EmailMessage]:
        """Everything that waits is sent now; what the others then have that they had not looked at."""
        if self.service.table("queue", "show"):
            self.service.run("queue", "retry")
            self.service.wait_empty()
        return [*self.aroha.new(), *self.hana.new()]


@pytest.fixture(scope="module")
def everybody(service: Service) -> Members:
    return Members(service)


@pytest.fixture
def members(everybody: Members) -> Members:
    """The three of them; what they were sent before is read."""
    everybody.mere.new()
    everybody.left()
    return everybody


def nowhere(service: Service, *words: bytes) -> None:
    """Neither the database's file with its log nor an export holds the words, in less than a minute."""
    files = [service.folder / f"listserv.db{end}" for end in ("", "-wal")]
    end = time.monotonic() + 20
    while time.monotonic() < end:
        octets = b"".join(file.read_bytes() for file in files if file.exists())
        if not any(word in octets for word in words):
            break
        time.sleep(0.2)
    assert [word for word in words if word in octets] == []
    assert [word for word in words if word in exported(service)] == []


def exported(service: Service) -> bytes:
    service.run("export", "english", str(service.folder / "out.mbox"))
    return (service.folder / "out.mbox").read_bytes()


def number_of(copy: EmailMessage) -> int:
    return int(str(copy["Archived-At"]).strip("<>").rpartition("/")[2])


def test_withdrawn_within_the_pause_nobody_else_ever_gets_it(service: Service, members: Members) -> None:
    mere = members.mere
    mere.write("leaders", SECRET, "Zebulon again")
    own = mere.next("Zebulon again")
    assert "the group gets the post in 2 minutes" in body(own)
    assert "To take the post back, answer with one word: withdraw" in body(own)
    assert parseaddr(str(own["Reply-To"]))[1].startswith("leaders-confirm+")
    (waiting,) = service.table("queue", "show")
    assert waiting["to"].startswith("2 ")
    assert members.aroha.new() == []
    mere.reply(own, "Withdraw")
    told = mere.next("Your post to Leadership was taken back")
    assert "Nobody else has been sent it." in body(told)
    assert members.left() == []
    nowhere(service, b"ebulon", b"uandary")


def test_withdrawn_later_from_any_mail_program_it_leaves_the_archive(service: Service, members: Members) -> None:
    for style in sorted(STYLES):
        members.mere.write("english", SECRET, f"Zebulon {style}")
        own = members.mere.next("Zebulon")
        members.aroha.next("Zebulon")
        members.hana.next("Zebulon")
        octets = styled_reply(own.as_bytes(), "withdraw", style, author=f"Mere <{MERE}>")
        assert service.send(octets, parseaddr(str(own["Reply-To"]))[1], MERE)[0] == 250
        told = members.mere.next("Your post to English Online was taken back")
        assert "people had it in their mailboxes already" in body(told), style
    assert members.left() == []
    nowhere(service, b"ebulon", b"uandary")


def test_any_other_answer_to_the_own_copy_is_a_post_and_gives_no_token_away(service: Service, members: Members) -> None:
    members.mere.write("english", "Has anybody a reading log?", "Reading logs")
    own = members.mere.next("Reading logs")
    first = members.aroha.next("Reading logs")
    members.mere.reply(own, "I have found one myself: it is on the shelf.")
    again = members.mere.next("Re: Reading logs")
    answer = members.aroha.next("Re: Reading logs")
    assert "on the shelf" in body(answer)
    assert str(answer["To"]) == f"english@{DOMAIN}"
    token = parseaddr(str(own["Reply-To"]))[1].partition("+")[2].partition("@")[0]
    assert token not in answer.as_string()
    assert parseaddr(str(answer["Reply-To"])) == parseaddr(str(first["Reply-To"])), "the same conversation"
    # Whoever gets hold of her address all the same is not her: she is asked.
    service.wait_empty()
    members.hana.new()
    members.aroha.write(parseaddr(str(again["Reply-To"]))[1], "withdraw", "Re: Reading logs")
    members.mere.next("Take back your post to English Online?")
    service.wait_empty()
    assert members.aroha.new() == []


def test_a_forged_withdraw_stops_what_has_not_left_and_asks_her_no_more(service: Service, members: Members) -> None:
    members.mere.write("leaders", "The budget is on the shelf.", "Budget")
    own = members.mere.next("Budget")
    forged = (
        f"From: Mere <{MERE}>\r\nTo: leaders@{DOMAIN}\r\nSubject: Re: Budget\r\nMessage-ID: <f1@evil.example>\r\n"
        f"In-Reply-To: {own['Message-ID']}\r\n\r\nwithdraw\r\n"
    )
    assert service.send(forged.encode(), f"leaders@{DOMAIN}", "eve@evil.example")[0] == 250
    asked = members.mere.next("Take back your post to Leadership?")
    assert "the copies wait for 10 minutes" in body(asked)
    assert "shelf" not in asked.as_string()
    assert service.send(forged.replace("<f1@", "<f2@").encode(), f"leaders@{DOMAIN}", "eve@evil.example")[0] == 250
    members.mere.reply(asked, "no")
    members.aroha.next("Budget")
    members.hana.next("Budget")
    assert members.left() == []
    assert members.mere.new() == []
    stranger = forged.replace(MERE, "eve@evil.example").replace("<f1@", "<f3@")
    assert service.send(stranger.encode(), f"leaders@{DOMAIN}", "eve@evil.example")[0] == 250
    assert members.left() == []


def test_she_asks_from_the_group_and_says_yes(service: Service, members: Members) -> None:
    members.mere.write("leaders", SECRET, "Zebulon at last")
    own = members.mere.next("Zebulon")
    members.mere.write("leaders", "please withdraw my post", f"Re: {own['Subject']}")
    asked = members.mere.next("Take back your post to Leadership?")
    members.mere.reply(asked, "Yes")
    members.mere.next("Your post to Leadership was taken back")
    assert members.left() == []
    nowhere(service, b"ebulon", b"uandary")


def test_a_moderator_takes_a_post_down_with_what_quotes_it(service: Service, members: Members) -> None:
    mere, aroha, hana = members.mere, members.aroha, members.hana
    mere.write("english", SECRET, "Zebulon Quandary")
    copy = hana.next("Zebulon")
    aroha.reply(aroha.next("Zebulon"), "I am sorry to hear it.")
    hana.next("Re: Zebulon")
    mere.new()
    aroha.new()
    post = number_of(copy)
    hana.write("english-request", f"take down https://{DOMAIN}/groups/english/posts/{post}")
    asked = hana.next(f"take down post {post}?")
    for said in ("The post is by Mere", "Zebulon Quandary", "The whole post would go", "2 people have it"):
        assert said in body(asked), said
    assert parseaddr(str(asked["Reply-To"]))[1].startswith("english-moderate+")
    hana.reply(asked, "What would the others see?")
    assert "yes or no" in str(hana.next("yes or no?")["Subject"])
    hana.reply(asked, "Yes")
    done = hana.next(f"post {post} taken down")
    assert "1 other post was changed as well." in body(done)
    told = mere.next("Your post to English Online")
    assert "A moderator has taken down your post of" in body(told)
    assert "Hana" not in body(told)
    nowhere(service, b"ebulon", b"uandary")
    assert b"I am sorry to hear it." in exported(service)
    hana.reply(asked, "Yes")
    service.wait_empty()
    assert [str(mail["Subject"]) for mail in hana.new() if "done" in str(mail["Subject"])] == []


def test_a_moderator_takes_words_down_and_others_only_ask(service: Service, members: Members) -> None:
    mere, aroha, hana = members.mere, members.aroha, members.hana
    mere.write("english", "We met Zebulon Quandary in town.\nTerm ends on Friday.", "Town")
    post = number_of(hana.next("Town"))
    mere.new()
    aroha.new()
    aroha.write("english-request", f"take down {post}")
    forwarded = hana.new() or [hana.next("")]
    assert f"take down {post}" in forwarded[0].as_string()
    hana.write("english-request", f"take down {post}\nwords: zebulon quandary")
    asked = hana.next(f"take down post {post}?")
    assert "zebulon quandary" in body(asked)
    hana.reply(asked, "yes")
    hana.next(f"post {post} taken down")
    assert "taken some words out of your post" in body(mere.next("Your post to English Online"))
    nowhere(service, b"ebulon", b"uandary")
    assert b"We met [removed] in town." in exported(service)


def test_a_moderator_answers_the_copy_and_the_photograph_goes(service: Service, members: Members) -> None:
    mere, aroha, hana = members.mere, members.aroha, members.hana
    photo = b"JFIF-all-the-faces-of-the-class" * 30
    headers: dict[str, HeaderValue] = {
        "From": Address("Mere", MERE),
        "To": Address("", f"english@{DOMAIN}"),
        "Date": datetime(2026, 11, 16, 8, 0, tzinfo=UTC),
        "Message-ID": b"<class@school.example>",
        "Subject": "Our class",
    }
    octets = compose(headers, "Look at us", None, [Attachment("image/jpeg", photo, "class.jpg")])
    assert service.send(octets, f"english@{DOMAIN}", MERE)[0] == 250
    copy = hana.next("Our class")
    line = next(line for line in octets.split(b"\r\n") if len(line) == 76)
    post = number_of(copy)
    hana.write("english-request", f"take down {post}\npart: nothing.pdf")
    assert "We could not tell" in body(hana.next("nothing was taken down"))
    hana.write("english-request", f"take down {post} part: class.jpg")
    asked = hana.next(f"take down post {post}?")
    assert "Its attachment class.jpg would go, and the rest stay." in body(asked)
    hana.reply(asked, "āe")
    hana.next(f"post {post} taken down")
    nowhere(service, line, b"class.jpg")
    assert b"Look at us" in exported(service)
    # Now the rest of it, by a reply to the copy she has; the group sees nothing of that.
    mere.new()
    aroha.new()
    assert (
        service.send(
            styled_reply(copy.as_bytes(), "take down", "iphone", author=f"Hana <{HANA}>"),
            parseaddr(str(copy["Reply-To"]))[1],
            HANA,
        )[0]
        == 250
    )
    asked = hana.next(f"take down post {post}?")
    assert members.left() == []
    assert mere.new() == []
    hana.reply(asked, "no")
    service.wait_empty()
    assert b"Look at us" in exported(service)


def test_withdraw_to_all_is_not_asked_about_twice(service: Service, members: Members) -> None:
    members.mere.write("leaders", SECRET, "Zebulon to all")
    own = members.mere.next("Zebulon")
    octets = styled_reply(own.as_bytes(), "withdraw", "gmail", author=f"Mere <{MERE}>")
    both = [f"leaders@{DOMAIN}", parseaddr(str(own["Reply-To"]))[1]]
    assert service.send(octets, both, MERE)[0] == 250
    members.mere.next("Your post to Leadership was taken back")
    assert members.left() == []
    assert members.mere.new() == []
