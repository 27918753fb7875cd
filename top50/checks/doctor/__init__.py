"""The doctor: what works and what does not, one line a check, and which source suits this user.

At most five requests to Spotify. It writes one probe into the lake, and removes it.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from top50.charts import label
from top50.checks.clock import check_clock
from top50.checks.doctor.advice import advise
from top50.checks.doctor.catalog import check_catalog
from top50.checks.doctor.context import Dependencies, Observations
from top50.checks.doctor.lake import check_lake, first_song
from top50.checks.doctor.prefect import check_prefect
from top50.checks.doctor.sources import check_source
from top50.checks.doctor.spotify import SpotifyChecks
from top50.checks.finding import Finding
from top50.errors import SettingsError
from top50.settings import Settings
from top50.text import as_code

__all__ = ["Dependencies", "Diagnosis", "Finding", "examine", "refused"]


@dataclass(frozen=True)
class Diagnosis:
    """All findings, and the advice as lines of text."""

    findings: tuple[Finding, ...]
    advice: tuple[str, ...] = ()

    @property
    def healthy(self) -> bool:
        """Whether the chosen source, lake and catalog have all that they need."""
        return not self.failures

    @property
    def failures(self) -> list[Finding]:
        """The needed checks that failed."""
        return [finding for finding in self.findings if finding.needed and finding.state == "failed"]

    @property
    def message(self) -> str:
        """The result in one line: the first needed failure, or that there are none."""
        if self.failures:
            return self.failures[0].text
        optional = sum(finding.state == "failed" for finding in self.findings)
        also = f"; {optional} of the other checks failed" if optional else ""
        return f"everything that a run needs works{also}"

    @property
    def markdown(self) -> str:
        """The diagnosis as a page of the Prefect dashboard; other people's text in it stays inert."""
        findings = "\n".join(f"- {as_code(str(finding))}" for finding in self.findings)
        parts = ["# Doctor", as_code(self.message), "## Findings", findings]
        if self.advice:
            parts += ["## Advice", *(as_code(line) for line in self.advice if line)]
        return "\n\n".join(parts) + "\n"


def examine(
    settings: Settings, dependencies: Dependencies, report: Callable[[Finding], object] = lambda _: None
) -> Diagnosis:
    """Run every check once and return the diagnosis; `report` gets each finding at once.

    Raises nothing of top50.errors: a failure is a finding.
    """
    observations, findings = Observations(), list[Finding]()
    for finding in _findings(settings, dependencies, observations):
        findings.append(finding)
        report(finding)
    return Diagnosis(tuple(findings), tuple(advise(settings, observations)))


def refused(error: SettingsError) -> Diagnosis:
    """Return the diagnosis of settings that are refused: nothing else can be checked."""
    return Diagnosis((Finding.from_error("settings", error),))


def _findings(
    settings: Settings, dependencies: Dependencies, observations: Observations
) -> Iterator[Finding]:
    yield Finding(
        "settings",
        "ok",
        f"TOP50_SOURCE={settings.source}, TOP50_CHART={label(settings.chart)}, TOP50_LAKE={settings.lake}, "
        f"TOP50_CATALOG={settings.catalog_name}",
    )
    with closing(SpotifyChecks(settings, dependencies, observations)) as spotify:
        yield from check_source(settings, spotify, observations)
        lake = yield from check_lake(settings, dependencies.aws_session)
        if lake:
            detail = "not checked here: make verify (python -m deployments.verify) checks all of it"
            yield Finding("lake contents", "note", detail, needed=False)
        yield from spotify.check_song(first_song(lake) if lake else None)
    yield from check_catalog(settings, dependencies.aws_session, observations)
    yield from check_prefect(dependencies.prefect, observations)
    yield check_clock(observations.clocks, needed=settings.is_s3)
