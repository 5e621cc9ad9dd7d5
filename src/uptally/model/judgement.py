"""What terms come to: the exact result for each period and service window, with the reasons.

Milliseconds are exact fractions, since a share of an outage or a weighted mean of components may count.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

from uptally.units.stretches import Stretches
from uptally.units.time import Window


class ClaimStatus(Enum):
    """How the claim of a credit stands."""

    NOT_REQUIRED = "not_required"
    NOTHING_DUE = "nothing_due"
    NOT_MADE = "not_made"
    IN_TIME = "in_time"
    LATE = "late"

    @property
    def of_nothing(self) -> ClaimStatus:
        """How it stands where there is no credit after all."""
        return self if self is ClaimStatus.NOT_REQUIRED else ClaimStatus.NOTHING_DUE


class Yield(NamedTuple):
    """What a credit rule gave, by its index: a share of the fee."""

    rule: int
    share: Fraction


class Part(NamedTuple):
    """A component that is measured alone: what it weighs beside the others, and its own availability."""

    name: str
    weight: Fraction
    availability: Fraction


@dataclass(frozen=True, slots=True)
class WindowJudgement:
    """What a period came to in one service window.

    `scheduled_ms` may be in the denominator; `agreed_ms` is what exclusions left of it. `counted_ms` is downtime under
    the definition, `ignored_ms` what it does not count, `excluded_ms` what was down inside valid exclusions; `down_ms`
    was down outside them, and `unknown_ms` nobody measured. `availability` is None without service time;
    `decision` is what is decided by, after the contract's rounding. `share` is the credit, a part of the fee, after the
    window's cap. `counted` is the time that counts; empty where components are measured apart or requests are averaged.
    """

    name: str
    target: Fraction
    scheduled_ms: Fraction
    agreed_ms: Fraction
    denominator_ms: Fraction
    counted_ms: Fraction
    excluded_ms: Fraction
    ignored_ms: Fraction
    unknown_ms: Fraction
    down_ms: Fraction
    availability: Fraction | None
    decision: Fraction | None
    is_met: bool | None
    budget_ms: Fraction
    left_ms: Fraction
    share: Fraction
    yields: tuple[Yield, ...]
    is_capped: bool
    counted: Stretches
    parts: tuple[Part, ...] = ()
    """The components of a weighted mean that have service time."""


@dataclass(frozen=True, slots=True)
class PeriodJudgement:
    """What a period came to: `is_met` by all windows that have an availability, None where none has.

    `share` of the fee, capped, is the credit; `amount` is it in money, `payable` what of it a claim that was needed
    makes due, net, and `tax` what is added to that; all None without a fee. `claim_by_ms` is the end of the time in
    which it can be claimed, None where no claim is needed. `fee_share` is what part of the fee the period costs.
    """

    label: str
    period: Window
    windows: tuple[WindowJudgement, ...]
    is_met: bool | None
    share: Fraction
    fee_share: Fraction
    amount: Decimal | None
    payable: Decimal | None
    tax: Decimal | None
    claim: ClaimStatus
    claim_by_ms: int | None
    codes: tuple[str, ...]


class Termination(NamedTuple):
    """Whether a right to terminate was touched: in which period first, and by which rule's index."""

    first_period: str | None
    rule: int | None

    @property
    def is_right(self) -> bool:
        """Whether there is a right."""
        return self.rule is not None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What terms came to over some periods; `termination` is None without rules for it."""

    periods: tuple[PeriodJudgement, ...]
    termination: Termination | None
