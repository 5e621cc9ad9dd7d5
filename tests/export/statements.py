"""Statements and figures of October 2026, for the tests of exports."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tests.books.agreed import acme, watched
from uptally.export.rows import Row, statement_rows
from uptally.model.endpoint import Endpoint, HttpCheck
from uptally.model.statement import Availability
from uptally.model.terms import Terms
from uptally.units.time import month_window

ZONE = ZoneInfo("Europe/Berlin")
MONTH = month_window("2026-10", ZONE)
OUTAGE = ("2026-10-05T12:00", "2026-10-05T13:30")
ENDPOINT = Endpoint(
    name="Website",
    slug="website",
    check=HttpCheck(url="https://www.example.com/", host="www.example.com", port=443),
    interval_ms=1_000,
    timeout_ms=5_000,
)


def measured(*, down_ms: int = 0, unknown_ms: int = 0, excluded_ms: int = 0, is_observed: bool = True) -> Availability:
    """The whole month, with one outage where there is downtime, known to the millisecond."""
    scheduled_ms = MONTH.length_ms if is_observed else 0
    return Availability(
        window=MONTH,
        scheduled_ms=scheduled_ms,
        up_ms=scheduled_ms - down_ms - unknown_ms - excluded_ms,
        down_ms=down_ms,
        unknown_ms=unknown_ms,
        excluded_ms=excluded_ms,
        outages=1 if down_ms else 0,
        longest_outage_ms=down_ms,
        down_low_ms=down_ms,
        down_high_ms=down_ms,
    )


def row_of(*outages: tuple[str, str], terms: Terms | None = None, **agreement: object) -> Row:
    """The one row of the agreement with Acme for October in UTC: 99.9% of a fee of 1,000.00 EUR, or other terms."""
    [row] = statement_rows(acme(watched(*outages), *([terms] if terms else []), **agreement))  # type: ignore[arg-type]  # by name
    return row
