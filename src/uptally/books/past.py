"""The outages of calendar months, of many endpoints, for the history."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from uptally.books.standings import Timelines, known_timelines
from uptally.model.endpoint import Endpoint
from uptally.model.settings import Settings
from uptally.model.timeline import Outage
from uptally.rules.timeline import outages_of, spans_of
from uptally.units.time import Window, month_window, previous_month


def outages_of_months(
    ledger: Timelines, settings: Settings, endpoints: Sequence[Endpoint], months: Collection[str], *, now_ms: int
) -> Iterator[tuple[str, Endpoint, Outage]]:
    """Yield the outages of some endpoints with each of the calendar months that they touch, whole, by endpoint and
    oldest first.

    One that reaches back further than the month before all of them is cut there, unless it is one single stretch.
    """
    windows = {month: month_window(month, settings.page.zone) for month in months}
    since_ms = month_window(previous_month(min(months)), settings.page.zone).start_ms
    known = known_timelines(ledger, settings, endpoints, since_ms=since_ms, as_of_ms=now_ms)
    for endpoint in endpoints:
        turns = known[endpoint.slug].turns
        begin_ms = min(since_ms, turns[0].start_ms) if turns else since_ms
        for outage in outages_of(spans_of(known[endpoint.slug], Window(begin_ms, now_ms), as_of_ms=now_ms)):
            for month, window in windows.items():
                if outage.start_ms < window.end_ms and (outage.end_ms is None or outage.end_ms > window.start_ms):
                    yield month, endpoint, outage
