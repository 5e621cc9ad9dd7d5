"""An event loop whose time is a number: it jumps to the next timer instead of waiting for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from heapq import heappop, heappush
from itertools import count
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class _Call(asyncio.TimerHandle):
    """A callback that is due, unless it is cancelled."""

    __slots__ = ("arguments", "callback", "context", "due_ns")

    def __init__(
        self, due_ns: int, callback: Callable[..., object], arguments: tuple[object, ...], context: Context | None
    ) -> None:
        # Without asyncio's own part, which costs more than all else that a simulated second does.
        self.due_ns = due_ns
        self.callback: Callable[..., object] | None = callback
        self.arguments = arguments
        self.context = copy_context() if context is None else context

    def cancel(self) -> None:
        self.callback, self.arguments = None, ()

    def cancelled(self) -> bool:
        return self.callback is None

    def when(self) -> float:
        return self.due_ns / 1e9


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop by virtual time. It has no doors to the world outside: nothing there may be awaited.

    Of what is due at the same nanosecond, what was asked for first comes first. An exception that leaves a callback
    leaves the loop as well.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now_ns = 0
        self._soon: deque[_Call] = deque()
        self._later: list[tuple[int, int, _Call]] = []
        self._numbers = count()

    def time(self) -> float:
        return self.now_ns / 1e9

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        call = _Call(self.now_ns, callback, args, context)
        self._soon.append(call)
        return call

    call_soon_threadsafe = call_soon

    def call_later(
        self, delay: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        call = _Call(self.now_ns + round(delay * 1e9), callback, args, context)
        heappush(self._later, (call.due_ns, next(self._numbers), call))
        return call

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_later(when - self.time(), callback, *args, context=context)

    def run_until_complete(self, future: Any) -> Any:
        awaited = asyncio.ensure_future(future, loop=self)
        asyncio._set_running_loop(self)
        try:
            self._run_until(awaited)
        finally:
            asyncio._set_running_loop(None)
        return awaited.result()

    def _run_until(self, awaited: asyncio.Future[Any]) -> None:
        """Do what is ready by now, but not yet what becomes so meanwhile; where nothing is, jump to what is next."""
        ready, later = self._soon, self._later
        while not awaited.done():
            if not ready:
                while later and later[0][2].callback is None:
                    heappop(later)
                if not later:
                    raise RuntimeError("everything waits and nothing is due: a deadlock")
                if later[0][0] > self.now_ns:
                    self.now_ns = later[0][0]
            while later and later[0][0] <= self.now_ns:
                ready.append(heappop(later)[2])
            for _ in range(len(ready)):
                call = ready.popleft()
                if call.callback is not None:
                    call.context.run(call.callback, *call.arguments)


class VirtualClock:
    """A clock by a virtual loop's time; `wall_ms` starts where it is told, and steps and sleeps as a test says."""

    def __init__(self, loop: VirtualLoop, *, wall_ms: int) -> None:
        self._loop = loop
        self._slept_ms = 0
        self.wall_zero_ms = wall_ms

    def wall_ms(self) -> int:
        return self.wall_zero_ms + self._loop.now_ns // 1_000_000

    def wall_ns(self) -> int:
        return self.wall_zero_ms * 1_000_000 + self._loop.now_ns

    def monotonic_ns(self) -> int:
        return self._loop.now_ns

    def boot_ns(self) -> int:
        return self._loop.now_ns + self._slept_ms * 1_000_000

    def doze(self, for_ns: int) -> None:
        self._loop.now_ns += for_ns

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
