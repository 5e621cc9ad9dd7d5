"""Takes a file's observations all at once or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TypeAlias

from uptally.ledger.fold import Fold
from uptally.ledger.interface import Imported
from uptally.model.observation import Observation

_Said: TypeAlias = tuple[int, int, int]
"""Outcome, reason and duration."""


def import_rows(connection: sqlite3.Connection, fold: Fold, rows: Sequence[Observation]) -> Imported:
    """Insert the rows that are new, within the caller's transaction.

    Nothing at all is inserted where one contradicts another or what is on record.
    """
    fold.settle()
    fresh: list[Observation] = []
    conflicts: list[int] = []
    differing = 0
    taken: dict[tuple[str, str, int, int], set[_Said]] = {}
    statement = (
        "SELECT outcome, reason, duration_us FROM observations JOIN endpoints ON endpoints.id = endpoint_id "
        "JOIN locations ON locations.id = location_id WHERE (slug, name, at_ms, kind) = (?, ?, ?, ?)"
    )
    for position, row in enumerate(rows):
        place = (row.endpoint, row.location, row.at_ms, int(row.kind))
        said = int(row.outcome), int(row.reason), row.duration_us
        known = taken.get(place) or set(connection.execute(statement, place))
        if not known:
            taken[place] = {said}
            fresh.append(row)
        elif row.outcome not in {outcome for outcome, _, _ in known}:
            conflicts.append(position)
        elif said not in known:
            differing += 1
    if conflicts:
        return Imported(0, 0, tuple(conflicts))
    fold.take(fresh)
    return Imported(len(fresh), len(rows) - len(fresh), differing=differing)
