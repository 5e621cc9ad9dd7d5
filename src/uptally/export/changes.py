"""What a month says otherwise than it did: row by row, column by column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from uptally.export.rows import COLUMNS, Row

_OF_FREEZING = frozenset({"revision", "difference_ms", "difference_amount"})
"""Columns that say by which revision a row was frozen, and not what it says."""

Cell = str | int | None


class Change(NamedTuple):
    """A cell that differs, None where it is empty or its row is not there; `difference` is what it rose by, in
    milliseconds or, as decimal text, in the row's currency, None for what is neither."""

    id: str
    window: str
    column: str
    before: Cell
    after: Cell
    difference: int | str | None
    currency: str


def changes(before: Iterable[Row], after: Iterable[Row]) -> Iterator[Change]:
    """Yield all cells that differ, in the order of rows and columns; rows that are gone come last.

    Rows are the same where statement and service window, or objective, are.
    """
    old, new = _by_key(before), _by_key(after)
    nothing: Row = dict.fromkeys(COLUMNS)
    for key in dict.fromkeys((*new, *old)):
        one, other = old.get(key, nothing), new.get(key, nothing)
        currency = str(other["currency"] or one["currency"] or "")
        window = other["window"] or one["window"] or other["objective"] or one["objective"] or ""
        for column in COLUMNS:
            if one[column] != other[column] and column not in _OF_FREEZING:
                difference = _difference(column, one[column], other[column])
                yield Change(str(key[0]), str(window), column, one[column], other[column], difference, currency)


def _by_key(rows: Iterable[Row]) -> dict[tuple[Cell | int, ...], Row]:
    """Return rows by what they are known by; one that comes again, as a second correction may, is counted."""
    seen: Counter[tuple[Cell, ...]] = Counter()
    found: dict[tuple[Cell | int, ...], Row] = {}
    for row in rows:
        key = row["id"], row["window"], row["objective"]
        seen[key] += 1
        found[*key, seen[key]] = row
    return found


def _difference(column: str, before: Cell, after: Cell) -> int | str | None:
    if column.endswith("_ms"):
        return int(after or 0) - int(before or 0)
    if column.endswith("_amount"):
        return f"{Decimal(after or 0) - Decimal(before or 0):f}"
    return None
