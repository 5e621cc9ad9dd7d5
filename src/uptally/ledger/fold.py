"""Takes observations into the ledger and derives its turns in the same transaction.

The newest observation of each endpoint and location is kept in memory, so that the usual one, which comes after it,
costs no query. One that comes before it (an attempt that took longer than the next, an import, another machine's
backlog) re-derives the turns around it from the stored rows, and no others: each turn depends on two neighbouring
observations only.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from uptally.ledger.hours import OpenHours
from uptally.ledger.rows import (
    STORED_OBSERVATION,
    STORED_TALLY,
    STORED_TURN,
    EvidenceRow,
    Key,
    ObservationRow,
    TurnRow,
    evidence_row,
    insert,
    observation_of,
    observation_row,
    turn_of,
    turn_row,
    turns_of_rows,
)
from uptally.model.observation import Kind, Observation, Outcome
from uptally.model.timeline import Tally, Turn
from uptally.rules.tally import NOTHING, tally_until
from uptally.rules.timeline import first_turn, turns_between, turns_of
from uptally.units.time import HOUR_MS

EVIDENCE_MOST = 100_000
"""How many failures keep their evidence, the newest: an outage of everything would otherwise fill the disk with it."""

RECENT_MOST = 8192
"""How many rows may stand in `recent`: fewer are searched faster, more save more writing."""

_EARLIEST_MS, _LATEST_MS = -(1 << 63), (1 << 63) - 1
_KEY = "endpoint_id = ? AND location_id = ?"
_OF = f"FROM observations CROSS JOIN cadences ON cadences.id = cadence_id WHERE {_KEY}"
_TURNS = f"SELECT {STORED_TURN}, {STORED_TALLY} FROM turns WHERE {_KEY}"
_SPEAKS = "outcome != 4"
_NEWEST_FIRST = "ORDER BY at_ms DESC, boot DESC, sequence DESC LIMIT 1"

_Name: TypeAlias = tuple[str, str]
"""Slug and location."""


@dataclass(slots=True)
class _Head:
    """Where an endpoint stands at a location: its newest observation's place, the newest that speaks, the last turn."""

    key: Key
    newest: tuple[int, int, int]
    last: Observation | None
    turn: tuple[Turn, Tally] | None
    """The last turn and its tally; None as long as there is no observation that speaks."""


class Fold:
    """Lives within the transactions of the one writing connection; after a rollback it is thrown away and made anew."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.hours = OpenHours(connection)
        self._connection = connection
        self._heads: dict[_Name, _Head] = {}
        self._cadences: dict[tuple[int, int], int] = {}
        self._recent: int | None = None

    def take(self, batch: Sequence[Observation]) -> frozenset[str]:
        """Insert observations, skip those that are there already, and return the slugs of which turns changed."""
        rows: list[ObservationRow] = []
        evidence: list[EvidenceRow] = []
        turns: list[TurnRow] = []
        turned: set[str] = set()
        late: dict[_Name, list[int]] = {}
        is_in_order = True
        for observation in batch:
            name = (observation.endpoint, observation.location)
            head = self._heads.get(name) or self._head(name)
            key, at_ms, outcome = head.key, observation.at_ms, observation.outcome
            rows.append(observation_row(observation, key, self._cadence(observation)))
            if observation.evidence is not None:
                evidence.append(evidence_row(observation, key))
            if outcome <= Outcome.SLOW and observation.kind is Kind.GRID:
                self.hours.note(key, at_ms)
            place = (at_ms, observation.boot, observation.sequence)
            is_newest = place > head.newest
            if is_newest:
                head.newest = place
            else:
                is_in_order = False
            if outcome is Outcome.MISSED:
                continue
            if is_newest:
                changes = turns_between(head.last, observation) if head.last else (first_turn(observation),)
                head.last = observation
                if changes:
                    turned.add(observation.endpoint)
                    turns += _continued(changes, head.turn, key)
                    head.turn = turn_of(turns[-1][2:])
            else:
                late.setdefault(name, []).append(at_ms)
        self._insert(rows, is_in_order=is_in_order)
        insert(self._connection, "turns", turns, instead="REPLACE")
        self._keep(evidence)
        self.hours.write()
        return frozenset(turned | {name[0] for name, instants in late.items() if self._rederive(name, instants)})

    def settle(self) -> None:
        """Move what is recent to its place among the other observations."""
        self._connection.execute(
            "INSERT OR IGNORE INTO observations SELECT * FROM recent "
            "ORDER BY endpoint_id, location_id, at_ms, boot, sequence"
        )
        self._connection.execute("DELETE FROM recent")
        self._recent = 0

    def number(self, table: str, column: str, text: str) -> int:
        """Return the number of a slug or location, giving it one at its first appearance."""
        self._connection.execute(f"INSERT OR IGNORE INTO {table} ({column}) VALUES (?)", (text,))
        found: int = self._connection.execute(f"SELECT id FROM {table} WHERE {column} = ?", (text,)).fetchone()[0]
        return found

    def _insert(self, rows: list[ObservationRow], *, is_in_order: bool) -> None:
        """Insert rows into `recent`, unless they do not fit or one of them is no newest of its endpoint's."""
        if self._recent is not None and self._recent + len(rows) <= RECENT_MOST and is_in_order:
            insert(self._connection, "recent", rows)
            self._recent += len(rows)
        else:
            self.settle()
            insert(self._connection, "observations", rows)

    def _cadence(self, observation: Observation) -> int:
        cadence = (observation.interval_ms, observation.timeout_ms)
        known = self._cadences.get(cadence)
        if known is None:
            self._connection.execute("INSERT OR IGNORE INTO cadences (interval_ms, timeout_ms) VALUES (?, ?)", cadence)
            statement = "SELECT id FROM cadences WHERE (interval_ms, timeout_ms) = (?, ?)"
            known = self._cadences[cadence] = int(self._connection.execute(statement, cadence).fetchone()[0])
        return known

    def _head(self, name: _Name) -> _Head:
        """Read where an endpoint stands at a location; kept in memory from then on.

        What this fold put into `recent` came after it had read the head, so only what it found there is in the way.
        """
        if self._recent is None:
            self.settle()
        slug, location = name
        key = self.number("endpoints", "slug", slug), self.number("locations", "name", location)
        newest = self._connection.execute(f"SELECT at_ms, boot, sequence {_OF} {_NEWEST_FIRST}", key).fetchone()
        row = self._connection.execute(
            f"SELECT {STORED_OBSERVATION} {_OF} AND {_SPEAKS} {_NEWEST_FIRST}", key
        ).fetchone()
        last = row and observation_of(row, slug=slug, location=location)
        head = self._heads[name] = _Head(key, newest or (_EARLIEST_MS, 0, 0), last, self._last_turn(key))
        return head

    def _rederive(self, name: _Name, instants: list[int]) -> bool:
        """Derive the turns around late observations, which are stored already, and tell whether any is different."""
        key = self._heads.pop(name).key
        changes = [self._refold(name, key, first, last) for first, last in _runs(sorted(instants))]
        return any(changes)

    def _refold(self, name: _Name, key: Key, first_ms: int, last_ms: int) -> bool:
        """Derive the turns again that depend on observations of `[first_ms, last_ms]`.

        With A the nearest instant before and B the nearest after at which something was observed, only turns in `[A,
        B]` can have changed. Those at A and B themselves may come from the pairs beyond them, so the fold takes in
        one more instant on either side. Of later turns only the tallies change.
        """
        anchor_ms, settled_ms = self._before(key, first_ms), self._after(key, last_ms)
        low_ms = first_ms if anchor_ms is None else anchor_ms
        high_ms = _LATEST_MS if settled_ms is None else settled_ms
        begin_ms, end_ms = self._before(key, low_ms), self._after(key, high_ms)
        within = (*key, low_ms if begin_ms is None else begin_ms, high_ms if end_ms is None else end_ms)
        fresh = [turn for turn in turns_of(self._speaking(name, within)) if low_ms <= turn.start_ms <= high_ms]
        stored = self._connection.execute(f"{_TURNS} AND start_ms >= ? ORDER BY start_ms", (*key, low_ms)).fetchall()
        old = list(turns_of_rows(row[:5] for row in stored))
        new = fresh + [turn for turn in old if turn.start_ms > high_ms]
        if old == new:
            return False
        self._connection.execute(f"DELETE FROM turns WHERE {_KEY} AND start_ms >= ?", (*key, low_ms))
        insert(self._connection, "turns", list(_continued(new, self._last_turn(key), key)))
        return True

    def _last_turn(self, key: Key) -> tuple[Turn, Tally] | None:
        row = self._connection.execute(f"{_TURNS} ORDER BY start_ms DESC LIMIT 1", key).fetchone()
        return row and turn_of(row)

    def _speaking(self, name: _Name, within: tuple[int, ...]) -> Iterator[Observation]:
        statement = f"SELECT {STORED_OBSERVATION} {_OF} AND at_ms BETWEEN ? AND ? ORDER BY at_ms, boot, sequence"
        for row in self._connection.execute(statement, within):
            yield observation_of(row, slug=name[0], location=name[1])

    def _before(self, key: Key, at_ms: int) -> int | None:
        statement = f"SELECT at_ms {_OF} AND at_ms < ? AND {_SPEAKS} ORDER BY at_ms DESC LIMIT 1"
        row = self._connection.execute(statement, (*key, at_ms)).fetchone()
        return row and int(row[0])

    def _after(self, key: Key, at_ms: int) -> int | None:
        statement = f"SELECT at_ms {_OF} AND at_ms > ? AND {_SPEAKS} ORDER BY at_ms LIMIT 1"
        row = self._connection.execute(statement, (*key, at_ms)).fetchone()
        return row and int(row[0])

    def _keep(self, evidence: list[EvidenceRow]) -> None:
        if evidence:
            insert(self._connection, "evidence (endpoint_id, location_id, at_ms, boot, sequence, body)", evidence)
            self._connection.execute(
                "DELETE FROM evidence WHERE id <= (SELECT max(id) FROM evidence) - ?", (EVIDENCE_MOST,)
            )


def _continued(turns: Iterable[Turn], last: tuple[Turn, Tally] | None, key: Key) -> Iterator[TurnRow]:
    """Yield the rows of turns that come after the last one; one that starts with it takes its place, and its tally."""
    for turn in turns:
        tally = tally_until(turn.start_ms, *last) if last else NOTHING
        last = turn, tally
        yield turn_row(turn, tally, key)


def _runs(instants: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of each run of instants that lie close together, so that a dense import is folded once.

    Any distance would give the same turns; an hour keeps the folds of scattered instants short.
    """
    first = last = instants[0]
    for instant in instants:
        if instant - last > HOUR_MS:
            yield first, last
            first = instant
        last = instant
    yield first, last
