"""How endpoints stand: their last known states, and what each window and month came to against a bare target."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Protocol
from zoneinfo import ZoneInfo

from uptally.model.endpoint import Endpoint
from uptally.model.settings import Settings
from uptally.model.statement import Availability, LastKnown, Standing, Statement
from uptally.model.timeline import Outage, State, Timeline, Turn
from uptally.rules.availability import Gauge, Tiles, measure, month_statement, rolling_statement
from uptally.rules.quorum import merged
from uptally.rules.runs import speaks_until_ms
from uptally.rules.timeline import outages_of, spans_of
from uptally.units.time import (
    DAY_MS,
    HOUR_MS,
    Window,
    day_of,
    day_window,
    month_of,
    month_window,
    previous_month,
)

ROLLING_MS: Mapping[str, int] = {
    "1h": HOUR_MS,
    "24h": DAY_MS,
    "7d": 7 * DAY_MS,
    "30d": 30 * DAY_MS,
    "90d": 90 * DAY_MS,
    "365d": 365 * DAY_MS,
}
"""The rolling windows that every endpoint is measured over, by label; each ends now."""

DAYS = 90
"""How many local days a page shows, today included."""

MONTHS = 13
"""How many calendar months a standing states at most, the current one included."""


class Timelines(Protocol):
    """What books need of a ledger: `ledger.Reader` is one."""

    def locations(self) -> Sequence[str]:
        """Return the names of all locations from which anything was observed."""
        ...

    def timelines(self, *, location: str, since_ms: int, slugs: Sequence[str] | None = None) -> Mapping[str, Timeline]:
        """Return what is known of each endpoint since an instant, its state at that instant included."""
        ...


class Availabilities(Timelines, Protocol):
    """What the availabilities of a month need of a ledger: `ledger.Reader` is one."""

    def availabilities(
        self, windows: Sequence[Window], *, location: str, as_of_ms: int, slugs: Collection[str] | None = None
    ) -> Mapping[str, tuple[Availability, ...]]:
        """Return each endpoint's availability in each window, as `measure` would, without reading all of its turns."""
        ...


@dataclass(frozen=True, slots=True)
class Calendar:
    """The windows that all endpoints share at an instant."""

    now_ms: int
    rolling: tuple[tuple[str, Window], ...]
    months: tuple[tuple[str, Window], ...]
    days: tuple[Window, ...]

    @classmethod
    def at(cls, now_ms: int, zone: ZoneInfo) -> Calendar:
        """Return the calendar of an instant: rolling windows, months newest first, days oldest first."""
        return cls(
            now_ms=now_ms,
            rolling=tuple((label, Window(now_ms - length_ms, now_ms)) for label, length_ms in ROLLING_MS.items()),
            months=_calendar_months(month_of(now_ms, zone), zone),
            days=_calendar_days(day_of(now_ms, zone), zone),
        )

    @property
    def since_ms(self) -> int:
        """The earliest instant that any of the windows reaches back to."""
        return min(self.rolling[-1][1].start_ms, self.months[-1][1].start_ms, self.days[0].start_ms)


# Kept, since each midnight costs a look at the zone, and endpoints are looked at few at a time.
@lru_cache(maxsize=4)
def _calendar_months(newest: str, zone: ZoneInfo) -> tuple[tuple[str, Window], ...]:
    months = [newest]
    while len(months) < MONTHS:
        months.append(previous_month(months[-1]))
    return tuple((month, month_window(month, zone)) for month in months)


@lru_cache(maxsize=4)
def _calendar_days(today: date, zone: ZoneInfo) -> tuple[Window, ...]:
    return tuple(day_window(today - timedelta(days=back), zone) for back in reversed(range(DAYS)))


def standings(ledger: Timelines, settings: Settings, *, now_ms: int) -> list[Standing]:
    """Return how every endpoint of the configuration stands at an instant, in the configuration's order."""
    return [*standings_of(ledger, settings, settings.endpoints, now_ms=now_ms)]


def standings_of(
    ledger: Timelines, settings: Settings, endpoints: Sequence[Endpoint], *, now_ms: int
) -> Iterator[Standing]:
    """Yield how some endpoints stand at an instant, in the order given; the ledger is read before the first."""
    calendar = Calendar.at(now_ms, settings.page.zone)
    known = known_timelines(ledger, settings, endpoints, since_ms=calendar.since_ms, as_of_ms=now_ms)
    days = Days(calendar.days)
    for endpoint in endpoints:
        yield standing(endpoint, known[endpoint.slug], calendar, days)


def _locations(ledger: Timelines, settings: Settings) -> list[str]:
    """Return the monitor's own location, and then all others that the ledger knows of."""
    own = settings.monitor.location
    return [own, *(location for location in ledger.locations() if location != own)]


def known_timelines(
    ledger: Timelines, settings: Settings, endpoints: Sequence[Endpoint], *, since_ms: int, as_of_ms: int
) -> dict[str, Timeline]:
    """Return what is known of endpoints since an instant, from all locations together, by slug."""
    return _timelines(ledger, _locations(ledger, settings), endpoints, since_ms=since_ms, as_of_ms=as_of_ms)


def _timelines(
    ledger: Timelines, locations: Sequence[str], endpoints: Sequence[Endpoint], *, since_ms: int, as_of_ms: int
) -> dict[str, Timeline]:
    """Return what is known of endpoints from all locations together, by slug."""
    slugs = [endpoint.slug for endpoint in endpoints]
    found = [ledger.timelines(location=location, since_ms=since_ms, slugs=slugs) for location in locations]
    nothing = Timeline(None, (), None)
    return {
        endpoint.slug: merged(
            [each.get(endpoint.slug, nothing) for each in found], quorum=endpoint.quorum, as_of_ms=as_of_ms
        )
        for endpoint in endpoints
    }


class Days:
    """Measures the days of endpoints, and keeps rows that these have in common once: of ten thousand endpoints they
    would take 8 MB."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self._tiles = Tiles(windows)
        self._rows: dict[tuple[int, ...], tuple[Availability, ...]] = {}

    def row(self, gauge: Gauge) -> tuple[Availability, ...]:
        """Return what each day came to, as one tuple that is shared with every row of the same objects."""
        row = tuple(self._tiles.measure(gauge))
        # Most days are the same object for all endpoints, and addresses are sooner compared than figures.
        return self._rows.setdefault(tuple(map(id, row)), row)


def standing(endpoint: Endpoint, timeline: Timeline, calendar: Calendar, days: Days) -> Standing:
    """Return how an endpoint stands: its last known state, the rolling windows, the months since it was first
    observed, its days and outages.
    """
    now_ms = calendar.now_ms
    last, gauge = timeline.last, Gauge(timeline, as_of_ms=now_ms)
    return Standing(
        endpoint=endpoint,
        state=timeline.turns[-1].state if timeline.turns else None,
        since_ms=_since_ms(timeline.turns),
        as_of_ms=now_ms,
        is_stale=last is not None and now_ms > speaks_until_ms(last),
        last=last,
        statements=(
            *_rolling(endpoint, gauge, calendar),
            *_months(endpoint, gauge, calendar, first_ms=timeline.first_ms),
        ),
        days=days.row(gauge),
        outages=_outages(timeline, calendar),
        blips=tuple(blip for blip in reversed(timeline.blips) if blip.at_ms >= calendar.days[0].start_ms),
        last_known=_last_known(timeline.turns),
        first_ms=timeline.first_ms,
    )


def month_availabilities(
    ledger: Availabilities, settings: Settings, endpoints: Sequence[Endpoint], month: str, *, now_ms: int
) -> list[Availability]:
    """Return how available endpoints were in a calendar month of the page's zone, in their order.

    Raises QuantityError where `month` is none.
    """
    window, places = month_window(month, settings.page.zone), _locations(ledger, settings)
    slugs = [endpoint.slug for endpoint in endpoints]
    if len(places) == 1:
        found = ledger.availabilities([window], location=places[0], as_of_ms=now_ms, slugs=slugs)
        return [figures for slug in slugs for figures in found[slug]]
    # The running sums are those of single locations.
    known = _timelines(ledger, places, endpoints, since_ms=window.start_ms, as_of_ms=now_ms)
    return [measure(known[slug], window, as_of_ms=now_ms) for slug in slugs]


def _last_known(turns: Sequence[Turn]) -> LastKnown | None:
    """Return the state before the unknown time that the turns end with; None where they end otherwise."""
    known = list(turns)
    while known and known[-1].state is State.UNKNOWN:
        known.pop()
    since_ms = _since_ms(known)
    if since_ms is None or len(known) == len(turns):
        return None
    return LastKnown(known[-1].state, since_ms, turns[len(known)].earliest_ms)


def _since_ms(turns: Sequence[Turn]) -> int | None:
    """Return when the last state began. What is down is so since its outage began, which a gap does not end."""
    since_ms: int | None = None
    state: State | None = None
    for turn in reversed(turns):
        state = turn.state if state is None else state
        if turn.state is state:
            since_ms = turn.start_ms
        elif state is not State.DOWN or turn.state is State.UP:
            break
    return since_ms


def _outages(timeline: Timeline, calendar: Calendar) -> tuple[Outage, ...]:
    """Return the outages of the days, the newest first; the one that reaches into them is whole."""
    turns, start_ms = timeline.turns, calendar.days[0].start_ms
    index = bisect_right(turns, start_ms, key=attrgetter("start_ms")) - 1
    while index > 0 and turns[index].state is not State.UP:
        index -= 1
    begin_ms = min(start_ms, turns[index].start_ms) if index >= 0 else start_ms
    found = outages_of(spans_of(timeline, Window(begin_ms, calendar.now_ms), as_of_ms=calendar.now_ms))
    return tuple(outage for outage in reversed(found) if outage.end_ms is None or outage.end_ms > start_ms)


def _rolling(endpoint: Endpoint, gauge: Gauge, calendar: Calendar) -> Iterable[Statement]:
    for label, window in calendar.rolling:
        yield rolling_statement(label, endpoint.terms, gauge.measure(window))


def _months(endpoint: Endpoint, gauge: Gauge, calendar: Calendar, *, first_ms: int | None) -> Iterable[Statement]:
    for index, (month, window) in enumerate(calendar.months):
        is_lived = first_ms is not None and first_ms < window.end_ms
        if is_lived or index == 0:
            yield month_statement(month, endpoint.terms, gauge.measure(window), as_of_ms=calendar.now_ms)
