"""Credits as they are written become rules: which kind each is, is told by its keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from uptally.config.contract import keys
from uptally.config.marks import Path
from uptally.config.source import Source
from uptally.model.comparison import Comparison
from uptally.model.credit import Award, Blocks, Bound, CreditRule, PerDay, ProRata, Shortfall, Tier, Tiers

_BOUNDS: Mapping[str, Comparison] = {
    "below": Comparison.LT,
    "at_most": Comparison.LE,
    "above": Comparison.GT,
    "at_least": Comparison.GE,
}
_KNOWN: Mapping[str, frozenset[str]] = {
    "per_day": frozenset({"per_day", "credit", "consecutive", *_BOUNDS}),
    "prorata": frozenset({"prorata", "beyond_budget"}),
    "blocks": frozenset({"each", "credit", "started", "beyond_budget", "outages_of"}),
    "shortfall": frozenset({"each", "credit", "started"}),
    "tier": frozenset({"credit", *_BOUNDS}),
}
"""For each kind its keys, beside `only_if_missed`, which all of them have."""


@dataclass(frozen=True, slots=True)
class Written:
    """Credit rules, and of those that are tiers the paths of each."""

    rules: tuple[CreditRule, ...] = ()
    tiers: tuple[tuple[Tiers, tuple[Path, ...]], ...] = ()


def credits_of(asked: Sequence[keys.Credit], path: Path, source: Source) -> Written:
    """Return the rules, as far as they are without fault, adding what is wrong with them.

    Tiers of availability make one rule together, and so do tiers of downtime: the largest that holds is given.
    """
    rules: dict[object, CreditRule] = {}
    tables: dict[object, tuple[Tiers, tuple[Path, ...]]] = {}
    for index, each in enumerate(asked):
        here = (*path, index)
        kind = _kind(each)
        if _refused(each, kind, here, source):
            continue
        if kind != "tier":
            rules[index] = _RULES[kind](each)
            continue
        tier = Tier(_bounds(each), each.credit or Award())
        sort = (_of_downtime(each), each.only_if_missed)
        tiers, paths = tables.get(sort, (Tiers(()), ()))
        tables[sort] = Tiers((*tiers.tiers, tier), *sort), (*paths, here)
        rules[sort] = tables[sort][0]
    return Written(tuple(rules.values()), tuple(tables.values()))


def _kind(each: keys.Credit) -> str:
    if each.per_day:
        return "per_day"
    if each.prorata is not None:
        return "prorata"
    if each.each is not None:
        return "shortfall" if isinstance(each.each, Fraction) else "blocks"
    return "tier"


def _limits(each: keys.Credit) -> dict[str, Fraction | int]:
    return {key: limit for key in _BOUNDS if (limit := getattr(each, key)) is not None}


def _bounds(each: keys.Credit) -> tuple[Bound, ...]:
    return tuple(Bound(_BOUNDS[key], Fraction(limit)) for key, limit in _limits(each).items())


def _of_downtime(each: keys.Credit) -> bool:
    return any(isinstance(limit, int) for limit in _limits(each).values())


def _refused(each: keys.Credit, kind: str, path: Path, source: Source) -> bool:
    """Add what is wrong with a credit of a kind, and tell whether anything is."""
    wrong = list(_faults(each, kind))
    for key, message in wrong:
        source.problems.add((*path, key) if key else path, message)
    return bool(wrong)


def _faults(each: keys.Credit, kind: str) -> Iterator[tuple[str, str]]:
    name = {"tier": "the limits of a tier", "blocks": "'each'", "shortfall": "'each'"}.get(kind, f"'{kind}'")
    for key in sorted(each.model_fields_set - _KNOWN[kind] - {"only_if_missed"}):
        yield key, f"means nothing beside {name}"
    if each.credit is None and kind != "prorata":
        yield "credit", "the key is missing: say what is given, such as 10%"
    limits = _limits(each)
    if kind == "tier":
        yield from _tier_faults(each, limits)
    if kind == "per_day":
        if len(limits) != 1 or not _of_downtime(each):
            yield "", "expected one limit of a day's downtime beside 'per_day', such as above: 4h"
        if each.credit is not None and each.credit.share:
            yield "credit", "is given for each day, in days of the fee: write 1d, say"
    if kind in ("blocks", "shortfall") and not each.each:
        yield "each", "must be above 0"
    if kind == "blocks" and each.outages_of is not None and each.beyond_budget:
        yield "beyond_budget", "contradicts 'outages_of': the budget is of the whole period, not of an outage"


def _tier_faults(each: keys.Credit, limits: Mapping[str, Fraction | int]) -> Iterator[tuple[str, str]]:
    if not limits:
        yield "", "says not when: add one of below, at_most, above, at_least, each, prorata, per_day"
    elif len({type(limit) for limit in limits.values()}) > 1:
        yield "", "holds limits of availability (99.9%) and of downtime (30m): make two of it"
    elif not _can_hold(each):
        yield "", f"can never hold, as nothing is both {' and '.join(limits)} these"


def _can_hold(each: keys.Credit) -> bool:
    bounds = _bounds(each)
    return any(all(bound.holds(figure) for bound in bounds) for figure in figures([bounds]))


def figures(tiers: Sequence[Sequence[Bound]]) -> list[Fraction]:
    """Return figures of every kind that tiers can tell apart, rising: each limit, and one between any two."""
    limits = sorted({bound.limit for bounds in tiers for bound in bounds})
    between = [(low + high) / 2 for low, high in pairwise([Fraction(0), *limits])]
    beyond = limits[-1] + 1 if limits else Fraction(0)
    return sorted({Fraction(0), *limits, *between, beyond})


def _blocks(each: keys.Credit) -> CreditRule:
    assert isinstance(each.each, int)
    award = each.credit or Award()
    return Blocks(each.each, award, each.started, each.beyond_budget, each.outages_of, each.only_if_missed)


def _shortfall(each: keys.Credit) -> CreditRule:
    assert isinstance(each.each, Fraction)
    return Shortfall(each.each, each.credit or Award(), each.started, each.only_if_missed)


def _prorata(each: keys.Credit) -> CreditRule:
    return ProRata(each.prorata or Fraction(1), each.beyond_budget, each.only_if_missed)


def _per_day(each: keys.Credit) -> CreditRule:
    [bound] = _bounds(each)
    days = each.credit.days if each.credit else Fraction(0)
    return PerDay(days, int(bound.limit), bound.comparison, each.consecutive, each.only_if_missed)


_RULES: Mapping[str, Callable[[keys.Credit], CreditRule]] = {
    "blocks": _blocks,
    "shortfall": _shortfall,
    "prorata": _prorata,
    "per_day": _per_day,
}
