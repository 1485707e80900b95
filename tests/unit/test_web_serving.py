"""The web server on a real socket: it stops in good order, bounds what a client may hold, and leaves signals alone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from listserv.app.server import Server
from listserv.config import load_settings
from listserv.errors import ConfigError
from listserv.web import app as web_app
from listserv.web import serving
from listserv.web.serving import WebServer
from tests.servers.private import free_port
from tests.store_site import NOW, a_post
from tests.web_site import WebSiteUnderTest, served


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[WebSiteUnderTest, str]]:
    with served(tmp_path) as (site, address):
        yield site, address


def test_pages_are_served(place: tuple[WebSiteUnderTest, str]) -> None:
    site, address = place
    site.archive(site.group("english"), a_post())
    with httpx.Client(base_url=address) as client:
        page = client.get("/groups/english/")
        assert page.status_code == 200
        assert "Running records" in page.text
        assert "server" not in page.headers
        assert client.get("/groups/english/", headers={"if-none-match": page.headers["etag"]}).status_code == 304
        head = client.head("/groups/english/")
        assert (head.text, head.headers["content-length"]) == ("", str(len(page.content)))
        assert client.get("/../../etc/passwd").status_code == 404


def test_what_is_not_http_is_answered_and_closed(place: tuple[WebSiteUnderTest, str]) -> None:
    _, address = place
    port = int(address.rpartition(":")[2])
    for octets in (
        b"EHLO x\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(octets)
            assert client.recv(4096).startswith(b"HTTP/1.1 400")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"y" * 100_000)
        assert client.recv(4096).startswith(b"HTTP/1.1 4")


def test_a_body_of_two_lengths_ends_the_connection(place: tuple[WebSiteUnderTest, str]) -> None:
    """Else a proxy that believes the other length would let one reader write the next one's request."""
    _, address = place
    both = b"Host: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    for method in (b"GET", b"POST"):
        with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), timeout=10) as client:
            client.sendall(method + b" /sign-in HTTP/1.1\r\n" + both + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while octets := client.recv(65_536):
                answer += octets
        assert answer.startswith(b"HTTP/1.1 400")
        assert answer.count(b"HTTP/1.1") == 1


def test_a_client_that_never_finishes_asking_is_cut(
    place: tuple[WebSiteUnderTest, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, address = place
    monkeypatch.setattr(serving, "HEADER_SECONDS", 1.0)
    port = int(address.rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as silent,
        socket.create_connection(("127.0.0.1", port)) as slow,
    ):
        slow.settimeout(10)
        slow.sendall(b"GET / HTTP/1.1\r\nHos")
        start = time.monotonic()
        for client in (silent, slow):
            with contextlib.suppress(ConnectionResetError):
                assert client.recv(10) == b""
        assert 0.5 < time.monotonic() - start < 6


def test_the_second_page_of_a_connection_is_as_quick_as_the_first(place: tuple[WebSiteUnderTest, str]) -> None:
    """A body does not wait until the header before it is acknowledged, which takes most systems 40 milliseconds."""
    _, address = place
    seconds = []
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), timeout=10) as client:
        for _ in range(12):
            start = time.perf_counter()
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while not answer.endswith(b"ok\n"):
                answer += client.recv(4096)
            seconds.append(time.perf_counter() - start)
    assert min(seconds[1:]) < 0.035


def test_more_connections_than_it_holds_are_closed_at_once(
    place: tuple[WebSiteUnderTest, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes a file of the service's, of which its database and SMTP want some too."""
    _, address = place
    monkeypatch.setattr(serving, "HELD_CONNECTIONS", 5)
    port = int(address.rpartition(":")[2])
    with contextlib.ExitStack() as held:
        clients = [held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5)) for _ in range(8)]
        for client in clients[5:]:
            with contextlib.suppress(ConnectionResetError):
                assert client.recv(10) == b""
        clients[0].sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert clients[0].recv(100).startswith(b"HTTP/1.1 200")


LARGE = 16_000_000


def with_a_large_answer(site: WebSiteUnderTest) -> None:
    """The style sheet is as large as a film."""
    site.app._site = replace(site.app._site, style=b"x" * LARGE)


def a_slow_reader(port: int) -> socket.socket:
    """Somebody who has asked for the large answer and takes little of it yet."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(10)
    client.connect(("127.0.0.1", port))
    client.sendall(b"GET /static/style.css HTTP/1.1\r\nHost: x\r\n\r\n")
    assert client.recv(12) == b"HTTP/1.1 200"
    return client


def test_who_reads_slowly_gets_all_of_it(place: tuple[WebSiteUnderTest, str], monkeypatch: pytest.MonkeyPatch) -> None:
    site, address = place
    with_a_large_answer(site)
    monkeypatch.setattr(serving, "HEADER_SECONDS", 0.5)
    with a_slow_reader(int(address.rpartition(":")[2])) as client:
        time.sleep(3)
        got = 0
        while got < LARGE and (octets := client.recv(1_000_000)):
            got += len(octets)
    assert got >= LARGE


def test_large_answers_that_nobody_fetches_leave_room_for_pages(
    place: tuple[WebSiteUnderTest, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, address = place
    with_a_large_answer(site)
    monkeypatch.setattr(web_app, "UNDER_WAY_OCTETS", LARGE + 1)
    with httpx.Client(base_url=address) as others:
        with a_slow_reader(int(address.rpartition(":")[2])):
            refused = others.get("/static/style.css")
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "60")
            assert "x-content-type-options" in refused.headers
            assert others.get("/").status_code == 200
        for _ in range(100):
            if (answer := others.get("/static/style.css")).status_code == 200:
                break
            time.sleep(0.05)
        assert len(answer.content) == LARGE


def test_many_at_once_are_all_answered(place: tuple[WebSiteUnderTest, str]) -> None:
    site, address = place
    site.archive(site.group("english"), a_post())

    async def many() -> list[int]:
        async with httpx.AsyncClient(base_url=address, timeout=30) as client:
            answers = await asyncio.gather(*(client.get("/groups/english/posts/1") for _ in range(60)))
        return [answer.status_code for answer in answers]

    assert set(asyncio.run(many())) == {200}


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "listserv.toml").write_text(
            f'[site]\ndomain = "lists.example.nz"\n[relay]\ndirectory = "outbox"\n[web]\nlisten = "127.0.0.1:{port}"\n'
        )
        settings = load_settings(tmp_path / "listserv.toml", {})

        async def start() -> None:
            server = Server(settings, lambda: NOW, frozenset({"web"}))
            try:
                with pytest.raises(ConfigError, match=rf'web.listen = "127.0.0.1:{port}" cannot be used'):
                    await server.start()
            finally:
                await server.stop()

        asyncio.run(start())


def test_the_service_serves_pages_beside_its_other_parts_and_keeps_its_signals(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "listserv.toml").write_text(
        f'[site]\ndomain = "lists.example.nz"\n[relay]\ndirectory = "outbox"\n[smtp]\nlisten = "127.0.0.1:0"\n'
        f'[web]\nlisten = "127.0.0.1:{port}"\n'
    )
    settings = load_settings(tmp_path / "listserv.toml", {})

    async def run() -> tuple[int, dict[str, str]]:
        caught: list[int] = []
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, caught.append, 1)
        server = Server(settings, lambda: NOW, frozenset({"smtp", "web"}))
        await server.start()
        addresses = server.addresses()
        async with httpx.AsyncClient() as client:
            status = (await client.get(f"http://{addresses['web']}/readyz")).status_code
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0.3)
            assert caught == [1]
            assert (await client.get(f"http://{addresses['web']}/healthz")).status_code == 200
        loop.remove_signal_handler(signal.SIGTERM)
        await server.stop()
        return status, addresses

    status, addresses = asyncio.run(run())
    assert status == 200
    assert addresses["web"] == f"127.0.0.1:{port}"
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        pass


def test_stopping_finishes_the_answer_under_way() -> None:
    async def slow_app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.5)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"done"})

    async def run() -> str:
        server = WebServer(slow_app, "127.0.0.1", 0)
        await server.start()
        async with httpx.AsyncClient() as client:
            under_way = asyncio.create_task(client.get(f"http://{server.address}/"))
            await asyncio.sleep(0.2)
            await server.stop(5)
            return (await under_way).text

    assert asyncio.run(run()) == "done"


def test_who_reads_the_end_of_an_answer_slowly_gets_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it is written then, but much of it still waits to leave."""
    monkeypatch.setattr(serving, "HEADER_SECONDS", 0.3)
    size = 60_000

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
        await send({"type": "http.response.body", "body": b"x" * size})

    def read(port: int) -> int:
        with a_slow_reader(port) as client:
            time.sleep(2.5)
            return sum(len(octets) for octets in iter(lambda: client.recv(65_536), b""))

    async def run() -> int:
        server = WebServer(app, "127.0.0.1", 0)
        server._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # as on a slow line
        await server.start()
        try:
            return await asyncio.to_thread(read, int(server.address.rpartition(":")[2]))
        finally:
            await server.stop(1)

    assert asyncio.run(run()) > size


def test_an_ipv6_address_is_written_as_a_browser_needs_it() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")

    async def address() -> str:
        try:
            server = WebServer(lambda *_: None, "::1", 0)  # type: ignore[arg-type]
        except OSError:
            pytest.skip("no IPv6 loopback here")
        await server.start()
        try:
            return server.address
        finally:
            await server.stop(1)

    assert asyncio.run(address()).startswith("[::1]:")
