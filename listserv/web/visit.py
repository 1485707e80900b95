"""One request as the pages see it: who asks, for what, and with what the answer is made.

A page is a plain function of a `Visit` that gives a Response; it runs in a small pool of threads, reads through the
visit's one connection, and writes (a POST only) through the site's writer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import Response

from listserv.config import Settings
from listserv.model.lists import Person
from listserv.store.engine import Connection, Database
from listserv.store.reading import OpenGroup, Viewer, open_group
from listserv.store.writer import Writer
from listserv.web.days import Days
from listserv.web.links import Links
from listserv.web.showing import Readings

LAST_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class WebSite:
    """What every page shares."""

    settings: Settings
    database: Database
    writer: Writer
    key: bytes
    templates: Environment
    clock: Callable[[], datetime]
    links: Links
    readings: Readings
    style: bytes


@dataclass(frozen=True, slots=True)
class Visit:
    """One request. `person` is who is signed in; `form` what a POST sent."""

    site: WebSite
    request: Request
    connection: Connection
    viewer: Viewer
    person: Person | None
    form: Mapping[str, str]

    def path(self, name: str) -> Any:
        """A part of the path, as the route reads it."""
        return self.request.path_params[name]

    def query(self, name: str) -> str:
        """A value after the question mark, "" if there is none; what a database cannot hold is left out."""
        value = self.request.query_params.get(name, "")
        return value.replace("\0", "").encode("utf-8", "ignore").decode()

    def page_number(self) -> int:
        """The page asked for, from 1; anything that is no number is 1."""
        typed = self.query("page")
        return max(1, min(int(typed), LAST_PAGE)) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 1

    def group(self, *, post_id: int | None = None, thread: str | None = None) -> OpenGroup:
        """The group of the path. Raises NotFound."""
        host = self.request.headers.get("host", "").rpartition("@")[2].partition(":")[0].lower()
        domains = (host, self.site.settings.site.domain)
        name = self.path("name")
        return open_group(self.connection, self.viewer, name, domains, holds_post=post_id, holds_thread=thread)

    def locale(self, group: OpenGroup | None = None) -> str:
        """The language of the page: the person's, else the group's, else the site's."""
        chosen = self.person.language if self.person else ""
        return chosen or (group.mail_list.settings.language if group else self.site.settings.site.locale)

    def days(self, group: OpenGroup | None = None) -> Days:
        """Words for moments in the zone of the group and the language of the page."""
        zone = (group.mail_list.settings.time_zone if group else "") or self.site.settings.site.time_zone
        return Days(ZoneInfo(zone), self.locale(group))

    def page(
        self, template: str, group: OpenGroup | None = None, *, status: int = 200, locale: str = "", **values: Any
    ) -> Response:
        """The page that a template of templates/web/ makes of these values."""
        locale = locale or self.locale(group)
        text = self.site.templates.get_template(f"web/{template}").render(
            locale=locale,
            links=self.site.links,
            site_name=self.site.settings.site.name,
            person=self.person,
            here=self.request.url.path,
            group=group,
            days=self.days(group),
            **values,
        )
        return Response(text.encode("utf-8", "replace"), status, media_type="text/html")
