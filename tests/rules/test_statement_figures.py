"""A statement's figures as a program reads them, by hand."""

from __future__ import annotations

from fractions import Fraction

from uptally.model.statement import Availability, Budget, Statement
from uptally.model.terms import Terms
from uptally.model.verdict import Verdict
from uptally.rules.statement_figures import statement_figures
from uptally.units.time import Window

WINDOW = Window(0, 10_500_000)
FIVE_NINES = Terms.bare("99.999%", Fraction(99_999, 100_000))


def test_percentages_have_one_decimal_more_than_the_target_and_stand_beside_their_milliseconds() -> None:
    sums = Availability(
        WINDOW,
        scheduled_ms=10_500_000,
        up_ms=8_999_000,
        down_ms=1_000,
        unknown_ms=1_000_000,
        excluded_ms=500_000,
        outages=2,
        longest_outage_ms=700,
        down_low_ms=400,
        down_high_ms=3_000,
    )
    assert statement_figures(Statement("24h", FIVE_NINES, sums, Budget(90, -910), Verdict.MISSED, is_over=False)) == {
        "verdict": "missed",
        "availability_percent": "99.9888",
        "availability_worst_percent": "89.9700",
        "availability_best_percent": "99.9960",
        "up_ms": 8_999_000,
        "down_ms": 1_000,
        "down_low_ms": 400,
        "down_high_ms": 3_000,
        "unknown_ms": 1_000_000,
        "excluded_ms": 500_000,
        "coverage_percent": "90.0000",
        "outages": 2,
        "longest_outage_ms": 700,
        "budget_ms": 90,
        "budget_left_ms": -910,
    }


def test_of_what_nobody_knows_there_is_no_figure_and_no_outage_but_the_ends_of_what_it_can_have_been() -> None:
    found = statement_figures(Statement("24h", None, unknown(1_000), None, None, is_over=False))
    assert found == {
        "verdict": None,
        "availability_percent": None,
        "availability_worst_percent": "0.000",
        "availability_best_percent": "100.000",
        "up_ms": 0,
        "down_ms": 0,
        "down_low_ms": None,
        "down_high_ms": None,
        "unknown_ms": 1_000,
        "excluded_ms": 0,
        "coverage_percent": "0.000",
        "outages": None,
        "longest_outage_ms": None,
        "budget_ms": None,
        "budget_left_ms": None,
    }


def test_of_no_time_at_all_there_is_no_percentage() -> None:
    found = statement_figures(Statement("24h", None, unknown(0), None, None, is_over=False))
    assert {value for name, value in found.items() if name.endswith("_percent")} == {None}


def unknown(length_ms: int) -> Availability:
    return Availability(WINDOW, length_ms, 0, 0, length_ms, 0, 0, 0, 0, 0)
