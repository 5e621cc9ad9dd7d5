"""How much so few months prove: exact, by the binomial distribution."""

from __future__ import annotations

from fractions import Fraction
from math import comb

PARTS = 1_000
"""Chances are told to a thousandth, cut off."""

_TAIL = 20
"""With 95% confidence: otherwise so much as was seen would be seen less than once in twenty times."""


def least_chance(*, met: int, of: int) -> Fraction:
    """Return the least chance that a month meets a target, with 95% confidence, of which so many of so many months did.

    The greatest chance, of thousandths, with which so many or more would meet it no more than once in twenty times:
    the one-sided limit of Clopper and Pearson. Months are taken for independent and alike.
    Source: C. J. Clopper, E. S. Pearson, Biometrika 26 (1934), 404-413.

    >>> least_chance(met=12, of=12), least_chance(met=11, of=12), least_chance(met=0, of=12)
    (Fraction(779, 1000), Fraction(661, 1000), Fraction(0, 1))
    """
    first, last = 0, PARTS
    while last - first > 1:
        middle = (first + last) // 2
        if _TAIL * _at_least(met, of, middle) <= PARTS**of:
            first = middle
        else:
            last = middle
    return Fraction(first, PARTS)


def _at_least(met: int, of: int, parts: int) -> int:
    """Return the chance that so many months or more meet it, in parts of `PARTS` to the power of `of`."""
    return sum(comb(of, count) * parts**count * (PARTS - parts) ** (of - count) for count in range(met, of + 1))
