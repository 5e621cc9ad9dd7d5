"""What was so in a world that was lived through, in the wall clock's time: as a perfect ledger would have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise

from tests.simulation.plan import Failing
from tests.simulation.world import Lived
from uptally.model.endpoint import Endpoint
from uptally.units.time import Window

QUIET_MS = 75_000
"""With nothing amiss so long before and after it, an outage can be told: longer than a failure is held at most."""

PROMPT = frozenset({Failing.REFUSED, Failing.STATUS, Failing.NAMELESS})
"""Failures that are answers: one attempt tells them."""


class Truth:
    """Of one endpoint. Windows may overlap where the wall clock was set back."""

    def __init__(self, lived: Lived, endpoint: Endpoint) -> None:
        self._lived = lived
        self._endpoint = endpoint
        self._outages = lived.plan.outages[endpoint.slug].entries
        self._amiss = list(_amiss(lived))
        self._down = self._shown(window for window, _ in self._outages)
        self._doubtful = [*self._down, *self._shown(self._amiss)]
        self._lost = self._shown(window for window, _ in lived.plan.route.entries)
        self._shown_twice = list(_shown_twice(self._shown([Window(0, lived.plan.length_ms)])))

    def was_down(self, start_ms: int, end_ms: int) -> bool:
        """Whether the target failed at any time between two instants, both included."""
        return _meets(self._down, start_ms, end_ms)

    def was_route_lost(self, start_ms: int, end_ms: int) -> bool:
        """Whether packets were lost at any time between two instants, both included."""
        return _meets(self._lost, start_ms, end_ms)

    def could_be_unknown(self, start_ms: int, end_ms: int) -> bool:
        """Whether there was cause for doubt around a stretch: something amiss, or a failure that had to be proven."""
        cadence = self._endpoint
        around_ms = 2 * cadence.interval_ms + 2 * cadence.timeout_ms + 1_000
        return _meets(self._doubtful, start_ms - around_ms, end_ms + around_ms)

    def tellable(self) -> Iterator[tuple[Window, Failing]]:
        """Yield the outages that last long enough to be seen for sure, while nothing is amiss.

        The ledger is ordered by the wall clock. An hour that it showed twice therefore has the attempts of both times
        among each other: what failed the first time stands between what was well the second time, and flaps or is
        refuted by it, and what failed the second time is unknown. No outage within can be told, nor one whose edge is
        next to such an hour: the attempt beside it may be one of the other time. All others are asked for. And of such
        an hour, too, it is asked that nothing is down in it which was well both times.
        """
        beside_ms = self._endpoint.interval_ms + self._endpoint.timeout_ms
        for window, failing in self._outages:
            patience_ms = 0 if failing in PROMPT else 2 * self._endpoint.timeout_ms
            is_long = window.length_ms > self._endpoint.interval_ms + patience_ms + 1_000
            if is_long and not _meets(self._amiss, window.start_ms - QUIET_MS, window.end_ms + QUIET_MS):
                (shown,) = self._shown([window])
                if not _meets(self._shown_twice, shown.start_ms - beside_ms, shown.end_ms + beside_ms):
                    yield shown, failing

    def _shown(self, windows: Iterable[Window]) -> list[Window]:
        """Return what the wall clock showed during windows of true time."""
        offsets = [*self._lived.offsets, (1 << 60, 0)]
        return [
            Window(start_ms + ahead_ms, end_ms + ahead_ms)
            for window in windows
            for (from_ms, ahead_ms), (until_ms, _) in pairwise(offsets)
            if (start_ms := max(window.start_ms, from_ms)) < (end_ms := min(window.end_ms, until_ms))
        ]


def _amiss(lived: Lived) -> Iterator[Window]:
    """Yield when, by true time, the monitor was not there, not well, or at an hour that it had seen before."""
    plan = lived.plan
    yield Window(0, 1)
    yield Window(plan.length_ms, plan.length_ms + 1)
    for timed in (plan.route, plan.resolver, plan.descriptors):
        yield from (window for window, _ in timed.entries)
    for canary in plan.canaries:
        yield from (window for window, _ in plan.outages[canary.slug].entries)
    yield from lived.disturbed
    highest_ms = 0
    for (_, before_ms), (at_ms, ahead_ms) in pairwise(lived.offsets):
        highest_ms = max(highest_ms, at_ms + before_ms)
        yield Window(at_ms, max(at_ms + 1, highest_ms - ahead_ms))


def _shown_twice(runs: Sequence[Window]) -> Iterator[Window]:
    """Yield what the wall clock showed in several of its runs between two steps."""
    for one, other in combinations(runs, 2):
        both = Window(max(one.start_ms, other.start_ms), min(one.end_ms, other.end_ms))
        if both.start_ms < both.end_ms:
            yield both


def _meets(windows: Iterable[Window], start_ms: int, end_ms: int) -> bool:
    return any(window.start_ms <= end_ms and window.end_ms >= start_ms for window in windows)
