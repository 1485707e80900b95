"""The table of commands: everything one may write to -request, in the order in which the help tells it.

The one place that maps words to functions. `templates/email/command_words.txt` holds a sentence for each `name`;
docs/by-mail.md and the help mail are made from both.
"""

from __future__ import annotations

from listserv.inbound import joining, leaving
from listserv.inbound.commands import arguments, membership, settings, showing
from listserv.inbound.commands.command import Command

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
        "digest",
        {"en": ("digest", "weekly update", "update"), "mi": ("pānui", "whakarāpopoto")},
        {"en": "digest weekly", "mi": "pānui ā-wiki"},
        act=settings.digest,
        read=arguments.period,
        show=arguments.shown_period,
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
    ),
)
