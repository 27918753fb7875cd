import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from top50.simulator.world import ids, names


def test_no_two_songs_share_a_name() -> None:
    assert len({names.song_name(number, 50) for number in range(names.SONG_NAMES)}) == names.SONG_NAMES


def test_no_two_artists_share_a_name() -> None:
    assert len({names.artist_name(number, 50) for number in range(names.ARTIST_NAMES)}) == names.ARTIST_NAMES


def test_names_are_not_all_ascii() -> None:
    assert not all(names.artist_name(number, 50).isascii() for number in range(100))
    assert not all(names.song_name(number, 50).isascii() for number in range(100))


@settings(database=None)
@given(number=st.integers(0, ids.LARGEST - 1), seed=st.integers(0, 9))
def test_an_id_can_be_traced_back_to_its_number(number: int, seed: int) -> None:
    identifier = ids.encode("track", number, seed)
    assert len(identifier) == 22
    assert identifier.startswith("0simT")
    assert set(identifier) <= set(ids.ALPHABET)
    assert ids.decode("track", identifier, seed) == number


@pytest.mark.parametrize(
    "text", ["", "0simT", "A" * 22, "0simT" + "z" * 17, "0simT" + "é" * 17, "0simT" + "-" * 17]
)
def test_no_number_is_behind_a_stranger_id(text: str) -> None:
    assert ids.decode("track", text, 50) is None


def test_an_id_of_another_kind_or_world_is_a_stranger() -> None:
    identifier = ids.encode("album", 7, 50)
    assert ids.decode("track", identifier, 50) is None
    assert ids.decode("album", identifier, 51) is None
