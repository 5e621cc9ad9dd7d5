"""The ledger's side of a simulated world: a writer by virtual time, on a disk that may be full."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TypeVar

from uptally.clock import Clock
from uptally.ledger import Ledger
from uptally.ledger.lock import WriterLock
from uptally.ledger.queue import WriteQueue
from uptally.ledger.storage import Storage
from uptally.ledger.worker import Pause

MEMORY = Path("/dev/shm")

_Result = TypeVar("_Result")


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """Make a folder on a disk that is memory, where there is one: each of thousands of commits is synced."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        yield Path(name)


class LoopWorker:
    """Does a writer's work on the event loop: at once where it waits for nothing, else by a timer."""

    lock: AbstractContextManager[object] = nullcontext()

    def __init__(self) -> None:
        self._work: Iterator[Pause] = iter(())
        self._pause: Pause | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self, work: Iterator[Pause]) -> None:
        """Begin."""
        self._work = work
        self._go_on()

    def wake(self) -> None:
        """Go on where what is waited for is so."""
        if self._pause is not None and self._pause.until():
            self._go_on()

    def join(self) -> None:
        """Return, since whatever could be done is done."""

    def _go_on(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._pause = None
        for pause in self._work:
            if pause.seconds > 0 and not pause.until():
                self._pause = pause
                self._timer = asyncio.get_running_loop().call_later(pause.seconds, self._go_on)
                return


class FillingStorage(Storage):
    """A storage on a disk that is full at times: the transaction is made, and cannot be committed."""

    def __init__(self, path: Path, *, clock: Clock, is_full: Callable[[], object]) -> None:
        self._is_full = is_full
        super().__init__(path, location="local", clock=clock, version="simulated")

    def transact(self, work: Callable[[Storage], _Result]) -> _Result:
        """Do something in a transaction, or roll it back."""

        def do_and_look(storage: Storage) -> _Result:
            value = work(storage)
            if self._is_full():
                error = sqlite3.OperationalError("database or disk is full")
                error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_FULL, "SQLITE_FULL"
                raise error
            return value

        return super().transact(do_and_look)


def open_ledger(path: Path, *, clock: Clock, is_full: Callable[[], object]) -> Ledger:
    """Open a ledger for writing on the running loop."""
    lock = WriterLock(path)
    storage = FillingStorage(path, clock=clock, is_full=is_full)
    return Ledger(storage, WriteQueue(storage, on_commit=None, on_failure=None, worker=LoopWorker()), lock)
