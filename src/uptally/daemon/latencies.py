"""How fast each endpoint answered in the last hours, days and months, for its page."""

from __future__ import annotations

from typing import NamedTuple

from uptally.ledger import Reader
from uptally.model.statement import LatencyHour, LatencyWindow
from uptally.rules.latency import latency_hour, latency_window
from uptally.rules.sketch import Sketch, added_up
from uptally.units.time import DAY_MS, HOUR_MS, Window

WEEK_MS, QUARTER_MS = 7 * DAY_MS, 90 * DAY_MS


class Latencies(NamedTuple):
    """The hours of the last 24 that had any answer, and the windows of 24 hours, 7 and 90 days, each of which ends with
    the running hour.
    """

    hours: list[LatencyHour]
    windows: tuple[LatencyWindow, ...]


NO_LATENCIES = Latencies([], ())


class _Earlier(NamedTuple):
    """What the hours before the newest 24 add up to, as sketches' bytes: good while `end_ms` is where these begin."""

    end_ms: int
    week: bytes
    quarter: bytes


class Stopwatch:
    """Adds up latencies. What lies before the newest 24 hours is kept until the hour ends, since of thousands of
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
        hours = reader.latency_sketches(slug, location=self._location, window=day)
        earlier = self._earlier.get(slug)
        if earlier is None or earlier.end_ms != day.start_ms:
            earlier = self._earlier[slug] = self._read_earlier(reader, slug, day.start_ms, week, quarter)
        of_day = added_up(hours.values())
        of_week = added_up([of_day, Sketch.decode(earlier.week)])
        of_quarter = added_up([of_week, Sketch.decode(earlier.quarter)])
        return Latencies(
            hours=[latency_hour(start_ms, sketch) for start_ms, sketch in hours.items()],
            windows=(
                latency_window("24h", day, of_day),
                latency_window("7d", week, of_week),
                latency_window("90d", quarter, of_quarter),
            ),
        )

    def _read_earlier(self, reader: Reader, slug: str, end_ms: int, week: Window, quarter: Window) -> _Earlier:
        sketches = (
            Sketch(reader.latencies(slug, location=self._location, time=(stretch,))).encode()
            for stretch in ((week.start_ms, end_ms), (quarter.start_ms, week.start_ms))
        )
        return _Earlier(end_ms, *sketches)
