"""What may be written about the shelf, read into one spelling, or asked back."""

from __future__ import annotations

from datetime import date

import pytest

from listserv.inbound.commands.reading import read_line
from listserv.inbound.shelf.reading import tag_in

TODAY = date(2026, 11, 17)
PAGE = "https://nzmaths.example/number-framework"
LONG = " ".join(f"#t{number}x" for number in range(9))


@pytest.mark.parametrize(
    ("line", "name", "argument"),
    [
        (f"add link {PAGE} The framework #maths #Level-2", "shelf_add", f"{PAGE}|maths level-2|The framework"),
        (f"Add link: The framework {PAGE}?utm_source=x #maths", "shelf_add", f"{PAGE}|maths|The framework"),
        (f"add a link {PAGE}<{PAGE}> The framework", "shelf_add", f"{PAGE}||The framework"),
        (f"add link The framework <{PAGE}>", "shelf_add", f"{PAGE}||The framework"),
        (f"add link {PAGE}.", "shelf_add", f"{PAGE}||Number framework (nzmaths.example)"),
        ("add link www.tki.example", "shelf_add", "https://www.tki.example||tki.example"),
        (f"add link {PAGE} A | B", "shelf_add", f"{PAGE}||A / B"),
        (f"tāpirihia te hononga {PAGE} Te anga tau #pāngarau", "shelf_add", f"{PAGE}|pāngarau|Te anga tau"),
        ("add link The framework", "shelf_add", None),
        (f"add link {PAGE} and https://other.example/a", "shelf_add", None),
        ("add link mailto:mere@school.example", "shelf_add", None),
        ("add link https://us02web.zoom.us/j/8675309", "shelf_add", None),
        (f"add link {PAGE} {LONG}", "shelf_add", None),
        ("remove item 12", "shelf_withdraw", "12"),
        ("Please remove link no. 12.", "shelf_withdraw", "12"),
        (f"withdraw link {PAGE}/?fbclid=1", "shelf_withdraw", f"{PAGE}/"),
        ("tangohia te rauemi nama #012", "shelf_withdraw", "12"),
        ("remove item", "shelf_withdraw", None),
        ("remove item 12 and 13", "shelf_withdraw", None),
        ("pin item 12", "shelf_pin", "12"),
        (f"pin {PAGE}", "shelf_pin", PAGE),
        ("unpin 12", "shelf_unpin", "12"),
        ("tag 12 reading", "shelf_tag", "12|reading"),
        ("tag item 12 #reading, #level-2", "shelf_tag", "12|reading level-2"),
        ("tag item 12 running records", "shelf_tag", None),
        ("tag item 12", "shelf_tag", None),
        ("tag item 12 #2", "shelf_tag", None),
        ("tag item 12 #" + "a" * 40, "shelf_tag", None),
        ("untag item 12 #reading", "shelf_untag", "12|reading"),
        ("untag item 12", "shelf_untag", "12|"),
        ("untag item 12 some words", "shelf_untag", None),
        ("resources", "shelf", ""),
        ("links and files", "shelf", ""),
        ("ngā rauemi #pānui", "shelf", "pānui"),
        ("resources for my class", "shelf", None),
    ],
)
def test_what_is_written_is_read_in_one_way(line: str, name: str, argument: str | None) -> None:
    wish = read_line(line, TODAY)
    assert wish is not None
    assert (wish.command.name, wish.argument) == (name, argument)


@pytest.mark.parametrize("line", ["remove me", "take down 412", "dates", "my settings", "cancel date 12"])
def test_older_commands_are_what_they_were(line: str) -> None:
    wish = read_line(line, TODAY)
    assert wish is not None
    assert not wish.command.name.startswith("shelf")


def test_a_number_is_told_back_and_a_strangers_words_are_not() -> None:
    for line, told in (("pin 12", "12"), (f"pin {PAGE}", ""), (f"add link {PAGE} Buy now", ""), ("tag 12 x", "12")):
        wish = read_line(line, TODAY)
        assert wish is not None
        assert wish.command.show(wish.argument or "", "en") == told


def test_the_tag_asked_for() -> None:
    assert tag_in(["Kia ora", "resources #Pānui please", "#maths"]) == "pānui"
    assert tag_in(["resources", "number #12"]) == ""
