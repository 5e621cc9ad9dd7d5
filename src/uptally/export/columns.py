"""What the columns of an export hold, for formats whose cells have types."""

from __future__ import annotations

from enum import Enum


class Holds(Enum):
    """What a column holds: text, whole numbers, exact decimals written as text, or instants in UTC."""

    TEXT = "text"
    COUNT = "count"
    PERCENT = "percent"
    AMOUNT = "amount"
    INSTANT = "instant"


_NAMED = {
    "outages": Holds.COUNT,
    "revision": Holds.COUNT,
    "period_start": Holds.INSTANT,
    "period_end": Holds.INSTANT,
    "claim_before": Holds.INSTANT,
}
_ENDINGS = {"_ms": Holds.COUNT, "_percent": Holds.PERCENT, "_amount": Holds.AMOUNT}


def holds(column: str) -> Holds:
    """Return what a column of `rows.COLUMNS` holds.

    >>> holds("down_ms"), holds("reference")
    (<Holds.COUNT: 'count'>, <Holds.TEXT: 'text'>)
    """
    if column in _NAMED:
        return _NAMED[column]
    return next((kind for ending, kind in _ENDINGS.items() if column.endswith(ending)), Holds.TEXT)
