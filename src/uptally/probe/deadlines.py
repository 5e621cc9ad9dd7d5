"""When the time of an attempt is up."""

from __future__ import annotations

import asyncio

from uptally.clock import Clock
from uptally.probe.progress import Progress

_MS = 1_000_000


class Deadline:
    """The end of one attempt's time; when it passes, the task that set it is cancelled once."""

    __slots__ = ("_cancelling", "_progress", "_task", "due_ns", "has_passed", "is_forgotten", "timeout_ms")

    def __init__(self, progress: Progress, timeout_ms: int) -> None:
        task = asyncio.current_task()
        assert task is not None, "an attempt runs in a task"
        self._task = task
        self._cancelling = task.cancelling()
        self._progress = progress
        self.timeout_ms = timeout_ms
        self.due_ns = progress.begin_ns + timeout_ms * _MS
        self.has_passed = False
        self.is_forgotten = False

    def pass_by(self) -> None:
        """Cancel the task. One whose answer was complete is about to be resumed, and has its turn first."""
        if self._progress.is_stopped:
            asyncio.get_running_loop().call_soon(self._cancel)
        else:
            self._cancel()

    def takes_back(self) -> bool:
        """Tell whether the task was cancelled by this deadline alone, in which case it goes on."""
        return self.has_passed and self._task.uncancel() <= self._cancelling

    def _cancel(self) -> None:
        if not self.is_forgotten:
            self.has_passed = True
            self._task.cancel()


class Deadlines:
    """The deadlines of all attempts in flight, for the cost of a few timers.

    Those of one length pass in the order in which they were set, so only the first of each length needs a timer; most
    are forgotten before it fires.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[int, dict[Deadline, None]] = {}

    def set(self, progress: Progress, timeout_ms: int) -> Deadline:
        """Give the running task so much time from the attempt's begin."""
        deadline = Deadline(progress, timeout_ms)
        waiting = self._waiting.get(timeout_ms)
        if waiting is None:
            waiting = self._waiting[timeout_ms] = {}
            self._await(deadline)
        waiting[deadline] = None
        return deadline

    def forget(self, deadline: Deadline) -> None:
        """Take a deadline back, which may have passed."""
        deadline.is_forgotten = True
        waiting = self._waiting.get(deadline.timeout_ms)
        if waiting is not None:
            waiting.pop(deadline, None)

    def _await(self, deadline: Deadline) -> None:
        delay_ns = max(deadline.due_ns - self._clock.monotonic_ns(), _MS)
        asyncio.get_running_loop().call_later(delay_ns / 1e9, self._fire, deadline.timeout_ms)

    def _fire(self, timeout_ms: int) -> None:
        """Let those pass that are due, and wait for the next. A loop may wake a millisecond early."""
        waiting = self._waiting[timeout_ms]
        now_ns = self._clock.monotonic_ns()
        for deadline in [*waiting]:
            if deadline.due_ns > now_ns:
                self._await(deadline)
                return
            del waiting[deadline]
            deadline.pass_by()
        # While nobody waits there is no timer either.
        del self._waiting[timeout_ms]
