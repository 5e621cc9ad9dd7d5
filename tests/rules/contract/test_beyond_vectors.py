"""What contracts say beyond the vectors: reports, business days, caps over twelve months, fees by date, tax."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from uptally.model.comparison import Comparison
from uptally.model.credit import Award, Bound, CreditRules, Tier, Tiers
from uptally.model.downtime import Run
from uptally.model.facts import Exclusion, Facts, History
from uptally.model.fee import ClaimRule, Fee, FeeStep
from uptally.model.judgement import ClaimStatus, PeriodJudgement
from uptally.model.termination import OutageCount
from uptally.model.terms import (
    Business,
    ExclusionRule,
    ExclusionRules,
    Period,
    PeriodKind,
    ServiceWindow,
    StartsAt,
    Terms,
)
from uptally.rules.contract.evaluate import judge
from uptally.rules.contract.periods import label_at, period_window
from uptally.units.money import Rounding
from uptally.units.time import HOUR_MS, MINUTE_MS, Window

BERLIN = ZoneInfo("Europe/Berlin")
TIERS = CreditRules((Tiers((Tier((Bound(Comparison.LT, Fraction(999, 1000)),), Award(Fraction(1, 10))),)),))
TERMS = Terms(
    "gold",
    (ServiceWindow("all", Fraction(999, 1000), credit=TIERS),),
    fee=Fee(Decimal("1000.00"), "EUR", tax=Fraction(0)),
)


def at(text: str) -> int:
    """Return an instant from UTC text."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


def judged(terms: Terms, labels: Sequence[str], facts: Facts) -> Sequence[PeriodJudgement]:
    return judge(terms, facts, [(label, period_window(terms.period, label, terms.zone)) for label in labels]).periods


def down(*pieces: tuple[str, str], **facts: object) -> Facts:
    history = History(down=tuple((at(start), at(end)) for start, end in pieces))
    return replace(Facts({"web": history}), **facts)  # type: ignore[arg-type]  # the fields of Facts, by name


def test_downtime_counts_from_the_customers_report_to_the_incidents_end() -> None:
    reported = ((at("2026-10-05T12:20"), at("2026-10-05T12:50")),)
    facts = down(("2026-10-05T12:00", "2026-10-05T13:00"), reported=reported)
    (october,) = judged(replace(TERMS, starts_at=StartsAt.REPORT), ["2026-10"], facts)
    assert october.windows[0].counted_ms == 30 * MINUTE_MS
    assert october.windows[0].ignored_ms == 30 * MINUTE_MS


def test_downtime_that_nobody_reported_does_not_count() -> None:
    facts = down(("2026-10-05T12:00", "2026-10-05T13:00"))
    (october,) = judged(replace(TERMS, starts_at=StartsAt.REPORT), ["2026-10"], facts)
    assert october.windows[0].counted_ms == 0


def test_a_run_is_as_long_as_what_was_reported_of_it() -> None:
    terms = replace(TERMS, starts_at=StartsAt.REPORT, downtime=Run(31 * MINUTE_MS))
    reported = ((at("2026-10-05T12:30"), at("2026-10-06T00:00")),)
    (october,) = judged(terms, ["2026-10"], down(("2026-10-05T12:00", "2026-10-05T13:00"), reported=reported))
    assert october.windows[0].counted_ms == 0


# October 2026 ends on a Saturday: its fifth business day after is Friday 6 November.
@pytest.mark.parametrize(
    ("received", "status"),
    [("2026-11-06T22:59:59", ClaimStatus.IN_TIME), ("2026-11-06T23:00", ClaimStatus.LATE)],
)
def test_claim_in_business_days_ends_with_the_last_of_them(received: str, status: ClaimStatus) -> None:
    terms = replace(TERMS, zone=BERLIN, claim=ClaimRule(5, is_business=True))
    facts = down(("2026-10-05T12:00", "2026-10-05T14:00"), claims={"2026-10": at(received)})
    assert judged(terms, ["2026-10"], facts)[0].claim is status


def test_holiday_is_no_business_day_for_a_claim() -> None:
    business = Business(closed=frozenset({date(2026, 11, 3)}))
    terms = replace(TERMS, claim=ClaimRule(5, is_business=True), business=business)
    (october,) = judged(terms, ["2026-10"], down())
    assert october.claim_by_ms == at("2026-11-10T00:00")


# Five business days after Monday the 5th are Monday the 12th.
@pytest.mark.parametrize(("start", "excluded_ms"), [("2026-10-12T01:00", HOUR_MS), ("2026-10-11T23:00", 0)])
def test_notice_in_business_days_counts_them_after_the_day_of_the_notice(start: str, excluded_ms: int) -> None:
    rules = ExclusionRules((ExclusionRule("maintenance", notice_days=5),))
    begin_ms = at(start)
    window = Exclusion("mw", "maintenance", begin_ms, begin_ms + HOUR_MS, at("2026-10-05T23:00"))
    facts = replace(down(), exclusions=(window,), components={"web": History(down=((begin_ms, begin_ms + HOUR_MS),))})
    (october,) = judged(replace(TERMS, exclusions=rules), ["2026-10"], facts)
    assert october.windows[0].excluded_ms == excluded_ms


MISSES = tuple((f"2026-{month:02d}-05T12:00", f"2026-{month:02d}-05T13:00") for month in range(1, 10))


def test_credits_of_twelve_months_stay_within_their_cap() -> None:
    terms = replace(TERMS, credit_cap_12_months=Fraction(25, 100))
    months = judged(terms, ["2026-01", "2026-02", "2026-03", "2026-04"], down(*MISSES))
    assert [month.amount for month in months] == [
        Decimal("100.00"),
        Decimal("100.00"),
        Decimal("50.00"),
        Decimal("0.00"),
    ]
    assert "credit_capped:12_months" in months[2].codes


def test_credit_of_more_than_twelve_months_ago_takes_nothing_of_the_cap() -> None:
    terms = replace(TERMS, credit_cap_12_months=Fraction(10, 100))
    months = judged(
        terms,
        ["2025-01", "2025-12", "2026-01"],
        down(("2025-01-05T12:00", "2025-01-05T13:00"), ("2026-01-05T12:00", "2026-01-05T13:00")),
    )
    assert [month.share for month in months] == [Fraction(1, 10), 0, Fraction(1, 10)]


def test_credit_that_was_never_claimed_takes_nothing_of_the_cap() -> None:
    terms = replace(TERMS, credit_cap_12_months=Fraction(10, 100), claim=ClaimRule(30))
    months = judged(terms, ["2026-01", "2026-02"], down(*MISSES))
    assert [month.share for month in months] == [Fraction(1, 10), Fraction(1, 10)]


def test_fee_is_the_one_in_force_when_the_period_begins() -> None:
    fee = Fee(Decimal("1000.00"), "EUR", steps=(FeeStep(at("2026-02-01T00:00"), Decimal("1200.00")),))
    months = judged(replace(TERMS, fee=fee), ["2026-01", "2026-02"], down(*MISSES))
    assert [month.amount for month in months] == [Decimal("100.00"), Decimal("120.00")]


def test_fee_of_a_part_period_is_the_one_in_force_when_the_contract_begins() -> None:
    fee = Fee(Decimal("1000.00"), "EUR", steps=(FeeStep(at("2026-01-04T00:00"), Decimal("1200.00")),))
    terms = replace(TERMS, fee=fee, contract=Window(at("2026-01-04T00:00"), at("2027-01-01T00:00")))
    assert judged(terms, ["2026-01"], down(*MISSES))[0].amount == Decimal("120.00")


def test_tax_is_added_to_what_is_due() -> None:
    fee = Fee(Decimal("1000.50"), "EUR", tax=Fraction(19, 100))
    (month,) = judged(replace(TERMS, fee=fee), ["2026-01"], down(*MISSES))
    assert (month.payable, month.tax) == (Decimal("100.05"), Decimal("19.01"))


@pytest.mark.parametrize(("within_ms", "is_right"), [(24 * HOUR_MS, False), (24 * HOUR_MS + 1, True)])
def test_number_of_outages_within_some_days_gives_a_right_to_terminate(within_ms: int, is_right: bool) -> None:
    terms = replace(TERMS, termination=(OutageCount(2, within_ms, least_ms=MINUTE_MS),))
    facts = down(("2026-01-05T12:00", "2026-01-05T12:01"), ("2026-01-06T12:00", "2026-01-06T12:02"))
    found = judge(terms, facts, [("2026-01", period_window(terms.period, "2026-01", terms.zone))]).termination
    assert found is not None
    assert found.is_right is is_right


def test_rolling_period_is_so_many_local_days_up_to_its_last() -> None:
    period = Period(PeriodKind.ROLLING, days=30)
    window = period_window(period, "2026-11-05", BERLIN)
    # Thirty days of which one had 25 hours.
    assert window == Window(at("2026-10-06T22:00"), at("2026-11-05T23:00"))


@pytest.mark.parametrize(
    ("label", "begin", "end"),
    [("2026-01-31", "2026-01-31T00:00", "2026-02-28T00:00"), ("2026-02-28", "2026-02-28T00:00", "2026-03-31T00:00")],
)
def test_billing_cycle_begins_on_its_day_or_the_months_last(label: str, begin: str, end: str) -> None:
    period = Period(PeriodKind.CYCLE, anchor_day=31)
    window = period_window(period, label, ZoneInfo("UTC"))
    assert window == Window(at(begin), at(end))
    assert label_at(period, window.start_ms, ZoneInfo("UTC")) == label
    assert label_at(period, window.end_ms - 1, ZoneInfo("UTC")) == label


# The month ends there at 04:00 UTC, when the date in UTC is the next already.
def test_claim_is_due_by_the_calendar_of_the_terms() -> None:
    terms = replace(TERMS, zone=ZoneInfo("America/New_York"), claim=ClaimRule(30))
    (october,) = judged(terms, ["2026-10"], down())
    assert october.claim_by_ms == at("2026-12-01T05:00")


@pytest.mark.parametrize(("rounding", "tax"), [(Rounding.HALF_UP, "0.01"), (Rounding.HALF_EVEN, "0.00")])
def test_tax_is_rounded_as_the_fee_is(rounding: Rounding, tax: str) -> None:
    fee = Fee(Decimal("1.00"), "EUR", rounding=rounding, tax=Fraction(5, 100))
    (month,) = judged(replace(TERMS, fee=fee), ["2026-01"], down(*MISSES))
    assert (month.payable, month.tax) == (Decimal("0.10"), Decimal(tax))
