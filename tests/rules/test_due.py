"""By when reports are due: by hand, with the days that clock changes make longer and shorter."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from uptally.model.report import Day, Due
from uptally.model.terms import Business
from uptally.rules.due import due_within, month_told
from uptally.units.instant import parse_instant
from uptally.units.time import Window, format_instant

BERLIN = ZoneInfo("Europe/Berlin")
TEN = 10 * 60


def at(text: str) -> int:
    return parse_instant(text, BERLIN)


def dues(due: Due, start: str, end: str) -> list[str]:
    return [format_instant(each)[:16] for each in due_within(due, Window(at(start), at(end)), BERLIN)]


def test_a_daily_report_is_due_at_its_time_by_the_zones_clocks_before_and_after_they_change() -> None:
    found = dues(Due(Day.EVERY, 0, TEN), "2026-10-24 00:00", "2026-10-27 00:00")
    assert found == ["2026-10-24T08:00", "2026-10-25T09:00", "2026-10-26T09:00"]


def test_a_time_that_the_clocks_skip_is_due_where_they_go_on() -> None:
    assert dues(Due(Day.EVERY, 0, 150), "2026-03-29 00:00", "2026-03-30 00:00") == ["2026-03-29T01:00"]


def test_windows_are_half_open() -> None:
    due = Due(Day.EVERY, 0, TEN)
    assert dues(due, "2026-10-05 10:00", "2026-10-06 10:00") == ["2026-10-05T08:00"]
    assert dues(due, "2026-10-05 10:01", "2026-10-06 10:00") == []


@pytest.mark.parametrize(
    ("number", "holidays", "expected"),
    [
        # November 2026 begins on a Sunday.
        (1, (), "2026-11-02T09:00"),
        (3, (), "2026-11-04T09:00"),
        (3, (date(2026, 11, 3),), "2026-11-05T09:00"),
        (6, (), "2026-11-09T09:00"),
    ],
)
def test_business_days_are_counted_from_the_first_of_the_month(
    number: int, holidays: tuple[date, ...], expected: str
) -> None:
    due = Due(Day.BUSINESS, number, TEN, Business(closed=frozenset(holidays)))
    assert dues(due, "2026-11-01 00:00", "2026-12-01 00:00") == [expected]


def test_a_first_that_is_a_business_day_counts_itself() -> None:
    # October 2026 begins on a Thursday.
    assert dues(Due(Day.BUSINESS, 1, TEN), "2026-10-01 00:00", "2026-11-01 00:00") == ["2026-10-01T08:00"]


def test_a_day_of_the_month_comes_once_a_month() -> None:
    found = dues(Due(Day.OF_MONTH, 5, TEN), "2026-10-01 00:00", "2026-12-31 00:00")
    assert found == ["2026-10-05T08:00", "2026-11-05T09:00", "2026-12-05T09:00"]


@pytest.mark.parametrize(
    ("day", "due", "month"),
    [
        (Day.EVERY, "2026-11-01 10:00", "2026-10"),
        (Day.EVERY, "2026-11-02 10:00", "2026-11"),
        (Day.OF_MONTH, "2026-01-05 10:00", "2025-12"),
        (Day.BUSINESS, "2026-11-04 00:00", "2026-10"),
    ],
)
def test_a_report_tells_of_the_month_that_is_over_and_a_daily_one_of_that_of_the_day_before(
    day: Day, due: str, month: str
) -> None:
    assert month_told(Due(day, 0 if day is Day.EVERY else 5, TEN), at(due), BERLIN) == month


def test_it_reads_as_it_is_written() -> None:
    assert str(Due(Day.BUSINESS, 3, TEN)) == "on business day 3 by 10:00"
    assert str(Due(Day.EVERY, 0, 5)) == "every day by 00:05"
