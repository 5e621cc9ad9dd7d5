"""How fast each endpoint answered in the last hours, days and months, for its page."""

from __future__ import annotations

from array import array
from collections.abc import Container, Iterable, Mapping
from typing import NamedTuple

from uptally.ledger import Reader
from uptally.model.statement import LatencyCourse, LatencyHour, LatencyWindow, Standing
from uptally.rules.latency import latency_buckets, latency_hour, latency_part, latency_window
from uptally.rules.sketch import Sketch, added_up
from uptally.units.time import DAY_MS, HOUR_MS, Window

WEEK_MS, QUARTER_MS = 7 * DAY_MS, 90 * DAY_MS

WEEK_STEP_MS, QUARTER_STEP_MS = 6 * HOUR_MS, DAY_MS
"""How long the parts are in which the course of a week and of a quarter is told."""

FRESH_MS = 2 * HOUR_MS
"""The running hour and the one before, of which attempts may still be in flight, are looked at with every page."""

LOOK_MS = 600
"""Looking back over 90 days takes some 15 ms: it is done once in so long, so that it takes a small share of the time
however many endpoints there are."""

LOOKS_AHEAD = 50
"""So many looks are made at once after a time without any."""


class Latencies(NamedTuple):
    """The hours of the last 24 that had any answer, and the windows of 24 hours, 7 and 90 days, with the course of the
    latter two.

    Each ends with the running hour, or some hours earlier where it had its turn no later; of those of 7 and 90 days
    there may be none yet.
    """

    hours: list[LatencyHour]
    windows: tuple[LatencyWindow, ...]
    courses: tuple[LatencyCourse, ...]


_NOTHING = Sketch({})
NO_LATENCIES = Latencies([], (), ())


class _Day(NamedTuple):
    """What is known of the newest day's hours before the newest two: good while `end_ms` is where these begin.

    `hours` holds the numbers of each hour one after another, `sketch` the bytes of a sketch: tuples and mappings of ten
    thousand endpoints would take ten times the memory.
    """

    end_ms: int
    hours: array[int]
    sketch: bytes


class _Course(NamedTuple):
    """The course of a window as far as it is kept: the bytes of the window's sketch, of each part that is over its
    place and the buckets of its quantiles, one after another, and the bytes of the sketch of the part that had begun.
    """

    sketch: bytes
    parts: array[int]
    begun: bytes


class _Long(NamedTuple):
    """What is known of 7 and of 90 days that end at an instant, before their newest two hours."""

    end_ms: int
    week: _Course
    quarter: _Course


class Stopwatch:
    """Adds up latencies. What lies before the newest two hours is kept until the hour ends, since of thousands of
    endpoints it would else be added up with every page: what is imported there is told an hour later at most.

    Weeks and quarters have their turn endpoint by endpoint, as time goes by; until then, the one of before is told.
    Belongs to one thread.
    """

    def __init__(self, location: str) -> None:
        self._location = location
        self._days: dict[str, _Day] = {}
        self._long: dict[str, _Long] = {}
        self._is_hurried = False
        self._next_ms = 0
        """When the next look would be due if none were made ahead."""
        self._refused_ms = -HOUR_MS
        """When a first look was last put off."""

    def hurry(self) -> None:
        """Leave out nothing from now on, however long it takes."""
        self._is_hurried = True

    def read_each(self, reader: Reader, standings: Iterable[Standing], *, but: Container[str]) -> list[Latencies]:
        """Return how fast endpoints answered until the instants of their standings; of some slugs there is nothing.

        The ledger is read in half the time while nothing else is done in between.
        """
        slugs = ((each.endpoint.slug, each.as_of_ms) for each in standings)
        return [NO_LATENCIES if slug in but else self.read(reader, slug, now_ms=as_of_ms) for slug, as_of_ms in slugs]

    def read(self, reader: Reader, slug: str, *, now_ms: int) -> Latencies:
        """Return how fast an endpoint answered until an instant."""
        end_ms = now_ms - now_ms % HOUR_MS + HOUR_MS
        earlier, long = self._days.get(slug), self._long.get(slug)
        is_old = earlier is None or earlier.end_ms != end_ms - FRESH_MS
        is_looking = (long is None or long.end_ms != end_ms) and self._may_look(now_ms, is_first=long is None)
        reach_ms = [DAY_MS if is_old else FRESH_MS]
        if is_looking:
            reach_ms.append(WEEK_MS)
        elif long is not None:
            reach_ms.append(end_ms - long.end_ms + FRESH_MS)
        recent = self._hours(reader, slug, Window(end_ms - max(reach_ms), end_ms))
        if earlier is None or is_old:
            earlier = self._days[slug] = _day(_within(recent, end_ms - DAY_MS, end_ms - FRESH_MS), end_ms)
        if is_looking:
            before = _within(recent, end_ms - WEEK_MS, end_ms - FRESH_MS)
            long = self._long[slug] = self._read_long(reader, slug, before, end_ms)
        fresh = _within(recent, earlier.end_ms, end_ms)
        kept = iter(earlier.hours)
        found = Latencies(
            hours=[
                *map(LatencyHour._make, zip(kept, kept, kept, kept, strict=True)),
                *(latency_hour(start_ms, sketch) for start_ms, sketch in fresh.items()),
            ],
            windows=(_window("24h", Window(end_ms - DAY_MS, end_ms), earlier.sketch, fresh),),
            courses=(),
        )
        if long is None:
            return found
        newest = _within(recent, long.end_ms - FRESH_MS, long.end_ms)
        week, quarter = (Window(long.end_ms - length_ms, long.end_ms) for length_ms in (WEEK_MS, QUARTER_MS))
        return found._replace(
            windows=(
                *found.windows,
                _window("7d", week, long.week.sketch, newest),
                _window("90d", quarter, long.quarter.sketch, newest),
            ),
            courses=(
                _course("7d", long.end_ms, WEEK_MS, WEEK_STEP_MS, long.week, newest),
                _course("90d", long.end_ms, QUARTER_MS, QUARTER_STEP_MS, long.quarter, newest),
            ),
        )

    def _may_look(self, now_ms: int, *, is_first: bool) -> bool:
        """Take a look back over the long windows if it is time for one; first ones go before those that are renewed."""
        if self._is_hurried:
            return True
        if not is_first and 0 <= now_ms - self._refused_ms < HOUR_MS:
            return False
        ahead_ms = self._next_ms - now_ms
        if not 0 <= ahead_ms <= LOOKS_AHEAD * LOOK_MS:
            # Nothing was looked at for a while, or the clock was set back.
            ahead_ms = 0
        if ahead_ms > (LOOKS_AHEAD - 1) * LOOK_MS:
            if is_first:
                self._refused_ms = now_ms
            return False
        self._next_ms = now_ms + ahead_ms + LOOK_MS
        return True

    def _read_long(self, reader: Reader, slug: str, hours: Mapping[int, Sketch], end_ms: int) -> _Long:
        """Return what is known of a week, of which the hours are given, and of a quarter."""
        fresh_ms, first_ms = end_ms - FRESH_MS, _course_window(end_ms, QUARTER_MS, DAY_MS).start_ms
        today_ms = fresh_ms - fresh_ms % DAY_MS
        days = reader.latency_sketches(slug, location=self._location, window=Window(first_ms, today_ms), part_ms=DAY_MS)
        days[today_ms] = added_up(sketch for start_ms, sketch in hours.items() if start_ms >= today_ms)
        edge = self._hours(reader, slug, Window(end_ms - QUARTER_MS, first_ms))
        steps = _in_parts(hours, WEEK_STEP_MS)
        return _Long(
            end_ms,
            _kept(steps, steps, end_ms, WEEK_MS, WEEK_STEP_MS),
            _kept(edge | days, days, end_ms, QUARTER_MS, QUARTER_STEP_MS),
        )

    def _hours(self, reader: Reader, slug: str, window: Window) -> dict[int, Sketch]:
        return reader.latency_sketches(slug, location=self._location, window=window)


def _within(hours: Mapping[int, Sketch], start_ms: int, end_ms: int) -> dict[int, Sketch]:
    return {hour_ms: sketch for hour_ms, sketch in hours.items() if start_ms <= hour_ms < end_ms}


def _day(hours: Mapping[int, Sketch], end_ms: int) -> _Day:
    """Return what is kept of the hours of a day before its newest two."""
    numbers = (number for start_ms, sketch in hours.items() for number in latency_hour(start_ms, sketch))
    return _Day(end_ms - FRESH_MS, array("q", numbers), added_up(hours.values()).encode())


def _course_window(end_ms: int, length_ms: int, step_ms: int) -> Window:
    """Return the window of so many whole parts of which the last holds the instant before an end."""
    last_ms = end_ms + -end_ms % step_ms
    return Window(last_ms - length_ms, last_ms)


def _in_parts(hours: Mapping[int, Sketch], step_ms: int) -> dict[int, Sketch]:
    """Add up the hours of each part, by begin."""
    parts: dict[int, list[Sketch]] = {}
    for start_ms, sketch in hours.items():
        parts.setdefault(start_ms - start_ms % step_ms, []).append(sketch)
    return {start_ms: added_up(sketches) for start_ms, sketches in parts.items()}


def _kept(
    whole: Mapping[int, Sketch], parts: Mapping[int, Sketch], end_ms: int, length_ms: int, step_ms: int
) -> _Course:
    """Return what is kept of a window, which is made of `whole`, and of the parts of its course."""
    first_ms, begun_ms = _course_window(end_ms, length_ms, step_ms).start_ms, _begun_ms(end_ms, step_ms)
    over = ((start_ms, sketch) for start_ms, sketch in parts.items() if first_ms <= start_ms < begun_ms)
    numbers = (
        number for start_ms, sketch in over for number in ((start_ms - first_ms) // step_ms, *latency_buckets(sketch))
    )
    begun = parts.get(begun_ms, _NOTHING)
    return _Course(added_up(whole.values()).encode(), array("H", numbers), begun.encode())


def _begun_ms(end_ms: int, step_ms: int) -> int:
    """Return where the part begins that holds the begin of the newest two hours before an end."""
    return end_ms - FRESH_MS - (end_ms - FRESH_MS) % step_ms


def _window(label: str, window: Window, before: bytes, newest: Mapping[int, Sketch]) -> LatencyWindow:
    return latency_window(label, window, added_up([Sketch.decode(before), *newest.values()]))


def _course(
    label: str, end_ms: int, length_ms: int, step_ms: int, kept: _Course, newest: Mapping[int, Sketch]
) -> LatencyCourse:
    window, begun_ms = _course_window(end_ms, length_ms, step_ms), _begun_ms(end_ms, step_ms)
    numbers = iter(kept.parts)
    parts = [
        latency_part(window.start_ms + place * step_ms, p50, p95)
        for place, p50, p95 in zip(numbers, numbers, numbers, strict=True)
    ]
    under_way = _in_parts(newest, step_ms)
    under_way[begun_ms] = added_up([Sketch.decode(kept.begun), under_way.get(begun_ms, _NOTHING)])
    parts += [
        latency_part(start_ms, *latency_buckets(sketch))
        for start_ms, sketch in sorted(under_way.items())
        if sketch.count
    ]
    return LatencyCourse(label, window, step_ms, parts)
