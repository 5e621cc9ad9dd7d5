"""The side that writes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Self

from uptally.clock import Clock
from uptally.errors import LedgerError
from uptally.ledger.acts import amend_acts, append_act, newest_act
from uptally.ledger.imports import import_rows
from uptally.ledger.interface import Decide, Health, Imported
from uptally.ledger.lock import WriterLock, refuse_network
from uptally.ledger.queue import WriteQueue
from uptally.ledger.schema import check_sqlite
from uptally.ledger.sealing import Backing
from uptally.ledger.storage import Storage
from uptally.model.act import Act
from uptally.model.observation import Observation

JOB_S = 30
"""How long an act may take."""


class Ledger:
    """A ledger that this process writes to. Made by `open`, ended by `close`; usable from any thread."""

    def __init__(self, storage: Storage, queue: WriteQueue, lock: WriterLock) -> None:
        self.submit = queue.submit
        """Hands over an observation, to be committed within 250 ms with others; never waits, never raises.

        One whose identity is on record is skipped. What does not fit into the buffer, or comes when nothing is written
        any more, is counted as lost: it was not observed.
        """
        self._storage = storage
        self._queue = queue
        self._lock = lock
        self._is_closed = False

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        location: str,
        clock: Clock,
        version: str,
        keep_ms: int | None = None,
        backed: Backing | None = None,
        on_commit: Callable[[frozenset[str]], None] | None = None,
        on_failure: Callable[[LedgerError], None] | None = None,
    ) -> Self:
        """Make the ledger or bring it to the newest schema, and become its one writer.

        `on_commit` is called after each commit of observations with the slugs whose turns changed, `on_failure` once
        when the ledger cannot be trusted any more and nothing is written from then on; both on the writer's thread.
        Observations that are sealed are kept for `keep_ms`, and until all months that are `backed` by them are closed;
        without the one for ever, and without the other whatever is closed.
        Raises LedgerBusy where another process writes to it, LedgerTooNew, leaving it untouched, and LedgerError where
        it cannot be used.
        """
        check_sqlite()
        refuse_network(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(f"cannot make the ledger's folder {path.parent}: {error.strerror}") from error
        lock = WriterLock(path)
        try:
            storage = Storage(path, location=location, clock=clock, version=version, keep_ms=keep_ms, backed=backed)
        except BaseException:
            lock.release()
            raise
        return cls(storage, WriteQueue(storage, on_commit=on_commit, on_failure=on_failure), lock)

    @property
    def health(self) -> Health:
        """How it is; never waits."""
        queue = self._queue
        error = queue.error or self._storage.complaint()
        return Health(queue.pending, queue.lost, self._storage.committed_ms, error, queue.failure is None)

    def begin_boot(self) -> int:
        """Put a run of the daemon on record and return its number.

        It is the wall clock's milliseconds, but above all numbers of the location before it.
        """
        boot = self._queue.ask(Storage.begin_boot, timeout_s=JOB_S)
        self._lock.announce(boot)
        return boot

    def flush(self, timeout_s: float) -> None:
        """Wait until all that was submitted is committed. Raises LedgerError where it is not by then."""
        self._queue.ask(lambda storage: None, timeout_s=timeout_s)

    def record(self, kind: str, by: str, body: str) -> Act:
        """Add an act and return it once it is committed. Raises LedgerError where it is not, and never will be."""
        return self._queue.ask(
            lambda storage: append_act(storage.connection, at_ms=storage.now_ms(), kind=kind, by=by, body=body),
            timeout_s=JOB_S,
        )

    def amend(self, kinds: Collection[str], decide: Decide) -> list[Act]:
        """Record what `decide` makes of the acts of some kinds, in one transaction, and return it once committed.

        Nobody else's act comes between those that it saw and those that it made. Raises what it raises, and LedgerError
        where they are not recorded, and never will be.
        """
        return self._queue.ask(
            lambda storage: amend_acts(storage.connection, at_ms=storage.now_ms(), kinds=kinds, decide=decide),
            timeout_s=JOB_S,
        )

    def newest_act(self, kind: str) -> Act | None:
        """Return the newest act of a kind; None where there is none."""
        return self._queue.ask(lambda storage: newest_act(storage.connection, kind), timeout_s=JOB_S)

    def import_observations(self, rows: Sequence[Observation]) -> Imported:
        """Take all rows or none, in one transaction, however long it takes; see `Imported` for what counts as known.

        Raises LedgerError where they cannot be written.
        """
        return self._queue.ask(lambda storage: import_rows(storage.connection, storage.fold, rows), timeout_s=None)

    def rebuild(self) -> list[str]:
        """Make anew what follows from the observations, in one transaction, and return what differed, in words.

        What follows from observations that have been dropped stays. Raises LedgerCorrupt at a block that does not hold,
        and LedgerError where nothing can be written; then nothing is.
        """
        return self._queue.ask(Storage.rebuild, timeout_s=None)

    def close(self, clean: bool = True) -> None:
        """Commit what was submitted and let go; `clean` puts the end of the boot on record. A second call does nothing.

        Raises LedgerError where something could not be written.
        """
        if self._is_closed:
            return
        self._is_closed = True
        try:
            self._queue.close()
        finally:
            try:
                self._storage.close(is_clean=clean, is_trusted=self._queue.failure is None)
            finally:
                self._lock.release()
