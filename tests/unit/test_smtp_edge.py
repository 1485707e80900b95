"""The caps that are agreed before a word is spoken."""

from __future__ import annotations

import asyncio

import pytest

from listserv.inbound.edge import Connections, HeldOctets, client_of
from listserv.inbound.smtp import split_listen


class _Session:
    gone: asyncio.Future[None]

    def retire(self) -> None: ...

    def abandon(self) -> None: ...


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::1", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("not: an address", "not: an address"),
        ("", ""),
    ],
)
def test_one_client_is_one_address_or_one_ipv6_network(address: str, client: str) -> None:
    assert client_of(address) == client


def test_connections_are_counted_by_client_and_in_all() -> None:
    register = Connections(each=2, total=3)
    sessions = [_Session() for _ in range(5)]
    assert register.enter(sessions[0], "2001:db8::1") is None
    assert register.enter(sessions[1], "2001:db8::2") is None
    refusal = register.enter(sessions[2], "2001:db8::3")
    assert refusal is not None
    assert (refusal.code, refusal.enhanced) == (421, "4.7.0")
    assert register.enter(sessions[3], "192.0.2.1") is None
    refusal = register.enter(sessions[4], "192.0.2.2")
    assert refusal is not None
    assert (refusal.code, refusal.enhanced) == (421, "4.3.2")
    register.leave(sessions[0])
    register.leave(sessions[0])
    assert register.enter(sessions[2], "2001:db8::3") is None
    assert set(register) == {sessions[1], sessions[2], sessions[3]}
    register.leave(sessions[3])
    register.shut()
    assert register.enter(sessions[4], "192.0.2.2") is not None


def test_held_octets_never_pass_the_cap() -> None:
    held = HeldOctets(10)
    assert held.take(6)
    assert not held.take(5)
    assert held.now == 6
    assert held.has_room(4)
    assert not held.has_room(5)
    assert held.take(4)
    assert not held.has_room(0), "a message of unknown size needs some room too"
    held.give_back(10)
    assert held.now == 0


@pytest.mark.parametrize(
    ("listen", "address"),
    [
        ("127.0.0.1:8025", ("127.0.0.1", 8025)),
        ("[::1]:0", ("::1", 0)),
        ("localhost:25", ("localhost", 25)),
        (":8025", (None, 8025)),
    ],
)
def test_an_address_to_listen_on(listen: str, address: tuple[str | None, int]) -> None:
    assert split_listen(listen) == address


@pytest.mark.parametrize("listen", ["", "127.0.0.1", "127.0.0.1:", "127.0.0.1:smtp", "host:65536", "host:²"])
def test_what_is_no_address_to_listen_on(listen: str) -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1:8025"):
        split_listen(listen)
