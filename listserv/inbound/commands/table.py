"""The table of commands: everything one may write to -request, in the order in which the help tells it.

The one place that maps words to functions; the shelf's rows stand in `inbound/shelf/table.py`.
`templates/email/command_words.txt` holds a sentence for each `name`; docs/by-mail.md and the help mail are made from
both.
"""

from __future__ import annotations

from listserv.inbound import joining, leaving
from listserv.inbound.bounces import history
from listserv.inbound.commands import arguments, hours, membership, settings, showing, updates, zones
from listserv.inbound.commands.command import Command
from listserv.inbound.dates import listing
from listserv.inbound.handover import closing, handing_over
from listserv.inbound.moderators import own_address, restraining
from listserv.inbound.people import moving, signing_out, vouching
from listserv.inbound.shelf import table as shelf_table
from listserv.inbound.takeback import requesting
from listserv.inbound.week import inquiring, journal, switching

COMMANDS: tuple[Command, ...] = (
    Command(
        "help",
        {"en": ("help", "info", "commands"), "mi": ("āwhina",)},
        {"en": "help", "mi": "āwhina"},
        at_once=showing.help_me,
    ),
    Command(
        "join",
        {"en": ("join", "subscribe", "sub"), "mi": ("hono", "hono mai")},
        {"en": "join", "mi": "hono"},
        at_once=joining.request_join,
    ),
    Command(
        "leave",
        {"en": ("leave", "unsubscribe", "unsub", "signoff", "unsubscribe me", "remove me"), "mi": ("wehe",)},
        {"en": "leave", "mi": "wehe"},
        act=membership.leave,
        at_once=leaving.request_leave,
    ),
    Command(
        "leave_all",
        {"en": ("leave all", "leave everything", "unsubscribe all"), "mi": ("wehe katoa",)},
        {"en": "leave all", "mi": "wehe katoa"},
        act=membership.leave_all,
        at_once=leaving.request_leave_all,
    ),
    Command(
        "status",
        {"en": ("my settings", "settings", "status", "my groups", "query"), "mi": ("aku tautuhinga",)},
        {"en": "my settings", "mi": "aku tautuhinga"},
        act=showing.show_status,
        at_once=showing.status,
        only_tells=True,
    ),
    Command(
        "pause",
        {
            "en": ("pause until", "pause", "stop until", "holiday until"),
            "mi": ("whakatā ki te", "whakatā ki", "whakatā"),
        },
        {"en": "pause until 31 January", "mi": "whakatā ki te 31 Kohitātea"},
        act=settings.pause,
        read=arguments.coming_day,
        show=arguments.shown_day,
    ),
    Command(
        "resume",
        {"en": ("resume", "end pause", "unpause"), "mi": ("haere tonu",)},
        {"en": "resume", "mi": "haere tonu"},
        act=settings.resume,
    ),
    Command(
        "mails",
        {"en": ("mails", "mail", "single mails", "set delivery"), "mi": ("karere",)},
        {"en": "mails off", "mi": "karere weto"},
        act=settings.mails,
        read=arguments.on_or_off,
        show=arguments.shown_switch,
    ),
    Command(
        "hours",
        {
            "en": ("each post", "each mail", "my hours"),
            "mi": ("ia karere", "aku hāora"),
        },
        {"en": "each post in my hours", "mi": "ia karere i aku hāora"},
        act=hours.choose,
        read=hours.read,
        show=hours.shown,
    ),
    Command(
        "time_zone",
        {
            "en": ("my time zone is", "my timezone is", "my time zone", "my timezone", "time zone", "timezone"),
            "mi": ("taku rohe wā ko", "taku rohe wā", "rohe wā"),
        },
        {"en": "my time zone is Rarotonga", "mi": "taku rohe wā ko Rarotonga"},
        act=zones.choose,
        read=zones.read,
        show=zones.shown,
    ),
    Command(
        "digest",
        {"en": ("digest", "weekly update", "update"), "mi": ("pānui", "whakarāpopoto")},
        {"en": "digest weekly", "mi": "pānui ā-wiki"},
        act=settings.digest,
        read=arguments.period,
        show=arguments.shown_period,
    ),
    Command(
        "digest_hour",
        {
            "en": ("update on", "weekly update on", "digest on", "update at", "weekly update at", "digest at"),
            "mi": ("pānui i te", "pānui hei te"),
        },
        {"en": "update on Tuesday at 7am", "mi": "pānui i te Rātū i te 7am"},
        act=updates.choose_hour,
        read=updates.read_hour,
        show=updates.shown_hour,
    ),
    Command(
        "digest_together",
        {
            "en": ("one update for all my groups", "one update for all groups", "one update"),
            "mi": ("kotahi te pānui mō te katoa",),
        },
        {"en": "one update for all my groups", "mi": "kotahi te pānui mō te katoa"},
        act=updates.together,
    ),
    Command(
        "digest_apart",
        {
            "en": ("an update for each group", "one update for each group", "separate updates"),
            "mi": ("he pānui mō ia rōpū",),
        },
        {"en": "an update for each group", "mi": "he pānui mō ia rōpū"},
        act=updates.apart,
    ),
    Command(
        "digest_form",
        {"en": ("update as", "weekly update as", "digest as"), "mi": ("pānui hei",)},
        {"en": "update as plain digest", "mi": "pānui hei plain digest"},
        act=updates.form,
        read=updates.read_form,
    ),
    Command(
        "own_posts",
        {"en": ("my posts", "own posts", "copies of own posts"), "mi": ("aku karere",)},
        {"en": "my posts off", "mi": "aku karere weto"},
        act=settings.own_posts,
        read=arguments.on_or_off,
        show=arguments.shown_switch,
    ),
    Command(
        "receipts",
        {"en": ("receipts", "receipt", "acknowledgements", "set ack"), "mi": ("rihīti",)},
        {"en": "receipts on", "mi": "rihīti ka"},
        act=settings.receipts,
        read=arguments.on_or_off,
        show=arguments.shown_switch,
    ),
    Command(
        "plain_text",
        {"en": ("plain text", "text only"), "mi": ("kuputuhi noa",)},
        {"en": "plain text on", "mi": "kuputuhi noa ka"},
        act=settings.plain_text,
        read=arguments.on_or_off,
        show=arguments.shown_switch,
    ),
    Command(
        "language",
        {"en": ("language",), "mi": ("reo",)},
        {"en": "language Māori", "mi": "reo Pākehā"},
        act=settings.language,
        read=arguments.language,
        show=arguments.shown_language,
    ),
    Command(
        "name",
        {"en": ("name", "my name is"), "mi": ("ingoa", "ko taku ingoa ko")},
        {"en": "name Mere Tāmati", "mi": "ingoa Mere Tāmati"},
        act=settings.name,
        read=arguments.person_name,
        show=arguments.not_told,
    ),
    Command(
        "invite",
        {"en": ("invite",), "mi": ("pōwhiri",)},
        {"en": "invite aroha@school.example Aroha", "mi": "pōwhiri aroha@school.example Aroha"},
        act=membership.invite,
        read=arguments.invited,
        show=arguments.shown_invited,
        repeats=True,
    ),
    Command(
        "new_address",
        {
            "en": ("my new address is", "new address", "change my address to"),
            "mi": ("ko taku wāhitau hou ko", "ko tōku wāhitau hou ko", "wāhitau hou"),
        },
        {"en": "my new address is mere@new-school.example", "mi": "ko taku wāhitau hou ko mere@kura-hou.example"},
        act=moving.new_address,
        read=arguments.address,
    ),
    Command(
        "old_address",
        {
            "en": ("my old address was", "my old address is", "old address"),
            "mi": ("ko taku wāhitau tawhito ko", "ko tōku wāhitau tawhito ko", "wāhitau tawhito"),
        },
        {"en": "my old address was mere@school.example", "mi": "ko taku wāhitau tawhito ko mere@kura.example"},
        at_once=vouching.old_address,
        read=arguments.address,
    ),
    Command(
        "deliveries",
        {"en": ("my deliveries", "deliveries", "delivery history"), "mi": ("aku tukunga",)},
        {"en": "my deliveries", "mi": "aku tukunga"},
        act=history.show_deliveries,
        at_once=history.deliveries,
        only_tells=True,
    ),
    Command(
        "sign_out",
        {"en": ("sign me out", "log me out"), "mi": ("takiputa i ahau", "takiputa")},
        {"en": "sign me out", "mi": "takiputa i ahau"},
        at_once=signing_out.sign_me_out,
    ),
    Command(
        "send_my_posts",
        {
            "en": ("send me my posts", "send my posts", "export my posts"),
            "mi": ("tukuna mai aku pānui", "tukua mai aku pānui"),
        },
        {"en": "send me my posts", "mi": "tukuna mai aku pānui"},
        at_once=closing.send_my_posts,
    ),
    Command(
        "my_journal",
        {"en": ("my journal", "send me my journal"), "mi": ("taku rātaka", "taku hautaka")},
        {"en": "my journal", "mi": "taku rātaka"},
        at_once=journal.send_my_journal,
    ),
    Command(
        "ask_everybody",
        {"en": ("ask everybody", "ask everyone", "ask all members"), "mi": ("pātaia te katoa",)},
        {"en": "ask everybody", "mi": "pātaia te katoa"},
        at_once=inquiring.ask_everybody,
        read=arguments.passed_over,
    ),
    Command(
        "answers",
        {"en": ("answers", "send me the answers", "the answers"), "mi": ("ngā whakautu",)},
        {"en": "answers", "mi": "ngā whakautu"},
        at_once=inquiring.send_answers,
    ),
    Command(
        "no_reminders",
        {
            "en": ("no reminders", "no more reminders", "stop reminders", "reminders off"),
            "mi": ("kāti ngā whakamaumahara",),
        },
        {"en": "no reminders", "mi": "kāti ngā whakamaumahara"},
        act=switching.no_reminders,
    ),
    Command(
        "reminders",
        {"en": ("reminders", "reminders on"), "mi": ("whakamaumahara", "ngā whakamaumahara")},
        {"en": "reminders", "mi": "whakamaumahara"},
        act=switching.reminders,
    ),
    Command(
        "hand_over",
        {
            "en": ("hand over to", "hand this group over to", "hand the group over to"),
            "mi": ("tuku ki a", "tuku ki", "tukuna te rōpū ki"),
        },
        {"en": "hand over to colleague@school.example", "mi": "tuku ki a hoa@kura.example"},
        act=handing_over.hand_over,
        read=arguments.address,
        asks_yes=True,
    ),
    Command(
        "close_group",
        {"en": ("close this group", "close the group"), "mi": ("katia tēnei rōpū", "katia te rōpū")},
        {"en": "close this group", "mi": "katia tēnei rōpū"},
        act=closing.close_group,
        asks_yes=True,
    ),
    Command(
        "dates",
        {"en": ("dates", "what is coming", "calendar"), "mi": ("ngā rā", "takunetanga")},
        {"en": "dates", "mi": "ngā rā"},
        act=listing.show_dates,
        at_once=listing.send_dates,
        only_tells=True,
    ),
    Command(
        "cancel_date",
        {"en": ("cancel date", "remove date"), "mi": ("whakakorea te rā", "whakakorea rā")},
        {"en": "cancel date 12", "mi": "whakakorea te rā 12"},
        act=listing.cancel_date,
        read=listing.read_number,
        repeats=True,
    ),
    Command(
        "move_date",
        {"en": ("move date", "change date"), "mi": ("nekehia te rā", "nekehia rā")},
        {"en": "move date 12 to 22 May", "mi": "nekehia te rā 12 ki te 22 o Mei"},
        act=listing.move_date,
        read=listing.read_move,
        show=listing.shown_move,
        repeats=True,
    ),
    Command(
        "remind_date",
        {"en": ("remind date", "remind of date"), "mi": ("whakamaumahara te rā", "whakamaumahara rā")},
        {"en": "remind date 12 7 and 1 days before", "mi": "whakamaumahara te rā 12 7 me te 1 rā i mua"},
        act=listing.remind_date,
        read=listing.read_reminding,
        show=listing.shown_reminding,
        repeats=True,
    ),
    *shelf_table.ROWS,
    Command(
        "moderate",
        {"en": ("moderate", "moderating"), "mi": ("whakahaere",)},
        {"en": "moderate", "mi": "whakahaere"},
        at_once=own_address.send_own_address,
        only_tells=True,
    ),
    Command(
        "unban",
        {"en": ("unban",), "mi": ("whakakorea te aukati i", "whakakorea te aukati o")},
        {"en": "unban mere@school.example", "mi": "whakakorea te aukati i mere@kura.example"},
        act=restraining.unban_address,
        read=arguments.address,
        repeats=True,
    ),
    Command(
        "take_down",
        {"en": ("take down", "takedown"), "mi": ("tangohia te karere",)},
        {"en": "take down 412", "mi": "tangohia te karere 412"},
        at_once=requesting.request_removal,
        read=requesting.read_argument,
    ),
)
