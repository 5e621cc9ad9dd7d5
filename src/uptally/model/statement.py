"""What a window came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from uptally.model.endpoint import Endpoint
from uptally.model.observation import Observation
from uptally.model.terms import Terms
from uptally.model.timeline import Blip, Outage, State
from uptally.model.verdict import Verdict
from uptally.units.time import Window


@dataclass(frozen=True, slots=True)
class Availability:
    """The exact sums of a window: `up + down + unknown` is the agreed service time, and with `excluded` the
    scheduled time.

    `window` is what was asked for; the sums cover only its part between the first observation and `as_of_ms`,
    since what lies before and after is nothing. `down_low_ms` and `down_high_ms` are the least and the most that the
    downtime can have been, each with 95% confidence: an attempt sees only the instant at which it is made.
    Construction raises ValueError where the sums do not add up to `scheduled_ms`, or the limits do not enclose
    `down_ms`.
    """

    window: Window
    scheduled_ms: int
    up_ms: int
    down_ms: int
    unknown_ms: int
    excluded_ms: int
    outages: int
    longest_outage_ms: int
    down_low_ms: int
    down_high_ms: int

    def __post_init__(self) -> None:
        if not 0 <= self.down_low_ms <= self.down_ms <= self.down_high_ms <= self.known_ms:
            raise ValueError(f"limits do not enclose the downtime: {self!r}")
        if self.up_ms + self.down_ms + self.unknown_ms + self.excluded_ms != self.scheduled_ms:
            raise ValueError(f"sums do not tile the window: {self!r}")

    @property
    def agreed_service_ms(self) -> int:
        """The scheduled time less what exclusions left out."""
        return self.up_ms + self.down_ms + self.unknown_ms

    @property
    def known_ms(self) -> int:
        """The time whose state is known: the denominator of a bare target."""
        return self.up_ms + self.down_ms

    @property
    def ratio(self) -> Fraction | None:
        """Up time over known time; None where nothing is known, for then there is no figure."""
        return Fraction(self.up_ms, self.known_ms) if self.known_ms else None

    @property
    def worst(self) -> Fraction | None:
        """The availability if the downtime had been the most that it can have been, and all unknown time down."""
        agreed_ms = self.agreed_service_ms
        return Fraction(self.known_ms - self.down_high_ms, agreed_ms) if agreed_ms else None

    @property
    def best(self) -> Fraction | None:
        """The availability if the downtime had been the least that it can have been, and all unknown time up."""
        agreed_ms = self.agreed_service_ms
        return Fraction(agreed_ms - self.down_low_ms, agreed_ms) if agreed_ms else None

    @property
    def coverage(self) -> Fraction | None:
        """The share of the agreed service time for which the state is known."""
        return Fraction(self.known_ms, self.agreed_service_ms) if self.agreed_service_ms else None


@dataclass(frozen=True, slots=True)
class Budget:
    """The downtime that a target allows, and what is left of it; negative when overdrawn.

    Cut off to whole milliseconds.
    """

    allowed_ms: int
    left_ms: int


@dataclass(frozen=True, slots=True)
class Statement:
    """The result for one endpoint and period.

    `label` names the period (``2026-10``, ``24h``); `budget` and `verdict` need terms, and `budget` time that is known.
    """

    label: str
    terms: Terms | None
    availability: Availability
    budget: Budget | None
    verdict: Verdict | None
    is_over: bool
    """Whether the period has ended; a statement of a period in progress says how it stands so far."""


class LatencyHour(NamedTuple):
    """The latencies of one hour's good observations: quantiles in microseconds. An hour without any has no entry."""

    start_ms: int
    observations: int
    p50_us: int
    p95_us: int


class LatencyWindow(NamedTuple):
    """The latencies of the good answers of a window: quantiles in microseconds, None where there was no answer."""

    label: str
    window: Window
    answers: int
    p50_us: int | None
    p95_us: int | None


class LatencyPart(NamedTuple):
    """The latencies of a part of a course: quantiles in microseconds."""

    start_ms: int
    p50_us: int
    p95_us: int


class LatencyCourse(NamedTuple):
    """How latencies went: parts of equal length within a window, each from a multiple of that length (since the epoch)
    on; the last one may be running. A part without any answer has no entry.
    """

    label: str
    window: Window
    step_ms: int
    parts: Sequence[LatencyPart]


class LastKnown(NamedTuple):
    """A state that is not in force any more, for what followed is unknown: when it began, and when it was last seen."""

    state: State
    since_ms: int
    seen_ms: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How an endpoint stands at an instant: the last known state with its time, and its figures.

    `last` is the newest observation that says something (None where there is none, and then `state` is None
    too). `is_stale` says that nothing has been observed for longer than the last observation speaks for; `last_known`
    is what it was before its `state` became unknown, where that is known.
    `statements` are keyed by their labels. `days` are the newest 90 local days, oldest first; `outages` and `blips` the
    newest first, of the last 90 days.
    """

    endpoint: Endpoint
    state: State | None
    since_ms: int | None
    as_of_ms: int
    is_stale: bool
    last: Observation | None
    statements: tuple[Statement, ...]
    days: tuple[Availability, ...]
    outages: tuple[Outage, ...]
    blips: tuple[Blip, ...] = ()
    last_known: LastKnown | None = None
    first_ms: int | None = None
    """The begin of its first observation ever."""
