"""The clock as an argument, so that a test owns it."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two readings that never mix: instants come from the wall, durations from the monotonic clock."""

    def wall_ms(self) -> int:
        """Return the instant, in milliseconds since the Unix epoch; may step."""
        ...

    def monotonic_ns(self) -> int:
        """Return a reading that only ever rises, in nanoseconds; its zero means nothing."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def wall_ms(self) -> int:
        """Return the machine's wall clock, cut off to the millisecond."""
        return time.time_ns() // 1_000_000

    def monotonic_ns(self) -> int:
        """Return the machine's monotonic clock; the one that asyncio's loops run by."""
        return time.monotonic_ns()
