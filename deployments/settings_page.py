"""Write docs/settings.md from the code of the settings, or check that it is current."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic.fields import FieldInfo

from top50.settings import Settings

PAGE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"

HEAD = """# Settings

Written by `.venv/bin/python -m deployments.settings_page` from the code, not by hand.

Settings are environment variables, or lines of the file `.env` in the project's folder. `make run` creates
it from `.env.example`. The environment wins. An unknown `TOP50_*` name is an error, and so is a line of
`.env` that is not `NAME=value`.

A relative path of `TOP50_LAKE` or `TOP50_CONSENT_FILE` in `.env` is relative to that `.env`, wherever a
command is started. In the environment it is relative to the current folder. `TOP50_LAKE=~/lake` is a folder
in your home.

The options of one run come before both: `.venv/bin/python -m flows.weekly_chart --help`, and
`flows.process_pending`, `flows.import_history`, `flows.rebuild` and `flows.enrich` in the same way. A
deployed run takes each setting from its own parameters, else the worker's environment, else `.env` beside
the code, else what `make deploy` stored on the Prefect server ([docs/prefect.md](prefect.md)).
"""

# Which settings belong together, in the order of the page.
GROUPS: dict[str, tuple[str, ...]] = {
    "Charts and lake": ("lake", "chart", "size", "source", "playlist", "enrich_limit", "add_plays"),
    "Your Spotify app": (
        "spotify_client_id",
        "spotify_client_secret",
        "spotify_redirect_uri",
        "spotify_block",
        "consent_block",
        "consent_file",
    ),
    "Catalog and AWS": (
        "catalog",
        "glue_database",
        "athena_workgroup",
        "crawl",
        "crawler_prefix",
        "quicksight_datasets",
        "aws_credentials_block",
    ),
    "Prefect": (
        "work_pool_type",
        "repository",
        "branch",
        "deployments",
        "notify_block",
        "import_folder",
    ),
    "Network": (
        "allow_http",
        "spotify_api_url",
        "spotify_accounts_url",
        "spotify_charts_url",
        "public_archive_url",
    ),
}

# What a user has to know besides the description in the code.
DETAILS = {
    "lake": "A lake never mixes simulated and real charts.",
    "source": "`make doctor` says which one suits you; [docs/sources.md](sources.md) explains them. "
    "`.env.example` says `simulator`.",
    "catalog": "`glue` runs crawlers, `glue-direct` writes the Glue tables itself.",
    "crawl": "`published`: of tables whose files changed. `needed`: of tables that Glue does not show right.",
    "enrich_limit": "Songs that a CSV or the charts page knows by name only.",
    "add_plays": "[Spotify's terms](sources.md#spotifys-terms) may forbid it.",
    "spotify_client_id": "The client id of your app at developer.spotify.com.",
    "spotify_client_secret": "The client secret of your app.",
    "spotify_redirect_uri": "The redirect URI of your app, for `make login`.",
    "spotify_block": "For deployed runs.",
    "consent_block": "`make login` stores it there when there is a Prefect server.",
    "allow_http": "For addresses of Spotify, AWS and Prefect, and for `--dask`. Everybody on the way can "
    "read your secrets then.",
    "import_folder": "For `flows.import_history` and the parameter `file`.",
    "notify_block": "Automations send their messages through it.",
    "work_pool_type": "[docs/prefect.md](prefect.md#where-it-runs) says when to use which.",
    "spotify_api_url": "Another host is for the simulator and tests.",
    "spotify_charts_url": "It follows `TOP50_SPOTIFY_API_URL`.",
    "public_archive_url": "It follows `TOP50_SPOTIFY_API_URL`.",
}

# Defaults that the code derives from other settings.
DEFAULTS = {
    "playlist": "the chart's own",
    "catalog": "`duckdb` for a directory, `glue` for S3",
    "aws_credentials_block": "AWS's default chain",
    "spotify_block": "the one of `make deploy`",
    "consent_file": "`.spotify-consent.json` in the project's folder",
    "branch": "the branch of this folder",
    "deployments": "all six, or as many as a Prefect Cloud plan allows",
    "import_folder": "none: only `s3://`",
    "spotify_charts_url": "Spotify's",
    "public_archive_url": "GitHub's",
}

FOOT = """## Names of other programs

| name | meaning |
|---|---|
| `AWS_REGION`, `AWS_DEFAULT_REGION` | the region; the first wins, then the profile's |
| `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_PROFILE`, … | AWS's usual credentials |
| `AWS_ENDPOINT_URL_S3`, `_GLUE`, `_ATHENA`, … | another endpoint of one AWS service |
| `SSL_CERT_FILE` | a certificate of your own, for every client |
| `AWS_CA_BUNDLE` | the same for AWS and the lake only |
| `HTTPS_PROXY`, `NO_PROXY` | the proxy, for every client |
| `PREFECT_API_URL`, `PREFECT_API_KEY`, … | the Prefect server ([docs/prefect.md](prefect.md)) |
"""


def page() -> str:
    """Return the text of the page, the same for the same code."""
    parts = [HEAD]
    for title, names in GROUPS.items():
        rows = "\n".join(_rows(names))
        parts.append(f"## {title}\n\n| name | meaning | values | default |\n|---|---|---|---|\n{rows}\n")
    return "\n".join([*parts, FOOT])


def variable(name: str) -> str:
    """Return the environment variable of a field of Settings."""
    return str(Settings.model_fields[name].validation_alias or f"TOP50_{name.upper()}")


def _rows(names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        field = Settings.model_fields[name]
        description = (field.description or "").split(" (default:")[0]
        sentences = [f"{description}." if description else "", DETAILS.get(name, "")]
        meaning = " ".join(filter(None, sentences))
        yield f"| `{variable(name)}` | {meaning} | {_values(field)} | {_default(name, field)} |"


def _values(field: FieldInfo) -> str:
    """Return what a setting may be, from its type and limits; '' for any text."""
    kind: Any = field.annotation
    if get_origin(kind) in (Union, UnionType):
        [kind] = [part for part in get_args(kind) if part is not NoneType]
    if get_origin(kind) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(kind))
    if kind is bool:
        return "`true`, `false`"
    least = [limit.ge for limit in field.metadata if isinstance(limit, Ge)]
    most = [limit.le for limit in field.metadata if isinstance(limit, Le)]
    if least:
        return f"{least[0]} to {most[0]}" if most else f"{least[0]} or more"
    return "names separated by commas" if get_origin(kind) is tuple else ""


def _default(name: str, field: FieldInfo) -> str:
    if name in DEFAULTS:
        return DEFAULTS[name]
    value = ",".join(field.default) if isinstance(field.default, tuple) else field.default
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if value else "none"


def main() -> None:
    """Write the page; with --check only compare, and exit with 1 when it is not current."""
    parser = argparse.ArgumentParser(prog="python -m deployments.settings_page", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, say whether it is current")
    if not parser.parse_args().check:
        PAGE.write_text(page(), encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page():
        sys.exit(f"✗ {PAGE.name} is not current: run python -m deployments.settings_page")


if __name__ == "__main__":
    main()
