"""Starts every attempt when it is due, whatever the others do.

Due times lie on a fixed grid (`rules.schedule`), kept by the monotonic clock, so that nothing drifts and a step
of the wall clock moves nothing. Attempts overlap: one that hangs never holds back the next. What could not be
started is recorded as missed, not forgotten.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence

from uptally.clock import Clock
from uptally.daemon.lane import Grid, Lane
from uptally.model.endpoint import Endpoint
from uptally.model.observation import Attempt, Kind, Observation, Outcome, Reason
from uptally.rules.schedule import next_due_ms, phase_ms, recheck_pause_ms

IN_FLIGHT_MAX = 16
"""Attempts of one endpoint at a time; beyond it a slot is missed."""

IN_FLIGHT_ALL_MAX = 20_000
"""Attempts of all endpoints at a time, those under doubt included: were the loop starved, they would be ever more."""

MISSES_MAX = 60
"""Missed slots recorded per endpoint after one stall; a longer one is silence, which says it as well."""

FIRST_LOOK_MS = 10_000
"""Within this time of the start every endpoint has been tried once, however long its interval."""

FIRST_LOOK_EACH_MS = 4
"""Very many endpoints take longer than that, so much for each: 250 a second are no burst."""

_MS = 1_000_000
_log = logging.getLogger(__name__)


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
        self._lanes = [Lane(endpoint) for endpoint in endpoints]
        self._by_slug = {lane.endpoint.slug: lane for lane in self._lanes}
        self._grid = Grid()
        self._woken = asyncio.Event()
        self._gone: dict[str, int] = {}
        """The last sequences of endpoints that were taken away: one that comes back counts on within the boot."""
        self._location = location
        self._boot = boot
        self._clock = clock
        self._admit = admit
        self._probe = probe
        self._weigh = weigh
        self._record = record
        self._tasks: dict[asyncio.Task[None], Lane] = {}

    @property
    def in_flight(self) -> int:
        """How many attempts are under way."""
        return sum(lane.in_flight for lane in self._lanes)

    async def run(self) -> None:
        """Start what is due, until cancelled; attempts in flight go on until `stop`."""
        self._anchor(self._lanes)
        self._fill_grid()
        while True:
            now_ns = self._clock.monotonic_ns()
            while (slot_ns := self._grid.next_ns) is not None and slot_ns <= now_ns:
                for lane in self._grid.take():
                    self._begin(lane, slot_ns, now_ns)
            # A loop may wake a millisecond early; the clock is asked again above.
            await self._rest(None if slot_ns is None else (slot_ns - now_ns) / 1e9)

    async def change(self, endpoints: Sequence[Endpoint]) -> None:
        """Go on with other endpoints; those that are asked as before keep their grid, suspicion and attempts in flight.

        What begins anew does so on its own grid; what changed is tried at the next slot of its old one before, if that
        is sooner, so that no time between stays unknown. The attempts in flight of what changed or went are cancelled
        and recorded as that; when this returns, they have ended.
        """
        before = {lane.endpoint.slug: lane for lane in self._lanes}
        lanes: list[Lane] = []
        fresh: list[Lane] = []
        for endpoint in endpoints:
            lane = before.get(endpoint.slug)
            if lane is not None and lane.endpoint.is_asked_like(endpoint):
                lane.endpoint = endpoint
                del before[endpoint.slug]
            else:
                lane = Lane(endpoint, sequence=lane.sequence if lane else self._gone.pop(endpoint.slug, 0))
                fresh.append(lane)
            lanes.append(lane)
        self._lanes = lanes
        self._by_slug = {lane.endpoint.slug: lane for lane in lanes}
        self._anchor(fresh)
        for lane in fresh:
            old = before.get(lane.endpoint.slug)
            if old is not None and old.due_ns < lane.due_ns:
                lane.first_look_ns = min(old.due_ns, lane.first_look_ns or old.due_ns)
        self._fill_grid()
        self._woken.set()
        self._gone |= {slug: lane.sequence for slug, lane in before.items()}
        await self._end(before.values())

    def try_now(self, slug: str) -> None:
        """Try an endpoint at once, beside its grid, since its tripwire went off; nothing where none is so called."""
        lane = self._by_slug.get(slug)
        if lane is not None and self._has_room(lane):
            self._start(lane, Kind.TRIPWIRE)

    async def stop(self) -> None:
        """Cancel the attempts in flight; each is recorded as unknown, since a shutdown is nobody's downtime."""
        # Those that a change takes away may not have ended yet.
        await self._end([*self._lanes, *self._tasks.values()])

    async def _end(self, lanes: Collection[Lane]) -> None:
        ended = {id(lane) for lane in lanes}
        for lane in lanes:
            self._trust(lane)
        while tasks := [task for task, lane in self._tasks.items() if id(lane) in ended]:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    def _anchor(self, lanes: Collection[Lane]) -> None:
        """Put lanes on their grids from now on, with a first look where the grid would leave one unknown for long."""
        now_ns, now_ms = self._clock.monotonic_ns(), self._clock.wall_ms()
        first_look_ms = max(FIRST_LOOK_MS, FIRST_LOOK_EACH_MS * len(lanes))
        for lane in lanes:
            slug, interval_ms = lane.endpoint.slug, lane.endpoint.interval_ms
            due_ms = next_due_ms(now_ms, interval_ms=interval_ms, phase_ms=phase_ms(slug, interval_ms))
            lane.due_ns = now_ns + (due_ms - now_ms) * _MS
            if due_ms - now_ms > first_look_ms:
                lane.first_look_ns = now_ns + phase_ms(slug, first_look_ms) * _MS

    def _fill_grid(self) -> None:
        self._grid = Grid()
        for lane in self._lanes:
            self._grid.put(lane, lane.due_ns)
            if lane.first_look_ns is not None:
                self._grid.put(lane, lane.first_look_ns)

    def _begin(self, lane: Lane, slot_ns: int, now_ns: int) -> None:
        """Start what is due at a slot, and put it where it is due next."""
        if lane.first_look_ns == slot_ns:
            lane.first_look_ns = None
            self._start(lane, Kind.RECHECK)
            return
        interval_ns = lane.endpoint.interval_ms * _MS
        slots_late = (now_ns - slot_ns) // interval_ns
        if slots_late:
            self._miss_late(lane, now_ns - slot_ns, slots_late)
        self._start(lane, Kind.GRID)
        lane.due_ns += (slots_late + 1) * interval_ns
        self._grid.put(lane, lane.due_ns)

    async def _rest(self, seconds: float | None) -> None:
        """Wait for a while, or until something else is due."""
        timer = None if seconds is None else asyncio.get_running_loop().call_later(seconds, self._woken.set)
        try:
            await self._woken.wait()
        finally:
            if timer is not None:
                timer.cancel()
        self._woken.clear()

    def _miss_late(self, lane: Lane, late_ns: int, slots: int) -> None:
        """Record the slots that a stall of ours skipped; the newest of them is started late instead."""
        at_ms = self._clock.wall_ms() - late_ns // _MS
        first = max(0, slots - MISSES_MAX)
        for slot in range(first, slots):
            self._miss(lane, at_ms + slot * lane.endpoint.interval_ms, Reason.TOO_LATE)

    def _miss(self, lane: Lane, at_ms: int, reason: Reason) -> None:
        missed = Attempt(at_ms=at_ms, duration_us=0, outcome=Outcome.MISSED, reason=reason)
        self._remember(lane, self._number(lane), Kind.GRID, missed)

    def _start(self, lane: Lane, kind: Kind) -> None:
        if not self._has_room(lane):
            self._miss(lane, self._clock.wall_ms(), Reason.TOO_MANY_IN_FLIGHT)
            return
        lane.in_flight += 1
        # With a name, as otherwise one is made up for each.
        attempt = self._attempt(lane, self._number(lane), kind)
        task = asyncio.Task(attempt, loop=asyncio.get_running_loop(), name=lane.endpoint.slug)
        self._tasks[task] = lane
        task.add_done_callback(self._tasks.pop)

    def _has_room(self, lane: Lane) -> bool:
        return lane.in_flight < IN_FLIGHT_MAX and len(self._tasks) < IN_FLIGHT_ALL_MAX

    @staticmethod
    def _number(lane: Lane) -> int:
        lane.sequence += 1
        return lane.sequence

    async def _attempt(self, lane: Lane, sequence: int, kind: Kind) -> None:
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
            attempt = await self._weigh(lane.endpoint, attempt)
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

    def _suspect(self, lane: Lane, outcome: Outcome, began_ns: int) -> None:
        """Begin to recheck an endpoint that failed, at once, and end it when a later attempt has succeeded."""
        if outcome in (Outcome.UP, Outcome.SLOW):
            if lane.suspect_ns is not None and began_ns > lane.suspect_ns:
                self._trust(lane)
        elif lane.suspect_ns is None:
            lane.suspect_ns = began_ns
            self._recheck(lane)

    def _recheck(self, lane: Lane) -> None:
        """Ask a suspect again, and once more after a while that grows with the outage."""
        assert lane.suspect_ns is not None, "a recheck is cancelled with the suspicion"
        if self._has_room(lane):
            self._start(lane, Kind.RECHECK)
        age_ms = (self._clock.monotonic_ns() - lane.suspect_ns) // _MS
        pause_ms = recheck_pause_ms(age_ms, interval_ms=lane.endpoint.interval_ms)
        if pause_ms is not None:
            lane.recheck = asyncio.get_running_loop().call_later(pause_ms / 1_000, self._recheck, lane)

    @staticmethod
    def _trust(lane: Lane) -> None:
        lane.suspect_ns = None
        if lane.recheck is not None:
            lane.recheck.cancel()
            lane.recheck = None

    def _remember(self, lane: Lane, sequence: int, kind: Kind, attempt: Attempt) -> None:
        endpoint = lane.endpoint
        self._record(
            Observation(
                endpoint.slug,
                self._location,
                self._boot,
                sequence,
                kind,
                attempt.at_ms,
                attempt.duration_us,
                attempt.outcome,
                attempt.reason,
                endpoint.interval_ms,
                endpoint.timeout_ms,
                attempt.evidence,
            )
        )
