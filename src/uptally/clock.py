"""The clock as an argument, so that a test owns it."""

from __future__ import annotations

import select
import time
from typing import Protocol


class Clock(Protocol):
    """Readings that never mix: instants come from the wall, durations from the monotonic clock.

    The boot clock only ever serves to tell how long the machine slept.
    """

    def wall_ms(self) -> int:
        """Return the instant, in milliseconds since the Unix epoch; may step."""
        ...

    def wall_ns(self) -> int:
        """Return the same instant in nanoseconds."""
        ...

    def monotonic_ns(self) -> int:
        """Return a reading that only ever rises, in nanoseconds; its zero means nothing."""
        ...

    def boot_ns(self) -> int:
        """Return a reading that rises as the monotonic one does, and through a suspend of the machine as well."""
        ...

    def doze(self, for_ns: int) -> None:
        """Stand still, with the event loop, for less than a millisecond: what a loop's timers are too coarse for."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def wall_ms(self) -> int:
        """Return the machine's wall clock, cut off to the millisecond."""
        return time.time_ns() // 1_000_000

    wall_ns = staticmethod(time.time_ns)

    # The machine's monotonic clock, which asyncio's loops run by; asked so often that a call in between would tell.
    monotonic_ns = staticmethod(time.monotonic_ns)

    def boot_ns(self) -> int:
        """Return the time since the machine started; the monotonic clock where the system keeps no such time."""
        return time.monotonic_ns() if _BOOT_CLOCK is None else time.clock_gettime_ns(_BOOT_CLOCK)

    def doze(self, for_ns: int) -> None:
        """Sleep until the time is over, and about a tenth of a millisecond longer."""
        # By a duration. What time.sleep waits for is an instant, which may never come where a library fakes the clocks.
        select.select((), (), (), for_ns / 1e9)


_BOOT_CLOCK: int | None = getattr(time, "CLOCK_BOOTTIME", None)
