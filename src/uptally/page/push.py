"""The page's folder is copied to another place: only what changed since the last time; what is gone goes there too.

What lies at the other place is remembered in a file of ours, since asking about each file would take far longer than
copying the few that changed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from uptally.files import write_if_changed
from uptally.page.publish import files_of, rank
from uptally.page.twins import SUFFIXES

FORMAT = "uptally-pushed/1"

_UNKNOWN = ""
"""Stands for the content of a file that may be there: it is remembered before it is copied."""


class Place(Protocol):
    """Where a page is copied to. Anything may be raised where it cannot be reached, or refuses."""

    def there(self, paths: Collection[str]) -> set[str]:
        """Return which of some files lie there."""

    def put(self, path: str, content: bytes) -> None:
        """Put a file there, in one step where the place can do that; makes missing folders."""

    def remove(self, path: str) -> None:
        """Remove a file, if it is there."""


class Folder:
    """A folder of this machine, or one that is mounted."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def there(self, paths: Collection[str]) -> set[str]:
        """Return which of some files lie there."""
        return {path for path in paths if (self._directory / path).is_file()}

    def put(self, path: str, content: bytes) -> None:
        """Put a file there in one step. Raises OSError."""
        write_if_changed(self._directory / path, content)

    def remove(self, path: str) -> None:
        """Remove a file, and the folders that it leaves empty. Raises OSError."""
        (self._directory / path).unlink(missing_ok=True)
        for folder in Path(path).parents[:-1]:
            with suppress(OSError):
                (self._directory / folder).rmdir()


class Pushed(NamedTuple):
    """What came of a push: how many files were copied, and how many removed."""

    copied: int
    removed: int


class Push:
    """Copies a page's folder to a place. Belongs to one thread.

    `record` is the file that tells what was copied; `place_name` tells the place from any other.
    """

    def __init__(self, directory: Path, place: Place, *, record: Path, place_name: str) -> None:
        self._directory = directory
        self._place = place
        self._record = record
        self._place_name = place_name
        self._pushed: dict[str, str] | None = None
        """The digests of the files that lie there; None where the place must be looked at first."""
        self._digests: dict[str, tuple[tuple[int, int, int], str]] = {}

    def look_again(self) -> None:
        """Have the next push look at what lies there, which nobody but us should have changed."""
        self._pushed = None

    def push(self) -> Pushed:
        """Copy what changed, assets first and the overview last, then remove what is gone.

        Whatever the place raises is raised: what was copied until then is remembered.
        """
        files = {path: digest for path in files_of(self._directory) if (digest := self._digest(path)) is not None}
        pushed = self._known() if self._pushed is None else self._pushed
        self._pushed = None
        gone = pushed.keys() - files.keys()
        # A twin must not say anything older than its file, so it goes before that changes, or comes before it.
        twins = {path for path in gone if _base(path) in files}
        changed = sorted((path for path, digest in files.items() if pushed.get(path) != digest), key=_order)
        pushed |= {path: _UNKNOWN for path in changed if path not in pushed}
        try:
            self._remember(pushed)
            self._remove(twins, pushed)
            for path in changed:
                self._copy(path, pushed)
            self._remove(gone - twins, pushed)
        finally:
            self._remember(pushed)
        self._pushed = pushed
        return Pushed(len(changed), len(gone))

    def _copy(self, path: str, pushed: dict[str, str]) -> None:
        try:
            content = (self._directory / path).read_bytes()
        except FileNotFoundError:
            # It is gone since: the next push finds what came in its place.
            return
        pushed[path] = _UNKNOWN
        self._place.put(path, content)
        pushed[path] = _digest_of(content)

    def _remove(self, paths: Collection[str], pushed: dict[str, str]) -> None:
        for path in sorted(paths, reverse=True):
            self._place.remove(path)
            del pushed[path]

    def _digest(self, path: str) -> str | None:
        """Return the digest of a file, reading it only where it was replaced since; None where it is gone."""
        try:
            status = os.stat(self._directory / path)
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            known = self._digests.get(path)
            if known is None or known[0] != stamp:
                known = (stamp, _digest_of((self._directory / path).read_bytes()))
                self._digests[path] = known
        except FileNotFoundError:
            return None
        return known[1]

    def _known(self) -> dict[str, str]:
        """Return what is remembered of this place and still lies there."""
        try:
            told = json.loads(self._record.read_bytes())
            files = told["files"] if (told["format"], told["place"]) == (FORMAT, self._place_name) else {}
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            files = {}
        there = self._place.there(files.keys())
        return {path: digest for path, digest in files.items() if path in there}

    def _remember(self, pushed: dict[str, str]) -> None:
        told = {"format": FORMAT, "place": self._place_name, "files": pushed}
        # It names pages that nobody is to find.
        write_if_changed(self._record, f"{json.dumps(told, sort_keys=True)}\n".encode(), mode=0o600)


def _base(path: str) -> str:
    """Return the file that a path is the twin of, or the path itself."""
    return next((path.removesuffix(suffix) for suffix in SUFFIXES.values() if path.endswith(suffix)), path)


def _order(path: str) -> tuple[tuple[int, str], bool, str]:
    base = _base(path)
    return rank(base), path == base, path


def _digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
