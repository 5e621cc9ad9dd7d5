"""Labels and the periods that they name."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from tests.rules.contract.stories import at, between, dates
from uptally.errors import QuantityError
from uptally.model.terms import Period, PeriodKind
from uptally.rules.contract.periods import label_at, local_days, period_window, year_before_ms
from uptally.units.time import DAY_MS, HOUR_MS, Window

BERLIN, NEW_YORK, UTC = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("UTC")
MONTH, QUARTER, YEAR, CUSTOM = (
    Period(kind) for kind in (PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR, PeriodKind.CUSTOM)
)
ROLLING, CYCLE = Period(PeriodKind.ROLLING, days=30), Period(PeriodKind.CYCLE, anchor_day=15)


@pytest.mark.parametrize(
    ("period", "label", "first", "end"),
    [
        (MONTH, "2026-01", "2026-01-01", "2026-02-01"),
        (MONTH, "2026-11", "2026-11-01", "2026-12-01"),
        (MONTH, "2026-12", "2026-12-01", "2027-01-01"),
        (MONTH, "2024-02", "2024-02-01", "2024-03-01"),
        (QUARTER, "2026-Q1", "2026-01-01", "2026-04-01"),
        (QUARTER, "2026-Q2", "2026-04-01", "2026-07-01"),
        (QUARTER, "2026-Q4", "2026-10-01", "2027-01-01"),
        (YEAR, "2026", "2026-01-01", "2027-01-01"),
        (ROLLING, "2026-03-01", "2026-01-31", "2026-03-02"),
        (Period(PeriodKind.ROLLING, days=1), "2026-03-01", "2026-03-01", "2026-03-02"),
        (CYCLE, "2026-11-15", "2026-11-15", "2026-12-15"),
        (CYCLE, "2026-12-15", "2026-12-15", "2027-01-15"),
        (Period(PeriodKind.CYCLE), "2026-10-01", "2026-10-01", "2026-11-01"),
        (Period(PeriodKind.CYCLE, anchor_day=30), "2024-02-29", "2024-02-29", "2024-03-30"),
        (Period(PeriodKind.CYCLE, anchor_day=31), "2026-03-31", "2026-03-31", "2026-04-30"),
    ],
)
def test_label_names_its_period_and_every_instant_of_it_that_label(
    period: Period, label: str, first: str, end: str
) -> None:
    window = period_window(period, label, UTC)
    assert window == between(first, end)
    if period.kind is not PeriodKind.ROLLING:
        assert label_at(period, window.start_ms, UTC) == label
        assert label_at(period, window.start_ms - 1, UTC) != label
    assert label_at(period, window.end_ms - 1, UTC) == label
    assert label_at(period, window.end_ms, UTC) != label


@pytest.mark.parametrize(
    ("label", "zone", "hours"),
    [("2026-03", BERLIN, 743), ("2026-10", BERLIN, 745), ("2026-11", NEW_YORK, 721), ("2026-03", UTC, 744)],
)
def test_month_with_a_clock_change_is_as_long_as_it_was(label: str, zone: ZoneInfo, hours: int) -> None:
    assert period_window(MONTH, label, zone).length_ms == hours * HOUR_MS


def test_period_begins_at_local_midnight() -> None:
    assert period_window(YEAR, "2026", NEW_YORK).start_ms == at("2026-01-01T05:00")


@pytest.mark.parametrize(
    ("period", "label", "remedy"),
    [
        (MONTH, "2026-13", "year and month, as in 2026-10"),
        (MONTH, "2026-00", "year and month, as in 2026-10"),
        (MONTH, "2026-1", "year and month, as in 2026-10"),
        (MONTH, "2026-10-01", "year and month, as in 2026-10"),
        (MONTH, "٢٠٢٦-10", "year and month, as in 2026-10"),
        (MONTH, "0000-01", "year and month, as in 2026-10"),
        (MONTH, "9999-12", "year and month, as in 2026-10"),
        (QUARTER, "2026-Q0", "year and quarter, as in 2026-Q4"),
        (QUARTER, "2026-Q5", "year and quarter, as in 2026-Q4"),
        (QUARTER, "2026-q1", "year and quarter, as in 2026-Q4"),
        (YEAR, "26", "a year, as in 2026"),
        (YEAR, "2026-01", "a year, as in 2026"),
        (ROLLING, "2026-10", "the period's last day, as in 2026-10-31"),
        (ROLLING, "2026-02-30", "the period's last day, as in 2026-10-31"),
        (ROLLING, "0001-01-02", "the period's last day, as in 2026-10-31"),
        (CYCLE, "2026-10", "the cycle's first day, as in 2026-10-15"),
        (CYCLE, "2026-10-14", "the cycle's first day, as in 2026-10-15"),
        (Period(PeriodKind.CYCLE, anchor_day=31), "2026-03-30", "the cycle's first day, as in 2026-10-15"),
    ],
)
def test_label_that_names_no_period_is_refused_with_the_form_to_write(period: Period, label: str, remedy: str) -> None:
    with pytest.raises(QuantityError) as refused:
        period_window(period, label, UTC)
    assert str(refused.value) == f"{label!r} is no period: write {remedy}"


def test_custom_period_has_no_label() -> None:
    with pytest.raises(QuantityError) as refused:
        period_window(CUSTOM, "2026-10", UTC)
    assert str(refused.value) == "'2026-10' is no period: custom periods are given by their begin and end"
    with pytest.raises(QuantityError) as refused:
        label_at(CUSTOM, 0, UTC)
    assert str(refused.value) == "custom periods have no labels"


@pytest.mark.parametrize(
    ("month", "label"),
    [("01", "Q1"), ("03", "Q1"), ("04", "Q2"), ("06", "Q2"), ("07", "Q3"), ("09", "Q3"), ("10", "Q4"), ("12", "Q4")],
)
def test_every_month_has_its_quarter(month: str, label: str) -> None:
    assert label_at(QUARTER, at(f"2026-{month}-15T12:00"), UTC) == f"2026-{label}"


def test_instant_belongs_to_the_local_month() -> None:
    assert label_at(MONTH, at("2026-10-31T22:59:59.999"), BERLIN) == "2026-10"
    assert label_at(MONTH, at("2026-10-31T23:00"), BERLIN) == "2026-11"


@pytest.mark.parametrize(
    ("day", "label"),
    [("2026-01-14", "2025-12-15"), ("2026-01-15", "2026-01-15"), ("2026-12-31", "2026-12-15")],
)
def test_day_before_the_anchor_belongs_to_the_cycle_of_the_month_before(day: str, label: str) -> None:
    assert label_at(CYCLE, at(f"{day}T12:00"), UTC) == label


def test_window_touches_the_local_days_of_its_instants() -> None:
    window = between("2026-10-24T23:59:59.999", "2026-10-26T00:00:00.001", BERLIN)
    assert local_days(window, BERLIN) == dates("2026-10-24", "2026-10-25", "2026-10-26")


def test_window_does_not_touch_the_day_at_whose_midnight_it_ends() -> None:
    assert local_days(between("2026-10-24", "2026-10-26", BERLIN), BERLIN) == dates("2026-10-24", "2026-10-25")


def test_empty_window_touches_no_day() -> None:
    assert local_days(Window(DAY_MS, DAY_MS), UTC) == ()


def test_date_that_a_zone_skipped_is_no_local_day() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert local_days(between("2011-12-29", "2012-01-01", apia), apia) == dates("2011-12-29", "2011-12-31")
    assert len(local_days(period_window(Period(), "2011-12", apia), apia)) == 30


def test_clock_that_is_set_back_past_midnight_does_not_set_back_the_day() -> None:
    st_johns = ZoneInfo("America/St_Johns")
    midnight = at("2010-11-07", st_johns)
    # At one minute past midnight it became one past eleven.
    assert local_days(Window(midnight, midnight + HOUR_MS), st_johns) == dates("2010-11-07")
    assert local_days(Window(midnight - 1, midnight + HOUR_MS), st_johns) == dates("2010-11-06", "2010-11-07")


@pytest.mark.parametrize(
    ("day", "before"),
    [("2026-10-01", "2025-10-01"), ("2024-02-29", "2023-02-28"), ("2025-02-28", "2024-02-28")],
)
def test_a_year_before_is_the_same_local_date(day: str, before: str) -> None:
    assert year_before_ms(at(f"{day}T00:00", BERLIN), BERLIN) == at(before, BERLIN)
    assert year_before_ms(at(f"{day}T23:59", BERLIN), BERLIN) == at(before, BERLIN)
