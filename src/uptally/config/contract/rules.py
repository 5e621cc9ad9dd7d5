"""Rules of terms: what counts as downtime, what is left out, what it costs and when one may go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from zoneinfo import ZoneInfo

from uptally.config.contract import keys
from uptally.config.contract.readers import Days
from uptally.config.marks import Path, keys_at
from uptally.config.shape import Shape
from uptally.config.source import Source
from uptally.model.comparison import Comparison
from uptally.model.downtime import BucketTime, DowntimeRule, Instant, RequestMode, Requests, Run
from uptally.model.fee import ClaimRule, Fee, FeeStep, LeastCredit
from uptally.model.termination import Misses, OutageCount, RollingAverage, TerminationRule
from uptally.model.terms import ExclusionRule, ExclusionRules
from uptally.units.currency import DECIMALS
from uptally.units.time import DAY_MS, midnight_ms

_OF_DOWNTIME: Mapping[str, frozenset[str]] = {
    "run": frozenset({"scope", "count"}),
    "longer_than": frozenset({"scope", "count"}),
    "bucket": frozenset({"down_when"}),
    "requests": frozenset({"mode", "empty", "errors_above", "errors_at_least", "least_requests", "least_run"}),
}
_OF_THRESHOLD = ("errors_above", "errors_at_least", "least_requests", "least_run")
_OF_TERMINATION: Mapping[str, frozenset[str]] = {
    "misses": frozenset({"of", "below", "downtime_above"}),
    "mean_below": frozenset({"periods"}),
    "outages": frozenset({"within", "lasting"}),
}


def downtime_of(asked: keys.Downtime | None, path: Path, source: Source) -> DowntimeRule:
    """Return what counts as downtime, adding what is wrong with it; with a problem, the result is of no use."""
    if asked is None:
        return Instant()
    kind = _one_kind(asked, _OF_DOWNTIME, path, source)
    if kind == "bucket" and asked.bucket:
        return BucketTime(asked.bucket, asked.down_when == "all")
    if kind == "requests" and asked.requests:
        return _requests(asked, asked.requests, path, source)
    least_ms = asked.run or asked.longer_than
    if least_ms is None:
        return Instant()
    comparison = Comparison.GE if asked.run else Comparison.GT
    return Run(least_ms, comparison, asked.scope == "incident", asked.count)


def _one_kind(asked: Shape, known: Mapping[str, frozenset[str]], path: Path, source: Source) -> str | None:
    """Return the one key that says which kind of rule a table is; None, and a problem, where it is not one.

    Keys count as they are written, those at fault too; those of other kinds are a problem each.
    """
    written = asked.model_fields_set | set(keys_at(source.root, path))
    kinds = [kind for kind in known if kind in written]
    if len(kinds) != 1:
        source.problems.add(path, f"expected exactly one of {', '.join(known)}")
        return None
    for key in sorted(written - known[kinds[0]] - {kinds[0]}):
        source.problems.add((*path, key), f"means nothing beside '{kinds[0]}'")
    return kinds[0]


def _requests(asked: keys.Downtime, bucket_ms: int, path: Path, source: Source) -> Requests:
    is_threshold = asked.mode is RequestMode.THRESHOLD
    for key in _OF_THRESHOLD:
        if key in asked.model_fields_set and not is_threshold:
            source.problems.add((*path, key), "is for 'mode: threshold'")
    if "empty" in asked.model_fields_set and asked.mode is not RequestMode.AVERAGE:
        source.problems.add((*path, "empty"), "is for 'mode: average'")
    rates = [rate for rate in (asked.errors_above, asked.errors_at_least) if rate is not None]
    if is_threshold and len(rates) != 1:
        source.problems.add(path, "expected exactly one of errors_above, errors_at_least")
    if not is_threshold or not rates:
        return Requests(bucket_ms, asked.mode, asked.empty)
    comparison = Comparison.GT if asked.errors_above is not None else Comparison.GE
    return Requests(bucket_ms, asked.mode, asked.empty, rates[0], comparison, asked.least_requests, asked.least_run)


def exclusions_of(asked: keys.Sla) -> ExclusionRules:
    """Return the kinds of exclusions that terms know."""
    return ExclusionRules(tuple(_exclusions(asked.exclusions or {})), asked.excluded == "as_up")


def _exclusions(asked: Mapping[str, keys.Exclusion]) -> Iterator[ExclusionRule]:
    for kind, each in asked.items():
        notice = each.notice or Days()
        is_exact = each.notice is not None and notice.business is None
        yield ExclusionRule(kind, notice.exact_ms if is_exact else None, each.only, each.at_most, notice.business)


def fee_of(asked: keys.Fee, zone: ZoneInfo, path: Path, source: Source) -> Fee:
    """Return what a period costs, adding what is wrong with it."""
    steps: list[FeeStep] = []
    currency = asked.amount.currency
    for index, change in enumerate(asked.changes or ()):
        here = (*path, "changes", index)
        if change.amount.currency != currency:
            source.problems.add((*here, "amount"), f"is in another currency than the fee: write {currency}")
        step = FeeStep(midnight_ms(change.since, zone), change.amount.amount)
        if steps and step.from_ms <= steps[-1].from_ms:
            source.problems.add((*here, "from"), "is not after the change before: put them in the order of dates")
        steps.append(step)
    return Fee(
        amount=asked.amount.amount,
        currency=currency,
        decimals=DECIMALS[currency] if asked.decimals is None else asked.decimals,
        rounding=asked.rounding,
        proration=asked.proration,
        day_basis=None if asked.day_basis is None else Fraction(asked.day_basis),
        steps=tuple(steps),
        tax=asked.tax,
    )


def least_credit_of(asked: keys.LeastCredit, fee: keys.Fee | None, path: Path, source: Source) -> LeastCredit | None:
    """Return from what amount on a credit is issued, adding what is wrong with it."""
    amounts = [amount for amount in (asked.at_least, asked.above) if amount is not None]
    if len(amounts) != 1:
        source.problems.add(path, "expected exactly one of at_least, above")
        return None
    if fee is not None and amounts[0].currency != fee.amount.currency:
        source.problems.add(path, f"is in another currency than the fee: write {fee.amount.currency}")
    return LeastCredit(amounts[0].amount, Comparison.GE if asked.at_least else Comparison.GT)


def claim_of(asked: Days) -> ClaimRule:
    """Return by when a credit must be claimed."""
    is_business = asked.business is not None
    return ClaimRule(asked.business if asked.business is not None else asked.exact_ms // DAY_MS, is_business)


def termination_of(asked: keys.Termination, path: Path, source: Source) -> TerminationRule | None:
    """Return what gives a right to terminate, adding what is wrong with it; None where that leaves nothing."""
    kind = _one_kind(asked, _OF_TERMINATION, path, source)
    if kind == "misses" and asked.misses is not None:
        of = asked.misses if asked.of is None else asked.of
        if asked.misses > of:
            source.problems.add((*path, "of"), f"must be {asked.misses} or more, as so many of them must miss")
        return Misses(asked.misses, of, asked.below, asked.downtime_above)
    if kind == "mean_below" and asked.mean_below is not None:
        if asked.periods is None:
            source.problems.add((*path, "periods"), "the key is missing: over how many periods is the mean taken?")
        return RollingAverage(asked.periods or 1, asked.mean_below)
    if kind == "outages" and asked.outages is not None:
        return OutageCount(asked.outages, asked.within, asked.lasting or 0)
    return None
