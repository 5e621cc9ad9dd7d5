"""The side that reads: a connection that cannot write, beside the daemon or without one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from uptally.errors import LedgerCorrupt
from uptally.ledger import queries
from uptally.ledger.acts import highest_number, newest_act, read_acts, read_document, stored_acts, verify
from uptally.ledger.anew import derived, differences, known_from_ms, places, stored
from uptally.ledger.chain import Dropped, Kept, dropped_days, kept_days, verify_blocks
from uptally.ledger.faults import ledger_error
from uptally.ledger.hours import sketch_of_time, sketches_of_days, sketches_of_hours
from uptally.ledger.observations import Observations
from uptally.ledger.rows import NOWHERE, Key, blip_of, observation_of, turns_of_rows
from uptally.ledger.schema import open_as_it_stands
from uptally.ledger.sums import availabilities_of
from uptally.ledger.then import Then, check_range, dated_head_of, range_of
from uptally.model.act import Act
from uptally.model.closing import LedgerRange
from uptally.model.head import Head
from uptally.model.observation import Observation
from uptally.model.statement import Availability, LatencyHour
from uptally.model.timeline import Timeline
from uptally.rules.latency import latency_hour
from uptally.rules.sketch import Sketch
from uptally.units.stretches import Stretches
from uptally.units.time import HOUR_MS, Window


class Reader:
    """A ledger that is only read. Made by `open`; used by one thread at a time, several may have one each."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._observations = Observations(connection)
        self._newest_key = "", "", NOWHERE
        """The endpoint and location that were asked for last: most are asked for several times in a row."""

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a ledger. Raises LedgerMissing where there is none, LedgerTooNew, and LedgerError for what is none."""
        return cls(open_as_it_stands(path), path)

    def close(self) -> None:
        """Let go of the ledger."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Within it, everything is read as of its begin. Keep it short: while it lasts, the write-ahead log only grows.

        Raises LedgerError, or LedgerCorrupt, where SQLite cannot read the file.
        """
        if self._connection.in_transaction:
            yield
            return
        with self._translated():
            self._connection.execute("BEGIN")
            try:
                # A transaction has no snapshot until it reads.
                self._connection.execute("SELECT count(*) FROM locations").fetchone()
                yield
            finally:
                self._connection.rollback()

    def slugs(self) -> list[str]:
        """Return the slugs of all endpoints that were ever observed, sorted."""
        with self.snapshot():
            return [slug for (slug,) in self._connection.execute("SELECT slug FROM endpoints ORDER BY slug")]

    def first_ms(self) -> int | None:
        """Return when the first observation of all began, None where there is none."""
        with self.snapshot():
            (found,) = self._connection.execute(queries.FIRST_START).fetchone()
        return None if found is None else int(found)

    def locations(self) -> list[str]:
        """Return the names of all locations, in the order of their first appearance."""
        with self.snapshot():
            return [name for (name,) in self._connection.execute("SELECT name FROM locations ORDER BY id")]

    def timelines(self, *, location: str, since_ms: int, slugs: Collection[str] | None = None) -> dict[str, Timeline]:
        """Return what is known of endpoints since an instant, with the turn in force then.

        `slugs` names the endpoints, of which each gets an entry; without it, all that were observed at the location.
        """
        with self.snapshot():
            keys = self._wanted(location, slugs)
            newest = self._newest(location, keys)
            return {
                slug: self._timeline(key, newest.get(slug), since_ms)
                for slug, key in keys.items()
                if slugs is not None or slug in newest
            }

    def availabilities(
        self, windows: Sequence[Window], *, location: str, as_of_ms: int, slugs: Collection[str] | None = None
    ) -> dict[str, tuple[Availability, ...]]:
        """Return the availability of endpoints in each window: what `measure` makes of their timelines, and faster.

        The time it takes does not grow with the number of turns in a window. `slugs` as for `timelines`.
        """
        with self.snapshot():
            keys = self._wanted(location, slugs)
            newest = self._newest(location, keys)
            return {
                slug: availabilities_of(self._connection, key, newest.get(slug), windows, as_of_ms=as_of_ms)
                for slug, key in keys.items()
                if slugs is not None or slug in newest
            }

    def observations(self, slug: str, *, location: str, window: Window) -> Iterator[Observation]:
        """Yield the observations that began in a window, by begin, boot and sequence, without their evidence."""
        with self.snapshot():
            key = self._key(slug, location)
            for row in self._observations.between(key, window.start_ms, window.end_ms):
                yield observation_of(row, slug=slug, location=location)

    def evidence(self, slug: str, *, location: str, window: Window) -> list[Observation]:
        """Return the observations of a window of which evidence is kept, with it, in order. Not for the public page."""
        with self.snapshot():
            key = self._key(slug, location)
            kept = self._connection.execute(queries.EVIDENCE, (*key, window.start_ms, window.end_ms)).fetchall()
            bodies = {(at_ms, boot, sequence): body for at_ms, boot, sequence, body in kept}
            rows = self._observations.at(key, bodies.keys())
        return [
            observation_of(rows[place], slug=slug, location=location, evidence=body)
            for place, body in bodies.items()
            if place in rows
        ]

    def latency_hours(self, slug: str, *, location: str, window: Window) -> list[LatencyHour]:
        """Return the latencies of the hours that a window touches, whole and in order; hours without any are left out.

        Hours that are still open, the running one among them, are added up from their observations.
        """
        sketches = self.latency_sketches(slug, location=location, window=window)
        return [latency_hour(start_ms, sketch) for start_ms, sketch in sketches.items()]

    def latency_sketches(
        self, slug: str, *, location: str, window: Window, part_ms: int = HOUR_MS
    ) -> dict[int, Sketch]:
        """Return the sketches of the same hours, or of days of UTC if `part_ms` is a day's, by begin and in order."""
        sketches_of = sketches_of_hours if part_ms == HOUR_MS else sketches_of_days
        first, last = window.start_ms // part_ms, (window.end_ms - 1) // part_ms
        with self.snapshot():
            sketches = sketches_of(self._connection, self._key(slug, location), first, last)
        return {place * part_ms: sketch for place, sketch in sorted(sketches.items())}

    def latencies(self, slug: str, *, location: str, time: Stretches) -> Mapping[int, int]:
        """Return how many good answers of the grid that began within some time fell into which bucket of a sketch.

        Hours that lie in it only in part are added up from their observations, as far as these are kept.
        """
        with self.snapshot():
            return sketch_of_time(self._connection, self._key(slug, location), time).counts

    def acts(self, *kinds: str) -> list[Act]:
        """Return all acts, or those of some kinds, the first first."""
        with self.snapshot():
            return read_acts(self._connection, kinds)

    def newest_act(self, kind: str) -> Act | None:
        """Return the newest act of a kind; None where there is none."""
        with self.snapshot():
            return newest_act(self._connection, kind)

    def document(self, number: int) -> bytes:
        """Return what is kept beside an act, empty where nothing is."""
        with self.snapshot():
            return read_document(self._connection, number)

    def range(self) -> LedgerRange:
        """Return how far the ledger goes."""
        with self.snapshot():
            return range_of(self._connection)

    def head(self) -> Head:
        """Return the newest act and block."""
        with self.snapshot():
            return dated_head_of(self._connection)

    def check_range(self, within: LedgerRange) -> None:
        """Raise LedgerCorrupt where an act or a block is not the one that a range names."""
        with self.snapshot():
            check_range(self._connection, within)

    def dropped_days(self) -> list[Dropped]:
        """Return the days of UTC of which observations were dropped, in order."""
        with self.snapshot():
            return dropped_days(self._connection)

    def kept_days(self, *, before_ms: int) -> list[Kept]:
        """Return the days of UTC of which blocks are kept that ended before an instant, by endpoint and location."""
        with self.snapshot():
            return kept_days(self._connection, before_ms=before_ms)

    def documents(self) -> list[int]:
        """Return the numbers of the acts beside which something is kept."""
        with self.snapshot():
            return [number for (number,) in self._connection.execute("SELECT act FROM documents ORDER BY act")]

    def then(self, within: LedgerRange, *, is_deep: bool = False) -> Then:
        """Return the ledger as it was when its range was that: see `Then`. For use within a snapshot."""
        return Then(self._connection, within, is_deep=is_deep)

    def newest_numbers(self, kinds: Sequence[str]) -> tuple[int, ...]:
        """Return the number of the newest act of each kind, 0 where there is none: other ones whenever one of them is
        recorded."""
        with self.snapshot():
            found = [newest_act(self._connection, kind) for kind in kinds]
        return tuple(0 if act is None else act.number for act in found)

    def changes(self) -> int:
        """Return a number that is another one whenever anybody else has committed something; of this reader alone."""
        with self._translated():
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def verify_acts(self) -> None:
        """Raise LedgerCorrupt, naming the first act that does not hold: changed, missing, or slipped in."""
        with self.snapshot():
            acts, highest = stored_acts(self._connection), highest_number(self._connection)
        verify(acts, highest=highest)

    def verify_blocks(self) -> int:
        """Return how many blocks there are. Raises LedgerCorrupt, naming the first that does not hold."""
        checked, number = verify_blocks(self._connection), 0
        while True:
            # A snapshot for each, since there may be gigabytes.
            with self.snapshot():
                found = next(checked, None)
            if found is None:
                return number
            number = found

    def check_turns(self) -> None:
        """Derive all turns, tallies and blips anew. Raises LedgerCorrupt, naming the first that differs."""
        with self.snapshot():
            for place in places(self._connection):
                from_ms = known_from_ms(self._connection, place.key)
                held = stored(self._connection, place.key, from_ms=from_ms)
                for difference in differences(place, held, derived(self._connection, place, from_ms=from_ms)):
                    raise LedgerCorrupt(difference)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise ledger_error(error, self._path) from error

    def _timeline(self, key: Key, newest: Observation | None, since_ms: int) -> Timeline:
        turns = turns_of_rows(self._connection.execute(queries.TURNS_SINCE, (*key, *key, since_ms, since_ms)))
        blips = map(blip_of, self._connection.execute(queries.BLIPS, (*key, since_ms)))
        return Timeline(self._connection.execute(queries.FIRST, key).fetchone()[0], tuple(turns), newest, tuple(blips))

    def _newest(self, location: str, keys: Mapping[str, Key]) -> dict[str, Observation]:
        """Return the newest observation of each endpoint that says something: a recent one, if it has any."""
        places = {
            "location": max((place for _, place in keys.values()), default=0),
            "endpoints": json.dumps([endpoint for endpoint, _ in keys.values()]),
        }
        recent = {endpoint: row for endpoint, *row in self._connection.execute(queries.NEWEST_OF_RECENT, places)}
        found = {}
        for slug, key in keys.items():
            row = recent.get(key[0]) or self._connection.execute(queries.NEWEST, key).fetchone()
            if row:
                found[slug] = observation_of(row, slug=slug, location=location)
        return found

    def _wanted(self, location: str, slugs: Collection[str] | None) -> dict[str, Key]:
        """Return the keys of the endpoints that are asked for, or of all."""
        if slugs is None:
            rows = self._connection.execute(queries.KEYS, (location,))
            return {slug: (endpoint, place) for slug, endpoint, place in rows}
        rows = self._connection.execute(queries.KEYS_OF, (location, json.dumps([*slugs])))
        known = {slug: (endpoint, place) for slug, endpoint, place in rows}
        return {slug: known.get(slug, NOWHERE) for slug in slugs}

    def _key(self, slug: str, location: str) -> Key:
        """Return the key of an endpoint at a location; one that nothing has where it was never observed."""
        if self._newest_key[:2] != (slug, location) or self._newest_key[2] == NOWHERE:
            key = self._connection.execute(queries.KEY, (slug, location)).fetchone() or NOWHERE
            self._newest_key = slug, location, key
        return self._newest_key[2]
