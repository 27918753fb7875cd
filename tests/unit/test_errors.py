"""Errors are one clear line: what happened, and what to do about it."""

import pickle
from datetime import UTC, datetime

import pytest

from top50 import errors
from top50.errors import LakeError, QuotaExceeded, SourceUnavailable, Top50Error
from top50.text import clipped


def test_an_error_is_one_line_of_cause_and_remedy() -> None:
    assert str(LakeError("the disk\nis  full.", "Free\tsome space.")) == "the disk is full. Free some space."


@pytest.mark.parametrize(
    "error",
    [
        SourceUnavailable("busy", "Wait.", retry_after=7),
        QuotaExceeded("spent", "Wait.", datetime(2026, 11, 23, tzinfo=UTC)),
        LakeError("full", "Free some space."),
    ],
)
def test_an_error_travels_whole_to_another_process(error: Top50Error) -> None:
    received = pickle.loads(pickle.dumps(error))
    assert (type(received), str(received)) == (type(error), str(error))
    assert vars(received) == vars(error)


@pytest.mark.parametrize(
    "kind",
    [kind for kind in vars(errors).values() if isinstance(kind, type) and kind.__module__ == errors.__name__],
)
def test_only_what_may_pass_is_marked_as_passing(kind: type[Top50Error]) -> None:
    assert issubclass(kind, Top50Error)
    assert kind.passing == (kind.__name__.endswith("Unavailable") or kind.__name__ == "LakeConflict")


def test_what_happened_stays_short_and_keeps_its_ends() -> None:
    error = LakeError(f"cannot read {'x' * 5000}: no such file", "Look.")
    assert len(str(error)) < 700
    assert str(error).startswith("cannot read xxx")
    assert str(error).endswith("xxx: no such file. Look.")
    assert clipped("short", 5) == "short"
    assert len(clipped("x" * 100, 11)) <= 11
