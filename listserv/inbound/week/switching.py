"""Reminders off and on: commands, and the reply "no reminders" to a reminder, which is asked back like any command."""

from __future__ import annotations

from listserv.inbound.commands.command import Asker, Said
from listserv.inbound.desk import Desk
from listserv.store.refusing import REMINDERS, allow, refuse


def no_reminders(desk: Desk, asker: Asker, _argument: str) -> Said:
    """She gets no reminders of dates and goals any more, in any group."""
    refuse(desk.connection, asker.person_id, REMINDERS, desk.now)
    return Said("reminders_off")


def reminders(desk: Desk, asker: Asker, _argument: str) -> Said:
    """She gets reminders again, in every group."""
    allow(desk.connection, asker.person_id, REMINDERS)
    return Said("reminders_on")
