"""Comparisons as contracts write them."""

from __future__ import annotations

from enum import Enum
from fractions import Fraction


class Comparison(Enum):
    """How one figure must compare with another."""

    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="

    def holds(self, left: Fraction | int, right: Fraction | int) -> bool:
        """Tell whether the left compares so with the right.

        >>> Comparison.LT.holds(1, 1), Comparison.LE.holds(1, 1)
        (False, True)
        """
        if self is Comparison.LT:
            return left < right
        if self is Comparison.LE:
            return left <= right
        return left > right if self is Comparison.GT else left >= right
