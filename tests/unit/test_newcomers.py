"""Many new people in a few statements are what `add_member` makes of each of them, on both engines."""

from __future__ import annotations

from listserv.model.lists import Role
from listserv.store.lists import get_list
from listserv.store.newcomers import Newcomer, NewPlace, add_newcomers, strangers
from listserv.store.people import members
from tests.store_site import NOW, a_list, a_member, made


def test_newcomers_are_what_single_members_are(database_url: str) -> None:
    with made(database_url) as database, database.begin() as connection:
        one_by_one, together = a_list(connection, "one"), a_list(connection, "together")
        people = [(f"p{number}@school.example", f"Person {number}") for number in range(1200)]
        for address, name in people[:3]:
            granted = {Role.MODERATOR, Role.MEMBER} if name == "Person 1" else None
            a_member(connection, one_by_one, address, name=name, granted=granted, digest="weekly")
        unknown = strangers(connection, [address for address, _ in people])
        assert unknown == {address for address, _ in people[3:]}

        newcomers = [Newcomer(address.title(), address, name) for address, name in people[3:]]
        for each in newcomers:
            moderates = frozenset({Role.MODERATOR, Role.MEMBER}) if each.name == "Person 4" else frozenset()
            each.places.append(NewPlace(together, {"digest": "weekly"}, moderates))
        add_newcomers(connection, newcomers, "file", "put in by a file", NOW)
        assert strangers(connection, [address for address, _ in people]) == set()

        found = {each.name: each for each in members(connection, together)}
        assert {each.address for each in found.values()} == {each.address for each in newcomers}
        assert all(found[each.name].address == each.address for each in newcomers)
        first, second, third = sorted(members(connection, one_by_one), key=lambda each: each.name)
        for single, many in ((first, "Person 3"), (second, "Person 4"), (third, "Person 5")):
            new = found[many]
            assert (single.delivery, single.digest, single.own_copy) == (new.delivery, new.digest, new.own_copy)
            assert (single.roles, single.until, single.school) == (new.roles, new.until, new.school)
        assert get_list(connection, together.address).version > together.version
