"""The typed shapes of what Spotify sends."""

from typing import Any

import pytest

from top50.decode import decode_document
from top50.errors import RawError

from .builders import encoded, page, row, track


@pytest.mark.parametrize(
    ("fields", "song"),
    [
        ({"track": {"id": "a"}}, "a"),
        ({"item": {"id": "b"}}, "b"),
        ({"item": {"id": "b"}, "track": {"id": "a"}}, "b"),
        ({"item": None, "track": {"id": "a"}}, "a"),
        ({"item": True, "track": {"id": "a"}}, "a"),
        ({"item": {"id": "b"}, "track": True}, "b"),
        ({"item": "text", "track": 7}, None),
        ({"item": [1], "track": [{}]}, None),
        ({"track": False}, None),
        ({}, None),
    ],
)
def test_a_row_s_song_is_its_item_else_its_track_if_that_is_an_object(
    fields: dict[str, Any], song: str | None
) -> None:
    document = decode_document(encoded({"items": [fields]}))
    assert document.page is not None
    assert document.page.items is not None
    [found] = document.page.items
    assert found is not None
    assert (found.song and found.song.id) == song


def test_unknown_fields_do_not_matter() -> None:
    answer = page(
        [row(track(1, available_markets=["AA"], linked_from={"id": "x"}))], more={"than": ["known"]}
    )
    assert decode_document(encoded(answer)).page is not None


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
def test_a_field_of_a_wrong_type_is_not_guessed_at(field: dict[str, Any]) -> None:
    with pytest.raises(RawError, match="no JSON that Spotify sends"):
        decode_document(encoded(page([row(track(1, **field))])))
