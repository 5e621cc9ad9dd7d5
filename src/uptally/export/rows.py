"""One row per agreement, service, service window and period: exact integers of milliseconds beside every percentage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from uptally.model.endpoint import Endpoint
from uptally.model.period_statement import PeriodStatement, WindowStatement
from uptally.model.statement import Availability
from uptally.rules.figures import figure_digits, shown_percent, shown_range, window_figures
from uptally.units.money import exact_text
from uptally.units.ratio import exact_percent, floor_percent
from uptally.units.time import Window, format_instant

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
    "agreement_kind",
    "reference",
    "customer",
    "objective",
    "objective_value",
    "period_verdict",
    "currency",
    "credit_percent",
    "credit_amount",
    "credit_least_amount",
    "credit_most_amount",
    "booked_amount",
    "tax_amount",
    "claim",
    "claim_before",
    "termination_right",
    "reason_codes",
    "id",
    "difference_ms",
    "difference_amount",
)
"""The columns of every export. New ones come at the end and none is renamed, since others' imports name them."""

Rows = tuple[Row, ...]

PROVISIONAL, CLOSED, OPEN, CORRECTION = "provisional", "closed", "open", "correction"
"""What a row's `status` says: it may still change; it is frozen; it is frozen, but for a decision that a person has to
make; it corrects what was frozen before, by its differences."""

_PROVISIONAL_REVISION = 0
"""Closings count from 1, so that 0 says that the figures were never closed and may still change."""


def statement_rows(statement: PeriodStatement) -> Iterator[Row]:
    """Yield the rows of a statement: one of each service window, then one of each other objective.

    `period_start` and `period_end` are the half-open period in UTC, `timezone` is the calendar that drew it. What is
    due for the period as a whole, from `period_verdict` to `reason_codes`, stands in its first row only, so that a
    column of amounts can be added up. `booked_amount` is what to book: it is empty while the period runs, without a
    fee, and where a person has to decide.
    """
    head = _head(statement.label, statement.period, statement.terms.zone, statement.service.name)
    agreement = statement.agreement
    head |= {
        "sla": statement.terms.name,
        "agreement": agreement.name if agreement else None,
        "agreement_kind": agreement.kind.value if agreement else None,
        "reference": agreement.reference or None if agreement else None,
        "customer": agreement.customer.name if agreement else None,
    }
    due: Row = _due(statement)
    for window in statement.windows:
        yield _row(head | _window(statement, window) | due)
        due = {}
    for objective in statement.objectives:
        value = None if objective.value is None else exact_text(objective.value)
        cells: Row = {"verdict": objective.verdict.value, "objective": objective.name, "objective_value": value}
        yield _row(head | cells | due)
        due = {}


def measured_row(endpoint: Endpoint, month: str, availability: Availability, *, zone: ZoneInfo) -> Row:
    """Return the row of an endpoint of which no statement tells: every promised column is empty.

    `service` is the endpoint's name, as an agreement would write it. Every down millisecond is counted, and
    `denominator_ms` is the time whose state is known. Where no state is known there is no figure: the percentage and
    the outages are empty. Where nothing was observed at all, every percentage is empty and the sums are 0.
    """
    worst, best = shown_range(availability, target=None) or (None, None)
    coverage, is_known = availability.coverage, availability.known_ms > 0
    cells: Row = {
        "availability_percent": shown_percent(availability, target=None) or None,
        "availability_worst_percent": worst,
        "availability_best_percent": best,
        "scheduled_ms": availability.scheduled_ms,
        "agreed_service_ms": availability.agreed_service_ms,
        "denominator_ms": availability.known_ms,
        "up_ms": availability.up_ms,
        "down_ms": availability.down_ms,
        "counted_down_ms": availability.down_ms,
        "excluded_ms": availability.excluded_ms,
        "unknown_ms": availability.unknown_ms,
        "coverage_percent": None if coverage is None else floor_percent(coverage, digits=figure_digits(None)),
        "outages": availability.outages if is_known else None,
        "longest_outage_ms": availability.longest_outage_ms if is_known else None,
    }
    return _row(_head(month, availability.window, zone, endpoint.name) | cells)


def due_amount(row: Row) -> str | int | None:
    """Return what a statement comes to once it is claimed, by its first row: the credit at the counted figure, or what
    else was decided of what is not known; None where a person has yet to decide, and without a fee."""
    codes = str(row["reason_codes"] or "").split()
    if any(code.startswith("credit_given_by:") for code in codes):
        return row["booked_amount"]
    for code, column in _DUE.items():
        if code in codes:
            return row[column] if column else None
    return row["credit_amount"]


_DUE = {
    "undetermined_ask": "",
    "undetermined_credit": "credit_most_amount",
    "undetermined_no_credit": "booked_amount",
}
"""By the code that says how an undetermined statement is booked, the column of what it comes to."""


def have_data(rows: Iterable[Row]) -> bool:
    """Tell whether anything was observed, or all that was promised is left out: else there is no figure."""
    return any(row["up_ms"] or row["down_ms"] or (row["excluded_ms"] and not row["agreed_service_ms"]) for row in rows)


def _row(cells: Row) -> Row:
    return dict.fromkeys(COLUMNS) | cells


def _head(label: str, period: Window, zone: ZoneInfo, service: str) -> Row:
    return {
        "period": label,
        "period_start": format_instant(period.start_ms),
        "period_end": format_instant(period.end_ms),
        "timezone": zone.key,
        "service": service,
        "revision": _PROVISIONAL_REVISION,
        "status": PROVISIONAL,
    }


def _window(statement: PeriodStatement, window: WindowStatement) -> Row:
    """Return what a service window came to. `outages` are those of which something counts, and `longest_outage_ms` is
    what counts of the longest; both are empty where downtime is not counted by outages."""
    figures = window_figures(window)
    counted = [ms for outage in statement.outages if (ms := outage.counted[window.name])]
    is_known = window.up_ms + window.down_ms > 0
    is_told = is_known and (bool(counted) or not window.counted_ms)
    return {
        "window": window.name,
        "target_percent": exact_percent(window.target),
        "verdict": window.verdict.value if window.verdict else None,
        "availability_percent": figures.measured,
        "availability_worst_percent": figures.worst,
        "availability_best_percent": figures.best,
        "scheduled_ms": window.scheduled_ms,
        "agreed_service_ms": window.agreed_ms,
        "denominator_ms": window.denominator_ms,
        "up_ms": window.up_ms,
        "down_ms": window.down_ms,
        "counted_down_ms": window.counted_ms,
        "excluded_ms": window.excluded_ms,
        "unknown_ms": window.unknown_ms,
        "coverage_percent": figures.coverage,
        "outages": len(counted) if is_told else None,
        "longest_outage_ms": max(counted, default=0) if is_told else None,
        "budget_ms": window.budget_ms if is_known else None,
        "budget_left_ms": window.left_ms if is_known else None,
    }


def _due(statement: PeriodStatement) -> Row:
    termination, claim_by_ms = statement.termination, statement.claim_by_ms
    amounts = {
        "credit_amount": statement.credit.amount,
        "credit_least_amount": statement.least.amount,
        "credit_most_amount": statement.most.amount,
        "booked_amount": statement.booked,
        "tax_amount": statement.tax,
    }
    return {
        "period_verdict": statement.verdict.value if statement.verdict else None,
        "currency": statement.currency,
        "credit_percent": exact_text(100 * statement.credit.share),
        **{column: None if amount is None else f"{amount:f}" for column, amount in amounts.items()},
        "claim": statement.claim.value if statement.currency else None,
        "claim_before": None if claim_by_ms is None else format_instant(claim_by_ms),
        "termination_right": None if termination is None else "yes" if termination.is_right else "no",
        "reason_codes": " ".join(statement.codes) or None,
    }
