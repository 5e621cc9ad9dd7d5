"""Who may open a ledger: it is made for its owner alone, and who may not is told why, which SQLite does not say."""

from __future__ import annotations

import os
import pwd
from contextlib import suppress
from pathlib import Path

from uptally.errors import LedgerError


def make_private(path: Path) -> None:
    """Make an empty file that only its owner may read and write; one that is there stays as it is. Raises OSError.

    What SQLite makes beside a file has the permissions of that file.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def is_there(path: Path) -> bool:
    """Tell whether there is such a file. Raises LedgerError where this process may not know."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise LedgerError(denial(path) or f"{path}: {error.strerror}") from error
    return True


def denial(path: Path) -> str:
    """Return what this process may not do of all that opening a ledger takes, and the remedy; empty where it may."""
    beside = [path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")]
    asked = (
        (path.parent, os.X_OK, "enter"),
        *((file, os.R_OK, "read") for file in beside),
        *((file, os.W_OK, "write to") for file in beside),
        (path.parent, os.W_OK, "make files in"),
    )
    for file, mode, verb in asked:
        # By asking, not by opening: to close any descriptor of a file drops the locks that SQLite holds on it.
        if not os.access(file, mode, effective_ids=True):
            with suppress(OSError):
                if mode == os.W_OK and os.statvfs(file).f_flag & os.ST_RDONLY:
                    return f"{file} lies on a file system that is mounted read-only: mount it otherwise"
                owner = _name(os.stat(file).st_uid)
                return f"{_name(os.geteuid())} may not {verb} {file}: run uptally as {owner}, or change its permissions"
    return ""


def _name(user: int) -> str:
    try:
        return f"the user {pwd.getpwuid(user).pw_name}"
    except KeyError:
        return f"the user {user}"
