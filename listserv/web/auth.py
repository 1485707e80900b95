"""Signing in by the link of a mail, and out again. The link opens a page; its button, a POST, signs in.

The cookie holds a random secret and nothing else; the row that knows its hash lasts 90 days. Nobody can tell a link
that never was from one whose day has passed.
"""

from __future__ import annotations

import secrets
from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from listserv.mail.token import named_in_sign_in, verify_sign_in
from listserv.store.sessions import LASTS, begin_session, end_session, find_person, sign_in_number
from listserv.web.origin import local_path
from listserv.web.texts import one_line
from listserv.web.visit import Visit

SECRET_OCTETS = 32


def cookie_name(base_url: str) -> str:
    """`__Host-` binds the cookie to this host and to https (RFC 6265bis §4.1.3.2), where there is https."""
    return "__Host-listserv" if base_url.startswith("https://") else "listserv"


def secret_of(request: Request, base_url: str) -> str:
    """The secret in the request's cookie, "" if there is none."""
    return request.cookies.get(cookie_name(base_url), "")


def how(visit: Visit) -> Response:
    """Where to find a link that signs one in."""
    return visit.page("sign_in.html", state="how", onward="/", name="")


def ask(visit: Visit) -> Response:
    """The page of a link: whom it signs in, and the button."""
    person_id = _person_of_link(visit)
    onward = local_path(visit.query("next"))
    person = None if person_id is None else find_person(visit.connection, person_id)
    if person is None:
        return visit.page("sign_in.html", state="bad", onward="/", name="", status=404)
    return visit.page("sign_in.html", state="ask", onward=onward, name=one_line(person.name))


def sign_in(visit: Visit) -> Response:
    """The button was pressed."""
    person_id = _person_of_link(visit)
    secret = secrets.token_urlsafe(SECRET_OCTETS)
    if person_id is None or not visit.site.writer.run(
        partial(begin_session, person_id=person_id, secret=secret, now=visit.viewer.now)
    ):
        return visit.page("sign_in.html", state="bad", onward="/", name="", status=404)
    base_url = visit.site.settings.site.base_url
    response = RedirectResponse(visit.site.links.folder + local_path(visit.query("next")), 303)
    response.set_cookie(
        cookie_name(base_url),
        secret,
        max_age=int(LASTS.total_seconds()),
        path="/",
        secure=base_url.startswith("https://"),
        httponly=True,
        samesite="lax",
    )
    return response


def sign_out(visit: Visit) -> Response:
    """The browser is signed in no more, and forgets what it kept."""
    base_url = visit.site.settings.site.base_url
    visit.site.writer.run(partial(end_session, secret=secret_of(visit.request, base_url)))
    response = RedirectResponse(visit.site.links.home(), 303)
    response.delete_cookie(
        cookie_name(base_url), path="/", secure=base_url.startswith("https://"), httponly=True, samesite="lax"
    )
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _person_of_link(visit: Visit) -> int | None:
    token = visit.path("token")
    named = named_in_sign_in(token)
    number = None if named is None else sign_in_number(visit.connection, named)
    return None if number is None else verify_sign_in(visit.site.key, token, visit.viewer.now.date(), number)
