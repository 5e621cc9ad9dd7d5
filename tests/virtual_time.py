"""An event loop whose time is a number: it jumps to the next timer instead of waiting for it."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _JumpingSelector(selectors.DefaultSelector):
    """Never waits: advances the loop's time by what it was asked to wait."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            raise RuntimeError("everything waits and nothing is due: a deadlock")
        self.loop.now_ns += round(timeout * 1e9)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop by virtual time; nothing outside it may be awaited."""

    def __init__(self) -> None:
        self.now_ns = 0
        selector = _JumpingSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now_ns / 1e9


class VirtualClock:
    """A clock by a virtual loop's time; `wall_ms` starts where it is told, and steps and sleeps as a test says."""

    def __init__(self, loop: VirtualLoop, *, wall_ms: int) -> None:
        self._loop = loop
        self._slept_ms = 0
        self.wall_zero_ms = wall_ms

    def wall_ms(self) -> int:
        return self.wall_zero_ms + self._loop.now_ns // 1_000_000

    def monotonic_ns(self) -> int:
        return self._loop.now_ns

    def boot_ns(self) -> int:
        return self._loop.now_ns + self._slept_ms * 1_000_000

    def suspend(self, duration_ms: int) -> None:
        """Let the machine sleep: the monotonic clock, and the loop with it, stand still."""
        self._slept_ms += duration_ms
        self.wall_zero_ms += duration_ms

    def stall(self, duration_ms: int) -> None:
        """Let the process, and so the loop, stand still while all clocks go on."""
        self._loop.now_ns += duration_ms * 1_000_000

    def step(self, by_ms: int) -> None:
        """Set the wall clock, forward or back."""
        self.wall_zero_ms += by_ms


def run_virtually(loop: VirtualLoop, main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on a virtual loop, and close the loop."""
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main)
