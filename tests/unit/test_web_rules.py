"""What holds for every page: reading changes nothing, a POST comes from us, faults are calm, headers protect."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from listserv.mail.token import calendar_token, sign_in_token
from listserv.store.engine import Database
from listserv.store.schema import metadata
from listserv.web import pages
from listserv.web.origin import is_own, local_path
from listserv.web.routes import PAGES
from tests.store_site import DOMAIN, a_post
from tests.web_site import BASE_URL, WebSiteUnderTest, web_site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebSiteUnderTest]:
    folder = tmp_path_factory.mktemp("rules")
    with web_site(folder, f"sqlite:///{folder / 'listserv.db'}") as made:
        yield made


@pytest.fixture(scope="module")
def targets(site: WebSiteUnderTest) -> dict[str, str]:
    """A path of each route that answers, with tokens that are good."""
    mail_list = site.group("english", "mere@school.example")
    [post_id] = site.archive(mail_list, a_post("mere@school.example"))
    thread = re.search(r"/groups/english/threads/[a-z0-9]+", site.get("/groups/english/").text)
    assert thread is not None
    token = sign_in_token(site.key, site.person("mere@school.example"), site.now.date())
    return {
        "home": "/",
        "group_without_slash": "/groups/english",
        "group": "/groups/english/",
        "thread": thread.group(),
        "post": f"/groups/english/posts/{post_id}",
        "original": f"/groups/english/posts/{post_id}/original.eml",
        "part": f"/groups/english/posts/{post_id}/parts/1",
        "search": "/groups/english/search?q=kia&author=mere",
        "resources": "/groups/english/resources",
        "feed": "/groups/english/feed.atom",
        "calendar": "/groups/english/calendar.ics",
        "calendar_of_all": "/calendar.ics",
        "calendar_of_person": f"/calendar/{calendar_token(site.key, site.person('mere@school.example'))}.ics",
        "sign_in_how": "/sign-in",
        "sign_in": f"/sign-in/{token}",
        "sign_out": "/sign-out",
        "unsubscribe": site.unsubscribe_link(mail_list, "mere@school.example"),
        "style": "/static/style.css",
        "healthz": "/healthz",
        "readyz": "/readyz",
    }


def content_hash(database: Database) -> str:
    """Of every row of every table."""
    digest = hashlib.sha256()
    with database.read() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(table.select().order_by(*table.primary_key.columns)):
                digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def test_every_route_is_asked(targets: dict[str, str]) -> None:
    assert targets.keys() == {page.name for page in PAGES}


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "PROPFIND"])
def test_nothing_but_a_post_changes_anything(site: WebSiteUnderTest, targets: dict[str, str], method: str) -> None:
    """What a link scanner does: it opens everything, again and again, also as the signed-in member."""
    cookie = site.sign_in("mere@school.example")
    before = content_hash(site.database)
    for target in targets.values():
        for jar in ("", cookie):
            answer = site.ask(method, target, cookie=jar)
            assert answer.status < 500
            assert not answer.cookies
            if method not in ("GET", "HEAD"):
                assert answer.status == 405
                assert "GET" in answer.headers["allow"] or target == "/sign-out"
    assert content_hash(site.database) == before


def test_the_hash_sees_a_change(site: WebSiteUnderTest, targets: dict[str, str]) -> None:
    before = content_hash(site.database)
    site.post(targets["sign_in"])
    assert content_hash(site.database) != before


def test_a_head_is_a_get_without_the_body(site: WebSiteUnderTest, targets: dict[str, str]) -> None:
    for page in PAGES:
        if page.get is not None:
            full, head = (site.ask(method, targets[page.name]) for method in ("GET", "HEAD"))
            assert (head.status, head.headers) == (full.status, full.headers)


FOREIGN: list[dict[str, str]] = [
    {"origin": "", "sec-fetch-site": ""},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": f"{BASE_URL}.evil.example"},
    {"origin": f"https://evil.example/{BASE_URL}"},
    {"origin": BASE_URL, "sec-fetch-site": "cross-site"},
    {"origin": BASE_URL, "sec-fetch-site": "same-site"},
    {"origin": "", "sec-fetch-site": "same-origin"},
    {"origin": "https://lists.example.nz:8443"},
    {"origin": "", "sec-fetch-site": "", "referer": f"{BASE_URL}/unsubscribe/x"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize("name", [page.name for page in PAGES if page.post])
def test_a_post_from_elsewhere_does_nothing(
    site: WebSiteUnderTest, targets: dict[str, str], name: str, headers: dict[str, str]
) -> None:
    cookie = site.sign_in("mere@school.example")
    before = content_hash(site.database)
    answer = site.post(targets[name], {"act": "leave"}, cookie=cookie, headers=headers)
    assert answer.status == 403
    assert not answer.cookies
    assert content_hash(site.database) == before


def test_one_click_is_no_way_round_for_other_pages(site: WebSiteUnderTest, targets: dict[str, str]) -> None:
    headers = {"origin": "", "sec-fetch-site": ""}
    for name in ("sign_in_how", "sign_in", "sign_out"):
        answer = site.post(targets[name], {"List-Unsubscribe": "One-Click"}, headers=headers)
        assert answer.status == 403


def test_the_site_itself_is_known_by_its_host_or_its_address() -> None:
    assert is_own({"origin": "http://127.0.0.1:8080", "host": "127.0.0.1:8080"}, "")
    assert is_own({"origin": BASE_URL, "host": "backend:8080"}, BASE_URL + "/lists")
    assert not is_own({"origin": "http://127.0.0.1:8081", "host": "127.0.0.1:8080"}, "")
    assert not is_own({"origin": "", "host": ""}, "")


ELSEWHERE = [
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "///evil.example",
    "http:evil.example",
    "/%2f%2fevil.example",
    "javascript:alert(1)",
    "/groups/../..//evil.example",
    "/groups/x//evil.example",
    " //evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\n//evil.example",
    "/groups/x/\r\nSet-Cookie: a=b",
    "/groups/x/@evil.example:",
    "@evil.example",
    "/.evil.example",
    "/groups/x/..",
    "/sign-out",
    "/unsubscribe/x",
    "//evil.example/groups/x/",
    "/?a=//b c",
    "https:/evil.example",
    "/groups/é/",
    "data:text/html,x",
    '/groups/x/threads/1?next="><script>',
    "",
    "groups/x/",
    "/#//evil",
    "/groups/x/;//evil.example",
    "ftp://evil.example/",
]


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_nobody_is_sent_on_elsewhere(wanted: str) -> None:
    assert local_path(wanted) == "/"


def test_a_page_of_ours_is_reached_after_signing_in() -> None:
    for path in ("/groups/english/threads/abc123", "/groups/a@b.example/", "/groups/x/search?q=a%20b&page=2", "/"):
        assert local_path(path) == path


def test_every_answer_carries_the_headers_that_protect(site: WebSiteUnderTest, targets: dict[str, str]) -> None:
    answers = [site.get(target) for target in [*targets.values(), "/nowhere", "/groups/english/posts/0"]]
    answers.append(site.ask("PATCH", "/"))
    answers.append(site.ask("POST", "/sign-out"))
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "cache-control" in answer.headers
    page = site.get("/").headers["content-security-policy"]
    for part in (
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ):
        assert part in page


def test_no_page_holds_script_or_style_or_anything_from_elsewhere(
    site: WebSiteUnderTest, targets: dict[str, str]
) -> None:
    for target in targets.values():
        answer = site.get(target)
        if answer.headers.get("content-type", "").startswith("text/html"):
            assert "<script" not in answer.text
            assert " style=" not in answer.text
            assert not re.search(r"<(?:link|img)[^>]+(?:src|href)=\"(?:https?:)?//", answer.text)


def test_what_the_browser_has_is_not_sent_again(site: WebSiteUnderTest) -> None:
    first = site.get("/groups/english/")
    again = site.get("/groups/english/", headers={"if-none-match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert site.get("/groups/english/", headers={"if-none-match": 'W/"other"'}).status == 200


def test_what_a_member_reads_is_kept_by_her_browser_alone(site: WebSiteUnderTest) -> None:
    cookie = site.sign_in("mere@school.example")
    assert site.get("/", cookie=cookie).headers["cache-control"] == "private, no-cache"
    stranger = site.get("/").headers
    assert (stranger["cache-control"], stranger["vary"]) == ("no-cache", "Cookie")


def test_search_engines_keep_no_post(site: WebSiteUnderTest, targets: dict[str, str]) -> None:
    indexed = {name for name, target in targets.items() if "x-robots-tag" not in site.get(target).headers}
    assert indexed == {"home", "group"}


PATHS = [
    "/nowhere",
    "/groups/",
    "/groups",
    "/groups/x/y",
    "/groups/english/posts/x",
    "/groups/english/posts/-1",
    "//",
    "/%00",
    "/groups/%00/",
    "/groups/english%00/",
    "/groups/english/posts/99999999999999999999999",
    "/groups/english/threads/%ff%fe",
    "/groups/english/posts/9223372036854775807",
    "/groups/english/posts/1/parts/9223372036854775808",
    "/static/../listserv.toml",
    "/static/%2e%2e/listserv.toml",
    "/groups/english/threads/../../..",
    "/" + "a" * 5000,
    "/groups/" + "é" * 900 + "/",
    "/sign-in/",
    "/sign-in/%F0%9F%92%A9",
    "/unsubscribe/" + "a" * 34,
    "/groups/@/",
    "/groups/english@/",
    "/groups/@lists.example.nz/",
    "/groups/'/",
    "/groups/english/feed.atom/",
]


@pytest.mark.usefixtures("targets")
@pytest.mark.parametrize("path", PATHS)
def test_what_is_not_there_is_not_found(site: WebSiteUnderTest, path: str) -> None:
    answer = site.get(path)
    assert answer.status == 404
    assert "<h1>" in answer.text


@pytest.mark.usefixtures("targets")
@pytest.mark.parametrize("page", ["0", "-1", "x", "1e9", "٣", "99999", "1.5", "", "\0"])
def test_a_page_number_is_a_number_or_one(site: WebSiteUnderTest, page: str) -> None:
    assert site.get(f"/groups/english/?page={page}").status in (200, 404)
    assert site.get(f"/groups/english/search?q=kia&page={page}").status == 200


def test_a_fault_of_ours_is_told_without_its_inside(
    site: WebSiteUnderTest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: Any) -> None:
        raise RuntimeError("the inside")

    monkeypatch.setattr(pages, "open_groups", broken)
    answer = site.get("/?token=secret")
    assert answer.status == 500
    assert "inside" not in answer.text
    assert "Traceback" not in answer.text
    assert "RuntimeError: the inside" in caplog.text
    assert "secret" not in caplog.text


def test_a_database_that_is_gone_is_told_and_health_says_so(tmp_path: Path) -> None:
    with web_site(tmp_path, f"sqlite:///{tmp_path / 'x.db'}") as site:
        assert site.get("/healthz").text == "ok\n"
        assert site.get("/readyz").text == "ready\n"
        site.write(lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'"))
        assert site.get("/readyz").status == 503
        site.write(lambda c: c.exec_driver_sql("ALTER TABLE list RENAME TO elsewhere"))
        for path in ("/", "/healthz", "/groups/english/"):
            answer = site.get(path)
            assert answer.status == 503
            assert answer.headers["retry-after"] == "60"
            assert "no such table" not in answer.text


FORMS: list[tuple[bytes, str, int]] = [
    (b"a=" + b"x" * 20_000, "application/x-www-form-urlencoded", 413),
    (b"&".join(b"a%d=1" % n for n in range(100)), "application/x-www-form-urlencoded", 400),
    (b"not multipart at all", "multipart/form-data; boundary=b", 400),
    (
        b"--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\nx\r\n--b--\r\n",
        "multipart/form-data; boundary=b",
        400,
    ),
    (b"x", "multipart/form-data", 400),
    (
        b'--b\r\nContent-Disposition: form-data; name="f"\r\n\r\nx\r\n--b--\r\n',
        "multipart/form-data; boundary=b; charset=undefined",
        400,
    ),
    (b"{}", "application/json", 404),
    (b"\xff\xfe=\x00", "application/x-www-form-urlencoded", 404),
    (b"", "", 404),
]


@pytest.mark.parametrize(("body", "kind", "status"), FORMS, ids=range(len(FORMS)))
def test_a_form_is_bounded_and_may_be_anything(
    site: WebSiteUnderTest, caplog: pytest.LogCaptureFixture, body: bytes, kind: str, status: int
) -> None:
    headers = {"content-type": kind, "origin": BASE_URL}
    answer = site.ask("POST", "/unsubscribe/nonsense", headers=headers, body=body)
    assert answer.status == status
    assert "<h1>" in answer.text
    assert not caplog.records


def test_the_pages_lie_in_a_folder_whether_the_proxy_takes_it_away_or_not(tmp_path: Path) -> None:
    with web_site(tmp_path, f"sqlite:///{tmp_path / 'x.db'}", f"https://{DOMAIN}/lists") as site:
        site.group("english")
        for folder in ("", "/lists"):
            assert 'href="/lists/groups/english/"' in site.get(folder + "/").text
            assert site.get(folder + "/groups/english").headers["location"] == "/lists/groups/english/"
        assert site.get("/lists").text == site.get("/lists/").text
        assert site.get("/listsgroups/english/").status == 404
