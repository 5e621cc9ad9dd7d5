"""What the rows of a month come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from uptally.export.rows import CORRECTION, Row


class Amounts(NamedTuple):
    """What is to be booked in a currency: of the month itself, of corrections made in it, and the tax of the former."""

    booked: Decimal = Decimal(0)
    corrections: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)


class Totals(NamedTuple):
    """How many statements have each verdict, and what each currency comes to."""

    verdicts: Mapping[str, int]
    currencies: Mapping[str, Amounts]


def totals_of(rows: Iterable[Row]) -> Totals:
    """Return the sums of rows; a statement without a verdict counts as `none`. Exact, in the order of the alphabet."""
    verdicts: Counter[str] = Counter()
    currencies: dict[str, Amounts] = {}
    for row in rows:
        is_correction = row["status"] == CORRECTION
        if row["reason_codes"] is not None or row["period_verdict"] is not None:
            verdicts[str(row["period_verdict"] or "none")] += not is_correction
        if (currency := row["currency"]) is not None:
            so_far = currencies.get(str(currency), Amounts())
            if is_correction:
                found = so_far._replace(corrections=so_far.corrections + _amount(row, "difference_amount"))
            else:
                booked, tax = _amount(row, "booked_amount"), _amount(row, "tax_amount")
                found = so_far._replace(booked=so_far.booked + booked, tax=so_far.tax + tax)
            currencies[str(currency)] = found
    return Totals(dict(sorted(verdicts.items())), dict(sorted(currencies.items())))


def _amount(row: Row, column: str) -> Decimal:
    value = row[column]
    return Decimal(0) if value is None else Decimal(str(value))
