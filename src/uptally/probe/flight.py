"""An attempt under way: a coroutine that whatever it waits for takes a step further.

A task of the event loop would do the same, and cost as much as all the rest of the bookkeeping: it has a turn of the
loop for each step, a context, and a place among all tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Generic, Protocol, TypeVar

_Result = TypeVar("_Result")


class Awaited(Protocol):
    """What a flight may wait for: a connection, or a future of the event loop."""

    def add_done_callback(self, callback: Callable[[Any], object], /) -> object:
        """Call this, with itself, when the wait is over."""
        ...

    def remove_done_callback(self, callback: Callable[[Any], object], /) -> object:
        """Do not call this any more."""
        ...


class Flight(Generic[_Result]):
    """A coroutine under way, from `begin` until it has returned or was cancelled. Belongs to one event loop.

    It awaits connections and the event loop's futures, tasks among them; nothing in it may ask for the running task, as
    `asyncio.timeout` and task groups do. `ended` is called with what it returned. Neither may raise.
    """

    __slots__ = ("_awaited", "_coroutine", "_ended")

    def __init__(self, ended: Callable[[_Result], object]) -> None:
        self._ended = ended
        self._awaited: Awaited | None = None
        self._coroutine: Coroutine[Any, None, _Result]

    def begin(self, coroutine: Coroutine[Any, None, _Result]) -> None:
        """Take the first step. It may be the last as well."""
        self._coroutine = coroutine
        self._go_on(None)

    def fail(self, error: Exception) -> None:
        """Raise an error where the coroutine waits; nothing where it runs or has ended."""
        if self._leave():
            try:
                self._await(self._coroutine.throw(error))
                return
            except StopIteration as end:
                result = end.value
            self._ended(result)

    def cancel(self) -> None:
        """Give up, if it waits: nothing is run any more but what cleans up, and `ended` is not called."""
        if self._leave():
            self._coroutine.close()

    def _go_on(self, over: Awaited | None) -> None:
        """Take a step: what was awaited is over."""
        if over is not self._awaited:
            # A future that ended just before the flight failed has its turn all the same.
            return
        self._awaited = None
        try:
            self._await(self._coroutine.send(None))
            return
        except StopIteration as end:
            result = end.value
        self._ended(result)

    def _await(self, awaited: Awaited) -> None:
        self._awaited = awaited
        awaited.add_done_callback(self._go_on)

    def _leave(self) -> bool:
        """Wait no longer; tell whether there was anything to wait for."""
        awaited, self._awaited = self._awaited, None
        if awaited is None:
            return False
        awaited.remove_done_callback(self._go_on)
        return True
