"""Exact shares of amounts, rounded once."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptally.units.money import Money, Rounding, exact_text, rounded

HALF_EVEN, HALF_UP, TRUNCATE = Rounding.HALF_EVEN, Rounding.HALF_UP, Rounding.TRUNCATE


@pytest.mark.parametrize(
    ("value", "half_even", "half_up", "truncate"),
    [
        ("0.004999", "0.00", "0.00", "0.00"),
        ("0.005", "0.00", "0.01", "0.00"),
        ("0.005001", "0.01", "0.01", "0.00"),
        ("0.015", "0.02", "0.02", "0.01"),
        ("0.025", "0.02", "0.03", "0.02"),
        ("0.026", "0.03", "0.03", "0.02"),
        ("-0.005", "0.00", "-0.01", "0.00"),
        ("-0.015", "-0.02", "-0.02", "-0.01"),
        ("-0.026", "-0.03", "-0.03", "-0.02"),
        ("9.999", "10.00", "10.00", "9.99"),
        ("7", "7.00", "7.00", "7.00"),
    ],
)
def test_ties_go_as_the_contract_names(value: str, half_even: str, half_up: str, truncate: str) -> None:
    exact = Fraction(value)
    assert [str(rounded(exact, decimals=2, rounding=each)) for each in (HALF_EVEN, HALF_UP, TRUNCATE)] == [
        half_even,
        half_up,
        truncate,
    ]


@pytest.mark.parametrize(("decimals", "text"), [(0, "1235"), (1, "1234.6"), (3, "1234.568"), (5, "1234.56789")])
def test_amount_has_as_many_places_as_its_currency(decimals: int, text: str) -> None:
    assert str(rounded(Fraction("1234.56789"), decimals=decimals, rounding=HALF_UP)) == text


def test_third_is_no_tie() -> None:
    assert rounded(Fraction(1, 3), decimals=2, rounding=HALF_UP) == Decimal("0.33")
    assert rounded(Fraction(2, 3), decimals=2, rounding=HALF_EVEN) == Decimal("0.67")


def test_amount_of_many_digits_loses_none() -> None:
    digits = "123456789012345678901234567890123456789.12"
    assert str(rounded(Fraction(digits), decimals=2, rounding=HALF_EVEN)) == digits


def test_nothing_below_zero_is_zero_without_a_sign() -> None:
    assert str(rounded(Fraction(-1, 1000), decimals=2, rounding=HALF_EVEN)) == "0.00"


@given(st.fractions(), st.integers(0, 6), st.sampled_from(Rounding))
def test_rounding_moves_by_half_a_place_at_most_and_truncation_only_towards_zero(
    value: Fraction, decimals: int, rounding: Rounding
) -> None:
    found = Fraction(rounded(value, decimals=decimals, rounding=rounding))
    place = Fraction(1, 10**decimals)
    assert (found / place).denominator == 1
    if rounding is TRUNCATE:
        assert abs(found) <= abs(value) < abs(found) + place
    else:
        assert abs(found - value) <= place / 2


def test_money_is_written_with_all_its_places_and_its_currency() -> None:
    assert str(Money(Decimal("1000.50"), "EUR")) == "1000.50 EUR"
    assert str(Money(Decimal("1E+3"), "JPY")) == "1000 JPY"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(0), "0"),
        (Fraction(10), "10"),
        (Fraction(1, 2), "0.5"),
        (Fraction(1, 5), "0.2"),
        (Fraction(1, 8), "0.125"),
        (Fraction(1, 25), "0.04"),
        (Fraction(1, 20), "0.05"),
        (Fraction(3, 40), "0.075"),
        (Fraction(1, 250), "0.004"),
        (Fraction(1, 1000), "0.001"),
        (Fraction(-1, 1000), "-0.001"),
        (Fraction(-5, 4), "-1.25"),
        (Fraction(99_999, 1_000), "99.999"),
        (Fraction(-2, 3), "-2/3"),
        (Fraction(1, 30), "1/30"),
        (Fraction(7, 6), "7/6"),
    ],
)
def test_exact_value_is_a_decimal_without_trailing_zeros_or_a_fraction(value: Fraction, text: str) -> None:
    assert exact_text(value) == text


@given(st.fractions())
def test_exact_text_reads_back_as_the_value(value: Fraction) -> None:
    text = exact_text(value)
    assert Fraction(text) == value
    assert "." not in text or not text.endswith("0")
