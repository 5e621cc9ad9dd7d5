"""Instants, durations, windows and the calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptally.errors import QuantityError
from uptally.units.time import (
    DAY_MS,
    HOUR_MS,
    Window,
    day_of,
    day_window,
    format_duration,
    format_instant,
    midnight_ms,
    month_of,
    month_window,
    parse_duration,
    previous_month,
    to_utc,
    wall_ms,
)


@pytest.mark.parametrize(
    ("text", "expected_ms"),
    [("500ms", 500), ("10s", 10_000), ("1m30s", 90_000), ("6h", 21_600_000), ("1d1ms", 86_400_001)],
)
def test_durations_are_read_exactly(text: str, expected_ms: int) -> None:
    assert parse_duration(text) == expected_ms


@pytest.mark.parametrize("text", ["", "30", "30 ms", "1.5s", "-1s", "30s1m", "1s1s", "١s", "1e309s", "s"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(QuantityError, match="is no duration"):
        parse_duration(text)


@given(st.integers(1, 10**12))
def test_a_formatted_duration_reads_back(duration_ms: int) -> None:
    assert parse_duration(format_duration(duration_ms)) == duration_ms


@pytest.mark.parametrize(
    ("zone", "month", "hours"),
    [
        ("UTC", "2026-02", 28 * 24),
        ("America/New_York", "2026-03", 743),
        ("America/New_York", "2026-11", 721),
        ("Europe/Berlin", "2026-10", 745),
        ("Europe/Berlin", "2026-12", 744),
    ],
)
def test_a_month_with_a_clock_change_is_no_whole_number_of_24_hour_days(zone: str, month: str, hours: int) -> None:
    assert month_window(month, ZoneInfo(zone)).length_ms == hours * HOUR_MS


def test_a_skipped_midnight_is_the_first_instant_of_its_day() -> None:
    # Havana, 8 March 2026: clocks go from 00:00 to 01:00.
    zone = ZoneInfo("America/Havana")
    start_ms = midnight_ms(date(2026, 3, 8), zone)
    assert day_of(start_ms, zone) == date(2026, 3, 8)
    assert day_of(start_ms - 1, zone) == date(2026, 3, 7)


def test_a_repeated_midnight_hour_belongs_to_one_day() -> None:
    # Havana, 1 November 2026: clocks go from 01:00 back to 00:00.
    assert day_window(date(2026, 11, 1), ZoneInfo("America/Havana")).length_ms == 25 * HOUR_MS


@given(
    day=st.dates(date(1990, 1, 1), date(2037, 12, 30)),
    zone=st.sampled_from(["Europe/Berlin", "America/Havana", "Asia/Kolkata"]),
)
def test_days_follow_each_other_without_gap_or_overlap(day: date, zone: str) -> None:
    info = ZoneInfo(zone)
    today, tomorrow = day_window(day, info), day_window(day + timedelta(days=1), info)
    assert today.end_ms == tomorrow.start_ms
    assert day_of(today.start_ms, info) == day
    assert day_of(today.end_ms - 1, info) == day


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "2026-1", "26-01", "٢٠٢٦-01", "2026-10-01", "", "2026-10' --"])
def test_anything_else_is_no_month(text: str) -> None:
    with pytest.raises(QuantityError, match="is no month"):
        month_window(text, ZoneInfo("UTC"))


def test_the_month_of_an_instant_is_local() -> None:
    midnight_utc_ms = month_window("2026-03", ZoneInfo("UTC")).start_ms
    assert month_of(midnight_utc_ms, ZoneInfo("UTC")) == "2026-03"
    assert month_of(midnight_utc_ms, ZoneInfo("America/New_York")) == "2026-02"


def test_the_month_before_january_is_december() -> None:
    assert (previous_month("2026-01"), previous_month("2026-10")) == ("2025-12", "2026-09")


@given(st.integers(-(10**13), 10**14))
def test_an_instant_is_written_as_the_library_writes_it(instant_ms: int) -> None:
    assert format_instant(instant_ms) == to_utc(instant_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_instants_are_written_in_utc_with_milliseconds() -> None:
    assert format_instant(1) == "1970-01-01T00:00:00.001Z"


@pytest.mark.parametrize(
    ("zone", "reading", "instant"),
    [
        ("Europe/Berlin", "2026-10-12T02:00", "2026-10-12T00:00:00.000Z"),
        # Clocks go from 02:00 to 03:00, and from 03:00 back to 02:00.
        ("Europe/Berlin", "2026-03-29T02:00", "2026-03-29T01:00:00.000Z"),
        ("Europe/Berlin", "2026-03-29T02:59:59", "2026-03-29T01:00:00.000Z"),
        ("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00:00.000Z"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00.000Z"),
        # Clocks go from 02:00 to 03:00, and from 02:00 back to 01:00.
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:00:00.000Z"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00.000Z"),
        # Clocks go by half an hour: from 02:00 back to 01:30, and from 02:00 to 02:30.
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45:00.000Z"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30:00.000Z"),
    ],
)
def test_a_reading_of_the_clock_is_one_instant(zone: str, reading: str, instant: str) -> None:
    assert format_instant(wall_ms(datetime.fromisoformat(reading), ZoneInfo(zone))) == instant


def test_windows_that_do_not_meet_leave_an_empty_one() -> None:
    assert Window(0, DAY_MS).clipped(Window(2 * DAY_MS, 3 * DAY_MS)).length_ms == 0
