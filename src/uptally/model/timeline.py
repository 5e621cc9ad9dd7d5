"""States over time."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from uptally.model.observation import Observation, Reason


class State(IntEnum):
    """What an endpoint was; `UNKNOWN` means that we could not tell, and that it was our fault."""

    UP = 0
    DOWN = 1
    UNKNOWN = 2

    @property
    def label(self) -> str:
        """The name used in files and on the command line."""
        return _LABELS[self]


_LABELS = ("up", "down", "unknown")


class Turn(NamedTuple):
    """A change of state: a span without its end, which is the next turn's start. What the ledger keeps of a timeline.

    The change happened between `earliest_ms` and `latest_ms`: not before the last attempt that saw the old state began,
    not after the first that saw the new one ended. That one began at `first_ms`, and `start_ms` lies midway between the
    two begins, or at the later one where a tripwire triggered it. `interval_ms` is the cadence from then on; a turn
    within up time changes nothing else. `samples` counts the grid attempts that failed in the down span that it begins,
    up to `SAMPLES_MOST`; other turns have none, nor has one whose begin a tripwire saw.
    """

    start_ms: int
    state: State
    reason: Reason
    earliest_ms: int
    first_ms: int
    latest_ms: int
    interval_ms: int
    samples: int

    @property
    def gap_ms(self) -> int:
        """How far apart the two attempts began that saw the change; 0 where it lies at one, since nobody had looked
        before, or a tripwire had."""
        return self.first_ms - self.earliest_ms if self.first_ms > self.start_ms else 0

    @property
    def is_sampled(self) -> bool:
        """Whether its down span is measured from edge to edge: a single sample only stands for an interval of
        downtime."""
        return self.samples != 1


SAMPLES_MOST = 2
"""No rule asks for more samples of a down span than so many."""


class Blip(NamedTuple):
    """A failure without an answer that was refuted at once, and is up in the figures: the attempt began at `at_ms`.

    If it was an outage after all, that lasted from `earliest_ms` at the earliest, when the attempt before it began or
    ceased to speak, to `latest_ms` at the latest, when the good one after it ended.
    """

    at_ms: int
    earliest_ms: int
    latest_ms: int
    reason: Reason


class Tally(NamedTuple):
    """What a timeline has added up to at an instant, from its begin on.

    `outages` counts those that have begun; `outage_ms` is the down time of the one in progress, and at the very
    instant of a turn to up that of the one that just ended. The last three are for the limits of the downtime:
    `sampled_ms` is the down time of sampled spans, `gaps_ms2` the sum of the squares of the gaps at their two edges,
    `singles` counts the down spans that a single grid attempt saw.
    """

    down_ms: int
    unknown_ms: int
    outages: int
    outage_ms: int
    sampled_ms: int
    gaps_ms2: int
    singles: int


class Timeline(NamedTuple):
    """What the ledger knows of an endpoint at a location.

    `first_ms` is the begin of its first observation ever, `last` its newest observation that says something;
    both are None where there is none. `turns` rise by start; the first of them may lie before the time that was
    asked for, being the state in force then. `blips` rise too.
    """

    first_ms: int | None
    turns: tuple[Turn, ...]
    last: Observation | None
    blips: tuple[Blip, ...] = ()


class Span(NamedTuple):
    """A half-open stretch `[start_ms, end_ms)` of one state; the spans of a window tile it exactly.

    `earliest_ms` and `latest_ms` bound the change of state at its start, as in `Turn`.
    """

    start_ms: int
    end_ms: int
    state: State
    reason: Reason
    earliest_ms: int
    latest_ms: int

    @property
    def length_ms(self) -> int:
        """Its length in milliseconds."""
        return self.end_ms - self.start_ms


class Outage(NamedTuple):
    """Down time from one transition to the next; unknown time between two down spans is part of it, but not of
    `down_ms`.

    `end_ms` is None while it lasts. The bounds are the attempts between which it began and ended: what was unknown
    next to it lies between them. `start_earliest_ms` is None where it was never seen up before, the bounds of the end
    are None where it was not seen up since, though its down time may have ended with our sight.
    """

    start_ms: int
    end_ms: int | None
    down_ms: int
    unknown_ms: int
    reason: Reason
    start_earliest_ms: int | None
    start_latest_ms: int
    end_earliest_ms: int | None
    end_latest_ms: int | None
