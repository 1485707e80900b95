"""Every page there is: its path, its name, what a GET and what a POST does.

The permission test reads this table: a route without a row there fails it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from starlette.responses import Response

from listserv.web import auth, calendar, downloads, health, pages, shelf, unsubscribe
from listserv.web.feed import feed
from listserv.web.send_link import send_link
from listserv.web.static import static
from listserv.web.visit import Visit

Answer = Callable[[Visit], Response]


class Page(NamedTuple):
    """One path. `from_anywhere`: a mail program's one-click POST is taken without coming from a page of ours.

    `indexed`: search engines may keep it. Not what somebody wrote: it could not be taken back there.
    """

    path: str
    name: str
    get: Answer | None = None
    post: Answer | None = None
    from_anywhere: bool = False
    indexed: bool = False

    @property
    def methods(self) -> set[str]:
        """HEAD comes with GET."""
        return ({"GET", "HEAD"} if self.get else set()) | ({"POST"} if self.post else set())


PAGES = (
    Page("/", "home", pages.home, indexed=True),
    Page("/groups/{name}", "group_without_slash", pages.with_slash),
    Page("/groups/{name}/", "group", pages.group, indexed=True),
    Page("/groups/{name}/threads/{id}", "thread", pages.thread),
    Page("/groups/{name}/posts/{id:int}", "post", pages.post),
    Page("/groups/{name}/posts/{id:int}/original.eml", "original", downloads.original),
    Page("/groups/{name}/posts/{id:int}/parts/{part:int}", "part", downloads.part),
    Page("/groups/{name}/search", "search", pages.search),
    Page("/groups/{name}/resources", "resources", shelf.resources),
    Page("/groups/{name}/feed.atom", "feed", feed),
    Page("/groups/{name}/calendar.ics", "calendar", calendar.of_group),
    Page("/calendar.ics", "calendar_of_all", calendar.of_all),
    Page("/calendar/{token}", "calendar_of_person", calendar.of_person),
    Page("/sign-in", "sign_in_how", auth.how, send_link),
    Page("/sign-in/{token}", "sign_in", auth.ask, auth.sign_in),
    Page("/sign-out", "sign_out", None, auth.sign_out),
    Page("/unsubscribe/{token}", "unsubscribe", unsubscribe.ask, unsubscribe.act, from_anywhere=True),
    Page("/static/style.css", "style", static),
    Page("/healthz", "healthz", health.healthz),
    Page("/readyz", "readyz", health.readyz),
)
