"""Which addresses are a post's in a school, and which a person's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.mail.roleaddress import is_role_address

ROLES = (
    "principal office admin room5 rm12 room.5 room-b reception secretary deputy.principal office.admin library info"
    " enquiries tumuaki tari tūmuaki rūma5 te.tari whare.pukapuka akomanga7 year7 yr7-8 esol senco rtlb helpdesk"
    " it.support noreply no-reply head.of.english principal+lists HOD.Science 12345 kaiako whānau kura"
)
PEOPLE = (
    "mere mere.tamati m.tamati tamatim j j.s office.mere principal.jones head.jane aroha.tari roomi tereo hone"
    " whaea.mere jo7 wren teresa mt itoya staffordj deanna.w deans.mere dean art.jones junior"
)


@pytest.mark.parametrize("local", ROLES.split())
def test_a_posts_address_is_known_by_its_words(local: str) -> None:
    assert is_role_address(f"{local}@school.example")


@pytest.mark.parametrize("local", PEOPLE.split())
def test_a_persons_is_hers(local: str) -> None:
    assert not is_role_address(f"{local}@office.example")


@given(st.text(max_size=400))
def test_any_text_has_an_answer(text: str) -> None:
    assert is_role_address(text) in (True, False)
