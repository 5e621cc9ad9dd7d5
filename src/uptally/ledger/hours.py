"""Latency sketches per hour: derived from the observations of hours that are over, a few at a time.

An hour is noted as open in the transaction that brings it a good observation, and the note goes when its sketch is
made. So a crash forgets no hour, a late observation opens its hour again, and whoever reads knows which hours to add
up from rows.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from itertools import chain, islice

from uptally.ledger.observations import Observations
from uptally.ledger.rows import Key, insert
from uptally.model.observation import Kind, Outcome
from uptally.rules.sketch import Sketch
from uptally.units.stretches import Stretches, clipped
from uptally.units.time import HOUR_MS, MINUTE_MS

GRACE_MS = MINUTE_MS
"""How long after its end an hour stays open for attempts that were still in flight; later ones open it again."""

_GOOD = "endpoint_id = ? AND location_id = ? AND at_ms >= ? AND at_ms < ? AND outcome IN (0, 1) AND kind = 0"
_DURATIONS = f"""
SELECT json_group_array(duration_us) FROM (
    SELECT duration_us FROM observations WHERE {_GOOD} UNION ALL SELECT duration_us FROM recent WHERE {_GOOD}
)
"""


class OpenHours:
    """The open hours of a ledger, kept in memory and in step with the table; lives within the writer's transactions."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._open: dict[int, set[Key]] = {}
        self._new: list[tuple[int, int, int]] = []
        for hour, *key in connection.execute("SELECT hour, endpoint_id, location_id FROM open_hours"):
            self._open.setdefault(hour, set()).add((key[0], key[1]))

    def note(self, key: Key, at_ms: int) -> None:
        """Take note that a good observation of this instant came in."""
        hour = at_ms // HOUR_MS
        keys = self._open.get(hour)
        if keys is None:
            keys = self._open[hour] = set()
        if key not in keys:
            keys.add(key)
            self._new.append((hour, *key))

    def write(self) -> None:
        """Write what was noted since the last time."""
        insert(self._connection, "open_hours", self._new)
        self._new = []

    def is_due(self, now_ms: int) -> bool:
        """Whether an open hour is over."""
        return bool(self._open) and _end_ms(min(self._open)) <= now_ms

    def seal(self, now_ms: int, *, most: int) -> None:
        """Make the sketches of so many hours that are over, the oldest first."""
        due = (
            (hour, key) for hour in sorted(self._open) if _end_ms(hour) <= now_ms for key in sorted(self._open[hour])
        )
        for hour, key in list(islice(due, most)):
            sketch = sketch_of_hour(self._connection, key, hour)
            if sketch.count:
                statement = "INSERT OR REPLACE INTO latency_hours VALUES (?, ?, ?, ?)"
                self._connection.execute(statement, (*key, hour, sketch.encode()))
            self._connection.execute(
                "DELETE FROM open_hours WHERE (hour, endpoint_id, location_id) = (?, ?, ?)", (hour, *key)
            )
            self._open[hour].discard(key)
            if not self._open[hour]:
                del self._open[hour]


def sketch_of_hour(connection: sqlite3.Connection, key: Key, hour: int) -> Sketch:
    """Return the sketch of an hour, from its observations. Raises LedgerCorrupt at a block that does not hold."""
    return _sketch_between(connection, key, hour * HOUR_MS, (hour + 1) * HOUR_MS)


def sketches_of_hours(connection: sqlite3.Connection, key: Key, first: int, last: int) -> dict[int, Sketch]:
    """Return the sketches of hours that have any latency, the last included.

    Those that are still open, the running one among them, are added up from their observations.
    """
    where = "WHERE endpoint_id = ? AND location_id = ? AND hour BETWEEN ? AND ?"
    sealed = connection.execute(f"SELECT hour, sketch FROM latency_hours {where}", (*key, first, last))
    sketches = {hour: Sketch.decode(encoded) for hour, encoded in sealed}
    still_open = connection.execute(f"SELECT hour FROM open_hours {where}", (*key, first, last)).fetchall()
    sketches |= {hour: sketch_of_hour(connection, key, hour) for (hour,) in still_open}
    return {hour: sketch for hour, sketch in sketches.items() if sketch.count}


def sketch_of_time(connection: sqlite3.Connection, key: Key, time: Stretches) -> Sketch:
    """Return the sketch of the answers that began within some time: of hours as a whole, and else of observations."""
    if not time:
        return Sketch({})
    hours = sketches_of_hours(connection, key, time[0][0] // HOUR_MS, (time[-1][1] - 1) // HOUR_MS)
    counts: Counter[int] = Counter()
    for hour, sketch in hours.items():
        start_ms, end_ms = hour * HOUR_MS, (hour + 1) * HOUR_MS
        pieces = clipped(time, (start_ms, end_ms))
        if pieces == ((start_ms, end_ms),):
            counts.update(sketch.counts)
        else:
            for piece in pieces:
                counts.update(_sketch_between(connection, key, *piece).counts)
    return Sketch(counts)


def _sketch_between(connection: sqlite3.Connection, key: Key, start_ms: int, end_ms: int) -> Sketch:
    """Return the sketch of a stretch, from its observations: the good ones of the grid, since rechecks are no samples.

    One row comes out of SQLite, whatever the number of observations: fetching rows one by one would let go of the
    interpreter lock, and queue for it, once for each. Raises LedgerCorrupt at a block that does not hold.
    """
    rows: list[int] = json.loads(connection.execute(_DURATIONS, (*key, start_ms, end_ms) * 2).fetchone()[0])
    blocks = (
        duration_us
        for _, _, _, kind, duration_us, outcome, _, _, _ in Observations(connection).sealed(key, start_ms, end_ms)
        if kind == Kind.GRID and outcome <= Outcome.SLOW
    )
    return Sketch.of(chain(rows, blocks))


def _end_ms(hour: int) -> int:
    return (hour + 1) * HOUR_MS + GRACE_MS
