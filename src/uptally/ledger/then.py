"""A ledger as it was at an earlier look at it, derived from its observations: what came since is left aside.

What was in a block by then is known by the block's number, what was in none by boot and sequence.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter

from uptally.errors import LedgerCorrupt
from uptally.ledger import queries
from uptally.ledger.acts import highest_number
from uptally.ledger.chain import Extent, horizon_ms
from uptally.ledger.observations import ALWAYS_MS, Observations
from uptally.ledger.rows import NOWHERE, STORED_BLIP, STORED_TURN, Key, StoredObservation, blip_of, observation_of
from uptally.ledger.rows import turns_of_rows as turns_of
from uptally.model.closing import LedgerRange
from uptally.model.head import Head
from uptally.model.observation import Kind, Observation, Outcome
from uptally.model.statement import Availability
from uptally.model.timeline import Blip, Timeline, Turn
from uptally.rules.availability import measure
from uptally.rules.course import REACH, derive
from uptally.rules.sketch import Sketch
from uptally.units.stretches import Stretches, covers
from uptally.units.time import DAY_MS, Window

_TURNS = f"SELECT {STORED_TURN} FROM turns WHERE endpoint_id = ? AND location_id = ? AND start_ms < ? ORDER BY start_ms"
_BLIPS = f"SELECT {STORED_BLIP} FROM blips WHERE endpoint_id = ? AND location_id = ? AND at_ms < ? ORDER BY at_ms"
_ACT = "SELECT digest FROM acts WHERE number = ?"
_BLOCK = "SELECT number, digest FROM blocks ORDER BY number DESC LIMIT 1"
_LOOSE = """
WITH loose AS (
    SELECT endpoint_id, location_id, boot, sequence FROM observations
    UNION ALL SELECT endpoint_id, location_id, boot, sequence FROM recent
), islands AS (
    SELECT *, sequence - dense_rank() OVER (PARTITION BY endpoint_id, location_id, boot ORDER BY sequence) AS island
    FROM loose
)
SELECT slug, name, boot, min(sequence), max(sequence) FROM islands
JOIN endpoints ON endpoints.id = endpoint_id JOIN locations ON locations.id = location_id
GROUP BY endpoint_id, location_id, boot, island ORDER BY slug, name, boot, min(sequence)
"""

Loose = Mapping[int, Sequence[tuple[int, int]]]
"""By boot, from which sequence to which observations were in no block, in order: each by itself where they were
imported, since their sequences follow from their instants."""

_first = itemgetter(0)


def head_of(connection: sqlite3.Connection) -> LedgerRange:
    """Return the newest act and block of a ledger."""
    act = highest_number(connection)
    digest = connection.execute(_ACT, (act,)).fetchone() if act else ("",)
    return LedgerRange(act, digest[0], *(connection.execute(_BLOCK).fetchone() or (0, "")))


def range_of(connection: sqlite3.Connection) -> LedgerRange:
    """Return how far a ledger goes."""
    return head_of(connection)._replace(loose=tuple(connection.execute(_LOOSE)))


def dated_head_of(connection: sqlite3.Connection) -> Head:
    """Return the newest act and block, with when the act was recorded."""
    within = head_of(connection)
    at_ms = connection.execute("SELECT at_ms FROM acts WHERE number = ?", (within.act,)).fetchone() or (0,)
    return Head(within.act, within.act_digest, int(at_ms[0]), within.block, within.block_digest)


def check_range(connection: sqlite3.Connection, within: LedgerRange) -> None:
    """Raise LedgerCorrupt where an act or a block is not the one that a range names."""
    for what, number, digest in (("act", within.act, within.act_digest), ("block", within.block, within.block_digest)):
        held = (
            connection.execute(f"SELECT digest FROM {what}s WHERE number = ?", (number,)).fetchone()
            if number
            else ("",)
        )
        if held != (digest,):
            raise LedgerCorrupt(f"{what} {number} is not the one with the digest {digest or 'of none'}")


class _Known(Observations):
    """The observations of one endpoint at one location that were there by then."""

    def __init__(self, connection: sqlite3.Connection, block: int, loose: Loose) -> None:
        super().__init__(connection)
        self._block = block
        self._loose = loose

    def _within(self, extent: Extent, start_ms: int, end_ms: int) -> Sequence[StoredObservation]:
        rows = super()._within(extent, start_ms, end_ms)
        return rows if extent.number <= self._block else [row for row in rows if self._is_known(row)]

    def _rows(self, statement: str, key: Key, start_ms: int, end_ms: int) -> Iterator[StoredObservation]:
        return filter(self._is_known, super()._rows(statement, key, start_ms, end_ms))

    def _is_known(self, row: StoredObservation) -> bool:
        stretches = self._loose.get(row[1], ())
        index = bisect_right(stretches, row[2], key=_first)
        return index > 0 and row[2] <= stretches[index - 1][1]


class Then:
    """What statements need of a ledger, as of a range of it. Used within one transaction.

    What lies more than a day before what is asked for comes from the turns that the ledger holds, unless it is `deep`:
    then all follows from observations, as far as they are kept.
    """

    def __init__(self, connection: sqlite3.Connection, within: LedgerRange, *, is_deep: bool) -> None:
        self._connection = connection
        self._block = within.block
        self._is_deep = is_deep
        self._loose: dict[tuple[str, str], dict[int, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
        for slug, location, boot, first, last in within.loose:
            self._loose[slug, location][boot].append((first, last))

    def locations(self) -> list[str]:
        """Return the names of all locations, in the order of their first appearance."""
        return [name for (name,) in self._connection.execute("SELECT name FROM locations ORDER BY id")]

    def timelines(self, *, location: str, since_ms: int, slugs: Collection[str] | None = None) -> dict[str, Timeline]:
        """Return what was known of endpoints since an instant, with the turn in force then."""
        return {slug: self._timeline(slug, location, since_ms) for slug in slugs or ()}

    def availabilities(
        self, windows: Sequence[Window], *, location: str, as_of_ms: int, slugs: Collection[str] | None = None
    ) -> dict[str, tuple[Availability, ...]]:
        """Return the availability of endpoints in each window."""
        since_ms = min(window.start_ms for window in windows)
        known = self.timelines(location=location, since_ms=since_ms, slugs=slugs)
        return {
            slug: tuple(measure(timeline, window, as_of_ms=as_of_ms) for window in windows)
            for slug, timeline in known.items()
        }

    def observations(self, slug: str, *, location: str, window: Window) -> Iterator[Observation]:
        """Yield the observations that began in a window, in order, without their evidence."""
        found = self._known(slug, location).between(self._key(slug, location), window.start_ms, window.end_ms)
        return (observation_of(row, slug=slug, location=location) for row in found)

    def latencies(self, slug: str, *, location: str, time: Stretches) -> Mapping[int, int]:
        """Return how many good answers of the grid that began within some time fell into which bucket of a sketch."""
        if not time:
            return {}
        found = self.observations(slug, location=location, window=Window(time[0][0], time[-1][1]))
        return Sketch.of(
            each.duration_us
            for each in found
            if each.kind is Kind.GRID and each.outcome in (Outcome.UP, Outcome.SLOW) and covers(time, each.at_ms)
        ).counts

    def _timeline(self, slug: str, location: str, since_ms: int) -> Timeline:
        key, known = self._key(slug, location), self._known(slug, location)
        begin_ms, from_ms = self._begin(known, key, since_ms)
        newest: Observation | None = None

        def noted() -> Iterator[Observation]:
            nonlocal newest
            for row in known.between(key, begin_ms, ALWAYS_MS[1]):
                observation = observation_of(row, slug=slug, location=location)
                if observation.outcome is not Outcome.MISSED:
                    newest = observation
                    yield observation

        _, turns, blips = derive(noted(), is_whole=from_ms == ALWAYS_MS[0])
        earlier = tuple(turns_of(self._connection.execute(_TURNS, (*key, from_ms))))
        told = tuple(map(blip_of, self._connection.execute(_BLIPS, (*key, from_ms))))
        whole = (*earlier, *(turn for turn in turns if turn.start_ms >= from_ms))
        return Timeline(
            first_ms=whole[0].start_ms if whole else None,
            turns=_since(whole, since_ms),
            last=newest,
            blips=_blips((*told, *(blip for blip in blips if blip.at_ms >= from_ms)), since_ms),
        )

    def _begin(self, known: Observations, key: Key, since_ms: int) -> tuple[int, int]:
        """Return from where on observations are read, and from where on they alone tell: see `rules.course.REACH`."""
        is_dropped = horizon_ms(self._connection, key) is not None
        near_ms = since_ms - DAY_MS
        for begin_ms in (ALWAYS_MS[0],) if self._is_deep else (near_ms, ALWAYS_MS[0]):
            if begin_ms == ALWAYS_MS[0] and not is_dropped:
                break
            grid = (row[0] for row in known.between(key, begin_ms, ALWAYS_MS[1]) if row[3] == Kind.GRID)
            from_ms = next(islice(grid, REACH, None), ALWAYS_MS[1])
            if from_ms <= since_ms or begin_ms == ALWAYS_MS[0]:
                return begin_ms, from_ms
        return ALWAYS_MS[0], ALWAYS_MS[0]

    def _known(self, slug: str, location: str) -> _Known:
        return _Known(self._connection, self._block, self._loose.get((slug, location), {}))

    def _key(self, slug: str, location: str) -> Key:
        return self._connection.execute(queries.KEY, (slug, location)).fetchone() or NOWHERE


def _since(turns: tuple[Turn, ...], since_ms: int) -> tuple[Turn, ...]:
    in_force = max((turn.start_ms for turn in turns if turn.start_ms <= since_ms), default=since_ms)
    return tuple(turn for turn in turns if turn.start_ms >= in_force)


def _blips(blips: tuple[Blip, ...], since_ms: int) -> tuple[Blip, ...]:
    return tuple(blip for blip in blips if blip.at_ms >= since_ms)
