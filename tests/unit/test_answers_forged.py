"""Who forges a member's name uses up none of the answers to mail that is proven to be hers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from listserv.config import Settings
from listserv.inbound.reception import Reception
from tests.reception_site import Site, a_site, reply_address
from tests.store_site import DOMAIN, a_list, a_member

MERE, HEMI = "mere@school.example", "hemi@school.example"
MX, FAR = "192.0.2.25", "198.51.100.9"
PASSED = f"mx.{DOMAIN}; dmarc=pass header.from=school.example"


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with a_site(database_url) as made:
        smtp = {"authserv_id": f"mx.{DOMAIN}", "trusted_networks": [f"{MX}/32"]}
        chosen = made.settings.model_dump(include={"site"}) | {"smtp": smtp, "limits": {"answers": 6}}
        made.settings = Settings.model_validate(chosen)
        made.reception = Reception(made.settings, made.database, made.writer, made.key, lambda: made.now, lambda: None)
        with made.database.begin() as connection:
            a_member(connection, a_member(connection, a_list(connection), HEMI), MERE)
        yield made


def flood(site: Site) -> int:
    """Forged mails that want each something else, until none is answered; gives how many mails of ours reach Mere."""
    wishes = ("help", "status", "digest weekly", "leave", "mail none", "join", "resources", "coming dates")
    reached = 0
    for number in range(60):
        to = ("english-request", "english-help", "english-leave", "english-join")[number % 4]
        site.send(to, MERE, wishes[number // 4 % len(wishes)], f"forged {number}", return_path=f"e{number}@far.example")
        reached += len([mail for mail in site.mails() if MERE in str(mail["To"])])
    return reached


def test_a_forger_is_answered_a_few_times_and_she_is_answered_all_the_same(site: Site) -> None:
    assert flood(site) == 6
    site.send("english-request", MERE, "digest weekly", peer=MX, Authentication_Results=PASSED)
    asked = site.mail()
    assert MERE in str(asked["To"])
    site.send(reply_address(asked), MERE, "yes", peer=MX)
    assert MERE in str(site.mail()["To"])


def test_a_result_that_is_not_believed_is_a_forgery_like_any(site: Site) -> None:
    flood(site)
    for field in (PASSED.replace("mx.", "mx2."), PASSED.replace("pass", "fail")):
        site.send("english-request", MERE, "digest weekly", peer=MX, Authentication_Results=field)
    site.send("english-request", MERE, "digest weekly", peer=FAR, Authentication_Results=PASSED)
    site.send("english-request", HEMI, "digest weekly", peer=MX, Authentication_Results=PASSED.replace("pass", "none"))
    assert [str(mail["To"]) for mail in site.mails() if MERE in str(mail["To"])] == []


def test_proven_mail_is_answered_so_often_and_no_more(site: Site) -> None:
    heard = 0
    for _ in range(4):
        for wish in ("help", "status", "digest weekly", "mail none", "resources"):
            site.send("english-request", MERE, wish, peer=MX, Authentication_Results=PASSED)
        heard += len(site.mails())
    assert heard == 6
    site.after(days=1)
    site.send("english-request", MERE, "status", peer=MX, Authentication_Results=PASSED)
    assert len(site.mails()) == 1


def test_what_her_own_token_proves_is_answered_without_any_result(site: Site) -> None:
    """Where no server in front says anything, a reply to our mail is proof enough."""
    site.send("english-request", MERE, "digest weekly", peer=FAR)
    asked = site.mail()
    assert flood(site) == 5
    site.send(reply_address(asked), MERE, "yes", peer=FAR)
    assert MERE in str(site.mail()["To"])
