"""Stored observations as one, whether they are rows still or sealed into blocks.

Everything but the newest hours is in blocks, and the newest observation that speaks is always a row (`sealing`). Who
asks for the newest therefore needs no block; who asks for a stretch of the past asks here.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from heapq import merge
from operator import itemgetter
from typing import TypeAlias

from uptally.ledger.chain import Extent, begin_of_day_ms, extents, last_start_ms, open_block
from uptally.ledger.rows import STORED_OBSERVATION, Key, StoredObservation
from uptally.model.observation import Outcome
from uptally.units.time import HOUR_MS

Place: TypeAlias = tuple[int, int, int]
"""Instant, boot and sequence: what an observation is known by and ordered by, of one endpoint at one location."""

ALWAYS_MS = -(1 << 62), 1 << 62
"""Two instants between which all others lie."""

_REMEMBERED = 4
"""How many blocks stay open for whoever asks for one instant after another: as many as may lie around one."""

_begin_ms = itemgetter(0)

_ROWS = " UNION ALL ".join(
    f"SELECT {STORED_OBSERVATION} FROM {table} CROSS JOIN cadences ON cadences.id = cadence_id "
    "WHERE endpoint_id = :endpoint AND location_id = :location AND at_ms >= :start_ms AND at_ms < :end_ms"
    for table in ("observations", "recent")
)
_IN_ORDER = f"{_ROWS} ORDER BY at_ms, boot, sequence"
_BACKWARDS = f"{_ROWS} ORDER BY at_ms DESC, boot DESC, sequence DESC"


class Observations:
    """What a connection reads of them: within one transaction, or what it reads first may have been sealed since.

    Whatever opens a block raises LedgerCorrupt where that does not hold.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._open: dict[int, list[StoredObservation]] = {}

    def between(self, key: Key, start_ms: int, end_ms: int) -> Iterator[StoredObservation]:
        """Yield those that began in `[start_ms, end_ms)`, in order.

        No more are held in memory at once than a few blocks have.
        """
        position_ms = start_ms
        for group in _groups(extents(self._connection, key, from_ms=start_ms, until_ms=end_ms)):
            group_end_ms = min(max(extent.end_ms for extent in group), end_ms)
            sealed = (self._within(extent, start_ms, end_ms) for extent in group)
            yield from merge(*sealed, self._rows(_IN_ORDER, key, position_ms, group_end_ms))
            position_ms = group_end_ms
        yield from self._rows(_IN_ORDER, key, position_ms, end_ms)

    def speaking_before(self, key: Key, at_ms: int) -> Iterator[StoredObservation]:
        """Yield those that began before an instant and say something, the newest first."""
        end_ms = at_ms
        while (latest_ms := last_start_ms(self._connection, key, before_ms=end_ms)) is not None:
            day = extents(self._connection, key, from_ms=begin_of_day_ms(latest_ms), until_ms=end_ms)
            for group in reversed(list(_groups(day))):
                group_end_ms = min(max(extent.end_ms for extent in group), end_ms)
                yield from filter(_speaks, self._rows(_BACKWARDS, key, group_end_ms, end_ms))
                start_ms = group[0].start_ms
                sealed = (reversed(self._within(extent, start_ms, end_ms)) for extent in group)
                rows = self._rows(_BACKWARDS, key, start_ms, group_end_ms)
                yield from filter(_speaks, merge(*sealed, rows, reverse=True))
                end_ms = start_ms
        yield from filter(_speaks, self._rows(_BACKWARDS, key, ALWAYS_MS[0], end_ms))

    def speaking_from(self, key: Key, at_ms: int) -> Iterator[StoredObservation]:
        """Yield those that began at an instant or later and say something, in order."""
        return filter(_speaks, self.between(key, at_ms, ALWAYS_MS[1]))

    def sealed(self, key: Key, start_ms: int, end_ms: int) -> Iterator[StoredObservation]:
        """Yield those of a stretch that are in blocks: those of each in order."""
        for extent in extents(self._connection, key, from_ms=start_ms, until_ms=end_ms):
            yield from self._within(extent, start_ms, end_ms)

    def at(self, key: Key, places: Collection[Place]) -> dict[Place, StoredObservation]:
        """Return those that are found in these places."""
        found: dict[Place, StoredObservation] = {}
        for first_ms, last_ms in runs(sorted({place[0] for place in places})):
            found |= {row[:3]: row for row in self.between(key, first_ms, last_ms + 1) if row[:3] in places}
        return found

    def _within(self, extent: Extent, start_ms: int, end_ms: int) -> Sequence[StoredObservation]:
        """Return the observations of a block that began in a stretch, in order; quick where it was asked for before."""
        rows = self._open.pop(extent.number, None)
        if rows is None:
            rows = sorted(zip(*open_block(self._connection, extent.number), strict=True))
            while len(self._open) >= _REMEMBERED:
                self._open.pop(next(iter(self._open)))
        self._open[extent.number] = rows
        return rows[bisect_left(rows, start_ms, key=_begin_ms) : bisect_left(rows, end_ms, key=_begin_ms)]

    def _rows(self, statement: str, key: Key, start_ms: int, end_ms: int) -> Iterator[StoredObservation]:
        within = {"endpoint": key[0], "location": key[1], "start_ms": start_ms, "end_ms": end_ms}
        rows: Iterator[StoredObservation] = self._connection.execute(statement, within)
        return rows


def runs(instants: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of each run of instants, which are in order, that lie within an hour of each other."""
    first = last = None
    for instant in instants:
        if first is None or last is None:
            first = instant
        elif instant - last > HOUR_MS:
            yield first, last
            first = instant
        last = instant
    if first is not None and last is not None:
        yield first, last


def _groups(ordered: Iterable[Extent]) -> Iterator[list[Extent]]:
    """Yield extents that overlap together, group after group, in order; they come by start."""
    group: list[Extent] = []
    end_ms = 0
    for extent in ordered:
        if group and extent.start_ms >= end_ms:
            yield group
            group = []
        end_ms = max(extent.end_ms, end_ms) if group else extent.end_ms
        group.append(extent)
    if group:
        yield group


def _speaks(row: StoredObservation) -> bool:
    return row[5] != Outcome.MISSED
