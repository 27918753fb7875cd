"""The Prefect server over plain HTTP, where its own client would find it: top50 imports no Prefect."""

import os
import tomllib
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from top50.access import refuse_open_http, without_password
from top50.errors import SettingsError, SourceError, SourceUnavailable
from top50.sources.session import OneHostSession

TIMEOUT = 5
"""Seconds."""


def prefect_settings(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the PREFECT_* settings: those of the active profile, and over them the environment's.

    Raises SettingsError for a profile file that is not TOML.
    """
    home = Path(environment.get("PREFECT_HOME") or "~/.prefect").expanduser()
    path = Path(environment.get("PREFECT_PROFILES_PATH") or home / "profiles.toml").expanduser()
    own = {name: value for name, value in environment.items() if name.startswith("PREFECT_") and value}
    return _profile(path, environment.get("PREFECT_PROFILE")) | own


def _profile(path: Path, name: str | None) -> dict[str, str]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"cannot read {path}: {type(error).__name__}", "Mend it, or set PREFECT_API_URL in .env."
        ) from None
    profile = content.get("profiles", {}).get(name or content.get("active"), {})
    return {key: str(value) for key, value in profile.items()}


class PrefectApi:
    """Asks the API at an address; raises SourceUnavailable, and SourceError where it refuses."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._url = settings["PREFECT_API_URL"].rstrip("/")
        self.address = without_password(self._url)
        self.date: str | None = None
        """The Date header of the last answer."""
        self._session = OneHostSession()
        self._session.headers["Prefect-Csrf-Client"] = uuid4().hex
        key, user = settings.get("PREFECT_API_KEY"), settings.get("PREFECT_API_AUTH_STRING")
        if user:
            name, _, password = user.partition(":")
            self._session.auth = (name, password)
        elif key:
            self._session.headers["Authorization"] = f"Bearer {key}"

    @classmethod
    def configured(cls, settings: Mapping[str, str], *, allow_http: bool) -> "PrefectApi | None":
        """Return the server that the settings name; None when runs start one of their own.

        Raises SettingsError for one over open http.
        """
        address = settings.get("PREFECT_API_URL")
        refuse_open_http("PREFECT_API_URL", address or "", allow_http=allow_http)
        return cls(settings) if address else None

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def get(self, path: str) -> Any:
        """Return what lies at a path; None when there is no such thing."""
        return self._ask("GET", path)

    def post(self, path: str, query: Mapping[str, Any]) -> Any:
        """Return the answer to a query; None when there is no such thing."""
        return self._ask("POST", path, query)

    def block(self, kind: str, name: str) -> dict[str, Any] | None:
        """Return a block document with its secrets; None when there is none."""
        found = self.get(f"block_types/slug/{kind}/block_documents/name/{name}?include_secrets=true")
        return found if isinstance(found, dict) else None

    def replace_block(self, block_id: str, data: Mapping[str, Any]) -> None:
        """Give a block other content."""
        self._ask("PATCH", f"block_documents/{block_id}", {"data": data, "merge_existing_data": False})

    def _ask(self, method: str, path: str, query: Mapping[str, Any] | None = None) -> Any:
        try:
            if method != "GET":
                self._have_token()
            answer = self._session.request(method, f"{self._url}/{path}", json=query, timeout=TIMEOUT)
            self.date = answer.headers.get("Date")
            self._check(answer.status_code)
            return answer.json() if answer.status_code == HTTPStatus.OK else None
        except requests.RequestException as error:
            raise SourceUnavailable(
                f"no usable answer from {self.address} ({type(error).__name__})",
                "Start it (make server), correct PREFECT_API_URL, or unset it to need no server.",
            ) from None

    def _have_token(self) -> None:
        """Get the token without which `make server` lets nobody change anything; other servers have none."""
        headers = self._session.headers
        if "Prefect-Csrf-Token" not in headers:
            path = f"csrf-token?client={headers['Prefect-Csrf-Client']!s}"
            answer = self._session.get(f"{self._url}/{path}", timeout=TIMEOUT)
            headers["Prefect-Csrf-Token"] = (
                answer.json()["token"] if answer.status_code == HTTPStatus.OK else ""
            )

    def _check(self, status: int) -> None:
        told = f"{self.address} answered {status}"
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise SourceError(told, "Correct PREFECT_API_KEY or PREFECT_API_AUTH_STRING.", status)
        if status >= 500:
            raise SourceUnavailable(told, "Look at the server's log.", status=status)
        if status >= 400 and status != HTTPStatus.NOT_FOUND:
            raise SourceError(told, "Use the same release of Prefect on both sides.", status)
