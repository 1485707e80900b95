"""One person with several addresses in the database: added, moved, joined with a second record, renamed, corrected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from listserv.errors import Refused
from listserv.mail.address import address_key
from listserv.model.lists import MODERATING, Delivery, MailList, Role
from listserv.store import candidates, roleaddresses
from listserv.store.addressees import addressees
from listserv.store.addresses import (
    GIVEN_UP,
    add_address,
    addresses_of,
    correct_address,
    move_mail,
    on_file,
    rename_domain,
    start_again,
    stop,
)
from listserv.store.engine import Connection, Database
from listserv.store.lastowner import LastOwner, is_last_owner
from listserv.store.leaving import leave
from listserv.store.lists import archive_list, ban, get_list, is_banned
from listserv.store.merging import merge_persons
from listserv.store.owners import (
    administrators,
    grant_in_network,
    hand_over,
    in_charge,
    keepers,
    owners,
    without_a_living_owner,
)
from listserv.store.people import find_member, members, person_of, recipient_set, remove_member, set_roles
from listserv.store.person_record import correct_name, record
from listserv.store.schema import bans, metadata, persons, posts, subscriptions, thanks
from listserv.store.sessions import begin_session, session_person, sign_in_number, sign_out_everywhere
from tests.store_site import NOW, a_list, a_member, a_post, judged, made

MERE, PRIVATE, JO = "mere@school.example", "mere@private.example", "jo@school.example"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with made(database_url) as found:
        yield found


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.begin() as found:
        yield found


def person(connection: Connection, address: str) -> int:
    found = person_of(connection, address_key(address))
    assert found is not None
    return found


def reached(connection: Connection, mail_list: MailList) -> list[str]:
    """The addresses a post of the list goes to now."""
    ids = recipient_set(connection, get_list(connection, mail_list.address)).ids
    return sorted(addressees(connection, list(ids)).addresses.values())


def test_posts_from_any_address_are_hers_and_mail_goes_to_one(connection: Connection) -> None:
    english = a_member(connection, a_list(connection), MERE, name="Mere Tāmati")
    mere = person(connection, MERE)
    add_address(connection, mere, PRIVATE, NOW)
    judged(connection, english, a_post(PRIVATE), return_path=PRIVATE)
    assert connection.execute(select(posts.c.person_id)).scalars().all() == [mere]
    assert reached(connection, english) == [MERE]
    assert add_address(connection, mere, PRIVATE.upper(), NOW) == addresses_of(connection, mere)[1].id


def test_another_address_is_no_way_around_a_ban(connection: Connection) -> None:
    english, esol = a_list(connection), a_list(connection, "esol")
    a_member(connection, english, MERE)
    ban(connection, english, MERE, NOW)
    for _ in range(2):
        add_address(connection, person(connection, MERE), PRIVATE, NOW)
    assert is_banned(connection, english, PRIVATE, NOW) and not is_banned(connection, esol, PRIVATE, NOW)
    assert len(connection.execute(select(bans.c.id)).all()) == 2


def test_a_roles_address_is_never_added_and_never_gets_another(connection: Connection) -> None:
    english = a_member(connection, a_list(connection), MERE)
    a_member(connection, english, "principal@school.example")
    with pytest.raises(Refused, match="role"):
        add_address(connection, person(connection, MERE), "office@school.example", NOW)
    with pytest.raises(Refused, match="role"):
        add_address(connection, person(connection, "principal@school.example"), PRIVATE, NOW)
    with pytest.raises(Refused, match="somebody else"):
        add_address(connection, person(connection, MERE), "principal@school.example", NOW)
    with pytest.raises(Refused, match="history"):
        merge_persons(connection, person(connection, MERE), person(connection, "principal@school.example"), "x", NOW)


def test_mail_moves_and_an_address_given_up_gets_none(connection: Connection) -> None:
    english, esol = a_list(connection), a_list(connection, "esol")
    for each in (english, esol):
        a_member(connection, each, MERE)
    mere = person(connection, MERE)
    old = on_file(connection, MERE)
    assert old is not None and reached(connection, english) == [MERE]
    assert move_mail(connection, mere, add_address(connection, mere, PRIVATE, NOW), [old.id]) == [english.id, esol.id]
    stop(connection, old.id, GIVEN_UP, NOW)
    assert reached(connection, english) == reached(connection, esol) == [PRIVATE]
    found = on_file(connection, PRIVATE)
    assert found is not None
    stop(connection, found.id, "bounced", NOW)
    assert reached(connection, english) == []
    start_again(connection, found.id, NOW)
    assert reached(connection, english) == [PRIVATE]
    stop(connection, found.id, "bounced", NOW)
    assert reached(connection, english) == []
    assert add_address(connection, mere, PRIVATE, NOW) == found.id
    assert reached(connection, english) == [PRIVATE]
    correct_address(connection, found, "mere@privat.example")
    assert reached(connection, english) == ["mere@privat.example"]


def test_a_schools_new_domain(connection: Connection) -> None:
    english = a_list(connection)
    for address in (MERE, JO, "aroha@school.example", "aroha@kura.example", "tom@sub.school.example"):
        a_member(connection, english, address)
    add_address(connection, person(connection, JO), "jo@kura.example", NOW)
    done = rename_domain(connection, "school.example", "kura.example", NOW)
    assert [old for old, _ in done.moved] == [JO, MERE]
    assert done.taken == [("aroha@school.example", "aroha@kura.example")]
    assert reached(connection, english) == sorted(
        ["jo@kura.example", "mere@kura.example", "aroha@kura.example", "aroha@school.example", "tom@sub.school.example"]
    )
    assert person(connection, MERE) == person(connection, "mere@kura.example")


def test_two_records_become_one_person_with_everything(connection: Connection) -> None:
    english, esol = a_list(connection), a_list(connection, "esol")
    a_member(connection, english, MERE, name="Mere Tāmati", delivery=Delivery.NONE)
    a_member(connection, english, PRIVATE, granted=[Role.FACILITATOR])
    esol = a_member(connection, esol, PRIVATE, granted=[Role.OWNER])
    for number, author in enumerate((MERE, PRIVATE, PRIVATE)):
        judged(connection, english, a_post(author, f"Post {number}"), return_path=author)
    kept, other = person(connection, MERE), person(connection, PRIVATE)
    first = connection.execute(select(posts.c.id, posts.c.thread_id).order_by(posts.c.id)).first()
    assert first is not None
    for each in (kept, other):
        connection.execute(insert(thanks).values(post_id=first.id, thread_id=first.thread_id, person_id=each, at=NOW))
    begin_session(connection, other, "secret", NOW)
    merge_persons(connection, kept, other, "test", NOW)
    assert {each.key for each in addresses_of(connection, kept)} == {MERE, PRIVATE}
    here = find_member(connection, english, kept, NOW)
    there = find_member(connection, esol, kept, NOW)
    assert here is not None and there is not None
    assert (here.posts, here.delivery, Role.FACILITATOR in here.roles) == (3, Delivery.NONE, True)
    assert Role.OWNER in there.roles and reached(connection, esol) == [PRIVATE]
    assert set(connection.execute(select(posts.c.person_id)).scalars()) == {kept}
    assert connection.execute(select(thanks.c.person_id)).scalars().all() == [kept]
    assert connection.execute(select(persons.c.id)).scalars().all() == [kept]
    assert session_person(connection, "secret", NOW) is None


def test_of_two_places_the_one_who_is_still_there_stays(connection: Connection) -> None:
    english = a_member(connection, a_list(connection), MERE)
    english = a_member(connection, english, PRIVATE)
    gone = find_member(connection, english, person(connection, MERE), NOW)
    assert gone is not None
    leave(connection, gone.id, "page", "leave", NOW)
    merge_persons(connection, person(connection, MERE), person(connection, PRIVATE), "test", NOW)
    assert reached(connection, english) == [PRIVATE]
    assert connection.execute(select(subscriptions.c.person_id)).scalars().all() == [person(connection, MERE)]


def test_nobody_inherits_the_links_of_who_was_merged(connection: Connection) -> None:
    english = a_member(connection, a_member(connection, a_list(connection), MERE), PRIVATE)
    kept, other = person(connection, MERE), person(connection, PRIVATE)
    place = find_member(connection, english, other, NOW)
    assert place is not None
    merge_persons(connection, kept, other, "test", NOW)
    a_member(connection, english, "newcomer@school.example")
    newcomer = person(connection, "newcomer@school.example")
    hers = find_member(connection, english, newcomer, NOW)
    assert hers is not None
    assert newcomer != other, "her links would sign in as the newcomer"
    assert hers.id != place.id, "her links would have the newcomer leave"


def test_no_table_that_names_a_person_is_forgotten_by_a_merge() -> None:
    """A new table with one row a person and place must say so by a unique constraint, which the merge then heeds."""
    named = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if "person" in column.name and table is not persons and not column.foreign_keys
    }
    assert named == set()


def test_the_last_owner_stays_until_another_is_there(connection: Connection) -> None:
    english = a_member(connection, a_list(connection), JO, granted=[Role.OWNER, Role.FACILITATOR])
    jo = find_member(connection, english, person(connection, JO), NOW)
    assert jo is not None and is_last_owner(connection, english.id, jo.person_id)
    for attempt in (
        lambda: remove_member(connection, english, jo, NOW),
        lambda: leave(connection, jo.id, "page", "leave", NOW),
        lambda: set_roles(connection, english, jo.person_id, [Role.MODERATOR]),
    ):
        with pytest.raises(LastOwner, match="without an owner"), connection.begin_nested():
            attempt()
    set_roles(connection, english, jo.person_id, [Role.OWNER])
    successor = hand_over(connection, english, MERE, "Mere", jo.person_id, "test", NOW)
    assert [each.address for each in owners(connection, english.id)] == [MERE]
    assert is_last_owner(connection, english.id, successor)
    remove_member(connection, english, jo, NOW)
    archive_list(connection, english, NOW)
    mere = find_member(connection, english, successor, NOW)
    assert mere is not None
    remove_member(connection, english, mere, NOW)


def test_lists_whose_owners_no_mail_reaches(connection: Connection) -> None:
    english = a_member(connection, a_list(connection), JO, granted=[Role.OWNER])
    a_member(connection, english, MERE, granted=[Role.OWNER])
    a_list(connection, "ownerless")
    assert without_a_living_owner(connection) == []
    for address in (JO, MERE):
        found = on_file(connection, address)
        assert found is not None
        stop(connection, found.id, "bounced", NOW)
    assert without_a_living_owner(connection) == [english.id]
    assert keepers(connection, english.id, [Role.OWNER]) == []
    add_address(connection, person(connection, MERE), PRIVATE, NOW)
    assert [each.address for each in in_charge(connection, english, "post@x.example", {Role.OWNER})] == [
        "post@x.example"
    ]
    assert grant_in_network(connection, english.network_id, person(connection, MERE), Role.ADMINISTRATOR)
    assert [each.address for each in administrators(connection, english.network_id)] == [PRIVATE]


def test_who_is_asked_about_a_list_is_the_first_rank_anybody_of_which_mail_reaches(connection: Connection) -> None:
    english = a_member(connection, a_list(connection), JO, granted=[Role.OWNER])
    a_member(connection, english, MERE, granted=[Role.MODERATOR])
    ranks = ({Role.OWNER}, MODERATING)

    def asked(**but: int) -> list[str]:
        return [each.address for each in in_charge(connection, english, "post@x.example", *ranks, **but)]

    assert (asked(), asked(but=person(connection, JO))) == ([JO], [MERE])
    for address in (JO, MERE):
        found = on_file(connection, address)
        assert found is not None
        stop(connection, found.id, "bounced", NOW)
    assert asked() == ["post@x.example"]
    a_member(connection, a_list(connection, "maths"), PRIVATE)
    grant_in_network(connection, english.network_id, person(connection, PRIVATE), Role.ADMINISTRATOR)
    assert (asked(), asked(but=person(connection, PRIVATE))) == ([PRIVATE], ["post@x.example"])
    assert in_charge(connection, english, "", but=person(connection, PRIVATE)) == []


def test_who_a_stranger_may_be(connection: Connection) -> None:
    english = a_member(connection, a_list(connection), MERE, name="Mere Tāmati")
    english = a_member(connection, english, "office@school.example", name="Jo Smith")
    for name in ("Mere Tamati", "mere  TĀMATI", "Tāmati, Mere", "Mere Taamati"):
        assert candidates.named(connection, english.id, name) == {person(connection, MERE)}
    for name in ("", "Mere", "Jo Smith", "Mere Tāmati Smith"):
        assert candidates.named(connection, english.id, name) == set()
    assert candidates.at(connection, english.id, [MERE, "x@y.example"]) == {person(connection, MERE)}
    candidates.say_not_hers(connection, person(connection, MERE), PRIVATE, NOW)
    assert candidates.is_not_hers(connection, person(connection, MERE), PRIVATE)
    assert not candidates.is_not_hers(connection, person(connection, MERE), "other@private.example")


def test_a_name_is_corrected_over_her_posts_and_everything_about_her_is_shown(connection: Connection) -> None:
    english = a_member(connection, a_list(connection), MERE, name="Mear", granted=[Role.OWNER])
    judged(connection, english, a_post(f"Mear <{MERE}>"), return_path=MERE)
    correct_name(connection, person(connection, MERE), "Mere Tāmati", NOW)
    assert connection.execute(select(posts.c.author_name)).scalar_one() == "Mere Tāmati"
    shown = record(connection, person(connection, MERE))
    assert (shown.name, shown.posts, shown.addresses) == ("Mere Tāmati", 1, (MERE,))
    assert shown.roles == ("owner of english",) and english.address in shown.groups[0]
    assert [each.name for each in members(connection, english)] == ["Mere Tāmati"]


def test_signed_out_everywhere(connection: Connection) -> None:
    a_member(connection, a_list(connection), MERE)
    mere = person(connection, MERE)
    begin_session(connection, mere, "secret", NOW)
    assert sign_in_number(connection, mere) == 0
    sign_out_everywhere(connection, mere)
    assert session_person(connection, "secret", NOW) is None and sign_in_number(connection, mere) == 1
    assert sign_in_number(connection, mere + 1) is None


def test_a_role_address_through_a_year(connection: Connection) -> None:
    office, january = "office@school.example", datetime(2027, 1, 5, tzinfo=UTC)
    english = a_member(connection, a_list(connection), office, name="Old principal", granted=[Role.OWNER])
    a_member(connection, english, MERE)
    new_year = datetime(2027, 1, 1, tzinfo=UTC)
    (due,) = roleaddresses.due(connection, new_year)
    assert due.address == office
    assert roleaddresses.claim_question(connection, due.id, 2027, january)
    assert not roleaddresses.claim_question(connection, due.id, 2027, january)
    assert roleaddresses.stop_unanswered(connection, january + timedelta(days=29)) == 0
    assert roleaddresses.stop_unanswered(connection, january + timedelta(days=30)) == 1
    assert reached(connection, english) == [MERE] and roleaddresses.due(connection, new_year) == []
    judged(connection, english, a_post(office), return_path=office)
    before = person(connection, office)
    anew = roleaddresses.begin_anew(connection, due.id, january)
    start_again(connection, due.id, january + timedelta(days=31))
    assert person(connection, office) == anew != before and reached(connection, english) == sorted([MERE, office])
    place = find_member(connection, english, anew, january)
    assert place is not None and (place.name, place.posts, Role.OWNER in place.roles) == ("", 0, True)
    assert record(connection, before).posts == 1 and record(connection, anew).posts == 0
    assert roleaddresses.stop_unanswered(connection, january + timedelta(days=60)) == 0
