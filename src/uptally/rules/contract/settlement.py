"""What a period's credit comes to in money, and whether it was claimed in time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from uptally.model.fee import Fee, Proration
from uptally.model.judgement import ClaimStatus
from uptally.model.terms import PeriodKind, Terms
from uptally.rules.contract.business import business_days_after
from uptally.rules.contract.periods import local_days
from uptally.units.money import rounded
from uptally.units.time import Window, day_of, midnight_ms

CLAIM_CODES = {ClaimStatus.NOT_MADE: "claim_missing", ClaimStatus.LATE: "claim_late"}
"""The reasons of claims for which nothing of a credit is due."""


class Settlement(NamedTuple):
    """A credit in money: what it is, what of it is due after its claim, the tax on that, and the reasons."""

    amount: Decimal | None
    payable: Decimal | None
    tax: Decimal | None
    claim: ClaimStatus
    claim_by_ms: int | None
    codes: tuple[str, ...]


def fee_share(fee: Fee | None, terms: Terms, period: Window) -> Fraction:
    """Return what part of the fee a period costs, of which only a part may lie in the contract."""
    if fee is None or fee.proration is Proration.NONE or terms.contract is None:
        return Fraction(1)
    part = period.clipped(terms.contract)
    if fee.proration is Proration.EXACT_TIME:
        return Fraction(part.length_ms, period.length_ms)
    return Fraction(len(local_days(part, terms.zone)), len(local_days(period, terms.zone)))


def fee_in_force(fee: Fee, terms: Terms, period: Window) -> Fraction:
    """Return what a whole period costs: the amount in force when it begins, or when the contract does within it."""
    begin_ms = period.start_ms if terms.contract is None else max(period.start_ms, terms.contract.start_ms)
    return Fraction(fee.amount_at(begin_ms))


def settled(
    terms: Terms, share: Fraction, *, fee_share: Fraction, period: Window, claimed_ms: int | None
) -> Settlement:
    """Return what a share of the fee comes to: rounded once, issued only where it is enough, due where it is claimed
    as the terms say."""
    fee, claim_by_ms = terms.fee, claim_deadline_ms(terms, period)
    if fee is None:
        return Settlement(None, None, None, ClaimStatus.NOT_REQUIRED, claim_by_ms, ())
    nothing = rounded(Fraction(0), decimals=fee.decimals, rounding=fee.rounding)
    amount = rounded(fee_in_force(fee, terms, period) * fee_share * share, decimals=fee.decimals, rounding=fee.rounding)
    codes: list[str] = []
    least = terms.least_credit
    if least is not None and amount and not least.comparison.holds(Fraction(amount), Fraction(least.amount)):
        codes.append("credit_below_minimum")
        amount = nothing
    status = _status(claim_by_ms, amount, claimed_ms)
    is_due = status not in CLAIM_CODES
    if not is_due:
        codes.append(CLAIM_CODES[status])
    payable = amount if is_due else nothing
    tax = rounded(Fraction(payable) * fee.tax, decimals=fee.decimals, rounding=fee.rounding)
    return Settlement(amount, payable, tax, status, claim_by_ms, tuple(codes))


def claimed_codes(codes: Iterable[str], claim: ClaimStatus) -> tuple[str, ...]:
    """Return reasons with that of such a claim in the place of any other's."""
    others = [code for code in codes if code not in CLAIM_CODES.values()]
    return (*others, CLAIM_CODES[claim]) if claim in CLAIM_CODES else tuple(others)


def claim_deadline_ms(terms: Terms, period: Window) -> int | None:
    """Return before which instant a period's credit must be claimed; None where no claim is needed."""
    rule = terms.claim
    if rule is None or terms.period.kind is PeriodKind.CUSTOM:
        return None
    last = day_of(period.end_ms - 1, terms.zone)
    if rule.is_business:
        last = business_days_after(last, rule.days, terms.business)
    else:
        last += timedelta(days=rule.days)
    return midnight_ms(last + timedelta(days=1), terms.zone)


def _status(claim_by_ms: int | None, amount: Decimal, claimed_ms: int | None) -> ClaimStatus:
    if claim_by_ms is None:
        return ClaimStatus.NOT_REQUIRED
    if not amount:
        return ClaimStatus.NOTHING_DUE
    if claimed_ms is None:
        return ClaimStatus.NOT_MADE
    return ClaimStatus.IN_TIME if claimed_ms < claim_by_ms else ClaimStatus.LATE
