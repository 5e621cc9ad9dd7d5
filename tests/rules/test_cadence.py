from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptally.rules.cadence import (
    budget_ms,
    can_prove,
    checks_per_day,
    longest_proving_interval_ms,
    proving_interval_ms,
)
from uptally.units.ratio import parse_percent


@pytest.mark.parametrize(
    ("target", "budget", "longest_ms"),
    [
        ("99%", 25_920_000, 8_640_000),
        ("99.95%", 1_296_000, 432_000),
        ("99.999%", 25_920, 8_640),
        ("99.9999%", 2_592, 864),
        ("99.99999%", 259, 86),
        ("100%", 0, 0),
    ],
)
def test_a_third_of_the_monthly_budget_is_the_longest_interval(target: str, budget: int, longest_ms: int) -> None:
    assert budget_ms(parse_percent(target)) == budget
    assert longest_proving_interval_ms(parse_percent(target)) == longest_ms


def test_the_longest_interval_proves_and_a_millisecond_more_does_not() -> None:
    five_nines = parse_percent("99.999%")
    assert can_prove(interval_ms=8_640, target=five_nines)
    assert not can_prove(interval_ms=8_641, target=five_nines)


def test_a_target_without_a_budget_is_proved_by_no_interval() -> None:
    assert not can_prove(interval_ms=1, target=Fraction(1))


@given(st.integers(1, 10**9), st.fractions(0, 1))
def test_an_interval_proves_exactly_when_three_of_it_fit_into_the_budget(interval_ms: int, target: Fraction) -> None:
    budget = (1 - target) * 30 * 86_400_000
    assert can_prove(interval_ms=interval_ms, target=target) == (3 * interval_ms <= budget)


@given(st.integers(1, 999_999))
def test_the_interval_that_is_advised_proves_and_loses_less_than_a_second_to_round_figures(millionths: int) -> None:
    target = Fraction(millionths, 1_000_000)
    advised_ms = proving_interval_ms(target)
    assert can_prove(interval_ms=advised_ms, target=target)
    assert not can_prove(interval_ms=advised_ms + 1_000, target=target)


@given(st.integers(1, 86_400_000))
def test_the_checks_of_a_day_fill_it_and_one_fewer_would_not(interval_ms: int) -> None:
    count = checks_per_day(interval_ms)
    assert (count - 1) * interval_ms < 86_400_000 <= count * interval_ms


def test_hours_of_a_week_have_a_budget_of_their_own() -> None:
    fifty_hours_a_week = 30 * 24 * 3_600_000 * 50 // 168
    assert budget_ms(parse_percent("99.9%"), of_ms=fifty_hours_a_week) == 771_428
    assert longest_proving_interval_ms(parse_percent("99.9%"), of_ms=fifty_hours_a_week) == 257_142
    assert proving_interval_ms(parse_percent("99.9%"), of_ms=fifty_hours_a_week) == 257_000


@pytest.mark.parametrize(
    ("of_ms", "advised_ms"),
    [(2_997, 999), (3_000, 1_000), (3_003, 1_000), (5_997, 1_000), (6_000, 2_000), (3, 1), (2, 0)],
)
def test_the_interval_that_is_advised_is_in_whole_seconds_from_one_on(of_ms: int, advised_ms: int) -> None:
    assert proving_interval_ms(Fraction(0), of_ms=of_ms) == advised_ms


def test_checks_of_a_day_are_a_whole_number() -> None:
    assert [str(checks_per_day(interval_ms)) for interval_ms in (8_000, 7_000)] == ["10800", "12343"]
