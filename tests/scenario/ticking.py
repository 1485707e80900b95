"""A node of its own: a process that ticks on a database at each time it is told, and may be made to die inside a run.

    python -m tests.scenario.ticking URL [PLACE NUMBER]

Reads ISO 8601 times from standard input, one a line, and answers each with one line of JSON: what the tick did. With a
place it kills itself (SIGKILL) there the so-manieth time: `compose` and `reminder` after the claim, before anything is
in the outbox; `enqueued` after that, before the COMMIT.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any
from unittest.mock import patch

from listserv.digest import run
from listserv.digest.reminder import compose_reminder
from listserv.digest.tick import tick
from listserv.store import outbox
from listserv.store.engine import Database
from listserv.store.writer import Writer
from tests.clockwork import saying, workshop


class Death:
    """Kills this process when it passes the chosen place for the so-manieth time."""

    def __init__(self, place: str, number: int) -> None:
        self._place = place
        self._left = number

    def after(self, place: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def passed(*arguments: Any, **named: Any) -> Any:
            value = function(*arguments, **named)
            if place == self._place:
                self._left -= 1
                if self._left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return value

        return passed


def main(url: str, place: str = "", number: str = "0") -> None:
    death = Death(place, int(number))
    patch.object(run, "compose_reminder", death.after("reminder", compose_reminder)).start()
    patch.object(outbox, "enqueue_digest", death.after("enqueued", outbox.enqueue_digest)).start()
    tools = workshop(death.after("compose", saying))
    database = Database(url)
    writer = Writer(database)
    for line in sys.stdin:
        done = tick(database, writer, tools, datetime.fromisoformat(line.strip()))
        print(json.dumps([[each.kind, each.list_address, each.period, each.outcome] for each in done]), flush=True)
    writer.close()
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
