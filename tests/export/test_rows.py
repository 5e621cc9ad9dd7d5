from dataclasses import replace
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tests.export.statements import ENDPOINT, MONTH, ZONE, statement_of
from uptally.export.rows import COLUMNS, row
from uptally.rules.figures import shown_percent
from uptally.units.time import DAY_MS


def test_columns_are_the_agreed_ones_in_their_order() -> None:
    assert ",".join(COLUMNS) == (
        "period,period_start,period_end,timezone,agreement,service,window,sla,target_percent,verdict,"
        "availability_percent,availability_worst_percent,availability_best_percent,scheduled_ms,agreed_service_ms,"
        "denominator_ms,up_ms,down_ms,counted_down_ms,excluded_ms,unknown_ms,coverage_percent,outages,"
        "longest_outage_ms,budget_ms,budget_left_ms,revision,status"
    )
    assert tuple(row(ENDPOINT, statement_of(), zone=ZONE)) == COLUMNS


def test_period_is_written_half_open_in_utc_with_its_calendar() -> None:
    cells = row(ENDPOINT, statement_of(), zone=ZONE)
    # Berlin: October has 31 days and one hour.
    assert cells["period"] == "2026-10"
    assert cells["period_start"] == "2026-09-30T22:00:00.000Z"
    assert cells["period_end"] == "2026-10-31T23:00:00.000Z"
    assert cells["timezone"] == "Europe/Berlin"


def test_sums_tile_the_agreed_service_and_the_scheduled_time() -> None:
    cells = row(ENDPOINT, statement_of(down_ms=25_920, unknown_ms=7_001, excluded_ms=60_000), zone=ZONE)
    up, down, unknown, excluded = (cells[name] for name in ("up_ms", "down_ms", "unknown_ms", "excluded_ms"))
    assert isinstance(up, int)
    assert isinstance(down, int)
    assert isinstance(unknown, int)
    assert isinstance(excluded, int)
    assert up + down + unknown == cells["agreed_service_ms"]
    assert up + down + unknown + excluded == cells["scheduled_ms"] == MONTH.length_ms
    assert cells["denominator_ms"] == up + down
    assert cells["counted_down_ms"] == down


def test_a_bare_target_is_written_exactly() -> None:
    cells = row(ENDPOINT, statement_of(target=Fraction(99999, 100000), down_ms=30_000), zone=ZONE)
    assert cells["sla"] == "99.999%"
    assert cells["target_percent"] == "99.999"
    assert cells["window"] == "always"
    assert cells["verdict"] == "missed"
    assert cells["budget_ms"] == 26_820
    assert cells["budget_left_ms"] == -3_180


def test_without_terms_nothing_is_promised() -> None:
    cells = row(ENDPOINT, statement_of(target=None, down_ms=1_000), zone=ZONE)
    promised = ("agreement", "window", "sla", "target_percent", "verdict", "budget_ms", "budget_left_ms")
    assert [cells[name] for name in promised] == [None] * len(promised)
    assert cells["availability_percent"] == "99.999"


def test_an_endpoint_without_observations_has_no_figure() -> None:
    cells = row(ENDPOINT, statement_of(is_observed=False), zone=ZONE)
    assert cells["verdict"] == "undetermined"
    assert [name for name in COLUMNS if "percent" in name and cells[name] is not None] == ["target_percent"]
    assert cells["outages"] is None
    assert cells["longest_outage_ms"] is None
    assert cells["budget_ms"] is None
    assert cells["scheduled_ms"] == 0


def test_a_month_of_unknown_time_counts_no_outages() -> None:
    cells = row(ENDPOINT, statement_of(unknown_ms=MONTH.length_ms), zone=ZONE)
    assert cells["availability_percent"] is None
    assert cells["availability_worst_percent"] == "0.0000"
    assert cells["availability_best_percent"] == "100.0000"
    assert cells["coverage_percent"] == "0.0000"
    assert cells["outages"] is None
    assert cells["budget_left_ms"] is None


@pytest.mark.parametrize(("down_ms", "unknown_ms"), [(1, 0), (0, 1), (1, 1), (0, DAY_MS)])
def test_downtime_or_gaps_never_show_as_100(down_ms: int, unknown_ms: int) -> None:
    cells = row(ENDPOINT, statement_of(down_ms=down_ms, unknown_ms=unknown_ms), zone=ZONE)
    assert cells["availability_percent"] == "99.9999"
    assert (cells["coverage_percent"] == "100.0000") is (unknown_ms == 0)


def test_a_near_miss_is_never_written_as_the_target() -> None:
    # One millisecond over the 26.82 s that 31 days and an hour allow.
    cells = row(ENDPOINT, statement_of(target=Fraction(99999, 100000), down_ms=26_821), zone=ZONE)
    assert cells["verdict"] == "missed"
    assert cells["availability_percent"] == "99.9989"


def test_figures_are_those_of_the_page() -> None:
    statement = statement_of(down_ms=123_456, unknown_ms=77)
    assert statement.terms is not None
    cells = row(ENDPOINT, statement, zone=ZONE)
    assert cells["availability_percent"] == shown_percent(statement.availability, target=statement.terms.target)


def test_every_row_is_provisional_until_months_are_closed() -> None:
    cells = row(ENDPOINT, statement_of(), zone=ZONE)
    assert (cells["revision"], cells["status"]) == (0, "provisional")


def test_service_is_the_name_as_an_agreement_writes_it() -> None:
    cells = row(replace(ENDPOINT, name="00123"), statement_of(), zone=ZoneInfo("UTC"))
    assert cells["service"] == "00123"
    assert cells["timezone"] == "UTC"
