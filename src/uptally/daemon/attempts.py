"""The attempts under way: each is admitted, made, doubted and recorded.

An ordinary one costs no task: what it waits for calls back. Tasks are made for those that wait at a ceiling and for
failures under doubt.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Set
from functools import partial
from typing import Any, Protocol

from uptally.clock import Clock
from uptally.daemon.lane import Lane
from uptally.model.endpoint import Endpoint
from uptally.model.observation import GOOD, Attempt, Kind, Observation, Outcome, Reason
from uptally.rules.schedule import recheck_pause_ms

IN_FLIGHT_MAX = 16
"""Attempts of one endpoint at a time; beyond it a slot is missed."""

IN_FLIGHT_ALL_MAX = 20_000
"""Attempts of all endpoints at a time, those under doubt included: were the loop starved, they would be ever more."""

_MS = 1_000_000
_log = logging.getLogger(__name__)


class Admission(Protocol):
    """Ceilings on how hard hosts are asked."""

    def admit_now(self, host: str) -> bool:
        """Admit an attempt on a host at once, if the ceilings allow it; tell whether that was done."""
        ...

    async def admit(self, host: str) -> None:
        """Return when an attempt on a host may begin."""
        ...


class Cancellable(Protocol):
    """What can be given up."""

    def cancel(self) -> object:
        """Give it up: it calls nobody back any more, and needs no answer."""
        ...


Probe = Callable[[Endpoint, Callable[[Attempt], None]], Cancellable]
"""Begins an attempt and calls back once it has ended, on the event loop, or even before it returns. Never raises."""

Weigh = Callable[[Endpoint, Attempt], Attempt | Coroutine[Any, Any, Attempt]]
"""Doubts an attempt that has just ended: returns it as it stands, or what will return it where that takes a while."""


class _UnderWay:
    """An attempt from when it is due until it is recorded."""

    __slots__ = ("at_ms", "began_ns", "has_ended", "kind", "lane", "sequence", "way")

    def __init__(self, lane: Lane, sequence: int, kind: Kind, began_ns: int, at_ms: int | None) -> None:
        self.lane = lane
        self.sequence = sequence
        self.kind = kind
        self.began_ns = began_ns
        self.at_ms = at_ms
        """Its begin by the wall clock; None while it waits to be admitted."""
        self.has_ended = False
        """Whether it is only doubted still."""
        self.way: Cancellable | None = None
        """What it waits for."""


class Attempts:
    """Begins attempts, and has recorded what comes of each; rechecks what fails until it succeeds.

    `weigh` doubts an attempt that has ended, `observe` is told what remains of it, and `record` takes every
    observation, missed slots included. All are called on the event loop. None of them may raise, but where one does, it
    costs that attempt and no other.
    """

    def __init__(
        self,
        *,
        location: str,
        boot: int,
        clock: Clock,
        admission: Admission,
        probe: Probe,
        weigh: Weigh,
        observe: Callable[[Endpoint, Attempt], None],
        record: Callable[[Observation], None],
    ) -> None:
        self._location = location
        self._boot = boot
        self._clock = clock
        self._admission = admission
        self._probe = probe
        self._weigh = weigh
        self._observe = observe
        self._record = record
        # In the order of their begins, so that the same is always recorded in the same order.
        self._under_way: dict[_UnderWay, None] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def begin(self, lane: Lane, kind: Kind, now_ns: int, now_ms: int) -> bool:
        """Begin an attempt, unless too many are under way; tell whether that was done. Now is by both clocks."""
        if lane.in_flight >= IN_FLIGHT_MAX or len(self._under_way) >= IN_FLIGHT_ALL_MAX:
            return False
        endpoint = lane.endpoint
        lane.in_flight += 1
        lane.sequence = sequence = lane.sequence + 1
        if self._admission.admit_now(endpoint.check.host):
            under_way = _UnderWay(lane, sequence, kind, now_ns, now_ms)
            self._under_way[under_way] = None
            self._make(under_way)
        else:
            under_way = _UnderWay(lane, sequence, kind, now_ns, None)
            self._under_way[under_way] = None
            under_way.way = self._task(self._wait(under_way), lane)
        return True

    def miss(self, lane: Lane, at_ms: int, reason: Reason) -> None:
        """Record a slot at which nobody looked."""
        lane.sequence += 1
        missed = Attempt(at_ms=at_ms, duration_us=0, outcome=Outcome.MISSED, reason=reason)
        self._remember(lane, lane.sequence, Kind.GRID, missed)

    async def end(self, lanes: Set[Lane]) -> None:
        """Cancel attempts and rechecks of some lanes; return when all have ended and what had begun is on record."""
        for lane in lanes:
            self._trust(lane)
        for under_way in [each for each in self._under_way if each.lane in lanes]:
            self._cancel(under_way)
        # Those of an earlier call, too, which may have been cancelled itself.
        while tasks := [task for task in self._tasks if task.cancelling()]:
            await asyncio.wait(tasks)

    def _task(self, work: Coroutine[Any, Any, Any], lane: Lane) -> asyncio.Task[Any]:
        task = asyncio.create_task(work, name=lane.endpoint.slug)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _wait(self, under_way: _UnderWay) -> None:
        """Begin an attempt when the ceilings allow it."""
        endpoint = under_way.lane.endpoint
        try:
            await self._admission.admit(endpoint.check.host)
        except Exception:
            under_way.lane.in_flight -= 1
            self._stumble(under_way)
            return
        under_way.at_ms, under_way.began_ns = self._clock.wall_ms(), self._clock.monotonic_ns()
        under_way.way = None
        self._make(under_way)

    def _make(self, under_way: _UnderWay) -> None:
        """Have an attempt made that is admitted."""
        flight = self._probe(under_way.lane.endpoint, partial(self._ended, under_way))
        # It may have ended by now, and even wait for something else.
        if under_way in self._under_way and under_way.way is None:
            under_way.way = flight

    def _ended(self, under_way: _UnderWay, attempt: Attempt) -> None:
        """Take an attempt that has ended. Never raises: whoever calls has others to call."""
        lane = under_way.lane
        lane.in_flight -= 1
        under_way.way = None
        try:
            if attempt.outcome in GOOD:
                if lane.suspect_ns is not None and under_way.began_ns > lane.suspect_ns:
                    self._trust(lane)
            elif lane.suspect_ns is None:
                self._suspect(lane, under_way.began_ns)
            weighed = self._weigh(lane.endpoint, attempt)
            if isinstance(weighed, Attempt):
                self._conclude(under_way, weighed)
            else:
                under_way.at_ms, under_way.has_ended = attempt.at_ms, True
                under_way.way = task = self._task(weighed, lane)
                task.add_done_callback(partial(self._weighed, under_way))
        except Exception:
            self._stumble(under_way)

    def _weighed(self, under_way: _UnderWay, task: asyncio.Task[Attempt]) -> None:
        """Take an attempt whose doubt has come to an end."""
        if under_way not in self._under_way:
            return
        if task.cancelled():
            self._cancel(under_way)
            return
        under_way.way = None
        try:
            self._conclude(under_way, task.result())
        except Exception:
            self._stumble(under_way)

    def _conclude(self, under_way: _UnderWay, attempt: Attempt) -> None:
        """Record what remains of an attempt."""
        self._observe(under_way.lane.endpoint, attempt)
        self._remember(under_way.lane, under_way.sequence, under_way.kind, attempt)
        del self._under_way[under_way]

    def _cancel(self, under_way: _UnderWay) -> None:
        """Give an attempt up."""
        del self._under_way[under_way]
        if not under_way.has_ended:
            under_way.lane.in_flight -= 1
        way, under_way.way = under_way.way, None
        if way is not None:
            way.cancel()
        if under_way.at_ms is not None:
            self._remember_unknown(under_way, under_way.at_ms, Reason.CANCELLED)

    def _stumble(self, under_way: _UnderWay) -> None:
        """Record an attempt that was lost to an error of our own, which is being handled."""
        _log.exception("a fault of our own, not of %s, cost an attempt", under_way.lane.endpoint.slug)
        under_way.way = None
        self._under_way.pop(under_way, None)
        at_ms = self._clock.wall_ms() if under_way.at_ms is None else under_way.at_ms
        try:
            self._remember_unknown(under_way, at_ms, Reason.MONITOR_ERROR)
        except Exception:
            _log.exception("an attempt at %s could not be recorded", under_way.lane.endpoint.slug)

    def _suspect(self, lane: Lane, began_ns: int) -> None:
        """Begin to recheck an endpoint that failed, at once: that is, when what failed has been weighed."""
        lane.suspect_ns = began_ns
        lane.recheck = asyncio.get_running_loop().call_soon(self._recheck, lane)

    def _recheck(self, lane: Lane) -> None:
        """Ask a suspect again, and once more after a while that grows with the outage."""
        assert lane.suspect_ns is not None, "a recheck is cancelled with the suspicion"
        now_ns = self._clock.monotonic_ns()
        asked, age_ms = lane.endpoint, (now_ns - lane.suspect_ns) // _MS
        pause_ms = recheck_pause_ms(
            age_ms, interval_ms=asked.interval_ms, timeout_ms=asked.timeout_ms, places=IN_FLIGHT_MAX
        )
        if pause_ms is not None:
            lane.recheck = asyncio.get_running_loop().call_later(pause_ms / 1_000, self._recheck, lane)
        self.begin(lane, Kind.RECHECK, now_ns, self._clock.wall_ms())

    @staticmethod
    def _trust(lane: Lane) -> None:
        lane.suspect_ns = None
        if lane.recheck is not None:
            lane.recheck.cancel()
            lane.recheck = None

    def _remember_unknown(self, under_way: _UnderWay, at_ms: int, reason: Reason) -> None:
        attempt = Attempt(at_ms=at_ms, duration_us=0, outcome=Outcome.UNKNOWN, reason=reason)
        self._remember(under_way.lane, under_way.sequence, under_way.kind, attempt)

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
