"""The file that is written to: its one writing connection, and what is done with it in transactions.

Used by the writer's thread only, once it is made.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from uptally.clock import Clock
from uptally.errors import LedgerError
from uptally.ledger.faults import ledger_error
from uptally.ledger.fold import Fold
from uptally.ledger.pen import Pen
from uptally.ledger.rebuild import rebuild
from uptally.ledger.schema import connect
from uptally.ledger.sealing import Backing, Sealer
from uptally.model.observation import Observation

SKETCHED_AT_ONCE = 8
"""Hours of which a transaction makes the sketches: a few milliseconds' work, so that no batch is held up."""

WAL_PAGES = 4096
"""Checkpoint after so many pages (16 MB), so that one that changes often is copied once for many changes."""

WAL_ALARM_BYTES = 256 * 1024 * 1024
"""A write-ahead log above this size is held by a reader that does not let go."""

PEN_S = 2
"""So long a transaction waits for another process that writes; after it, it is tried again like any that was locked."""

_Result = TypeVar("_Result")


class Storage:
    """An open ledger file."""

    def __init__(
        self,
        path: Path,
        *,
        location: str,
        clock: Clock,
        version: str,
        keep_ms: int | None = None,
        backed: Backing | None = None,
    ) -> None:
        """Migrate and open a file, in which observations are kept for `keep_ms` and until all months that they back are
        closed, or for ever.

        Raises LedgerTooNew, leaving it untouched, and LedgerError where it is of no use.
        """
        # Here, since importing sqlite-utils takes longer than all that a reader does.
        from uptally.ledger.migrations import migrate

        self.path = path
        self.committed_ms: int | None = None
        self._location = location
        self._clock = clock
        self._version = version
        self._boot: tuple[int, int] | None = None
        self._fold: Fold | None = None
        self._pen = Pen(path, patience_s=PEN_S)
        try:
            with self._pen:
                migrate(path)
                self.connection = connect(path, mode="rw")
                self._set_up()
                self._files = self._identities()
        except BaseException as error:
            self._pen.close()
            if isinstance(error, sqlite3.Error):
                raise ledger_error(error, path) from error
            raise
        self._sealer = Sealer(self.connection, keep_ms=keep_ms, backed=backed)

    def _set_up(self) -> None:
        for setting in (
            "journal_mode = WAL",
            # Each commit is synced, so that what was acknowledged survives a power cut.
            "synchronous = FULL",
            f"wal_autocheckpoint = {WAL_PAGES}",
            f"journal_size_limit = {WAL_PAGES * 4096}",
            # The writer waits and tries again by itself; meanwhile it can be closed.
            "busy_timeout = 0",
        ):
            self.connection.execute(f"PRAGMA {setting}")
        # The write-ahead log is made by the first transaction, and from then on it must not vanish.
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.execute("COMMIT")

    @property
    def fold(self) -> Fold:
        """What derives turns; made anew after a rollback, since it would remember what is not on record."""
        if self._fold is None:
            self._fold = Fold(self.connection)
        return self._fold

    def now_ms(self) -> int:
        """Return the instant of the wall clock."""
        return self._clock.wall_ms()

    def monotonic_ns(self) -> int:
        """Return the monotonic clock's reading."""
        return self._clock.monotonic_ns()

    def transact(self, work: Callable[[Storage], _Result]) -> _Result:
        """Do something in one transaction, all of it or nothing. Raises sqlite3.Error and what `work` raises."""
        with self._pen:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                value = work(self)
                self.connection.execute("COMMIT")
            except BaseException:
                self._fold = None
                with suppress(sqlite3.Error):
                    self.connection.rollback()
                raise
        self.committed_ms = self.now_ms()
        return value

    def commit(self, batch: Sequence[Observation]) -> frozenset[str]:
        """Take observations on record and return the slugs of which turns changed."""
        return self.transact(lambda storage: storage.fold.take(batch))

    def has_due(self) -> bool:
        """Whether work waits that is done a little at a time, between batches."""
        return self._fold is None or self._fold.hours.is_due(self.now_ms()) or self._sealer.is_due(self.now_ms())

    def work_a_little(self) -> None:
        """Make some sketches that are due, and seal some observations: neither waits for all of the other."""
        if self.fold.hours.is_due(self.now_ms()):
            self.transact(lambda storage: storage.fold.hours.seal(storage.now_ms(), most=SKETCHED_AT_ONCE))
        if self._sealer.is_due(self.now_ms()):
            self.transact(lambda storage: storage._sealer.work(storage.now_ms(), settle=storage.fold.settle))

    def empty_log(self) -> None:
        """Empty the write-ahead log."""
        if self._wal_bytes():
            with self._pen:
                self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def check_file(self) -> None:
        """Raise LedgerError where the file is not the one that was opened: what is written then reaches nobody."""
        if self._identities() != self._files:
            raise LedgerError(
                f"{self.path} was removed or replaced while it was written to: nothing more is recorded. "
                "Stop uptally, put the file and its -wal back or move them away, and start again"
            )

    def complaint(self) -> str:
        """Return what the operator should look at, short of an error; empty where there is nothing."""
        size = self._wal_bytes()
        if size <= WAL_ALARM_BYTES:
            return ""
        return f"{self.path}-wal has grown to {size // 1_000_000} MB: some program reads the ledger and does not let go"

    def rebuild(self) -> list[str]:
        """Make anew, within a transaction, what follows from the observations, and return what differed."""
        self._fold = None
        return rebuild(self.connection)

    def begin_boot(self) -> int:
        """Put a run of the daemon on record, within a transaction, and return its number."""
        location_id = self.fold.number("locations", "name", self._location)
        now_ms = self.now_ms()
        last = self.connection.execute("SELECT max(boot) FROM boots WHERE location_id = ?", (location_id,)).fetchone()[
            0
        ]
        boot = now_ms if last is None else max(now_ms, last + 1)
        row = (location_id, boot, now_ms, None, self._version)
        self.connection.execute("INSERT INTO boots VALUES (?, ?, ?, ?, ?)", row)
        self._boot = location_id, boot
        return boot

    def close(self, *, is_clean: bool, is_trusted: bool) -> None:
        """Put the end of the boot on record if it is a clean one, empty the write-ahead log and let go.

        A ledger that is not trusted gets no further write. Raises LedgerError where that fails.
        """
        try:
            if is_trusted:
                if is_clean and self._boot:
                    self.transact(Storage._end_boot)
                with self._pen:
                    self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            raise ledger_error(error, self.path) from error
        finally:
            # The last connection's end is a checkpoint as well.
            with suppress(sqlite3.Error), self._pen:
                self.connection.close()
            self.connection.close()
            self._pen.close()

    def _end_boot(self) -> None:
        statement = "UPDATE boots SET stopped_ms = ? WHERE (location_id, boot) = (?, ?)"
        self.connection.execute(statement, (self.now_ms(), *(self._boot or ())))

    def _wal_bytes(self) -> int:
        try:
            return os.stat(f"{self.path}-wal").st_size
        except OSError:
            return 0

    def _identities(self) -> tuple[tuple[int, int] | None, ...]:
        """Return device and inode of the file and of its write-ahead log; None for one that is not there."""
        found: list[tuple[int, int] | None] = []
        for name in (self.path, f"{self.path}-wal"):
            try:
                status = os.stat(name)
                found.append((status.st_dev, status.st_ino))
            except OSError:
                found.append(None)
        return tuple(found)
