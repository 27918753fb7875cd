"""Imports that bring along what nobody here uses."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast


@contextmanager
def without(module: str) -> Iterator[None]:
    """Keep a module from what is imported within, which takes it where it is installed and can do without.

    Only around imports at the top of a file: whatever another thread imports meanwhile misses it too.
    """
    modules = cast("dict[str, object]", sys.modules)
    if module in modules:
        yield
        return
    modules[module] = None  # how Python is told that there is none
    try:
        yield
    finally:
        del modules[module]
