"""What waits to be written, and the one worker that writes it: a thread, but for simulations.

SQLite before 3.51.3 can corrupt a file when two connections write or checkpoint at once (the WAL-reset bug), and one
sync for many rows is what makes FULL affordable. So everything goes through one thread, which does the checkpoints too.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from uptally.errors import LedgerError
from uptally.ledger.faults import is_passing, ledger_error
from uptally.ledger.storage import Storage
from uptally.ledger.worker import Pause, Worker, WriterThread
from uptally.model.observation import Observation

LINGER_S = 0.22
"""How long the first observation of a batch waits for others; with the commit itself, 250 ms are at risk. It is no
multiple of the scheduler's slots: what came first in one would have the batch written as attempts of another begin."""

BUFFER_MOST = 100_000
"""How many observations may wait while nothing can be written."""

BACKOFF_S = (0.1, 0.2, 0.5, 1, 2, 5)
"""Waits between attempts to write while the disk is full or locked; the last one repeats."""

LAST_ATTEMPTS = 3
"""How often a queue that is being closed still tries to write."""

IDLE_S = 10
"""After so long without anything to write, the write-ahead log is emptied."""

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")


@dataclass(slots=True)
class _Job:
    """Something to do in a transaction of its own, after all observations that were submitted before it."""

    work: Callable[[Storage], Any]
    result: Future[Any]


class WriteQueue:
    """Owns a storage from its making to `close`; its methods may be called from any thread.

    `worker` does the writing; without one, a thread of its own.
    """

    def __init__(
        self,
        storage: Storage,
        *,
        on_commit: Callable[[frozenset[str]], None] | None,
        on_failure: Callable[[LedgerError], None] | None,
        worker: Worker | None = None,
    ) -> None:
        self.lost = 0
        self.error = ""
        self.failure: LedgerError | None = None
        self._storage = storage
        self._on_commit = on_commit
        self._on_failure = on_failure
        self._pending: list[Observation] = []
        self._jobs: list[_Job] = []
        self._is_closing = False
        self._collected_ns = storage.monotonic_ns()
        self._doing = threading.Lock()
        self._worker = worker or WriterThread()
        self._lock = self._worker.lock
        self._worker.start(self._work())

    @property
    def pending(self) -> int:
        """How many observations are not committed."""
        return len(self._pending)

    def submit(self, observation: Observation) -> None:
        """Add an observation; where that cannot be, count it as lost."""
        with self._lock:
            waiting = len(self._pending)
            if self.failure or self._is_closing or waiting >= BUFFER_MOST:
                self.lost += 1
                return
            self._pending.append(observation)
            if not waiting:
                self._worker.wake()

    def ask(self, work: Callable[[Storage], _Result], *, timeout_s: float | None) -> _Result:
        """Have something done in a transaction and return what it returned.

        Raises what it raised, and LedgerError where it was not done in time; then it never will be.
        """
        result: Future[_Result] = Future()
        with self._lock:
            if self.failure:
                raise self.failure
            if self._is_closing:
                raise LedgerError("the ledger is closed")
            self._jobs.append(_Job(work, result))
            self._worker.wake()
        try:
            return result.result(timeout_s)
        except TimeoutError:
            # Whoever is told that it failed must not find it done later, so an attempt in progress is waited for.
            with self._doing:
                if result.cancel():
                    reason = self.error or "the disk is slow"
                    raise LedgerError(f"not written within {timeout_s} s: {reason}") from None
            return result.result()

    def close(self) -> None:
        """Write what waits, and end the thread. Raises LedgerError where something could not be written."""
        with self._lock:
            self._is_closing = True
            self._worker.wake()
        self._worker.join()
        if self.failure:
            raise self.failure
        if self._has_work():
            for job in self._jobs:
                job.result.set_exception(LedgerError(self.error))
            raise LedgerError(f"{len(self._pending)} observations were not written: {self.error}")

    def _work(self) -> Iterator[Pause]:
        """Write batches, and do what else was asked for, until closed and empty."""
        failures = 0
        while (work := (yield from self._collect())) is not None:
            try:
                self._write(*work)
            except Exception as error:
                if not (isinstance(error, sqlite3.Error) and is_passing(error)):
                    self._fail(error)
                    return
                self.error = str(ledger_error(error, self._storage.path))
                if not failures:
                    _log.error("observations wait to be recorded: %s", self.error)
                failures += 1
                if self._is_closing and failures >= LAST_ATTEMPTS:
                    return
                yield Pause(lambda: self._is_closing, BACKOFF_S[min(failures, len(BACKOFF_S)) - 1])
            else:
                failures, self.error = 0, ""

    def _collect(self) -> Generator[Pause, None, tuple[list[Observation], list[_Job]] | None]:
        """Wait for a batch or a job and return what there is; nothing after an idle while, None once closed and empty.

        What is returned stays in its list until it is done, so that a failed attempt forgets nothing.
        """
        if not self._has_work():
            idle_s = 0 if self._storage.has_due() else IDLE_S
            yield Pause(lambda: self._has_work() or self._is_closing, idle_s)
            self._collected_ns = self._storage.monotonic_ns()
        if self._pending:
            # What was submitted during the last write came after that was collected: it waits no longer than this.
            waited_s = (self._storage.monotonic_ns() - self._collected_ns) / 1e9
            yield Pause(lambda: self._jobs or self._is_closing, max(0, LINGER_S - waited_s))
        self._collected_ns = self._storage.monotonic_ns()
        with self._lock:
            if self._is_closing and not self._has_work():
                return None
            return self._pending[:], self._jobs[:]

    def _has_work(self) -> bool:
        return bool(self._pending or self._jobs)

    def _write(self, batch: list[Observation], jobs: list[_Job]) -> None:
        if batch:
            turned = self._storage.commit(batch)
            self._storage.check_file()
            self.error = ""
            with self._lock:
                del self._pending[: len(batch)]
            self._tell(turned)
        for job in jobs:
            self._do(job)
            with self._lock:
                self._jobs.remove(job)
        if self._storage.has_due():
            self._storage.work_a_little()
        elif not batch and not jobs:
            self._storage.empty_log()

    def _tell(self, turned: frozenset[str]) -> None:
        """Report a commit; a listener that fails must not stop the writing."""
        try:
            if self._on_commit:
                self._on_commit(turned)
        except Exception:
            _log.exception("what listens for commits failed")

    def _do(self, job: _Job) -> None:
        """Do a job in a transaction; an error of its own is its caller's, one of the ledger's is everybody's."""
        with self._doing:
            if job.result.cancelled():
                return
            try:
                value = self._storage.transact(job.work)
            except sqlite3.Error:
                raise
            except Exception as error:
                job.result.set_exception(error)
                return
            self._storage.check_file()
            self.error = ""
            job.result.set_result(value)

    def _fail(self, error: Exception) -> None:
        """Give up: whatever was asked for fails, and nothing is written any more."""
        if isinstance(error, sqlite3.Error):
            failure = ledger_error(error, self._storage.path)
        elif isinstance(error, LedgerError):
            failure = error
        else:
            failure = LedgerError(f"{self._storage.path}: the ledger's writer failed: {error!r}")
        _log.error("nothing more is recorded: %s", failure, exc_info=error)
        with self._lock:
            self.failure, self.error = failure, str(failure)
            self.lost += len(self._pending)
            self._pending.clear()
            jobs, self._jobs = self._jobs, []
        for job in jobs:
            with self._doing:
                if not job.result.done():
                    job.result.set_exception(failure)
        if self._on_failure:
            self._on_failure(failure)
