"""What an API key looks like, and what of it is kept."""

import re

from hypothesis import given
from hypothesis import strategies as st

from accounts import keys

CHARACTERS = st.characters(codec="ascii", categories=("L", "N", "P"))


def test_a_new_key_is_well_formed() -> None:
    key = keys.new_key()

    assert key.startswith("tur_live_")
    assert keys.is_well_formed(key)


def test_keys_differ() -> None:
    assert len({keys.new_key() for _ in range(1000)}) == 1000


@given(position=st.integers(0, 57), character=CHARACTERS)
def test_one_wrong_character_is_noticed(position: int, character: str) -> None:
    key = keys.new_key()
    mistyped = key[:position] + character + key[position + 1 :]

    assert keys.is_well_formed(mistyped) == (mistyped == key)


@given(st.text())
def test_no_text_breaks_the_check(text: str) -> None:
    assert not keys.is_well_formed(text)
    assert not keys.is_well_formed("tur_live_" + text)


@given(st.text(max_size=3))
def test_a_key_with_something_around_it_is_not_well_formed(extra: str) -> None:
    key = keys.new_key()

    assert keys.is_well_formed(extra + key) == (extra == "")
    assert keys.is_well_formed(key + extra) == (extra == "")


def test_the_digest_gives_nothing_away() -> None:
    key = keys.new_key()

    assert re.fullmatch("[0-9a-f]{64}", keys.digest(key))
    assert keys.digest(key) == keys.digest(key) != keys.digest(keys.new_key())


def test_the_shown_prefix_tells_keys_apart_but_is_no_use() -> None:
    key = keys.new_key()

    assert key.startswith(keys.shown_prefix(key))
    assert len(keys.shown_prefix(key)) == 13
