"""Months as exports are handed them, for the tests of formats."""

from __future__ import annotations

from dataclasses import replace

from tests.books.agreed import TERMS
from tests.export.statements import ENDPOINT, OUTAGE, ZONE, measured, row_of
from uptally.export.month import Explanation, MonthRows
from uptally.export.rows import Row, Rows, measured_row


def month_of(*rows: Row) -> MonthRows:
    return MonthRows("2026-10", rows, "closed", 1, "ab" * 32, is_over=True)


def named(name: str) -> Row:
    """The row of an endpoint of which nothing is promised."""
    return measured_row(replace(ENDPOINT, name=name), "2026-10", measured(down_ms=30_000), zone=ZONE)


def in_currency(currency: str, decimals: int) -> Row:
    """The row of an agreement that missed its promise, with a fee in a currency that is kept in so many decimals."""
    assert TERMS.fee is not None
    return row_of(OUTAGE, terms=replace(TERMS, fee=replace(TERMS.fee, currency=currency, decimals=decimals)))


ROWS: Rows = (row_of(OUTAGE), in_currency("JPY", 0), in_currency("BHD", 3), named("007"))
MONTH = month_of(*ROWS)

_ID: Row = {"id": "acme/web/2026-10", "booked_amount": "100.00", "tax_amount": "0.00"}
_CORRECTION: Row = {
    "status": "correction",
    "difference_ms": -60_000,
    "difference_amount": "-40.00",
    "booked_amount": "60.00",
}
_OUTAGE = (
    "always",
    "2026-10-05T12:00:00.000Z",
    "2026-10-05T13:30:00.000Z",
    "2026-10-05T11:59:59.500Z",
    "2026-10-05T12:00:00.500Z",
    "2026-10-05T13:29:59.500Z",
    "2026-10-05T13:30:00.500Z",
    5_400_000,
    0,
    5_400_000,
    "timeout",
    "web",
)
_EXCLUSION = (
    "move",
    "maintenance",
    "2026-10-07T12:00:00.000Z",
    "2026-10-07T13:00:00.000Z",
    "2026-10-01T00:00:00.000Z",
    "yes",
)
EXPLAINED = replace(
    month_of(ROWS[0] | _ID, ROWS[0] | _ID | _CORRECTION),
    explanations={"acme/web/2026-10": Explanation("Us", ("5 October", "1.5 h"), (_OUTAGE,), (_EXCLUSION,))},
)
"""A month whose only statement was corrected, with what it rests on."""
