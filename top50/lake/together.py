"""Several objects at the same time."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_WORKERS = 8

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def side_by_side(work: Callable[[_In], _Out], items: Iterable[_In]) -> list[_Out]:
    """Do the same to several objects at the same time; return what came of each, in order."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        return list(pool.map(work, items))
