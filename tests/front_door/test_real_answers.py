"""What the charts page and the public archive really answered, under their own addresses."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import polars as pl
import pytest

from tests.flows.conftest import SHARED_DATA, Command
from tests.servers.cloud import Cloud
from tests.servers.front_door import PUBLIC_ARCHIVE, SPOTIFY, Door

from .hosts import CATALOG

PAGE = SHARED_DATA / "charts_page" / "charts_public_2026-09-17.json"
ARCHIVE = SHARED_DATA / "archive" / "archive_pretty_global-weekly_2026-09-18.json"
PATHS = {
    "/public/v0/charts": PAGE,
    "/mackorone/spotify-playlist-archive-2/main/playlists/pretty/37i9dQZEVXbNG2KDcFcKOF.json": ARCHIVE,
}

pytestmark = pytest.mark.skipif(not PAGE.is_file(), reason="the real answers are not on this machine")


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        file = PATHS.get(self.path)
        content = file.read_bytes() if file else b""
        self.send_response(200 if file else 404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Leaves the tests' output to the tests."""


@contextmanager
def answering() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="answers")
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def real(door: Door) -> Iterator[None]:
    with answering() as url:
        door.lead(url, *SPOTIFY, PUBLIC_ARCHIVE)
        yield


def named(cloud: Cloud) -> pl.DataFrame:
    songs = cloud.rows("songs").select("song_id", "song_name", "artist_names")
    return cloud.rows("chart_entries").join(songs, on="song_id").sort("rank")


@pytest.mark.usefixtures("real")
def test_the_charts_page_and_the_public_archive_give_the_same_chart(command: Command, cloud: Cloud) -> None:
    weekly = {"TOP50_CATALOG": "glue-direct", "TOP50_SIZE": "50"}
    cloud.glue.reset()
    page = command("weekly_chart", **weekly, TOP50_SOURCE="charts-page")
    assert page.returncode == 0, page.stderr
    assert "global-weekly 2026-09-17 from 1 raw object: +50 entries, +50 songs" in page.stdout
    of_page = named(cloud)
    assert of_page["rank"].to_list() == list(range(1, 51))
    told_nothing = ("streams", "reported_peak_rank", "reported_weeks_on_chart", "label")
    assert of_page.select(told_nothing).null_count().row(0) == (50, 50, 50, 50)
    assert of_page["reported_previous_rank"].max() > 50  # type: ignore[operator]
    assert cloud.door.hosts == {cloud.host, *CATALOG, SPOTIFY[2]}

    cloud.door.hosts.clear()
    archive = command("weekly_chart", **weekly, TOP50_SOURCE="public-archive")
    assert archive.returncode == 0, archive.stderr
    assert "has not changed since 2026-09-18" in archive.stdout
    of_archive = named(cloud)
    assert set(of_archive["source"]) == {"public-archive"}
    assert of_archive["song_name"].to_list() == of_page["song_name"].to_list()
    assert (of_archive["song_id"] != of_page["song_id"]).sum() == 3
    assert cloud.door.hosts == {cloud.host, *CATALOG, PUBLIC_ARCHIVE}
    assert command.run("deployments.verify").returncode == 0
