"""docs/settings.md is what the code says, and leaves no setting out."""

import sys
from pathlib import Path

import pytest

from deployments import settings_page
from top50.settings import Settings


def test_the_page_is_current() -> None:
    assert settings_page.PAGE.read_text(encoding="utf-8") == settings_page.page()


def test_every_setting_is_on_the_page_once() -> None:
    listed = [name for names in settings_page.GROUPS.values() for name in names]
    assert sorted(listed) == sorted(Settings.model_fields)
    assert set(settings_page.DETAILS) | set(settings_page.DEFAULTS) <= set(listed)


def test_a_row_has_the_values_and_the_default_of_the_code() -> None:
    text = settings_page.page()
    assert "| `TOP50_SIZE` | How many ranks to keep. | 1 to 200 | `50` |" in text
    assert "| `published`, `needed` | `published` |" in text
    assert "| `true`, `false` | `false` |" in text


def test_check_says_in_one_line_when_the_page_is_not_current(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["settings_page", "--check"])
    settings_page.main()
    monkeypatch.setattr(settings_page, "PAGE", tmp_path / "page.md")
    with pytest.raises(SystemExit, match=r"✗ page\.md is not current: run python -m deployments"):
        settings_page.main()
    monkeypatch.setattr(sys, "argv", ["settings_page"])
    settings_page.main()
    assert settings_page.PAGE.read_text(encoding="utf-8") == settings_page.page()
