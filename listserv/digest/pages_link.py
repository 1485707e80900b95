"""The link in a digest or reminder that signs its reader in and opens the group's pages. Values in, a value out."""

from __future__ import annotations

from listserv.config import Settings
from listserv.mail.token import sign_in_hole, sign_in_link
from listserv.model.lists import MailList


def pages_link(settings: Settings, key: bytes, mail_list: MailList) -> str:
    """The link, with a hole in place of each reader's token; "" without a public web, or where copies are for many."""
    base_url = settings.site.base_url.rstrip("/")
    if not base_url or settings.relay.recipients_per_message > 1:
        return ""
    return sign_in_link(base_url, sign_in_hole(key), mail_list.name)
