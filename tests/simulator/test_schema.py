"""Answers against Spotify's own description of its Web API, an OpenAPI document.

Where reality deviates: `available_markets` is required of an album, but development apps no longer get it.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from top50.simulator import MIRROR, Simulator

from .conftest import Get

jsonschema: Any = import_module("jsonschema")  # comes without types

WEEKLY = "/playlists/37i9dQZEVXbNG2KDcFcKOF"


@pytest.fixture(scope="module")
def components(shared: Path) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one written in C is ten times as fast
    return _nullable(yaml.load((shared / "spotify-openapi.yml").read_text("utf-8"), loader)["components"])


def _nullable(schema: Any) -> Any:
    """OpenAPI's `nullable` as JSON Schema says it."""
    if isinstance(schema, list):
        return [_nullable(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    converted = {key: _nullable(part) for key, part in schema.items()}
    if converted.pop("nullable", None) is True and isinstance(converted.get("type"), str):
        converted["type"] = [converted["type"], "null"]
    return converted


def problems(components: Any, name: str, answer: Any) -> list[str]:
    schema = {"$ref": f"#/components/schemas/{name}", "components": components}
    return [
        f"{error.json_path}: {error.message[:200]}"
        for error in jsonschema.Draft202012Validator(schema).iter_errors(answer)
    ]


def without_markets(components: Any) -> Any:
    album = components["schemas"]["AlbumBase"]
    required = [name for name in album["required"] if name != "available_markets"]
    schemas = {**components["schemas"], "AlbumBase": {**album, "required": required}}
    return {**components, "schemas": schemas}


@pytest.mark.parametrize("doubled", [False, True])
def test_playlist(components: Any, spotify: Simulator, app_get: Get, doubled: bool) -> None:
    spotify.doubled = doubled
    assert problems(components, "PlaylistObject", app_get(WEEKLY).json()) == []


@pytest.mark.parametrize("path", ["tracks", "items"])
def test_page(components: Any, app_get: Get, path: str) -> None:
    page = app_get(f"{WEEKLY}/{path}", limit=20).json()
    assert problems(components, "PagingPlaylistTrackObject", page) == []


def test_track(components: Any, app_get: Get) -> None:
    song = app_get(WEEKLY).json()["tracks"]["items"][0]["track"]
    assert problems(components, "TrackObject", app_get(f"/tracks/{song['id']}").json()) == []


def test_development_app(components: Any, development: Simulator, user_get: Get) -> None:
    assert development.app == "development"
    page = user_get(f"/playlists/{MIRROR}/items").json()
    assert problems(without_markets(components), "PagingPlaylistTrackObject", page) == []
    assert problems(components, "PagingPlaylistTrackObject", page) != []


def test_error(components: Any, app_get: Get) -> None:
    assert problems(components, "ErrorObject", app_get("/playlists/unknown").json()["error"]) == []
