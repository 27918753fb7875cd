"""How much is tried: every point, or enough to see that the machinery itself works."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes."""

    stride: int
    """Every so manyth point of a matrix; 1: all of them."""
    objects: int
    """How many mutated raw objects."""
    writers: int
    """How many processes race."""
    quick: bool


FULL = Scale(stride=1, objects=20_000, writers=8, quick=False)
QUICK = Scale(stride=40, objects=300, writers=3, quick=True)
