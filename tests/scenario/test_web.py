"""A post comes by SMTP and is on its page; the link of a delivered copy takes one person out of one list."""

from __future__ import annotations

import contextlib
import time
from email import message_from_bytes, policy
from pathlib import Path

import httpx
import pytest

from tests.servers.private import free_port
from tests.service import Service
from tests.store_site import a_post

MERE, JO = "mere@school.example", "jo@school.example"


@pytest.fixture
def port() -> int:
    return free_port()


def the_link(service: Service, address: str) -> tuple[str, str]:
    """(address of the page, value of List-Unsubscribe-Post) of the last copy that went there."""
    copy = message_from_bytes(service.delivered(address)[-1], policy=policy.SMTP)
    whole = str(copy["List-Unsubscribe"]).replace(" ", "")
    return whole.partition(">")[0].removeprefix("<"), str(copy["List-Unsubscribe-Post"])


def wait_for(client: httpx.Client, path: str, words: str) -> None:
    end = time.monotonic() + 30
    text = ""
    while words not in text:
        assert time.monotonic() < end, text
        time.sleep(0.1)
        with contextlib.suppress(httpx.ConnectError):  # SMTP answers a moment before the pages do
            text = client.get(path).text


def test_a_post_is_on_its_page_and_its_link_leaves(tmp_path: Path, port: int) -> None:
    with Service(tmp_path, environment={"LISTSERV__WEB__LISTEN": f"127.0.0.1:{port}"}) as service:
        for name in ("english", "maths"):
            service.run("list", "create", f"{name}@lists.example.nz")
            for address in (MERE, JO):
                service.run("member", "add", name, address)
        service.start()
        code, text = service.send(a_post(MERE, "Pūrongo pānui"), "english@lists.example.nz", MERE)
        assert code == 250, text
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            wait_for(client, "/groups/english/", "Pūrongo pānui")
            wait_for(client, "/groups/english/search?q=purongo", "Pūrongo pānui")
            service.wait_empty()
            link, one_click = the_link(service, JO)
            assert link.startswith("https://lists.example.nz/unsubscribe/")
            assert one_click == "List-Unsubscribe=One-Click"
            path = link.removeprefix("https://lists.example.nz")
            assert client.get(path).status_code == 200
            assert JO in service.run("member", "export", "english")
            answer = client.post(path, data={"List-Unsubscribe": "One-Click"})
            assert answer.status_code == 200
            archived = message_from_bytes(service.delivered(JO)[-1], policy=policy.SMTP)["Archived-At"]
            page = client.get(str(archived).strip("<>").removeprefix("https://lists.example.nz"))
            assert "Kia ora koutou" in page.text
        assert JO not in service.run("member", "export", "english")
        assert JO in service.run("member", "export", "maths")
        before = len(service.delivered(JO))
        assert service.send(a_post(MERE, "Another"), "english@lists.example.nz", MERE)[0] == 250
        service.wait_empty()
        assert len(service.delivered(JO)) == before
        assert len(service.delivered(MERE)) == 2
        assert service.stop() == 0
        assert "unsubscribe/" not in service.log.read_text()
