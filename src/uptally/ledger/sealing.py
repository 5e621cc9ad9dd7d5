"""Turns rows of hours that are over into blocks, one small transaction at a time.

Once an hour all endpoints are gone through. Of each, the rows that began before the running hour become blocks: at once
where they are many, or else when their day is over, so that an endpoint that is rarely tried has one block a day. What
comes late becomes a further block the next time. A block and the end of its rows are one transaction: wherever the
process is killed, each observation is in one of the two.

The newest observation that speaks stays a row, and so does all that comes after it: an endpoint's last known state must
be found without a block, also when it was last tried a year ago.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection

from uptally.errors import LedgerCorrupt
from uptally.ledger.acts import read_acts
from uptally.ledger.block import Columns
from uptally.ledger.chain import append_block, begin_of_day_ms, drop_blocks
from uptally.ledger.hours import GRACE_MS
from uptally.ledger.rows import STORED_OBSERVATION, Key
from uptally.rules.record.closings import CLOSE, settled_months
from uptally.units.time import DAY_MS, HOUR_MS

FEW = 300
"""Fewer rows than this wait for the end of their day: a small block's entry would outweigh what it holds."""

AT_ONCE = 8192
"""So many rows are sealed in a transaction: some tens of milliseconds' work."""

LOOKED_AT = 64
"""How many endpoints without anything to do are gone through in a transaction."""

DROPPED = 24
"""How many blocks of an endpoint are dropped an hour at most: a clock that is a year ahead by mistake must not cost a
year's observations before somebody notices.
"""

Backing = Callable[[int], Collection[str]]
"""Returns the months whose statements rest on what was observed on a day of UTC, by its begin."""

_NEVER = -1
"""An instant at which no hour begins."""

_KEY = "endpoint_id = ? AND location_id = ?"
_IN_ORDER = "at_ms, boot, sequence"
_FIRST = f"SELECT min(at_ms) FROM observations WHERE {_KEY}"
_NEWEST = f"""
SELECT {_IN_ORDER} FROM observations WHERE {_KEY} AND outcome != 4 ORDER BY at_ms DESC, boot DESC, sequence DESC LIMIT 1
"""
_COLUMNS = f"""
SELECT {", ".join(f"json_group_array({column})" for column in STORED_OBSERVATION.split(", "))} FROM (
    SELECT {STORED_OBSERVATION} FROM observations CROSS JOIN cadences ON cadences.id = cadence_id
    WHERE {_KEY} AND at_ms < ? AND ({_IN_ORDER}) < (?, ?, ?) ORDER BY {_IN_ORDER} LIMIT {AT_ONCE}
)
"""
"""One row comes out of SQLite, for the reason that is given at `hours._sketch_between`."""
_DELETE = f"DELETE FROM observations WHERE {_KEY} AND ({_IN_ORDER}) <= (?, ?, ?)"


class Sealer:
    """Goes through the endpoints of a ledger within the writer's transactions.

    It remembers nothing but where it stands: what a transaction that failed did not seal is sealed an hour later.
    """

    def __init__(self, connection: sqlite3.Connection, *, keep_ms: int | None, backed: Backing | None = None) -> None:
        self._connection = connection
        self._keep_ms = keep_ms
        self._backed = backed
        self._settled: frozenset[str] = frozenset()
        self._before_ms = _NEVER
        self._keys: list[Key] = []

    def is_due(self, now_ms: int) -> bool:
        """Whether endpoints are to be gone through: some are left, or an hour is over (or the clock was set)."""
        return bool(self._keys) or self._before_ms != _sealed_before_ms(now_ms)

    def work(self, now_ms: int, *, settle: Callable[[], None]) -> None:
        """Do a small part of what is due: one block at most.

        `settle` brings all rows of the past into `observations`.
        """
        if not self._keys:
            settle()
            self._settled = self._settled_months()
            self._before_ms = _sealed_before_ms(now_ms)
            self._keys = self._connection.execute(
                "SELECT endpoints.id, locations.id FROM endpoints CROSS JOIN locations ORDER BY 1 DESC, 2 DESC"
            ).fetchall()
            return
        for key in self._keys[: -LOOKED_AT - 1 : -1]:
            if self._seal(key, self._before_ms):
                return
            if self._keep_ms is not None:
                before_ms = now_ms - self._keep_ms
                drop_blocks(self._connection, key, before_ms=before_ms, most=DROPPED, may_go=self._may_go)
            self._keys.pop()

    def _settled_months(self) -> frozenset[str]:
        try:
            return settled_months(read_acts(self._connection, [CLOSE])) if self._backed else frozenset()
        except LedgerCorrupt:
            # What somebody changed is said elsewhere, and must not end the recording: nothing may go.
            return frozenset()

    def _may_go(self, day_ms: int) -> bool:
        return self._backed is None or self._settled.issuperset(self._backed(day_ms))

    def _seal(self, key: Key, before_ms: int) -> bool:
        """Make a block of an endpoint's oldest rows that began before an instant, if it is time."""
        first_ms = self._connection.execute(_FIRST, key).fetchone()[0]
        if first_ms is None or first_ms >= before_ms:
            return False
        newest = self._connection.execute(_NEWEST, key).fetchone()
        if newest is None:
            return False
        day_ends_ms = begin_of_day_ms(first_ms) + DAY_MS
        found = self._connection.execute(_COLUMNS, (*key, min(day_ends_ms, before_ms), *newest)).fetchone()
        columns = Columns(*map(json.loads, found))
        count = len(columns.at_ms)
        if not count or (count < FEW and day_ends_ms > before_ms):
            return False
        append_block(self._connection, key, columns)
        last = columns.at_ms[-1], columns.boot[-1], columns.sequence[-1]
        if self._connection.execute(_DELETE, (*key, *last)).rowcount != count:
            raise LedgerCorrupt(f"the rows of endpoint {key} are not those that were read: none of them is sealed")
        return True


def _sealed_before_ms(now_ms: int) -> int:
    """Return the begin of the running hour, of which the one before still runs for a while: see `GRACE_MS`."""
    open_ms = now_ms - GRACE_MS
    return open_ms - open_ms % HOUR_MS
