"""The web application: from a request to a page's answer, and the rules that hold for all of them.

Promises: a GET reads through a connection that cannot write; a POST comes from a page of ours, or is a mail program's
one-click; whatever goes wrong is answered by a calm page, never by a traceback; every answer carries the headers that
keep browsers from running, framing, guessing or keeping what they should not. Requests wait in a pool of `THREADS`
threads; nothing here blocks the loop that talks SMTP. What slow readers have not fetched yet of large answers is
bounded too: beyond `UNDER_WAY_OCTETS` the next one is asked to come again.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType

from starlette.background import BackgroundTask
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match, Route
from starlette.types import Message, Receive, Scope, Send

from listserv.errors import NotFound, StoreUnavailable
from listserv.store.engine import Connection
from listserv.store.reading import Viewer
from listserv.store.sessions import session_person
from listserv.web.auth import secret_of
from listserv.web.origin import is_one_click, is_own
from listserv.web.routes import PAGES, Page
from listserv.web.visit import Visit, WebSite

log = logging.getLogger(__name__)

THREADS = 4
FORM_OCTETS = 16_384
FORM_FIELDS = 20
FORM_SECONDS = 20.0
PATH_CHARACTERS = 2_000
PIECE_OCTETS = 65_536
LARGE_OCTETS = 1_000_000
UNDER_WAY_OCTETS = 256_000_000

HEADERS = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
)
_NO_FORM: Mapping[str, str] = MappingProxyType({})


class WebApp:
    """An ASGI application. `close` ends its threads."""

    def __init__(self, site: WebSite) -> None:
        self._site = site
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="web")
        self._routes = [(page, Route(page.path, _nowhere, methods=sorted(page.methods))) for page in PAGES]
        self._under_way = 0
        # It logs each form that it cannot read, as often as a stranger sends one.
        logging.getLogger("python_multipart").setLevel(logging.ERROR)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError("only HTTP is spoken here")
        scope = {**scope, "path": self._below_folder(scope["path"])}
        try:
            response = await self._answer(scope, receive)
        except ClientDisconnect:
            return
        size = len(response.body) if len(response.body) > LARGE_OCTETS else 0
        if size and self._under_way and self._under_way + size > UNDER_WAY_OCTETS:
            response, size = _finished(Request(scope), self._come_again(), None), 0
        self._under_way += size
        try:
            await _deliver(response, send)
        finally:
            self._under_way -= size
        if response.background is not None:
            await asyncio.get_running_loop().run_in_executor(self._pool, self._do_later, response.background)

    def _below_folder(self, path: str) -> str:
        """The path without the folder of base_url, for a proxy in front may leave it there or take it away.

        The folder alone is base_url as people type it: the first page.
        """
        folder = self._site.links.folder
        if folder and path == folder:
            return "/"
        return path[len(folder) :] if folder and path.startswith(folder + "/") else path

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        page, params, allowed = self._find(scope)
        request = Request({**scope, "path_params": params}, receive)
        if "content-length" in request.headers and "transfer-encoding" in request.headers:
            # A proxy may have read another length, and what follows as another's request (RFC 9112 §6.1).
            refused = _finished(request, self._fault(400), page)
            refused.headers["Connection"] = "close"
            return refused
        try:
            form = await _form(request) if page is not None and request.method == "POST" else _NO_FORM
        except HTTPException as error:
            return _finished(request, self._fault(error.status_code), page)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._made, page, request, form, allowed)

    def _find(self, scope: Scope) -> tuple[Page | None, dict[str, object], set[str]]:
        """The page of the path and method; without one, the methods that the path has."""
        allowed: set[str] = set()
        if len(scope["path"]) <= PATH_CHARACTERS and "\0" not in scope["path"]:
            for page, route in self._routes:
                match, child = route.matches(scope)
                if match is Match.FULL and not any(_is_no_id(value) for value in child["path_params"].values()):
                    return page, child["path_params"], allowed
                if match is Match.PARTIAL:
                    allowed |= page.methods
        return None, {}, allowed

    def _made(self, page: Page | None, request: Request, form: Mapping[str, str], allowed: set[str]) -> Response:
        """The answer as it goes out; hashing a large one takes a while too."""
        return _finished(request, self._respond(page, request, form, allowed), page)

    def _respond(self, page: Page | None, request: Request, form: Mapping[str, str], allowed: set[str]) -> Response:
        """The page's answer, or that of a fault; runs in a thread of the pool."""
        if page is None:
            response = self._fault(405 if allowed else 404)
            if allowed:
                response.headers["Allow"] = ", ".join(sorted(allowed))
            return response
        if request.method == "POST" and not self._may_post(page, request, form):
            return self._fault(403)
        answer = page.post if request.method == "POST" else page.get
        assert answer is not None
        try:
            with self._site.database.read() as connection:
                visit = self._visit(request, connection, form)
                try:
                    return answer(visit)
                except NotFound:
                    return visit.page("fault.html", status=404, fault=404)
        except StoreUnavailable as error:
            log.warning("%s: %s", page.name, error)
            return self._come_again()
        except Exception:
            log.exception("the page %s failed", page.name)
            return self._fault(500)

    def _may_post(self, page: Page, request: Request, form: Mapping[str, str]) -> bool:
        if page.from_anywhere and is_one_click(form):
            return True
        return is_own(request.headers, self._site.settings.site.base_url)

    def _visit(self, request: Request, connection: Connection, form: Mapping[str, str]) -> Visit:
        now = self._site.clock()
        secret = secret_of(request, self._site.settings.site.base_url)
        person = session_person(connection, secret, now) if secret else None
        viewer = Viewer(person.id if person else None, now)
        return Visit(self._site, request, connection, viewer, person, form)

    def _do_later(self, task: BackgroundTask) -> None:
        """What an answer leaves to be done when it has been given."""
        try:
            task.func(*task.args, **task.kwargs)
        except StoreUnavailable as error:
            log.warning("what was asked for is not done: %s", error)
        except Exception:
            log.exception("what was asked for is not done")

    def _come_again(self) -> Response:
        response = self._fault(503)
        response.headers["Retry-After"] = "60"
        return response

    def _fault(self, status: int) -> Response:
        """A page that says what went wrong in a sentence; nothing it needs can fail again but the template itself."""
        try:
            site = self._site.settings.site
            text = self._site.templates.get_template("web/fault.html").render(
                locale=site.locale, links=self._site.links, site_name=site.name, person=None, fault=status
            )
        except Exception:
            log.exception("the page for %s failed", status)
            return PlainTextResponse(f"{status}\n", status)
        return Response(text, status, media_type="text/html")


def _is_no_id(value: object) -> bool:
    """Whether it is a number that no row can have."""
    return isinstance(value, int) and value >= 2**63


async def _nowhere(_request: Request) -> Response:
    raise AssertionError("routes are matched here, and answered by pages")


async def _form(request: Request) -> Mapping[str, str]:
    """What a POST sent, url-encoded or multipart (RFC 8058 §3.1 allows both); bounded in octets, fields and time."""
    octets = bytearray()
    try:
        async with asyncio.timeout(FORM_SECONDS):
            async for chunk in request.stream():
                octets += chunk
                if len(octets) > FORM_OCTETS:
                    raise HTTPException(413)
    except TimeoutError:
        raise HTTPException(408) from None

    async def replay() -> Message:
        return {"type": "http.request", "body": bytes(octets), "more_body": False}

    try:
        form = await Request(request.scope, replay).form(max_files=0, max_fields=FORM_FIELDS)
    except (MultiPartException, UnicodeError):  # what "charset=undefined" raises is not a UnicodeDecodeError
        raise HTTPException(400) from None
    return {name: value for name, value in form.items() if not isinstance(value, UploadFile)}


async def _deliver(response: Response, send: Send) -> None:
    """Sends the answer in pieces, each when the one before is on its way: so a server knows who is still reading."""
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
    body = response.body
    for at in range(0, max(len(body), 1), PIECE_OCTETS):
        more = at + PIECE_OCTETS < len(body)
        await send({"type": "http.response.body", "body": body[at : at + PIECE_OCTETS], "more_body": more})


def _finished(request: Request, response: Response, page: Page | None) -> Response:
    """The response with the headers all have, and without its body where the browser has it already."""
    headers = response.headers
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if page is None or not page.indexed or response.status_code != 200:
        headers["X-Robots-Tag"] = "noindex"
    if "Cache-Control" not in headers:
        signed_in = "cookie" in request.headers
        headers["Cache-Control"] = "private, no-cache" if signed_in else "no-cache"
        headers["Vary"] = "Cookie"
    if response.status_code == 200 and request.method in ("GET", "HEAD"):
        headers["ETag"] = f'W/"{hashlib.sha256(response.body).hexdigest()[:24]}"'
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            kept = {name: value for name, value in headers.items() if name not in ("content-length", "content-type")}
            return Response(status_code=304, headers=kept)
    return response
