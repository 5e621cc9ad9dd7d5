"""Where a period in progress is heading."""

from __future__ import annotations

from fractions import Fraction

import pytest

from uptally.rules.forecast import forecast_of
from uptally.units.stretches import Stretches

TO_COME: Stretches = ((1_000, 2_000), (5_000, 6_000))


@pytest.mark.parametrize(
    ("counted", "budget", "gone_ms", "at_end"),
    [
        (10, 20, 2_000, 30),  # as much again in a thousand of service time
        (10, 30, 6_000, 30),  # just at the end
        (10, 31, None, 30),  # it lasts
        (10, 25, 5_500, 30),  # in the second stretch
        (10, 11, 1_100, 30),  # one millisecond of it is left
        (1, 1, None, 3),  # a budget of a millisecond, gone
        (10, 10, None, 30),  # gone already
        (0, 10, None, 0),  # nothing happens
    ],
)
def test_a_budget_is_spent_in_service_time_at_the_present_pace(
    counted: int, budget: int, gone_ms: int | None, at_end: int
) -> None:
    found = forecast_of(counted_ms=Fraction(counted), elapsed_ms=1_000, to_come=TO_COME, budget_ms=Fraction(budget))
    assert (found.gone_ms, found.counted_ms) == (gone_ms, Fraction(at_end))
    assert found.spent == Fraction(counted, budget)


def test_a_budget_that_lasts_for_less_than_a_millisecond_is_gone_when_service_time_begins() -> None:
    budget_ms = Fraction(2_001, 2)
    found = forecast_of(counted_ms=Fraction(1_000), elapsed_ms=1_000, to_come=TO_COME, budget_ms=budget_ms)
    assert found.gone_ms == 1_000


def test_without_a_budget_nothing_is_spent_of_it() -> None:
    found = forecast_of(counted_ms=Fraction(1), elapsed_ms=1_000, to_come=TO_COME, budget_ms=Fraction(0))
    assert (found.spent, found.gone_ms) == (None, None)


def test_before_anything_was_measured_there_is_no_pace() -> None:
    found = forecast_of(counted_ms=Fraction(0), elapsed_ms=0, to_come=TO_COME, budget_ms=Fraction(10))
    assert (found.spent, found.gone_ms, found.counted_ms) == (Fraction(0), None, Fraction(0))
