"""The web part built from Settings: the pages' application, and the server it answers behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from jinja2 import Environment

from listserv.config import Settings
from listserv.errors import ConfigError
from listserv.resources import environment
from listserv.store.engine import Database
from listserv.store.writer import Writer
from listserv.web.app import WebApp
from listserv.web.links import Links
from listserv.web.serving import WebServer
from listserv.web.showing import Readings
from listserv.web.static import read_style
from listserv.web.visit import WebSite


def make_web(
    settings: Settings,
    database: Database,
    writer: Writer,
    key: bytes,
    templates: Environment,
    clock: Callable[[], datetime],
) -> WebApp:
    """The application of this site; nothing listens yet."""
    style, version = read_style(templates)
    links = Links(settings.site.base_url, version)
    return WebApp(WebSite(settings, database, writer, key, templates, clock, links, Readings(), style))


class WebPart:
    """The pages of this site, served where `[web] listen` says."""

    def __init__(
        self, settings: Settings, database: Database, writer: Writer, key: bytes, clock: Callable[[], datetime]
    ) -> None:
        self._listen = settings.web.listen
        self._app = make_web(settings, database, writer, key, environment(settings.site.templates), clock)
        self._server: WebServer | None = None

    async def start(self) -> None:
        """Pages are served from now on. Raises ConfigError if the port cannot be had."""
        assert self._listen is not None
        try:
            self._server = WebServer(self._app, self._listen.host, self._listen.port)
        except OSError as error:
            raise ConfigError(
                f'web.listen = "{self._listen}" cannot be used ({error.strerror}); '
                "choose another port or stop what listens there."
            ) from error
        await self._server.start()

    @property
    def address(self) -> str:
        """HOST:PORT; what was asked for until it listens."""
        return self._server.address if self._server else str(self._listen)

    async def stop(self, seconds: float) -> None:
        """Requests under way are answered; the threads have ended."""
        if self._server is not None:
            await self._server.stop(seconds)
        await asyncio.to_thread(self._app.close)
