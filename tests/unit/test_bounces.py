"""Bounces and complaints in one process: what counts, when an address stops, and every way it starts again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from listserv.inbound.bounces import clock
from listserv.inbound.desk import Desk, Recipient
from listserv.inbound.handover.escalating import look_for_lists_without_an_owner
from listserv.mail.address import address_key
from listserv.mail.token import sign_bounce, sign_unsubscribe
from listserv.model.report import Kind
from listserv.model.score import STOP_AT, probe_after, score
from listserv.model.smtp import Reply
from listserv.store import stopped
from listserv.store.addresses import add_address, move_mail, on_file
from listserv.store.bounces import events_of
from listserv.store.lists import get_list
from listserv.store.people import members, recipient_set
from listserv.store.schema import addresses, bounces, deliveries
from tests.mail_room import words
from tests.reception_site import Site, a_site, reply_address
from tests.store_site import DOMAIN, a_list, a_member

MERE, JO, HOME = "mere@school.example", "jo@school.example", "mere@home.example"
GROUP = f"english@{DOMAIN}"
DAY_ONE = date(2026, 11, 16)


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with a_site(database_url) as made:
        with made.database.begin() as connection:
            mail_list = a_list(connection)
            a_member(connection, mail_list, JO, name="Jo Smith", granted=_owner())
            a_member(connection, mail_list, MERE, name="Mere Tāmati")
        yield made


def _owner() -> list[object]:
    from listserv.model.lists import Role

    return [Role.OWNER]


def subscription(site: Site, address: str = MERE) -> int:
    with site.database.read() as connection:
        return next(each.id for each in members(connection, get_list(connection, GROUP)) if each.address == address)


def verp(site: Site, address: str = MERE, sent_on: date | None = None) -> str:
    token = sign_bounce(site.key, "english", subscription(site, address), sent_on or site.now.date())
    return f"english-bounces+{token}@{DOMAIN}"


def dsn(address: str, status: str = "5.1.1", diagnostic: str = "550 5.1.1 user unknown", action: str = "failed") -> str:
    return (
        "--x\r\n\r\nDelivery report.\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.school.example\r\n\r\nFinal-Recipient: rfc822; {address}\r\nAction: {action}\r\n"
        f"Status: {status}\r\nDiagnostic-Code: smtp; {diagnostic}\r\n--x\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        "Message-ID: <1@school.example>\r\nFrom: jo@school.example\r\n--x--"
    )


def bounce(site: Site, to: str, text: str | None = None) -> Reply:
    return site.send(
        to,
        "MAILER-DAEMON@mx.school.example",
        text or dsn(MERE),
        "Undelivered Mail Returned to Sender",
        return_path="",
        Content_Type="multipart/report; report-type=delivery-status; boundary=x",
    )


def complain(site: Site, to: str, returned: str = "") -> Reply:
    text = (
        "--x\r\n\r\nThis teacher writes rubbish.\r\n--x\r\nContent-Type: message/feedback-report\r\n\r\n"
        "Feedback-Type: abuse\r\nVersion: 1\r\nUser-Agent: x/1\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n"
        f"{returned}Subject: Hello\r\n\r\nI hate this\r\n--x--"
    )
    return site.send(
        to,
        "feedback@provider.example",
        text,
        "Complaint",
        Content_Type="multipart/report; report-type=feedback-report; boundary=x",
    )


def is_stopped(site: Site, address: str = MERE) -> str:
    with site.database.read() as connection:
        known = on_file(connection, address_key(address))
        assert known is not None
        return known.stopped_why if known.stopped_at is not None else ""


def three_days(site: Site) -> None:
    for _ in range(3):
        bounce(site, verp(site))
        site.after(days=1)


def chores(site: Site) -> list[EmailMessage]:
    with site.desk() as desk:
        for chore in (clock.start_probed, clock.probe, clock.tell_persons, clock.tell_owners):
            chore(desk)
    return site.mails()


def to(mails: list[EmailMessage], address: str) -> list[EmailMessage]:
    return [each for each in mails if address in str(each["To"])]


def test_the_score() -> None:
    def on(*days: tuple[int, Kind]) -> float:
        return score((DAY_ONE + timedelta(days=day), kind) for day, kind in days)

    hard, soft = Kind.HARD, Kind.SOFT
    assert on((0, hard), (0, hard), (0, soft)) == 1.0
    assert on((0, hard), (1, hard), (2, hard)) == STOP_AT
    assert on(*((day, soft) for day in range(5))) < STOP_AT <= on(*((day, soft) for day in range(6)))
    assert on((0, hard), (7, hard), (14, hard)) == STOP_AT
    assert on((0, hard), (30, hard), (60, hard)) == STOP_AT
    assert on((0, hard), (1, hard), (37, hard)) == 1.0
    assert on((0, Kind.CONTENT), (1, Kind.DELAYED), (2, Kind.CONTENT)) == 0.0
    assert [probe_after(probes).days for probes in range(5)] == [1, 7, 30, 60, 90]


def test_three_days_stop_an_address_and_nothing_else_of_her(site: Site) -> None:
    bounce(site, verp(site))
    bounce(site, verp(site))
    site.after(days=1)
    bounce(site, verp(site))
    assert is_stopped(site) == ""
    site.after(days=1)
    bounce(site, verp(site))
    assert is_stopped(site) == "bounces"
    with site.database.read() as connection:
        mail_list = get_list(connection, GROUP)
        assert MERE in {each.address for each in members(connection, mail_list)}
        assert address_key(MERE) not in recipient_set(connection, mail_list).by_key
        assert is_stopped(site, JO) == ""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (dsn(MERE, "4.4.7", "451 4.4.1 no answer", "delayed"), "delayed"),
        (dsn(MERE, "5.7.1", "550 5.7.1 looks like spam"), "content"),
        (dsn(MERE, "5.3.4", "552 5.3.4 message too big"), "content"),
    ],
)
def test_delays_and_refusals_of_the_message_never_stop(site: Site, text: str, kind: str) -> None:
    for _ in range(12):
        bounce(site, verp(site), text)
        site.after(days=1)
    assert is_stopped(site) == ""
    with site.database.read() as connection:
        assert set(connection.execute(select(bounces.c.kind)).scalars()) == {kind}


def test_what_a_report_says_of_others_is_nothing_to_them(site: Site) -> None:
    """The address in it is a stranger's claim: Jo is named, Mere's return path is what it came to."""
    for _ in range(4):
        bounce(site, verp(site), dsn(JO))
        bounce(site, "english-bounces", dsn(JO))
        bounce(site, "english", dsn(JO))
        site.after(days=1)
    assert (is_stopped(site), is_stopped(site, JO)) == ("bounces", "")


def test_a_forged_or_foreign_or_old_return_path_counts_for_nobody(site: Site) -> None:
    good = verp(site)
    assert bounce(site, good.replace(good[20:24], "aaaa")).code == 550
    assert bounce(site, verp(site, sent_on=site.now.date() - timedelta(days=40))).code == 250
    with site.database.read() as connection:
        assert connection.execute(select(bounces.c.id)).first() is None


def test_a_copy_to_the_address_she_had_before_is_nothing_to_the_new_one(site: Site) -> None:
    with site.database.begin() as connection:
        old = on_file(connection, address_key(MERE))
        assert old is not None
        site.after(days=2)
        new = add_address(connection, old.person_id, HOME, site.now)
        move_mail(connection, old.person_id, new, [old.id])
    token = sign_bounce(site.key, "english", subscription(site, HOME), site.now.date() - timedelta(days=1))
    bounce(site, f"english-bounces+{token}@{DOMAIN}", dsn(MERE))
    bounce(site, f"english-bounces+{token}@{DOMAIN}", dsn("unknown@forwarded.example"))
    with site.database.read() as connection:
        assert [event.address for event in events_of(connection, old.person_id)] == [MERE]


def test_reports_at_the_groups_address_count_where_the_copy_they_return_is_proven(site: Site) -> None:
    link = f"List-Unsubscribe: <https://{DOMAIN}/unsubscribe/{sign_unsubscribe(site.key, subscription(site))}>\r\n"
    for number in range(3):
        proof = link if number % 2 else f"Return-Path: <{verp(site)}>\r\n"
        reply = bounce(site, "english", dsn(MERE).replace("Message-ID", f"{proof}Message-ID"))
        assert reply.code == 250
        site.after(days=1)
    assert is_stopped(site) == "bounces"


def test_neutral_copies_count_by_address_and_a_post_of_ours(site: Site) -> None:
    site.send("english", JO, "Kia ora", "Running records", Message_ID="<1@school.example>")
    for neutral in (False, True):
        relay = site.settings.relay.model_copy(update={"recipients_per_message": 50 if neutral else 1})
        settings = site.settings.model_copy(update={"relay": relay})
        site.reception._settings = settings
        for _ in range(3):
            bounce(site, "english-bounces", dsn(MERE))
            bounce(site, "english-bounces", dsn(JO).replace("<1@school", "<2@school"))
            site.after(days=1)
        assert is_stopped(site) == ("bounces" if neutral else "")
    assert is_stopped(site, JO) == ""


def test_the_probe_comes_through_and_mail_goes_again(site: Site) -> None:
    three_days(site)
    probe = to(chores(site), MERE)[0]
    assert probe["Auto-Submitted"] == "auto-generated"
    with site.database.read() as connection:
        path = connection.execute(select(deliveries.c.return_path).where(deliveries.c.to_address == MERE)).scalar_one()
    assert path.startswith("english-bounces+")
    site.after(days=2)
    chores(site)
    assert is_stopped(site) == "bounces"
    site.after(days=1)
    assert to(chores(site), MERE) == []
    assert is_stopped(site) == ""
    bounce(site, verp(site))
    assert is_stopped(site) == "bounces", "silence proves little: the next report stops it at once"
    site.after(days=1)
    assert to(chores(site), MERE) == [], "and the next probe waits longer"
    site.after(days=6)
    assert len(to(chores(site), MERE)) == 1


def test_a_probe_that_comes_back_is_sent_again_after_a_week_and_a_month(site: Site) -> None:
    three_days(site)
    sent = []
    for day in range(62):
        mails = to(chores(site), MERE)
        if mails:
            sent.append(day)
            bounce(site, verp(site))
        site.after(days=1)
    assert sent == [0, 6, 29, 59]  # from the day after the stop
    assert is_stopped(site) == "bounces"


def test_a_late_report_on_an_older_copy_is_not_the_probes(site: Site) -> None:
    three_days(site)
    chores(site)
    bounce(site, verp(site, sent_on=site.now.date() - timedelta(days=2)))
    site.after(days=3)
    chores(site)
    assert is_stopped(site) == ""


@pytest.mark.parametrize(("answer", "stays"), [("resume", ""), ("Kia ora, yes it works", ""), ("no", "given up")])
def test_she_answers_the_probe(site: Site, answer: str, stays: str) -> None:
    three_days(site)
    probe = to(chores(site), MERE)[0]
    site.send(reply_address(probe), MERE, answer, f"Re: {probe['Subject']}")
    assert is_stopped(site) == stays
    if not stays:
        assert MERE in words(site.mail())
        bounce(site, verp(site))
        assert is_stopped(site) == "", "it counts from now on"


@pytest.mark.parametrize(("answer", "mail_to"), [("resume", MERE), ("here please", HOME), ("konei", HOME)])
def test_her_other_address_is_told_at_once_and_may_take_over(site: Site, answer: str, mail_to: str) -> None:
    with site.database.begin() as connection:
        known = on_file(connection, address_key(MERE))
        assert known is not None
        add_address(connection, known.person_id, HOME, site.now)
    three_days(site)
    mails = chores(site)
    notice = to(mails, HOME)[0]
    assert MERE in words(notice)
    assert to(chores(site), HOME) == [], "once"
    site.send(reply_address(notice), HOME, answer, f"Re: {notice['Subject']}")
    with site.database.read() as connection:
        reached = set(recipient_set(connection, get_list(connection, GROUP)).by_key)
    assert address_key(mail_to) in reached


def test_the_owner_hears_once_a_day_in_one_mail(site: Site) -> None:
    with site.database.begin() as connection:
        a_member(connection, get_list(connection, GROUP), "tui@school.example", name="Tui")
    for _ in range(3):
        bounce(site, verp(site))
        bounce(site, verp(site, "tui@school.example"))
        site.after(days=1)
    told = to(chores(site), JO)
    assert len(told) == 1
    text = words(told[0])
    assert f"Mere Tāmati <{MERE}>: mail came back on several days (5.1.1)" in text
    assert "Tui <tui@school.example>" in text
    assert "user unknown" not in text
    site.after(hours=3)
    assert to(chores(site), JO) == []
    site.after(days=1)
    assert to(chores(site), JO) == []


def test_after_a_day_with_a_clock_far_ahead_the_owner_hears_as_before(site: Site) -> None:
    site.after(days=300)
    chores(site)
    site.after(days=-300)
    three_days(site)
    assert len(to(chores(site), JO)) == 1


@pytest.mark.parametrize("where", ["verp", "postmaster", "abuse", "english-owner", "english"])
def test_a_complaint_stops_and_the_owner_hears_without_a_word_of_it(site: Site, where: str) -> None:
    returned = f"Return-Path: <{verp(site)}>\r\n"
    complain(site, verp(site) if where == "verp" else where, "" if where == "verp" else returned)
    assert site.mails() == []
    assert is_stopped(site) == "complaint"
    site.after(days=1)
    mails = chores(site)
    text = words(to(mails, JO)[0])
    assert "reported as unwanted" in text
    assert "rubbish" not in text
    assert "hate" not in text
    site.after(days=100)
    assert to(chores(site), MERE) == [], "who complained is never probed"
    site.send("english", MERE, "Kia ora", "Hello")
    assert is_stopped(site) == "complaint", "a From is no consent"


def test_a_post_from_a_stopped_address_starts_it(site: Site) -> None:
    three_days(site)
    site.send("english", "stranger@school.example", "Kia ora", "Hello")
    site.send("english", MERE, "I am out", "Out of office", Auto_Submitted="auto-replied")
    assert is_stopped(site) == "bounces"
    site.send("english", MERE, "Kia ora", "Hello again")
    assert is_stopped(site) == ""


def test_resume_by_command_is_confirmed_at_her_address(site: Site) -> None:
    complain(site, verp(site))
    site.send("english-request", MERE, "resume")
    confirm = site.mail()
    assert is_stopped(site) == "complaint"
    site.send(reply_address(confirm), MERE, "yes")
    assert is_stopped(site) == ""
    assert f"Mail goes to {MERE} again" in words(site.mails()[-1])


def test_a_complaint_about_a_copy_from_before_she_resumed_or_of_long_ago_stops_nothing(site: Site) -> None:
    before = verp(site)
    complain(site, before)
    site.after(days=1)
    site.send("english-request", MERE, "resume")
    site.send(reply_address(site.mail()), MERE, "yes")
    complain(site, before)
    assert is_stopped(site) == ""
    lately = verp(site)
    site.after(days=31)
    complain(site, lately)
    assert is_stopped(site) == ""
    complain(site, verp(site))
    assert is_stopped(site) == "complaint"


@pytest.mark.parametrize("chore", [clock.tell_persons, clock.probe])
def test_two_nodes_whose_clocks_ring_at_once_write_once(
    site: Site, monkeypatch: pytest.MonkeyPatch, chore: Callable[[Desk], int]
) -> None:
    with site.database.begin() as connection:
        known = on_file(connection, address_key(MERE))
        assert known is not None
        add_address(connection, known.person_id, HOME, site.now)
    three_days(site)
    site.after(days=1)
    with site.database.begin() as connection:
        seen = {"untold": stopped.untold(connection), "to_probe": stopped.to_probe(connection, site.now)}
    for name, found in seen.items():
        monkeypatch.setattr(stopped, name, lambda *_, found=found: found)
    sent = []
    for _ in range(2):
        with site.desk() as desk:
            sent.append(chore(desk))
    assert sent == [1, 0]
    assert len(site.mails()) == 1


def test_my_deliveries_tells_what_came_back(site: Site) -> None:
    bounce(site, verp(site), dsn(MERE, "5.2.2", "552 5.2.2 mailbox full"))
    site.send("english-request", MERE, "my deliveries")
    text = words(site.mail())
    assert f"{MERE}: mail goes there." in text
    assert "16 November" in text
    assert "the mailbox is full or closed (5.2.2)" in text


def test_a_reply_to_the_history_resumes_at_once(site: Site) -> None:
    three_days(site)
    site.send("english-request", MERE, "my deliveries")
    history = site.mail()
    assert "stopped, as mail came back" in words(history)
    site.send(reply_address(history), MERE, "resume")
    assert is_stopped(site) == ""


def test_a_mail_to_a_stopped_member_waits_and_an_answer_does_not(site: Site) -> None:
    complain(site, verp(site))
    with site.database.begin() as connection:
        mail_list = get_list(connection, GROUP)
    with site.desk() as desk:
        desk.send("delivery_resumed", mail_list, desk.person(2, "Mere", MERE), address=MERE)
    assert site.mails() == []
    site.send("english-help", MERE, "help")
    assert site.mail()["To"]


def test_addresses_kept_are_one_row_a_day_and_kind(site: Site) -> None:
    for _ in range(5):
        bounce(site, verp(site))
    with site.database.read() as connection:
        rows = connection.execute(select(bounces.c.day, addresses.c.address).join(addresses)).all()
    assert [tuple(row) for row in rows] == [("2026-11-16", MERE)]


def test_an_owner_who_is_stopped_is_missed_by_those_above(site: Site) -> None:
    for _ in range(3):
        bounce(site, verp(site, JO), dsn(JO))
        site.after(days=1)
    assert is_stopped(site, JO) == "bounces"
    with site.desk() as desk:
        assert look_for_lists_without_an_owner(desk) == 1
    assert "admin@school.example" in str(site.mail()["To"])


def test_notices_to_members_bear_their_return_path_and_answers_and_strangers_none(site: Site) -> None:
    with site.database.begin() as connection:
        mail_list = get_list(connection, GROUP)
    with site.desk() as desk:
        for address, answers in ((MERE, None), (MERE, "1@school.example"), ("stranger@elsewhere.example", None)):
            desk.send("delivery_resumed", mail_list, Recipient(address), in_reply_to=answers, address=address)
    with site.database.read() as connection:
        statement = select(deliveries.c.return_path).order_by(deliveries.c.id)
        paths = list(connection.execute(statement).scalars())
    assert paths == [verp(site), "", ""]
