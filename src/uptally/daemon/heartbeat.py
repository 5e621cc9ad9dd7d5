"""Watches the monitor itself: does our own loop keep time, and do the clocks agree?

Twenty times a second three clocks are read and held against the reading before. The loop that comes late stood
still (a stopped process, a starved machine, a call that blocks); a boot clock that ran ahead of the monotonic one
means that the machine slept; a wall clock that parted from both was set. Each is a disturbance, and what failed
meanwhile may have failed by our own fault. Only failures are doubted; a success stands.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from uptally.clock import Clock
from uptally.model.observation import GOOD, Attempt, Outcome, Reason
from uptally.model.timeline import Timeline
from uptally.rules.timeline import spans_of
from uptally.units.time import HOUR_MS, MINUTE_MS, Window, format_duration

PERIOD_MS = 50
LATE_MS = 250
"""So much later than due is a stall; so much apart from each other, the clocks tell of a sleep or a step."""

SANE_FROM_MS = 1_704_067_200_000
"""The start of 2024. A clock that says less was never set: machines without a battery wake up in 1970."""

KEPT_NS = 15 * MINUTE_MS * 1_000_000
"""Disturbances are remembered for longer than any attempt may take."""

DATES_DOUBTED_NS = HOUR_MS * 1_000_000
"""So long after a step may a certificate's date be wrong for it; by then somebody has set the clock right."""

SECOND_LOOK_NS = 3_000_000_000
"""A certificate that was refused is fetched once more before the attempt is told, so that it ended earlier by this."""

RANGES_KEPT = 64
TELL_EVERY_NS = MINUTE_MS * 1_000_000

_MS = 1_000_000
_TORN_NS = 10 * _MS

_DATES = frozenset({Reason.TLS_EXPIRED, Reason.TLS_NOT_YET_VALID})
_TOLD_TO_THE_LATE = frozenset({Reason.TLS_HANDSHAKE, Reason.CLOSED, Reason.TRUNCATED, Reason.REPLY_MISMATCH})
"""Answers that a good server, too, gives to a client that keeps it waiting; and so is this status."""
_REQUEST_TIMEOUT = 408

_log = logging.getLogger(__name__)


class _Reading(NamedTuple):
    """The clocks at one moment."""

    monotonic_ns: int
    boot_ns: int
    wall_ms: int


class _Disturbance(NamedTuple):
    """A stretch of the monotonic clock within which our own time was not to be trusted; `step_ms` is signed."""

    begin_ns: int
    end_ns: int
    reason: Reason
    step_ms: int = 0


class Heartbeat:
    """Knows when the monitor was disturbed, and doubts what failed meanwhile.

    `recorded` is what `recorded_ahead` says: stretches of time that an earlier run has been through.
    """

    def __init__(self, clock: Clock, *, recorded: Iterable[Window] = ()) -> None:
        self._clock = clock
        self._last = self._read()
        self._disturbances: deque[_Disturbance] = deque()
        self._steps: deque[_Disturbance] = deque()
        self._range_from_ms = self._last.wall_ms
        self._ranges = deque(recorded, maxlen=RANGES_KEPT)
        """What the wall clock showed before each of its steps: an instant in one of them is there a second time."""
        self._tell_stalls_from_ns = self._last.monotonic_ns
        if self._last.wall_ms < SANE_FROM_MS:
            _log.warning("the wall clock was never set: nothing is recorded until it shows 2024 or later")

    async def run(self) -> None:
        """Beat until cancelled. The start of everything else is over by now, and was no stall."""
        self._last = self._read()
        loop = asyncio.get_running_loop()
        timer: asyncio.TimerHandle

        # A timer by itself costs a third less than a task that sleeps.
        def wind() -> None:
            nonlocal timer
            timer = loop.call_later(PERIOD_MS / 1_000, tick)

        def tick() -> None:
            self.beat()
            wind()

        wind()
        try:
            await asyncio.Event().wait()
        finally:
            timer.cancel()

    def beat(self) -> None:
        """Hold the clocks against the beat before. Costs microseconds, and may be called at any time between beats."""
        last, now = self._last, self._read()
        self._last = now
        elapsed_ns = now.monotonic_ns - last.monotonic_ns
        awake_ms, passed_ms = elapsed_ns // _MS, (now.boot_ns - last.boot_ns) // _MS
        step_ms = now.wall_ms - last.wall_ms - passed_ms
        if awake_ms <= PERIOD_MS + LATE_MS and passed_ms - awake_ms <= LATE_MS and abs(step_ms) <= LATE_MS:
            return
        disturbance = _Disturbance(last.monotonic_ns, now.monotonic_ns, Reason.STALLED)
        if awake_ms > PERIOD_MS + LATE_MS:
            self._disturbances.append(disturbance)
            if now.monotonic_ns >= self._tell_stalls_from_ns:
                self._tell_stalls_from_ns = now.monotonic_ns + TELL_EVERY_NS
                _log.warning("the monitor stood still for %s", format_duration(awake_ms))
        if passed_ms - awake_ms > LATE_MS:
            self._disturbances.append(disturbance._replace(reason=Reason.SUSPENDED))
            _log.warning("the machine slept for %s", format_duration(passed_ms - awake_ms))
        if abs(step_ms) > LATE_MS:
            self._note_step(disturbance._replace(reason=Reason.CLOCK_STEPPED, step_ms=step_ms), passed_ms, last, now)
        while self._disturbances and self._disturbances[0].end_ns < now.monotonic_ns - KEPT_NS:
            self._disturbances.popleft()

    def disturbance_between(self, begin_ns: int, end_ns: int) -> Reason | None:
        """Return how the monitor was disturbed within a stretch of the monotonic clock; None where it was not.

        Of several the one that explains most: a sleep, a stall, a step of the wall clock.
        """
        found = set()
        for disturbance in reversed(self._disturbances):
            if disturbance.end_ns < begin_ns:
                break
            if disturbance.begin_ns <= end_ns:
                found.add(disturbance.reason)
        order = (Reason.SUSPENDED, Reason.STALLED, Reason.CLOCK_STEPPED)
        return next((reason for reason in order if reason in found), None)

    def weigh(self, attempt: Attempt) -> Attempt:
        """Return an attempt that has just ended as it stands, or as unknown where the monitor was disturbed.

        An answer stands, since the target did speak, unless our own clock may be why it was taken for a wrong one.
        While the wall clock shows what it showed before, only what is good is sure.
        """
        if attempt.at_ms < SANE_FROM_MS:
            return attempt._replace(outcome=Outcome.UNKNOWN, reason=Reason.CLOCK_STEPPED)
        # What is unknown for a fault of our own is unknown already; for one of the resolver's, it may yet be down.
        if attempt.outcome in GOOD or attempt.reason >= Reason.OWN_NETWORK:
            return attempt
        # The attempt's own deadline may have come before the beat that was due with it.
        self.beat()
        doubt = self._doubt(attempt)
        return attempt if doubt is None else attempt._replace(outcome=Outcome.UNKNOWN, reason=doubt)

    def _doubt(self, attempt: Attempt) -> Reason | None:
        if any(shown.start_ms <= attempt.at_ms < shown.end_ms for shown in self._ranges):
            return Reason.CLOCK_STEPPED
        end_ns = self._last.monotonic_ns
        begin_ns = end_ns - attempt.duration_us * 1_000
        reason = attempt.reason
        if reason in _DATES:
            return Reason.CLOCK_STEPPED if self._has_date_from_step(attempt, begin_ns - SECOND_LOOK_NS) else None
        if reason.is_answer and reason not in _TOLD_TO_THE_LATE and attempt.status != _REQUEST_TIMEOUT:
            return None
        return self.disturbance_between(begin_ns, end_ns)

    def _has_date_from_step(self, attempt: Attempt, begin_ns: int) -> bool:
        """Tell whether the steps of the last hour explain that a certificate is not in date."""
        while self._steps and self._steps[0].end_ns < self._last.monotonic_ns - DATES_DOUBTED_NS:
            self._steps.popleft()
        if self._steps and self._steps[-1].end_ns >= begin_ns:
            return True
        moved_ms = sum(step.step_ms for step in self._steps)
        if attempt.reason is Reason.TLS_NOT_YET_VALID:
            return moved_ms < 0
        certificate = attempt.certificate
        return moved_ms > 0 and (certificate is None or certificate.not_after_ms > attempt.at_ms - moved_ms)

    def _note_step(self, step: _Disturbance, passed_ms: int, last: _Reading, now: _Reading) -> None:
        self._disturbances.append(step)
        # It happened somewhere between the beats, so that both stretches may reach into the time between them.
        self._ranges.append(Window(self._range_from_ms, last.wall_ms + passed_ms + 1))
        self._range_from_ms = now.wall_ms - passed_ms
        if last.wall_ms >= SANE_FROM_MS:
            self._steps.append(step)
        way = "forward" if step.step_ms > 0 else "back"
        _log.warning("the wall clock was set %s by %s", way, format_duration(abs(step.step_ms)))

    def _read(self) -> _Reading:
        """Read the clocks as one: where we were stopped between two of them, once more."""
        while True:
            monotonic_ns = self._clock.monotonic_ns()
            reading = _Reading(monotonic_ns, self._clock.boot_ns(), self._clock.wall_ms())
            if self._clock.monotonic_ns() - monotonic_ns < _TORN_NS:
                return reading


def recorded_ahead(timelines: Iterable[Timeline], *, now_ms: int) -> list[Window]:
    """Return the stretches from now on that were observed already, merged and in order.

    There are none unless the wall clock was set back while no daemon ran.
    """
    stretches: list[Window] = []
    for timeline in timelines:
        if timeline.last is not None and timeline.last.at_ms >= now_ms:
            end_ms = timeline.last.at_ms + 1
            spans = spans_of(timeline, Window(now_ms, end_ms), as_of_ms=end_ms)
            stretches += [
                Window(span.start_ms, span.end_ms) for span in spans if span.reason is not Reason.NOT_OBSERVED
            ]
    merged: list[Window] = []
    for stretch in sorted(stretches):
        if merged and stretch.start_ms <= merged[-1].end_ms:
            merged[-1] = Window(merged[-1].start_ms, max(merged[-1].end_ms, stretch.end_ms))
        else:
            merged.append(stretch)
    return merged
