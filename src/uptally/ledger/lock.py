"""One writer per ledger, and none over a network."""

from __future__ import annotations

import fcntl
import os
import re
from pathlib import Path

from uptally.errors import LedgerBusy, LedgerError

MOUNTS = Path("/proc/mounts")

_DAEMON = re.compile(rb"(\d+) \d+\n")
"""What a daemon writes into the file: its process and its boot. Any other writer's process stands alone."""

_NETWORKED = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "lustre", "fuse.sshfs", "fuse.glusterfs", "fuse.s3fs"}
)


class WriterLock:
    """An exclusive `flock` on a file beside the ledger.

    The lock belongs to the open file, so it ends with the process however that ends, and a lock file that a killed
    daemon left behind locks nobody out. The file is never removed: another process may hold the old one while a third
    locks a new one.
    """

    def __init__(self, ledger: Path) -> None:
        """Take the lock. Raises LedgerBusy, naming the process that has it, and LedgerError where it cannot be had."""
        path = ledger.with_name(f"{ledger.name}.lock")
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            raise LedgerError(f"cannot make {path}: {error.strerror}") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError:
            holder = os.pread(self._descriptor, 20, 0).decode("ascii", "replace").partition(" ")[0].strip()
            os.close(self._descriptor)
            raise LedgerBusy(
                f"{ledger} is written to by another uptally (process {holder or 'unknown'}): stop it first"
            ) from None
        except OSError as error:
            os.close(self._descriptor)
            raise LedgerError(f"cannot lock {path}: {error.strerror}") from error

    def announce(self, boot: int) -> None:
        """Say in the file that this process is a daemon, which takes SIGHUP for a request; an import would die of it.

        Raises OSError.
        """
        os.pwrite(self._descriptor, f"{os.getpid()} {boot}\n".encode(), 0)

    def release(self) -> None:
        """Give the lock up."""
        os.close(self._descriptor)


def daemon_of(ledger: Path) -> int | None:
    """Return the process of the daemon that writes to a ledger; None where none does.

    Whoever holds the lock wrote the file. It is tried only where a process of that number lives, since a daemon that
    starts meanwhile would find it taken.
    """
    try:
        descriptor = os.open(ledger.with_name(f"{ledger.name}.lock"), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        told = _DAEMON.fullmatch(os.pread(descriptor, 64, 0))
        if told is None or not _is_alive(int(told[1])):
            return None
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return int(told[1]) if told and os.pread(descriptor, 64, 0) == told[0] else None
    else:
        return None
    finally:
        os.close(descriptor)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def network_file_system(path: Path, *, mounts: str) -> str | None:
    """Return the type of the network file system that a path lies on, if any. `mounts` is ``/proc/mounts``.

    SQLite's locks and the shared memory of its write-ahead log do not work over a network
    (https://www.sqlite.org/wal.html, "All processes using a database must be on the same host computer").
    """
    resolved = str(path.resolve())
    found, length = "", 0
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        mount = fields[1].encode("ascii", "replace").decode("unicode_escape").rstrip("/")
        if len(mount) + 1 >= length and f"{resolved}/".startswith(f"{mount}/"):
            found, length = fields[2], len(mount) + 1
    return found if found in _NETWORKED else None


def refuse_network(path: Path) -> None:
    """Raise LedgerError for a ledger on a network file system; where the system does not tell, nothing is refused."""
    try:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    kind = network_file_system(path, mounts=mounts)
    if kind:
        raise LedgerError(f"{path} lies on {kind}, a network file system, where SQLite cannot lock: use a local disk")
