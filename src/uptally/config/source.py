"""The file that is being read, as the functions of this room hand it to each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath

from uptally.config.marks import Mark, Path, Problems, Rows, Table, entries
from uptally.config.parse import parse
from uptally.config.read import read_text
from uptally.config.values import kind_of
from uptally.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Source:
    """A file's data and what is known of it besides.

    `folder` is the absolute folder that relative paths start from. `written` holds the text, as it stands in the file,
    of values that variables were filled into, and `given` what those gave: no message shows it. `secret_files` gathers
    the files that hold secrets of their own, by the keys that name them, and `findings` what is not wrong but odd.
    """

    file: FilePath
    folder: FilePath
    root: Table
    written: Mapping[Path, str]
    given: Mapping[Path, tuple[str, ...]]
    problems: Problems
    secret_files: dict[Path, FilePath] = field(default_factory=dict)
    findings: list[tuple[Path, str]] = field(default_factory=list)

    def beside(self, name: str) -> FilePath:
        """Return the absolute path of a file that the configuration names."""
        return self.folder / name


def root_of(path: FilePath, problems: Problems) -> Table:
    """Return what a configuration's file holds. Raises ConfigError where it cannot be read, or holds no keys."""
    text = read_text(path, problems)
    root = parse(text, problems) if text is not None else None
    if isinstance(root, Table):
        return root
    if text is not None and not problems.sorted():
        found = "is empty" if root is None else f"holds {kind_of(root)}"
        problems.at(Mark(0, 0), (), f"{found}: expected keys, of which 'endpoints' is the one that must be there")
    raise ConfigError(problems.sorted())


def refuse_empty(root: Table, problems: Problems) -> None:
    """Add a problem for each key without a value, such as a section whose lines are all commented out.

    Only JSON that an answer must equal may hold nothing: there null is a value.
    """
    waiting: list[tuple[Path, Table | Rows]] = [((), root)]
    while waiting:
        path, container = waiting.pop()
        for part, value in entries(container):
            if value is None:
                problems.add((*path, part), "has no value: write one, or remove the key")
            elif isinstance(value, Table | Rows) and not (part == "json" and path[-1:] == ("expect",)):
                waiting.append(((*path, part), value))


def rows_of(section: str, source: Source, *, most: int) -> Iterator[tuple[object, Path]]:
    """Yield the entries of a list of the file, each with its path; none, and a problem, where it is no list."""
    rows, path = source.root.get(section), (section,)
    if rows is None:
        return
    if not isinstance(rows, Rows):
        source.problems.add(path, f"expected a list, not {kind_of(rows)}: begin each entry with a hyphen")
    elif len(rows) > most:
        source.problems.add(path, f"has {len(rows)} entries; at most {most} are supported")
    else:
        yield from ((row, (*path, index)) for index, row in enumerate(rows))
