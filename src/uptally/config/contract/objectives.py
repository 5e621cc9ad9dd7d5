"""Objectives as they are written become nouns: what is promised besides availability."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction

from uptally.config.contract.objective_keys import (
    LATENCY,
    NUMBER,
    PERCENT,
    Limit,
    ObjectiveCredit,
    Unit,
)
from uptally.config.contract.objective_keys import Objective as Asked
from uptally.config.marks import Path, nearest, shown
from uptally.config.source import Source
from uptally.model.comparison import Comparison
from uptally.model.credit import Bound, Tier, Tiers
from uptally.model.objective import Measure, Objective, Percentile, Promptness, Quotient, Step, Total

_STEPS = tuple(step.value for step in Step)
_KNOWN: Mapping[str, frozenset[str]] = {
    "latency": frozenset({"ceiling"}),
    **dict.fromkeys(_STEPS, frozenset({"during", "severity", "floor"})),
    "total": frozenset({"floor", "ceiling"}),
    "ratio": frozenset({"floor", "ceiling"}),
}
"""What is measured, by the one key that says so, and the keys that it goes with."""

_UNITS: Mapping[str, tuple[Unit, ...]] = {
    "latency": (LATENCY,),
    **dict.fromkeys(_STEPS, (PERCENT,)),
    "total": (NUMBER,),
    "ratio": (PERCENT, NUMBER),
}
_BOUNDS: Mapping[str, Comparison] = {
    "below": Comparison.LT,
    "at_most": Comparison.LE,
    "above": Comparison.GT,
    "at_least": Comparison.GE,
}
_EVERY = Limit(Fraction(1), PERCENT)


def objectives_of(
    asked: Sequence[Asked], *, windows: Collection[str], path: Path, source: Source
) -> tuple[Objective, ...]:
    """Return the objectives of terms, as far as they are without fault, adding what is wrong with them.

    `windows` are the names of the terms' service windows, `path` is where the list stands.
    """
    found: list[Objective] = []
    names: dict[str, int] = {}
    for index, each in enumerate(asked):
        here = (*path, index)
        first = names.setdefault(each.name, index)
        if first != index:
            source.problems.add((*here, "name"), f"is the name of objectives[{first}] too: statements tell them by it")
        faults = list(_faults(each, windows))
        for inner, message in faults:
            source.problems.add((*here, *inner), message)
        if not faults:
            found.append(_objective(each))
    return tuple(found)


def _kinds(asked: Asked) -> list[str]:
    return [kind for kind in _KNOWN if kind in asked.model_fields_set]


def _faults(asked: Asked, windows: Collection[str]) -> Iterator[tuple[Path, str]]:
    kinds = _kinds(asked)
    if len(kinds) != 1:
        yield (), f"expected exactly one of {', '.join(_KNOWN)}"
        return
    [kind] = kinds
    for key in sorted(asked.model_fields_set - _KNOWN[kind] - {kind, "name", "credits"}):
        remedy = ": a latency has a ceiling" if (kind, key) == ("latency", "floor") else ""
        yield (key,), f"means nothing beside '{kind}'{remedy}"
    limits = [key for key in ("floor", "ceiling") if getattr(asked, key) is not None]
    if len(limits) > 1:
        yield ("ceiling",), "stands beside 'floor': make two objectives of it"
    if not limits and kind not in _STEPS:
        needed = [key for key in ("floor", "ceiling") if key in _KNOWN[kind]]
        yield (), f"promises nothing: add a {' or a '.join(needed)}"
    if asked.during is not None and asked.during not in windows:
        hint = nearest(asked.during, windows) or f": there is {', '.join(windows)}"
        yield ("during",), f"{shown(asked.during)} is no window of these terms{hint}"
    yield from _unit_faults(asked, kind)


def _unit_faults(asked: Asked, kind: str) -> Iterator[tuple[Path, str]]:
    """Tell of limits in another unit than what is measured, or than the first of them."""
    wanted = _UNITS[kind]
    for path, limit in _limits(asked):
        if limit.unit not in wanted:
            remedy = " or ".join(f"{unit.word} such as {unit.example}" for unit in wanted)
            yield path, f"expected {remedy}, not {limit.unit.word}"
        else:
            wanted = (limit.unit,)
    for index, credit in enumerate(asked.credits or ()):
        if not _bounds(credit):
            yield ("credits", index), f"says not when: add one of {', '.join(_BOUNDS)}"


def _limits(asked: Asked) -> Iterator[tuple[Path, Limit]]:
    for key in ("floor", "ceiling"):
        if (limit := getattr(asked, key)) is not None:
            yield (key,), limit
    for index, credit in enumerate(asked.credits or ()):
        for key, limit in _bounds(credit).items():
            yield ("credits", index, key), limit


def _bounds(credit: ObjectiveCredit) -> dict[str, Limit]:
    return {key: limit for key in _BOUNDS if (limit := getattr(credit, key)) is not None}


def _objective(asked: Asked) -> Objective:
    limit = asked.floor or asked.ceiling or _EVERY
    comparison = Comparison.LE if asked.ceiling else Comparison.GE
    return Objective(asked.name, _measure(asked, limit), comparison, limit.value, _tiers(asked.credits or ()))


def _measure(asked: Asked, limit: Limit) -> Measure:
    if asked.latency is not None:
        return Percentile(asked.latency)
    if asked.total is not None:
        return Total(asked.total)
    if asked.ratio is not None:
        return Quotient(asked.ratio, is_percent=limit.unit is PERCENT)
    [step] = _kinds(asked)
    within_ms = getattr(asked, step)
    return Promptness(Step(step), within_ms, asked.during, asked.severity or frozenset())


def _tiers(credits: Sequence[ObjectiveCredit]) -> Tiers | None:
    tiers = [
        Tier(tuple(Bound(_BOUNDS[key], limit.value) for key, limit in _bounds(credit).items()), credit.credit)
        for credit in credits
    ]
    return Tiers(tuple(tiers)) if tiers else None
