"""Whole copies of a ledger: backups of one that is written to, and ledgers that are put back from them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from uptally.errors import LedgerCorrupt, LedgerError
from uptally.ledger.access import is_there
from uptally.ledger.chain import verify_blocks
from uptally.ledger.faults import ledger_error
from uptally.ledger.lock import WriterLock, refuse_network
from uptally.ledger.pen import Pen
from uptally.ledger.reader import Reader
from uptally.ledger.schema import check_sqlite, connect, open_as_it_stands, read_version
from uptally.ledger.then import head_of
from uptally.ledger.whole import SIDES, whole
from uptally.model.closing import LedgerRange

PATIENCE_S = 30
"""How long others may write before a restore gives up."""


class Copied(NamedTuple):
    """A copy of which every act and block was found to hold: its size in bytes, and its newest act and block."""

    size: int
    head: LedgerRange


def back_up(source: Path, target: Path) -> Copied:
    """Copy a ledger, which may be written to meanwhile, to a file that appears only when it is whole, synced and found
    to hold.

    Raises LedgerError where the target is there, or cannot be written; LedgerBusy where another backup to it is under
    way; LedgerMissing, LedgerTooNew, and LedgerCorrupt for a ledger that does not hold. Then there is no such file.
    """
    check_sqlite()
    if os.path.lexists(target):
        raise LedgerError(f"{target} is there: name a file that is not, since a backup overwrites nothing")
    with (
        closing(open_as_it_stands(source)) as connection,
        _translated(target),
        whole(target, is_replacing=False) as unfinished,
    ):
        with closing(connect(unfinished, mode="rw")) as copy:
            connection.backup(copy)
            # One file with none beside it, which can be opened where nothing can be written.
            copy.execute("PRAGMA journal_mode = DELETE").fetchone()
        return Copied(unfinished.stat().st_size, _held_head(unfinished, target))


def restore(backup: Path, ledger: Path, *, aside: Path | None) -> Copied:
    """Put a copy of a backup in place as the ledger, once every act and block of the copy was found to hold.

    A ledger that is there gets the name `aside`; without one it stays, which raises. Raises LedgerBusy where a daemon
    or an import writes, LedgerTooNew, LedgerCorrupt for a backup that does not hold, and LedgerError; then all is as it
    was.
    """
    from uptally.ledger.migrations import finish

    check_sqlite()
    refuse_network(ledger)
    if not is_there(backup):
        raise LedgerError(f"there is no file {backup}")
    is_replacing = is_there(ledger)
    if is_replacing and aside is None:
        raise LedgerError(f"there is a ledger at {ledger}: --force puts {backup} in its place, and keeps it beside")
    if is_replacing and backup.samefile(ledger):
        raise LedgerError(f"{backup} is the ledger itself")
    lock = WriterLock(ledger)
    try:
        with (
            _translated(ledger),
            closing(Pen(ledger, patience_s=PATIENCE_S)) as pen,
            pen,
            closing(_opened(backup)) as source,
            whole(ledger) as unfinished,
        ):
            with closing(connect(unfinished, mode="rw")) as copy:
                source.backup(copy)
            finish(unfinished)
            with closing(connect(unfinished, mode="rw")) as copy:
                # While it is open the checks are not the last to let go, which would leave a log beside the file.
                copy.execute("SELECT count(*) FROM sqlite_schema").fetchone()
                copied = Copied(unfinished.stat().st_size, _held_head(unfinished, backup))
            if is_replacing and aside is not None:
                _move_aside(ledger, aside)
        return copied
    finally:
        lock.release()


def _move_aside(ledger: Path, aside: Path) -> None:
    """Give a ledger another name as well, with all that its write-ahead log holds."""
    with suppress(sqlite3.Error), closing(connect(ledger, mode="rw")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    # As well, so that there is no instant without a ledger.
    os.link(ledger, aside)
    for side in SIDES:
        with suppress(FileNotFoundError):
            ledger.with_name(f"{ledger.name}{side}").replace(aside.with_name(f"{aside.name}{side}"))


def _opened(backup: Path) -> sqlite3.Connection:
    connection = connect(backup, mode="ro")
    try:
        if not read_version(connection, backup):
            raise LedgerError(f"{backup} is empty")
    except BaseException:
        connection.close()
        raise
    return connection


def _held_head(copy: Path, named: Path) -> LedgerRange:
    """Return how far a copy goes that holds. Raises LedgerCorrupt, naming the file by its name to be."""
    with closing(open_as_it_stands(copy)) as connection, closing(Reader(connection, named)) as reader:
        # `quick_check` of SQLite 3.40 finds NULLs where there are none in tables WITHOUT ROWID.
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise LedgerCorrupt(f"{named}: {found}")
        reader.verify_acts()
        for _ in verify_blocks(connection):
            pass
        return head_of(connection)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise ledger_error(error, path) from error
    except OSError as error:
        raise LedgerError(f"{error.filename or path}: {error.strerror}") from error
