"""How much is tried: all of it, or enough to see that the machinery itself works."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """How dense the points of a part are."""

    stride: int
    """Every stride-th point of a matrix; 1 = all."""
    objects: int
    """How many mutated raw objects."""
    writers: int
    """How many processes in a race."""
    quick: bool


FULL = Scale(stride=1, objects=20_000, writers=8, quick=False)
QUICK = Scale(stride=40, objects=300, writers=3, quick=True)
