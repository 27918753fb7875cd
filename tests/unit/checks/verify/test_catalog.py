"""A catalog.duckdb that is not what the files say."""

from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.tables.publish import publish
from top50.transform import build_tables

from .conftest import PENDING, Patient


def test_a_catalog_that_says_something_else_is_reported(patient: Patient) -> None:
    assert list(patient.wrong(catalog="duckdb")) == ["catalog"], "there is none"
    refresh_duckdb(patient.lake)
    assert patient.wrong(catalog="duckdb") == {}
    publish(patient.lake, build_tables([PENDING]).tables)
    lines = patient.wrong()["catalog"]
    assert any("catalog.duckdb has other rows of chart_entries than its files" in line for line in lines)
    patient.lake.write(CATALOG, b"no database")
    assert "catalog.duckdb cannot be read" in patient.wrong()["catalog"][0]
