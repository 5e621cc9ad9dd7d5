"""Weekly hours by the wall clock, and the time of service windows."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.contract.stories import at, between, dates
from uptally.model.terms import Always, ComplementOf, Hours, Schedule, ServiceWindow, Weekly
from uptally.rules.contract.calendar import constant_offsets, service_time, weekly_time
from uptally.units.stretches import NEVER, Stretches, length_ms
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS, Window, to_local

BERLIN, NEW_YORK, LORD_HOWE, UTC = (
    ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC")
)
EVERY_DAY, WORKDAYS = frozenset(range(7)), frozenset(range(5))


def hours(start: int, end: int, days: frozenset[int] = EVERY_DAY) -> tuple[Hours, ...]:
    return (Hours(days, start * HOUR_MS, end * HOUR_MS),)


def pieces(zone: ZoneInfo, *texts: tuple[str, str]) -> Stretches:
    return tuple((at(start, zone), at(end, zone)) for start, end in texts)


def window(name: str, schedule: Schedule) -> ServiceWindow:
    return ServiceWindow(name, Fraction(1), schedule)


def test_office_hours_of_a_week() -> None:
    # 5 October 2026 is a Monday.
    found = weekly_time(hours(8, 18, WORKDAYS), between("2026-10-05", "2026-10-12", BERLIN), BERLIN)
    assert found == pieces(BERLIN, *((f"2026-10-{day:02}T08:00", f"2026-10-{day:02}T18:00") for day in range(5, 10)))


@pytest.mark.parametrize(("weekday", "day"), [(0, "05"), (3, "08"), (6, "11")])
def test_monday_is_day_zero(weekday: int, day: str) -> None:
    found = weekly_time(hours(0, 24, frozenset([weekday])), between("2026-10-05", "2026-10-12"), UTC)
    assert found == pieces(UTC, (f"2026-10-{day}T00:00", f"2026-10-{int(day) + 1:02}T00:00"))


def test_days_count_from_before_the_epoch_too() -> None:
    # 31 December 1969 was a Wednesday.
    found = weekly_time(hours(0, 24, frozenset([2])), Window(-2 * DAY_MS, DAY_MS), UTC)
    assert found == ((-DAY_MS, 0),)


def test_period_cuts_the_hours_at_both_ends() -> None:
    found = weekly_time(hours(8, 18), between("2026-10-05T09:00", "2026-10-06T08:00:00.001"), UTC)
    assert found == pieces(
        UTC, ("2026-10-05T09:00", "2026-10-05T18:00"), ("2026-10-06T08:00", "2026-10-06T08:00:00.001")
    )


def test_first_millisecond_of_a_last_day_holds() -> None:
    period = between("2026-10-05T23:59:59.999", "2026-10-06T00:00:00.001", BERLIN)
    assert weekly_time(hours(0, 24, frozenset([1])), period, BERLIN) == ((period.end_ms - 1, period.end_ms),)


def test_hours_that_end_where_others_begin_are_one_stretch() -> None:
    found = weekly_time(hours(8, 12) + hours(12, 18), between("2026-10-05", "2026-10-06"), UTC)
    assert found == pieces(UTC, ("2026-10-05T08:00", "2026-10-05T18:00"))


def test_hours_of_all_day_leave_no_seam_at_midnight() -> None:
    period = between("2026-10-05", "2026-10-12")
    assert weekly_time(hours(0, 24), period, UTC) == ((period.start_ms, period.end_ms),)


def test_hours_past_midnight_belong_to_the_day_on_which_they_begin() -> None:
    # Friday 22:00 to Saturday 06:00, and no Thursday night.
    found = weekly_time(hours(22, 6, frozenset([4])), between("2026-10-05", "2026-10-12"), UTC)
    assert found == pieces(UTC, ("2026-10-09T22:00", "2026-10-10T06:00"))


def test_night_that_began_before_the_period_reaches_into_it() -> None:
    found = weekly_time(hours(22, 6), between("2026-10-05", "2026-10-05T12:00"), UTC)
    assert found == pieces(UTC, ("2026-10-05T00:00", "2026-10-05T06:00"))


def test_hours_that_end_as_they_begin_last_a_day() -> None:
    found = weekly_time(hours(6, 6, frozenset([0])), between("2026-10-05", "2026-10-12"), UTC)
    assert found == pieces(UTC, ("2026-10-05T06:00", "2026-10-06T06:00"))


def test_closed_date_closes_the_night_that_begins_on_it_and_no_other() -> None:
    found = weekly_time(
        hours(22, 6), between("2026-10-05T12:00", "2026-10-08T12:00"), UTC, closed=frozenset(dates("2026-10-06"))
    )
    assert found == pieces(UTC, ("2026-10-05T22:00", "2026-10-06T06:00"), ("2026-10-07T22:00", "2026-10-08T06:00"))


@pytest.mark.parametrize(
    ("zone", "day", "start", "end", "length_ms_"),
    [
        (BERLIN, "2026-03-29", 2, 3, 0),
        (BERLIN, "2026-03-29", 1, 4, 2 * HOUR_MS),
        (BERLIN, "2026-10-25", 2, 3, 2 * HOUR_MS),
        (BERLIN, "2026-10-25", 1, 4, 4 * HOUR_MS),
        (BERLIN, "2026-10-25", 0, 24, 25 * HOUR_MS),
        (NEW_YORK, "2026-03-08", 2, 3, 0),
        (NEW_YORK, "2026-11-01", 1, 2, 2 * HOUR_MS),
        (LORD_HOWE, "2026-10-04", 2, 3, 30 * MINUTE_MS),
        (LORD_HOWE, "2026-04-05", 1, 2, 90 * MINUTE_MS),
    ],
)
def test_skipped_readings_give_no_time_and_repeated_ones_give_both(
    zone: ZoneInfo, day: str, start: int, end: int, length_ms_: int
) -> None:
    midnight = at(day, zone)
    found = weekly_time(hours(start, end), Window(midnight, midnight + 25 * HOUR_MS), zone)
    of_day = tuple(piece for piece in found if to_local(piece[0], zone).date() == date.fromisoformat(day))
    assert length_ms(of_day) == length_ms_


def test_half_an_hour_within_the_repeated_hour_holds_twice() -> None:
    found = weekly_time(
        (Hours(EVERY_DAY, 75 * MINUTE_MS, 105 * MINUTE_MS),),
        between("2026-11-01", "2026-11-01T12:00", NEW_YORK),
        NEW_YORK,
    )
    assert found == (
        (at("2026-11-01T05:15"), at("2026-11-01T05:45")),
        (at("2026-11-01T06:15"), at("2026-11-01T06:45")),
    )


def test_offsets_of_a_year_change_twice() -> None:
    found = list(constant_offsets(between("2026-01-01", "2027-01-01"), BERLIN))
    assert found == [
        (at("2026-01-01"), at("2026-03-29T01:00"), HOUR_MS),
        (at("2026-03-29T01:00"), at("2026-10-25T01:00"), 2 * HOUR_MS),
        (at("2026-10-25T01:00"), at("2027-01-01"), HOUR_MS),
    ]


def test_period_over_the_new_year_has_one_offset_on_each_side() -> None:
    found = list(constant_offsets(between("2025-12-31", "2026-01-02"), BERLIN))
    assert found == [
        (at("2025-12-31"), at("2026-01-01"), HOUR_MS),
        (at("2026-01-01"), at("2026-01-02"), HOUR_MS),
    ]


@pytest.mark.parametrize(
    ("start", "end", "offsets"),
    [
        ("2026-03-29T01:00", "2026-03-29T02:00", [2]),
        ("2026-03-29T00:00", "2026-03-29T01:00", [1]),
        ("2026-03-29T00:59:59.999", "2026-03-29T01:00:00.001", [1, 2]),
        ("2026-03-29T01:00", "2026-03-29T01:00", []),
    ],
)
def test_offset_changes_at_the_instant_of_the_change(start: str, end: str, offsets: list[int]) -> None:
    found = list(constant_offsets(between(start, end), BERLIN))
    assert [offset_ms // HOUR_MS for _, _, offset_ms in found] == offsets
    assert [edge for piece in found for edge in piece[:2]][:1] == ([at(start)] if offsets else [])


def test_change_on_the_last_day_of_a_year_is_found() -> None:
    # Samoa left out 30 December 2011: from ten hours behind UTC to fourteen ahead.
    apia = ZoneInfo("Pacific/Apia")
    found = list(constant_offsets(between("2011-12-29", "2012-01-02"), apia))
    assert [offset_ms // HOUR_MS for _, _, offset_ms in found] == [-10, 14, 14]
    assert found[1][0] == at("2011-12-30T10:00")


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"])
@given(st.integers(at("2009-12-01"), at("2013-02-01")), st.integers(0, 400 * DAY_MS))
def test_offsets_are_those_of_the_zone_at_every_instant(name: str, start_ms: int, length: int) -> None:
    zone = ZoneInfo(name)
    found = list(constant_offsets(Window(start_ms, start_ms + length), zone))
    assert [start_ms, *(piece[1] for piece in found)] == [*(piece[0] for piece in found), start_ms + length]
    for begin_ms, end_ms, offset_ms in found:
        for instant_ms in (begin_ms, end_ms - 1):
            offset = to_local(instant_ms, zone).utcoffset()
            assert offset is not None
            assert offset.total_seconds() * 1_000 == offset_ms


def test_window_that_always_holds_is_all_of_the_period() -> None:
    period = between("2026-10-01", "2026-11-01", BERLIN)
    assert service_time((window("all", Always()),), period, BERLIN) == {"all": ((period.start_ms, period.end_ms),)}


def test_window_has_no_time_in_an_empty_period() -> None:
    assert service_time((window("all", Always()),), Window(5, 5), UTC) == {"all": NEVER}


def test_complement_takes_all_time_that_the_other_leaves_closed_dates_included() -> None:
    office = Weekly(hours(8, 18, WORKDAYS), frozenset(dates("2026-10-06")))
    found = service_time(
        (window("off", ComplementOf("office")), window("office", office)), between("2026-10-05", "2026-10-08"), UTC
    )
    assert list(found) == ["off", "office"]
    assert found["office"] == pieces(
        UTC, ("2026-10-05T08:00", "2026-10-05T18:00"), ("2026-10-07T08:00", "2026-10-07T18:00")
    )
    assert found["off"] == pieces(
        UTC,
        ("2026-10-05T00:00", "2026-10-05T08:00"),
        ("2026-10-05T18:00", "2026-10-07T08:00"),
        ("2026-10-07T18:00", "2026-10-08T00:00"),
    )


def test_complement_of_a_complement_is_the_window_itself() -> None:
    found = service_time(
        (
            window("again", ComplementOf("off")),
            window("off", ComplementOf("office")),
            window("office", Weekly(hours(8, 18))),
        ),
        between("2026-10-05", "2026-10-06"),
        UTC,
    )
    assert found["again"] == found["office"] == pieces(UTC, ("2026-10-05T08:00", "2026-10-05T18:00"))
