"""Rules of RFC 5545, held to occurrences that were worked out by hand from calendars, and to python-dateutil's own."""

from datetime import datetime
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr  # type: ignore[import-untyped]  # it ships no types
from hypothesis import assume, given
from hypothesis import strategies as st

from uptally.errors import QuantityError
from uptally.model.exclusion import Recurrence
from uptally.recurrence import check_rule, first_occurrence, occurrences
from uptally.units.instant import UTC
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS, Window, format_instant, wall_ms


def at(text: str, zone: str = "UTC") -> int:
    return wall_ms(datetime.fromisoformat(text), ZoneInfo(zone))


def window(start: str, end: str) -> Window:
    return Window(at(start), at(end))


def starts(rule: str, start: str, zone: str, during: tuple[str, str], duration_ms: int = 2 * HOUR_MS) -> list[str]:
    found = occurrences(Recurrence(rule, start, ZoneInfo(zone), duration_ms), window(*during))
    assert all(end_ms - start_ms == duration_ms for start_ms, end_ms in found)
    return [format_instant(start_ms).removesuffix(":00.000Z") for start_ms, _ in found]


YEAR = ("2026-01-01", "2027-01-01")


@pytest.mark.parametrize(
    ("zone", "start", "during", "expected"),
    [
        # 29 March 2026: clocks go from 02:00 to 03:00, so that 02:30 is skipped and begins at 03:00, 01:00 UTC.
        ("Europe/Berlin", "2026-03-28T02:30", ("2026-03-28", "2026-03-31"),
         ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"]),
        # 25 October 2026: clocks go from 03:00 back to 02:00; the first 02:30 counts.
        ("Europe/Berlin", "2026-10-24T02:30", ("2026-10-24", "2026-10-27"),
         ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"]),
        # 8 March and 1 November 2026, at 02:00 of the old time.
        ("America/New_York", "2026-03-07T02:15", ("2026-03-07", "2026-03-10"),
         ["2026-03-07T07:15", "2026-03-08T07:00", "2026-03-09T06:15"]),
        ("America/New_York", "2026-10-31T01:15", ("2026-10-31", "2026-11-03"),
         ["2026-10-31T05:15", "2026-11-01T05:15", "2026-11-02T06:15"]),
        # 5 April 2026: from 02:00 (+11:00) back to 01:30 (+10:30); 4 October: from 02:00 to 02:30.
        ("Australia/Lord_Howe", "2026-04-04T01:45", ("2026-04-03", "2026-04-06"),
         ["2026-04-03T14:45", "2026-04-04T14:45", "2026-04-05T15:15"]),
        ("Australia/Lord_Howe", "2026-10-03T02:10", ("2026-10-02", "2026-10-05"),
         ["2026-10-02T15:40", "2026-10-03T15:30", "2026-10-04T15:10"]),
    ],
)  # fmt: skip
def test_an_occurrence_keeps_its_local_start_and_its_exact_length_over_clock_changes(
    zone: str, start: str, during: tuple[str, str], expected: list[str]
) -> None:
    assert starts("FREQ=DAILY", start, zone, during) == expected


@pytest.mark.parametrize(
    ("rule", "start", "expected"),
    [
        # Sundays of 2026: 4 January, 1 February, 1 March, 5 April, 3 May.
        ("FREQ=MONTHLY;BYDAY=1SU;COUNT=5", "2026-01-01T02:00",
         ["2026-01-04T02:00", "2026-02-01T02:00", "2026-03-01T02:00", "2026-04-05T02:00", "2026-05-03T02:00"]),
        # Last Fridays: 30 January, 27 February, 27 March.
        ("FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20260327", "2026-01-01T22:00",
         ["2026-01-30T22:00", "2026-02-27T22:00", "2026-03-27T22:00"]),
        # A bound by the clock: the occurrence at the bound is the last.
        ("FREQ=DAILY;UNTIL=20260103T020000Z", "2026-01-01T02:00",
         ["2026-01-01T02:00", "2026-01-02T02:00", "2026-01-03T02:00"]),
        ("FREQ=DAILY;UNTIL=20260103T015959", "2026-01-01T02:00", ["2026-01-01T02:00", "2026-01-02T02:00"]),
        # Every second week, on Tuesdays and Thursdays: the weeks of 1, 15 and 29 January 2026, a Thursday each.
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;COUNT=4", "2026-01-01T02:00",
         ["2026-01-01T02:00", "2026-01-13T02:00", "2026-01-15T02:00", "2026-01-27T02:00"]),
        # Months without a 31st have no occurrence.
        ("FREQ=MONTHLY;COUNT=4", "2026-01-31T02:00",
         ["2026-01-31T02:00", "2026-03-31T02:00", "2026-05-31T02:00", "2026-07-31T02:00"]),
        # The last working day of a quarter's last month.
        ("FREQ=MONTHLY;INTERVAL=3;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", "2026-03-01T02:00",
         ["2026-03-31T02:00", "2026-06-30T02:00"]),
        ("FREQ=DAILY;INTERVAL=10;BYHOUR=2,14;COUNT=3", "2026-01-01T02:00",
         ["2026-01-01T02:00", "2026-01-01T14:00", "2026-01-11T02:00"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", "2026-01-01T02:00", ["2026-02-28T02:00"]),
        # Week 1 of 2026 begins on Monday 29 December 2025, week 20 nineteen weeks later.
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "2025-01-01T02:00", ["2026-05-11T02:00"]),
    ],
)  # fmt: skip
def test_rules_worked_out_by_hand(rule: str, start: str, expected: list[str]) -> None:
    assert starts(rule, start, "UTC", YEAR) == expected


def test_an_occurrence_that_reaches_into_the_window_is_whole() -> None:
    found = starts("FREQ=DAILY", "2026-01-01T23:00", "UTC", ("2026-02-01", "2026-02-02"))
    assert found == ["2026-01-31T23:00", "2026-02-01T23:00"]


def test_one_that_only_touches_the_window_is_not_in_it() -> None:
    assert starts("FREQ=DAILY", "2026-01-01T22:00", "UTC", ("2026-02-01", "2026-02-01T22:00")) == []


def test_nothing_occurs_before_the_start() -> None:
    assert starts("FREQ=DAILY", "2026-06-01T02:00", "UTC", ("2026-01-01", "2026-06-02")) == ["2026-06-01T02:00"]


def test_what_is_counted_is_counted_from_the_start_wherever_one_looks() -> None:
    rule = "FREQ=WEEKLY;COUNT=100"
    assert starts(rule, "2024-02-08T02:00", "UTC", YEAR) == ["2026-01-01T02:00"]


def test_the_first_occurrence_is_that_of_the_rule() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    # 12 October 2026 is a Monday; the next first Sunday is 1 November.
    found = first_occurrence(Recurrence("FREQ=MONTHLY;BYDAY=1SU", "2026-10-12T02:00", berlin, HOUR_MS))
    assert found == (at("2026-11-01T01:00"), at("2026-11-01T02:00"))


@pytest.mark.parametrize(
    "rule",
    ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;INTERVAL=7;BYDAY=TU", "FREQ=MONTHLY;INTERVAL=12;BYMONTH=3"],
)
def test_a_rule_that_never_fits_has_no_occurrence(rule: str) -> None:
    recurrence = Recurrence(rule, "2026-01-05T02:00", UTC, HOUR_MS)
    assert first_occurrence(recurrence) is None
    assert occurrences(recurrence, Window(at("2026-01-01"), at("2030-01-01"))) == ()


def test_leap_days_come_in_their_years() -> None:
    recurrence = Recurrence("FREQ=YEARLY", "2024-02-29T00:00", UTC, DAY_MS)
    found = occurrences(recurrence, window("2024-01-01", "2033-01-01"))
    assert [format_instant(start_ms)[:10] for start_ms, _ in found] == ["2024-02-29", "2028-02-29", "2032-02-29"]


def test_a_window_without_bounds_is_cut_to_the_calendar() -> None:
    recurrence = Recurrence("FREQ=YEARLY;COUNT=3", "2026-01-01T00:00", UTC, DAY_MS)
    assert len(occurrences(recurrence, Window(-(10**15), 10**15))) == 3


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("", "'' is no part of a rule: write name and value, as in FREQ=MONTHLY;BYDAY=1SU"),
        ("every Sunday", "'EVERY SUNDAY' is no part of a rule"),
        ("BYDAY=SU", "FREQ is missing"),
        ("FREQ=SECONDLY", "SECONDLY is not supported: write FREQ=DAILY, and the hours as in BYHOUR=2,14"),
        ("FREQ=HOURLY", "HOURLY is not supported"),
        ("FREQ=OFTEN", "FREQ must be one of YEARLY, MONTHLY, WEEKLY, DAILY, not 'OFTEN'"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ stands twice"),
        ("FREQ=DAILY;BYDAYS=MO", "a part must be one of FREQ, INTERVAL"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL must be a whole number from 1 to 1,000, not '0'"),
        ("FREQ=DAILY;COUNT=1001", "COUNT must be a whole number from 1 to 1,000, not '1001'"),
        ("FREQ=DAILY;COUNT=1;UNTIL=20260101", "a rule ends by COUNT or by UNTIL: keep one of them"),
        ("FREQ=DAILY;UNTIL=2026-01-01", "UNTIL must be a day or a time, such as 20261231 or 20261231T235959Z"),
        ("FREQ=DAILY;UNTIL=20260230", "UNTIL must be a day or a time"),
        ("FREQ=MONTHLY;BYDAY=0SU", "BYDAY must be a whole number from 1 to 5, not '0'"),
        ("FREQ=MONTHLY;BYDAY=SUN", "BYDAY must name days such as MO, 1SU or -1FR, not 'SUN'"),
        ("FREQ=WEEKLY;BYDAY=1SU", "BYDAY takes no numbers with WEEKLY: write SU, or FREQ=MONTHLY"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY is for FREQ=YEARLY and FREQ=MONTHLY and FREQ=DAILY, not for WEEKLY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY must be a whole number from 1 to 31, not '32'"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS picks from what another part names"),
        ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "BYDAY takes no numbers beside BYWEEKNO"),
        ("FREQ=DAILY;BYHOUR=-1", "BYHOUR must be a whole number from 0 to 23, not '-1'"),
        ("FREQ=DAILY;WKST=XX", "WKST must be one of MO, TU"),
        ("FREQ=DAILY;BYMINUTE=" + ",".join(["1"] * 101), "BYMINUTE lists 101 values; at most 100 are supported"),
    ],
)
def test_what_is_no_rule_is_refused_with_the_remedy(rule: str, said: str) -> None:
    with pytest.raises(QuantityError) as caught:
        check_rule(rule)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    "rule", ["RRULE:FREQ=WEEKLY;BYDAY=MO", "freq=weekly;byday=mo", "FREQ=MONTHLY;BYMONTHDAY=-1,+1"]
)
def test_rules_may_be_written_as_calendars_write_them(rule: str) -> None:
    check_rule(rule)


def lists(values: st.SearchStrategy[object]) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=3).map(lambda found: ",".join(map(str, found)))


DAYS = st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"])
NUMBERED = st.builds(lambda number, day: f"{number}{day}", st.sampled_from(["", "1", "2", "-1", "5"]), DAYS)
ENDS = st.sampled_from(["", ";COUNT=3", ";COUNT=17", ";UNTIL=20270115T120000"])


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY"]))
    rule = f"FREQ={frequency};INTERVAL={draw(st.integers(1, 4))};WKST={draw(DAYS)}"
    if draw(st.booleans()):
        rule += f";BYMONTH={draw(lists(st.integers(1, 12)))}"
    if draw(st.booleans()):
        rule += f";BYDAY={draw(lists(NUMBERED if frequency in ('YEARLY', 'MONTHLY') else DAYS))}"
    if frequency != "WEEKLY" and draw(st.booleans()):
        rule += f";BYMONTHDAY={draw(lists(st.sampled_from([1, 13, 15, 31, -1, -7])))}"
    if draw(st.booleans()):
        rule += f";BYHOUR={draw(lists(st.integers(0, 23)))}"
    if frequency in ("YEARLY", "MONTHLY") and "BY" in rule and draw(st.booleans()):
        rule += f";BYSETPOS={draw(st.sampled_from([1, 2, -1]))}"
    return rule + draw(ENDS)


@given(rule=rules(), start=st.datetimes(datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2026-12-31")))
def test_readings_are_those_of_the_library_that_expands_rules_from_their_start(rule: str, start: datetime) -> None:
    start = start.replace(microsecond=0)
    horizon = datetime.fromisoformat("2028-06-01")
    recurrence = Recurrence(rule, start.isoformat(), UTC, MINUTE_MS)
    # Of a rule that never fits the library seeks an occurrence up to the year 9999.
    assume(first_occurrence(recurrence) is not None)
    expected = takewhile(lambda reading: reading < horizon, rrulestr(rule, dtstart=start))
    found = occurrences(recurrence, Window(0, wall_ms(horizon, UTC)))
    assert [start_ms for start_ms, _ in found] == [wall_ms(reading, UTC) for reading in expected]
