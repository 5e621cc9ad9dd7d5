"""The pen: whoever writes to a ledger holds it, for one transaction at a time.

SQLite before 3.51.3 can corrupt a file when one connection checkpoints while another commits (the WAL-reset bug,
https://www.sqlite.org/wal.html#walresetbug). SQLite's own locks let that happen, so there is one more around every
transaction that writes, the checkpoint after it included.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from pathlib import Path
from types import TracebackType

from uptally.errors import LedgerError
from uptally.ledger.access import denial

_POLL_S = 0.002


class Pen:
    """A `flock` on a file beside the ledger, which ends with the process however that ends.

    As a context it waits for the pen for `patience_s`, and then raises what SQLite raises of a lock that another holds,
    so that whoever waits for the one waits for the other. Not reentrant.
    """

    def __init__(self, ledger: Path, *, patience_s: int) -> None:
        """Open the file, or make it for the ledger's owner. Raises LedgerError where that cannot be."""
        path = ledger.with_name(f"{ledger.name}.pen")
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            if os.geteuid() == 0 and ledger.exists():
                owner = ledger.stat()
                os.fchown(self._descriptor, owner.st_uid, owner.st_gid)
        except OSError as error:
            raise LedgerError(denial(ledger) or f"cannot make {path}: {error.strerror}") from error
        self._tries = max(1, int(patience_s / _POLL_S))

    def __enter__(self) -> None:
        for _ in range(self._tries):
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(_POLL_S)
            else:
                return
        busy = sqlite3.OperationalError("another program writes")
        busy.sqlite_errorcode, busy.sqlite_errorname = sqlite3.SQLITE_BUSY, "SQLITE_BUSY"
        raise busy

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)
