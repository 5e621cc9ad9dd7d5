"""Availability from a few turns: those at a window's ends, and the outages between in one sum."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from uptally.ledger.rows import STORED_TALLY, STORED_TURN, Key, tally_of, turn_of
from uptally.model.observation import Observation
from uptally.model.statement import Availability
from uptally.model.timeline import Tally, Turn
from uptally.rules.tally import NOTHING, availability_between, silent_from_ms, tally_at
from uptally.units.time import Window

_TURNS = f"SELECT {STORED_TURN}, {STORED_TALLY} FROM turns WHERE endpoint_id = ? AND location_id = ?"
_OF = "FROM turns WHERE endpoint_id = :endpoint AND location_id = :location"
_ENDS = f"SELECT (SELECT min(start_ms) {_OF}), (SELECT max(start_ms) {_OF})"
_IN_FORCE = f"{_TURNS} AND start_ms <= ? ORDER BY start_ms DESC LIMIT 1"
_WITHIN = "FROM turns WHERE endpoint_id = ? AND location_id = ? AND start_ms > ? AND start_ms < ?"
_FIRST_RECOVERY = f"SELECT start_ms, {STORED_TALLY} {_WITHIN} AND state = 0 ORDER BY start_ms LIMIT 1"
_LONGEST = f"SELECT max(interval_ms), max(iif(state = 0 AND start_ms > ?, outage_ms, 0)) {_WITHIN}"


def availabilities_of(
    connection: sqlite3.Connection, key: Key, last: Observation | None, windows: Sequence[Window], *, as_of_ms: int
) -> tuple[Availability, ...]:
    """Return the availability of an endpoint in each window; `last` is its newest observation that says something."""
    if last is None:
        return tuple(map(_nothing, windows))
    silent_ms = silent_from_ms(last, as_of_ms=as_of_ms)
    first_ms, newest_ms = connection.execute(_ENDS, {"endpoint": key[0], "location": key[1]}).fetchone()

    def at(at_ms: int, *, in_force_ms: int) -> tuple[Turn, Tally]:
        """Return the turn that is in force at an instant, and the tally at another, no earlier one."""
        turn, tally = turn_of(connection.execute(_IN_FORCE, (*key, in_force_ms)).fetchone())
        return turn, tally_at(at_ms, turn, tally, silent_ms=silent_ms if turn.start_ms == newest_ms else None)

    def availability(window: Window) -> Availability:
        begin_ms, end_ms = max(window.start_ms, first_ms), min(window.end_ms, as_of_ms)
        if begin_ms >= end_ms:
            return _nothing(window)
        turn, at_begin = at(begin_ms, in_force_ms=begin_ms)
        _, at_end = at(end_ms, in_force_ms=end_ms - 1)
        recovered_ms, recovery = end_ms, None
        if at_end.down_ms > at_begin.down_ms:
            found = connection.execute(_FIRST_RECOVERY, (*key, begin_ms, end_ms)).fetchone()
            if found:
                recovered_ms, recovery = found[0], tally_of(found[1:])
        interval_ms, longest_ms = connection.execute(_LONGEST, (recovered_ms, *key, begin_ms, end_ms)).fetchone()
        return availability_between(
            window,
            begin=(begin_ms, at_begin),
            end=(end_ms, at_end),
            recovery=recovery,
            longest_ms=longest_ms or 0,
            interval_ms=max(turn.interval_ms, interval_ms or 0),
        )

    return tuple(map(availability, windows))


def _nothing(window: Window) -> Availability:
    nothing = 0, NOTHING
    return availability_between(window, begin=nothing, end=nothing, recovery=None, longest_ms=0, interval_ms=0)
