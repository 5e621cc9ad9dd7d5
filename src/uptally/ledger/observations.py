"""Stored observations as one, whether they are rows still or sealed into blocks.

Everything but the newest hours is in blocks, and the newest observation that speaks is always a row (`sealing`). Who
asks for the newest therefore needs no block; who asks for a stretch of the past asks here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import TypeAlias

from uptally.ledger.chain import StoredBlock, blocks_before, blocks_from
from uptally.ledger.rows import STORED_OBSERVATION, Key, StoredObservation
from uptally.model.observation import Outcome
from uptally.units.time import DAY_MS, HOUR_MS

Place: TypeAlias = tuple[int, int, int]
"""Instant, boot and sequence: what an observation is known by and ordered by, of one endpoint at one location."""

_WITHIN = "endpoint_id = :endpoint AND location_id = :location AND at_ms >= :start_ms AND at_ms < :end_ms"
_ROWS = " UNION ALL ".join(
    f"SELECT {STORED_OBSERVATION} FROM {table} CROSS JOIN cadences ON cadences.id = cadence_id WHERE {_WITHIN}"
    for table in ("observations", "recent")
)
_LAST_BEFORE = "SELECT max(at_ms) FROM {table} WHERE (endpoint_id, location_id) = (?, ?) AND at_ms < ? AND outcome != 4"
_FIRST_AFTER = "SELECT min(at_ms) FROM {table} WHERE (endpoint_id, location_id) = (?, ?) AND at_ms > ? AND outcome != 4"


def begin_of_day_ms(at_ms: int) -> int:
    """Return the midnight of UTC before an instant. No block crosses one."""
    return at_ms - at_ms % DAY_MS


class Observations:
    """What a connection reads of them: within one transaction, or what it reads first may have been sealed since."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def between(self, key: Key, start_ms: int, end_ms: int) -> Iterator[StoredObservation]:
        """Yield those that began in `[start_ms, end_ms)`, in order. Raises LedgerCorrupt at a block that does not hold.

        No more are held in memory at once than a few blocks have.
        """
        position_ms = start_ms
        for group in self._groups(key, start_ms, end_ms):
            group_end_ms = min(max(block.end_ms for block in group), end_ms)
            sealed = chain.from_iterable(_opened(block, start_ms, end_ms) for block in group)
            yield from sorted(chain(sealed, self._rows(key, position_ms, group_end_ms)))
            position_ms = group_end_ms
        yield from self._rows(key, position_ms, end_ms)

    def sealed(self, key: Key, start_ms: int, end_ms: int) -> Iterator[StoredObservation]:
        """Yield those of a stretch that are in blocks, in no order. Raises LedgerCorrupt."""
        for group in self._groups(key, start_ms, end_ms):
            for block in group:
                yield from _opened(block, start_ms, end_ms)

    def at(self, key: Key, places: Collection[Place]) -> dict[Place, StoredObservation]:
        """Return those that are found in these places. Raises LedgerCorrupt."""
        found: dict[Place, StoredObservation] = {}
        for first_ms, last_ms in runs(sorted({place[0] for place in places})):
            found |= {row[:3]: row for row in self.between(key, first_ms, last_ms + 1) if row[:3] in places}
        return found

    def last_before(self, key: Key, at_ms: int) -> int | None:
        """Return the latest instant before another at which one speaks. Raises LedgerCorrupt."""
        found = max(self._instants(_LAST_BEFORE, key, at_ms), default=None)
        for block in blocks_before(self._connection, key, at_ms):
            if found is not None and block.end_ms <= found:
                if block.start_ms < begin_of_day_ms(found):
                    break
                continue
            earlier = [each for each in _speaking(block) if each < at_ms]
            found = max(earlier if found is None else [*earlier, found], default=None)
        return found

    def first_after(self, key: Key, at_ms: int) -> int | None:
        """Return the earliest instant after another at which one speaks. Raises LedgerCorrupt."""
        found = min(self._instants(_FIRST_AFTER, key, at_ms), default=None)
        for block in blocks_from(self._connection, key, begin_of_day_ms(at_ms)):
            if found is not None and block.start_ms >= found:
                break
            if block.end_ms > at_ms:
                later = [each for each in _speaking(block) if each > at_ms]
                found = min(later if found is None else [*later, found], default=None)
        return found

    def _groups(self, key: Key, start_ms: int, end_ms: int) -> Iterator[list[StoredBlock]]:
        """Yield the blocks that reach into a stretch, those together that overlap; group after group, in order."""
        group: list[StoredBlock] = []
        group_end_ms = 0
        for block in blocks_from(self._connection, key, begin_of_day_ms(start_ms)):
            if block.start_ms >= end_ms:
                break
            if block.end_ms <= start_ms:
                continue
            if group and block.start_ms >= group_end_ms:
                yield group
                group = []
            group_end_ms = max(block.end_ms, group_end_ms) if group else block.end_ms
            group.append(block)
        if group:
            yield group

    def _rows(self, key: Key, start_ms: int, end_ms: int) -> Iterator[StoredObservation]:
        within = {"endpoint": key[0], "location": key[1], "start_ms": start_ms, "end_ms": end_ms}
        rows: Iterator[StoredObservation] = self._connection.execute(f"{_ROWS} ORDER BY at_ms, boot, sequence", within)
        return rows

    def _instants(self, statement: str, key: Key, at_ms: int) -> Iterator[int]:
        for table in ("observations", "recent"):
            (found,) = self._connection.execute(statement.format(table=table), (*key, at_ms)).fetchone()
            if found is not None:
                yield found


def _opened(block: StoredBlock, start_ms: int, end_ms: int) -> Iterator[StoredObservation]:
    """Yield the observations of a block that began in a stretch."""
    rows = zip(*block.open(), strict=True)
    if start_ms <= block.start_ms and block.end_ms <= end_ms:
        return rows
    return (row for row in rows if start_ms <= row[0] < end_ms)


def _speaking(block: StoredBlock) -> Iterator[int]:
    """Yield the instants at which a block has an observation that says something."""
    columns = block.open()
    return (at_ms for at_ms, outcome in zip(columns.at_ms, columns.outcome, strict=True) if outcome != Outcome.MISSED)


def runs(instants: Sequence[int]) -> Iterator[tuple[int, int]]:
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
