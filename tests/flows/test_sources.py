"""Every way to a chart, as a user of today goes it: the same comes out, and Spotify is asked little."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from pydantic import SecretStr

from tests.flows.conftest import Command, PrefectApi, tree
from top50.charts import CHARTS
from top50.consent import SCOPE, Consent, write_consent_file
from top50.lake.directory import DirectoryLake
from top50.settings import Settings
from top50.simulator import MIRROR, REFRESH_TOKEN, Fault, Simulator, chart_csv, running
from top50.sources.source import open_source
from top50.tables.publish import publish
from top50.transform import build_tables

FRIDAY = datetime(2026, 11, 13, 22, tzinfo=UTC)
NEXT = FRIDAY + timedelta(weeks=1)
FRIDAYS = [FRIDAY - timedelta(weeks=weeks) for weeks in range(7, -1, -1)]
WEEKLY = CHARTS["global-weekly"]
WAYS = ("mirror", "charts-csv", "charts-page")


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Spotify as a development-mode app meets it."""
    with running(app="development", now=FRIDAY, client_secret="invented") as spotify:
        yield spotify


@pytest.fixture
def consent(tmp_path: Path) -> Path:
    file = tmp_path / "consent.json"
    write_consent_file(file, Consent(REFRESH_TOKEN, datetime.now(UTC).date(), "invented", SCOPE))
    return file


@pytest.fixture
def app(simulated: dict[str, str], consent: Path) -> dict[str, str]:
    """The settings of somebody with an app of their own."""
    return {
        **simulated,
        "TOP50_CONSENT_BLOCK": "not-there",  # the server is shared with tests that keep one
        "TOP50_CONSENT_FILE": str(consent),
        "SPOTIPY_CLIENT_ID": "invented",
        "SPOTIPY_CLIENT_SECRET": "invented",
    }


def of(way: str) -> dict[str, str]:
    """The settings that make a source of one of the ways."""
    return (
        {"TOP50_SOURCE": "playlist", "TOP50_PLAYLIST": MIRROR} if way == "mirror" else {"TOP50_SOURCE": way}
    )


def put(lake: Path, key: str, content: bytes) -> None:
    path = lake / "raw_data" / "to_processed" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def put_eight_weeks(way: str, lake: Path, simulator: Simulator, consent: Consent) -> None:
    """What eight weekly runs of this source would have landed, or a person put there."""
    settings = Settings.model_validate(
        {
            "spotify_api_url": simulator.api_url,
            "spotify_accounts_url": simulator.accounts_url,
            "spotify_charts_url": simulator.charts_url,
            "source": "playlist" if way == "mirror" else way,
            "playlist": MIRROR if way == "mirror" else None,
        }
    ).model_copy(update={"spotify_client_id": "invented", "spotify_client_secret": SecretStr("invented")})
    for friday in FRIDAYS:
        simulator.set_now(friday)
        if way == "charts-csv":
            put(lake, *chart_csv("global-weekly", friday))
            continue
        with open_source(settings, consent=consent) as source:
            raw = source.newest(WEEKLY)
        put(lake, raw.key, raw.content)


def table(lake: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(lake / "transformed_data" / name / "**/*.parquet")


def ids(lake: Path) -> dict[str, set[str]]:
    keys = {"songs": "song_id", "album": "album_id", "artist": "artist_id"}
    return {name: set(table(lake, name)[key]) for name, key in keys.items()}


def chart(lake: Path) -> set[tuple[date, int, str]]:
    return set(table(lake, "chart_entries").select("chart_date", "rank", "song_id").iter_rows())


def test_three_ways_to_eight_weeks_give_the_same_charts_and_then_ask_for_new_songs_alone(
    command: Command, tmp_path: Path, simulator: Simulator, app: dict[str, str]
) -> None:
    agreed = Consent(REFRESH_TOKEN, FRIDAYS[0].date(), "invented", SCOPE)
    lakes = {way: tmp_path / way for way in WAYS}
    for way, lake in lakes.items():
        put_eight_weeks(way, lake, simulator, agreed)
        asked = len(simulator.requests)
        ended = command("process_pending", **app, **of(way), TOP50_LAKE=str(lake), TOP50_ENRICH_LIMIT="500")
        assert ended.returncode == 0, ended.stderr
        songs = table(lake, "songs")
        assert songs["album_id"].null_count() == 0
        paths = [request.path for request in simulator.requests[asked:] if request.path != "/api/token"]
        wanted = [] if way == "mirror" else [f"/v1/tracks/{song}" for song in songs["song_id"]]
        assert sorted(paths) == sorted(wanted), "each song is asked for once, and none that came whole"
        rebuilt = DirectoryLake(tmp_path / f"{way} rebuilt", create=True)
        raws = [(key, content) for key, (_, content) in tree(lake / "raw_data" / "processed").items()]
        publish(rebuilt, build_tables(raws).tables)
        before, after = (tree(place / "transformed_data") for place in (lake, rebuilt.root))
        assert {key: content for key, (_, content) in before.items()} == {
            key: content for key, (_, content) in after.items()
        }, "a rebuild needs no Spotify"
    mirror, listed, shown = lakes.values()
    assert len(chart(mirror)) == 400
    assert chart(mirror) == chart(listed) == chart(shown)
    assert ids(mirror) == ids(listed) == ids(shown)
    official = ["streams", "reported_peak_rank", "reported_weeks_on_chart", "label"]
    key = ["chart_date", "rank"]
    both = [table(lake, "chart_entries").sort(key) for lake in (listed, shown)]
    assert both[0]["reported_previous_rank"].equals(both[1]["reported_previous_rank"])
    assert both[0].select(official).null_count().row(0) == (0, 0, 0, 0)
    assert both[1].select(official).null_count().row(0) == (400, 400, 400, 400), "the page does not tell"

    simulator.set_now(NEXT)
    for way, lake in lakes.items():
        known, asked = set(table(lake, "songs")["song_id"]), len(simulator.requests)
        if way == "charts-csv":
            put(lake, *chart_csv("global-weekly", NEXT))
        ended = command("weekly_chart", **app, **of(way), TOP50_LAKE=str(lake))
        assert ended.returncode == 0, ended.stderr
        new = set(table(lake, "songs")["song_id"]) - known
        assert len(chart(lake)) == 450
        assert 0 < len(new) < 20
        assert len(simulator.requests) - asked <= 2 + len(new), way
        assert table(lake, "songs")["album_id"].null_count() == 0


def test_a_file_is_processed_from_where_it_lies_and_a_wrong_one_leaves_nothing(
    command: Command, lake: Path, tmp_path: Path, app: dict[str, str]
) -> None:
    name, content = chart_csv("global-weekly", FRIDAY)
    file = tmp_path / name
    file.write_bytes(content[:3000])
    ended = command("weekly_chart", "--source=charts-csv", f"--file={file}", **app)
    assert ended.returncode == 1
    assert f"✗ {file}: " in ended.stderr.splitlines()[-1]
    assert "truncated download" in ended.stderr.splitlines()[-1]
    assert not [path for path in lake.rglob("*") if path.is_file()]

    file.write_bytes(content)
    ended = command("weekly_chart", "--source=charts-csv", f"--file={file}", **app)
    assert ended.returncode == 0, ended.stderr
    assert len(chart(lake)) == 50
    assert "is not available yet: download it" in ended.stdout, "the file is not of the newest week"
    again = command("weekly_chart", "--source=charts-csv", f"--file={file}", **app)
    assert "nothing new, the lake has it already" in again.stdout

    ended = command("weekly_chart", f"--file={file}", **app, TOP50_SOURCE="charts-page")
    assert ended.returncode == 1
    assert "Add --source charts-csv" in ended.stderr.splitlines()[-1]


def test_songs_stay_bare_without_credentials_and_each_run_goes_on_where_the_last_one_stopped(
    command: Command, lake: Path, app: dict[str, str], simulator: Simulator
) -> None:
    put(lake, *chart_csv("global-weekly", FRIDAY))
    nobody = {name: value for name, value in app.items() if not name.startswith("SPOTIPY_")}
    asked = len(simulator.requests)
    ended = command("weekly_chart", **nobody, TOP50_SOURCE="charts-csv")
    assert ended.returncode == 0, ended.stderr
    assert "50 songs lack track details (no Spotify app)" in ended.stdout
    assert ended.stdout.count("Spotify app") == 1
    assert "Spotify app" not in ended.stderr.replace(ended.stdout.strip().splitlines()[0][2:], "")
    assert len(chart(lake)) == 50
    assert len(simulator.requests) == asked

    gone = table(lake, "songs")["song_id"][0]
    simulator.misbehave(Fault("status", 404, path_prefix=f"/v1/tracks/{gone}"))
    simulator.misbehave(Fault("rate_limit", path_prefix="/v1/tracks", retry_after=1))
    first = command("weekly_chart", **app, TOP50_SOURCE="charts-csv", TOP50_ENRICH_LIMIT="20")
    assert "API rate limit exceeded: waiting 1 s" in first.stderr
    assert "songs completed by Spotify; 3" in first.stdout
    assert "lack track details, the next run continues" in first.stdout
    rest = command("enrich", **app, TOP50_SOURCE="charts-csv")
    assert rest.returncode == 0, rest.stderr
    songs = table(lake, "songs")
    assert songs.filter(pl.col("album_id").is_null())["song_id"].to_list() == [gone]
    assert "1 song lacks track details" in rest.stdout

    asked = len(simulator.requests)
    assert command("enrich", **app, TOP50_SOURCE="charts-csv").returncode == 0
    assert len(simulator.requests) == asked, "a song that Spotify does not know is not asked for again"
    answers = list((lake / "raw_data" / "processed").rglob("tracks-*.json"))
    assert len(answers) == 2
    assert all("chart=global-weekly/2026-11-12" in str(path) for path in answers)


def test_a_spent_quota_leaves_the_chart_published_and_the_page_says_what_it_is(
    command: Command, lake: Path, app: dict[str, str], simulator: Simulator, prefect_api: PrefectApi
) -> None:
    simulator.misbehave(Fault("quota", path_prefix="/v1/tracks", times=None))
    asked = len(simulator.requests)
    ended = command("weekly_chart", **app, TOP50_SOURCE="charts-page")
    assert ended.returncode == 0, ended.stderr
    assert [request.status for request in simulator.requests[asked:]] == [200, 200, 429]
    assert len(chart(lake)) == 50
    message = prefect_api.newest_runs("weekly-chart")[0]["state"]["message"]
    assert "50 songs lack track details (Spotify's quota is used up until " in message
    assert "Spotify neither documents nor guarantees it" in message
    assert "Spotify neither documents nor guarantees it" in ended.stderr


def test_a_consent_that_ends_soon_is_told_and_one_that_ended_asks_nothing(
    command: Command, app: dict[str, str], consent: Path, simulator: Simulator, prefect_api: PrefectApi
) -> None:
    agreed = Consent(REFRESH_TOKEN, datetime.now(UTC).date() - timedelta(days=170), "invented", SCOPE)
    write_consent_file(consent, agreed)
    ended = command("weekly_chart", **app, **of("mirror"))
    assert ended.returncode == 0, ended.stderr
    assert "run make login before" in ended.stderr
    run = prefect_api.newest_runs("weekly-chart")[0]
    assert "run make login before" in run["state"]["message"]
    assert "run make login before" in prefect_api.artifacts(run["id"])["top50-run-summary"]["data"]
    [told] = prefect_api.events(run["id"], "top50.consent.expiring", least=1)
    assert "run make login before" in told["payload"]["message"]

    write_consent_file(consent, replace(agreed, agreed_on=agreed.agreed_on - timedelta(days=20)))
    asked = len(simulator.requests)
    ended = command("weekly_chart", **app, **of("mirror"))
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].endswith("Run make login.")
    assert len(simulator.requests) == asked


def test_a_lasting_refusal_is_one_clear_line_and_is_asked_for_once(
    command: Command, app: dict[str, str], simulator: Simulator
) -> None:
    for consent, statuses in (("/nowhere/consent.json", [200, 200]), (app["TOP50_CONSENT_FILE"], [400])):
        asked = len(simulator.requests)
        ended = command("weekly_chart", **{**app, **of("mirror"), "TOP50_CONSENT_FILE": consent})
        assert ended.returncode == 1
        assert "Run make login." in ended.stderr.splitlines()[-1]
        assert [request.status for request in simulator.requests[asked:]] == statuses
        simulator.revoke_refresh_tokens()


def test_the_public_archive_needs_no_app_and_a_second_run_has_nothing_new(
    command: Command, lake: Path, simulated: dict[str, str], simulator: Simulator
) -> None:
    asked = len(simulator.requests)
    settings = {**simulated, "TOP50_SOURCE": "public-archive", "TOP50_SPOTIFY_API_URL": simulator.api_url}
    ended = command("weekly_chart", **settings)
    assert ended.returncode == 0, ended.stderr
    assert "one volunteer maintains" in ended.stderr
    assert "the public archive's global-weekly has not changed since 2026-11-06" in ended.stdout
    paths = [request.path for request in simulator.requests[asked:]]
    assert [path.rpartition("/")[2] for path in paths] == [f"{WEEKLY.playlist_id}.json"]
    entries = table(lake, "chart_entries")
    assert set(entries.select("chart_date", "source").iter_rows()) == {(date(2026, 11, 5), "public-archive")}
    assert entries.height == 50
    assert table(lake, "songs")["album_id"].null_count() == 0
    again = command("weekly_chart", **settings)
    assert "nothing new, the lake has it already" in again.stdout
