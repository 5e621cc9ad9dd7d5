from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tests.books.agreed import CREDITS, TARGET, TERMS, acme, at, watched
from tests.export.statements import ENDPOINT, MONTH, OUTAGE, ZONE, measured, row_of
from uptally.export.rows import COLUMNS, Row, measured_row, statement_rows
from uptally.model.comparison import Comparison
from uptally.model.downtime import Run
from uptally.model.fee import ClaimRule
from uptally.model.objective import Objective, Total
from uptally.model.statement import Availability
from uptally.model.termination import Misses
from uptally.model.terms import ComplementOf, Hours, Period, PeriodKind, ServiceWindow, Weekly
from uptally.rules.figures import shown_percent
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS

DUE = COLUMNS[COLUMNS.index("period_verdict") :]
OFFICE = (
    ServiceWindow("office", TARGET, Weekly((Hours(frozenset(range(5)), 8 * HOUR_MS, 18 * HOUR_MS),)), credit=CREDITS),
    ServiceWindow("other", Fraction(95, 100), ComplementOf("office")),
)


def of(availability: Availability) -> Row:
    return measured_row(ENDPOINT, "2026-10", availability, zone=ZONE)


def test_columns_are_the_agreed_ones_in_their_order() -> None:
    assert ",".join(COLUMNS) == (
        "period,period_start,period_end,timezone,agreement,service,window,sla,target_percent,verdict,"
        "availability_percent,availability_worst_percent,availability_best_percent,scheduled_ms,agreed_service_ms,"
        "denominator_ms,up_ms,down_ms,counted_down_ms,excluded_ms,unknown_ms,coverage_percent,outages,"
        "longest_outage_ms,budget_ms,budget_left_ms,revision,status,"
        "agreement_kind,reference,customer,objective,objective_value,period_verdict,currency,credit_percent,"
        "credit_amount,credit_least_amount,credit_most_amount,booked_amount,tax_amount,claim,claim_before,"
        "termination_right,reason_codes,id,difference_ms,difference_amount"
    )
    for row in (of(measured()), row_of()):
        assert tuple(row) == COLUMNS


def test_a_miss_is_written_with_its_sums_and_with_what_is_due() -> None:
    terms = replace(TERMS, claim=ClaimRule(30), termination=(Misses(3, 6),))
    row = row_of(OUTAGE, terms=terms, reference="A-17")
    assert (row["agreement"], row["agreement_kind"], row["reference"], row["customer"]) == (
        "Acme",
        "sla",
        "A-17",
        "Acme Ltd",
    )
    assert (row["service"], row["window"], row["sla"], row["target_percent"]) == ("Web", "always", "gold", "99.9")
    # An hour and a half of 744 hours: 0.2016%.
    assert (row["verdict"], row["availability_percent"], row["coverage_percent"]) == ("missed", "99.798", "100.000")
    assert (row["down_ms"], row["counted_down_ms"]) == (90 * MINUTE_MS, 90 * MINUTE_MS)
    assert (row["outages"], row["longest_outage_ms"]) == (1, 90 * MINUTE_MS)
    assert (row["budget_ms"], row["budget_left_ms"]) == (2_678_400, 2_678_400 - 90 * MINUTE_MS)
    assert (row["period_verdict"], row["currency"], row["credit_percent"]) == ("missed", "EUR", "10")
    assert (row["credit_amount"], row["credit_least_amount"], row["credit_most_amount"]) == ("100.00",) * 3
    # Nobody has claimed it yet, and thirty days are not over.
    assert (row["booked_amount"], row["claim"], row["claim_before"]) == ("0.00", "not_made", "2026-12-01T00:00:00.000Z")
    assert row["termination_right"] == "no"


def test_down_time_that_the_terms_do_not_count_is_down_and_not_counted() -> None:
    row = row_of(OUTAGE, ("2026-10-07T12:00", "2026-10-07T12:20"), terms=replace(TERMS, downtime=Run(HOUR_MS)))
    assert (row["down_ms"], row["counted_down_ms"]) == (110 * MINUTE_MS, 90 * MINUTE_MS)
    assert (row["outages"], row["longest_outage_ms"]) == (1, 90 * MINUTE_MS)


def test_each_service_window_has_a_row_and_what_is_due_stands_once() -> None:
    office, other = statement_rows(acme(watched(OUTAGE), replace(TERMS, windows=OFFICE)))
    assert (office["window"], office["verdict"], office["counted_down_ms"]) == ("office", "missed", 90 * MINUTE_MS)
    assert (other["window"], other["verdict"], other["counted_down_ms"]) == ("other", "met", 0)
    assert (office["period_verdict"], office["booked_amount"]) == ("missed", "100.00")
    assert [other[column] for column in DUE] == [None] * len(DUE)


def test_the_service_windows_of_a_period_tile_it() -> None:
    rows = [*statement_rows(acme(watched(OUTAGE), replace(TERMS, windows=OFFICE)))]
    scheduled = [row["scheduled_ms"] for row in rows]
    assert sum(each for each in scheduled if isinstance(each, int)) == 31 * DAY_MS


def test_another_objective_has_a_row_of_its_own() -> None:
    objective = Objective("leads", Total("leads"), Comparison.GE, Fraction(100))
    first, second = statement_rows(acme(watched(), replace(TERMS, objectives=(objective,))))
    assert (first["window"], first["objective"]) == ("always", None)
    assert (second["window"], second["objective"], second["verdict"]) == (None, "leads", "undetermined")
    assert first["period_verdict"] == "undetermined"


def test_a_quarter_is_written_with_its_own_dates() -> None:
    statement = acme(watched(OUTAGE), replace(TERMS, period=Period(PeriodKind.QUARTER)), now_ms=at("2026-11-10"))
    [row] = statement_rows(statement)
    assert (row["period"], row["period_start"]) == ("2026-Q4", "2026-10-01T00:00:00.000Z")
    assert row["period_end"] == "2027-01-01T00:00:00.000Z"
    assert "provisional" in str(row["reason_codes"]).split()
    assert row["booked_amount"] is None


def test_a_draft_is_booked_with_nothing_and_says_why() -> None:
    row = row_of(OUTAGE, approved=None)
    assert (row["verdict"], row["booked_amount"]) == ("missed", "0.00")
    assert "draft_no_credit" in str(row["reason_codes"]).split()


def test_amounts_have_the_digits_of_their_currency() -> None:
    assert TERMS.fee is not None
    row = row_of(OUTAGE, terms=replace(TERMS, fee=replace(TERMS.fee, amount=Decimal(1000), currency="JPY", decimals=0)))
    assert (row["currency"], row["credit_amount"]) == ("JPY", "100")


def test_the_period_is_written_half_open_in_utc_with_its_calendar() -> None:
    cells = of(measured())
    # Berlin: October has 31 days and one hour.
    assert cells["period"] == "2026-10"
    assert cells["period_start"] == "2026-09-30T22:00:00.000Z"
    assert cells["period_end"] == "2026-10-31T23:00:00.000Z"
    assert cells["timezone"] == "Europe/Berlin"


def test_sums_tile_the_agreed_service_and_the_scheduled_time() -> None:
    cells = of(measured(down_ms=25_920, unknown_ms=7_001, excluded_ms=60_000))
    up, down, unknown, excluded = (cells[name] for name in ("up_ms", "down_ms", "unknown_ms", "excluded_ms"))
    assert isinstance(up, int)
    assert isinstance(down, int)
    assert isinstance(unknown, int)
    assert isinstance(excluded, int)
    assert up + down + unknown == cells["agreed_service_ms"]
    assert up + down + unknown + excluded == cells["scheduled_ms"] == MONTH.length_ms
    assert cells["denominator_ms"] == up + down
    assert cells["counted_down_ms"] == down


def test_without_terms_nothing_is_promised() -> None:
    cells = of(measured(down_ms=1_000))
    promised = ("agreement", "window", "sla", "target_percent", "verdict", "budget_ms", "budget_left_ms", *DUE)
    assert [cells[name] for name in promised] == [None] * len(promised)
    assert cells["availability_percent"] == "99.999"


def test_an_endpoint_without_observations_has_no_figure() -> None:
    cells = of(measured(is_observed=False))
    assert [name for name in COLUMNS if "percent" in name and cells[name] is not None] == []
    assert cells["outages"] is None
    assert cells["longest_outage_ms"] is None
    assert cells["scheduled_ms"] == 0


def test_a_month_of_unknown_time_counts_no_outages() -> None:
    cells = of(measured(unknown_ms=MONTH.length_ms))
    assert cells["availability_percent"] is None
    assert cells["availability_worst_percent"] == "0.000"
    assert cells["availability_best_percent"] == "100.000"
    assert cells["coverage_percent"] == "0.000"
    assert cells["outages"] is None


@pytest.mark.parametrize(("down_ms", "unknown_ms"), [(1, 0), (0, 1), (1, 1), (0, DAY_MS)])
def test_downtime_or_gaps_never_show_as_100(down_ms: int, unknown_ms: int) -> None:
    cells = of(measured(down_ms=down_ms, unknown_ms=unknown_ms))
    assert cells["availability_percent"] == "99.999"
    assert (cells["coverage_percent"] == "100.000") is (unknown_ms == 0)


def test_a_near_miss_is_never_written_as_the_target() -> None:
    # The budget of 44 min 38.4 s, and the attempt after it: 1.6 s more.
    row = row_of(("2026-10-05T12:00:00", "2026-10-05T12:44:40"))
    assert row["budget_left_ms"] == -1_600
    assert row["availability_percent"] == "99.899"


def test_figures_are_those_of_the_page() -> None:
    availability = measured(down_ms=123_456, unknown_ms=77)
    assert of(availability)["availability_percent"] == shown_percent(availability, target=None)


def test_every_row_is_provisional_until_months_are_closed() -> None:
    for row in (of(measured()), row_of()):
        assert (row["revision"], row["status"]) == (0, "provisional")


def test_service_is_the_name_as_an_agreement_writes_it() -> None:
    cells = measured_row(replace(ENDPOINT, name="00123"), "2026-10", measured(), zone=ZoneInfo("UTC"))
    assert cells["service"] == "00123"
    assert cells["timezone"] == "UTC"
