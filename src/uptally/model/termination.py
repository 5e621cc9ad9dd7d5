"""What gives a right to terminate."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from uptally.units.time import DAY_MS


@dataclass(frozen=True, slots=True)
class Misses:
    """At least `misses` of the last `of` periods missed the target, or were below a ratio, or had more downtime than so
    much."""

    misses: int
    of: int
    below: Fraction | None = None
    downtime_above_ms: int | None = None


@dataclass(frozen=True, slots=True)
class RollingAverage:
    """The plain mean of the last `periods` availabilities of a window lies below a ratio."""

    periods: int
    below: Fraction


@dataclass(frozen=True, slots=True)
class OutageCount:
    """So many outages of at least `least_ms` began within `within_ms` of each other."""

    outages: int
    within_ms: int = 30 * DAY_MS
    least_ms: int = 0


TerminationRule = Misses | RollingAverage | OutageCount
