"""The form on which one asks for a link that signs in: the answer is the same for every address there is or is not.

The link goes by mail to the address on file, if it is a member's; how long the answer takes does not tell either, for
the address is looked up when the answer has been given.
"""

from __future__ import annotations

import logging
from concurrent.futures import Future
from datetime import datetime, timedelta
from functools import partial

from starlette.background import BackgroundTask
from starlette.responses import Response

from listserv.mail.address import address_key
from listserv.mail.notice import Notice, compose_notice
from listserv.mail.token import sign_in_token
from listserv.store import outbox
from listserv.store.archive import put_content
from listserv.store.engine import Connection
from listserv.store.link_asked import Reader, claim_link, may_have_link, reader_of
from listserv.store.sessions import sign_in_number
from listserv.web.visit import Visit, WebSite

log = logging.getLogger(__name__)

ADDRESS_CHARACTERS = 320
LASTS = timedelta(days=1)


def send_link(visit: Visit) -> Response:
    """A link is on its way to the address in the form, if a member has it and not too many went there."""
    typed = visit.form.get("address", "").replace("\0", "").encode("utf-8", "ignore").decode().strip()
    answer = visit.page("sign_in.html", state="sent", onward="/", name="")
    if visit.site.links.base and "@" in typed and len(typed) <= ADDRESS_CHARACTERS:
        answer.background = BackgroundTask(_send, visit.site, typed, visit.viewer.now)
    return answer


def _send(site: WebSite, typed: str, now: datetime) -> None:
    with site.database.read() as connection:
        reader = reader_of(connection, address_key(typed), now)
        allowed = reader is not None and may_have_link(connection, reader.address_id, now)
    if reader is not None and allowed:
        site.writer.submit(partial(_enqueue, site=site, reader=reader, now=now)).add_done_callback(_look)


def _enqueue(connection: Connection, site: WebSite, reader: Reader, now: datetime) -> None:
    if not claim_link(connection, reader.address_id, now):
        return
    number = sign_in_number(connection, reader.person_id) or 0
    token = sign_in_token(site.key, reader.person_id, (now + LASTS).date(), number)
    notice = Notice(
        "email/sign_in.txt",
        reader.mail_list,
        reader.name,
        reader.address,
        language=reader.language,
        box=site.settings.box(reader.mail_list.domain),
        values={"link": site.links.whole(site.links.sign_in(token)), "site_name": site.settings.site.name},
    )
    content_id = put_content(connection, compose_notice(site.templates, notice, now))
    outbox.enqueue_notice(connection, reader.mail_list.id, content_id, reader.address, now)


def _look(sending: Future[None]) -> None:
    error = sending.exception()
    if error is not None:
        log.error("a link that was asked for was not sent: %s", error)
