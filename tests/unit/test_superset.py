"""The Superset dashboard fits the views, fits together, and is zipped with the catalog's address."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import duckdb
import pytest
import yaml

from deployments.bi.superset.bundle import DATABASE, FILES, address, main, write_bundle
from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.catalog.views import VIEWS
from top50.errors import SettingsError
from top50.lake.directory import DirectoryLake

Asset = dict[str, Any]

OPTIONS = "?access_mode=read_only&enable_external_access=false"
COLUMN_KEYS = ("all_columns", "groupby", "columns")


def assets(folder: str = "") -> dict[str, Asset]:
    return {
        file.relative_to(FILES).as_posix(): yaml.safe_load(file.read_text())
        for file in sorted((FILES / folder).rglob("*.yaml"))
    }


DATASETS = {asset["uuid"]: asset for asset in assets("datasets").values()}
CHARTS = {asset["slice_name"]: asset for asset in assets("charts").values()}


def columns_of(query: Asset) -> Iterator[str]:
    """Every column that a chart's parameters, or a query of it, name."""
    for key in COLUMN_KEYS:
        for column in query.get(key) or []:
            yield column if isinstance(column, str) else column["sqlExpression"]
    if "x_axis" in query:
        yield query["x_axis"]
    extra = [query[key] for key in ("series_limit_metric", "timeseries_limit_metric") if key in query]
    for metric in [*(query.get("metrics") or []), *extra]:
        if metric["expressionType"] == "SIMPLE":
            yield metric["column"]["column_name"]
        else:
            yield from re.findall(r"\b(?:chart_date|rank)\b", metric["sqlExpression"])


def labels_of(query: Asset) -> set[str]:
    return {metric["label"] for metric in query.get("metrics") or []}


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=lambda dataset: dataset["table_name"])
def test_a_dataset_is_a_view_with_exactly_its_columns(dataset: Asset) -> None:
    view = VIEWS[dataset["table_name"]]
    described = [(column["column_name"], column["description"]) for column in dataset["columns"]]
    assert described == list(view.columns.items())
    assert (dataset["sql"], dataset["schema"]) == (None, "main")
    assert dataset["main_dttm_col"] in {None, "chart_date"}


def test_the_types_of_columns_are_those_of_the_catalog(lake: DirectoryLake) -> None:
    refresh_duckdb(lake)
    with duckdb.connect(str(lake.root / CATALOG), read_only=True) as catalog:
        for dataset in DATASETS.values():
            described = catalog.execute(f"DESCRIBE {dataset['table_name']}").fetchall()
            types = [(column["column_name"], column["type"]) for column in dataset["columns"]]
            assert types == [row[:2] for row in described]


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS.keys())
def test_a_chart_asks_for_columns_that_its_dataset_has(chart: Asset) -> None:
    columns = set(VIEWS[DATASETS[chart["dataset_uuid"]]["table_name"]].columns)
    context = json.loads(chart["query_context"])
    (query,) = context["queries"]
    queried, drawn = set(columns_of(query)), set(columns_of(chart["params"]))
    assert queried == drawn
    assert queried <= columns
    assert labels_of(query) == labels_of(chart["params"])
    assert context["form_data"] == chart["params"]
    assert chart["params"]["viz_type"] == chart["viz_type"]


def test_every_uuid_is_used_by_one_asset_and_every_reference_is_met() -> None:
    found = [asset["uuid"] for asset in assets().values() if "uuid" in asset]
    assert len(set(found)) == len(found)
    databases = {asset["uuid"] for asset in assets("databases").values()}
    assert {asset["database_uuid"] for asset in DATASETS.values()} == databases
    assert {chart["dataset_uuid"] for chart in CHARTS.values()} == set(DATASETS)


def test_the_dashboard_shows_every_chart_and_where_the_data_come_from() -> None:
    (dashboard,) = assets("dashboards").values()
    position = {name: part for name, part in dashboard["position"].items() if isinstance(part, dict)}
    drawn = [part["meta"]["uuid"] for part in position.values() if part["type"] == "CHART"]
    assert sorted(drawn) == sorted(chart["uuid"] for chart in CHARTS.values())
    assert "Data from [Spotify](https://open.spotify.com)" in position["MARKDOWN-spotify"]["meta"]["code"]
    for name, part in position.items():
        for child in part.get("children", []):
            assert position[child]["parents"][-1] == name
    (filter_,) = dashboard["metadata"]["native_filter_configuration"]
    for target in filter_["targets"]:
        assert target["column"]["name"] in VIEWS[DATASETS[target["datasetUuid"]]["table_name"]].columns


def test_the_zip_holds_every_file_and_the_address_of_the_catalog(tmp_path: Path) -> None:
    catalog = tmp_path / 'a lake: it\'s "mine" # 🎵' / CATALOG
    out = tmp_path / "top50.zip"
    write_bundle(catalog, out)
    with ZipFile(out) as bundle:
        assert sorted(bundle.namelist()) == sorted(f"top50/{name}" for name in assets())
        database = yaml.safe_load(bundle.read(f"top50/{DATABASE}"))
        assert yaml.safe_load(bundle.read("top50/metadata.yaml"))["type"] == "Dashboard"
    assert database["sqlalchemy_uri"] == f"duckdb:///{catalog}{OPTIONS}" == address(catalog)
    assert {**database, "sqlalchemy_uri": ""} == {**assets("databases")[DATABASE], "sqlalchemy_uri": ""}
    again = tmp_path / "again.zip"
    write_bundle(catalog, again)
    assert again.read_bytes() == out.read_bytes()


def test_a_path_that_no_address_can_say_is_refused() -> None:
    with pytest.raises(SettingsError, match="question mark"):
        address(Path("/lake?/catalog.duckdb"))


def test_the_command_says_what_it_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    catalog, out = tmp_path / CATALOG, tmp_path / "out.zip"
    monkeypatch.setattr(sys, "argv", ["bundle", "--catalog", str(catalog), "--out", str(out)])
    main()
    assert out.is_file()
    assert "There is no such file here" in capsys.readouterr().out
    catalog.touch()
    main()
    assert capsys.readouterr().out == f"✓ {out}: 17 files, duckdb:///{catalog}{OPTIONS}\n"
