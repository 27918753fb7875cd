"""`.env` is read whole or not at all: a line that is passed over would silently mean another lake."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from tests.torture.environment_cases import ENV_FILES
from top50.env_file import load_env_file
from top50.errors import SettingsError


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    with mock.patch.dict(os.environ, clear=True):
        yield


@pytest.mark.parametrize(("content", "says"), ENV_FILES.items())
def test_a_line_that_cannot_be_read_is_named_and_nothing_is_taken(
    tmp_path: Path, content: bytes, says: str
) -> None:
    file = tmp_path / ".env"
    file.write_bytes(content)
    with pytest.raises(SettingsError) as refused:
        load_env_file(file)
    assert says.format(file) in str(refused.value)
    assert not {"A", "B", "TOP50_LAKE"} & set(os.environ)


def test_what_windows_editors_and_shells_write_is_read(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(
        b"\xef\xbb\xbfTOP50_LAKE=there\r\n# a comment\r\nexport A='b c'\r\nTWO=\"of\nthem\"\r\nB=\r\n"
    )
    load_env_file(file)
    expected = {"TOP50_LAKE": "there", "A": "b c", "TWO": "of\nthem", "B": ""}
    assert {name: os.environ.get(name) for name in expected} == expected
