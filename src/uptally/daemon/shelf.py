"""Where exports that were made lie: in a folder that ends with the daemon, as long as there is room."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path

from uptally.daemon.voucher import Report, beside
from uptally.export.manifest import SUFFIX
from uptally.server import Made

KEPT_MAX = 64
_PREFIX = "uptally-exports-"


class Shelf:
    """Files by the tags that tell them from any other, the oldest of which go first. Belongs to one thread.

    What a daemon left that was killed is removed when the next one begins: customers and amounts are in it. Temporary
    folders are cleared of what is old, and while the daemon runs: what is not there any more is made anew.
    """

    def __init__(self) -> None:
        _remove_left(Path(tempfile.gettempdir()))
        self._begin()

    def _begin(self) -> None:
        self._folder, self._lock = _own_folder()
        self._made: OrderedDict[str, Report] = OrderedDict()
        self._names: dict[str, str] = {}

    def close(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self._folder, ignore_errors=True)
        os.close(self._lock)

    def __contains__(self, tag: str) -> bool:
        made = self._made.get(tag)
        if made is None or not self._is_ours():
            return False
        file = self.place(tag)
        return file.exists() and (not made.manifest_sha256 or beside(file).exists())

    def place(self, tag: str) -> Path:
        """Return where the file of a tag belongs; its manifest belongs beside it. In another folder, with nothing in
        it, where the one before was removed. Raises OSError."""
        if not self._is_ours():
            before = self._lock
            self._begin()
            os.close(before)
        return self._folder / tag

    def _is_ours(self) -> bool:
        """Whether the folder is the one that was made, and none that somebody else made by its name since."""
        try:
            return os.path.samestat(self._folder.lstat(), os.fstat(self._lock))
        except FileNotFoundError:
            return False

    def put(self, tag: str, name: str, made: Report) -> None:
        """Keep what was made, which is the newest of its name."""
        self._made[tag] = made
        self._names[name] = tag
        while len(self._made) > KEPT_MAX:
            # Whoever took it has it open.
            oldest, _ = self._made.popitem(last=False)
            self.place(oldest).unlink(missing_ok=True)
            beside(self.place(oldest)).unlink(missing_ok=True)
        self._names = {name: tag for name, tag in self._names.items() if tag in self._made}

    def take(self, tag: str) -> Made:
        """Return what has a tag, which makes it the newest. Raises KeyError."""
        made = self._touched(tag)
        return Made(self.place(tag).open("rb"), made.name, made.state, made.revision, made.sha256)

    def take_manifest(self, tag: str) -> Made:
        """Return the manifest of what has a tag, which makes that the newest. Raises KeyError."""
        made, file = self._touched(tag), beside(self.place(tag))
        return Made(file.open("rb"), made.name + SUFFIX, made.state, made.revision, made.manifest_sha256)

    def named(self, name: str) -> Report | None:
        """Return what was reported of the newest of a name, if it is there."""
        return self._made.get(self._names.get(name, ""))

    def _touched(self, tag: str) -> Report:
        self._made.move_to_end(tag)
        return self._made[tag]


def _own_folder() -> tuple[Path, int]:
    """Make a folder and lock it, which says that its daemon lives: the lock ends with the process. Raises OSError."""
    os.makedirs(tempfile.gettempdir(), exist_ok=True)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            continue
        # Between the two, another daemon may have taken it for one that was left, and have it locked to remove it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder, lock
        os.close(lock)


def _remove_left(beneath: Path) -> None:
    for folder in beneath.glob(f"{_PREFIX}*"):
        # What belongs to others cannot be opened, and what is a link is none of ours.
        with suppress(OSError):
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if os.fstat(lock).st_uid == os.geteuid():
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder)
            finally:
                os.close(lock)
