"""Who may see what: every route of the table, asked by a stranger, a member, a member of another group and others.

A route without a row here fails the first test.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from listserv.mail.address import address_key
from listserv.model.lists import MailList, Role
from listserv.store.engine import Connection
from listserv.store.lists import ensure_network
from listserv.store.people import add_member, ensure_person, find_member, remove_member, set_roles
from listserv.store.schema import roles
from listserv.web.routes import PAGES
from tests.store_site import NOW, a_post
from tests.web_site import WebSiteUnderTest, web_site

VIEWERS = ("stranger", "member", "elsewhere", "left", "guest", "guest_over", "owner", "owner_left", "network")
INSIDE = {"member", "guest", "owner", "network"}

# By the name of the route: where it is in the private group, and in the public one; None where it belongs to no group.
IN_GROUP: dict[str, str] = {
    "group_without_slash": "/groups/{name}",
    "group": "/groups/{name}/",
    "thread": "/groups/{name}/threads/{thread}",
    "post": "/groups/{name}/posts/{post}",
    "original": "/groups/{name}/posts/{post}/original.eml",
    "part": "/groups/{name}/posts/{post}/parts/2",
    "search": "/groups/{name}/search?q=huna",
    "resources": "/groups/{name}/resources",
    "feed": "/groups/{name}/feed.atom",
    "calendar": "/groups/{name}/calendar.ics",
}
FOR_ALL: dict[str, tuple[str, str, int]] = {
    "home": ("GET", "/", 200),
    "calendar_of_all": ("GET", "/calendar.ics", 200),
    "calendar_of_person": ("GET", "/calendar/nonsense.ics", 404),
    "sign_in_how": ("GET", "/sign-in", 200),
    "sign_in": ("GET", "/sign-in/nonsense", 404),
    "sign_out": ("POST", "/sign-out", 303),
    "unsubscribe": ("GET", "/unsubscribe/nonsense", 404),
    "style": ("GET", "/static/style.css", 200),
    "healthz": ("GET", "/healthz", 200),
    "readyz": ("GET", "/readyz", 200),
}
MEMBERS_ONLY = {"original"}
FOUND = {"group_without_slash": 301}

WITH_FILE = (
    b"From: Hana <hana@school.example>\r\nTo: x@lists.example.nz\r\nSubject: He huna\r\n"
    b"Message-ID: <%d@school.example>\r\nDate: Mon, 16 Nov 2026 20:00:00 +1300\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhuna huna\r\n'
    b'--b\r\nContent-Type: application/pdf; name="huna.pdf"\r\nContent-Disposition: attachment\r\n\r\n'
    b"%%PDF huna\r\n--b--\r\n"
)


class Rooms(NamedTuple):
    """The site, its two groups, and the cookie of each viewer."""

    site: WebSiteUnderTest
    paths: dict[str, dict[str, str]]
    cookies: dict[str, str]


def everybody(site: WebSiteUnderTest, private: MailList) -> dict[str, str]:
    """One person a kind of viewer, signed in before whatever ended for her ended."""
    over, later = NOW - timedelta(days=1), NOW + timedelta(days=10)

    def make(connection: Connection) -> None:
        def join(who: str, **options: Any) -> None:
            address = f"{who}@school.example"
            add_member(connection, private, address, address_key(address), NOW, name=who, **options)

        join("member")
        join("left")
        join("guest", granted=(Role.GUEST,), until=later)
        join("guest_over", granted=(Role.GUEST,), until=over)
        join("owner", granted=(Role.OWNER,))
        join("owner_left", granted=(Role.OWNER,))
        for who in ("left", "owner_left"):
            person_id, _ = ensure_person(connection, f"{who}@school.example", f"{who}@school.example", who, NOW)
            place = find_member(connection, private, person_id, NOW)
            assert place is not None
            remove_member(connection, private, place, NOW)
            if who == "owner_left":
                set_roles(connection, private, person_id, (Role.OWNER,))  # a role that outlived its subscription
        person_id, _ = ensure_person(connection, "network@school.example", "network@school.example", "network", NOW)
        network = ensure_network(connection, private.domain, NOW)
        connection.execute(roles.insert().values(person_id=person_id, network_id=network.id, role="facilitator"))

    site.write(make)
    site.group("elsewhere", "elsewhere@school.example", private=True)
    return {who: site.sign_in(f"{who}@school.example") for who in VIEWERS if who != "stranger"} | {"stranger": ""}


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    folder = tmp_path_factory.mktemp("rooms")
    with web_site(folder, f"sqlite:///{folder / 'listserv.db'}") as site:
        paths = {}
        groups = {"private": site.group("huna", private=True), "public": site.group("puare")}
        for number, (kind, mail_list) in enumerate(groups.items()):
            [post_id] = site.archive(mail_list, WITH_FILE % number)
            with site.database.read() as connection:
                thread = connection.exec_driver_sql(
                    f"SELECT public_id FROM thread WHERE list_id = {mail_list.id}"
                ).scalar()
            values = {"name": mail_list.name, "post": post_id, "thread": thread}
            paths[kind] = {name: path.format(**values) for name, path in IN_GROUP.items()}
        yield Rooms(site, paths, everybody(site, groups["private"]))


def test_every_route_has_a_row() -> None:
    assert {page.name for page in PAGES} == IN_GROUP.keys() | FOR_ALL.keys()
    assert not IN_GROUP.keys() & FOR_ALL.keys()
    assert {page.name for page in PAGES if "{name}" in page.path} == IN_GROUP.keys()


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("name", IN_GROUP)
def test_a_private_group_is_not_there_for_others(rooms: Rooms, name: str, viewer: str) -> None:
    answer = rooms.site.get(rooms.paths["private"][name], cookie=rooms.cookies[viewer])
    if viewer in INSIDE:
        assert answer.status == FOUND.get(name, 200)
    else:
        assert answer.status == 404
        assert "huna" not in answer.text.lower()
        nowhere = rooms.site.get(
            rooms.paths["private"][name].replace("/huna", "/nowhere"), cookie=rooms.cookies[viewer]
        )
        assert (answer.body, answer.headers) == (nowhere.body, nowhere.headers)


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("name", IN_GROUP)
def test_a_public_group_is_there_for_all(rooms: Rooms, name: str, viewer: str) -> None:
    answer = rooms.site.get(rooms.paths["public"][name], cookie=rooms.cookies[viewer])
    # Only `network` runs the network that both groups are of; nobody is a member of the public one.
    closed = name in MEMBERS_ONLY and viewer != "network"
    assert answer.status == (404 if closed else FOUND.get(name, 200))


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("name", FOR_ALL)
def test_pages_of_no_group_are_the_same_for_all(rooms: Rooms, name: str, viewer: str) -> None:
    method, path, status = FOR_ALL[name]
    if method == "POST":
        assert rooms.site.post(path).status == status  # with no cookie, for these are used by other tests
    else:
        assert rooms.site.get(path, cookie=rooms.cookies[viewer]).status == status


@pytest.mark.parametrize("viewer", VIEWERS)
def test_the_first_page_names_a_private_group_only_inside(rooms: Rooms, viewer: str) -> None:
    text = rooms.site.get("/", cookie=rooms.cookies[viewer]).text
    assert "Puare" in text
    assert ("Huna" in text) == (viewer in INSIDE)
    assert ("Elsewhere" in text) == (viewer in ("elsewhere", "network"))


def test_what_one_group_holds_is_not_reached_through_another(rooms: Rooms) -> None:
    cookie = rooms.cookies["member"]
    for name in ("thread", "post", "part", "original"):
        path = rooms.paths["private"][name]
        assert rooms.site.get(path, cookie=cookie).status == 200
        assert rooms.site.get(path.replace("/huna/", "/puare/"), cookie=cookie).status == 404
        assert rooms.site.get(path.replace("/huna/", "/puare/")).status == 404


def test_a_member_who_leaves_is_out_at_once(tmp_path: Path) -> None:
    with web_site(tmp_path, f"sqlite:///{tmp_path / 'x.db'}") as site:
        mail_list = site.group("huna", "mere@school.example", private=True)
        [post_id] = site.archive(mail_list, a_post("mere@school.example"))
        cookie = site.sign_in("mere@school.example")
        assert site.get(f"/groups/huna/posts/{post_id}", cookie=cookie).status == 200
        assert site.post(site.unsubscribe_link(mail_list, "mere@school.example"), {"act": "leave"}).status == 200
        assert site.get(f"/groups/huna/posts/{post_id}", cookie=cookie).status == 404


def test_a_namesake_elsewhere_does_not_open_a_private_group(tmp_path: Path) -> None:
    with web_site(tmp_path, f"sqlite:///{tmp_path / 'x.db'}") as site:
        hidden = site.group("english", private=True)
        [post_id] = site.archive(hidden, a_post())
        site.write(lambda c: c.exec_driver_sql("UPDATE list SET domain = 'a.example.nz'"))
        site.group("english")
        for path in ("/groups/english@a.example.nz/", f"/groups/english/posts/{post_id}"):
            assert site.get(path).status == 404
        assert site.get("/groups/english/").status == 200
