"""What a service costs, and what becomes of a credit in money: rounding, least amounts, claims."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

from uptally.model.comparison import Comparison
from uptally.units.money import Rounding


class Proration(Enum):
    """What a fee is in a period of which only a part lies in the contract."""

    NONE = "none"
    CALENDAR_DAYS = "calendar_days"
    EXACT_TIME = "exact_time"


class FeeStep(NamedTuple):
    """Another amount, for periods that begin at an instant or later."""

    from_ms: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Fee:
    """What a period costs, and how shares of it are rounded.

    `day_basis` is how many days a fee is for where credits are given in days; None for the days of the period.
    `steps` rise, `tax` is the rate that is added to a net amount.
    """

    amount: Decimal
    currency: str
    decimals: int = 2
    rounding: Rounding = Rounding.HALF_EVEN
    proration: Proration = Proration.NONE
    day_basis: Fraction | None = None
    steps: tuple[FeeStep, ...] = ()
    tax: Fraction = Fraction(0)

    def amount_at(self, at_ms: int) -> Decimal:
        """Return what a period costs that begins at an instant."""
        amount = self.amount
        for step in self.steps:
            if step.from_ms <= at_ms:
                amount = step.amount
        return amount


@dataclass(frozen=True, slots=True)
class LeastCredit:
    """A credit is issued only where its amount compares so with another."""

    amount: Decimal
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class ClaimRule:
    """By when a credit must be claimed: so many local days after the period; `is_business` counts business days."""

    days: int
    is_business: bool = False
