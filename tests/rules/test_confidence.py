"""How much so few months prove."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest

from uptally.rules.confidence import PARTS, least_chance


@pytest.mark.parametrize(("met", "of", "limit"), [(1, 1, 50), (2, 2, 223), (12, 12, 779), (10, 10, 741), (0, 5, 0)])
def test_limits_are_those_of_the_tables(met: int, of: int, limit: int) -> None:
    assert least_chance(met=met, of=of) == Fraction(limit, PARTS)


@pytest.mark.parametrize("of", [1, 3, 12, 24])
def test_a_greater_chance_would_be_refuted_and_the_one_told_is_not(of: int) -> None:
    for met in range(1, of + 1):
        chance = least_chance(met=met, of=of)
        for parts, is_beyond in ((chance, False), (chance + Fraction(1, PARTS), True)):
            so_many = sum(comb(of, k) * parts**k * (1 - parts) ** (of - k) for k in range(met, of + 1))
            assert (so_many > Fraction(1, 20)) is is_beyond
