"""Which of SQLite's errors pass by themselves, and which mean that the ledger cannot be trusted."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from uptally.errors import LedgerBusy, LedgerCorrupt, LedgerError
from uptally.ledger.access import denial

_PRIMARY = 0xFF

_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
    }
)
"""A lock of someone else's, a full disk, a read-only remount, no descriptors left: whoever waits may succeed."""

_PASSING_EXTENDED = frozenset({sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_NOMEM})
"""How a full disk and a lack of memory show when the shared index of the write-ahead log has to grow."""

_CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})

_DENIED = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})
"""How missing permissions show, among other things."""


def is_passing(error: sqlite3.Error) -> bool:
    """Whether the same write may be tried again.

    Never after a failed sync: the kernel may have dropped the pages, and the next sync would report a success that is
    none (PostgreSQL's lesson of 2018). So of the I/O errors only those pass that are known to come before any page is
    written.
    """
    code = error_code(error)
    return code & _PRIMARY in _PASSING or code in _PASSING_EXTENDED


def error_code(error: sqlite3.Error) -> int:
    """Return SQLite's extended code; 0 for an error that the module itself raised."""
    return int(getattr(error, "sqlite_errorcode", 0))


def ledger_error(error: sqlite3.Error, path: Path) -> LedgerError:
    """Return the error of ours that says what SQLite said, naming the file."""
    code = error_code(error) & _PRIMARY
    text = f"{path}: {error} ({getattr(error, 'sqlite_errorname', type(error).__name__)})"
    if code in _CORRUPT:
        return LedgerCorrupt(f"{text}: restore a backup, or move the file away to begin anew")
    if code == sqlite3.SQLITE_BUSY:
        return LedgerBusy(f"{text}: another program holds it")
    if error_code(error) in _FULL:
        return LedgerError(f"{text}: there is no room on its disk")
    if code in _DENIED and (why := denial(path)):
        return LedgerError(why)
    return LedgerError(text)
