"""The author of a message in the text archives of GNU Mailman 2 (pipermail), which hide addresses from robots.

`From: mere at school.nz (Mere Ngata)` names nobody by RFC 5322, so mail that comes in with it has no author. Of an
archive that is brought along it is read as what Mailman wrote it from. Pure.
"""

from __future__ import annotations

import re

from listserv.mail.address import Mailbox, valid_address
from listserv.mail.parse import Message

_HIDDEN = re.compile(r"(\S{1,64}) at ([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})(?:\s{1,9}\((.{0,500})\))?")


def archived_author(message: Message) -> Mailbox | None:
    """The message's author, or else the one whose address was hidden so in its only From field."""
    if message.author is not None:
        return message.author
    values = message.headers("From")
    found = _HIDDEN.fullmatch(" ".join(values[0].split())) if len(values) == 1 else None
    if found is None:
        return None
    local, domain, written = found.groups()
    name, address = (written or "").strip(), f"{local}@{domain}"
    if "@" in name or _HIDDEN.fullmatch(name):  # Mailman writes the address once more for whoever gave no name
        name = ""
    return Mailbox(name, address) if valid_address(address) else None
