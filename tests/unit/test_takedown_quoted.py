"""A reply that comes after a take-down brings nothing of it back, whatever its mail program quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from listserv.app.clock import make_workshop
from listserv.digest.tick import tick
from listserv.inbound.indexing import index_batch
from listserv.inbound.moderating import approve
from listserv.mail.address import Mailbox
from listserv.mail.compose import Attachment, HeaderValue, compose
from listserv.mail.listaddress import ListAddresses, Purpose
from listserv.mail.parse import parse
from listserv.mail.token import sign_reply
from listserv.model.lists import DigestPeriod, Role
from listserv.model.smtp import Envelope
from listserv.store.archive import read_post
from listserv.store.gone import OCTETS_READ
from listserv.store.lists import change_list, get_list
from listserv.store.moderation import waiting
from listserv.store.schema import contents, posts, threads
from tests.client_styles import STYLES, reply
from tests.reception_site import Site, a_site, reply_address
from tests.store_site import DOMAIN, a_list, a_member, a_post

MERE, JO, HEMI = "mere@school.example", "jo@school.example", "hemi@school.example"
GROUP = f"english@{DOMAIN}"
TITLE = "Zyxquatl and the bite"
SECRET = "The boy Zyxquatl has bitten another and ran away over the field"
HARMLESS = "We walk round the field together every morning before the bell and talk about it"
OWN = "I have seen this at our school too, ring me."


class Conversation:
    """Mere's post, which was taken down, and Hemi's answer to it, which came before."""

    def __init__(self, site: Site) -> None:
        self.site = site
        with site.database.begin() as connection:
            group = a_member(connection, a_list(connection), MERE)
            a_member(connection, a_member(connection, group, HEMI), JO, granted={Role.OWNER})
        self.first = a_post(MERE, TITLE, SECRET, Message_ID="<one@school.example>")
        self.answer = a_post(
            HEMI,
            f"Re: {TITLE}",
            f"{HARMLESS}\n\nMere wrote:\n> {SECRET}",
            Message_ID="<two@school.example>",
            References="<one@school.example>",
        )
        self.take(self.first, MERE)
        self.take(self.answer, HEMI)

    def take(self, octets: bytes, author: str, to: str = GROUP) -> None:
        assert self.site.reception.submit(Envelope(author, (to,)), parse(octets)).result()[0].code == 250

    def take_down(self, order: str = "take down 1", words: str = "zyxquatl|bitten") -> None:
        self.site.mails()
        self.site.send("english-request", JO, order)
        self.site.send(reply_address(self.site.mail()), JO, "yes")
        assert self.come_back(words) == []

    def come_back(self, words: str = "zyxquatl|bitten") -> list[bytes]:
        """What is kept that holds a word of it."""
        with self.site.database.read() as connection:
            kept = [bytes(octets) for octets in connection.execute(select(contents.c.octets)).scalars()]
            named = [*connection.execute(select(posts.c.subject)).scalars()]
            named += connection.execute(select(threads.c.subject)).scalars()
        texts = [*(_plain(octets) for octets in kept), *(each.encode() for each in named)]
        return [each for each in texts if re.search(words.encode(), each, re.IGNORECASE)]

    def last(self) -> tuple[int, str]:
        """(thread, what it says with quotation) of the newest post."""
        with self.site.database.read() as connection:
            newest = connection.execute(select(posts.c.id).order_by(posts.c.id.desc()).limit(1)).scalar_one()
            post = read_post(connection, newest)
        return post.thread_id, _plain(post.octets).decode()


def _plain(octets: bytes) -> bytes:
    """The octets and, decoded, every text in them."""
    return b"\n".join([octets, *(p.text().encode() for p in parse(octets).root.walk() if p.main_type == "text")])


@pytest.fixture
def conversation(database_url: str) -> Iterator[Conversation]:
    with a_site(database_url) as site:
        yield Conversation(site)


def test_no_program_brings_the_words_of_a_withdrawn_post_back(conversation: Conversation) -> None:
    conversation.take_down()
    for style in sorted(set(STYLES) - {"bare_phone"}):
        conversation.take(reply(conversation.first, OWN, style, author=JO, to=GROUP), JO)
        assert conversation.come_back() == [], style
        thread_id, text = conversation.last()
        assert OWN in text, style
        assert thread_id == 1, style


def test_what_others_said_stays_quoted(conversation: Conversation) -> None:
    conversation.take_down()
    for style in sorted(set(STYLES) - {"bare_phone"}):
        conversation.take(reply(conversation.answer, OWN, style, author=JO, to=GROUP), JO)
        assert conversation.come_back() == [], style
        _, text = conversation.last()
        assert OWN in text, style
        assert HARMLESS.removesuffix(" about it") in " ".join(re.sub(r"<[^>]*>|\n> ?", " ", text).split()), style


def test_a_phone_that_names_nothing_but_the_conversations_address(conversation: Conversation) -> None:
    conversation.take_down()
    address = ListAddresses("english", DOMAIN).of(Purpose.REPLY, sign_reply(conversation.site.key, "english", 1))
    conversation.take(reply(conversation.first, OWN, "bare_phone", author=JO, to=address), JO, address)
    assert conversation.come_back() == []
    assert conversation.last()[0] == 1


def test_words_that_were_taken_out_stay_out(conversation: Conversation) -> None:
    conversation.take_down("take down 1\r\nwords: Zyxquatl has bitten another and ran away", "bitten")
    conversation.take(reply(conversation.first, OWN, "gmail", author=JO, to=GROUP), JO)
    assert conversation.come_back("bitten") == []
    assert OWN in conversation.last()[1]


def test_a_held_reply_has_it_no_more_when_it_goes_out_and_is_known_again(conversation: Conversation) -> None:
    conversation.take_down()
    site = conversation.site
    with site.database.begin() as connection:
        change_list(connection, get_list(connection, GROUP), {"style": "moderated"})
    late = reply(conversation.first, OWN, "outlook_web", author=HEMI, to=GROUP)
    conversation.take(late, HEMI)
    assert OWN in "".join(str(mail) for mail in site.mails())
    assert conversation.come_back() == []
    with site.database.begin() as connection:
        (held,) = waiting(connection)
        approve(connection, held.id, site.now)
    assert conversation.come_back() == []
    assert OWN in conversation.last()[1]
    with site.database.read() as connection:
        before = len(connection.execute(select(posts.c.id)).all())
    conversation.take(late, HEMI)
    with site.database.read() as connection:
        assert len(connection.execute(select(posts.c.id)).all()) == before


def test_a_moderators_late_answer_keeps_no_quotation(conversation: Conversation) -> None:
    """Two are asked about a post; one lets it through, it is taken down, and the other answers then."""
    conversation.take_down()
    site = conversation.site
    ana, tui = "ana@school.example", "tui@school.example"
    with site.database.begin() as connection:
        group = a_member(connection, get_list(connection, GROUP), ana, granted={Role.MODERATOR})
        group = a_member(connection, group, tui, granted={Role.MODERATOR})
        change_list(connection, group, {"style": "moderated", "moderator_hours": 0})
    site.mails()
    conversation.take(a_post(MERE, "Sports day", SECRET, Message_ID="<three@school.example>"), MERE)
    asked = {each: mail for mail in site.mails() for each in (ana, tui) if each in str(mail["To"])}
    conversation.take(reply(asked[ana].as_bytes(), "yes", "gmail", author=ana), ana, reply_address(asked[ana]))
    late = reply(asked[tui].as_bytes(), "no", "gmail", author=tui)
    assert b"Zyxquatl" in late
    conversation.take_down("take down 3")
    conversation.take(late, tui, reply_address(asked[tui]))
    assert conversation.come_back() == []


@pytest.mark.parametrize("style", ["gmail", "outlook_desktop"])
def test_an_answer_to_an_update_that_told_of_it(conversation: Conversation, style: str) -> None:
    site = conversation.site
    with site.database.begin() as connection:
        a_member(connection, get_list(connection, GROUP), "ana@school.example", digest=DigestPeriod.DAILY)
    conversation.take(a_post(HEMI, "Sports day", HARMLESS, Message_ID="<three@school.example>"), HEMI)
    site.mails()
    site.after(days=1)
    tick(site.database, site.writer, make_workshop(site.settings), site.now)
    update = next(mail for mail in site.mails() if "Zyxquatl" in str(mail)).as_bytes()
    conversation.take_down()
    conversation.take(reply(update, f"Sports day: {OWN}", style, author=JO, to=GROUP), JO)
    assert conversation.come_back() == []
    _, text = conversation.last()
    assert OWN in text
    assert HARMLESS[:40] in " ".join(re.sub(r"<[^>]*>|\n> ?", " ", text).split())


def test_of_a_post_with_a_large_file_what_was_read_of_it_stays_quoted(conversation: Conversation) -> None:
    walk = "Here is a picture of the whole class on the morning walk around the field with their teachers"
    head: dict[str, HeaderValue] = {
        "From": Mailbox("Hemi", HEMI),
        "Date": conversation.site.now,
        "Message-ID": b"<large@school.example>",
        "References": b"<one@school.example>",
        "Subject": f"Re: {TITLE}",
    }
    large = compose(head, walk, None, [Attachment("image/jpeg", b"\xff\xd8" + bytes(OCTETS_READ), "field.jpg")])
    conversation.take(large, HEMI)
    while index_batch(conversation.site.database, conversation.site.writer, conversation.site.now):
        pass
    conversation.take_down()
    conversation.take(reply(large, OWN, "gmail", author=JO, to=GROUP), JO)
    assert conversation.come_back() == []
    assert walk in " ".join(conversation.last()[1].replace("\n> ", " ").split())
