"""One row per endpoint and period: exact integers of milliseconds beside every percentage."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from uptally.model.endpoint import Endpoint
from uptally.model.statement import Statement
from uptally.rules.figures import figure_digits, shown_percent, shown_range
from uptally.units.ratio import exact_percent, floor_percent
from uptally.units.time import format_instant

Row = dict[str, str | int | None]
"""A row's cells by column, in the order of `COLUMNS`; None is a cell that means nothing here and stays empty."""

COLUMNS = (
    "period",
    "period_start",
    "period_end",
    "timezone",
    "agreement",
    "service",
    "window",
    "sla",
    "target_percent",
    "verdict",
    "availability_percent",
    "availability_worst_percent",
    "availability_best_percent",
    "scheduled_ms",
    "agreed_service_ms",
    "denominator_ms",
    "up_ms",
    "down_ms",
    "counted_down_ms",
    "excluded_ms",
    "unknown_ms",
    "coverage_percent",
    "outages",
    "longest_outage_ms",
    "budget_ms",
    "budget_left_ms",
    "revision",
    "status",
)
"""The columns of every export. New ones come at the end and none is renamed, since others' imports name them."""

_PROVISIONAL = "provisional"
_PROVISIONAL_REVISION = 0
"""Closings count from 1, so that 0 says that the figures were never closed and may still change."""


def row(endpoint: Endpoint, statement: Statement, *, zone: ZoneInfo) -> Row:
    """Return the row of one endpoint and period.

    `period_start` and `period_end` are the half-open period in UTC, `timezone` is the calendar that drew it.
    `service` is the endpoint's name, as an agreement would write it. Under a bare target the `window` is ``always``,
    every down millisecond is counted, and `denominator_ms` is the time whose state is known. Without terms there is
    no promise: its columns and the verdict are empty. Where no state is known there is no figure: the percentage, the
    outages and the budget are empty. Where nothing was observed at all, every percentage is empty and the sums are 0.
    """
    availability, terms, budget = statement.availability, statement.terms, statement.budget
    target = terms.target if terms else None
    ends = shown_range(availability, target=target) or (None, None)
    coverage = availability.coverage
    is_known = availability.known_ms > 0
    values = (
        statement.label,
        format_instant(availability.window.start_ms),
        format_instant(availability.window.end_ms),
        zone.key,
        None,
        endpoint.name,
        "always" if terms else None,
        terms.name if terms else None,
        exact_percent(terms.target) if terms else None,
        statement.verdict.value if statement.verdict else None,
        shown_percent(availability, target=target) or None,
        *ends,
        availability.scheduled_ms,
        availability.agreed_service_ms,
        availability.known_ms,
        availability.up_ms,
        availability.down_ms,
        availability.down_ms,
        availability.excluded_ms,
        availability.unknown_ms,
        None if coverage is None else floor_percent(coverage, digits=figure_digits(target)),
        availability.outages if is_known else None,
        availability.longest_outage_ms if is_known else None,
        budget.allowed_ms if budget else None,
        budget.left_ms if budget else None,
        _PROVISIONAL_REVISION,
        _PROVISIONAL,
    )
    return dict(zip(COLUMNS, values, strict=True))
