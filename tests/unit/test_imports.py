"""Keeping a module from what is imported."""

import sys

import pytest

from top50.imports import without

_MODULE = "this"  # of the standard library, and imported by nobody


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, _MODULE, raising=False)


def test_it_is_not_there_within_and_is_there_again_after() -> None:
    with without(_MODULE), pytest.raises(ImportError):
        __import__(_MODULE)

    assert __import__(_MODULE)


def test_it_is_there_again_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), without(_MODULE):
        raise ZeroDivisionError

    assert __import__(_MODULE)


def test_what_is_there_already_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    module = type(sys)(_MODULE)
    monkeypatch.setitem(sys.modules, _MODULE, module)

    with without(_MODULE):
        assert __import__(_MODULE) is module

    assert sys.modules[_MODULE] is module
