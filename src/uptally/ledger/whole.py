"""Files of SQLite's that appear only when they are whole."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from uptally.errors import LedgerBusy
from uptally.ledger.access import make_private

SIDES = "-wal", "-shm", "-journal"
"""What SQLite makes beside a file."""


@contextmanager
def whole(path: Path, *, is_replacing: bool = True) -> Iterator[Path]:
    """Yield a private, empty file beside a path that takes its name, synced, at the end.

    One process at a time may do so for a path. Where something is raised meanwhile, or the path is there by the end and
    is not to be replaced, nothing is left of it. Raises LedgerBusy and OSError.
    """
    unfinished = path.with_name(f"{path.name}.unfinished")
    make_private(unfinished)
    descriptor = os.open(unfinished, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LedgerBusy(f"{path} is being written by another uptally: wait until that is done") from None
        try:
            _remove_sides(unfinished)
            os.ftruncate(descriptor, 0)
            yield unfinished
            os.fsync(descriptor)
            if is_replacing:
                unfinished.replace(path)
            else:
                os.link(unfinished, path)
        except OSError as error:
            # What is known by a descriptor is not named by the system.
            error.filename = error.filename or os.fspath(path)
            raise
        finally:
            _remove_sides(unfinished)
            unfinished.unlink(missing_ok=True)
    finally:
        os.close(descriptor)
    _sync_folder(path.parent)


def _remove_sides(path: Path) -> None:
    for side in SIDES:
        path.with_name(f"{path.name}{side}").unlink(missing_ok=True)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
