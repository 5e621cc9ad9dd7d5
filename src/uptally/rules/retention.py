"""Which months' statements observations back: those may go only when all of these months are closed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from zoneinfo import ZoneInfo

from uptally.model.settings import Settings
from uptally.model.terms import Period, PeriodKind, Terms
from uptally.rules.contract.periods import label_at, period_window
from uptally.units.time import DAY_MS, Window, month_of


class Backed:
    """The months whose exports tell of what was observed on a day, by the periods of all terms. For any thread."""

    def __init__(self, settings: Settings) -> None:
        self.change(settings)

    def change(self, settings: Settings) -> None:
        """Go on with other terms."""
        zone = settings.page.zone
        periods = {(terms.period, terms.zone) for terms in _terms(settings)}
        self._months = lru_cache(maxsize=1_024)(lambda start_ms: frozenset(_months(start_ms, zone, periods)))

    def months(self, day_ms: int) -> frozenset[str]:
        """Return the months that are backed by what was observed on the day of UTC that begins at an instant."""
        return self._months(day_ms)


def _terms(settings: Settings) -> Iterator[Terms]:
    for agreement in settings.agreements:
        for coverage in agreement.coverage:
            yield from coverage.terms
    for service in settings.services:
        yield from service.terms
    for endpoint in settings.endpoints:
        yield from endpoint.versions
        if endpoint.terms is not None:
            yield endpoint.terms


def _months(day_ms: int, zone: ZoneInfo, periods: set[tuple[Period, ZoneInfo]]) -> Iterator[str]:
    last_ms = day_ms + DAY_MS - 1
    yield month_of(day_ms, zone)
    yield month_of(last_ms, zone)
    for period, terms_zone in periods:
        if period.kind is PeriodKind.ROLLING:
            # A month tells of the rolling period that ends on its last day.
            for number in range(period.days + 1):
                yield month_of(last_ms + number * DAY_MS, terms_zone)
        else:
            for at_ms in (day_ms, last_ms):
                within = _period(period, at_ms, terms_zone)
                if within is not None and within.start_ms <= at_ms < within.end_ms:
                    yield month_of(within.end_ms - 1, terms_zone)


def _period(period: Period, at_ms: int, zone: ZoneInfo) -> Window | None:
    """Return the period that holds an instant; the only one that custom terms have, whether it does or not."""
    if period.kind is PeriodKind.CUSTOM:
        return period.window
    return period_window(period, label_at(period, at_ms, zone), zone)
