"""The side that writes: one connection, one thread, and what others hand to it.

SQLite before 3.51.3 can corrupt a file when two connections write or checkpoint at once (the WAL-reset bug), and one
fsync for many rows is what makes FULL affordable. So everything goes through one thread, which also does the
checkpoints.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from uptally.clock import Clock
from uptally.errors import LedgerError
from uptally.ledger.acts import append_act, newest_body
from uptally.ledger.faults import is_passing, ledger_error
from uptally.ledger.imports import import_rows
from uptally.ledger.interface import Health, Imported
from uptally.ledger.lock import WriterLock, refuse_network
from uptally.ledger.schema import check_sqlite
from uptally.ledger.storage import Storage
from uptally.model.act import Act
from uptally.model.observation import Observation

LINGER_S = 0.2
"""How long the first observation of a batch waits for others: with the commit itself, 250 ms are at risk in a power
cut."""

BUFFER_MOST = 100_000
"""How many observations may wait while nothing can be written."""

BACKOFF_S = (0.1, 0.2, 0.5, 1, 2, 5)
"""Waits between attempts to write while the disk is full or locked; the last one repeats."""

LAST_ATTEMPTS = 3
"""How often a ledger that is being closed still tries to write."""

IDLE_S = 10
"""After so long without anything to write, the write-ahead log is emptied."""

JOB_S = 30
"""How long an act may take."""

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")


@dataclass(slots=True)
class _Job:
    """Something to be done in a transaction of its own, after all observations that were submitted before it."""

    work: Callable[[Storage], Any]
    result: Future[Any]


class Ledger:
    """A ledger that this process writes to. Made by `open`, ended by `close`; all methods may be called from any
    thread."""

    def __init__(
        self,
        storage: Storage,
        lock: WriterLock,
        *,
        on_commit: Callable[[frozenset[str]], None] | None,
        on_failure: Callable[[LedgerError], None] | None,
    ) -> None:
        self._storage = storage
        self._lock = lock
        self._on_commit = on_commit
        self._on_failure = on_failure
        self._wake = threading.Condition()
        self._doing = threading.Lock()
        self._pending: list[Observation] = []
        self._jobs: list[_Job] = []
        self._lost = 0
        self._error = ""
        self._failure: LedgerError | None = None
        self._is_closing = False
        self._collected_ns = storage.monotonic_ns()
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        location: str,
        clock: Clock,
        version: str,
        on_commit: Callable[[frozenset[str]], None] | None = None,
        on_failure: Callable[[LedgerError], None] | None = None,
    ) -> Self:
        """Make the ledger or bring it to the newest schema, and become its one writer.

        `on_commit` is called after each commit with the slugs of which turns changed, `on_failure` once when the
        ledger cannot be trusted any more and nothing is written from then on; both on the writer's thread. Raises
        LedgerBusy where another process writes to it, LedgerTooNew, leaving it untouched, and LedgerError where it
        cannot be used.
        """
        check_sqlite()
        refuse_network(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(f"cannot make the ledger's folder {path.parent}: {error.strerror}") from error
        lock = WriterLock(path)
        try:
            storage = Storage(path, location=location, clock=clock, version=version)
        except BaseException:
            lock.release()
            raise
        return cls(storage, lock, on_commit=on_commit, on_failure=on_failure)

    @property
    def health(self) -> Health:
        """How it is; never waits."""
        error = self._error or self._storage.complaint()
        return Health(len(self._pending), self._lost, self._storage.committed_ms, error, self._failure is None)

    def submit(self, observation: Observation) -> None:
        """Hand over an observation, to be committed within 250 ms together with others; never waits, never raises.

        What does not fit into the buffer, or comes when nothing is written any more, is counted as lost: it was not
        observed.
        """
        with self._wake:
            if self._failure or self._is_closing or len(self._pending) >= BUFFER_MOST:
                self._lost += 1
                return
            self._pending.append(observation)
            if len(self._pending) == 1:
                self._wake.notify()

    def begin_boot(self) -> int:
        """Put a run of the daemon on record and return its number: the wall clock's milliseconds, but above all
        before it."""
        return self._ask(Storage.begin_boot)

    def flush(self, timeout_s: float) -> None:
        """Wait until all that was submitted is committed. Raises LedgerError where it is not by then."""
        self._ask(lambda storage: None, timeout_s=timeout_s)

    def record(self, kind: str, by: str, body: str) -> Act:
        """Add an act and return it once it is committed. Raises LedgerError where it cannot be, and then it never
        will."""
        return self._ask(
            lambda storage: append_act(storage.connection, at_ms=storage.now_ms(), kind=kind, by=by, body=body)
        )

    def config_in_force(self) -> str | None:
        """Return the body of the newest act of kind ``config``."""
        return self._ask(lambda storage: newest_body(storage.connection, "config"))

    def import_observations(self, rows: Sequence[Observation]) -> Imported:
        """Take all rows or none, in one transaction, however long that takes; see `Imported` for what counts as known.

        Raises LedgerError where it cannot be written.
        """
        return self._ask(lambda storage: import_rows(storage.connection, storage.fold, rows), timeout_s=None)

    def close(self, clean: bool = True) -> None:
        """Commit what was submitted, put the end of the boot on record if it is a clean one, and let go.

        Raises LedgerError where something could not be written. A second call does nothing.
        """
        with self._wake:
            if self._is_closing:
                return
            self._is_closing = True
            self._wake.notify()
        self._thread.join()
        try:
            self._storage.close(is_clean=clean, is_trusted=self._failure is None)
        finally:
            self._lock.release()
        if self._failure:
            raise self._failure
        if self._has_work():
            for job in self._jobs:
                job.result.set_exception(LedgerError(self._error))
            raise LedgerError(f"{len(self._pending)} observations were not written: {self._error}")

    def _ask(self, work: Callable[[Storage], _Result], *, timeout_s: float | None = JOB_S) -> _Result:
        """Have the writer's thread do something in a transaction, and return what it returned."""
        result: Future[_Result] = Future()
        with self._wake:
            if self._failure:
                raise self._failure
            if self._is_closing:
                raise LedgerError("the ledger is closed")
            self._jobs.append(_Job(work, result))
            self._wake.notify()
        try:
            return result.result(timeout_s)
        except TimeoutError:
            # Whoever is told that it failed must not find it done later, so an attempt in progress is waited for.
            with self._doing:
                if result.cancel():
                    reason = self._error or "the disk is slow"
                    raise LedgerError(f"not written within {timeout_s} s: {reason}") from None
            return result.result()

    def _run(self) -> None:
        """The writer's thread: batches, and what else was asked for, until closed and empty."""
        failures = 0
        while (work := self._collect()) is not None:
            try:
                self._write(*work)
            except Exception as error:
                if not (isinstance(error, sqlite3.Error) and is_passing(error)):
                    self._fail(error)
                    return
                self._error = str(ledger_error(error, self._storage.path))
                failures += 1
                if self._is_closing and failures >= LAST_ATTEMPTS:
                    return
                with self._wake:
                    self._wake.wait_for(lambda: self._is_closing, BACKOFF_S[min(failures, len(BACKOFF_S)) - 1])
            else:
                failures, self._error = 0, ""

    def _collect(self) -> tuple[list[Observation], list[_Job]] | None:
        """Wait for a batch or a job and return what there is; nothing after an idle while, None once closed and empty.

        What is returned stays in its list until it is done, so that a failed attempt forgets nothing.
        """
        with self._wake:
            if not self._has_work():
                idle_s = 0 if self._storage.has_due_hours() else IDLE_S
                self._wake.wait_for(lambda: self._has_work() or self._is_closing, idle_s)
                self._collected_ns = self._storage.monotonic_ns()
            # What came in since the last batch was collected came after it, so no observation lingers longer than that.
            since_s = (self._storage.monotonic_ns() - self._collected_ns) / 1e9
            if self._pending:
                self._wake.wait_for(lambda: self._jobs or self._is_closing, max(0, LINGER_S - since_s))
            self._collected_ns = self._storage.monotonic_ns()
            if self._is_closing and not self._has_work():
                return None
            return self._pending[:], self._jobs[:]

    def _has_work(self) -> bool:
        return bool(self._pending or self._jobs)

    def _write(self, batch: list[Observation], jobs: list[_Job]) -> None:
        if batch:
            turned = self._storage.commit(batch)
            self._storage.check_file()
            with self._wake:
                del self._pending[: len(batch)]
            if self._on_commit:
                self._on_commit(turned)
        for job in jobs:
            self._do(job)
            with self._wake:
                self._jobs.remove(job)
        if not batch and not jobs:
            self._storage.tidy()

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
        with self._wake:
            self._failure, self._error = failure, str(failure)
            self._lost += len(self._pending)
            self._pending.clear()
            jobs, self._jobs = self._jobs, []
        for job in jobs:
            with self._doing:
                if not job.result.done():
                    job.result.set_exception(failure)
        if self._on_failure:
            self._on_failure(failure)
