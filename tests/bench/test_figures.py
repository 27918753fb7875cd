import pytest

from tests.bench.figures import Duel, Figure, alternate


def figure(result: float, target: str, ours: float = 0.0) -> Figure:
    return Figure("rebuild", ours, "s", result, "×", target)


@pytest.mark.parametrize(
    ("result", "target", "met"),
    [
        (0.5, "≥ 0.5 ×", True),
        (0.49, "≥ 0.5 ×", False),
        (11.0, "≤ 11 ×", True),
        (11.2, "≤ 11 ×", False),
        (700.0, "< 700 MB", False),
        (699.0, "< 700 MB", True),
        (1000.0, "", None),
    ],
)
def test_a_limit_is_met_or_missed_and_none_is_neither(result: float, target: str, met: bool | None) -> None:
    assert figure(result, target).met is met


def test_a_limit_on_ours_does_not_look_at_the_result() -> None:
    assert figure(result=500.0, target="ours < 100 ms", ours=99.0).met is True
    assert figure(result=5.0, target="ours < 100 ms", ours=101.0).met is False


def test_ratios_are_the_median_of_the_rounds_not_of_each_side() -> None:
    duel = Duel({"ours": [1.0, 2.0, 4.0], "theirs": [10.0, 10.0, 80.0]}, "ours", "theirs")
    assert duel.times_faster("speed", "").result == 10.0
    assert duel.times_as_much("share", "").result == 0.1
    assert duel.more("more", "").result == -9.0


def test_contenders_take_turns() -> None:
    order: list[str] = []

    def contender(name: str) -> str:
        order.append(name)
        return name.upper()

    runs = alternate({"a": lambda: contender("a"), "b": lambda: contender("b")}, 2)
    assert order == ["a", "b", "a", "b"]
    assert runs == {"a": ["A", "A"], "b": ["B", "B"]}
