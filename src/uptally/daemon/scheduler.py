"""Starts every attempt when it is due, whatever the others do.

Due times lie on a fixed grid (`rules.schedule`), kept by the monotonic clock, so that nothing drifts and a step
of the wall clock moves nothing. Attempts overlap: one that hangs never holds back the next. What could not be
started is recorded as missed, not forgotten.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heapreplace
from typing import NamedTuple

from uptally.clock import Clock
from uptally.model.endpoint import Endpoint
from uptally.model.observation import Attempt, Kind, Observation, Outcome, Reason
from uptally.rules.schedule import next_due_ms, phase_ms, recheck_pause_ms

IN_FLIGHT_MAX = 16
"""Attempts of one endpoint at a time; beyond it a slot is missed."""

MISSES_MAX = 60
"""Missed slots recorded per endpoint after one stall; a longer one is silence, which says it as well."""

FIRST_LOOK_MS = 10_000
"""Within this time of the start every endpoint has been tried once, however long its interval."""

_MS = 1_000_000
_log = logging.getLogger(__name__)


class _Due(NamedTuple):
    """An entry of the heap: when (monotonic, in nanoseconds) which lane is due, and whether that is its first look.

    Lanes are numbered, so that no two entries compare further.
    """

    at_ns: int
    lane: int
    is_first_look: bool = False


@dataclass(slots=True)
class _Lane:
    """An endpoint under way."""

    endpoint: Endpoint
    interval_ns: int
    sequence: int = 0
    in_flight: int = 0
    suspect_ns: int | None = None
    """Since when it fails: the begin of the first attempt that failed after the last that succeeded."""
    recheck: asyncio.TimerHandle | None = None
    """The next recheck; never more than one, or chains of them would multiply."""


class Scheduler:
    """Runs the attempts of its endpoints until it is stopped.

    `admit` waits until the ceilings allow an attempt at a host, `probe` makes one and never raises, `weigh`
    doubts its failure, and `record` takes every observation, missed slots included. All four are called on the
    event loop.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        *,
        location: str,
        boot: int,
        clock: Clock,
        admit: Callable[[str], Awaitable[None]],
        probe: Callable[[Endpoint], Awaitable[Attempt]],
        weigh: Callable[[Endpoint, Attempt], Awaitable[Attempt]],
        record: Callable[[Observation], None],
    ) -> None:
        self._lanes = [_Lane(endpoint, endpoint.interval_ms * _MS) for endpoint in endpoints]
        self._location = location
        self._boot = boot
        self._clock = clock
        self._admit = admit
        self._probe = probe
        self._weigh = weigh
        self._record = record
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def in_flight(self) -> int:
        """How many attempts are under way."""
        return sum(lane.in_flight for lane in self._lanes)

    async def run(self) -> None:
        """Start what is due, until cancelled; attempts in flight go on until `stop`."""
        anchor_ns, anchor_ms = self._clock.monotonic_ns(), self._clock.wall_ms()
        heap = [_Due(anchor_ns + self._wait_ms(lane, anchor_ms) * _MS, n) for n, lane in enumerate(self._lanes)]
        heap += [_first_look(due, self._lanes[due.lane], anchor_ns) for due in heap if _is_far(due, anchor_ns)]
        heapify(heap)
        while heap:
            now_ns = self._clock.monotonic_ns()
            while heap[0].at_ns <= now_ns:
                due = heap[0]
                lane = self._lanes[due.lane]
                if due.is_first_look:
                    heappop(heap)
                    self._start(lane, Kind.RECHECK)
                    continue
                slots_late = (now_ns - due.at_ns) // lane.interval_ns
                self._miss_late(lane, now_ns - due.at_ns, slots_late)
                self._start(lane, Kind.GRID)
                heapreplace(heap, _Due(due.at_ns + (slots_late + 1) * lane.interval_ns, due.lane))
            # A loop may wake a millisecond early; the clock is asked again above.
            await asyncio.sleep((heap[0].at_ns - now_ns) / 1e9)

    async def stop(self) -> None:
        """Cancel the attempts in flight; each is recorded as unknown, since a shutdown is nobody's downtime."""
        for lane in self._lanes:
            self._trust(lane)
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks)

    def _wait_ms(self, lane: _Lane, now_ms: int) -> int:
        endpoint = lane.endpoint
        phase = phase_ms(endpoint.slug, endpoint.interval_ms)
        return next_due_ms(now_ms, interval_ms=endpoint.interval_ms, phase_ms=phase) - now_ms

    def _miss_late(self, lane: _Lane, late_ns: int, slots: int) -> None:
        """Record the slots that a stall of ours skipped; the newest of them is started late instead."""
        at_ms = self._clock.wall_ms() - late_ns // _MS
        first = max(0, slots - MISSES_MAX)
        for slot in range(first, slots):
            self._miss(lane, at_ms + slot * lane.endpoint.interval_ms, Reason.TOO_LATE)

    def _miss(self, lane: _Lane, at_ms: int, reason: Reason) -> None:
        missed = Attempt(at_ms=at_ms, duration_us=0, outcome=Outcome.MISSED, reason=reason)
        self._remember(lane, self._number(lane), Kind.GRID, missed)

    def _start(self, lane: _Lane, kind: Kind) -> None:
        if lane.in_flight >= IN_FLIGHT_MAX:
            self._miss(lane, self._clock.wall_ms(), Reason.TOO_MANY_IN_FLIGHT)
            return
        lane.in_flight += 1
        task = asyncio.create_task(self._attempt(lane, self._number(lane), kind))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @staticmethod
    def _number(lane: _Lane) -> int:
        lane.sequence += 1
        return lane.sequence

    async def _attempt(self, lane: _Lane, sequence: int, kind: Kind) -> None:
        endpoint = lane.endpoint
        attempt: Attempt | None = None
        began_ms: int | None = None
        try:
            try:
                await self._admit(endpoint.check.host)
                began_ms, began_ns = self._clock.wall_ms(), self._clock.monotonic_ns()
                attempt = await self._probe(endpoint)
            finally:
                lane.in_flight -= 1
            self._suspect(lane, attempt.outcome, began_ns)
            attempt = await self._weigh(endpoint, attempt)
        except asyncio.CancelledError:
            if attempt is not None:
                began_ms = attempt.at_ms
            if began_ms is not None:
                cancelled = Attempt(at_ms=began_ms, duration_us=0, outcome=Outcome.UNKNOWN, reason=Reason.CANCELLED)
                self._remember(lane, sequence, kind, cancelled)
            raise
        except Exception:
            _log.exception("a fault of our own, not of %s, cost an attempt", endpoint.slug)
            at_ms = began_ms or self._clock.wall_ms()
            attempt = Attempt(at_ms=at_ms, duration_us=0, outcome=Outcome.UNKNOWN, reason=Reason.MONITOR_ERROR)
        self._remember(lane, sequence, kind, attempt)

    def _suspect(self, lane: _Lane, outcome: Outcome, began_ns: int) -> None:
        """Begin to recheck an endpoint that failed, at once, and end it when a later attempt has succeeded."""
        if outcome in (Outcome.UP, Outcome.SLOW):
            if lane.suspect_ns is not None and began_ns > lane.suspect_ns:
                self._trust(lane)
        elif lane.suspect_ns is None:
            lane.suspect_ns = began_ns
            self._recheck(lane)

    def _recheck(self, lane: _Lane) -> None:
        """Ask a suspect again, and once more after a while that grows with the outage."""
        assert lane.suspect_ns is not None, "a recheck is cancelled with the suspicion"
        if lane.in_flight < IN_FLIGHT_MAX:
            self._start(lane, Kind.RECHECK)
        age_ms = (self._clock.monotonic_ns() - lane.suspect_ns) // _MS
        pause_ms = recheck_pause_ms(age_ms, interval_ms=lane.endpoint.interval_ms)
        if pause_ms is not None:
            lane.recheck = asyncio.get_running_loop().call_later(pause_ms / 1_000, self._recheck, lane)

    @staticmethod
    def _trust(lane: _Lane) -> None:
        lane.suspect_ns = None
        if lane.recheck is not None:
            lane.recheck.cancel()
            lane.recheck = None

    def _remember(self, lane: _Lane, sequence: int, kind: Kind, attempt: Attempt) -> None:
        endpoint = lane.endpoint
        self._record(
            Observation(
                endpoint=endpoint.slug,
                location=self._location,
                boot=self._boot,
                sequence=sequence,
                kind=kind,
                at_ms=attempt.at_ms,
                duration_us=attempt.duration_us,
                outcome=attempt.outcome,
                reason=attempt.reason,
                interval_ms=endpoint.interval_ms,
                timeout_ms=endpoint.timeout_ms,
                evidence=attempt.evidence,
            )
        )


def _is_far(due: _Due, now_ns: int) -> bool:
    """Whether an endpoint's grid would leave it unknown for long after a start."""
    return due.at_ns - now_ns > FIRST_LOOK_MS * _MS


def _first_look(due: _Due, lane: _Lane, now_ns: int) -> _Due:
    """Return when an endpoint is tried soon after a start, beside its grid; that is no sample, so a recheck."""
    return _Due(now_ns + phase_ms(lane.endpoint.slug, FIRST_LOOK_MS) * _MS, due.lane, is_first_look=True)
