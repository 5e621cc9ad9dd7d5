"""Other terms than the file's, to see what they would come to: written into what was read, before it is understood.

So every key of terms can be changed, and what is wrong with a change is said as it would be of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from uptally.config.marks import Mark, Path, Problems, Rows, Table, replace_entry
from uptally.config.parse import parse
from uptally.errors import QuantityError

_KINDS = ("run", "longer_than", "bucket", "requests")
"""Keys of `downtime` of which each is a definition of its own: one takes the place of another."""


def what_if(assignments: Sequence[str]) -> Callable[[Table], None]:
    """Return what writes assignments such as ``target=99.99%`` or ``downtime.run=5m`` into all terms of a file.

    The terms of `slas` and those in place, a bare percentage too. Raises QuantityError for what is no assignment.
    """
    changes = [_change(text) for text in assignments]

    def amend(root: Table) -> None:
        for container, part, value in list(_places(root)):
            terms = _table(value)
            if terms is None:
                continue
            for keys, changed in changes:
                _assign(terms, keys, changed)
            replace_entry(container, part, terms)

    return amend


def _change(text: str) -> tuple[tuple[str, ...], object]:
    name, sign, written = text.partition("=")
    problems = Problems("")
    root = parse(f"value: {written.strip()}", problems)
    keys = tuple(name.strip().split("."))
    if not sign or not written.strip() or not all(keys) or not isinstance(root, Table) or problems.sorted():
        raise QuantityError(f"{text!r} is no change of terms: write key=value, as in target=99.99% or downtime.run=5m")
    return keys, root["value"]


def _places(root: Table) -> Iterator[tuple[Table | Rows, str | int, object]]:
    """Yield every place at which terms are written, versions of them one by one."""
    named = root.get("slas")
    if isinstance(named, Table):
        for name, value in named.items():
            yield from _versions(named, name, value)
    for table in _promising(root):
        if "sla" in table:
            yield from _versions(table, "sla", table["sla"])


def _promising(root: Table) -> Iterator[Table]:
    """Yield the tables whose `sla` is a promise: another of that name, such as a header, is none."""
    defaults = root.get("defaults")
    if isinstance(defaults, Table):
        yield defaults
    for section in ("endpoints", "services", "agreements"):
        for table in _tables(root.get(section)):
            yield table
            if section == "agreements":
                yield from _tables(table.get("covers"))


def _tables(rows: object) -> Iterator[Table]:
    yield from (row for row in rows if isinstance(row, Table)) if isinstance(rows, Rows) else ()


def _versions(
    container: Table | Rows, part: str | int, value: object
) -> Iterator[tuple[Table | Rows, str | int, object]]:
    if isinstance(value, Rows):
        for index, version in enumerate(value):
            yield value, index, version
    else:
        yield container, part, value


def _table(value: object) -> Table | None:
    """Return terms that can be added to: a bare percentage becomes a table; a name of terms is changed where it is."""
    if isinstance(value, Table):
        return value
    if isinstance(value, str) and "%" in value:
        table = Table(Mark(0, 0))
        _put(table, "target", value)
        return table
    return None


def _assign(terms: Table, keys: Path, value: object) -> None:
    *within, last = (str(key) for key in keys)
    if keys == ("target",):
        _forget_targets(terms)
    table = terms
    for key in within:
        held = table.get(key)
        if not isinstance(held, Table) or (key == "downtime" and last in _KINDS and last not in held):
            held = Table(table.mark)
            _put(table, key, held)
        table = held
    _put(table, last, value)


def _forget_targets(terms: Table) -> None:
    """Let windows have the target of the terms: that is the one asked about."""
    windows = terms.get("windows")
    for window in windows if isinstance(windows, Rows) else ():
        if isinstance(window, Table):
            window.pop("target", None)


def _put(table: Table, key: str, value: object) -> None:
    table[key] = value
    table.marks.setdefault(key, table.mark)
