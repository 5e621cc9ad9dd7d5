"""Statements of October 2026 in Berlin, for the tests of exports."""

from fractions import Fraction
from zoneinfo import ZoneInfo

from uptally.model.endpoint import Endpoint, HttpCheck
from uptally.model.statement import Availability, Statement
from uptally.model.terms import Terms
from uptally.rules.availability import month_statement
from uptally.units.ratio import exact_percent
from uptally.units.time import month_window

ZONE = ZoneInfo("Europe/Berlin")
MONTH = month_window("2026-10", ZONE)
ENDPOINT = Endpoint(
    name="Website",
    slug="website",
    check=HttpCheck(url="https://www.example.com/", host="www.example.com", port=443),
    interval_ms=1_000,
    timeout_ms=5_000,
)


def statement_of(
    *,
    target: Fraction | None = Fraction(99999, 100000),
    down_ms: int = 0,
    unknown_ms: int = 0,
    excluded_ms: int = 0,
    is_observed: bool = True,
    limits: tuple[int, int] | None = None,
) -> Statement:
    """The statement of the whole month, ended, with one outage where there is downtime, known to the millisecond unless
    limits are given.
    """
    scheduled_ms = MONTH.length_ms if is_observed else 0
    availability = Availability(
        window=MONTH,
        scheduled_ms=scheduled_ms,
        up_ms=scheduled_ms - down_ms - unknown_ms - excluded_ms,
        down_ms=down_ms,
        unknown_ms=unknown_ms,
        excluded_ms=excluded_ms,
        outages=1 if down_ms else 0,
        longest_outage_ms=down_ms,
        down_low_ms=down_ms if limits is None else limits[0],
        down_high_ms=down_ms if limits is None else limits[1],
    )
    terms = None if target is None else Terms.bare(f"{exact_percent(target)}%", target)
    return month_statement("2026-10", terms, availability, as_of_ms=MONTH.end_ms)
