"""How nouns become rows and rows become nouns: the one codec.

Only plain int and str are bound (and the bytes of a sketch): SQLite's module takes five times as long over an
IntEnum, and other types lose digits on the way.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import cache
from itertools import chain, repeat
from typing import Any, TypeAlias

from uptally.errors import LedgerTooNew
from uptally.model.observation import Evidence, Kind, Observation, Outcome, Reason
from uptally.model.timeline import Blip, State, Tally, Turn

Key: TypeAlias = tuple[int, int]
"""Endpoint and location, by their numbers in the ledger."""

NOWHERE: Key = 0, 0
"""The key of what was never observed: numbers begin with 1."""

ObservationRow: TypeAlias = tuple[int, int, int, int, int, int, int, int, int, int]
EvidenceRow: TypeAlias = tuple[int, int, int, int, int, str]
TurnRow: TypeAlias = tuple[int | str, ...]
BlipRow: TypeAlias = tuple[int, int, int, int, int, int]
StoredObservation: TypeAlias = tuple[int, int, int, int, int, int, int, int, int]

STORED_OBSERVATION = "at_ms, boot, sequence, kind, duration_us, outcome, reason, interval_ms, timeout_ms"
"""The columns of `observations` or `recent`, joined with `cadences`, that make a `StoredObservation`."""

STORED_TURN = "start_ms, state, reason, earliest_ms, first_ms, latest_ms, interval_ms, samples"
STORED_TALLY = "down_ms, unknown_ms, outages, outage_ms, sampled_ms, gaps_ms2, singles"
STORED_BLIP = "at_ms, earliest_ms, latest_ms, reason"

MOST_AT_ONCE = 512
"""Rows per INSERT. A statement lets go of the interpreter's lock once, `executemany` at each row."""

_KINDS = {int(kind): kind for kind in Kind}
_OUTCOMES = {int(outcome): outcome for outcome in Outcome}
_REASONS = {int(reason): reason for reason in Reason}
_STATES = {int(state): state for state in State}


def observation_row(observation: Observation, key: Key, cadence_id: int) -> ObservationRow:
    """Return an observation as a row of `observations`."""
    return (
        *key,
        observation.at_ms,
        observation.boot,
        observation.sequence,
        int(observation.kind),
        observation.duration_us,
        int(observation.outcome),
        int(observation.reason),
        cadence_id,
    )


def observation_of(row: StoredObservation, *, slug: str, location: str, evidence: str | None = None) -> Observation:
    """Return the observation that a row holds. Raises LedgerTooNew for a code that this version does not know."""
    at_ms, boot, sequence, kind, duration_us, outcome, reason, interval_ms, timeout_ms = row
    try:
        return Observation(
            slug,
            location,
            boot,
            sequence,
            _KINDS[kind],
            at_ms,
            duration_us,
            _OUTCOMES[outcome],
            _REASONS[reason],
            interval_ms,
            timeout_ms,
            None if evidence is None else Evidence(**json.loads(evidence)),
        )
    except (KeyError, TypeError) as error:
        raise _unknown_code(error) from error


def evidence_row(observation: Observation, key: Key) -> EvidenceRow:
    """Return the evidence of an observation that has some as a row of `evidence`, without what says nothing."""
    assert observation.evidence is not None
    body = {name: value for name, value in asdict(observation.evidence).items() if value not in ("", None)}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return (*key, observation.at_ms, observation.boot, observation.sequence, text)


def turn_row(turn: Turn, tally: Tally, key: Key) -> TurnRow:
    """Return a turn and the tally at its start as a row of `turns`."""
    start_ms, state, reason, *bounds = turn
    *sums, gaps_ms2, singles = tally
    return (*key, start_ms, int(state), int(reason), *bounds, *sums, str(gaps_ms2), singles)


def turn_of(row: Sequence[Any]) -> tuple[Turn, Tally]:
    """Return the turn and the tally that a row of `STORED_TURN` and `STORED_TALLY` holds, integers all and one decimal
    text. Raises LedgerTooNew.
    """
    start_ms, state, reason, earliest_ms, first_ms, latest_ms, interval_ms, samples, *sums = row
    try:
        kept = _STATES[state], _REASONS[reason]
    except KeyError as error:
        raise _unknown_code(error) from error
    return Turn(start_ms, *kept, earliest_ms, first_ms, latest_ms, interval_ms, samples), tally_of(sums)


def tally_of(row: Sequence[Any]) -> Tally:
    """Return the tally that a row of `STORED_TALLY` holds."""
    down_ms, unknown_ms, outages, outage_ms, sampled_ms, gaps_ms2, singles = row
    return Tally(down_ms, unknown_ms, outages, outage_ms, sampled_ms, int(gaps_ms2), singles)


def turns_of_rows(rows: Iterable[tuple[int, ...]]) -> Iterator[Turn]:
    """Return the turns that rows of `STORED_TURN` hold, made in C loops: a year of many endpoints is hundreds of
    thousands.

    Raises LedgerTooNew for a code that this version does not know.
    """
    try:
        starts, states, reasons, *bounds = zip(*rows, strict=True)
    except ValueError:
        return iter(())
    try:
        named = list(map(_STATES.__getitem__, states)), list(map(_REASONS.__getitem__, reasons))
    except KeyError as error:
        raise _unknown_code(error) from error
    return map(tuple.__new__, repeat(Turn), zip(starts, *named, *bounds, strict=True))


def blip_row(blip: Blip, key: Key) -> BlipRow:
    """Return a blip as a row of `blips`."""
    return (*key, blip.at_ms, blip.earliest_ms, blip.latest_ms, int(blip.reason))


def blip_of(row: tuple[int, int, int, int]) -> Blip:
    """Return the blip that a row of `STORED_BLIP` holds. Raises LedgerTooNew."""
    at_ms, earliest_ms, latest_ms, reason = row
    try:
        return Blip(at_ms, earliest_ms, latest_ms, _REASONS[reason])
    except KeyError as error:
        raise _unknown_code(error) from error


def insert(
    connection: sqlite3.Connection, into: str, rows: Sequence[tuple[int | str, ...]], *, instead: str = "IGNORE"
) -> None:
    """Insert rows that all have as many values; one that is there already is skipped, or replaced.

    They go in runs whose lengths are powers of two, so that ten prepared statements serve every number of rows.
    """
    start, rest = 0, len(rows)
    while rest:
        count = min(MOST_AT_ONCE, 1 << (rest.bit_length() - 1))
        statement = _insertion(into, instead, len(rows[0]), count)
        connection.execute(statement, list(chain.from_iterable(rows[start : start + count])))
        start, rest = start + count, rest - count


@cache
def _insertion(into: str, instead: str, columns: int, count: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"INSERT OR {instead} INTO {into} VALUES {', '.join(repeat(row, count))}"


def _unknown_code(error: Exception) -> LedgerTooNew:
    return LedgerTooNew(
        f"a later version of uptally wrote this ledger: it holds a code that this one does not know ({error})"
    )
