"""Takes a file's observations all at once or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import cache
from typing import TypeAlias

from uptally.ledger.fold import Fold
from uptally.ledger.interface import Imported
from uptally.ledger.rows import NOWHERE, Key
from uptally.model.observation import Observation

_Said: TypeAlias = tuple[int, int, int]
"""Outcome, reason and duration."""

_KEY = "SELECT endpoints.id, locations.id FROM endpoints JOIN locations WHERE (slug, name) = (?, ?)"
_SAID = (
    "SELECT outcome, reason, duration_us FROM observations WHERE (endpoint_id, location_id, at_ms, kind) = (?, ?, ?, ?)"
)


def import_rows(connection: sqlite3.Connection, fold: Fold, rows: Sequence[Observation]) -> Imported:
    """Insert the rows that are new, within the caller's transaction.

    Nothing at all is inserted where one contradicts another or what is on record.
    """
    fold.settle()
    fresh: list[Observation] = []
    conflicts: list[int] = []
    differing = 0
    taken: dict[tuple[str, str, int, int], set[_Said]] = {}

    @cache
    def key_of(slug: str, location: str) -> Key:
        return connection.execute(_KEY, (slug, location)).fetchone() or NOWHERE

    def on_record(slug: str, location: str, at_ms: int, kind: int) -> set[_Said]:
        key = key_of(slug, location)
        sealed = fold.observations.sealed(key, at_ms, at_ms + 1)
        return set(connection.execute(_SAID, (*key, at_ms, kind))) | {
            (row[5], row[6], row[4]) for row in sealed if row[3] == kind
        }

    for position, row in enumerate(rows):
        place = (row.endpoint, row.location, row.at_ms, int(row.kind))
        said = int(row.outcome), int(row.reason), row.duration_us
        known = taken.get(place) or on_record(*place)
        if not known and fold.is_too_late(place[:2], key_of(*place[:2]), row.at_ms):
            continue
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
