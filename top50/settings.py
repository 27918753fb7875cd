"""The settings of a run: environment variables, or `.env` beside pyproject.toml; the environment wins."""

import os
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from top50.charts import CHART_OF_PLAYLIST, CHARTS, Chart, SourceName, charts_named
from top50.env_file import load_env_file
from top50.errors import SettingsError
from top50.security import (
    check_endpoints,
    keep_loopback_from_proxies,
    refuse_open_http,
    share_certificates,
    warn_if_open,
)
from top50.text import clipped, one_line

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

ENV_FILE = Path(__file__).resolve().parents[1] / ".env"

# Settings that hold a path: a relative one in `.env` is relative to that file, wherever a command is started.
_PATHS = ("TOP50_LAKE", "TOP50_CONSENT_FILE")

CONSENT_FILE = ENV_FILE.with_name(".spotify-consent.json")

SPOTIFY_API_URL = "https://api.spotify.com/v1"

SPOTIFY_CHARTS_URL = "https://charts-spotify-com-service.spotify.com/public/v0/charts"

PUBLIC_ARCHIVE_URL = (
    "https://raw.githubusercontent.com/mackorone/spotify-playlist-archive-2/main/playlists/pretty"
)

CatalogName = Literal["duckdb", "glue", "glue-direct", "none"]
CrawlWhen = Literal["published", "needed"]
WorkPoolType = Literal["process", "ecs", "kubernetes", "prefect:managed"]

# The flows that `make deploy` deploys, in the order of prefect.yaml: the most important ones first.
DEPLOYMENTS = ("weekly-chart", "process-pending", "rebuild", "import-history", "enrich", "doctor")

_LONGEST_VALUE = 80  # characters of a wrong value in a message

# An id; spotify:[user:NAME:]playlist:ID; or the URL of a browser, a player or an old app.
_PLAYLIST = re.compile(
    r"(?:spotify:(?:user:[^:/]+:)?playlist:"
    r"|(?:https?://)?(?:open|play)\.spotify\.com/(?:intl-[\w-]+/|embed/)*(?:user/[^/]+/)?playlist/)?"
    r"([0-9A-Za-z]+)/?(?:[?#].*)?",
    re.IGNORECASE,
)


class Settings(BaseSettings):
    """The validated settings of one run. Their environment variables are TOP50_LAKE, TOP50_CHART, …"""

    model_config = SettingsConfigDict(
        env_prefix="TOP50_", env_ignore_empty=True, populate_by_name=True, extra="forbid"
    )

    lake: str = Field("./lake", description="A directory, s3://bucket or s3://bucket/prefix")
    chart: Annotated[tuple[str, ...], NoDecode] = Field(
        ("global-weekly",),
        min_length=1,
        description="Which charts, by comma, such as us-weekly,br-daily; or all-weekly, all-daily",
    )
    size: int = Field(50, ge=1, le=200, description="How many ranks to keep")
    source: SourceName = Field("playlist", description="Where the chart comes from")
    add_plays: bool = Field(False, description="Whether the page adds up plays by artist and by label")
    playlist: str | None = Field(None, description="A playlist id, URI or URL, if not the chart's own")
    catalog: CatalogName | None = Field(None, description="Where BI tools look the tables up")
    glue_database: str = Field("spotify_top50", description="The Glue database")
    crawl: CrawlWhen = Field(
        "published",
        description="Which crawlers run: those of published tables, or only those that Glue needs",
    )
    crawler_prefix: str = Field(
        "spotify_", pattern="^[A-Za-z0-9_-]{0,100}$", description="The prefix of the crawlers' names"
    )
    athena_workgroup: str = Field(
        "primary", min_length=1, description="The Athena workgroup that checks the tables; none: no check"
    )
    quicksight_datasets: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="QuickSight data sets to refresh after the catalog, separated by commas"
    )
    import_folder: str | None = Field(
        None, min_length=1, description="The folder whose files deployed runs may read, besides s3://"
    )
    aws_credentials_block: str | None = Field(None, description="A prefect-aws AwsCredentials block")
    spotify_api_url: str = Field(SPOTIFY_API_URL, description="The Spotify Web API")
    spotify_accounts_url: str = Field("https://accounts.spotify.com", description="Spotify's token service")
    spotify_charts_url: str = Field("", description="The endpoint of charts-page (default: Spotify's)")
    public_archive_url: str = Field(
        "", description="The public archive's folder (default: the one on GitHub)"
    )
    enrich_limit: int = Field(100, ge=0, description="How many songs a run looks up at Spotify, at most")
    spotify_client_id: str | None = Field(None, validation_alias="SPOTIPY_CLIENT_ID")
    spotify_client_secret: SecretStr | None = Field(None, validation_alias="SPOTIPY_CLIENT_SECRET")
    spotify_block: str | None = Field(
        None, pattern="^[a-z0-9-]+$", description="A Secret block that holds SPOTIPY_CLIENT_SECRET"
    )
    spotify_redirect_uri: str = Field(
        "http://127.0.0.1:8888/callback", validation_alias="SPOTIPY_REDIRECT_URI"
    )
    consent_block: str = Field(
        "top50-spotify-consent", pattern="^[a-z0-9-]+$", description="The Secret block of the consent"
    )
    consent_file: Path = Field(CONSENT_FILE, description="Where the consent is stored without a server")
    repository: str | None = Field(
        None, description="The repository that workers clone; none: they share this folder"
    )
    branch: str | None = Field(None, description="The branch or tag that workers clone")
    work_pool_type: WorkPoolType = Field("process", description="The type of the work pool top50")
    deployments: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Which deployments make deploy makes, separated by commas (default: all)"
    )
    notify_block: str | None = Field(
        None, pattern="^[a-z0-9-]+/[a-z0-9-]+$", description="A notification block, as type/name"
    )
    allow_http: bool = Field(False, description="Whether unencrypted http may leave this machine")

    @field_validator("playlist")
    @classmethod
    def _playlist_id(cls, playlist: str | None) -> str | None:
        match = _PLAYLIST.fullmatch((playlist or "").strip())
        if playlist and not match:
            raise ValueError(f"{playlist!r} is not a playlist id, URI or URL")
        return match.group(1) if match else None

    @field_validator("chart", "quicksight_datasets", "deployments", mode="before")
    @classmethod
    def _separated_by_commas(cls, names: object) -> object:
        if isinstance(names, str):
            return tuple(name.strip() for name in names.split(",") if name.strip())
        return names

    @field_validator("chart")
    @classmethod
    def _chart_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(chart.name for chart in charts_named(names))

    @field_validator("deployments")
    @classmethod
    def _deployable(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in DEPLOYMENTS:
                [nearest] = get_close_matches(name, DEPLOYMENTS, n=1, cutoff=0)
                raise ValueError(
                    f"there is no deployment {name!r}, the nearest is {nearest}; "
                    f"choose from {', '.join(DEPLOYMENTS)}"
                )
        return names

    @field_validator("spotify_api_url", "spotify_accounts_url", "spotify_charts_url", "public_archive_url")
    @classmethod
    def _web_address(cls, url: str) -> str:
        if url and not re.match(r"https?://[\w\[]", url):
            raise ValueError(f"{url!r} is not an http(s) address")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _default_urls(self) -> Self:
        """Derive the URLs of the charts page and the archive: a simulator of the Web API serves them too."""
        parts = urlsplit(self.spotify_api_url)
        usual = {"spotify_charts_url": SPOTIFY_CHARTS_URL, "public_archive_url": PUBLIC_ARCHIVE_URL}
        for name, address in usual.items():
            if not getattr(self, name):
                beside = f"{parts.scheme}://{parts.netloc}{urlsplit(address).path}"
                setattr(self, name, address if self.spotify_api_url == SPOTIFY_API_URL else beside)
        return self

    @model_validator(mode="after")
    def _no_open_http(self) -> Self:
        addresses = ("spotify_api_url", "spotify_accounts_url", "spotify_charts_url", "public_archive_url")
        for name in (*addresses, "repository"):
            refuse_open_http(_name(name), getattr(self, name) or "", allow_http=self.allow_http)
        return self

    @model_validator(mode="after")
    def _choices_agree(self) -> Self:
        if self.catalog in ("glue", "glue-direct") and not self.is_s3:
            raise ValueError(f"TOP50_CATALOG={self.catalog} needs a lake on S3")
        if self.catalog == "duckdb" and self.is_s3:
            raise ValueError("TOP50_CATALOG=duckdb needs a lake in a directory")
        chart = CHART_OF_PLAYLIST.get(self.playlist or "")
        if self.playlist and len(self.chart) > 1:
            raise ValueError(f"TOP50_PLAYLIST is one chart's, but TOP50_CHART names {len(self.chart)}")
        if chart and chart.name not in self.chart:
            raise ValueError(
                f"TOP50_PLAYLIST is the playlist of {chart.name}, but TOP50_CHART is {self.chart[0]}"
            )
        return self

    @property
    def is_s3(self) -> bool:
        """Whether the lake is on S3."""
        return self.lake.startswith("s3://")

    @property
    def reads_users_playlist(self) -> bool:
        """Whether the playlist is a user's own, not Spotify's: reading it may need that user's consent."""
        return (
            self.source == "playlist" and self.playlist is not None and self.playlist not in CHART_OF_PLAYLIST
        )

    @property
    def catalog_name(self) -> CatalogName:
        """The catalog: the chosen one, or the default for this kind of lake."""
        return self.catalog or ("glue" if self.is_s3 else "duckdb")

    @property
    def charts(self) -> list[Chart]:
        """The chosen charts, at least one."""
        return [CHARTS[name] for name in self.chart]

    @property
    def only_chart(self) -> Chart | None:
        """The chosen chart; None if there are several."""
        return self.charts[0] if len(self.chart) == 1 else None


def load_settings(
    env_file: Path = ENV_FILE, defaults: Mapping[str, str] = MappingProxyType({}), **overrides: object
) -> Settings:
    """Return the settings; `overrides` that are None are ignored.

    The values of `.env` are copied into the environment where a name is not set, because AWS's clients must
    see the AWS names among them; then those of `defaults`, name → value.
    Raises SettingsError, which names every wrong setting and its valid values.
    """
    warn_if_open(env_file)
    paths_in_file = [name for name in _PATHS if name not in os.environ]
    load_env_file(env_file)
    anchor_paths(env_file.absolute().parent, paths_in_file)
    os.environ.update({name: value for name, value in defaults.items() if not os.environ.get(name)})
    share_certificates(os.environ)
    keep_loopback_from_proxies(os.environ)
    _refuse_unknown(env_file)
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        reasons = "; ".join(_explain(problem) for problem in error.errors())
        raise SettingsError(reasons, f"Correct it in {env_file.name} or the environment.") from None
    check_endpoints(os.environ, allow_http=settings.allow_http)
    return settings


def anchor_paths(folder: Path, names: Iterable[str] = _PATHS) -> None:
    """Make relative paths in the environment absolute, seen from a folder; s3:// and ~ are left unchanged."""
    for name in names:
        path = os.environ.get(name)
        if path and not path.startswith(("s3://", "~")):
            os.environ[name] = str(folder / path)


def setting_names() -> set[str]:
    """Return the names of all TOP50_* settings."""
    return {_name(name) for name, field in Settings.model_fields.items() if not field.validation_alias}


def _refuse_unknown(env_file: Path) -> None:
    valid = setting_names()
    unknown = sorted(name for name in os.environ if name.startswith("TOP50_") and name not in valid)
    if unknown:
        similar = [match for name in unknown for match in get_close_matches(name, valid, n=1)]
        hint = f"Did you mean {' and '.join(similar)}? " if similar else ""
        raise SettingsError(
            f"unknown setting {', '.join(unknown)}",
            f"{hint}Correct it in {env_file.name} or the environment; valid are {', '.join(sorted(valid))}.",
        )


def _explain(problem: "ErrorDetails") -> str:
    if problem["type"] == "value_error":  # raised by a validator above, which does not quote a secret
        where = f"{_name(str(problem['loc'][0]))}: " if problem["loc"] else ""
        return where + problem["msg"].removeprefix("Value error, ")
    field = str(problem["loc"][0])
    given = clipped(one_line(repr(problem["input"])), _LONGEST_VALUE)
    return f"{_name(field)}: {given} {_requirement(field, problem)}"


def _requirement(field: str, problem: "ErrorDetails") -> str:
    limits = Settings.model_json_schema()["properties"].get(field, {})
    if "minimum" in limits and "maximum" in limits:
        return f"is not a whole number from {limits['minimum']} to {limits['maximum']}"
    if "minimum" in limits:
        return f"is not a whole number of {limits['minimum']} or more"
    if problem["type"] == "literal_error":
        return f"is not one of {problem['ctx']['expected']}"
    if problem["type"] == "string_pattern_mismatch":
        return f"does not have the form {problem['ctx']['pattern']}"
    return f"cannot be used: {problem['msg']}"


def _name(field: str) -> str:
    return field if field.isupper() else f"TOP50_{field.upper()}"
