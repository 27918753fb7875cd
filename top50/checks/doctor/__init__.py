"""What works and what does not, one line a check, and which source suits this user.

At most five requests to Spotify, no write but one probe that is removed again.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from top50.checks.doctor.advice import advise
from top50.checks.doctor.catalog import examine_catalog
from top50.checks.doctor.lake import examine_lake, song_in
from top50.checks.doctor.prefect import examine_orchestrator
from top50.checks.doctor.questions import Questions
from top50.checks.doctor.spotify import examine_songs, examine_spotify
from top50.checks.finding import Finding, Seen, Surroundings
from top50.errors import SettingsError
from top50.settings import Settings

__all__ = ["Diagnosis", "Finding", "Surroundings", "examine", "refused"]

LARGEST_SKEW = 60
"""Seconds between this machine's clock and another's; AWS refuses signatures from 15 minutes on."""


@dataclass(frozen=True)
class Diagnosis:
    """All findings, and the advice as lines of text."""

    findings: tuple[Finding, ...]
    advice: tuple[str, ...] = ()

    @property
    def healthy(self) -> bool:
        """Whether all that the chosen source, lake and catalog need is there."""
        return not self.failures

    @property
    def failures(self) -> list[Finding]:
        """The needed checks that failed."""
        return [finding for finding in self.findings if finding.needed and finding.state == "failed"]

    @property
    def message(self) -> str:
        """The result in one line: the first needed failure, or that there is none."""
        if self.failures:
            return self.failures[0].text
        broken = sum(finding.state == "failed" for finding in self.findings)
        also = f"; {broken} of the other checks failed" if broken else ""
        return f"all that a run needs is there{also}"


def examine(
    settings: Settings, around: Surroundings, tell: Callable[[Finding], object] = lambda _: None
) -> Diagnosis:
    """Check everything once; `tell` is given each finding as soon as it is known.

    Raises nothing of top50.errors: what is wrong is a finding.
    """
    seen, findings = Seen(), list[Finding]()
    for finding in _findings(settings, around, seen):
        findings.append(finding)
        tell(finding)
    return Diagnosis(tuple(findings), tuple(advise(settings, seen)))


def refused(error: SettingsError) -> Diagnosis:
    """Return the diagnosis of settings that are not taken: nothing else can be examined."""
    return Diagnosis((Finding.of("settings", error),))


def _findings(settings: Settings, around: Surroundings, seen: Seen) -> Iterator[Finding]:
    yield Finding("settings", "ok", _chosen(settings))
    with closing(Questions(settings, seen)) as questions:
        yield from examine_spotify(settings, questions, around, seen)
        lake = yield from examine_lake(settings, around.session)
        yield from examine_songs(questions, song_in(lake) if lake else None)
    yield from examine_catalog(settings, around.session, seen)
    yield from examine_orchestrator(around.prefect, seen)
    yield clock(seen, needed=settings.is_s3)


def _chosen(settings: Settings) -> str:
    return (
        f"TOP50_SOURCE={settings.source}, TOP50_CHART={settings.chart}, TOP50_LAKE={settings.lake}, "
        f"TOP50_CATALOG={settings.catalog_name}"
    )


def clock(seen: Seen, *, needed: bool) -> Finding:
    """Return how this machine's clock agrees with those of the servers that have answered."""
    if not seen.clocks:
        return Finding("clock", "note", "not compared: nobody answered", needed=False)
    whose, ahead = max(seen.clocks.items(), key=lambda each: abs(each[1]))
    told = f"{abs(ahead):.0f} s {'behind' if ahead > 0 else 'ahead of'} that of {whose}"
    if abs(ahead) <= LARGEST_SKEW:
        return Finding("clock", "ok", f"within {LARGEST_SKEW} s of that of {whose}", needed=needed)
    return Finding("clock", "failed", f"this machine's is {told}", "Set it, best by NTP.", needed)
