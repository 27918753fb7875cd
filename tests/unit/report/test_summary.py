"""A run as a page of the dashboard, and what was set aside as a table."""

import io
from pathlib import Path

import polars as pl

from top50.errors import CatalogError
from top50.raw import SetAside
from top50.report.links import links_of
from top50.report.outcome import Outcome
from top50.report.summary import quality_table, set_aside_table, summary_markdown
from top50.settings import Settings, load_settings
from top50.tables.files import Published

from .test_outcome import NO_ENTRIES, after_a_batch


def test_the_page_shows_what_was_set_aside_as_text() -> None:
    outcome = after_a_batch(**{"a.json": "new"})
    outcome.add_built(
        [],
        NO_ENTRIES,
        [SetAside("<b>`x`\n# y.json", "says [click](http://x)\n`rm`"), SetAside("a.json", "episode", 3)],
    )
    outcome.catalog = "here"
    page = summary_markdown(outcome, {"fetch": 1.234}, "/lake")
    assert "- `<b>'x' # y.json` (quarantine): `says [click](http://x) 'rm'`" in page
    assert "- `a.json` (rank 3): `episode`" in page
    assert "- `a.json`: new" in page
    assert "- `transformed_data/songs/songs.parquet`: 50 rows (+8)" in page
    assert "- fetch: 1.23 s" in page
    assert "Lake: `/lake`\n\nCatalog: `here`" in page
    assert "](http" not in page.replace("says [click](http://x) 'rm'", "")


def test_a_long_page_stays_short() -> None:
    outcome = Outcome(("global-weekly",))
    outcome.add_built([], NO_ENTRIES, [SetAside(f"{number}.json", "empty") for number in range(500)])
    assert summary_markdown(outcome, {}, "/lake").count("quarantine): `empty`") == 50


def test_a_run_that_ended_early_says_why_what_to_do_and_what_was_done() -> None:
    error = CatalogError("spotify_songs_crawler FAILED: no `<b>rights`", "Look at its log")
    page = summary_markdown(after_a_batch(), {"publish": 0.5}, "/lake", error)
    assert (
        "## Failed\n\n`spotify_songs_crawler FAILED: no '<b>rights'`\n\nWhat to do: `Look at its log`" in page
    )
    assert "- `transformed_data/songs/songs.parquet`: 50 rows (+8)" in page
    assert "Catalog: `not refreshed`" in page


def test_the_page_links_to_what_the_console_shows() -> None:
    outcome = after_a_batch()
    outcome.links = links_of(on_s3(), {"AWS_REGION": "eu-central-1"})
    page = summary_markdown(outcome, {}, "s3://bucket/top50")
    console = "https://console.aws.amazon.com"
    assert f"`s3://bucket/top50` [open]({console}/s3/buckets/bucket?prefix=top50%2F)" in page
    assert (
        f"[open]({console}/glue/home?region=eu-central-1#/v2/data-catalog/databases/view/spotify_top50)"
        in page
    )
    assert f"[open]({console}/s3/object/bucket?prefix=top50%2Freports%2Fglobal-weekly.html)" in page


def test_a_bucket_without_prefix_is_linked_to_as_a_whole() -> None:
    assert links_of(on_s3("s3://bucket"), {})["lake"].endswith("/s3/buckets/bucket?prefix=")
    assert links_of(on_s3("s3://bucket/"), {})["page"].endswith("?prefix=reports%2Fglobal-weekly.html")


def test_there_is_no_console_for_a_directory_or_another_s3() -> None:
    assert links_of(on_s3("/lake"), {}) == {}
    assert links_of(on_s3(), {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"}) == {}
    assert "catalog" not in links_of(on_s3(catalog="none"), {})


def test_what_was_set_aside_is_a_table_too() -> None:
    outcome = Outcome(("global-weekly",))
    outcome.add_built([], NO_ENTRIES, [SetAside("a.json", "an\nepisode", 3), SetAside("b.json", "empty")])
    assert set_aside_table(outcome) == [
        {"raw_key": "`a.json`", "rank": 3, "went to": "no row", "reason": "`an episode`"},
        {"raw_key": "`b.json`", "rank": "all", "went to": "quarantine", "reason": "`empty`"},
    ]


def test_each_file_is_reported_with_its_rows_and_what_they_lack() -> None:
    rows = pl.DataFrame({"song_id": ["a", "b", "c"], "isrc": ["x", None, None], "url": [None, "u", "v"]})
    content = io.BytesIO()
    rows.write_parquet(content, row_group_size=2)
    file = Published("songs", "transformed_data/songs/songs.parquet", 3, 1, True, content=content.getvalue())
    assert quality_table([file]) == [
        {
            "table": "songs",
            "part": "",
            "rows": 3,
            "new": 1,
            "written": "yes",
            "null": "isrc 2, url 1",
        }
    ]


def test_a_part_of_a_table_is_reported_by_the_values_that_it_stands_for() -> None:
    content = io.BytesIO()
    pl.DataFrame({"rank": [1]}).write_parquet(content)
    key = "transformed_data/chart_entries/chart=global-weekly/year=2026/chart_entries.parquet"
    file = Published("chart_entries", key, 1, 1, True, content=content.getvalue())
    assert quality_table([file])[0]["part"] == "global-weekly, 2026"


def test_a_file_that_lacks_nothing_says_so() -> None:
    content = io.BytesIO()
    pl.DataFrame({"album_id": ["a"]}).write_parquet(content)
    whole = Published(
        "album", "transformed_data/album/album.parquet", 1, 0, False, content=content.getvalue()
    )
    assert [(row["null"], row["written"]) for row in quality_table([whole])] == [("none", "unchanged")]


def on_s3(lake: str = "s3://bucket/top50", catalog: str | None = None) -> Settings:
    return load_settings(Path("no.env"), lake=lake, catalog=catalog)
