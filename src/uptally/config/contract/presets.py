"""Published terms that ship as data, each with where and when they were published."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from uptally.config.marks import Path, Problems, Table, nearest, shown
from uptally.config.parse import parse
from uptally.config.source import Source

_UNKNOWN = {"target": "99%"}
"""Stands for terms that nobody knows, so that what is said beside them can be looked at."""


class Preset(NamedTuple):
    """Terms as somebody published them: `source` is where, `edition` which, `terms` the keys of `slas`."""

    source: str
    edition: str
    terms: Table


@cache
def presets() -> dict[str, Preset]:
    """Return all published terms that ship, by name."""
    folder = files(__package__).joinpath("presets")
    found = {}
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".yaml"):
            root = parse(file.read_text(encoding="utf-8"), Problems(file.name))
            assert isinstance(root, Table), file.name
            terms = root["terms"]
            assert isinstance(terms, Table), file.name
            found[file.name.removesuffix(".yaml")] = Preset(str(root["source"]), str(root["date"]), terms)
    return found


def with_preset(value: Table, path: Path, source: Source) -> Table:
    """Return a table over the preset that it names, key by key, adding a problem where there is none of that name."""
    name = value.get("preset")
    if not isinstance(name, str):
        return value
    if name not in presets():
        hint = nearest(name, presets()) or f": expected one of {', '.join(presets())}"
        source.problems.add((*path, "preset"), f"there is no preset {shown(name)}{hint}")
        return _over(_UNKNOWN, value)
    return _over(presets()[name].terms, value)


def _over(terms: Mapping[str, object], value: Table) -> Table:
    merged = Table(value.mark)
    merged.update({**terms, **value})
    merged.marks.update(value.marks)
    return merged
