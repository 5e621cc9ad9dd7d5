"""Takes observations into the ledger and derives its turns in the same transaction.

The newest observation of each endpoint and location is kept in memory, so that the usual one, which comes after it,
costs no query. One that comes before it (an attempt that took longer than the next, an import, another machine's
backlog) re-derives the turns and blips around it from the stored observations, and no others: each depends on `REACH`
grid attempts on either side.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from uptally.ledger.anew import continued
from uptally.ledger.chain import horizon_ms
from uptally.ledger.hours import OpenHours
from uptally.ledger.observations import Observations, Place, runs
from uptally.ledger.rows import (
    STORED_BLIP,
    STORED_TALLY,
    STORED_TURN,
    EvidenceRow,
    Key,
    ObservationRow,
    TurnRow,
    blip_of,
    blip_row,
    evidence_row,
    insert,
    observation_of,
    observation_row,
    turn_of,
    turn_row,
    turns_of_rows,
)
from uptally.model.observation import Kind, Observation, Outcome
from uptally.model.timeline import Blip, Tally, Turn
from uptally.rules.course import NEVER_MS, REACH, Change, Course, derive

EVIDENCE_MOST = 100_000
"""How many failures keep their evidence, the newest: an outage of everything would otherwise fill the disk with it."""

RECENT_MOST = 8192
"""How many rows may stand in `recent`: fewer are searched faster, more save more writing."""

_EARLIEST_MS = -(1 << 63)
_KEY = "endpoint_id = ? AND location_id = ?"
_TURNS = f"SELECT {STORED_TURN}, {STORED_TALLY} FROM turns WHERE {_KEY}"
_TURN_COLUMNS = STORED_TURN.count(",") + 1
_NEWEST = f"""
SELECT at_ms, boot, sequence FROM observations WHERE {_KEY} ORDER BY at_ms DESC, boot DESC, sequence DESC LIMIT 1
"""

_Name: TypeAlias = tuple[str, str]
"""Slug and location."""


@dataclass(slots=True)
class _Head:
    """Where an endpoint stands at a location: its newest observation's place, and the course and last turn of its
    timeline. `change` is what the batch in hand has changed so far.
    """

    key: Key
    newest: tuple[int, int, int]
    course: Course
    turn: tuple[Turn, Tally] | None
    """The last turn and its tally; None as long as there is no observation that speaks."""
    change: Change | None = None


class Fold:
    """Lives within the transactions of the one writing connection; after a rollback it is thrown away and made anew."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.hours = OpenHours(connection)
        self.observations = Observations(connection)
        self._connection = connection
        self._heads: dict[_Name, _Head] = {}
        self._cadences: dict[tuple[int, int], int] = {}
        self._recent: int | None = None

    def take(self, batch: Sequence[Observation]) -> frozenset[str]:
        """Insert observations, skip those that are there already, and return the slugs of which turns changed."""
        rows: list[ObservationRow] = []
        evidence: list[EvidenceRow] = []
        changed: dict[_Name, _Head] = {}
        late: dict[_Name, list[int]] = {}
        is_in_order = True
        for observation in batch:
            name = (observation.endpoint, observation.location)
            head = self._heads.get(name) or self._head(name)
            key, at_ms, outcome = head.key, observation.at_ms, observation.outcome
            place = (at_ms, observation.boot, observation.sequence)
            is_late = place <= head.newest
            if is_late and (self.is_too_late(name, key, at_ms) or self._is_sealed(key, place)):
                continue
            rows.append(observation_row(observation, key, self._cadence(observation)))
            if observation.evidence is not None:
                evidence.append(evidence_row(observation, key))
            if outcome <= Outcome.SLOW and observation.kind is Kind.GRID:
                self.hours.note(key, at_ms)
            if is_late:
                is_in_order = False
                if outcome is not Outcome.MISSED:
                    late.setdefault(name, []).append(at_ms)
                continue
            head.newest = place
            if outcome is not Outcome.MISSED and (change := head.course.advance(observation)):
                head.change = _together(head.change, change)
                changed[name] = head
        self._insert(rows, is_in_order=is_in_order)
        self._replace(changed.values())
        self._keep(evidence)
        self.hours.write()
        turned = {slug for slug, _ in changed}
        return frozenset(turned | {name[0] for name, instants in late.items() if self._rederive(name, instants)})

    def settle(self) -> None:
        """Move what is recent to its place among the other observations."""
        if self._recent == 0:
            return
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
        newest = self._connection.execute(_NEWEST, key).fetchone()
        known, is_whole = self._before(name, key, NEVER_MS)
        course = derive(known, is_whole=is_whole).course
        head = self._heads[name] = _Head(key, newest or (_EARLIEST_MS, 0, 0), course, self._last_turn(key))
        return head

    def _replace(self, heads: Iterable[_Head]) -> None:
        """Write what observations in order have changed."""
        turns: list[TurnRow] = []
        for head in heads:
            change, head.change = head.change, None
            assert change is not None
            if head.turn is not None and head.turn[0].start_ms >= change.turns_from_ms:
                self._drop_turns(head.key, from_ms=change.turns_from_ms)
                head.turn = self._last_turn(head.key)
            for turn, tally in continued(change.turns, head.turn):
                head.turn = turn, tally
                turns.append(turn_row(turn, tally, head.key))
            if change.blips_from_ms != NEVER_MS:
                self._replace_blips(head.key, change.blips, from_ms=change.blips_from_ms, until_ms=NEVER_MS)
        insert(self._connection, "turns", turns)

    def _drop_turns(self, key: Key, *, from_ms: int) -> None:
        self._connection.execute(f"DELETE FROM turns WHERE {_KEY} AND start_ms >= ?", (*key, from_ms))

    def _replace_blips(self, key: Key, blips: Sequence[Blip], *, from_ms: int, until_ms: int) -> None:
        within = (*key, from_ms, until_ms)
        self._connection.execute(f"DELETE FROM blips WHERE {_KEY} AND at_ms BETWEEN ? AND ?", within)
        insert(self._connection, "blips", [blip_row(blip, key) for blip in blips])

    def _rederive(self, name: _Name, instants: list[int]) -> bool:
        """Derive what lies around late observations, which are stored already, and tell whether any is different."""
        head = self._heads[name]
        are_changed = [self._refold(name, head, first_ms, last_ms) for first_ms, last_ms in runs(sorted(instants))]
        head.turn = self._last_turn(head.key)
        return any(are_changed)

    def _refold(self, name: _Name, head: _Head, first_ms: int, last_ms: int) -> bool:
        """Derive again the turns and blips that depend on observations of `[first_ms, last_ms]`.

        Those that can have changed lie within `REACH` grid attempts on either side; the fold takes in as many again
        beyond, on which they depend. Of later turns only the tallies change, and a course that goes on beyond is what
        it was. Tells whether any turn or blip is different.
        """
        key = head.key
        before, is_whole = self._before(name, key, first_ms)
        here, is_end = self._from(name, key, first_ms, beyond_ms=last_ms)
        low_ms = _nth_ms(reversed(before), otherwise_ms=_EARLIEST_MS)
        high_ms = _nth_ms((each for each in here if each.at_ms > last_ms), otherwise_ms=NEVER_MS)
        derived = derive([*before, *here], is_whole=is_whole)
        turns = [turn for turn in derived.turns if low_ms <= turn.start_ms <= high_ms]
        blips = [blip for blip in derived.blips if low_ms <= blip.at_ms <= high_ms]
        statement = f"SELECT {STORED_BLIP} FROM blips WHERE {_KEY} AND at_ms BETWEEN ? AND ?"
        are_new = blips != list(map(blip_of, self._connection.execute(statement, (*key, low_ms, high_ms))))
        if are_new:
            self._replace_blips(key, blips, from_ms=low_ms, until_ms=high_ms)
        stored = self._connection.execute(f"{_TURNS} AND start_ms >= ? ORDER BY start_ms", (*key, low_ms)).fetchall()
        old = list(turns_of_rows(row[:_TURN_COLUMNS] for row in stored))
        new = turns + [turn for turn in old if turn.start_ms > high_ms]
        if is_end:
            head.course = derived.course
        if old == new:
            return are_new
        self._drop_turns(key, from_ms=low_ms)
        rows = [turn_row(turn, tally, key) for turn, tally in continued(new, self._last_turn(key))]
        insert(self._connection, "turns", rows)
        return True

    def _last_turn(self, key: Key) -> tuple[Turn, Tally] | None:
        row = self._connection.execute(f"{_TURNS} ORDER BY start_ms DESC LIMIT 1", key).fetchone()
        return row and turn_of(row)

    def is_too_late(self, name: _Name, key: Key, at_ms: int) -> bool:
        """Whether an observation of this instant cannot be taken any more: too much before it has been dropped for
        what depends on it to be derived.
        """
        if horizon_ms(self._connection, key) is None:
            return False
        before, _ = self._before(name, key, at_ms)
        return sum(each.kind is Kind.GRID for each in before) < 2 * REACH

    def _is_sealed(self, key: Key, place: Place) -> bool:
        return any(row[:3] == place for row in self.observations.sealed(key, place[0], place[0] + 1))

    def _before(self, name: _Name, key: Key, until_ms: int) -> tuple[list[Observation], bool]:
        """Return the observations before an instant that hold twice `REACH` grid attempts, and whether those are all
        there ever were.
        """
        found: list[Observation] = []
        missing = 2 * REACH
        for row in self.observations.speaking_before(key, until_ms):
            if not missing:
                return found[::-1], False
            found.append(observation_of(row, slug=name[0], location=name[1]))
            missing -= found[-1].kind is Kind.GRID
        return found[::-1], horizon_ms(self._connection, key) is None

    def _from(self, name: _Name, key: Key, from_ms: int, *, beyond_ms: int) -> tuple[list[Observation], bool]:
        """Return the observations from one instant to twice `REACH` grid attempts after another; and if none follow."""
        found: list[Observation] = []
        missing = 2 * REACH
        for row in self.observations.speaking_from(key, from_ms):
            if not missing:
                return found, False
            found.append(observation_of(row, slug=name[0], location=name[1]))
            missing -= found[-1].kind is Kind.GRID and found[-1].at_ms > beyond_ms
        return found, True

    def _keep(self, evidence: list[EvidenceRow]) -> None:
        if evidence:
            insert(self._connection, "evidence (endpoint_id, location_id, at_ms, boot, sequence, body)", evidence)
            self._connection.execute(
                "DELETE FROM evidence WHERE id <= (SELECT max(id) FROM evidence) - ?", (EVIDENCE_MOST,)
            )


def _together(first: Change | None, second: Change) -> Change:
    """Return two changes, one after the other, as one."""
    if first is None:
        return second
    turns = (turn for turn in first.turns if turn.start_ms < second.turns_from_ms)
    blips = (blip for blip in first.blips if blip.at_ms < second.blips_from_ms)
    return Change(
        min(first.turns_from_ms, second.turns_from_ms),
        (*turns, *second.turns),
        min(first.blips_from_ms, second.blips_from_ms),
        (*blips, *second.blips),
    )


def _nth_ms(observations: Iterable[Observation], *, otherwise_ms: int) -> int:
    """Return when the grid attempt began that comes `REACH`th; otherwise where there are not so many."""
    grid = (observation.at_ms for observation in observations if observation.kind is Kind.GRID)
    return next(islice(grid, REACH - 1, None), otherwise_ms)
