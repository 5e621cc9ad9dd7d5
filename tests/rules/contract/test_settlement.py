"""Credits in money, and by when they are claimed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tests.rules.contract.stories import at, between, dates
from uptally.model.comparison import Comparison
from uptally.model.fee import ClaimRule, Fee, FeeStep, LeastCredit, Proration
from uptally.model.judgement import ClaimStatus
from uptally.model.terms import Business, Period, PeriodKind, Terms
from uptally.rules.contract.settlement import Settlement, claim_deadline_ms, claimed_codes, fee_share, settled
from uptally.units.money import Rounding
from uptally.units.time import Window

BERLIN = ZoneInfo("Europe/Berlin")
OCTOBER = between("2026-10-01", "2026-11-01", BERLIN)
FEE = Fee(Decimal("1000.00"), "EUR")
TERMS = replace(Terms.bare("gold", Fraction(1), BERLIN), fee=FEE)
TENTH = Fraction(1, 10)


def settle(
    terms: Terms = TERMS,
    share: Fraction = TENTH,
    *,
    of_fee: Fraction = Fraction(1),
    claimed_ms: int | None = None,
    period: Window = OCTOBER,
) -> Settlement:
    return settled(terms, share, fee_share=of_fee, period=period, claimed_ms=claimed_ms)


def test_credit_is_a_share_of_the_fee() -> None:
    assert settle() == (Decimal("100.00"), Decimal("100.00"), Decimal("0.00"), ClaimStatus.NOT_REQUIRED, None, ())


def test_terms_without_a_fee_settle_no_money_but_tell_the_deadline() -> None:
    terms = replace(TERMS, fee=None, claim=ClaimRule(30))
    deadline_ms = at("2026-12-01", BERLIN)
    assert settle(terms) == (None, None, None, ClaimStatus.NOT_REQUIRED, deadline_ms, ())


def test_fee_share_and_credit_share_are_rounded_once_together() -> None:
    # 1000 / 3 = 333.333..., of which a tenth and a half is 50 exactly; rounded between it would be 49.9995.
    assert settle(share=Fraction(15, 100), of_fee=Fraction(1, 3)).amount == Decimal("50.00")


@pytest.mark.parametrize(
    ("rounding", "decimals", "amount"),
    [
        (Rounding.HALF_EVEN, 2, "0.12"),
        (Rounding.HALF_UP, 2, "0.13"),
        (Rounding.TRUNCATE, 2, "0.12"),
        (Rounding.HALF_EVEN, 0, "0"),
        (Rounding.HALF_EVEN, 3, "0.125"),
    ],
)
def test_amount_is_rounded_as_the_fee_says(rounding: Rounding, decimals: int, amount: str) -> None:
    fee = Fee(Decimal("1.25"), "EUR", decimals, rounding)
    found = settle(replace(TERMS, fee=fee))
    assert (str(found.amount), str(found.payable)) == (amount, amount)


@pytest.mark.parametrize(
    ("comparison", "least", "amount", "codes"),
    [
        (Comparison.GE, "100.00", "100.00", ()),
        (Comparison.GT, "100.00", "0.00", ("credit_below_minimum",)),
        (Comparison.GT, "99.99", "100.00", ()),
        (Comparison.GE, "100.01", "0.00", ("credit_below_minimum",)),
    ],
)
def test_credit_is_issued_only_where_it_is_enough(
    comparison: Comparison, least: str, amount: str, codes: tuple[str, ...]
) -> None:
    found = settle(replace(TERMS, least_credit=LeastCredit(Decimal(least), comparison)))
    assert (str(found.amount), str(found.payable), found.codes) == (amount, amount, codes)


def test_rounded_credit_is_what_must_be_enough() -> None:
    fee = Fee(Decimal("999.96"), "EUR", 1)
    terms = replace(TERMS, fee=fee, least_credit=LeastCredit(Decimal(100), Comparison.GE))
    assert str(settle(terms).amount) == "100.0"


def test_no_credit_is_not_below_a_minimum() -> None:
    terms = replace(TERMS, least_credit=LeastCredit(Decimal(100), Comparison.GE))
    assert settle(terms, Fraction(0)).codes == ()


CLAIMED = replace(TERMS, claim=ClaimRule(30))
DEADLINE_MS = at("2026-12-01", BERLIN)


@pytest.mark.parametrize(
    ("claimed_ms", "status", "payable", "codes"),
    [
        (None, ClaimStatus.NOT_MADE, "0.00", ("claim_missing",)),
        (DEADLINE_MS - 1, ClaimStatus.IN_TIME, "100.00", ()),
        (DEADLINE_MS, ClaimStatus.LATE, "0.00", ("claim_late",)),
    ],
)
def test_claim_must_arrive_before_the_deadline(
    claimed_ms: int | None, status: ClaimStatus, payable: str, codes: tuple[str, ...]
) -> None:
    found = settle(CLAIMED, claimed_ms=claimed_ms)
    assert (str(found.amount), str(found.payable)) == ("100.00", payable)
    assert (found.claim, found.claim_by_ms, found.codes) == (status, DEADLINE_MS, codes)


@pytest.mark.parametrize("claimed_ms", [None, DEADLINE_MS - 1, DEADLINE_MS])
def test_nothing_due_needs_no_claim(claimed_ms: int | None) -> None:
    found = settle(CLAIMED, Fraction(0), claimed_ms=claimed_ms)
    assert (found.claim, found.codes) == (ClaimStatus.NOTHING_DUE, ())


def test_credit_below_the_minimum_needs_no_claim() -> None:
    found = settle(replace(CLAIMED, least_credit=LeastCredit(Decimal(101), Comparison.GE)))
    assert (found.claim, found.codes) == (ClaimStatus.NOTHING_DUE, ("credit_below_minimum",))


def test_tax_is_on_what_is_due_and_rounded_like_it() -> None:
    taxed = replace(CLAIMED, fee=Fee(Decimal("1000.50"), "EUR", rounding=Rounding.HALF_UP, tax=Fraction(19, 100)))
    assert settle(taxed, claimed_ms=DEADLINE_MS - 1).tax == Decimal("19.01")
    assert str(settle(taxed, claimed_ms=None).tax) == "0.00"


@pytest.mark.parametrize(("from_ms", "amount"), [(OCTOBER.start_ms, "200.00"), (OCTOBER.start_ms + 1, "100.00")])
def test_fee_is_the_one_in_force_when_the_period_begins(from_ms: int, amount: str) -> None:
    fee = replace(FEE, steps=(FeeStep(from_ms, Decimal("2000.00")),))
    assert str(settle(replace(TERMS, fee=fee)).amount) == amount


def test_fee_of_a_contract_that_began_before_is_the_one_when_the_period_begins() -> None:
    fee = replace(FEE, steps=(FeeStep(OCTOBER.start_ms, Decimal("2000.00")),))
    terms = replace(TERMS, fee=fee, contract=between("2026-01-01", "2027-01-01", BERLIN))
    assert str(settle(terms).amount) == "200.00"


def deadline(
    rule: ClaimRule | None, *, kind: PeriodKind = PeriodKind.MONTH, business: Business | None = None
) -> int | None:
    terms = replace(TERMS, claim=rule, period=Period(kind), business=business or Business())
    return claim_deadline_ms(terms, OCTOBER)


def test_no_claim_is_needed_without_a_rule_nor_for_custom_periods() -> None:
    assert deadline(None) is None
    assert deadline(ClaimRule(30), kind=PeriodKind.CUSTOM) is None


@pytest.mark.parametrize(
    ("rule", "end"),
    [
        (ClaimRule(0), "2026-11-01"),
        (ClaimRule(1), "2026-11-02"),
        (ClaimRule(30), "2026-12-01"),
        # The first business day after October 2026 is Monday 2 November.
        (ClaimRule(1, is_business=True), "2026-11-03"),
        (ClaimRule(5, is_business=True), "2026-11-07"),
    ],
)
def test_deadline_is_the_midnight_after_so_many_local_days(rule: ClaimRule, end: str) -> None:
    assert deadline(rule) == at(end, BERLIN)


def test_holidays_are_no_business_days_for_a_claim() -> None:
    business = Business(closed=frozenset(dates("2026-11-02")))
    assert deadline(ClaimRule(1, is_business=True), business=business) == at("2026-11-04", BERLIN)


CONTRACT = between("2026-10-10T12:00", "2027-10-10", BERLIN)


@pytest.mark.parametrize(
    ("proration", "part"),
    [
        (Proration.NONE, Fraction(1)),
        # The 10th is touched: 22 of 31 days. 21.5 days and the hour of the clock change, of 745 hours.
        (Proration.CALENDAR_DAYS, Fraction(22, 31)),
        (Proration.EXACT_TIME, Fraction(21 * 24 + 12 + 1, 745)),
    ],
)
def test_part_period_costs_its_part(proration: Proration, part: Fraction) -> None:
    fee = replace(FEE, proration=proration)
    assert fee_share(fee, replace(TERMS, contract=CONTRACT), OCTOBER) == part


@pytest.mark.parametrize("proration", Proration)
def test_period_wholly_in_the_contract_costs_all_of_the_fee(proration: Proration) -> None:
    fee = replace(FEE, proration=proration)
    assert fee_share(fee, replace(TERMS, contract=between("2026-01-01", "2027-01-01")), OCTOBER) == 1
    assert fee_share(fee, TERMS, OCTOBER) == 1


@pytest.mark.parametrize("proration", [Proration.CALENDAR_DAYS, Proration.EXACT_TIME])
def test_period_wholly_outside_the_contract_costs_nothing(proration: Proration) -> None:
    fee = replace(FEE, proration=proration)
    assert fee_share(fee, replace(TERMS, contract=between("2025-01-01", "2026-01-01")), OCTOBER) == 0


def test_no_fee_has_no_part() -> None:
    assert fee_share(None, replace(TERMS, contract=CONTRACT), OCTOBER) == 1


def test_of_what_becomes_of_a_claim_one_reason_stands_at_the_end() -> None:
    codes = ("claim_missing", "undetermined_ask", "claim_late")
    assert claimed_codes(codes, ClaimStatus.LATE) == ("undetermined_ask", "claim_late")
    assert claimed_codes(codes, ClaimStatus.IN_TIME) == ("undetermined_ask",)
