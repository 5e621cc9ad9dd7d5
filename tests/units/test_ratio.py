"""Percentages, exactly."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptally.errors import QuantityError
from uptally.units.ratio import exact_percent, floor_percent, floor_share, parse_percent, percent_decimals


@pytest.mark.parametrize("text", ["99.95", "100.1%", "-1%", "99,9%", "", "%", "1e2%", "٩٩%", "nan%"])
def test_anything_but_a_percentage_with_its_sign_is_refused(text: str) -> None:
    with pytest.raises(QuantityError, match="is no percentage"):
        parse_percent(text)


@given(st.fractions(0, 1), st.integers(0, 9))
def test_a_shown_percentage_is_never_better_than_the_figure_and_less_than_a_digit_below(
    ratio: Fraction, digits: int
) -> None:
    shown = Fraction(floor_percent(ratio, digits=digits)) / 100
    assert 0 <= ratio - shown < Fraction(1, 10 ** (digits + 2))


@given(st.integers(), st.integers(1), st.integers(0, 9))
def test_a_part_of_a_whole_is_written_as_their_ratio(part: int, whole: int, digits: int) -> None:
    assert floor_share(part, whole, digits=digits) == floor_percent(Fraction(part, whole), digits=digits)


@given(st.decimals(0, 100, places=6))
def test_an_exact_percentage_reads_back(percent: object) -> None:
    ratio = parse_percent(f"{percent}%")
    assert parse_percent(f"{exact_percent(ratio)}%") == ratio


def test_a_third_has_no_exact_percentage() -> None:
    with pytest.raises(QuantityError, match="no finite decimal"):
        exact_percent(Fraction(1, 3))


def test_decimals_are_those_the_target_needs() -> None:
    assert [percent_decimals(parse_percent(text)) for text in ("99%", "99.90%", "99.9999%")] == [0, 1, 4]
