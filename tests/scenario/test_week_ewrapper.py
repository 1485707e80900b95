"""How a PLG starts: four weeks of the e-WRaPpER start by mail and the clock alone, every mail of twelve people told.

Teachers of five schools have met once; their list is imported. The two shipped questions go to every group of the
network, each teacher is to write twice by the third Friday, and only who still misses some is reminded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from tests.mailbox import Mailbox, body, settle
from tests.service import DOMAIN, Service

GROUPS = f"""
[networks.ewrapper]
title = "e-WRaPpER"
domain = "{DOMAIN}"
[groups.y34]
network = "ewrapper"
title = "Y3&4"
[groups.y56]
network = "ewrapper"
title = "Y5&6"
"""
MET = """address,name,role,school,digest,delivery,until,group
lee@everglade.example,Lee Wong,owner,Everglade,none,each,,y34
fay@everglade.example,Fay Brown,facilitator,Everglade,none,each,,y34
gus@ramarama.example,Gus Leota,facilitator,Ramarama,none,each,,y34
ana@everglade.example,Ana Tipene,,Everglade,none,each,,y34
ben@ramarama.example,Ben Carter,,Ramarama,none,each,,y34
cleo@waiuku.example,Cleo Young,,Waiuku,none,each,,y34
dan@waiuku.example,Dan Fifita,,Waiuku,none,each,,y34
eve@reremoana.example,Eve Marsh,,Reremoana,weekly,none,,y34
hemi@reremoana.example,Hēmi Rangi,,Reremoana,none,each,,y34
ihaka@papatoetoe.example,Ihaka Poe,,Papatoetoe Central,none,each,,y34
jo@papatoetoe.example,Jo Singh,,Papatoetoe Central,none,each,,y34
kim@conference.example,Kim Guest,guest,,none,each,2026-12-11,y34
ana@everglade.example,Ana Tipene,,Everglade,none,each,,y56
"""
PEOPLE = ("lee", "fay", "gus", "ana", "ben", "cleo", "dan", "eve", "hemi", "ihaka", "jo", "kim")
ASKED, NEXT = "What do you want to try this term?", "How will you go about it?"
REMINDED = f"Re: {ASKED}"
KEPT = f"In your journal: {ASKED}"
BRIEF, TAKEN = "Y3&4: your brief for this week", "Y3&4: Fay Brown has this week's brief"
DRAFT, CHANGED = "Y3&4: draft of the update for Friday 13 November", "Y3&4: the update for Friday 13 November"
LOOKED = "Y3&4: Fay Brown has looked at the update"


class Start:
    """The twelve people, and what each has read so far."""

    def __init__(self, service: Service) -> None:
        self.service = service
        schools = {row.split("@")[0]: row.split(",")[0] for row in MET.splitlines()[1:]}
        self.boxes = {name: Mailbox(service, schools[name], name.title()) for name in PEOPLE}
        self.kept: dict[str, list[EmailMessage]] = {name: [] for name in PEOPLE}

    def at(self, time: str) -> None:
        """What was due then is done, and the clock of everything stands there: so the relay sends it as it starts."""
        now = f"2026-11-{time}+13:00"
        self.service.run("tick", "--now", now)
        self.service.move_clock(now)

    def came(self) -> dict[str, list[str]]:
        """The subject of every mail that each of the twelve has got since the last look, whatever it is."""
        settle(self.service)
        found = {}
        for name, mailbox in self.boxes.items():
            fresh = mailbox.new()
            self.kept[name] += fresh
            if fresh:
                found[name] = [_subject(mail) for mail in fresh]
        return found

    def last(self, name: str, subject: str) -> EmailMessage:
        """The last mail about it that she got."""
        return [mail for mail in self.kept[name] if _subject(mail) == subject][-1]

    def first(self, name: str, subject: str) -> EmailMessage:
        """The first one."""
        return next(mail for mail in self.kept[name] if _subject(mail) == subject)

    def reply(self, name: str, to: str, text: str) -> str:
        """She answers the last mail about this."""
        code, said = self.boxes[name].reply(self.last(name, to), text)
        assert code == 250, said
        return said


def _subject(mail: EmailMessage) -> str:
    """The subject, several marks of a reply as one."""
    subject = str(mail["Subject"])
    base = subject.replace("Re: ", "")
    return subject if subject == base else f"Re: {base}"


@pytest.fixture
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    with Service(tmp_path_factory.mktemp("site"), environment={"LISTSERV_CLOCK": "2026-11-02T07:30+13:00"}) as made:
        (made.folder / "groups.toml").write_text(GROUPS, "utf-8")
        (made.folder / "met.csv").write_text(MET, "utf-8")
        made.run("load", str(made.folder / "groups.toml"))
        made.run("member", "import", "--network", "ewrapper", str(made.folder / "met.csv"))
        asked = ("--set", "e-wrapper-start", "--at", "Term 4 Week 4 Tuesday 9:00")
        assert made.run("prompt", "add", "--network", "ewrapper", *asked).count("Prompt ") == 4
        assert made.run("prompt", "add", "--network", "ewrapper", *asked).count("is there already") == 4
        made.run("goal", "add", "y34", "--posts", "2", "--by", "20/11/2026", "--title", "First two posts")
        made.start()
        yield Start(made)


def all_of(subject: str, *but: str, **others: list[str]) -> dict[str, list[str]]:
    """Everybody who gets single mails has this one, but those; `others` have what is named."""
    return {name: [subject] for name in PEOPLE if name not in (*but, "eve", *others)} | others


def test_four_weeks_of_a_start(start: Start) -> None:
    _the_questions_come(start)
    _they_answer(start)
    _the_silent_are_reminded_and_the_brief_passes_on(start)
    _who_reads_weekly_is_reminded_apart_from_the_update(start)
    _the_second_question_and_the_draft_of_the_update(start)
    _a_shared_journal_and_the_update_as_it_was_edited(start)
    _the_last_reminders_and_then_none(start)


def _the_questions_come(start: Start) -> None:
    """Tuesday of week 4: the first question in both groups, and the week's brief, which is about nothing yet."""
    start.at("03T09:01")
    assert start.came() == all_of(ASKED, ana=[ASKED, ASKED], gus=[ASKED, BRIEF])
    asked = start.last("ben", ASKED)
    assert "Y3&4" in str(asked["From"])
    assert "Asked by Fay Brown, Gus Leota" in body(asked)
    assert "only: journal" in body(asked)
    assert "A reply goes to the whole group." in body(asked) and "author alone" not in body(asked)
    told = body(start.last("gus", BRIEF))
    assert "0 of 8 have" in told and "Fay Brown gets it" in told
    assert "Kim" not in told  # a guest owes nothing


def _they_answer(start: Start) -> None:
    """Ben writes twice, Kim as a guest; Cleo only thanks, and Dan answers for himself alone."""
    start.reply("ben", ASKED, "Peer feedback in writing, with sentence starters.")
    start.reply("kim", ASKED, "From the conference: try one thing only.")
    start.reply("cleo", ASKED, "Thanks, great!")
    assert start.came() == all_of(REMINDED) | {name: [REMINDED] * 3 for name in PEOPLE if name != "eve"}
    start.reply("ben", ASKED, "And I would ask the children first, before I decide which of the two it is.")
    assert start.came() == all_of(REMINDED)
    start.reply("dan", ASKED, "Journal\n\nI am not sure that I dare to try anything this term.")
    assert start.came() == {"dan": [KEPT]}
    home = Mailbox(start.service, "dan@home.example", "Dan Fifita")
    home.reply(start.last("dan", ASKED), "Journal\n\nFrom my telephone: I still do not know.")
    assert "put it in nobody's journal" in " ".join(body(home.next("is not in Y3&4")).split())
    start.reply("dan", ASKED, "Journal\n\nThis one I do not want to keep.")
    assert start.came() == {"dan": [KEPT]}
    start.reply("dan", KEPT, "Oh, delete it please, would you")
    assert start.came() == {"dan": [KEPT]}
    assert "neither share nor delete" in body(start.last("dan", KEPT))
    start.reply("dan", KEPT, "delete")
    assert start.came() == {"dan": ["Taken out of your journal"]}


def _the_silent_are_reminded_and_the_brief_passes_on(start: Start) -> None:
    """Friday, two weeks before the day: those who still miss some hear it, alone; Gus did nothing, so Fay is asked."""
    start.at("06T08:01")
    silent = ("ana", "cleo", "dan", "hemi", "ihaka", "jo")
    assert start.came() == {name: [REMINDED] for name in silent} | {"fay": [BRIEF]}
    reminder = start.last("cleo", REMINDED)
    assert "2 of yours are still to come" in body(reminder) and "Friday 20 November" in body(reminder)
    assert str(reminder["Reply-To"]).startswith("Y3&4 <y34+")
    told = body(start.last("fay", BRIEF))
    assert "Gus Leota has had this brief" in told and "1 of 8 have" in told
    assert "Ana Tipene, Cleo Young, Dan Fifita, Eve Marsh, H\u0113mi Rangi, Ihaka Poe, Jo Singh." in told
    start.reply("fay", BRIEF, "ok")
    assert start.came() == {"gus": [TAKEN]}
    start.reply("ana", REMINDED, "I want to try running records on a tablet.")
    assert start.came() == all_of(REMINDED)
    start.reply("jo", REMINDED, "no reminders")
    assert start.came() == {"jo": ["Shall we change your settings in Y3&4?"]}
    start.boxes["jo"].reply(start.kept["jo"][-1], "yes")
    assert start.came() == {"jo": ["Your settings in Y3&4"]}
    assert "You get no more reminders" in body(start.kept["jo"][-1])


def _who_reads_weekly_is_reminded_apart_from_the_update(start: Start) -> None:
    """Eve reads the update of Friday four o'clock; her reminder comes on the Monday. A new week, the other's brief."""
    start.at("06T16:01")
    [(reader, [subject])] = start.came().items()
    assert reader == "eve" and subject.startswith("Y3&4 \u00b7 Term 4, Week 4 \u00b7 ")
    told = body(start.last("eve", subject))
    assert "Peer feedback in writing" in told and "running records on a tablet" in told
    assert "I dare to try anything" not in told
    start.at("09T08:01")
    assert start.came() == {"eve": [REMINDED], "fay": [BRIEF]}


def _the_second_question_and_the_draft_of_the_update(start: Start) -> None:
    """The machine slept over Tuesday: the second question comes on Thursday, once, and the buddy's brief, as Fay did
    nothing. At three the draft is with both; Fay edits it by reply, and Gus is told."""
    start.at("12T15:01")
    both = {"ana": [NEXT, NEXT], "fay": [NEXT, DRAFT], "gus": [NEXT, BRIEF, DRAFT]}
    assert start.came() == all_of(NEXT, **both)
    assert "Fay Brown has had this brief" in body(start.last("gus", BRIEF))
    start.reply("fay", DRAFT, "Note:\nKia ora koutou, two weeks to go, and Ben has begun.\nEnd")
    assert start.came() == {"fay": [CHANGED], "gus": [LOOKED]}
    for who, subject in (("fay", CHANGED), ("gus", LOOKED)):
        assert "two weeks to go, and Ben has begun." in body(start.last(who, subject))


def _a_shared_journal_and_the_update_as_it_was_edited(start: Start) -> None:
    """Friday morning the second reminders, at four the update with Fay's note; Dan's journal in it, as he shares it."""
    start.at("13T08:01")
    still = ("ana", "cleo", "dan", "hemi", "ihaka")
    assert start.came() == {name: [f"Re: {NEXT}"] for name in still}
    assert "One of yours is still to come" in body(start.last("ana", f"Re: {NEXT}"))
    start.boxes["dan"].reply(start.first("dan", KEPT), "share")
    start.reply("ana", f"Re: {NEXT}", "One group a day, and a sheet to tick.")
    assert start.came() == {name: [REMINDED, f"Re: {NEXT}"] for name in PEOPLE if name != "eve"}
    start.at("13T16:01")
    [(reader, [subject])] = start.came().items()
    assert reader == "eve" and subject.startswith("Y3&4 \u00b7 Term 4, Week 5 \u00b7 ")
    told = body(start.last("eve", subject))
    assert told.index("two weeks to go, and Ben has begun.") < told.index("I dare to try anything")
    assert "a sheet to tick" in told and "Fay Brown" in told


def _the_last_reminders_and_then_none(start: Start) -> None:
    """The last day: a third reminder for three; the week after nobody is written to any more."""
    start.at("20T08:01")
    last = {name: [f"Re: {NEXT}"] for name in ("cleo", "dan", "hemi", "ihaka")}
    assert start.came() == last | {"gus": [BRIEF]}
    told = body(start.last("gus", BRIEF))
    assert "2 of 8 have" in told and "No reminder has reached them: Eve Marsh, Jo Singh." in told
    assert "One of yours" in body(start.last("dan", f"Re: {NEXT}"))
    start.at("27T08:01")
    assert start.came() == {"eve": ["Y3&4 \u00b7 Term 4, Week 6 \u00b7 nothing new"]}
    start.boxes["dan"].write("y34-request", subject="my journal")
    assert start.came() == {"dan": ["Your journal"]}
    files = {part.get_filename(): part for part in start.last("dan", "Your journal").iter_attachments()}
    assert set(files) == {"journal.html", "journal.json"}
    [entry] = json.loads(str(files["journal.json"].get_content(), "utf-8"))
    assert "not sure that I dare" in entry["text"] and "Asked by" not in entry["text"]
