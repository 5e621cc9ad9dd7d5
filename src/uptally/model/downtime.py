"""What counts as downtime: the definitions that contracts have of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from uptally.model.comparison import Comparison


@dataclass(frozen=True, slots=True)
class Instant:
    """Every down millisecond counts."""


class Counted(Enum):
    """What counts of a run that is long enough: all of it, what lies beyond the least length, or so many whole minutes
    from its start."""

    WHOLE = "whole"
    EXCESS = "excess"
    WHOLE_MINUTES = "whole_minutes"


@dataclass(frozen=True, slots=True)
class Run:
    """Only an uninterrupted run of downtime of a least length counts.

    `is_incident` measures the outage as it happened; else it is measured after service windows, the contract,
    exclusions and the ends of the period have cut it.
    """

    least_ms: int
    comparison: Comparison = Comparison.GE
    is_incident: bool = False
    counted: Counted = Counted.WHOLE


@dataclass(frozen=True, slots=True)
class BucketTime:
    """The period is cut in buckets, and one counts as a whole: where any of it is down, or all (`needs_all`)."""

    bucket_ms: int
    needs_all: bool = False


class RequestMode(Enum):
    """How error rates of intervals make an availability: their mean, all errors over all requests, or the share of
    intervals over a threshold."""

    AVERAGE = "average"
    RATIO = "ratio"
    THRESHOLD = "threshold"


class Empty(Enum):
    """What an interval without requests is, in the mean of error rates."""

    OK = "ok"
    DOWN = "down"
    LEAVE_OUT = "leave_out"


@dataclass(frozen=True, slots=True)
class Requests:
    """Downtime by error rates of requests, in intervals from the start of the period.

    The last four concern `THRESHOLD`: an interval is down where it has at least `least_requests` and its error rate
    compares so with the threshold, and only in runs of at least `least_run` such intervals.
    """

    bucket_ms: int
    mode: RequestMode
    empty: Empty = Empty.OK
    threshold: Fraction = Fraction(0)
    comparison: Comparison = Comparison.GT
    least_requests: int = 1
    least_run: int = 1


DowntimeRule = Instant | Run | BucketTime | Requests
