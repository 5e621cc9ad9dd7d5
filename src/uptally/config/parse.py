"""From YAML text to tables, rows and scalars, without ever following an alias.

The events of PyYAML are used rather than its objects: they come one by one, so that deep nesting and aliases that
explode are refused where they stand, before anything is built; they say whether a scalar was quoted, and where.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import yaml

from uptally.config.marks import Mark, Path, Problems, Rows, Table, shown
from uptally.config.read import lines_of
from uptally.config.scalars import resolve

DEPTH_MAX = 32
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_ALIAS = "aliases and anchors are not supported: write the value out, or put what endpoints share under 'defaults'"
_TAG = "tags are not supported: put text in quotes instead"
_MERGE = "merge keys (<<) are not supported: put what endpoints share under 'defaults'"

_DROPPED: Final = object()
"""Stands for a key that was refused, so that its value is read past."""


class _Refused(Exception):
    """Reading on would be pointless; the problem has been added."""


def parse(text: str, problems: Problems) -> object:
    """Return what the text says, adding what is wrong with it; None where it is empty or cannot be read on.

    Problems that leave the rest readable (a key twice, an alias, a tag) do not end the reading. `problems.root` is set
    to the result.
    """
    builder = _Builder(problems)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except _Refused:
        return None
    except yaml.MarkedYAMLError as error:
        problems.at(*_syntax_problem(error, text))
        return None
    problems.root = builder.root
    return builder.root


@dataclass(slots=True)
class _Frame:
    """A table or list that is not yet closed, with the key whose value is awaited (None where a key is)."""

    container: Table | Rows
    path: Path
    key: object = None


class _Builder:
    """Puts events together on a stack of its own, so that no depth of nesting reaches Python's."""

    def __init__(self, problems: Problems) -> None:
        self.root: object = None
        self._problems = problems
        self._open: list[_Frame] = []
        self._documents = 0

    def take(self, event: Any) -> None:
        """Take the next event; raises _Refused where reading on is pointless."""
        mark = Mark(event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
        elif isinstance(event, yaml.NodeEvent):
            self._refuse_signs_on(event, mark)
            if self._awaits_key():
                self._key(event, mark)
            else:
                self._value(event, mark)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._problems.at(mark, (), "a second document begins here: one file holds one configuration")
                raise _Refused

    def _refuse_signs_on(self, event: Any, mark: Mark) -> None:
        if event.anchor is not None:
            self._problems.at(*self._next_place(mark), _ALIAS)
        elif event.tag is not None:
            self._problems.at(*self._next_place(mark), _TAG)

    def _next_place(self, mark: Mark) -> tuple[Mark, Path]:
        """Where the next entry goes: its key's mark where it has one."""
        if not self._open:
            return mark, ()
        frame = self._open[-1]
        if isinstance(frame.container, Rows):
            return mark, (*frame.path, len(frame.container))
        if isinstance(frame.key, str):
            return frame.container.marks[frame.key], (*frame.path, frame.key)
        return mark, frame.path

    def _awaits_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].container, Table) and self._open[-1].key is None

    def _key(self, event: Any, mark: Mark) -> None:
        frame = self._open[-1]
        frame.key = _DROPPED
        if not isinstance(event, yaml.ScalarEvent):
            self._problems.at(mark, frame.path, "a key must be plain text, not a list or a table")
            if isinstance(event, yaml.CollectionStartEvent):
                self._push(Table(mark) if isinstance(event, yaml.MappingStartEvent) else Rows(mark), frame.path)
            return
        table, key = frame.container, event.value
        assert isinstance(table, Table)
        if key == "<<" and not event.style:
            self._problems.at(mark, (*frame.path, key), _MERGE)
        elif key in table.marks:
            self._problems.at(mark, (*frame.path, key), f"the key stands twice: first in line {table.marks[key].line}")
        else:
            table.marks[key] = mark
            frame.key = key

    def _value(self, event: Any, mark: Mark) -> None:
        path = self._next_place(mark)[1] if isinstance(event, yaml.CollectionStartEvent) else ()
        value: object = None
        if isinstance(event, yaml.ScalarEvent):
            value = event.value if event.style else resolve(event.value)
        elif isinstance(event, yaml.CollectionStartEvent):
            value = Table(mark) if isinstance(event, yaml.MappingStartEvent) else Rows(mark)
        if not self._open:
            self.root = value
        else:
            frame = self._open[-1]
            if isinstance(frame.container, Rows):
                frame.container.append(value)
                frame.container.marks.append(mark)
            else:
                if isinstance(frame.key, str):
                    frame.container[frame.key] = value
                frame.key = None
        if isinstance(value, Table | Rows):
            self._push(value, path)

    def _push(self, container: Table | Rows, path: Path) -> None:
        if len(self._open) >= DEPTH_MAX:
            self._problems.at(container.mark, (), f"is nested more than {DEPTH_MAX} levels deep")
            raise _Refused
        self._open.append(_Frame(container, path))


def _syntax_problem(error: yaml.MarkedYAMLError, text: str) -> tuple[Mark, Path, str]:
    """Say in our words what PyYAML or libyaml found, for they differ, and neither knows the remedy."""
    found = error.problem_mark or error.context_mark
    mark = Mark(found.line + 1, found.column + 1) if found else Mark(1, 1)
    lines = lines_of(text)
    line = lines[mark.line - 1] if mark.line <= len(lines) else ""
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent:
        return Mark(mark.line, indent.index("\t") + 1), (), "a tab indents this line: YAML allows only spaces there"
    problem = (error.problem or "").removeprefix("but ")
    began = f" in line {error.context_mark.line + 1}" if error.context_mark else ""
    if "escape" in problem or "hexdecimal" in problem or "hexadecimal" in problem:
        return mark, (), "a backslash in double quotes must be doubled; in single quotes it may stand alone"
    if "quoted scalar" in (error.context or ""):
        return mark, (), f"the quote that opens{began} is never closed"
    if "flow" in (error.context or "") and line[: mark.column].endswith("${"):
        at = Mark(mark.line, mark.column - 1)
        return at, (), 'between brackets a variable must stand in quotes, as in {bearer: "${TOKEN}"}'
    if "flow" in (error.context or ""):
        return mark, (), f"the bracket that opens{began} is not closed, or a comma is missing"
    if "mapping values are not allowed" in problem:
        return mark, (), "a colon stands where none may: put the text in quotes, or correct the indentation"
    if "cannot start any token" in problem:
        return mark, (), f"text that begins with {shown(line[mark.column - 1 : mark.column])} must stand in quotes"
    if "could not find expected ':'" in problem:
        return mark, (), f"a colon is missing after the key{began}"
    if re.search(r"expected (<block end>|key)|block (sequence|end)|'-' indicator", problem):
        return mark, (), "the indentation does not fit the lines above"
    return mark, (), f"is not valid YAML: {problem or 'it breaks off'}"
