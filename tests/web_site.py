"""The web application without a socket: a site in a test's database, and requests put to it as ASGI messages."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

from starlette.types import Message

from listserv.app.web import make_web
from listserv.config import load_settings
from listserv.inbound.indexing import index_batch
from listserv.inbound.posting import Arrival, post
from listserv.mail.address import address_key
from listserv.mail.parse import parse
from listserv.mail.token import sign_in_token, sign_unsubscribe
from listserv.model.lists import MailList
from listserv.resources import environment
from listserv.store.engine import Connection, Database
from listserv.store.lists import get_list
from listserv.store.migrate import signing_key
from listserv.store.people import get_member, person_of
from listserv.store.writer import Writer
from listserv.web.app import WebApp
from listserv.web.serving import WebServer
from tests.servers.private import free_port
from tests.store_site import DOMAIN, NOW, a_list, a_member, made

BASE_URL = f"https://{DOMAIN}"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.body.decode()


class WebSiteUnderTest:
    """The application, its database and a clock that stands still until moved."""

    def __init__(self, folder: Path, database: Database, base_url: str = BASE_URL) -> None:
        self.database = database
        self.now = NOW
        (folder / "listserv.toml").write_text(
            f'[site]\ndomain = "{DOMAIN}"\nbase_url = "{base_url}"\n[relay]\ndirectory = "outbox"\n'
            f'[database]\nurl = "{database.url}"\n',
            "utf-8",
        )
        self.settings = load_settings(folder / "listserv.toml", {})
        with database.begin() as connection:
            self.key = signing_key(connection)
        self.writer = Writer(database)
        self.app: WebApp = make_web(
            self.settings, database, self.writer, self.key, environment(self.settings.site.templates), lambda: self.now
        )

    def close(self) -> None:
        self.app.close()
        self.writer.close()

    def ask(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        cookie: str = "",
        host: str = DOMAIN,
    ) -> Answer:
        """One request."""
        sent = {"host": host, **({"cookie": cookie} if cookie else {}), **(headers or {})}
        path, _, query = target.partition("?")

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()],
            "client": ("192.0.2.1", 1),
            "server": ("127.0.0.1", 80),
        }
        return asyncio.run(self._run(scope, body))

    async def _run(self, scope: dict[str, Any], body: bytes) -> Answer:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        raw = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in sent[0]["headers"]]
        return Answer(
            sent[0]["status"],
            dict(raw),
            b"".join(message.get("body", b"") for message in sent[1:]),
            [value for name, value in raw if name == "set-cookie"],
        )

    def get(self, target: str, *, cookie: str = "", **options: Any) -> Answer:
        return self.ask("GET", target, cookie=cookie, **options)

    def post(self, target: str, form: Mapping[str, str] | None = None, *, cookie: str = "", **options: Any) -> Answer:
        """As a browser sends a form of one of our own pages."""
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "origin": BASE_URL,
            "sec-fetch-site": "same-origin",
            **options.pop("headers", {}),
        }
        headers = {name: value for name, value in headers.items() if value}
        return self.ask("POST", target, headers=headers, body=urlencode(form or {}).encode(), cookie=cookie, **options)

    # --- who and what is there

    def write(self, job: Any) -> Any:
        """Runs a function of a connection in a transaction."""
        with self.database.begin() as connection:
            return job(connection)

    def group(self, name: str, *members: str, **settings: Any) -> MailList:
        """A new list with these members."""

        def make(connection: Connection) -> MailList:
            mail_list = a_list(connection, name, **settings)
            for address in members:
                mail_list = a_member(connection, mail_list, address, name=address.partition("@")[0].title())
            return mail_list

        made_list: MailList = self.write(make)
        return made_list

    def archive(self, mail_list: MailList, *messages: bytes, at: datetime | None = None) -> list[int]:
        """These messages are posts of the list, indexed; gives their ids."""

        def make(connection: Connection) -> list[int]:
            ids = []
            for octets in messages:
                message = parse(octets)
                now = at or self.now
                arrival = Arrival(message, "", mail_list.address, now, now)
                author = message.author
                person = person_of(connection, address_key(author.address)) if author else None
                ids.append(post(connection, get_list(connection, mail_list.address), arrival, person).post_id)
            return ids

        ids: list[int] = self.write(make)
        self.index()
        return ids

    def index(self) -> None:
        while index_batch(self.database, self.writer, self.now):
            pass

    def person(self, address: str) -> int:
        with self.database.read() as connection:
            found = person_of(connection, address_key(address))
        assert found is not None
        return found

    def sign_in(self, address: str, expires: date | None = None) -> str:
        """Signs in by a link; gives the cookie as a browser sends it back."""
        token = sign_in_token(self.key, self.person(address), expires or (self.now + timedelta(days=7)).date())
        answer = self.post(f"/sign-in/{token}")
        assert answer.status == 303, answer.text
        cookie: SimpleCookie = SimpleCookie(answer.cookies[0])
        return "; ".join(f"{name}={morsel.value}" for name, morsel in cookie.items())

    def unsubscribe_link(self, mail_list: MailList, address: str) -> str:
        with self.database.read() as connection:
            member = get_member(connection, mail_list, address, address_key(address))
        return f"/unsubscribe/{sign_unsubscribe(self.key, member.id)}"


@contextmanager
def web_site(folder: Path, url: str, base_url: str = BASE_URL) -> Iterator[WebSiteUnderTest]:
    """The site, closed at the end."""
    with made(url) as database:
        site = WebSiteUnderTest(folder, database, base_url)
        try:
            yield site
        finally:
            site.close()


class Listening:
    """A web server in a thread of its own, on a port taken before the site is made (its address is in the site)."""

    def __init__(self) -> None:
        self.port = free_port()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: WebServer | None = None

    async def _start(self, app: WebApp) -> WebServer:
        server = WebServer(app, "127.0.0.1", self.port)
        await server.start()
        return server

    def start(self, app: WebApp) -> None:
        """The application is served now."""
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._start(app), self._loop).result(20)

    def stop(self) -> None:
        if self._server is not None:
            asyncio.run_coroutine_threadsafe(self._server.stop(2), self._loop).result(20)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()


@contextmanager
def served(folder: Path) -> Iterator[tuple[WebSiteUnderTest, str]]:
    """A site that answers at a loopback address, and that address."""
    server = Listening()
    address = f"http://127.0.0.1:{server.port}"
    with web_site(folder, f"sqlite:///{folder / 'listserv.db'}", address) as site:
        server.start(site.app)
        try:
            yield site, address
        finally:
            server.stop()
