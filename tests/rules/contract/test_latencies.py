"""What is said of how fast the good answers of a period were."""

from __future__ import annotations

from fractions import Fraction

import pytest

from uptally.model.objective import Measured
from uptally.rules.contract.latencies import latency_at


@pytest.mark.parametrize("latencies", [{}, {"web": {}}])
def test_without_any_answer_there_is_no_latency_and_that_is_said(latencies: dict[str, dict[int, int]]) -> None:
    nothing = Measured(None, {"answers": 0}, ("no good answer was measured, so there is no latency",))
    assert latency_at(Fraction(1, 2), latencies) == nothing


def test_of_one_component_its_own_latency_is_told() -> None:
    lines = ("50% of 3 good answers are 2: the latency of number 2 from the fastest",)
    assert latency_at(Fraction(1, 2), {"web": {10: 1, 20: 2}}) == Measured(Fraction(20), {"answers": 3}, lines)


def test_of_two_components_the_slowest_is_told_and_all_answers_are_counted() -> None:
    lines = (
        "of 2 components db is the slowest",
        "50% of 1 good answers are 1: the latency of number 1 from the fastest",
    )
    found = latency_at(Fraction(1, 2), {"web": {10: 5}, "db": {90: 1}})
    assert found == Measured(Fraction(90), {"answers": 6}, lines)
