"""When the time of an attempt is up."""

from __future__ import annotations

import asyncio
from itertools import takewhile
from typing import Any

from uptally.clock import Clock
from uptally.probe.flight import Flight

_MS = 1_000_000


class TimeIsUp(Exception):
    """What an attempt meets where it waits when its deadline passes."""


class Deadlines:
    """The deadlines of all attempts in flight, for the cost of a few timers.

    Those of one length pass in the order in which they were set, so only the first of each length needs a timer; most
    are forgotten before it fires.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[int, dict[Flight[Any], int]] = {}
        """When each is due, by the length of its time."""

    def set(self, flight: Flight[Any], begin_ns: int, timeout_ms: int) -> None:
        """Give a flight so much time from an instant of the monotonic clock, which is no earlier than those of before.

        When it is up, the flight meets TimeIsUp.
        """
        due_ns = begin_ns + timeout_ms * _MS
        waiting = self._waiting.get(timeout_ms)
        if waiting is None:
            waiting = self._waiting[timeout_ms] = {}
            self._await(due_ns, timeout_ms)
        waiting[flight] = due_ns

    def forget(self, flight: Flight[Any], timeout_ms: int) -> None:
        """Take a deadline back, which may have passed."""
        waiting = self._waiting.get(timeout_ms)
        if waiting is not None:
            waiting.pop(flight, None)

    def _await(self, due_ns: int, timeout_ms: int) -> None:
        delay_ns = max(due_ns - self._clock.monotonic_ns(), _MS)
        asyncio.get_running_loop().call_later(delay_ns / 1e9, self._fire, timeout_ms)

    def _fire(self, timeout_ms: int) -> None:
        """Let those pass that are due, and wait for the next. A loop may wake a millisecond early."""
        waiting = self._waiting[timeout_ms]
        now_ns = self._clock.monotonic_ns()
        for flight, _ in [*takewhile(lambda each: each[1] <= now_ns, waiting.items())]:
            # Not if one before it has ended it.
            if waiting.pop(flight, None) is not None:
                flight.fail(TimeIsUp())
        if waiting:
            self._await(next(iter(waiting.values())), timeout_ms)
        else:
            # While nobody waits there is no timer either.
            del self._waiting[timeout_ms]
