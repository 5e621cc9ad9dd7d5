"""Derives again, from all observations, what the ledger keeps beside them, to hold the two against each other."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice, zip_longest
from typing import NamedTuple

from uptally.ledger.chain import horizon_ms
from uptally.ledger.observations import ALWAYS_MS, Observations
from uptally.ledger.rows import STORED_BLIP, STORED_TALLY, STORED_TURN, Key, blip_of, observation_of, turn_of
from uptally.model.observation import Kind
from uptally.model.timeline import Blip, Tally, Turn
from uptally.rules.course import NEVER_MS, REACH, derive
from uptally.rules.tally import NOTHING, tally_at_turn

_KEY = "endpoint_id = ? AND location_id = ?"
_TURNS = f"SELECT {STORED_TURN}, {STORED_TALLY} FROM turns WHERE {_KEY}"
_LAST_TURN = f"{_TURNS} AND start_ms < ? ORDER BY start_ms DESC LIMIT 1"
_TURNS_FROM = f"{_TURNS} AND start_ms >= ? ORDER BY start_ms"
_BLIPS_FROM = f"SELECT {STORED_BLIP} FROM blips WHERE {_KEY} AND at_ms >= ? ORDER BY at_ms"


class Place(NamedTuple):
    """An endpoint at a location, by name and by number."""

    slug: str
    location: str
    key: Key

    def __str__(self) -> str:
        return f"{self.slug} at {self.location}"


class Told(NamedTuple):
    """What follows from observations from an instant on."""

    turns: list[tuple[Turn, Tally]]
    blips: list[Blip]


def places(connection: sqlite3.Connection) -> list[Place]:
    """Return all endpoints at all locations, by name."""
    statement = "SELECT slug, name, endpoints.id, locations.id FROM endpoints CROSS JOIN locations ORDER BY slug, name"
    return [Place(slug, location, (key[0], key[1])) for slug, location, *key in connection.execute(statement)]


def known_from_ms(connection: sqlite3.Connection, key: Key) -> int:
    """Return the instant from which on everything follows from observations that are kept.

    Where some have been dropped, that takes `REACH` grid attempts before it which have not.
    """
    if horizon_ms(connection, key) is None:
        return ALWAYS_MS[0]
    kept = Observations(connection).speaking_from(key, ALWAYS_MS[0])
    return next(islice((row[0] for row in kept if row[3] == Kind.GRID), REACH, None), NEVER_MS)


def derived(connection: sqlite3.Connection, place: Place, *, from_ms: int) -> Told:
    """Return the turns and blips that follow from the observations, from an instant on."""
    rows = Observations(connection).between(place.key, *ALWAYS_MS)
    observations = (observation_of(row, slug=place.slug, location=place.location) for row in rows)
    _, turns, blips = derive(observations, is_whole=horizon_ms(connection, place.key) is None)
    row = connection.execute(_LAST_TURN, (*place.key, from_ms)).fetchone()
    last = row and turn_of(row)
    return Told(
        list(continued((turn for turn in turns if turn.start_ms >= from_ms), last)),
        [blip for blip in blips if blip.at_ms >= from_ms],
    )


def stored(connection: sqlite3.Connection, key: Key, *, from_ms: int) -> Told:
    """Return the turns and blips that the ledger holds, from an instant on."""
    within = (*key, from_ms)
    return Told(
        list(map(turn_of, connection.execute(_TURNS_FROM, within))),
        list(map(blip_of, connection.execute(_BLIPS_FROM, within))),
    )


def differences(place: Place, held: Told, due: Told) -> Iterator[str]:
    """Yield the first turn that differs, and the first blip, in words."""
    pairs: tuple[tuple[str, Iterable[object], Iterable[object]], ...] = (
        ("turn", held.turns, due.turns),
        ("blip", held.blips, due.blips),
    )
    for what, ones, others in pairs:
        for number, (one, other) in enumerate(zip_longest(ones, others), start=1):
            if one != other:
                yield f"{what} {number} of {place} is {one}; its observations make it {other}"
                break


def continued(turns: Iterable[Turn], last: tuple[Turn, Tally] | None) -> Iterator[tuple[Turn, Tally]]:
    """Yield turns that come after the last one, each with its tally."""
    for turn in turns:
        last = turn, tally_at_turn(turn, *last) if last else NOTHING
        yield last
