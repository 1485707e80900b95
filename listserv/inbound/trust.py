"""Whether From may be believed: the MTA in front vouches for it, and the mail came from where it speaks.

Mail by LMTP or out of a mailbox has passed that server; by SMTP only from a client in `smtp.trusted_networks`
(RFC 8601 §7.1). Without a configured `smtp.authserv_id` nobody is believed. Pure.
"""

from __future__ import annotations

import ipaddress

from listserv.config.settings import Smtp
from listserv.mail.auth_results import vouches
from listserv.mail.parse import Message
from listserv.model.smtp import Envelope


def is_vouched(envelope: Envelope, message: Message, smtp: Smtp) -> bool:
    """Whether a result we believe says that the author is who From says."""
    if not smtp.authserv_id or (envelope.protocol == "smtp" and not _is_trusted(envelope.peer, smtp)):
        return False
    return vouches(message, smtp.authserv_id)


def _is_trusted(peer: str, smtp: Smtp) -> bool:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    return any(address in network for network in smtp.trusted_networks)
