"""What a period of a service came to against the terms of an agreement, as it is told to both parties.

Milliseconds are whole here. Where a share of an outage or a mean of components makes fractions, downtime is rounded up
and what is left of a budget cut off: no figure looks better than it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from uptally.model.agreement import Agreement, Service
from uptally.model.facts import Exclusion
from uptally.model.judgement import ClaimStatus, Termination
from uptally.model.objective import ObjectiveJudgement
from uptally.model.observation import Reason
from uptally.model.terms import Terms
from uptally.model.verdict import Verdict
from uptally.units.time import Window


class Range(NamedTuple):
    """An availability as it counts, and the worst and the best that it can have been; None without service time."""

    measured: Fraction | None
    worst: Fraction | None
    best: Fraction | None


class Credit(NamedTuple):
    """A part of the fee, and what that is in money; None without a fee."""

    share: Fraction
    amount: Decimal | None


class Use(NamedTuple):
    """What a dependency used of a budget: the counted time in which it was down alone, and with others.

    `agreement` is the operational one that covers it, empty for a component of the service itself.
    """

    name: str
    agreement: str
    alone_ms: int
    shared_ms: int


class Forecast(NamedTuple):
    """Where a period in progress is heading, if all goes on as it did so far.

    `spent` is the share of the budget that is gone, None where there is none. `gone_ms` is when all of it will be
    gone, None where it lasts, or is gone already. `counted_ms` is the downtime at the period's end.
    """

    spent: Fraction | None
    gone_ms: int | None
    counted_ms: Fraction


class LeftOut(NamedTuple):
    """An exclusion that touches a period, and whether the terms leave anything out for it."""

    exclusion: Exclusion
    counts: bool


@dataclass(frozen=True, slots=True)
class ServiceOutage:
    """An outage of a service: down time from one transition to the next, with unknown time between.

    The bounds are the attempts between which it began and ended, None where that is not known; `end_ms` is None while
    it lasts. `counted` is what counts of it, by service window.
    """

    start_ms: int
    end_ms: int | None
    down_ms: int
    unknown_ms: int
    start_earliest_ms: int | None
    start_latest_ms: int | None
    end_earliest_ms: int | None
    end_latest_ms: int | None
    reason: Reason
    components: tuple[str, ...]
    counted: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class WindowStatement:
    """What a service window of a period came to: `up + down + unknown` is the agreed time, and with `excluded` the
    scheduled time. Construction raises ValueError where it is not.

    `verdict` is None where there was nothing to measure. `counted_ms` is downtime under the contract's definition, and
    `denominator_ms` what it is divided by.
    """

    name: str
    target: Fraction
    verdict: Verdict | None
    availability: Range
    scheduled_ms: int
    agreed_ms: int
    up_ms: int
    down_ms: int
    unknown_ms: int
    excluded_ms: int
    denominator_ms: int
    counted_ms: int
    budget_ms: int
    left_ms: int
    uses: tuple[Use, ...] = ()
    forecast: Forecast | None = None

    def __post_init__(self) -> None:
        parts = (self.up_ms, self.down_ms, self.unknown_ms)
        if sum(parts) != self.agreed_ms or self.agreed_ms + self.excluded_ms != self.scheduled_ms or min(parts) < 0:
            raise ValueError(f"sums do not tile the window: {self!r}")

    @property
    def coverage(self) -> Fraction | None:
        """The share of the agreed time for which the state is known."""
        return Fraction(self.up_ms + self.down_ms, self.agreed_ms) if self.agreed_ms else None


@dataclass(frozen=True, slots=True)
class PeriodStatement:
    """The statement of an agreement for a service and a period, with one of each service window.

    `agreement` is None for what is promised to everyone. `verdict` is that of all windows, None where none has any.
    Of a period that is not over, all is provisional, and verdict, credit and budget are those of the whole period, if
    the rest of it is up.

    `credit` is that of the counted figure, `least` and `most` are the ends of what it can be. `due` is the one that
    holds, claimed or not: another than the counted one where what is not known was decided, None while a person has to.
    `claim` is that of the one that holds, or can. `booked` is what is to be booked: None while the period runs, where a
    person has to decide, and without a fee. `forecast` is the credit that the period is heading for.
    """

    agreement: Agreement | None
    service: Service
    terms: Terms
    label: str
    period: Window
    as_of_ms: int
    windows: tuple[WindowStatement, ...]
    verdict: Verdict | None
    outages: tuple[ServiceOutage, ...]
    credit: Credit
    least: Credit
    most: Credit
    due: Credit | None
    booked: Decimal | None
    tax: Decimal | None
    claim: ClaimStatus
    claim_by_ms: int | None
    termination: Termination | None
    codes: tuple[str, ...]
    lines: tuple[str, ...]
    forecast: Credit | None = None
    objectives: tuple[ObjectiveJudgement, ...] = ()
    """What is promised besides availability, and what it came to."""

    exclusions: tuple[LeftOut, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether the period has ended."""
        return self.as_of_ms >= self.period.end_ms

    @property
    def currency(self) -> str | None:
        """The currency of the fee."""
        return self.terms.fee.currency if self.terms.fee else None
