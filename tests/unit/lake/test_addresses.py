"""An address that TOP50_LAKE cannot have is refused in one line, and no folder is created."""

from pathlib import Path

import pytest

from tests.torture.environment_cases import ADDRESSES
from top50.errors import LakeError
from top50.lake import open_lake
from top50.settings import Settings


@pytest.mark.parametrize(("address", "says"), ADDRESSES.items())
def test_an_address_that_names_no_lake_is_refused(
    address: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LakeError, match=says):
        open_lake(Settings.model_validate({"lake": address}), create=True)
    assert not list(tmp_path.iterdir())


def test_links_in_circles_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(LakeError, match="cannot create"):
        open_lake(Settings.model_validate({"lake": str(tmp_path / "a")}), create=True)
