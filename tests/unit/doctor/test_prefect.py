"""Where the Prefect server is looked up, and what is made of its answers; a real one is in tests/flows."""

import json
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from top50.consent import SCOPE, Consent, read_consent_file, write_consent_file
from top50.doctor import clock
from top50.doctor.finding import Seen
from top50.doctor.kept import surroundings
from top50.doctor.orchestrator import examine_orchestrator
from top50.doctor.prefect_api import PrefectApi, prefect_settings
from top50.errors import SettingsError, SourceUnavailable
from top50.settings import Settings
from top50.simulator import Fault, Simulator

from .conftest import today

PROFILES = """
active = "mine"
[profiles.mine]
PREFECT_API_URL = "http://profile/api"
PREFECT_API_KEY = "key"
[profiles.other]
PREFECT_API_URL = "http://other/api"
"""
NAME = "weekly-chart/top50"
HEALTHY: dict[str, Any] = {
    "health": True,
    "admin/version": "99.0.0",
    f"deployments/name/{NAME}": {
        "id": "1",
        "paused": False,
        "updated": "2026-11-01T00:00:00Z",
        "work_pool_name": "top50",
        "schedules": [{"active": True, "schedule": {"cron": "0 22 * * 5"}}],
    },
    "flow_runs/filter": [{"next_scheduled_start_time": "2026-11-27T22:00:00Z"}],
    "work_pools/top50": {"is_paused": False},
    "work_pools/top50/workers/filter": [{"status": "OFFLINE"}, {"status": "ONLINE"}],
}


class Canned(PrefectApi):
    """Answers what it was told to; None is a 404."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        super().__init__({"PREFECT_API_URL": "http://user:hush@prefect/api"})
        self.answers = answers
        self.changed: dict[str, Any] = {}

    def _ask(self, method: str, path: str, query: Mapping[str, Any] | None = None) -> Any:
        if method == "PATCH":
            self.changed[path] = query
        if isinstance(answer := self.answers.get(path), Exception):
            raise answer
        return answer


def examined(**answers: Any) -> list[str]:
    changed = {path.replace("__", "/"): answer for path, answer in answers.items()}
    return [str(found) for found in examine_orchestrator(Canned(HEALTHY | changed), Seen())]


def test_the_server_is_that_of_the_environment_or_of_the_active_profile(tmp_path: Path) -> None:
    home = {"PREFECT_HOME": str(tmp_path)}
    assert "PREFECT_API_URL" not in prefect_settings(home)
    (tmp_path / "profiles.toml").write_text(PROFILES)
    assert prefect_settings(home)["PREFECT_API_URL"] == "http://profile/api"
    assert prefect_settings(home | {"PREFECT_PROFILE": "other"})["PREFECT_API_URL"] == "http://other/api"
    own = prefect_settings(home | {"PREFECT_API_URL": "http://own/api"})
    assert (own["PREFECT_API_URL"], own["PREFECT_API_KEY"]) == ("http://own/api", "key")
    (tmp_path / "profiles.toml").write_text("active = ")
    with pytest.raises(SettingsError, match="set PREFECT_API_URL"):
        prefect_settings(home)


def test_a_server_with_everything_is_healthy() -> None:
    told = examined()
    assert {line[0] for line in told} == {"✓"}
    assert "hush" not in "".join(told)
    assert "0 22 * * 5, next run 2026-11-27T22:00:00Z" in "".join(told)


@pytest.mark.parametrize(
    ("path", "answer", "line"),
    [
        ("admin__version", "3.1.0", "✗ Prefect API: http://prefect/api runs Prefect 3.1.0, older than"),
        ("deployments__name__weekly-chart__top50", None, "Run make deploy."),
        ("flow_runs__filter", [], "✗ schedule: 0 22 * * 5, but the server has planned no run. Look at the"),
        ("work_pools__top50", None, "✗ worker: weekly-chart/top50 has no work pool"),
        ("work_pools__top50", {"is_paused": True}, "prefect work-pool resume top50"),
        ("work_pools__top50__workers__filter", [{"status": "OFFLINE"}], "prefect worker start --pool top50"),
        ("health", SourceUnavailable("no", "Start it (make server)."), "✗ Prefect API: no. Start it"),
    ],
)
def test_what_is_missing_is_told_with_its_remedy(path: str, answer: Any, line: str) -> None:
    assert line in "\n".join(examined(**{path: answer}))


def test_a_deployment_of_a_moment_ago_need_not_be_planned_yet() -> None:
    deployment = HEALTHY[f"deployments/name/{NAME}"] | {"updated": datetime.now(UTC).isoformat()}
    told = examined(flow_runs__filter=[], **{f"deployments__name__{NAME.replace('/', '__')}": deployment})
    assert "✓ schedule: 0 22 * * 5, next run not planned yet" in told


def test_no_server_is_no_failure_and_one_that_is_away_is_told() -> None:
    [none] = examine_orchestrator(None, Seen())
    assert (none.state, none.needed) == ("note", False)
    away = PrefectApi({"PREFECT_API_URL": "http://127.0.0.1:9/api"})
    [found] = examine_orchestrator(away, Seen())
    away.close()
    assert (found.state, found.needed) == ("failed", False)
    assert "make server" in found.remedy


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (401, "PREFECT_API_KEY"),
        (422, "Use the same release"),
        (503, "server's log"),
        (404, "it ends in /api"),
        (200, "make server"),  # a page instead of the API
    ],
)
def test_a_server_that_refuses_is_told(spotify: Simulator, status: int, remedy: str) -> None:
    spotify.misbehave(Fault("html" if status == 200 else "status", status, times=2, path_prefix="/prefect/"))
    with closing(PrefectApi({"PREFECT_API_URL": f"{spotify.accounts_url}/prefect"})) as api:
        [found] = examine_orchestrator(api, Seen())
    assert found.state == "failed"
    assert remedy in found.remedy


def consent(token: str, on: date) -> Consent:
    return Consent(token, on, "me", SCOPE)


def test_the_consent_is_the_block_s_or_the_file_s_if_that_no_longer_holds(tmp_path: Path) -> None:
    path = tmp_path / "consent.json"
    settings = Settings.model_validate({"consent_file": path, "spotify_client_id": "me"})
    kept, newer = consent("in-block", today()), consent("newer", today())
    block = {"id": "7", "data": {"value": json.loads(kept.to_json())}}
    address = "block_types/slug/secret/block_documents/name/top50-spotify-consent?include_secrets=true"
    api = Canned({address: block})
    around = surroundings(settings, api)
    assert around.consent() == kept
    around.keep(newer)
    assert api.changed["block_documents/7"]["data"] == {"value": newer.to_json()}
    assert not path.exists()

    write_consent_file(path, kept)
    block["data"] = {"value": consent("over", today() - timedelta(days=300)).to_json()}
    around = surroundings(settings, api)
    assert around.consent() == kept
    around.keep(newer)
    assert read_consent_file(path) == newer
    away = Canned({address: SourceUnavailable("away", "Wait.")})
    assert surroundings(settings, away).consent() == newer
    path.unlink()
    with pytest.raises(SourceUnavailable):
        surroundings(settings, away).consent()


@pytest.mark.parametrize(
    ("ahead", "state", "says"),
    [(30, "ok", "within 60 s"), (-900, "failed", "ahead of that of S"), (900, "failed", "behind that of S")],
)
def test_a_clock_that_is_wrong_is_told(ahead: int, state: str, says: str) -> None:
    seen = Seen()
    for nothing in (None, "", "soon"):
        seen.note_clock("S", nothing)
    assert clock(seen, needed=True).state == "note"
    seen.note_clock("S", format_datetime(datetime.now(UTC) + timedelta(seconds=ahead)))
    found = clock(seen, needed=True)
    assert (found.state, found.needed) == (state, True)
    assert says in found.told


def test_a_server_over_open_http_is_refused_wherever_it_is_named(tmp_path: Path) -> None:
    profile = '[profiles.far]\nPREFECT_API_URL = "http://me:hush@prefect.example/api"\n'
    (tmp_path / "profiles.toml").write_text(f'active = "far"\n{profile}')
    found = prefect_settings({"PREFECT_HOME": str(tmp_path)})
    with pytest.raises(SettingsError, match=r"PREFECT_API_URL leads to prefect\.example over http") as caught:
        PrefectApi.configured(found, allow_http=False)
    assert "hush" not in str(caught.value)
    allowed = PrefectApi.configured(found, allow_http=True)
    assert allowed is not None
    assert allowed.address == "http://prefect.example/api"
    allowed.close()
