"""The data dictionary agrees with the definitions, and with what the views return."""

import sys
from pathlib import Path

import polars as pl
import pytest

from deployments.bi import dictionary
from top50.catalog.views import VIEWS
from top50.errors import Top50Error
from top50.tables.schemas import TABLES

from .catalog.in_duckdb import rows_of, small, views_on, with_album_and_artists

W1, W2, W3, W5 = "2026-10-22", "2026-10-29", "2026-11-05", "2026-11-19"


def test_the_page_is_current() -> None:
    assert dictionary.PAGE.read_text(encoding="utf-8") == dictionary.page()


def test_every_table_view_and_column_is_there() -> None:
    text = dictionary.page()
    for name, comments in {
        **{table.name: table.comments for table in TABLES.values()},
        **{view.name: view.columns for view in VIEWS.values()},
    }.items():
        (section,) = (part for part in text.split("\n## ") if part.split("\n")[0].endswith(f" `{name}`"))
        rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| `")]
        assert [(row[0].strip("| `"), row[-1].removesuffix(" |")) for row in rows] == list(comments.items())


def test_relations_name_keys_and_columns_that_exist() -> None:
    for relation in dictionary.RELATIONS:
        assert TABLES[relation.one].key == [relation.key]
        assert relation.column in TABLES[relation.many].types


def test_keys_of_views_are_keys_and_only_columns_that_may_be_null_are_null() -> None:
    tables = small({W1: "abc", W2: "bad", W3: "bda", W5: "cab"}, {"d": {"album_id": "x"}})
    tables["chart_entries"] = tables["chart_entries"].with_columns(label=pl.lit("A Label"))
    with views_on(with_album_and_artists(tables, "x", {"a": "p", "b": "pq"})) as catalog:
        for view in VIEWS:
            rows = rows_of(catalog, f"SELECT * FROM {view}")
            key = dictionary.VIEW_KEYS[view].split(", ")
            assert rows
            assert len({tuple(row[name] for name in key) for row in rows}) == len(rows)
            null = {name for row in rows for name, value in row.items() if value is None}
            assert null <= dictionary.MAY_BE_NULL.get(view, set())


def test_check_says_in_one_line_when_the_page_is_not_current(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = dictionary.page()
    monkeypatch.setattr(dictionary, "page", lambda: made)
    monkeypatch.setattr(sys, "argv", ["dictionary", "--check"])
    dictionary.main()
    monkeypatch.setattr(dictionary, "PAGE", tmp_path / "docs" / "page.md")
    with pytest.raises(
        Top50Error, match=r"page\.md is not current\. Run python -m deployments\.bi\.dictionary"
    ):
        dictionary.main()
    monkeypatch.setattr(sys, "argv", ["dictionary"])
    dictionary.main()
    assert dictionary.PAGE.read_text(encoding="utf-8") == dictionary.page()
