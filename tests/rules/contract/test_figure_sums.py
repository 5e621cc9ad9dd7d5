"""Business figures of a period, added up by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tests.rules.contract.stories import between
from uptally.model.comparison import Comparison
from uptally.model.objective import Figure, Measured, Objective, ObjectiveFacts, Quotient, Total
from uptally.model.terms import Always, ServiceWindow, Terms
from uptally.rules.contract.figure_sums import figure_sum

TERMS = Terms("gold", (ServiceWindow("always", Fraction(99, 100), Always()),))
UTC = ZoneInfo("UTC")


def figure(first: str, last: str, numerator: int, denominator: int | None = None) -> Figure:
    under = None if denominator is None else Fraction(denominator)
    return Figure("leads", date.fromisoformat(first), date.fromisoformat(last), Fraction(numerator), under)


def october(measure: Total | Quotient, *figures: Figure, zone: ZoneInfo = UTC) -> Measured:
    period = between("2026-10-01", "2026-11-01", zone)
    promised = Objective("it", measure, Comparison.LE, Fraction(1))
    return figure_sum(replace(TERMS, zone=zone), promised, ObjectiveFacts(period.end_ms, figures=figures), period)


def test_without_a_figure_nothing_is_known_and_that_is_said() -> None:
    nothing = Measured(None, {"figures": 0, "days": 0}, ("no figure is on record for the period",))
    assert october(Total("leads")) == nothing


def test_figure_that_stands_alone_is_its_own_sum() -> None:
    found = october(Total("leads"), figure("2026-10-05", "2026-10-06", 5))
    assert found == Measured(Fraction(5), {"figures": 1, "days": 2}, ("1 figure, for 2 of 31 days", "5"))


def test_quotient_is_told_with_what_it_was_made_of() -> None:
    found = october(Quotient("leads"), figure("2026-10-05", "2026-10-05", 1, 4))
    lines = ("1 figure, for 1 of 31 days", "numerators: 1", "denominators: 4", "1 / 4")
    assert found == Measured(Fraction(1, 4), {"figures": 1, "days": 1}, lines)


def test_quotient_of_nothing_is_told_with_what_there_was() -> None:
    found = october(Quotient("leads"), figure("2026-10-05", "2026-10-05", 0, 0))
    lines = ("1 figure, for 1 of 31 days", "numerators: 0", "denominators: 0", "there is nothing to divide by")
    assert found == Measured(None, {"figures": 1, "days": 1}, lines)


def test_all_figures_that_reach_beyond_the_period_are_counted() -> None:
    found = october(Total("leads"), figure("2026-09-30", "2026-10-01", 5), figure("2026-10-31", "2026-11-01", 5))
    assert found.lines[0] == "left aside, reaching beyond the period: 2 figures"


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Pacific/Auckland"])
def test_days_of_a_figure_are_those_of_the_terms_zone(zone: str) -> None:
    ends = figure("2026-10-01", "2026-10-01", 1), figure("2026-10-31", "2026-10-31", 2)
    assert october(Total("leads"), *ends, zone=ZoneInfo(zone)).value == 3
    beyond = figure("2026-09-30", "2026-09-30", 1), figure("2026-11-01", "2026-11-01", 2)
    assert october(Total("leads"), *beyond, zone=ZoneInfo(zone)).lines == ("no figure is on record for the period",)
