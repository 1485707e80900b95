"""The addresses of a list: each form of docs is read, nothing else is, none means two things."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from listserv.mail.listaddress import (
    TOKEN_SHORTEST,
    ListAddresses,
    ListLocal,
    Purpose,
    longest_name,
    make_local,
    split_local,
    valid_list_name,
)

TOKEN = "aaaaaadx27xc7mwtfehfwbcumydq"
NAMES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,23}", fullmatch=True).filter(valid_list_name)
TOKENS = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=TOKEN_SHORTEST, max_size=28)
WITH_TOKEN = frozenset({Purpose.REPLY, Purpose.CONFIRM, Purpose.MODERATE})
BOXES = st.sampled_from([None, "plg", "PLG.Waiuku", "a+b"])

FORMS = {
    "english": ("english", Purpose.POST, None),
    "ENGLISH": ("english", Purpose.POST, None),
    "y1-and-2": ("y1-and-2", Purpose.POST, None),
    "owner": ("owner", Purpose.POST, None),
    "english-owner": ("english", Purpose.OWNER, None),
    "english-request": ("english", Purpose.REQUEST, None),
    "English-Help": ("english", Purpose.HELP, None),
    "english-join": ("english", Purpose.JOIN, None),
    "english-subscribe": ("english", Purpose.JOIN, None),
    "english+subscribe": ("english", Purpose.JOIN, None),
    "english-leave": ("english", Purpose.LEAVE, None),
    "english-unsubscribe": ("english", Purpose.LEAVE, None),
    "english+unsubscribe": ("english", Purpose.LEAVE, None),
    "english-bounces": ("english", Purpose.BOUNCES, None),
    f"english-bounces+{TOKEN}": ("english", Purpose.BOUNCES, TOKEN),
    f"english-confirm+{TOKEN.upper()}": ("english", Purpose.CONFIRM, TOKEN),
    f"english-moderate+{TOKEN}": ("english", Purpose.MODERATE, TOKEN),
    f"english+{TOKEN}": ("english", Purpose.REPLY, TOKEN),
}
BOX_FORMS = {
    "plg+english": ("english", Purpose.POST, None),
    "PLG+English-Leave": ("english", Purpose.LEAVE, None),
    "plg+english-bounces": ("english", Purpose.BOUNCES, None),
    f"plg+english-confirm-{TOKEN}": ("english", Purpose.CONFIRM, TOKEN),
    f"plg+english-moderate-{TOKEN}": ("english", Purpose.MODERATE, TOKEN),
    f"plg+english-r-{TOKEN}": ("english", Purpose.REPLY, TOKEN),
    "plg+english-r": ("english-r", Purpose.POST, None),
}
NO_FORMS = [
    "", "-", "+", "english-", "-owner", "+owner", "english+", "english+x", "english-owner-owner", "english-confirm",
    "english-moderate", "postmaster", "abuse", "postmaster-owner", "en.glish", "en glish", "english\r\n", "\u212ait",
    "a" * 25, f"english-owner+{TOKEN}", f"english-r-{TOKEN}", f"english+{TOKEN}+x", "english+" + "a" * 60,
]  # fmt: skip


@pytest.mark.parametrize("local", FORMS)
def test_every_form_with_an_own_domain(local: str) -> None:
    assert split_local(local) == FORMS[local]


@pytest.mark.parametrize("local", BOX_FORMS)
def test_every_form_in_mailbox_mode(local: str) -> None:
    assert split_local(local, "plg") == BOX_FORMS[local]


@pytest.mark.parametrize("local", NO_FORMS)
def test_what_is_no_address_of_a_list(local: str) -> None:
    if local not in ("english-", f"english-r-{TOKEN}"):
        assert split_local(local) is None
    assert split_local(f"other+{local}", "plg") is None
    assert split_local(local, "plg") is None


def test_a_name_may_end_in_a_hyphen_but_not_hold_a_token() -> None:
    assert split_local("english-") == ("english-", Purpose.POST, None)
    assert split_local(f"english-r-{TOKEN}") is None


@pytest.mark.parametrize(
    "name", ["english-owner", "x-bounces", "x-moderate", "x-confirm", "x-unsubscribe", "abuse", "English"]
)
def test_names_that_would_be_a_function(name: str) -> None:
    assert not valid_list_name(name)


@given(NAMES, st.sampled_from(Purpose), TOKENS, BOXES, st.booleans())
def test_make_then_split_is_identity(name: str, purpose: Purpose, token: str, box: str | None, signed: bool) -> None:
    has_token = purpose in WITH_TOKEN or (purpose is Purpose.BOUNCES and signed)
    assume(len(box or "") + len(name) + len("+-moderate-") + len(token) <= 64)
    said = ListLocal(name, purpose, token if has_token else None)
    local = make_local(*said, box=box)
    assert len(local) <= 64
    assert split_local(local, box) == said
    assert split_local(local.swapcase(), box) == said


@given(st.text("enr-+a2", max_size=40), BOXES)
def test_split_then_make_is_identity_up_to_spelling(local: str, box: str | None) -> None:
    said = split_local(local if box is None else f"{box}+{local}", box)
    if said is not None:
        assert split_local(make_local(*said, box=box), box) == said


@given(st.text(max_size=70), BOXES)
def test_any_text_is_read_without_an_error(local: str, box: str | None) -> None:
    split_local(local, box)


def test_the_longest_name_leaves_room_for_every_token() -> None:
    for box in (None, "x", "plg.waiuku.school"):
        name = "n" * longest_name(box)
        for purpose in WITH_TOKEN:
            assert split_local(make_local(name, purpose, "a" * 26, box), box) == (name, purpose, "a" * 26)
    assert longest_name("plg.waiuku.school") == 10


def test_what_has_no_local_part_is_an_error_of_ours() -> None:
    for name, purpose, token in [
        ("english-owner", Purpose.POST, None),
        ("english", Purpose.CONFIRM, None),
        ("english", Purpose.REPLY, "owner"),
        ("english", Purpose.OWNER, TOKEN),
        ("n" * 24, Purpose.CONFIRM, "a" * 32),
    ]:
        with pytest.raises(ValueError, match="is no"):
            make_local(name, purpose, token)


def test_addresses_of_a_list() -> None:
    own = ListAddresses("english", "lists.example.nz")
    assert own.of(Purpose.POST) == "english@lists.example.nz"
    assert own.of(Purpose.BOUNCES, TOKEN) == f"english-bounces+{TOKEN}@lists.example.nz"
    assert own.has_room_for_verp
    boxed = ListAddresses("english", "mail.example.nz", "plg")
    assert boxed.of(Purpose.REPLY, TOKEN) == f"plg+english-r-{TOKEN}@mail.example.nz"
    assert boxed.has_room_for_verp
    assert not ListAddresses("english", "mail.example.nz", "plg.waiuku.school.office").has_room_for_verp
