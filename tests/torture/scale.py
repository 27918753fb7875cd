"""How much of it is tried."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """How large each part is."""

    stride: int
    """Every stride-th point of a matrix; 1 is all of them."""
    objects: int
    """Mutated raw objects."""
    writers: int
    """Processes in a race."""
    quick: bool


FULL = Scale(stride=1, objects=20_000, writers=8, quick=False)
QUICK = Scale(stride=40, objects=300, writers=3, quick=True)
