"""A reader's own link in her update and her reminder: it signs her in, shows her private group, and nobody else's."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import httpx

from listserv.mail.token import sign_in_hole, verify_sign_in
from listserv.store.engine import Database
from listserv.store.migrate import signing_key
from tests.scenario.test_digest import Links, mail, twins
from tests.servers.private import free_port
from tests.service import DOMAIN, Service

DAY = date(2026, 11, 18)  # of the clock below, in UTC
EARLY, BEFORE, AFTER = "2026-11-19T07:00+13:00", "2026-11-19T10:00+13:00", "2026-11-19T10:10+13:00"
LIST = f"plg@{DOMAIN}"
AUTHOR, ANNA, SIONE = "mere@school.example", "anna@school.example", "sione@school.example"
LINK = re.compile(rf"https://{re.escape(DOMAIN)}(/sign-in/([a-z2-7]+)\?next=/groups/plg/)")
CALLED = "Read the group's pages"


@contextlib.contextmanager
def sent(folder: Path, recipients_per_message: int = 1) -> Iterator[tuple[Service, httpx.Client]]:
    """A private group of a writer and two readers, whose update and reminder have gone out."""
    port = free_port()
    environment = {
        "LISTSERV_CLOCK": EARLY,
        "LISTSERV__WEB__LISTEN": f"127.0.0.1:{port}",
        "LISTSERV__RELAY__RECIPIENTS_PER_MESSAGE": str(recipients_per_message),
    }
    with Service(folder, environment=environment) as service:
        service.run("list", "create", LIST, "--title", "Y3&4 PLG")
        service.run("list", "set", LIST, "private=true")
        service.run("member", "add", LIST, AUTHOR)
        for reader in (ANNA, SIONE):
            service.run("member", "add", LIST, reader, "--name", reader, "--delivery", "none", "--digest", "weekly")
        service.run("deadline", "add", LIST, "2026-11-20", "TESSOL awards", "--remind", "1d")
        service._environment["LISTSERV_CLOCK"] = BEFORE
        service.start()
        assert service.send(mail(AUTHOR, "Pānui", "Kia ora koutou", 1, to=LIST), LIST, AUTHOR)[0] == 250
        service.wait_empty()
        service.stop()
        service._environment["LISTSERV_CLOCK"] = AFTER  # what came within the last minute waits for the next update
        service.start()
        service.run("digest", "send", LIST, "--week", "2026-W47")
        service.run("tick", "--now", AFTER)
        service.wait_empty()
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Host": DOMAIN}) as client:
            yield service, client


def pages(client: httpx.Client, path: str) -> httpx.Response:
    """The page, once the pages answer: SMTP does so a moment earlier."""
    end = time.monotonic() + 30
    while True:
        with contextlib.suppress(httpx.ConnectError):
            return client.get(path)
        assert time.monotonic() < end
        time.sleep(0.1)


def own_mail(service: Service, reader: str) -> list[tuple[str, str]]:
    """The twins of each mail of our own that the reader has."""
    found = [twins(octets) for octets in service.delivered(reader)]
    assert len(found) == 2
    return [(plain, html) for _, plain, html in found]


def site_key(service: Service) -> bytes:
    database = Database(f"sqlite:///{service.folder / 'listserv.db'}")
    try:
        with database.read() as connection:
            return signing_key(connection)
    finally:
        database.close()


def test_each_readers_link_opens_the_private_group_to_her(tmp_path: Path) -> None:
    with sent(tmp_path) as (service, client):
        links = {}
        for reader in (ANNA, SIONE):
            (links[reader],) = _matches(own_mail(service, reader))
        assert links[ANNA] != links[SIONE]
        key, (path, token) = site_key(service), links[ANNA]
        last = DAY + timedelta(days=35)
        assert verify_sign_in(key, token, last) and not verify_sign_in(key, token, last + timedelta(days=1))
        assert pages(client, "/groups/plg/").status_code == 404
        asked = client.get(path)
        assert asked.status_code == 200 and ANNA in asked.text
        assert client.get("/groups/plg/").status_code == 404
        _sign_in(client, path)
        assert "Pānui" in client.get("/groups/plg/").text
        _check_nobody_elses(service, key)


def _matches(own: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """(path, token) of every link that signs in, of both twins of each mail."""
    found = set()
    for plain, html in own:
        for text in (plain, Links(html).found[CALLED]):
            (link,) = LINK.findall(text)
            found.add(link)
        assert html.count("/sign-in/") == 1
    return found


def _sign_in(client: httpx.Client, path: str) -> None:
    answer = client.post(path, headers={"Origin": f"https://{DOMAIN}"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/groups/plg/")
    # The cookie is for https alone, which a proxy speaks in front of the service.
    client.headers["Cookie"] = answer.headers["set-cookie"].partition(";")[0]


def _check_nobody_elses(service: Service, key: bytes) -> None:
    """Nothing waits in a hole, and a post's copy signs nobody in."""
    hole = sign_in_hole(key).encode()
    for reader in (ANNA, SIONE):
        for octets in service.delivered(reader):
            assert hole not in octets.replace(b"=\r\n", b"")
            assert b"/sign-in/" not in octets.partition(b"\r\n\r\n")[0]
    post = service.delivered(AUTHOR)[0]
    assert b"Subject: " in post and b"sign-in" not in post


def test_a_link_that_was_asked_for_comes_by_mail(tmp_path: Path) -> None:
    with sent(tmp_path) as (service, client):
        pages(client, "/sign-in")
        own = {"Origin": f"https://{DOMAIN}"}
        for address in (ANNA, "nobody@school.example", ANNA):
            assert client.post("/sign-in", data={"address": address}, headers=own).status_code == 200
        assert client.post("/sign-in", data={"address": SIONE}).status_code == 403
        end = time.monotonic() + 30
        while len(service.delivered(ANNA)) < 3:
            assert time.monotonic() < end
            time.sleep(0.1)
        service.wait_empty()
        assert [len(service.delivered(reader)) for reader in (ANNA, SIONE)] == [3, 2]
        notice = message_from_bytes(service.delivered(ANNA)[-1], policy=policy.default)
        (path,) = re.findall(rf"^https://{DOMAIN}(/sign-in/\S+)\s*$", notice.get_content(), re.MULTILINE)
        answer = client.post(path, headers=own)
        client.headers["Cookie"] = answer.headers["set-cookie"].partition(";")[0]
        assert "Pānui" in client.get("/groups/plg/").text


def test_copies_for_many_have_no_link(tmp_path: Path) -> None:
    with sent(tmp_path, 50) as (service, _):
        hole = sign_in_hole(site_key(service))
        for reader in (ANNA, SIONE):
            for plain, html in own_mail(service, reader):
                assert "sign-in" not in plain + html and hole not in plain + html
                assert CALLED not in plain + html


def test_what_was_made_for_one_goes_to_one_also_when_the_setting_changes(tmp_path: Path) -> None:
    """The update waits in the outbox while the site turns to copies for many."""
    with Service(tmp_path, environment={"LISTSERV_CLOCK": AFTER}) as service:
        service.run("list", "create", LIST)
        for reader in (ANNA, SIONE):
            service.run("member", "add", LIST, reader, "--delivery", "none", "--digest", "weekly")
        service.run("digest", "send", LIST, "--week", "2026-W47")
        service._environment["LISTSERV__RELAY__RECIPIENTS_PER_MESSAGE"] = "50"
        service.start()
        service.wait_empty()
        tokens = {LINK.findall(twins(service.delivered(reader)[-1])[1])[0][1] for reader in (ANNA, SIONE)}
        assert len(tokens) == 2
        assert all(verify_sign_in(site_key(service), token, DAY) for token in tokens)


def test_without_a_public_web_there_is_no_link(tmp_path: Path) -> None:
    with Service(tmp_path, environment={"LISTSERV_CLOCK": AFTER, "LISTSERV__SITE__BASE_URL": ""}) as service:
        service.run("list", "create", LIST)
        service.run("member", "add", LIST, ANNA, "--delivery", "none", "--digest", "weekly")
        service.run("digest", "send", LIST, "--week", "2026-W47")
        service.start()
        service.wait_empty()
        _, plain, html = twins(service.delivered(ANNA)[-1])
        assert "sign-in" not in plain + html and CALLED not in plain + html
