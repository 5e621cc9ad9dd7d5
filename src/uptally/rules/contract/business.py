"""Business days: what is counted where a contract says so many of them."""

from __future__ import annotations

from datetime import date, timedelta

from uptally.model.terms import Business

_LONGEST = 3_660
"""So many days are looked at; a calendar without business days in ten years has none."""


def is_business_day(day: date, business: Business) -> bool:
    """Tell whether a date is a business day."""
    return day.weekday() in business.days and day not in business.closed


def business_days_after(day: date, days: int, business: Business) -> date:
    """Return the last of so many business days after a date; the date itself where none is asked for.

    Five business days after a Monday without holidays is the next Monday. Where the calendar has too few of them, the
    last day that is looked at.

    >>> business_days_after(date(2026, 10, 5), 5, Business()).isoformat()
    '2026-10-12'
    """
    last = day + timedelta(days=_LONGEST)
    while days > 0 and day < last:
        day += timedelta(days=1)
        days -= is_business_day(day, business)
    return day
