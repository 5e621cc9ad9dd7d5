"""What was promised: the rules of an SLA, as it was signed.

The rules and what they come to are specified in docs/sla-vectors.md, and held to it by tests/vectors. Ratios and shares
of a fee are exact fractions of 1, durations milliseconds, times of day milliseconds from local midnight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from uptally.model.credit import Combine, CreditRules
from uptally.model.downtime import DowntimeRule, Instant
from uptally.model.fee import ClaimRule, Fee, LeastCredit
from uptally.model.objective import Objective
from uptally.model.termination import TerminationRule
from uptally.units.instant import UTC
from uptally.units.money import Rounding
from uptally.units.time import Window


class PeriodKind(Enum):
    """What a target is measured over.

    Calendar periods run from local midnight to local midnight. A `ROLLING` period is so many local days up to the end
    of the day that names it; a `CYCLE` is a billing cycle, a month from one anchor day to the next.
    """

    MONTH = "calendar_month"
    QUARTER = "calendar_quarter"
    YEAR = "calendar_year"
    CUSTOM = "custom"
    ROLLING = "rolling"
    CYCLE = "billing_cycle"


@dataclass(frozen=True, slots=True)
class Period:
    """A kind of period; `days` is the length of a rolling one, `anchor_day` the day of the month on which a billing
    cycle begins (the month's last where it has no such day), `window` the only custom one that terms have."""

    kind: PeriodKind = PeriodKind.MONTH
    days: int = 30
    anchor_day: int = 1
    window: Window | None = None


class Hours(NamedTuple):
    """Hours of some days of the week, Monday being 0, by the wall clock.

    `to_ms` may be the end of the day. Where it is not after `from_ms`, they run past midnight, and belong to the day
    on which they begin.
    """

    days: frozenset[int]
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class Weekly:
    """A schedule of hours, less those that begin on closed dates."""

    hours: tuple[Hours, ...]
    closed: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class ComplementOf:
    """A schedule of all time that is not in another window."""

    window: str


@dataclass(frozen=True, slots=True)
class Always:
    """A schedule of all time."""


Schedule = Always | Weekly | ComplementOf


@dataclass(frozen=True, slots=True)
class ServiceWindow:
    """When a promise holds, and what was promised for then."""

    name: str
    target: Fraction
    schedule: Schedule = Always()
    credit: CreditRules = CreditRules()


class Unknown(Enum):
    """What time that nobody measured counts as."""

    AS_UP = "as_up"
    AS_DOWN = "as_down"
    LEAVE_OUT = "leave_out"


class PartialPeriod(Enum):
    """What becomes of a period of which only a part lies in the contract."""

    MEASURE_PART = "measure_part"
    REST_COUNTS_AS_UP = "rest_counts_as_up"
    NO_CREDIT = "no_credit"


class OpenPeriod(Enum):
    """What is measured of a period in progress: what has passed of it, or all of it, the rest being up."""

    ELAPSED = "elapsed"
    FULL_PERIOD = "full_period"


@dataclass(frozen=True, slots=True)
class ExclusionRule:
    """A kind of exclusion that the contract knows.

    Without `notice_ms` none is needed. `only_during` are the weekly hours it may take, `most_ms` the most that it may
    exclude of a window in a period. `notice_days` asks for business days of notice instead of hours.
    """

    kind: str
    notice_ms: int | None = None
    only_during: tuple[Hours, ...] | None = None
    most_ms: int | None = None
    notice_days: int | None = None


@dataclass(frozen=True, slots=True)
class ExclusionRules:
    """The kinds of exclusions, and whether their time leaves the denominator or stays in it as up."""

    rules: tuple[ExclusionRule, ...] = ()
    counts_as_up: bool = False


class CompositeMode(Enum):
    """How several components make one service."""

    ANY_DOWN = "any_down"
    ALL_DOWN = "all_down"
    AT_LEAST_DOWN = "at_least_down"
    WEIGHTED = "weighted"
    POOLED = "pooled"


@dataclass(frozen=True, slots=True)
class Composite:
    """How components combine; `least` is for `AT_LEAST_DOWN`, `weights` (in any unit) for `WEIGHTED`."""

    mode: CompositeMode
    least: int = 1
    weights: Mapping[str, Fraction] = field(default_factory=dict)

    def least_down(self, components: int) -> int:
        """Return how many of so many components must be down for the service to be down, where they make one."""
        if self.mode is CompositeMode.ANY_DOWN:
            return 1
        return components if self.mode is CompositeMode.ALL_DOWN else self.least


class DenominatorKind(Enum):
    """What downtime is divided by: the time as it was, local days of 24 hours, or one fixed length."""

    ACTUAL = "actual"
    NOMINAL_DAYS = "nominal_days"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class Denominator:
    """What downtime is divided by; `fixed_ms` is for `FIXED`."""

    kind: DenominatorKind = DenominatorKind.ACTUAL
    fixed_ms: int = 0


class RatioRounding(NamedTuple):
    """To how many decimals of a percent an availability is rounded before anything is decided by it."""

    decimals: int
    rounding: Rounding


@dataclass(frozen=True, slots=True)
class Business:
    """Which days are business days: days of the week, Monday being 0, less holidays."""

    days: frozenset[int] = frozenset(range(5))
    closed: frozenset[date] = frozenset()


class StartsAt(Enum):
    """When downtime begins to count: with the outage, or with the customer's first report of it."""

    OUTAGE = "outage"
    REPORT = "report"


class Confidence(Enum):
    """How sure the ends of an availability are: with 95% confidence, or the sums of hard bounds."""

    LIKELY = "95%"
    CERTAIN = "certain"


class Edges(Enum):
    """Where outages begin and end between the attempts that saw it: midway, at the attempts themselves (first bad to
    first good), or so that they are shortest or longest."""

    MIDPOINT = "midpoint"
    OBSERVED = "observed"
    MIN = "min"
    MAX = "max"


@dataclass(frozen=True, slots=True)
class Terms:
    """The rules of an SLA, by the name that statements call it.

    What is not said is what a bare target means: calendar months of the zone, always, every down millisecond counts,
    unknown time left out, met at equality, no credit. Windows are judged each on its own.
    """

    name: str
    windows: tuple[ServiceWindow, ...]
    zone: ZoneInfo = UTC
    period: Period = Period()
    contract: Window | None = None
    """When it runs; None for always."""
    partial_period: PartialPeriod = PartialPeriod.MEASURE_PART
    open_period: OpenPeriod = OpenPeriod.ELAPSED
    downtime: DowntimeRule = Instant()
    unknown: Unknown = Unknown.LEAVE_OUT
    exclusions: ExclusionRules = ExclusionRules()
    composite: Composite | None = None
    has_impact: bool = False
    """Whether a down stretch counts only the share of itself that it affected."""
    denominator: Denominator = Denominator()
    is_met_at_equality: bool = True
    rounding: RatioRounding | None = None
    is_full_without_service: bool = False
    """Whether a period without service time has an availability of 1; else it has none."""
    credit_combine: Combine = Combine.MAX
    credit_cap: Fraction | None = None
    fee: Fee | None = None
    least_credit: LeastCredit | None = None
    claim: ClaimRule | None = None
    credit_cap_12_months: Fraction | None = None
    """The most that the credits of twelve months may come to, as a share of one period's fee."""
    termination: tuple[TerminationRule, ...] = ()
    business: Business = Business()
    starts_at: StartsAt = StartsAt.OUTAGE
    edges: Edges = Edges.MIDPOINT
    confidence: Confidence = Confidence.LIKELY
    objectives: tuple[Objective, ...] = ()
    """What is promised besides availability."""
    slow_above_us: int | None = None
    """Above it an answer is downtime, though it was right; None where an answer is up however slow it is."""

    @classmethod
    def bare(cls, name: str, target: Fraction, zone: ZoneInfo = UTC) -> Terms:
        """Return what a bare target means in a zone: the same object each time, for thousands of services have it."""
        return _bare(name, target, zone)

    @property
    def target(self) -> Fraction:
        """What the first window promises: the headline of the terms."""
        return self.windows[0].target


@lru_cache(maxsize=1_024)
def _bare(name: str, target: Fraction, zone: ZoneInfo) -> Terms:
    return Terms(name, (ServiceWindow("always", target),), zone)
