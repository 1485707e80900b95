"""The rows of the table of commands that are about a group's links and files."""

from __future__ import annotations

from listserv.inbound.commands.arguments import not_told
from listserv.inbound.commands.command import Command
from listserv.inbound.shelf import changing, reading, showing

ROWS: tuple[Command, ...] = (
    Command(
        "shelf",
        {
            "en": ("resources", "links and files", "links", "the shelf", "show resources"),
            "mi": ("ngā rauemi", "rauemi", "ngā hononga me ngā kōnae"),
        },
        {"en": "resources", "mi": "ngā rauemi"},
        act=showing.show_shelf,
        at_once=showing.send_shelf,
        read=reading.read_wanted,
        only_tells=True,
    ),
    Command(
        "shelf_add",
        {
            "en": ("add link", "add a link", "add resource", "add a resource", "add this link"),
            "mi": ("tāpirihia te hononga", "tāpiri hononga", "tāpirihia te rauemi"),
        },
        {
            "en": "add link https://maths.example/fractions Fractions with paper strips #maths",
            "mi": "tāpirihia te hononga https://maths.example/hautau Ngā hautau #pāngarau",
        },
        act=changing.add_link,
        read=reading.read_new_link,
        show=not_told,
        repeats=True,
    ),
    Command(
        "shelf_withdraw",
        {
            "en": (
                *("remove item", "remove link", "remove file", "remove resource"),
                *("withdraw item", "withdraw link", "withdraw file", "withdraw resource"),
            ),
            "mi": ("tangohia te rauemi", "tangohia te hononga", "tangohia te kōnae"),
        },
        {"en": "remove item 12", "mi": "tangohia te rauemi 12"},
        act=changing.withdraw,
        read=reading.read_item,
        show=reading.shown_item,
        repeats=True,
    ),
    Command(
        "shelf_tag",
        {"en": ("tag item", "tag link", "tag file", "tag resource", "tag"), "mi": ("tohua te rauemi", "tohua")},
        {"en": "tag item 12 #reading #level-2", "mi": "tohua te rauemi 12 #pānui #taumata-2"},
        act=changing.tag,
        read=reading.read_tagged,
        show=reading.shown_item,
        repeats=True,
    ),
    Command(
        "shelf_untag",
        {
            "en": ("untag item", "untag link", "untag file", "untag resource", "untag"),
            "mi": ("tangohia ngā tohu", "tangohia te tohu"),
        },
        {"en": "untag item 12 #reading", "mi": "tangohia te tohu 12 #pānui"},
        act=changing.untag,
        read=reading.read_untagged,
        show=reading.shown_item,
        repeats=True,
    ),
    Command(
        "shelf_pin",
        {"en": ("pin item", "pin link", "pin file", "pin resource", "pin"), "mi": ("tītia te rauemi", "tītia")},
        {"en": "pin item 12", "mi": "tītia te rauemi 12"},
        act=changing.pin,
        read=reading.read_item,
        show=reading.shown_item,
        repeats=True,
    ),
    Command(
        "shelf_unpin",
        {
            "en": ("unpin item", "unpin link", "unpin file", "unpin resource", "unpin"),
            "mi": ("wetekina te tīti", "wetekina te rauemi"),
        },
        {"en": "unpin item 12", "mi": "wetekina te tīti 12"},
        act=changing.unpin,
        read=reading.read_item,
        show=reading.shown_item,
        repeats=True,
    ),
)
