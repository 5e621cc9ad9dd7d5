"""Latency sketches per hour: derived from the observations of hours that are over, a few at a time; and per day of UTC,
which add up the hours.

An hour is noted as open in the transaction that brings it a good observation, and the note goes when its sketch is
made. So a crash forgets no hour, a late observation opens its hour again, and whoever reads knows which hours to add
up from rows.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from itertools import chain, islice

from uptally.ledger.observations import Observations
from uptally.ledger.rows import Key, insert
from uptally.model.observation import Kind, Outcome
from uptally.rules.sketch import Sketch, added_up
from uptally.units.stretches import Stretch, Stretches, clipped, difference, stretches
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS

GRACE_MS = MINUTE_MS
"""How long after its end an hour stays open for attempts that were still in flight; later ones open it again."""

HOURS_OF_DAY = DAY_MS // HOUR_MS

_HOURS = " UNION ALL ".join(
    f"SELECT hour, {sketch} FROM {table} WHERE endpoint_id = ? AND location_id = ? AND hour BETWEEN ? AND ?"
    for table, sketch in (("latency_hours", "sketch"), ("open_hours", "NULL"))
)
_OF_HOUR = "WHERE endpoint_id = ? AND location_id = ? AND hour = ?"
_OF_DAY = "WHERE endpoint_id = ? AND location_id = ? AND day = ?"
_DAYS = f"""
SELECT day, sketch FROM latency_days WHERE endpoint_id = ? AND location_id = ? AND day BETWEEN ? AND ? AND day NOT IN (
    SELECT hour / {HOURS_OF_DAY} FROM open_hours
    WHERE endpoint_id = ? AND location_id = ? AND hour / {HOURS_OF_DAY} BETWEEN ? AND ?
)
"""
_DAYS_OR_OPEN = f"""
SELECT day, sketch FROM latency_days WHERE endpoint_id = ? AND location_id = ? AND day BETWEEN ? AND ? UNION ALL
SELECT DISTINCT hour / {HOURS_OF_DAY}, NULL FROM open_hours
WHERE endpoint_id = ? AND location_id = ? AND hour / {HOURS_OF_DAY} BETWEEN ? AND ?
"""
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
                self._keep(key, hour, sketch)
            self._connection.execute(
                "DELETE FROM open_hours WHERE (hour, endpoint_id, location_id) = (?, ?, ?)", (hour, *key)
            )
            self._open[hour].discard(key)
            if not self._open[hour]:
                del self._open[hour]

    def _keep(self, key: Key, hour: int, sketch: Sketch) -> None:
        """Write the sketch of an hour, and let it take the place of an earlier one in that of its day."""
        place, day = (*key, hour), (*key, hour // HOURS_OF_DAY)
        earlier = self._connection.execute(f"SELECT sketch FROM latency_hours {_OF_HOUR}", place).fetchone()
        held = self._connection.execute(f"SELECT sketch FROM latency_days {_OF_DAY}", day).fetchone()
        whole = added_up([sketch] if held is None else [sketch, Sketch.decode(held[0])])
        if earlier is not None:
            whole = whole.without(Sketch.decode(earlier[0]))
        insert = "INSERT OR REPLACE INTO {} VALUES (?, ?, ?, ?)"
        self._connection.execute(insert.format("latency_hours"), (*place, sketch.encode()))
        self._connection.execute(insert.format("latency_days"), (*day, whole.encode()))


def sketch_of_hour(connection: sqlite3.Connection, key: Key, hour: int) -> Sketch:
    """Return the sketch of an hour, from its observations. Raises LedgerCorrupt at a block that does not hold."""
    return _sketch_between(connection, key, hour * HOUR_MS, (hour + 1) * HOUR_MS)


def sketches_of_hours(connection: sqlite3.Connection, key: Key, first: int, last: int) -> dict[int, Sketch]:
    """Return the sketches of hours that have any latency, the last included.

    Those that are still open, the running one among them, are added up from their observations.
    """
    found = connection.execute(_HOURS, (*key, first, last) * 2).fetchall()
    sketches = {hour: Sketch.decode(encoded) for hour, encoded in found if encoded is not None}
    sketches |= {hour: sketch_of_hour(connection, key, hour) for hour, encoded in found if encoded is None}
    return {hour: sketch for hour, sketch in sketches.items() if sketch.count}


def sketches_of_days(connection: sqlite3.Connection, key: Key, first: int, last: int) -> dict[int, Sketch]:
    """Return the sketches of days of UTC that have any latency, the last included.

    Those of which an hour is open are added up from their hours.
    """
    found = connection.execute(_DAYS_OR_OPEN, (*key, first, last) * 2).fetchall()
    days = {day: Sketch.decode(encoded) for day, encoded in found if encoded is not None}
    for day, encoded in found:
        if encoded is None:
            hours = sketches_of_hours(connection, key, day * HOURS_OF_DAY, (day + 1) * HOURS_OF_DAY - 1)
            days[day] = added_up(hours.values())
    return {day: sketch for day, sketch in days.items() if sketch.count}


def sketch_of_time(connection: sqlite3.Connection, key: Key, time: Stretches) -> Sketch:
    """Return the sketch of the answers that began within some time: of hours as a whole, and else of observations."""
    if not time:
        return Sketch({})
    days = _sketches_of_days(connection, key, time)
    rest = difference(time, stretches(map(_day, days)))
    return added_up([*days.values(), *_sketches_of_rest(connection, key, rest)])


def _sketches_of_days(connection: sqlite3.Connection, key: Key, time: Stretches) -> dict[int, Sketch]:
    """Return the sketches of days that lie in some time as a whole and of which no hour is open."""
    bounds = (*key, -(-time[0][0] // DAY_MS), time[-1][1] // DAY_MS - 1)
    if bounds[2] > bounds[3]:
        return {}
    found = connection.execute(_DAYS, (*bounds, *bounds)).fetchall()
    within = (row for row in found if len(time) == 1 or clipped(time, _day(row[0])) == (_day(row[0]),))
    return {day: Sketch.decode(encoded) for day, encoded in within}


def _day(day: int) -> Stretch:
    return day * DAY_MS, (day + 1) * DAY_MS


def _sketches_of_rest(connection: sqlite3.Connection, key: Key, time: Stretches) -> Iterator[Sketch]:
    for stretch in time:
        hours = sketches_of_hours(connection, key, stretch[0] // HOUR_MS, (stretch[1] - 1) // HOUR_MS)
        for hour, sketch in hours.items():
            start_ms, end_ms = max(stretch[0], hour * HOUR_MS), min(stretch[1], (hour + 1) * HOUR_MS)
            is_whole = end_ms - start_ms == HOUR_MS
            yield sketch if is_whole else _sketch_between(connection, key, start_ms, end_ms)


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
