"""A private Postfix that keeps all it accepts in its hold queue: the accept bars' baseline. Needs root.

Its own configuration, queue and port; the machine's Postfix, if there is one, is not touched. No limit on clients, no
look-ups by DNS, every message on disk before its 250, as Postfix always does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers.postfix import Postfix
from tests.servers.private import open_folder

_HOLDS = """\
smtpd_client_restrictions = check_client_access static:HOLD
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_client_message_rate_limit = 0
smtpd_client_recipient_rate_limit = 0
smtpd_error_sleep_time = 0
default_process_limit = 100
"""


@contextmanager
def holding_postfix() -> Iterator[int]:
    """It runs, and holds; gives its port."""
    with open_folder("bench-postfix") as folder:
        server = Postfix(folder)
        server.create()
        with (folder / "config" / "main.cf").open("a") as main:
            main.write(_HOLDS)
        server.start()
        try:
            yield server.port
        finally:
            server.stop()
