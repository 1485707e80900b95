"""The link in every copy: its page, the mail program's one click (RFC 8058), and the way back for 30 days.

It leaves the one list the copy came from; a group's last owner is told what to do first. Looking at the page changes
nothing, however many scanners do.
"""

from __future__ import annotations

import html
from functools import partial

from starlette.responses import Response

from listserv.errors import NotFound
from listserv.mail.listaddress import ListAddresses, Purpose
from listserv.mail.token import verify_unsubscribe
from listserv.store.lastowner import LastOwner, is_last_owner
from listserv.store.leaving import Place, come_back, leave, place
from listserv.web.origin import is_one_click
from listserv.web.visit import Visit

ONE_CLICK_WORDS = "List-Unsubscribe=One-Click"


def ask(visit: Visit) -> Response:
    """What the link would do, and the button that does it."""
    found = _place(visit)
    if found.is_member and is_last_owner(visit.connection, found.mail_list.id, found.person_id):
        return _page(visit, found, "last_owner")
    return _page(visit, found, "member" if found.is_member else "left")


def act(visit: Visit) -> Response:
    """The button or a mail program says leave, or the other button says come back; twice is as good as once."""
    found = _place(visit)
    now = visit.viewer.now
    if visit.form.get("act") == "return":
        words = _words(visit, found, "return")
        back = visit.site.writer.run(
            partial(come_back, subscription_id=found.subscription_id, how="page", wording=words, now=now)
        )
        return _page(visit, found, "back" if back or found.is_member else "too_late")
    one_click = is_one_click(visit.form)
    if not one_click and visit.form.get("act") != "leave":
        return _page(visit, found, "member" if found.is_member else "left")
    words = ONE_CLICK_WORDS if one_click else _words(visit, found, "leave")
    how = "one-click" if one_click else "page"
    job = partial(leave, subscription_id=found.subscription_id, how=how, wording=words, now=now)
    try:
        gone = visit.site.writer.run(job)
    except LastOwner:
        return _page(visit, found, "last_owner", status=409)
    return _page(visit, found, "left", can_return=gone or found.can_return)


def _place(visit: Visit) -> Place:
    subscription_id = verify_unsubscribe(visit.site.key, visit.path("token"))
    found = None if subscription_id is None else place(visit.connection, subscription_id, visit.viewer.now)
    if found is None:
        raise NotFound("There is no such link.")
    return found


def _page(visit: Visit, found: Place, state: str, *, can_return: bool | None = None, status: int = 200) -> Response:
    mail_list = found.mail_list
    box = visit.site.settings.box(mail_list.domain)
    return visit.page(
        "unsubscribe.html",
        locale=_language(found),
        status=status,
        state=state,
        title=mail_list.title,
        request_address=ListAddresses(mail_list.name, mail_list.domain, box).of(Purpose.REQUEST),
        can_return=found.can_return if can_return is None else can_return,
    )


def _words(visit: Visit, found: Place, act: str) -> str:
    """What stands on the button, as the record of the consent keeps it."""
    template = visit.site.templates.get_template("web/leave_button.html")
    locale = _language(found)
    return html.unescape(template.render(locale=locale, act=act, title=found.mail_list.title)).strip()


def _language(found: Place) -> str:
    """The language of whose link it is, else the group's."""
    return found.language or found.mail_list.settings.language
