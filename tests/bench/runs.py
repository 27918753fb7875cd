"""Runs of modules in processes of their own, metered; an environment that has nothing of the user's."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tests.bench import meter

ROOT = Path(__file__).resolve().parents[2]

EMPTY = "tests.bench.empty_flow"

_logger = logging.getLogger(__name__)

NEVER, SELDOM, OFTEN = 0.0, 1.0, 0.1
"""Where seconds count; where both do, for runs of minutes; where memory counts."""

_NOT_OURS = ("AWS_", "PREFECT_", "SPOTIPY_", "TOP50_")


class RunFailedError(Exception):
    """A run that was to be measured failed; quotes the end of what it said."""


def metered(notes: Path, every: float, module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module as `python -m` does, with the meter's notes in a file."""
    return [
        sys.executable,
        "-I",
        meter.__file__,
        str(notes),
        str(every),
        sys.executable,
        "-m",
        module,
        *arguments,
    ]


class Run(msgspec.Struct, frozen=True):
    """What a run took."""

    seconds: float
    peak_mib: float
    """The largest of its processes."""
    cpu_seconds: float
    tree_mb: float | None
    """All its processes together, in MB (10⁶ bytes); None where nobody looked."""


def middle(runs: Iterable[Run]) -> Run:
    """Return the run that took the median of their seconds, the quicker of two."""
    ordered = sorted(runs, key=lambda run: run.seconds)
    return ordered[(len(ordered) - 1) // 2]


class Point(msgspec.Struct, frozen=True):
    """What one contender took for so many raw objects: one point of the plot."""

    contender: str
    objects: int
    seconds: float
    tree_mb: float | None


@dataclass(frozen=True)
class Runner:
    """Runs modules with these settings; `folder` is for the meter's notes."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, module: str, *arguments: str | Path, every: float = NEVER) -> Run:
        """Run a module as `python -m` does and return what it took. Raises RunFailedError.

        every: seconds between two looks at the memory of all its processes, which take time themselves.
        """
        notes = self.folder / "meter.json"
        command = metered(notes, every, module, *map(str, arguments))
        done = subprocess.run(
            command, cwd=ROOT, env=self._environment(), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RunFailedError(f"{module} failed:\n{(done.stdout + done.stderr)[-3000:]}")
        took = msgspec.json.decode(notes.read_bytes(), type=Run)
        _logger.info("%.1f s for %s", took.seconds, " ".join([module, *map(str, arguments)]))
        return took

    def _environment(self) -> dict[str, str]:
        outer = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_OURS)}
        return outer | dict(self.environment)
