"""What an SLA promises besides availability: how fast answers are, how soon incidents are dealt with, business figures.

Values are exact fractions in the unit of what is measured: microseconds for latencies, fractions of 1 for shares, plain
numbers for figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

from uptally.model.comparison import Comparison
from uptally.model.credit import Tiers
from uptally.model.incident import Incident
from uptally.model.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Percentile:
    """The latency that a share of the good answers did not exceed, in microseconds.

    Of a service with several components it is the slowest one's. Failures have no latency: they are downtime.
    """

    share: Fraction


class Step(Enum):
    """What is done about an incident, in this order."""

    ACKNOWLEDGE = "acknowledge"
    RESPOND = "respond"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Promptness:
    """The share of incidents of which a step was done within a time, of which only that in a service window counts.

    Without `window` all time counts; without `severities` incidents of every severity do.
    """

    step: Step
    within_ms: int
    window: str | None = None
    severities: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of a business figure over the period."""

    figure: str


@dataclass(frozen=True, slots=True)
class Quotient:
    """The sum of a business figure's numerators over that of its denominators.

    `is_percent` says whether it is written as a percentage.
    """

    figure: str
    is_percent: bool = True


Measure = Percentile | Promptness | Total | Quotient


@dataclass(frozen=True, slots=True)
class Objective:
    """A promise: what is measured compares so with a limit, a floor or a ceiling, in the unit of the measure.

    `tiers` are of the measured value; without them a miss earns no credit.
    """

    name: str
    measure: Measure
    comparison: Comparison
    limit: Fraction
    tiers: Tiers | None = None


class Figure(NamedTuple):
    """A business figure of some days, the last included: a count, or with a denominator the parts of a ratio.

    `agreement` is the slug of the one that it is for; empty for all.
    """

    name: str
    first: date
    last: date
    numerator: Fraction
    denominator: Fraction | None = None
    agreement: str = ""


@dataclass(frozen=True, slots=True)
class ObjectiveFacts:
    """What happened, for the objectives of one service under one agreement.

    `latencies` are, for each component, how many good answers within the period and the service time fell into which
    bucket of a sketch (`rules.sketch`). `figures` are those in force. `as_of_ms` is when all this is looked at.
    """

    as_of_ms: int
    latencies: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    incidents: tuple[Incident, ...] = ()
    figures: tuple[Figure, ...] = ()


class Measured(NamedTuple):
    """What a measure came to; `is_decided` is False where the rest of a period in progress may still reach a floor."""

    value: Fraction | None
    counts: Mapping[str, int]
    lines: tuple[str, ...]
    is_decided: bool = True


@dataclass(frozen=True, slots=True)
class ObjectiveJudgement:
    """What an objective came to in a period.

    `value` is what was measured, None where nothing is known; `is_met` is None then, and where a period in progress has
    not yet decided it. `share` of the fee is the credit, and `most` the largest that it can be, which is more where
    `is_met` is None. `counts` are what the value was made of, by name; `lines` show the sum, so that a person can redo
    it.
    """

    name: str
    value: Fraction | None
    is_met: bool | None
    share: Fraction
    most: Fraction
    counts: Mapping[str, int]
    lines: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """Undetermined where nothing is known, or a period in progress may decide."""
        if self.is_met is None:
            return Verdict.UNDETERMINED
        return Verdict.MET if self.is_met else Verdict.MISSED
