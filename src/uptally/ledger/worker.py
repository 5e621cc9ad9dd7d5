"""Who does the writer's work: a thread of its own, unless somebody hands in another worker.

The work is an iterator that does what there is to do and yields what it waits for, so that it runs on a thread, or on
an event loop whose time is a number.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol


class Pause(NamedTuple):
    """What the work waits for: that something is so, but no longer than this."""

    until: Callable[[], object]
    seconds: float


class Worker(Protocol):
    """Runs the work from `start` to its end, and goes on after a pause once it is over."""

    @property
    def lock(self) -> AbstractContextManager[object]:
        """Held by whoever changes what the work looks at, and by the work while it looks. Reentrant."""
        ...

    def start(self, work: Iterator[Pause]) -> None:
        """Begin. Called once."""
        ...

    def wake(self) -> None:
        """Look whether what is waited for is so by now; the caller holds the lock."""
        ...

    def join(self) -> None:
        """Return when the work has ended."""
        ...


class WriterThread:
    """The worker of every daemon."""

    def __init__(self) -> None:
        # Handed out by itself, since the way to it through the condition takes longer than what is done under it.
        self.lock = threading.RLock()
        self._changed = threading.Condition(self.lock)
        self._thread: threading.Thread | None = None

    def start(self, work: Iterator[Pause]) -> None:
        """Begin on a thread that a process does not wait for when it ends."""
        self._thread = threading.Thread(target=self._run, args=(work,), name="ledger", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Have the thread look."""
        self._changed.notify()

    def join(self) -> None:
        """Wait for the thread's end."""
        if self._thread is not None:
            self._thread.join()

    def _run(self, work: Iterator[Pause]) -> None:
        for pause in work:
            with self._changed:
                self._changed.wait_for(pause.until, pause.seconds)
