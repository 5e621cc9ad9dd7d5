"""Takes a file's observations all at once or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from uptally.ledger.fold import Fold
from uptally.ledger.interface import Imported
from uptally.model.observation import Observation, Outcome


def import_rows(connection: sqlite3.Connection, fold: Fold, rows: Sequence[Observation]) -> Imported:
    """Insert the rows that are new, within the caller's transaction.

    Nothing at all is inserted where one contradicts another or what is on record.
    """
    fold.settle()
    fresh: list[Observation] = []
    conflicts: list[int] = []
    taken: dict[tuple[str, str, int, int], Outcome] = {}
    statement = (
        "SELECT outcome FROM observations JOIN endpoints ON endpoints.id = endpoint_id "
        "JOIN locations ON locations.id = location_id WHERE (slug, name, at_ms, kind) = (?, ?, ?, ?)"
    )
    for position, row in enumerate(rows):
        place = (row.endpoint, row.location, row.at_ms, int(row.kind))
        if place in taken:
            outcomes = {int(taken[place])}
        else:
            outcomes = {outcome for (outcome,) in connection.execute(statement, place)}
        if not outcomes:
            taken[place] = row.outcome
            fresh.append(row)
        elif row.outcome not in outcomes:
            conflicts.append(position)
    if conflicts:
        return Imported(0, 0, tuple(conflicts))
    fold.take(fresh)
    return Imported(len(fresh), len(rows) - len(fresh))
