"""Rendered files become files that readers see: whole, in an order that never shows a page without its style."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from uptally.errors import ConfigError
from uptally.files import add_lines, holds, replace_file, write_if_changed
from uptally.model.settings import Compression, PageSettings
from uptally.page.catalogue import language_of
from uptally.page.language import ENGLISH, Language, speaking
from uptally.page.stopped import HEAD_BYTES, is_stopped, stopped_file, urgency, valid_until_ms
from uptally.page.twins import SUFFIXES, compressed

LIST = ".uptally-files"
"""The file in the page's folder that tells which of the others are ours.

It holds digests of their names and no name: whoever reads it learns of no page that nobody linked to.
"""

OVERVIEW = "index.html"

_TEMPORARY = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{16}")
"""What a crash before the renaming leaves (`write_if_changed`)."""


class Site:
    """A folder that the page is written to, by one thread, in a language that is asked for when it has to be known.

    What was ever written there is remembered in `LIST`, so that a file of the page that is needed no more can be told
    from one that somebody else put there. A name is on the list before its file is made. Compressed twins lie beside
    their files: one that is there always says the same as its file, since it goes before its file changes, and comes
    back after. In between a server sends the file itself; the other order would leave wrong twins after a crash.
    Files are not synced to the disk, since what a power failure leaves of them is found and mended by the first round
    of the process that comes after it.
    """

    def __init__(
        self,
        directory: Path,
        compress: Collection[Compression] = (),
        language: Callable[[], Language] = lambda: ENGLISH,
    ) -> None:
        self.directory = directory
        self._language = language
        self._suffixes = {suffix: how for how, suffix in SUFFIXES.items() if how in compress}
        """Of the twins that are wanted."""
        self._listed: set[str] | None = None
        self._there: set[str] | None = None
        """Our files in the folder, by their paths; None before it was searched."""
        self._current: set[str] = set()
        self._sure: set[str] = set()
        """Twins that this process made or found to be right."""
        self._says_stopped = False

    @classmethod
    def of(cls, settings: PageSettings) -> Self:
        """Return the folder of a page, in its language; in English where that cannot be had, rather than mute."""

        def language() -> Language:
            try:
                return language_of(settings)
            except ConfigError:
                return ENGLISH

        return cls(settings.directory, settings.compress, language)

    def begin(self) -> None:
        """Begin anew with what is current: files that are not written again from now on are needed no more."""
        self._current = set()

    def publish(self, files: Mapping[str, bytes]) -> int:
        """Write files below the folder and return how many had changed: assets first, pages next, the overview last.

        Each is replaced in one step. Raises OSError where one cannot be written: it and those after it stand as before,
        but for their twins.
        """
        listed = self._list(each for path in files for each in (path, *self._twins(path)))
        return sum(self._write(path, files[path], is_new=path in listed) for path in sorted(files, key=rank))

    def remove_stale(self, paths: Collection[str] = (), *, spares_assets: bool = False) -> int:
        """Remove our files that are neither among `paths` nor written since `begin`, and what crashes left of ours.

        `spares_assets` is for a round that has only begun: pages that are not written yet name the style of before.
        Returns how many there were. What is not ours is left alone. Raises OSError where one cannot be removed.
        """
        kept = {each for path in (*self._current, *paths) for each in (path, *self._twins(path))}
        # In the reverse order a twin goes before its file.
        gone = [path for path in sorted(self.ours() - kept, reverse=True) if not spares_assets or rank(path)[0]]
        for path in gone:
            self._remove(path)
        if gone:
            listed = "".join(f"\n{each}" for each in sorted(_read(self.directory) - set(map(_digest, gone))))
            write_if_changed(self.directory / LIST, listed.encode())
            self._listed = None
        return len(gone)

    def stop(self) -> None:
        """Have every file that is written from now on say that monitoring has stopped."""
        self._says_stopped = True

    @property
    def valid_until_ms(self) -> int | None:
        """Until when the overview is to be trusted by its own word; None where there is none, or it gives no word."""
        return valid_until_ms(self._head(OVERVIEW))

    def say_stopped(self, *, is_late: Callable[[], bool] = lambda: False) -> int:
        """Have the files that are there say so as well, by their urgency, until it is late; return how many did not.

        Raises OSError where one cannot be read or written.
        """
        self.stop()
        said = 0
        urgent = ((place, path) for path in self.ours() if (place := urgency(path)) is not None)
        for _, path in sorted(urgent):
            if is_late():
                break
            content = (self.directory / path).read_bytes()
            if (ended := self._stopped(path, content)) != content:
                said += self._write(path, ended)
        return said

    def stopped_paths(self) -> set[str]:
        """Return the paths of our pages and badges that say so."""
        heads = (path for path in self.ours() if path.endswith((".html", ".svg")))
        return {path for path in heads if is_stopped(self._head(path))}

    def ours(self) -> set[str]:
        """Return the paths of all our files in the folder, leftovers of crashes included; searches it only once."""
        if self._there is None:
            self._there = set(files_of(self.directory))
        return self._there

    def _write(self, path: str, content: bytes, *, is_new: bool = False) -> bool:
        """Write a file and its twins, and tell whether the file had changed. One that `is_new` on the list is not there
        yet, or not ours.
        """
        self._current.add(path)
        if self._says_stopped:
            content = self._stopped(path, content)
        file = self._file(path)
        is_same = not is_new and holds(file, content)
        wanted = self._twins(path)
        if wanted or not is_new:
            for twin in (f"{path}{suffix}" for suffix in SUFFIXES.values()):
                if _digest(twin) in self._known() and not (is_same and twin in wanted):
                    self._remove(twin)
        if not is_same:
            replace_file(file, content, is_lasting=False)
        for twin, how in wanted.items():
            if not (is_same and twin in self._sure and os.path.isfile(self._file(twin))):
                packed = compressed(content, how, is_lasting=path.startswith("assets/"))
                write_if_changed(self._file(twin), packed, is_lasting=False)
                self._sure.add(twin)
        if self._there is not None:
            self._there |= {path, *wanted}
        return not is_same

    def _stopped(self, path: str, content: bytes) -> bytes:
        with speaking(self._language()):
            return stopped_file(path, content)

    def _head(self, path: str) -> bytes:
        try:
            with (self.directory / path).open("rb") as stream:
                return stream.read(HEAD_BYTES)
        except FileNotFoundError:
            return b""

    def _remove(self, path: str) -> None:
        file = self.directory / path
        file.unlink(missing_ok=True)
        if self._there is not None:
            self._there.discard(path)
        for folder in file.relative_to(self.directory).parents[:-1]:
            # One that holds anything else stays.
            with suppress(OSError):
                (self.directory / folder).rmdir()

    def _twins(self, path: str) -> dict[str, Compression]:
        return {f"{path}{suffix}": how for suffix, how in self._suffixes.items()}

    def _file(self, path: str) -> str:
        # Ten times as fast as with a Path, at thousands of files.
        return f"{self.directory}/{path}"

    def _known(self) -> set[str]:
        if self._listed is None:
            self._listed = _read(self.directory)
        return self._listed

    def _list(self, paths: Iterator[str]) -> Collection[str]:
        """Have paths on the list, and return those that were not."""
        new = {path: digest for path in paths if (digest := _digest(path)) not in self._known()}
        if new:
            add_lines(self.directory / LIST, sorted(new.values()))
            self._known().update(new.values())
        return new


def publish(directory: Path, files: Mapping[str, bytes]) -> int:
    """Write files into a folder once, and return how many had changed: see `Site.publish`."""
    return Site(directory).publish(files)


def files_of(directory: Path) -> Iterator[str]:
    """Yield the paths of the files in a folder that are ours, what crashes left of them included, in no order."""
    listed = {*_read(directory), _digest(LIST)}
    root = os.fspath(directory)
    for folder, _, names in os.walk(root):
        below = f"{folder}/".removeprefix(root).lstrip("/")
        for name in names:
            path = f"{below}{name}"
            left = _TEMPORARY.fullmatch(name)
            is_left = left is not None and _digest(f"{below}{left['name']}") in listed
            if is_left or (path != LIST and _digest(path) in listed):
                yield path


def rank(path: str) -> tuple[int, str]:
    """Return by what files are sorted so that no page is there before what it needs, and none before those it names."""
    if path.startswith("assets/"):
        return 0, path
    return (2 if path == OVERVIEW else 1), path


def _read(directory: Path) -> set[str]:
    try:
        text = (directory / LIST).read_bytes()
    except FileNotFoundError:
        return set()
    return set(text.decode(errors="replace").split())


def _digest(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()[:32]
