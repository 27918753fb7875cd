"""Fields of a JSON document, spoilt."""

from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

JsonMutation = Callable[[Random, Any, Any], None]
"""Spoils one place: the container and the key or index in it."""

_WRONG: list[Any] = [
    *[None, True, 0, -1, 2**31, 2**63, 10**400, 1e308, float("nan"), float("inf"), -0.5],
    *["", " ", "x" * 3000, "\ud800", "\x00", "../../x", "a/b", "0000", "9999-99-99", "٣", "\u202e", "NaN"],
    *["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-20", "1969-12-31T23:59:59Z"],
    *[[], {}, [None], [[]], [{}], {"": None}, {"id": {}}, {"items": []}, [0] * 50],
]


def place(dice: Random, tree: Any) -> tuple[Any, Any]:
    """Return a container somewhere in a tree, and a key or index in it."""
    here: Any = [tree]
    at: Any = 0
    inner = tree
    while isinstance(inner, dict | list) and inner and (inner is tree or dice.random() < 0.8):
        here = inner
        at = dice.choice(list(inner)) if isinstance(inner, dict) else dice.randrange(len(inner))
        inner = here[at]
    return here, at


def _retype(dice: Random, here: Any, at: Any) -> None:
    here[at] = deepcopy(dice.choice(_WRONG))


def _rename(dice: Random, here: Any, at: Any) -> None:
    if isinstance(here, dict):
        here[dice.choice([f"{at}s", str(at).upper(), "", "items", "track", "id"])] = here.pop(at)


def _remove(_: Random, here: Any, at: Any) -> None:
    del here[at]


def _null(_: Random, here: Any, at: Any) -> None:
    here[at] = None


def _nest(dice: Random, here: Any, at: Any) -> None:
    for _ in range(dice.choice((1, 2, 50))):
        here[at] = [here[at]] if dice.random() < 0.5 else {"items": here[at]}


def _repeat(dice: Random, here: Any, at: Any) -> None:
    if isinstance(here, list):
        here[at:at] = [here[at]] * dice.choice((1, 2, 60))


def _swap(dice: Random, here: Any, at: Any) -> None:
    if isinstance(here, list):
        dice.shuffle(here)
    else:
        other = dice.choice(list(here))
        here[at], here[other] = here[other], here[at]


TREES: dict[str, JsonMutation] = {
    "a field of another type": _retype,
    "a field of another name": _rename,
    "a field removed": _remove,
    "a field null": _null,
    "a field nested": _nest,
    "a row repeated": _repeat,
    "fields swapped": _swap,
}
