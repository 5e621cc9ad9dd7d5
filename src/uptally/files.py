"""Files that a reader sees whole, old or new, whatever happens in between."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
"""For a file that must not be there yet."""


def holds(path: str | Path, content: bytes) -> bool:
    """Tell whether a file is there and holds just that. Raises OSError where it cannot be read."""
    try:
        with open(path, "rb", buffering=0) as stream:
            return stream.readall() == content
    except FileNotFoundError:
        return False


def write_if_changed(path: str | Path, content: bytes, *, mode: int = 0o644, is_lasting: bool = True) -> bool:
    """Replace a file in one step and tell whether anything changed; an equal file is left alone, its times included.

    See `replace_file`. Raises OSError, after which the old file stands and no temporary one is left.
    """
    if holds(path, content):
        return False
    replace_file(path, content, mode=mode, is_lasting=is_lasting)
    return True


def replace_file(path: str | Path, content: bytes, *, mode: int = 0o644, is_lasting: bool = True) -> None:
    """Write a file, or replace it, in one step.

    The new content is written beside it and synced before it takes the name, so that a crash or a full disk
    leaves the old file. The temporary name is random and opened exclusively and without following links: a link
    planted there is never written through. Makes missing folders. `mode` says who may use the file, as far as the
    process lets it. A file that is made anew soon need not be lasting: it is not synced, which takes ten times as long
    as all the rest, so that a power failure may leave it empty. Raises OSError, after which the old file stands and no
    temporary one is left.
    """
    target = os.fspath(path)
    temporary = _written_beside(target, content, mode=mode, is_lasting=is_lasting)
    _take_names([(temporary, target)])


def replace_files(files: Sequence[tuple[Path, bytes]]) -> None:
    """Replace files, or write them, once there was room for all of them.

    The later ones tell of the first: while that changes, none of them is there. See `replace_file`. Raises OSError,
    after which all are as they were where one could not be written.
    """
    written: list[tuple[str, str]] = []
    try:
        for path, content in files:
            target = os.fspath(path)
            written.append((_written_beside(target, content, mode=0o644, is_lasting=True), target))
    except BaseException:
        _remove(temporary for temporary, _ in written)
        raise
    _remove(path for path, _ in files[1:])
    _take_names(written)


def _written_beside(path: str, content: bytes, *, mode: int, is_lasting: bool) -> str:
    """Write content to a file beside a path, and return its name. Raises OSError, and then there is none."""
    folder, slash, name = path.rpartition("/")
    temporary = f"{folder}{slash}.{name}.{secrets.token_hex(8)}"
    try:
        descriptor = os.open(temporary, _NEW, mode)
    except FileNotFoundError:
        os.makedirs(folder or ".", exist_ok=True)
        descriptor = os.open(temporary, _NEW, mode)
    try:
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(descriptor, left) :]
            if is_lasting:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException as error:
        if isinstance(error, OSError):
            # What is known by a descriptor is not named by the system.
            error.filename = path
        _remove([temporary])
        raise
    return temporary


def _take_names(written: Sequence[tuple[str, str]]) -> None:
    try:
        for temporary, path in written:
            os.replace(temporary, path)
    except BaseException:
        _remove(temporary for temporary, _ in written)
        raise


def _remove(paths: Iterable[str | Path]) -> None:
    for path in paths:
        with suppress(FileNotFoundError):
            os.unlink(path)


def add_lines(path: Path, lines: list[str]) -> None:
    """Add lines to a file, in one write, and sync it; makes it and its folder where they are missing.

    A line that a crash cut short stands for itself: each addition begins on a line of its own. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(path, flags, 0o644), "ab", buffering=0) as stream:
        stream.write("".join(f"\n{line}" for line in lines).encode())
        os.fsync(stream.fileno())
