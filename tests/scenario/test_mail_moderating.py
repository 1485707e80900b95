"""Moderating by mail alone, through a real service: posts are held, moderators answer, and what came is read."""

from __future__ import annotations

import email
import email.policy
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import pytest

from listserv.app.clock import tick_once
from listserv.app.site import Site as ClockedSite
from listserv.config import load_settings
from listserv.mail.parse import parse
from listserv.model.lists import Role
from listserv.store.engine import Database
from listserv.store.lists import change_list, get_list
from listserv.store.moderation import waiting
from listserv.store.people import person_of, set_roles
from listserv.store.queue import retry_now, waiting_count
from tests.client_styles import STYLES, delivered_text, reply, reply_address
from tests.servers.private import wait_until
from tests.service import DOMAIN, Service
from tests.store_site import a_list, a_member

RAHERA, HANA, NGAIRE = "rahera@school.example", "hana@school.example", "ngaire@school.example"
MERE, AROHA, EVE = "mere@kura.example", "aroha@kura.example", "eve@elsewhere.example"
TAI = "tai@kura.example"
NAMES = {RAHERA: "Rāhera", HANA: "Hana", NGAIRE: "Ngaire", MERE: "Mere Tāmati", AROHA: "Aroha", EVE: "Eve", TAI: "Tai"}
MORNING = {"LISTSERV_CLOCK": "2026-11-16T09:00+13:00"}
CONFIRMED = "Done: "


class Site:
    """A service with lists of their own for each test; what was delivered is read from where it was read last."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.database = Database(f"sqlite:///{service.folder}/listserv.db")
        self._seen: dict[str, int] = {}
        self._posts = 0

    def group(
        self, name: str, *, moderators: tuple[str, ...] = (RAHERA,), style: str = "moderated", **settings: Any
    ) -> str:
        """A group with Mere and Aroha as members; gives its address."""
        with self.database.begin() as connection:
            made = a_list(connection, name, style=style, **settings)
            for address in (*moderators, MERE, AROHA):
                granted = [Role.MODERATOR] if address in moderators else []
                a_member(connection, made, address, name=NAMES[address], granted=granted)
        return made.address

    def change(self, name: str, **settings: Any) -> None:
        with self.database.begin() as connection:
            change_list(connection, get_list(connection, name), settings)

    def roles(self, name: str, address: str, *granted: Role) -> None:
        with self.database.begin() as connection:
            set_roles(connection, get_list(connection, name), person_of(connection, address) or 0, granted)

    def post(self, group: str, subject: str, body: str = "Kia ora koutou", author: str = MERE, **fields: str) -> str:
        """The server's reply to a post."""
        self._posts += 1
        head = {"From": f"{NAMES[author].replace('ā', 'a')} <{author}>", "To": group, "Subject": subject}
        head |= {"Message-ID": f"<{self._posts}@kura.example>", "Date": "Mon, 16 Nov 2026 09:00:00 +1300"}
        head |= {name.replace("_", "-"): value for name, value in fields.items()}
        head["Content-Type"] = "text/plain; charset=utf-8"
        octets = "\r\n".join(
            [*(f"{name}: {value}" for name, value in head.items()), "", *body.split("\n"), ""]
        ).encode()
        code, text = self.service.send(octets, group, author)
        assert code == 250, text
        return text

    def mail(self, address: str, group: str = "") -> list[bytes]:
        """What has come for the address since it was asked last; only what a group's program wrote, if one is named."""
        self.wait_empty()
        found = self.service.delivered(address)
        new = found[self._seen.get(address, 0) :]
        self._seen[address] = len(found)
        return [octets for octets in new if f"<{group}-owner@".encode() in octets] if group else new

    def one(self, address: str, group: str = "") -> bytes:
        """The one mail that has come."""
        (found,) = self.mail(address, group)
        return found

    def answer(
        self, ours: bytes, own: str, author: str = RAHERA, style: str = "gmail", to: str = ""
    ) -> tuple[int, str]:
        """The server's reply to somebody's reply."""
        octets = reply(ours, own, style, author=f"{NAMES[author]} <{author}>", to=to)
        return self.service.send(octets, to or reply_address(ours), author)

    def tick(self, now: str) -> None:
        """The clock strikes; what it sends leaves at once, for the service itself lives in an earlier hour."""
        moment = datetime.fromisoformat(now)
        tick_once(
            ClockedSite(load_settings(self.service.folder / "listserv.toml", {}), self.database, lambda: moment), moment
        )
        with self.database.begin() as connection:
            retry_now(connection, None, datetime(2026, 11, 15, tzinfo=UTC))
        self.wait_empty()

    def waiting(self, group: str) -> list[str]:
        with self.database.read() as connection:
            return [parse(held.octets).subject for held in waiting(connection, get_list(connection, group).id)]

    def keeps(self, words: str) -> bool:
        """Whether any octets in the database hold these words."""
        with self.database.read() as connection:
            found = connection.exec_driver_sql("SELECT octets FROM content").scalars()
            return any(words.encode() in bytes(octets) for octets in found)

    def wait_empty(self) -> None:
        """Until everything has left."""
        wait_until(self._is_empty, "the last mail")

    def _is_empty(self) -> bool:
        with self.database.read() as connection:
            return waiting_count(connection) == 0

    def forget_all(self) -> None:
        for address in NAMES:
            self.mail(address)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Service(tmp_path_factory.mktemp("site"), environment=MORNING) as service:
        service.start()
        yield Site(service)
        assert "Traceback" not in service.log.read_text("utf-8")


def read(octets: bytes) -> EmailMessage:
    return email.message_from_bytes(octets, policy=email.policy.default)


def subject(octets: bytes) -> str:
    return str(read(octets)["Subject"])


def subjects(mails: list[bytes]) -> list[str]:
    return [subject(octets) for octets in mails]


def test_a_moderator_reads_the_post_and_approves_it_from_every_mail_program(site: Site) -> None:
    group = site.group("everyone")
    for number, style in enumerate(STYLES):
        site.post(group, f"Running records {number}", "Does anybody have one?\nyes\nMere")
        ours = site.one(RAHERA)
        assert subject(ours) == f"Waiting for you: Running records {number}"
        text = delivered_text(ours)
        assert "Mere Tamati <mere@kura.example> wrote to Everyone" in text
        assert "Does anybody have one?" in text
        assert "Every post to Everyone is read first." in text
        (attached,) = [part for part in read(ours).walk() if part.get_content_type() == "message/rfc822"]
        assert attached.get_content()["Message-ID"] == f"<{site._posts}@kura.example>"
        code, said = site.answer(ours, "yes", style=style)
        assert code == 250, said
        # The copy itself tells her that it worked.
        assert subjects(site.mail(RAHERA)) == [f"Running records {number}"]
        assert f"Running records {number}" in subjects(site.mail(MERE))
    site.forget_all()
    assert site.waiting("everyone") == []


def test_each_decision_does_what_it_says(site: Site) -> None:
    group = site.group("decisions")
    orders = ["quietly", "reject: names a child", "no", "discard", "reject: too long,\nplease cut it"]
    said = {}
    for order in orders:
        site.post(group, f"About {order[:9]}", author=AROHA)
        ours = site.one(RAHERA)
        site.answer(ours, order, style="iphone")
        said[order] = delivered_text(site.one(RAHERA))
    assert "in the archive of Decisions" in said["quietly"]
    assert "A child could be recognised in it" in said["reject: names a child"]
    assert "without a reason" in said["no"]
    assert "nobody was told" in said["discard"]
    to_author = [delivered_text(octets) for octets in site.mail(AROHA)]
    assert len(to_author) == 4  # that it waits, once a day; three refusals; nothing of the quiet and the discarded one
    assert "withdraw" in to_author[0]
    assert "A child could be recognised in it" in to_author[1]
    assert "They wrote: too long, please cut it" in to_author[3]
    assert site.mail(MERE) == []
    assert site.waiting("decisions") == []


def test_what_is_no_order_is_asked_back_and_the_question_stays_good(site: Site) -> None:
    group = site.group("unclear")
    site.post(group, "With a number")
    ours = site.one(RAHERA)
    for own in ("no problem, approve", "yeah nah", "āe, engari tangohia te nama"):
        site.answer(ours, own, style="outlook_desktop")
        back = site.one(RAHERA)
        assert subject(back) == "Not understood, nothing done: With a number"
        assert own in delivered_text(back)
        assert site.waiting("unclear") == ["With a number"]
    site.answer(ours, "yes but take out her number")
    assert site.mail(RAHERA) == []  # three times a day and no more: two programs might answer one another
    site.answer(back, "āe", style="thunderbird")
    assert subjects(site.mail(RAHERA)) == ["With a number"]
    site.forget_all()


def test_the_first_decision_wins_and_the_second_is_told(site: Site) -> None:
    group = site.group("two", moderator_hours=0, moderators=(RAHERA, HANA))
    site.post(group, "Twice")
    first, second = site.one(RAHERA), site.one(HANA)
    site.answer(first, "reject: off-topic")
    assert subject(site.one(RAHERA)) == "Done: Twice"
    site.answer(second, "yes", author=HANA)
    late = site.one(HANA)
    assert subject(late) == "Decided before: Twice"
    assert 'Rāhera was quicker: "Twice" is sent back.' in delivered_text(late)
    site.post(group, "By the command line")
    site.one(RAHERA)
    site.service.run("approve", str(site.service.table("held", "two")[0]["id"]))
    ours = site.mail(HANA)[0]
    site.answer(ours, "no", author=HANA)
    late = site.mail(HANA)[-1]
    assert "is published already" in delivered_text(late)
    site.forget_all()


def test_one_on_duty_gets_it_at_once_and_the_others_later(site: Site) -> None:
    group = site.group("duty", moderators=(RAHERA, HANA, NGAIRE))
    site.post(group, "First to one")
    people = {address: site.mail(address) for address in (RAHERA, HANA, NGAIRE)}
    (duty,) = [address for address, mails in people.items() if mails]
    site.tick("2026-11-16T12:30+13:00")
    assert all(not site.mail(address) for address in people)
    site.tick("2026-11-16T13:30+13:00")
    for address in set(people) - {duty}:
        assert subject(site.one(address)) == "Still waiting: First to one"
    assert site.mail(duty) == []
    site.tick("2026-11-17T09:30+13:00")
    for address in people:
        nudge = site.one(address, "duty")
        assert subject(nudge) == "Duty: one post waits for a moderator"
    site.tick("2026-11-18T06:30+13:00")
    assert all(not site.mail(address, "duty") for address in people)
    site.answer(nudge, "yes", author=NGAIRE)
    assert subjects(site.mail(NGAIRE)) == ["First to one"]
    site.tick("2026-11-17T07:30+13:00")
    for address in (RAHERA, HANA):
        told = site.one(address, "duty")
        assert subject(told) == "Duty: what the other moderators decided"
        assert "- Ngaire: published · First to one" in delivered_text(told)
    assert site.mail(NGAIRE, "duty") == []
    site.tick("2026-11-17T07:40+13:00")
    assert site.mail(RAHERA, "duty") == []
    site.forget_all()


def test_who_is_away_is_not_on_duty(site: Site) -> None:
    group = site.group("away", moderators=(RAHERA, HANA))
    hers = (
        "SELECT s.id FROM subscription s JOIN address a ON a.id = s.address_id JOIN list l ON l.id = s.list_id"
        " WHERE l.name = 'away' AND a.key = ?"
    )
    with sqlite3.connect(site.service.folder / "listserv.db") as database:
        database.execute(
            f"UPDATE subscription SET paused_until = 4e15, delivery = 'none' WHERE id IN ({hers})", (RAHERA,)
        )
    site.post(group, "In her holiday")
    assert subject(site.one(HANA)) == "Waiting for you: In her holiday"
    site.tick("2026-11-16T20:00+13:00")
    assert site.mail(RAHERA) == []
    site.forget_all()


def test_a_post_that_nobody_decides_about_expires_and_its_author_is_told(site: Site) -> None:
    group = site.group("expiry", hold_days=3, nudge_hours=0)
    site.post(group, "Forgotten")
    ours = site.one(RAHERA)
    site.tick("2026-11-19T08:00+13:00")
    assert site.waiting("expiry") == ["Forgotten"]
    site.tick("2026-11-19T09:30+13:00")
    assert site.waiting("expiry") == []
    ended = site.one(MERE, "expiry")
    assert "for 3 days" in delivered_text(ended)
    site.answer(ours, "yes")
    assert '"Forgotten" is expired already' in delivered_text(site.one(RAHERA))
    site.forget_all()


def test_its_author_takes_a_held_post_back(site: Site) -> None:
    group = site.group("back")
    with site.database.begin() as connection:
        a_member(connection, get_list(connection, group), TAI, name=NAMES[TAI])
    site.post(group, "Too early", "What Tai would rather not have said", author=TAI)
    ours, hers = site.one(RAHERA), site.one(TAI)
    site.answer(hers, "please don't", author=TAI)
    again = site.one(TAI)
    assert "still waits" in delivered_text(again)
    assert site.keeps("rather not have said")
    site.answer(again, "Withdraw", author=TAI, style="bare_phone")
    assert subject(site.one(TAI)) == "Taken back: Too early"
    assert not site.keeps("rather not have said")
    site.answer(ours, "yes")
    assert "taken back by its author already" in delivered_text(site.one(RAHERA))
    assert site.waiting("back") == []
    site.forget_all()


def test_a_strangers_post_tells_the_stranger_nothing(site: Site) -> None:
    group = site.group("strangers", style="discussion")
    site.post(group, "A better place in search engines", author=EVE)
    ours = site.one(RAHERA)
    assert "Nobody with this address is in the group" in delivered_text(ours)
    site.answer(ours, "ban")
    assert "may not write to Strangers any more" in delivered_text(site.one(RAHERA))
    assert site.mail(EVE) == []
    octets = f"From: {EVE}\r\nTo: {group}\r\nSubject: Again\r\nMessage-ID: <b@x>\r\n\r\nBuy\r\n".encode()
    assert site.service.send(octets, group, EVE)[0] == 550
    request = f"strangers-request@{DOMAIN}"
    for author, told in ((MERE, "Only moderators can do that"), (RAHERA, f"{EVE} may write to the group again.")):
        wish = f"From: {author}\r\nTo: {request}\r\nSubject: unban {EVE}\r\nMessage-ID: <u{author}>\r\n\r\n\r\n"
        assert site.service.send(wish.encode(), request, author)[0] == 250
        site.answer(site.one(author), "yes", author=author)
        assert told in delivered_text(site.one(author))
    assert site.service.send(octets.replace(b"<b@x>", b"<c@x>"), group, EVE)[0] == 250
    site.forget_all()


def test_forged_and_wrong_addresses_change_nothing_and_get_one_sentence(site: Site) -> None:
    group, other = site.group("forged"), site.group("other", moderators=(HANA,))
    site.post(group, "Not yours")
    ours = site.one(RAHERA)
    token = reply_address(ours).partition("+")[2].partition("@")[0]
    unknown = site.service.send(reply(ours, "yes", "gmail", author=RAHERA), f"nothing@{DOMAIN}", RAHERA)
    wrong = [
        f"forged-moderate+{'a' * 26}@{DOMAIN}",
        f"other-moderate+{token}@{DOMAIN}",
        f"forged-moderate+{token[:-1]}{'b' if token[-1] == 'a' else 'a'}@{DOMAIN}",
    ]
    for address in wrong:
        assert site.answer(ours, "yes", to=address) == unknown
    # To the list, from her: only one more post that waits, for a From proves nothing.
    site.post(group, "yes", "yes", author=RAHERA, In_Reply_To=str(read(ours)["Message-ID"]))
    assert site.waiting("forged") == ["Not yours", "yes"]
    site.answer(ours, "discard")
    assert site.answer(ours, "yes") == unknown  # used
    assert site.waiting("forged") == ["yes"]
    site.forget_all()
    site.post(other, "Old")
    old = site.one(HANA)
    with sqlite3.connect(site.service.folder / "listserv.db") as database:
        database.execute("UPDATE token SET expires_at = 1 WHERE purpose = 'moderate' AND used_at IS NULL")
    assert site.answer(old, "yes", author=HANA) == unknown  # expired
    assert site.waiting("other") == ["Old"]
    site.forget_all()


def test_who_moderates_no_more_decides_nothing(site: Site) -> None:
    group = site.group("former", moderators=(TAI,))
    site.post(group, "For another")
    ours = site.one(TAI)
    site.roles("former", TAI)
    site.answer(ours, "yes", author=TAI)
    assert "You do not moderate Former any more" in delivered_text(site.one(TAI))
    assert site.waiting("former") == ["For another"]
    site.forget_all()


def test_an_answer_from_an_unknown_address_is_told_to_the_holder(site: Site) -> None:
    group = site.group("private")
    site.post(group, "From her phone")
    site.answer(site.one(RAHERA), "yes", author=EVE, style="iphone")
    told = [octets for octets in site.mail(RAHERA) if subject(octets).startswith(CONFIRMED)]
    assert "eve@elsewhere.example, which we do not know as yours" in delivered_text(told[0])
    assert site.mail(EVE) == []
    site.forget_all()


def test_a_machine_that_answers_changes_nothing(site: Site) -> None:
    group = site.group("machines")
    site.post(group, "To a machine")
    ours = site.one(RAHERA)
    assert "http" not in delivered_text(ours)  # nothing for a scanner to open
    away = reply(ours, "yes", "outlook_web", author=RAHERA)
    away = b"Auto-Submitted: auto-replied\r\n" + away
    assert site.service.send(away, reply_address(ours), RAHERA)[0] == 250
    assert site.service.send(reply(ours, "yes", "gmail", author=RAHERA), reply_address(ours), "")[0] == 250
    assert site.mail(RAHERA) == []
    assert site.waiting("machines") == ["To a machine"]
    site.forget_all()


def test_everything_a_thread_and_a_member_are_held_by_reply(site: Site) -> None:
    group = site.group("holds", first_posts_held=1, moderator_hours=0, style="discussion", moderators=(RAHERA, HANA))
    site.post(group, "Hot question")
    ours = site.one(RAHERA)
    site.mail(HANA)
    site.answer(ours, "yes")
    site.forget_all()
    site.change("holds", first_posts_held=3)
    site.post(group, "Re: Hot question", "More", In_Reply_To="<1@nowhere.example>")
    ours = site.one(RAHERA)
    site.mail(HANA)

    site.answer(ours, "hold everything")
    done, told = site.one(RAHERA), site.one(HANA)
    assert "Everything is on hold in Holds" in delivered_text(done)
    assert "Rāhera has put everything on hold in Holds" in delivered_text(told)
    assert "(emergency)" in site.post(group, "In the emergency", author=RAHERA)
    site.mail(RAHERA), site.mail(HANA)
    site.answer(told, "release", author=HANA)
    assert "2 posts still wait" in delivered_text(site.one(HANA))
    assert "Hana has ended the hold" in delivered_text(site.one(RAHERA))

    site.answer(ours, "lock this thread")
    done = site.one(RAHERA)
    assert '"Hot question" takes no further posts' in delivered_text(done)
    site.change("holds", first_posts_held=0)
    octets = (
        f"From: {AROHA}\r\nTo: {group}\r\nSubject: Re: Hot question\r\nMessage-ID: <l@x>\r\n\r\nMe too\r\n".encode()
    )
    assert "closed this conversation" in site.service.send(octets, group, AROHA)[1]
    forward = reply(done, "hold this thread", "gmail", author=RAHERA, subject="Fwd: Hot question")
    site.service.send(forward, reply_address(done), RAHERA)
    assert "waits for a moderator" in delivered_text(site.one(RAHERA))
    assert "(thread_held)" in site.post(group, "Re: Hot question", "Again", author=AROHA)
    site.forget_all()

    site.answer(ours, "hold this member until 1 December")
    assert "wait for a moderator until Tuesday 1 December 2026" in delivered_text(site.one(RAHERA))
    assert "(member_held)" in site.post(group, "A new question")
    site.mail(RAHERA), site.mail(HANA)
    site.answer(ours, "release this member")
    assert "go out again" in delivered_text(site.one(RAHERA))
    assert "on its way" in site.post(group, "Another new question")
    site.answer(ours, "yes")
    site.forget_all()


def test_a_storm_is_one_note(site: Site) -> None:
    group = site.group("storm", thread_brake=2, style="discussion", moderators=(RAHERA, HANA))
    site.post(group, "Uniforms")
    for number in range(5):
        site.post(group, "Re: Uniforms", f"No {number}", author=(AROHA, MERE)[number % 2])
    notes = [octets for octets in site.mail(RAHERA) if "Many posts" in subject(octets)]
    assert len(notes) == 1
    assert len([octets for octets in site.mail(HANA) if "Many posts" in subject(octets)]) == 1
    assert len(site.waiting("storm")) == 4
    site.answer(notes[0], "waiting")
    listed = site.one(RAHERA)
    assert subject(listed) == "Storm: 4 posts wait for a moderator"
    addresses = [line for line in delivered_text(listed).split("\n") if line.startswith("Your answer to: ")]
    assert len(addresses) == 4
    site.answer(listed, "discard", to=addresses[0].removeprefix("Your answer to: "))
    assert subject(site.one(RAHERA)) == "Done: Re: Uniforms"
    site.answer(notes[0], "yes")
    out = site.mail(RAHERA)
    assert "3 posts of this conversation are on their way" in delivered_text(out[-1]) + delivered_text(out[0])
    assert len(out) == 4
    assert site.waiting("storm") == []
    site.forget_all()


def test_one_asks_for_ones_own_address_and_may_do_there_what_ones_role_allows(site: Site) -> None:
    group = site.group("requests", style="discussion", moderators=(RAHERA, HANA))
    site.roles("requests", HANA, Role.FACILITATOR)
    for address in (RAHERA, HANA, MERE):
        octets = f"From: {address}\r\nTo: requests-request@{DOMAIN}\r\nSubject: x\r\nMessage-ID: <{address}>\r\n\r\n"
        site.service.send(octets.encode() + b"moderate\r\n", f"requests-request@{DOMAIN}", address)
    assert site.mail(MERE) == []
    moderators, facilitators = site.one(RAHERA), site.one(HANA)
    site.answer(facilitators, "hold everything", author=HANA)
    assert "That is for the moderators of Requests" in delivered_text(site.one(HANA))
    assert "on its way" in site.post(group, "As ever")
    site.forget_all()
    site.answer(moderators, "hold everything")
    assert "Everything is on hold" in delivered_text(site.one(RAHERA))
    assert "(emergency)" in site.post(group, "As never")
    site.forget_all()
    site.answer(moderators, "yes")
    assert subject(site.one(RAHERA)).startswith("Not understood")
    site.answer(moderators, "waiting")
    listed = site.one(RAHERA)
    assert "As never" in delivered_text(listed)
    site.answer(listed, "quietly")
    assert site.waiting("requests") == []
    site.forget_all()


def decoded_parts(octets: bytes) -> list[str]:
    """The parts of a mail as they read."""
    payloads = [part.get_payload(decode=True) for part in email.message_from_bytes(octets).walk()]
    return [payload.decode("utf-8", "replace") for payload in payloads if isinstance(payload, bytes)]


def everything_kept(site: Site) -> str:
    """All that the database holds, apart from who is a member, coded or not."""
    found = []
    with sqlite3.connect(site.service.folder / "listserv.db") as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if table in ("address", "person") or table.startswith("search"):
                continue
            for row in database.execute(f"SELECT * FROM {table}"):
                for value in row:
                    octets = value if isinstance(value, bytes) else str(value).encode()
                    found.append(octets.decode("utf-8", "replace"))
                    if b"Content-Type" in octets:
                        found += decoded_parts(octets)
    return "\n".join(found)


def test_a_question_goes_out_without_its_author_who_is_nowhere_kept(tmp_path: Path) -> None:
    with Service(tmp_path / "site", environment=MORNING) as service:
        service.start()
        site = Site(service)
        group = site.group("questions", moderators=(RAHERA, HANA))
        site.roles("questions", RAHERA, Role.FACILITATOR)
        words = "How do you tell a parent? I am Mere Tāmati, 021 555 0123, mere@kura.example.\n\nNgā mihi\nMere"
        site.post(group, "A question of Mere's", words)
        ours = site.one(HANA)
        site.answer(ours, "approve or not?", author=HANA, style="outlook_desktop")
        site.mail(HANA)
        site.answer(ours, "post anonymously", author=HANA, style="outlook_desktop")
        (copy,) = site.mail(AROHA)
        assert "How do you tell a parent?" in delivered_text(copy)
        assert parseaddr(str(read(copy)["From"]))[1] == f"questions-owner@{DOMAIN}"
        assert subject(copy) == "A question of …'s"
        kept = everything_kept(site)
        assert "How do you tell a parent?" in kept
        for trace in ("Tāmati", "Tamati", MERE, "555", f"<{site._posts}@kura.example>"):
            assert trace not in kept
        assert site.answer(ours, "yes", author=HANA)[0] == 550
        site.mail(HANA)

        # The same by a forward, to a moderator's own address: shown first.
        command = next(line for line in delivered_text(ours).split("\n") if "questions-moderate+" in line)
        forward = (
            f"From: {NAMES[HANA]} <{HANA}>\r\nTo: {command}\r\nSubject: Fwd: My class\r\nMessage-ID: <f@x>\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n\r\npost anonymously\r\n\r\n"
            "---------- Forwarded message ---------\r\nFrom: Teresa Brown <teresa@kura.example>\r\n"
            f"Date: Mon, 16 Nov 2026 at 21:00\r\nSubject: My class\r\nTo: <{HANA}>\r\n\r\n"
            "What do you do with a class that\r\nnever reads?\r\n\r\nTeresa\r\n"
        ).encode()
        assert site.service.send(forward, command, HANA)[0] == 250
        draft = site.one(HANA)
        assert subject(draft) == "Shall this go out? My class"
        assert site.mail(AROHA) == []
        site.answer(draft, "maybe", author=HANA)
        again = site.one(HANA)
        site.answer(again, "yes", author=HANA)
        site.answer(draft, "yes", author=HANA)
        (copy,) = site.mail(AROHA)
        assert "never reads?" in delivered_text(copy)
        kept = everything_kept(site)
        for trace in ("Teresa", "teresa"):
            assert trace not in kept
        assert service.run("export", "questions", str(tmp_path / "all.mbox")) is not None
        assert b"teresa" not in (tmp_path / "all.mbox").read_bytes().lower()
