"""Business days, counted."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.rules.contract.stories import dates
from uptally.model.terms import Business
from uptally.rules.contract.business import business_days_after, is_business_day

MONDAY = date(2026, 10, 5)
WITH_HOLIDAY = Business(closed=frozenset(dates("2026-10-06")))


@pytest.mark.parametrize(("day", "is_business"), [(0, True), (4, True), (5, False), (6, False)])
def test_weekend_has_no_business_days(day: int, is_business: bool) -> None:
    assert is_business_day(MONDAY + timedelta(days=day), Business()) is is_business


def test_holiday_is_no_business_day() -> None:
    assert not is_business_day(date(2026, 10, 6), WITH_HOLIDAY)


@pytest.mark.parametrize(
    ("days", "last"), [(-1, "10-05"), (0, "10-05"), (1, "10-06"), (4, "10-09"), (5, "10-12"), (10, "10-19")]
)
def test_days_are_counted_from_the_day_after(days: int, last: str) -> None:
    assert business_days_after(MONDAY, days, Business()).isoformat() == f"2026-{last}"


def test_holiday_is_passed_over() -> None:
    assert business_days_after(MONDAY, 1, WITH_HOLIDAY) == date(2026, 10, 7)


def test_day_after_a_saturday_is_the_monday() -> None:
    assert business_days_after(date(2026, 10, 3), 1, Business()) == MONDAY


def test_calendar_without_business_days_ends_the_search_after_ten_years() -> None:
    assert business_days_after(MONDAY, 1, Business(days=frozenset())) == MONDAY + timedelta(days=3_660)
