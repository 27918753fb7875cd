"""How much is measured: all of it, or enough to see that the benchmarks themselves work."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes and repetitions."""

    snapshots: int
    """How many `build_tables` gets."""
    backlogs: tuple[int, ...]
    """How many raw objects are pending when memory is measured."""
    rounds: int
    """How often contenders take turns."""
    weeks: int
    """How many weeks a lake in steady state holds."""
    history: int
    """How many weeks the views are asked about."""
    archives: tuple[int, ...]
    """How many raw objects are rebuilt and imported."""
    growth_from: int
    """Growth is from this one of them to the last."""
    merged: tuple[int, int]
    """How many bytes the merged archives have that are imported."""
    patience: float
    """A rival whose next archive would take more seconds than this is not given it."""
    regions: int
    """How many regions' charts a lake of many charts has."""
    region_weeks: int
    """And of how many weeks."""
    quick: bool = False
    """Whether it says nothing about speed."""


FULL = Scale(
    snapshots=1000,
    backlogs=(2000, 4000),
    rounds=5,
    weeks=10,
    history=522,
    archives=(100, 300, 1000, 3000, 10_000),
    growth_from=1000,
    merged=(500_000_000, 2_000_000_000),
    patience=900.0,
    regions=73,
    region_weeks=522,
)
QUICK = Scale(
    snapshots=100,
    backlogs=(100, 200),
    rounds=2,
    weeks=10,
    history=60,
    archives=(20, 60, 200),
    growth_from=20,
    merged=(5_000_000, 20_000_000),
    patience=60.0,
    regions=4,
    region_weeks=6,
    quick=True,
)
