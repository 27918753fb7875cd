"""The typed shapes of what Spotify sends."""

from typing import Any

import pytest

from tests.unit.builders import encoded, page, row, track
from top50.read.spotify_types import decode_document

_A, _B = ({"id": name, "type": "track"} for name in "ab")


@pytest.mark.parametrize(
    ("fields", "song"),
    [
        ({"track": _A}, "a"),
        ({"item": _B}, "b"),
        ({"item": _B, "track": _A}, "b"),
        ({"item": None, "track": _A}, "a"),
        ({"item": True, "track": _A}, "a"),
        ({"item": _B, "track": True}, "b"),
    ],
)
def test_a_row_s_song_is_its_item_else_its_track_if_that_is_an_object(
    fields: dict[str, Any], song: str
) -> None:
    document = decode_document(encoded({"items": [fields]}))
    assert document is not None
    assert document.page is not None
    assert document.page.items is not None
    [found] = document.page.items
    assert found is not None
    assert (found.song and found.song.id) == song


def test_unknown_fields_do_not_matter() -> None:
    answer = page(
        [row(track(1, available_markets=["AA"], linked_from={"id": "x"}))], more={"than": ["known"]}
    )
    document = decode_document(encoded(answer))
    assert document is not None
    assert document.page is not None


@pytest.mark.parametrize(
    "field",
    [
        {"id": 7},
        {"name": ["x"]},
        {"explicit": "no"},
        {"duration_ms": 1.5},
        {"popularity": 2**31},
        {"album": "x"},
    ],
)
def test_a_field_of_a_wrong_type_is_left_to_the_patient_reader(field: dict[str, Any]) -> None:
    assert decode_document(encoded(page([row(track(1, **field))]))) is None


@pytest.mark.parametrize(
    "song",
    [
        {},
        {"item": "text", "track": 7},
        {"item": [1], "track": [{}]},
        {"track": False},
        {"track": {"id": "a"}},
    ],
)
def test_so_is_a_row_without_a_sure_song(song: dict[str, Any]) -> None:
    assert decode_document(encoded({"items": [song]})) is None
