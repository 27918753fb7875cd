"""The catalog on AWS as a whole: refreshed, checked, counted, summed up in one line."""

import io
from datetime import timedelta
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.servers.glue import GlueServer
from top50.aws import AwsSession
from top50.catalog.glue import GlueCatalog, why_not_athena
from top50.catalog.glue.proof import PROOF
from top50.errors import CatalogError, LakeError
from top50.lake import PROCESSED
from top50.lake.s3 import S3Lake
from top50.read.snapshot import Wanted
from top50.rebuild import rebuild
from top50.rebuild.replace import put_in_place
from top50.settings import Settings
from top50.simulator import snapshot
from top50.tables.files import Published, chart_file, songs_file

from .conftest import A_YEAR_AGO, DATABASE, FRIDAY, Publish

ANOTHER_WEEK = FRIDAY - timedelta(weeks=1)
ANOTHER_YEAR = FRIDAY.replace(year=2024)
ENTRIES = chart_file("global-weekly", 2026).key


def rewrite(lake: S3Lake, key: str) -> Published:
    """Writes a file anew with one row less, as a publish would; returns what a run says of it."""
    old = lake.read(key)
    assert old
    rows = pq.read_table(pa.BufferReader(old.content))[:-1]
    output = io.BytesIO()
    pq.write_table(rows, output)
    version = lake.replace(key, output.getvalue(), old)
    return Published("chart_entries", key, rows.num_rows, -1, changed=True, version=version)


class Runs:
    """Refreshes, proves and records the catalog as a run does; `lines` are the lines of its log."""

    def __init__(self, lake: S3Lake, glue: GlueServer) -> None:
        self.lake, self.glue = lake, glue
        self.lines: list[str] = []

    def __call__(self, published: dict[str, Published], *, may_shrink: bool = False, **settings: Any) -> str:
        self.lines.clear()
        self.glue.calls.clear()
        self.glue.athena.executed.clear()
        chosen = Settings.model_validate({"lake": self.lake.address, "glue_database": DATABASE, **settings})
        catalog = GlueCatalog(self.lake, chosen, AwsSession(), self.lines.append)
        refreshed = catalog.refresh(may_shrink=may_shrink)
        if refreshed.is_complete:
            return refreshed.summary
        line, proven = catalog.prove(refreshed, published)
        catalog.record(proven)
        return line

    @property
    def crawls(self) -> int:
        """How many crawlers the last run has started."""
        return self.glue.calls.count("StartCrawler")


@pytest.fixture
def run(lake: S3Lake, glue: GlueServer) -> Runs:
    return Runs(lake, glue)


PLACE = "Glue database spotify_top50: "
AT_FIRST = f"{PLACE}5 crawlers succeeded, 5 tables as published, 10 views (10 made)"
NOTHING_TO_DO = f"{PLACE}no crawl needed, 5 tables as proven before"


def test_a_run_makes_the_tables_visible_proves_them_and_makes_the_views(
    run: Runs, published: dict[str, Published], publish_week: Publish, glue: GlueServer
) -> None:
    assert run(published) == AT_FIRST
    assert "Glue shows 5 tables and 2 partitions as agreed" in run.lines
    rows = sum(file.rows for file in published.values()) + 50
    assert f"Athena counts {rows} rows in 5 tables, as published" in run.lines
    assert run.crawls == 5
    assert run(publish_week(ANOTHER_WEEK)) == f"{PLACE}5 crawlers succeeded, 5 tables as published, 10 views"
    assert run.crawls == 5
    assert len(glue.athena.executed) == 5, "a steady week counts, and asks nothing of the views"


@pytest.mark.parametrize("crawl", ["published", "needed"])
def test_a_run_that_published_nothing_looks_at_glue_and_nothing_more(
    run: Runs, published: dict[str, Published], crawl: str
) -> None:
    assert run(published, crawl=crawl) == AT_FIRST
    assert run({}, crawl=crawl) == NOTHING_TO_DO
    assert run.glue.calls == ["GetTables", "GetPartitions"]


def test_only_the_crawlers_of_tables_that_changed_are_started(
    run: Runs, lake: S3Lake, published: dict[str, Published]
) -> None:
    run(published)
    one = {ENTRIES: rewrite(lake, ENTRIES)}
    assert run(one) == f"{PLACE}1 crawler succeeded, 5 tables as published, 10 views"
    assert run.glue.athena.executed == [
        'SELECT "chart", "year", count(*) AS entries FROM "chart_entries" GROUP BY "chart", "year"'
    ]


def test_a_crawler_over_a_folder_without_a_file_is_not_started(
    run: Runs, published: dict[str, Published]
) -> None:
    run.lake.remove(songs_file().key)
    assert run(published).startswith(f"{PLACE}4 crawlers succeeded, 4 tables as published, no views before")
    assert run({}) == f"{PLACE}no crawl needed, 4 tables as proven before"


def test_with_crawl_needed_a_steady_week_crawls_nothing_and_a_new_year_one_table(
    run: Runs, published: dict[str, Published], publish_week: Publish
) -> None:
    assert run(published, crawl="needed") == AT_FIRST
    proven = "5 tables as published, 10 views"
    assert run(publish_week(ANOTHER_WEEK), crawl="needed") == f"{PLACE}no crawl needed, {proven}"
    assert (run.crawls, len(run.glue.athena.executed)) == (0, 5)
    assert run(publish_week(ANOTHER_YEAR), crawl="needed") == f"{PLACE}1 crawler succeeded, {proven}"
    assert "spotify_chart_entries_crawler ended: SUCCEEDED" in run.lines


def test_what_somebody_changed_in_glue_is_crawled_again(run: Runs, published: dict[str, Published]) -> None:
    run(published, crawl="needed")
    client = run.glue.client()
    client.delete_table(DatabaseName=DATABASE, Name="album")
    client.close()
    assert run({}, crawl="needed") == f"{PLACE}1 crawler succeeded, 5 tables as published, 10 views"
    assert "spotify_album_crawler ended: SUCCEEDED" in run.lines


@pytest.mark.parametrize("crawl", ["published", "needed"])
def test_what_a_failed_crawl_left_undone_is_done_by_a_run_with_nothing_pending(
    run: Runs, published: dict[str, Published], crawl: str
) -> None:
    run.glue.fail_next_crawl("spotify_songs_crawler", "Insufficient Lake Formation permission")
    with pytest.raises(CatalogError, match="spotify_songs_crawler FAILED"):
        run(published, crawl=crawl)
    assert "5 tables as published, 10 views (10 made)" in run({}, crawl=crawl)
    assert run({}, crawl=crawl) == NOTHING_TO_DO


def test_what_a_failed_proof_left_undone_is_done_by_a_run_with_nothing_pending(
    run: Runs, published: dict[str, Published]
) -> None:
    run.glue.athena.fail_next_query("Query exhausted resources")
    with pytest.raises(CatalogError, match="Query exhausted resources"):
        run(published)
    assert run({}) == AT_FIRST


def test_a_missing_view_is_made_again_by_a_run_with_nothing_pending(
    run: Runs, published: dict[str, Published]
) -> None:
    run(published)
    client = run.glue.client()
    client.delete_table(DatabaseName=DATABASE, Name="top_50")
    client.close()
    assert run({}) == f"{PLACE}no crawl needed, 5 tables as published, 10 views (1 made)"
    assert run({}) == NOTHING_TO_DO


@pytest.mark.parametrize("spoilt", [b"no JSON", b'{"database": "another", "files": {}}'])
def test_without_the_record_of_what_was_proven_all_is_proven_again(
    run: Runs, published: dict[str, Published], spoilt: bytes
) -> None:
    run(published)
    run.lake.write(PROOF, spoilt)
    assert run({}) == f"{PLACE}5 crawlers succeeded, 5 tables as published, 10 views"


def test_crawlers_may_have_names_of_their_own(run: Runs, published: dict[str, Published]) -> None:
    with pytest.raises(CatalogError, match="there is no crawler try_artist_crawler"):
        run(published, crawler_prefix="try_")


def test_without_crawlers_the_same_is_there(
    run: Runs, published: dict[str, Published], glue: GlueServer
) -> None:
    glue.reset()
    written = f"{PLACE}written without crawlers ({{}} changes), 5 tables as "
    first = run(published, catalog="glue-direct")
    assert first == written.format(8) + "published, 10 views (10 made)"
    assert not [call for call in glue.calls if "Crawler" in call]
    assert run({}, catalog="glue-direct") == written.format(0) + "proven before"
    assert run.glue.calls == ["GetTables", "GetPartitions"]


def test_athena_counts_once_it_is_asked(run: Runs, published: dict[str, Published]) -> None:
    assert "counts not proven" in run(published, athena_workgroup="none")
    assert run({}, athena_workgroup="none") == NOTHING_TO_DO
    assert run({}) == AT_FIRST


@pytest.mark.parametrize("kind", ["glue", "glue-direct"])
def test_a_lake_without_a_chart_is_reported(run: Runs, kind: str) -> None:
    assert run({}, catalog=kind).endswith(", no tables: the lake has no chart yet")


def test_athena_is_not_asked_when_the_settings_say_so(
    run: Runs, published: dict[str, Published], glue: GlueServer
) -> None:
    why = "TOP50_ATHENA_WORKGROUP=none"
    line = run(published, athena_workgroup="none")
    assert line.endswith(f"5 crawlers succeeded, 5 tables; counts not proven, no views: {why}")
    assert f"Rows are not counted and views not made: {why}" in run.lines
    assert not [call for call in glue.calls if "Query" in call or "WorkGroup" in call]


def test_the_real_athena_is_not_asked_beside_a_stand_in_for_glue(
    run: Runs, published: dict[str, Published], glue: GlueServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_GLUE", glue.endpoint_url)
    line = "counts not proven, no views: no Athena beside Glue at 127.0.0.1 (AWS_ENDPOINT_URL_ATHENA)"
    assert run(published).endswith(line)


def test_one_address_for_all_of_aws_is_that_of_athena_too(
    run: Runs, published: dict[str, Published], glue: GlueServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", glue.endpoint_url)
    assert "10 views" in run(published)


@pytest.mark.parametrize(
    ("glue_at", "athena_at", "is_asked"),
    [
        (None, None, True),
        ("https://vpce-1-2.glue.eu-west-1.vpce.amazonaws.com", None, True),
        ("http://localhost:5000", None, False),
        ("http://localhost:5000", "http://127.0.0.1:5001", True),
        (None, "http://127.0.0.1:5001", True),
    ],
)
def test_which_athena_belongs_to_which_glue(
    glue_at: str | None, athena_at: str | None, is_asked: bool
) -> None:
    session = boto3.Session("nobody", "nothing", region_name="eu-west-1")
    glue = session.client("glue", endpoint_url=glue_at)
    athena = session.client("athena", endpoint_url=athena_at)
    assert (why_not_athena(Settings.model_validate({}), glue, athena) == "") is is_asked


def test_a_table_that_a_crawler_got_wrong_fails_the_run_before_athena_is_asked(
    run: Runs, published: dict[str, Published], glue: GlueServer
) -> None:
    run(published)
    client = glue.client()
    at = f"{run.lake.address}/transformed_data/songs/"
    split: Any = {"Name": "songs_9d1", "TableType": "EXTERNAL_TABLE", "StorageDescriptor": {"Location": at}}
    client.create_table(DatabaseName=DATABASE, TableInput=split)
    client.close()
    with pytest.raises(CatalogError, match=r"spotify_top50.songs_9d1 is stored at"):
        run(published)
    assert glue.athena.executed == []


def test_rows_that_athena_does_not_see_fail_the_run(
    run: Runs, published: dict[str, Published], glue: GlueServer
) -> None:
    glue.athena.filter_rows("chart_entries", "rank > 1")
    with pytest.raises(CatalogError, match="Athena sees 49 rows of chart_entries, partition"):
        run(published)


@pytest.mark.parametrize("is_recorded", [True, False])
def test_a_file_that_is_gone_is_named_before_glue_is_asked_and_a_rebuild_mends_it(
    run: Runs, lake: S3Lake, is_recorded: bool
) -> None:
    for at in (A_YEAR_AGO, FRIDAY):
        key = f"chart=global-weekly/{at - timedelta(days=1):%Y-%m-%d}/a.json"
        lake.write(PROCESSED + key, snapshot("global-weekly", at))
    put_in_place(lake, rebuild(lake, Wanted(), lambda _: None))
    if is_recorded:
        run({}, catalog="glue-direct")
    lake.remove(ENTRIES)
    gone = (
        "is gone, and the catalog shows it" if is_recorded else "is missing, although raw_data/processed/ has"
    )
    with pytest.raises(LakeError, match=rf"/{ENTRIES} {gone}.* Run \S*python -m flows\.rebuild\.$"):
        run({}, catalog="glue-direct")
    assert run.glue.calls == []
    mended = {each.key: each for each in put_in_place(lake, rebuild(lake, Wanted(), lambda _: None))}
    run(mended, may_shrink=True, catalog="glue-direct")
    assert run({}, catalog="glue-direct").endswith("5 tables as proven before")


def test_after_a_rebuild_that_took_a_year_out_its_file_is_not_missed(
    run: Runs, lake: S3Lake, published: dict[str, Published]
) -> None:
    run(published, catalog="glue-direct")
    lake.remove(ENTRIES)
    assert "5 tables as published" in run({}, may_shrink=True, catalog="glue-direct")
    assert run({}, catalog="glue-direct").endswith("5 tables as proven before")


@pytest.mark.parametrize(
    ("key", "catalog"),
    [
        ("transformed_data/songs/notes.txt", "glue"),  # a crawler reads it
        ("transformed_data/songs/notes.txt", "glue-direct"),  # Athena reads it
        ("transformed_data/chart_entries/chart=global-weekly/year=2026/notes.txt", "glue-direct"),
    ],
)
def test_what_crawlers_and_athena_stumble_over_is_named_and_moving_it_away_is_enough(
    run: Runs, lake: S3Lake, published: dict[str, Published], key: str, catalog: str
) -> None:
    lake.write(key, b"mind the songs")
    with pytest.raises(CatalogError) as caught:
        run(published, catalog=catalog)
    stray = f"{lake.address}/{key} is not a file of a table, but"
    assert caught.value.what.startswith(f"{stray} Athena reads it: ")
    assert caught.value.remedy == "Move it away: Athena reads every file there."
    assert any(line.startswith(stray) for line in run.lines)
    lake.remove(key)
    assert "5 tables as published, 10 views" in run(published, catalog=catalog)
