"""Availability from a few turns: those at a window's ends, and the outages between in one sum."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from uptally.ledger.rows import STORED_TALLY, STORED_TURN, Key, turn_of
from uptally.model.observation import Observation
from uptally.model.statement import Availability
from uptally.model.timeline import Tally
from uptally.rules.tally import NOTHING, availability_between, silent_from_ms, tally_at
from uptally.units.time import Window

_TURNS = f"SELECT {STORED_TURN}, {STORED_TALLY} FROM turns WHERE endpoint_id = ? AND location_id = ?"
_FIRST = f"{_TURNS} ORDER BY start_ms LIMIT 1"
_IN_FORCE = f"{_TURNS} AND start_ms <= ? ORDER BY start_ms DESC LIMIT 1"
_RECOVERIES = "FROM turns WHERE endpoint_id = ? AND location_id = ? AND start_ms > ? AND start_ms < ? AND state = 0"
_FIRST_RECOVERY = f"SELECT start_ms, {STORED_TALLY} {_RECOVERIES} ORDER BY start_ms LIMIT 1"
_LONGEST = f"SELECT max(outage_ms) {_RECOVERIES}"
_NEWEST_START = "SELECT max(start_ms) FROM turns WHERE endpoint_id = ? AND location_id = ?"


def availabilities_of(
    connection: sqlite3.Connection, key: Key, last: Observation | None, windows: Sequence[Window], *, as_of_ms: int
) -> tuple[Availability, ...]:
    """Return the availability of an endpoint in each window; `last` is its newest observation that says something."""
    if last is None:
        return tuple(map(_nothing, windows))
    silent_ms = silent_from_ms(last, as_of_ms=as_of_ms)
    newest_ms = connection.execute(_NEWEST_START, key).fetchone()[0]
    first, _ = turn_of(connection.execute(_FIRST, key).fetchone())

    def tally_of(at_ms: int, *, in_force_ms: int) -> Tally:
        """Return the tally at an instant, by the turn that is in force at another, no later one."""
        turn, tally = turn_of(connection.execute(_IN_FORCE, (*key, in_force_ms)).fetchone())
        return tally_at(at_ms, turn, tally, silent_ms=silent_ms if turn.start_ms == newest_ms else None)

    def availability(window: Window) -> Availability:
        begin_ms, end_ms = max(window.start_ms, first.start_ms), min(window.end_ms, as_of_ms)
        if begin_ms >= end_ms:
            return _nothing(window)
        at_begin, at_end = tally_of(begin_ms, in_force_ms=begin_ms), tally_of(end_ms, in_force_ms=end_ms - 1)
        recovery, longest_ms = None, 0
        if at_end.down_ms > at_begin.down_ms:
            found = connection.execute(_FIRST_RECOVERY, (*key, begin_ms, end_ms)).fetchone()
            if found:
                recovery = Tally(*found[1:])
                longest_ms = connection.execute(_LONGEST, (*key, found[0], end_ms)).fetchone()[0] or 0
        return availability_between(
            window, begin=(begin_ms, at_begin), end=(end_ms, at_end), recovery=recovery, longest_ms=longest_ms
        )

    return tuple(map(availability, windows))


def _nothing(window: Window) -> Availability:
    return availability_between(window, begin=(0, NOTHING), end=(0, NOTHING), recovery=None, longest_ms=0)
