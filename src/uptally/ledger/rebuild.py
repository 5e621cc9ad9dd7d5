"""Makes anew, from the observations, what the ledger derives from them: turns, tallies, blips, latency sketches."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import groupby

from uptally.ledger.anew import Place, derived, differences, known_from_ms, places, stored
from uptally.ledger.chain import horizon_ms
from uptally.ledger.hours import HOURS_OF_DAY
from uptally.ledger.observations import ALWAYS_MS, Observations
from uptally.ledger.rows import blip_row, insert, turn_row
from uptally.model.observation import Kind, Outcome
from uptally.rules.sketch import Sketch, added_up
from uptally.units.count import counted
from uptally.units.time import DAY_MS, HOUR_MS, format_instant

_KEY = "endpoint_id = ? AND location_id = ?"


def rebuild(connection: sqlite3.Connection) -> list[str]:
    """Make everything anew that differs, within the caller's transaction, and return what did, in words.

    What follows from observations that have been dropped stays as it is. Raises LedgerCorrupt at a block that does not
    hold, since nothing should be made of it.
    """
    return [*rebuild_from_observations(connection), *rebuild_days(connection)]


def rebuild_from_observations(connection: sqlite3.Connection) -> list[str]:
    """Make turns, tallies, blips and the sketches of hours anew that differ, as `rebuild` does."""
    return [
        said for place in places(connection) for said in (*_turns(connection, place), *_sketches(connection, place))
    ]


def rebuild_days(connection: sqlite3.Connection) -> list[str]:
    """Add up the sketches of hours to those of days anew where they differ, within the caller's transaction, and return
    what did, in words.
    """
    return [said for place in places(connection) for said in _days(connection, place)]


def _turns(connection: sqlite3.Connection, place: Place) -> list[str]:
    from_ms = known_from_ms(connection, place.key)
    due = derived(connection, place, from_ms=from_ms)
    found = list(differences(place, stored(connection, place.key, from_ms=from_ms), due))
    if found:
        connection.execute(f"DELETE FROM turns WHERE {_KEY} AND start_ms >= ?", (*place.key, from_ms))
        insert(connection, "turns", [turn_row(turn, tally, place.key) for turn, tally in due.turns])
        connection.execute(f"DELETE FROM blips WHERE {_KEY} AND at_ms >= ?", (*place.key, from_ms))
        insert(connection, "blips", [blip_row(blip, place.key) for blip in due.blips])
    return found


def _sketches(connection: sqlite3.Connection, place: Place) -> Iterator[str]:
    """Make the sketches of hours anew whose observations are all kept; those of open hours are not due yet."""
    first_hour = -(-(horizon_ms(connection, place.key) or ALWAYS_MS[0]) // HOUR_MS)
    statement = f"SELECT hour FROM open_hours WHERE {_KEY}"
    still_open = {hour for (hour,) in connection.execute(statement, place.key)}
    statement = f"SELECT hour, sketch FROM latency_hours WHERE {_KEY} AND hour >= ?"
    held = dict(connection.execute(statement, (*place.key, first_hour)))
    due = dict(_hours(connection, place, first_hour * HOUR_MS))
    wrong = sorted(
        hour for hour in held.keys() | due.keys() if hour not in still_open and held.get(hour) != due.get(hour)
    )
    for hour in wrong:
        connection.execute(f"DELETE FROM latency_hours WHERE {_KEY} AND hour = ?", (*place.key, hour))
        if hour in due:
            connection.execute("INSERT INTO latency_hours VALUES (?, ?, ?, ?)", (*place.key, hour, due[hour]))
    if wrong:
        hours, first = counted(len(wrong), "hour"), format_instant(wrong[0] * HOUR_MS)
        yield f"the latencies of {place} in {hours}, the first at {first}, are not those of its observations"


def _days(connection: sqlite3.Connection, place: Place) -> Iterator[str]:
    held = dict(connection.execute(f"SELECT day, sketch FROM latency_days WHERE {_KEY}", place.key))
    hours = connection.execute(f"SELECT hour, sketch FROM latency_hours WHERE {_KEY} ORDER BY hour", place.key)
    due = {
        day: added_up(Sketch.decode(sketch) for _, sketch in those).encode()
        for day, those in groupby(hours.fetchall(), key=lambda row: row[0] // HOURS_OF_DAY)
    }
    wrong = sorted(day for day in held.keys() | due.keys() if held.get(day) != due.get(day))
    for day in wrong:
        connection.execute(f"DELETE FROM latency_days WHERE {_KEY} AND day = ?", (*place.key, day))
        if day in due:
            connection.execute("INSERT INTO latency_days VALUES (?, ?, ?, ?)", (*place.key, day, due[day]))
    if wrong:
        days, first = counted(len(wrong), "day"), format_instant(wrong[0] * DAY_MS)
        yield f"the latencies of {place} in {days}, the first at {first}, are not those of its hours"


def _hours(connection: sqlite3.Connection, place: Place, from_ms: int) -> Iterator[tuple[int, bytes]]:
    rows = Observations(connection).between(place.key, from_ms, ALWAYS_MS[1])
    good = (row for row in rows if row[3] == Kind.GRID and row[5] <= Outcome.SLOW)
    for hour, those in groupby(good, key=lambda row: row[0] // HOUR_MS):
        yield hour, Sketch.of(row[4] for row in those).encode()
