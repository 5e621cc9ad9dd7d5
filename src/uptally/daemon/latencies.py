"""How fast each endpoint answered in the last hours, days and months, for its page."""

from __future__ import annotations

from array import array
from typing import NamedTuple

from uptally.ledger import Reader
from uptally.model.statement import LatencyHour, LatencyWindow
from uptally.rules.latency import latency_hour, latency_window
from uptally.rules.sketch import Sketch, added_up
from uptally.units.time import DAY_MS, HOUR_MS, Window

WEEK_MS, QUARTER_MS = 7 * DAY_MS, 90 * DAY_MS

FRESH_MS = 2 * HOUR_MS
"""The running hour and the one before, of which attempts may still be in flight, are looked at with every page."""


class Latencies(NamedTuple):
    """The hours of the last 24 that had any answer, and the windows of 24 hours, 7 and 90 days, each of which ends with
    the running hour.
    """

    hours: list[LatencyHour]
    windows: tuple[LatencyWindow, ...]


NO_LATENCIES = Latencies([], ())


class _Earlier(NamedTuple):
    """What is known of the hours before the newest: good while `end_ms` is where these begin.

    `hours` holds the numbers of each hour of the newest day one after another, the others are the bytes of sketches:
    tuples and mappings of ten thousand endpoints would take ten times the memory.
    """

    end_ms: int
    hours: array[int]
    day: bytes
    week: bytes
    quarter: bytes


class Stopwatch:
    """Adds up latencies. What lies before the newest two hours is kept until the hour ends, since of thousands of
    endpoints it would else be added up with every page: what is imported there is told an hour later at most.

    Belongs to one thread.
    """

    def __init__(self, location: str) -> None:
        self._location = location
        self._earlier: dict[str, _Earlier] = {}

    def read(self, reader: Reader, slug: str, *, now_ms: int) -> Latencies:
        """Return how fast an endpoint answered until an instant."""
        end_ms = now_ms - now_ms % HOUR_MS + HOUR_MS
        day, week, quarter = (Window(end_ms - length_ms, end_ms) for length_ms in (DAY_MS, WEEK_MS, QUARTER_MS))
        earlier = self._earlier.get(slug)
        if earlier is None or earlier.end_ms != end_ms - FRESH_MS:
            earlier = self._earlier[slug] = self._read_earlier(reader, slug, (day, week, quarter))
        fresh = self._hours(reader, slug, Window(earlier.end_ms, end_ms))
        kept = iter(earlier.hours)
        return Latencies(
            hours=[
                *map(LatencyHour._make, zip(kept, kept, kept, kept, strict=True)),
                *(latency_hour(start_ms, sketch) for start_ms, sketch in fresh.items()),
            ],
            windows=tuple(
                latency_window(label, window, added_up([Sketch.decode(before), *fresh.values()]))
                for label, window, before in (
                    ("24h", day, earlier.day),
                    ("7d", week, earlier.week),
                    ("90d", quarter, earlier.quarter),
                )
            ),
        )

    def _read_earlier(self, reader: Reader, slug: str, windows: tuple[Window, Window, Window]) -> _Earlier:
        day, week, quarter = windows
        end_ms = day.end_ms - FRESH_MS
        hours = self._hours(reader, slug, Window(day.start_ms, end_ms))
        of_day = added_up(hours.values())
        of_week = added_up([of_day, self._between(reader, slug, week.start_ms, day.start_ms)])
        of_quarter = added_up([of_week, self._between(reader, slug, quarter.start_ms, week.start_ms)])
        numbers = (number for start_ms, sketch in hours.items() for number in latency_hour(start_ms, sketch))
        return _Earlier(end_ms, array("q", numbers), of_day.encode(), of_week.encode(), of_quarter.encode())

    def _hours(self, reader: Reader, slug: str, window: Window) -> dict[int, Sketch]:
        return reader.latency_sketches(slug, location=self._location, window=window)

    def _between(self, reader: Reader, slug: str, start_ms: int, end_ms: int) -> Sketch:
        return Sketch(reader.latencies(slug, location=self._location, time=((start_ms, end_ms),)))
