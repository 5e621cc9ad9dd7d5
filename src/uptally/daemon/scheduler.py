"""Starts every attempt when it is due, whatever the others do.

Due times lie on a fixed grid (`rules.schedule`), kept by the monotonic clock, so that nothing drifts and a step
of the wall clock moves nothing. Attempts overlap: one that hangs never holds back the next. What could not be
started is recorded as missed, not forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from uptally.clock import Clock
from uptally.daemon.attempts import Attempts
from uptally.daemon.lane import Grid, Lane
from uptally.model.endpoint import Endpoint
from uptally.model.observation import Kind, Reason
from uptally.rules.schedule import next_due_ms, phase_ms

AT_ONCE = 32
"""Attempts that begin in a row."""

MISSES_MAX = 60
"""Missed slots recorded per endpoint after one stall; a longer one is silence, which says it as well."""

FIRST_LOOK_MS = 10_000
"""Within this time of the start every endpoint has been tried once, however long its interval."""

FIRST_LOOK_EACH_MS = 4
"""Very many endpoints take longer than that, so much for each: 250 a second are no burst."""

_MS = 1_000_000


class Scheduler:
    """Runs the attempts of its endpoints until it is stopped.

    `attempts` makes them, and has recorded what comes of each. Belongs to one event loop.
    """

    def __init__(self, endpoints: Sequence[Endpoint], *, clock: Clock, attempts: Attempts) -> None:
        self._lanes = [Lane(endpoint) for endpoint in endpoints]
        self._by_slug = {lane.endpoint.slug: lane for lane in self._lanes}
        self._grid = Grid()
        self._woken = asyncio.Event()
        self._gone: dict[str, int] = {}
        """The last sequences of endpoints that were taken away: one that comes back counts on within the boot."""
        self._clock = clock
        self._attempts = attempts

    @property
    def in_flight(self) -> int:
        """How many attempts are under way."""
        return sum(lane.in_flight for lane in self._lanes)

    async def run(self) -> None:
        """Start what is due, until cancelled; attempts in flight go on until `stop`."""
        self._anchor(self._lanes)
        self._fill_grid()
        while True:
            now_ns, slot_ns = self._clock.monotonic_ns(), self._grid.next_ns
            if slot_ns is not None and slot_ns <= now_ns:
                self._begin(slot_ns, now_ns)
                # What comes of them is looked at before the next begin, or it would seem to have come later.
                await asyncio.sleep(0)
            else:
                # A loop may wake early; the clock is asked again above.
                await self._rest(None if slot_ns is None else slot_ns - now_ns)

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
        await self._attempts.end({*before.values()})

    def try_now(self, slug: str) -> None:
        """Try an endpoint at once, beside its grid, since its tripwire went off; nothing where none is so called."""
        lane = self._by_slug.get(slug)
        if lane is not None:
            self._attempts.begin(lane, Kind.TRIPWIRE, self._clock.monotonic_ns(), self._clock.wall_ms())

    async def stop(self) -> None:
        """Cancel the attempts in flight; each is recorded as unknown, since a shutdown is nobody's downtime."""
        await self._attempts.end({*self._lanes})

    def _anchor(self, lanes: Collection[Lane]) -> None:
        """Put lanes on their grids from now on, with a first look where the grid would leave one unknown for long."""
        now_ns, wall_ns = self._clock.monotonic_ns(), self._clock.wall_ns()
        now_ms = wall_ns // _MS
        first_look_ms = max(FIRST_LOOK_MS, FIRST_LOOK_EACH_MS * len(lanes))
        for lane in lanes:
            slug, interval_ms = lane.endpoint.slug, lane.endpoint.interval_ms
            due_ms = next_due_ms(now_ms, interval_ms=interval_ms, phase_ms=phase_ms(slug, interval_ms))
            lane.due_ns = now_ns + due_ms * _MS - wall_ns
            if due_ms - now_ms > first_look_ms:
                lane.first_look_ns = now_ns + phase_ms(slug, first_look_ms) * _MS

    def _fill_grid(self) -> None:
        self._grid = Grid()
        for lane in self._lanes:
            self._grid.slot(lane.due_ns).append(lane)
            if lane.first_look_ns is not None:
                self._grid.slot(lane.first_look_ns).append(lane)

    def _begin(self, slot_ns: int, now_ns: int) -> None:
        """Start some of what is due at the first slot, and put them where they are due next."""
        now_ms = self._clock.wall_ms()
        begin, next_ns = self._attempts.begin, slot_ns
        next_slot: list[Lane] = []
        for lane in self._grid.take(AT_ONCE):
            if lane.first_look_ns == slot_ns:
                lane.first_look_ns = None
                kind = Kind.RECHECK
            else:
                kind = Kind.GRID
                interval_ns = lane.endpoint.interval_ms * _MS
                due_ns = slot_ns + interval_ns
                if due_ns <= now_ns:
                    slots_late = (now_ns - slot_ns) // interval_ns
                    self._miss_late(lane, now_ms - (now_ns - slot_ns) // _MS, slots_late)
                    due_ns += slots_late * interval_ns
                lane.due_ns = due_ns
                # Those that are due together mostly are so again.
                if due_ns != next_ns:
                    next_ns, next_slot = due_ns, self._grid.slot(due_ns)
                next_slot.append(lane)
            if not begin(lane, kind, now_ns, now_ms):
                self._attempts.miss(lane, now_ms, Reason.TOO_MANY_IN_FLIGHT)

    async def _rest(self, rest_ns: int | None) -> None:
        """Wait for so long, or until something else is due."""
        timer: asyncio.TimerHandle | None = None
        if rest_ns is not None:
            if rest_ns < _MS:
                self._clock.doze(rest_ns)
                return
            # In whole milliseconds, as loops count: from part of one, they would make one more.
            timer = asyncio.get_running_loop().call_later(rest_ns // _MS / 1e3, self._woken.set)
        try:
            await self._woken.wait()
        finally:
            if timer is not None:
                timer.cancel()
        self._woken.clear()

    def _miss_late(self, lane: Lane, at_ms: int, slots: int) -> None:
        """Record the slots that a stall of ours skipped, from the first on; the newest is started late instead."""
        for slot in range(max(0, slots - MISSES_MAX), slots):
            self._attempts.miss(lane, at_ms + slot * lane.endpoint.interval_ms, Reason.TOO_LATE)
