"""The outages of a calendar month, of many endpoints, for the history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from uptally.books.standings import Timelines, known_timelines
from uptally.model.endpoint import Endpoint
from uptally.model.settings import Settings
from uptally.model.timeline import Outage
from uptally.rules.timeline import outages_of, spans_of
from uptally.units.time import Window, month_window, previous_month


def outages_of_month(
    ledger: Timelines, settings: Settings, endpoints: Sequence[Endpoint], month: str, *, now_ms: int
) -> Iterator[tuple[Endpoint, Outage]]:
    """Yield the outages of some endpoints that touch a calendar month, whole, by endpoint and oldest first.

    One that reaches back further than the month before is cut there, unless it is one single stretch.
    """
    window = month_window(month, settings.page.zone)
    since_ms = month_window(previous_month(month), settings.page.zone).start_ms
    known = known_timelines(ledger, settings, endpoints, since_ms=since_ms, as_of_ms=now_ms)
    for endpoint in endpoints:
        turns = known[endpoint.slug].turns
        begin_ms = min(since_ms, turns[0].start_ms) if turns else since_ms
        for outage in outages_of(spans_of(known[endpoint.slug], Window(begin_ms, now_ms), as_of_ms=now_ms)):
            if outage.start_ms < window.end_ms and (outage.end_ms is None or outage.end_ms > window.start_ms):
                yield endpoint, outage
