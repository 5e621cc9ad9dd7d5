"""Plain data that knows where each of its entries stands in the file, and the list of what is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from difflib import get_close_matches
from typing import NamedTuple

from uptally.errors import Problem

Path = tuple[str | int, ...]

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,60}", re.ASCII)
SHOWN_CHARACTERS = 60


class Mark(NamedTuple):
    """A place in the file, counted from 1."""

    line: int
    column: int


class Table(dict[str, object]):
    """A YAML mapping. `mark` is where it begins, `marks` where each of its keys stands."""

    __slots__ = ("mark", "marks")

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.marks: dict[str, Mark] = {}


class Rows(list[object]):
    """A YAML sequence. `mark` is where it begins, `marks` where each of its items stands."""

    __slots__ = ("mark", "marks")

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.marks: list[Mark] = []


def entries(container: Table | Rows) -> list[tuple[str | int, object]]:
    """Return the entries of a table by key, or of a list by index."""
    return [*container.items()] if isinstance(container, Table) else [*enumerate(container)]


def replace_entry(container: Table | Rows, part: str | int, value: object) -> None:
    """Put a value where an entry stands already; its mark stays."""
    if isinstance(container, Table):
        container[str(part)] = value
    else:
        container[int(part)] = value


def step(value: object, part: str | int) -> tuple[object, Mark] | None:
    """Return the entry of a table or list with its mark; None where there is none."""
    if isinstance(value, Table) and isinstance(part, str) and part in value:
        return value[part], value.marks[part]
    if isinstance(value, Rows) and isinstance(part, int) and part < len(value):
        return value[part], value.marks[part]
    return None


def value_at(root: object, path: Path) -> object:
    """Return what stands at a path, None where nothing does."""
    for part in path:
        entry = step(root, part)
        if entry is None:
            return None
        root = entry[0]
    return root


def keys_at(root: object, path: Path) -> Collection[str]:
    """Return the keys of the table that stands at a path, as they are written; none where there is no table."""
    table = value_at(root, path)
    return table.keys() if isinstance(table, Table) else ()


def shown(text: str) -> str:
    """Quote text for a message: on one line, cut to a readable length, with whatever a terminal might obey escaped."""
    cut = text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"
    return "'" + "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut) + "'"


def path_text(path: Path) -> str:
    """Write a path as ``endpoints[1].interval``; a key that is no plain word stands in brackets and quotes.

    >>> path_text(("endpoints", 1, "expect", "json", "items[0].id"))
    'endpoints[1].expect.json["items[0].id"]'
    """
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN_KEY.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part[:SHOWN_CHARACTERS])}]"
    return text


def nearest(text: str, known: Collection[str]) -> str:
    """Return a hint such as `` (did you mean 'interval'?)``, empty where nothing known is near."""
    folded = {word.casefold(): word for word in known}
    found = get_close_matches(text[:SHOWN_CHARACTERS].casefold(), folded, n=1, cutoff=0.65)
    return f" (did you mean '{folded[found[0]]}'?)" if found else ""


class Problems:
    """Everything that is wrong with one file, collected on the way.

    A place that has a problem gets no second one: the first explains it, and what follows from it would only distract.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: object = None
        self._found: dict[tuple[Mark, Path], Problem] = {}
        self._adopted: list[Problem] = []

    @property
    def count(self) -> int:
        """How many there are so far."""
        return len(self._found)

    def at(self, mark: Mark, path: Path, message: str) -> None:
        """Add a problem at a known place."""
        self._found.setdefault((mark, path), self._problem(mark, path, message))

    def add(self, path: Path, message: str) -> None:
        """Add a problem at a path; where the path's end is missing, it stands at the table that lacks it."""
        self.at(self.mark_of(path), self._cut(path), message)

    def _cut(self, path: Path) -> Path:
        """Return a path without what lies beneath a scalar, such as the ``url`` of a canary that is a URL alone."""
        value = self.root
        for depth, part in enumerate(path):
            if not isinstance(value, Table | Rows):
                return path[:depth]
            entry = step(value, part)
            value = entry[0] if entry else Table(Mark(0, 0))
        return path

    def finding(self, path: Path, message: str) -> Problem:
        """Return what is worth saying of a path and is no problem, without adding it."""
        return self._problem(self.mark_of(path), self._cut(path), message)

    def _problem(self, mark: Mark, path: Path, message: str) -> Problem:
        return Problem(file=self.file, line=mark.line, column=mark.column, path=path_text(path), message=message)

    def mark_of(self, path: Path) -> Mark:
        """Return where a path stands: its key, its list item, or the nearest table around it."""
        value, mark = self.root, Mark(0, 0)
        if path and isinstance(value, Table | Rows):
            mark = value.mark
        for part in path:
            entry = step(value, part)
            if entry is None:
                return mark
            value, mark = entry
        return mark

    def adopt(self, others: Problems) -> None:
        """Add what is wrong with another file, which stands after what is wrong with this one."""
        self._adopted.extend(others.sorted())

    def sorted(self) -> tuple[Problem, ...]:
        """Return all problems in the order of the file."""
        own = sorted(self._found.values(), key=lambda problem: (problem.line, problem.column))
        return (*own, *self._adopted)
