"""The link in every copy: its page, the mail program's one click (RFC 8058), and the way back for 30 days.

It leaves the one list the copy came from. Looking at the page changes nothing, however many scanners do.
"""

from __future__ import annotations

import html
from functools import partial

from starlette.responses import Response

from listserv.errors import NotFound
from listserv.mail.token import verify_unsubscribe
from listserv.store.leaving import Place, come_back, leave, place
from listserv.web.origin import is_one_click
from listserv.web.visit import Visit

ONE_CLICK_WORDS = "List-Unsubscribe=One-Click"


def ask(visit: Visit) -> Response:
    """What the link would do, and the button that does it."""
    found = _place(visit)
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
    gone = visit.site.writer.run(partial(leave, subscription_id=found.subscription_id, how=how, wording=words, now=now))
    return _page(visit, found, "left", can_return=gone or found.can_return)


def _place(visit: Visit) -> Place:
    subscription_id = verify_unsubscribe(visit.site.key, visit.path("token"))
    found = None if subscription_id is None else place(visit.connection, subscription_id, visit.viewer.now)
    if found is None:
        raise NotFound("There is no such link.")
    return found


def _page(visit: Visit, found: Place, state: str, *, can_return: bool | None = None) -> Response:
    return visit.page(
        "unsubscribe.html",
        locale=_language(found),
        state=state,
        title=found.mail_list.title,
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
