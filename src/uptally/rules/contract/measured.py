"""What a period came to in one service window: its components' sums, the verdict on its target, and its credit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from uptally.model.facts import History
from uptally.model.judgement import Part, WindowJudgement, Yield
from uptally.model.terms import Composite, CompositeMode, RatioRounding, ServiceWindow, Terms
from uptally.rules.contract.credits import NOTHING, Result, credit_of
from uptally.rules.contract.periods import local_days
from uptally.rules.contract.sums import Scene, Sums, sums_of, weighed_ms, window_time
from uptally.units.money import rounded
from uptally.units.stretches import Stretches
from uptally.units.time import Window


class Subject(NamedTuple):
    """What is measured alone, and how much it weighs beside the others."""

    name: str
    history: History
    weight: Fraction = Fraction(1)


def window_judgement(
    scene: Scene, window: ServiceWindow, time: Stretches, subjects: Sequence[Subject]
) -> tuple[WindowJudgement, list[str]]:
    """Return what a period came to in a service window, and the codes of what there is to say of it."""
    terms, measurable = scene.terms, window_time(scene, time)
    each = [sums_of(scene, measurable, subject.history) for subject in subjects]
    sums, availability, parts = _together(terms.composite, subjects, each)
    margin_ms = scene.facts.margins.get((scene.label, window.name))
    if margin_ms and availability is not None:
        sums, availability = _with_margin(sums, availability, margin_ms, is_mean=bool(parts))
    if availability is None and terms.is_full_without_service:
        availability = Fraction(1)
    decision = None if availability is None else _decided_by(availability, terms.rounding)
    is_met = None if decision is None else _is_met(terms, decision, window.target)
    has_service = sums.service_ms > 0
    budget_ms = (1 - window.target) * sums.denominator_ms if has_service else NOTHING
    yields: tuple[Yield, ...] = ()
    share, is_capped = NOTHING, False
    if has_service and decision is not None and is_met is not None:
        result = Result(
            target=window.target,
            decision=decision,
            is_met=is_met,
            denominator_ms=sums.denominator_ms,
            counted_ms=sums.counted_ms,
            budget_ms=budget_ms,
            counted=sums.counted,
            period=scene.period,
            zone=terms.zone,
            days=days_of_fee(scene.terms, scene.period),
            weigh=lambda part: weighed_ms(terms, subjects[0].history, part),
        )
        yields, share, is_capped = credit_of(window.credit, result)
    found = WindowJudgement(
        name=window.name,
        target=window.target,
        scheduled_ms=sums.scheduled_ms,
        agreed_ms=sums.agreed_ms,
        denominator_ms=sums.denominator_ms,
        counted_ms=sums.counted_ms,
        excluded_ms=sums.excluded_ms,
        ignored_ms=sums.ignored_ms,
        unknown_ms=sums.unknown_ms,
        down_ms=sums.down_ms,
        availability=availability,
        decision=decision,
        is_met=is_met,
        budget_ms=budget_ms,
        left_ms=budget_ms - sums.counted_ms if has_service else NOTHING,
        share=share,
        yields=yields,
        is_capped=is_capped,
        counted=sums.counted,
        parts=parts,
    )
    return found, [*measurable.excluded.codes, *_codes(terms, found)]


def _together(
    composite: Composite | None, subjects: Sequence[Subject], each: Sequence[Sums]
) -> tuple[Sums, Fraction | None, tuple[Part, ...]]:
    """Return the sums of all components, the availability of them together, and that of each where it is a mean."""
    if len(each) == 1:
        return each[0], each[0].availability, ()
    if composite is not None and composite.mode is CompositeMode.POOLED:
        sums = _added(each, [Fraction(1)] * len(each))
        # A number stands for each component that has service time, and for no other.
        sums = sums._replace(denominator_ms=sum((one.denominator_ms for one in each if one.service_ms), NOTHING))
        return sums, sums.availability, ()
    counting = [
        (one, subject) for one, subject in zip(each, subjects, strict=True) if one.service_ms and subject.weight
    ]
    parts = tuple(
        Part(subject.name, subject.weight, availability)
        for one, subject in counting
        if (availability := one.availability) is not None
    )
    if not counting:
        counting = list(zip(each, subjects, strict=True))
    whole = sum((subject.weight for _, subject in counting), NOTHING)
    sums = _added([one for one, _ in counting], [subject.weight / whole for _, subject in counting])
    mean = sum((part.weight / whole * part.availability for part in parts), NOTHING)
    return sums, mean if parts else None, parts


def _with_margin(
    sums: Sums, availability: Fraction, margin_ms: Fraction, *, is_mean: bool
) -> tuple[Sums, Fraction | None]:
    """Return sums and availability with so much more downtime, or less: no more than there is time, nor less than none.

    Of a weighted mean, the margin is one of weighted milliseconds.
    """
    counted_ms = min(max(NOTHING, sums.counted_ms + margin_ms), max(sums.service_ms, sums.counted_ms))
    moved = sums._replace(counted_ms=counted_ms)
    if not is_mean:
        return moved, moved.availability
    mean = availability - (counted_ms - sums.counted_ms) / sums.denominator_ms
    return moved, min(max(NOTHING, mean), Fraction(1))


def _added(each: Sequence[Sums], shares: Sequence[Fraction]) -> Sums:
    """Return the weighted sums of components."""

    def total(values: Iterable[Fraction]) -> Fraction:
        return sum((share * value for share, value in zip(shares, values, strict=True)), NOTHING)

    return Sums(
        scheduled_ms=total(one.scheduled_ms for one in each),
        agreed_ms=total(one.agreed_ms for one in each),
        denominator_ms=total(one.denominator_ms for one in each),
        counted_ms=total(one.counted_ms for one in each),
        excluded_ms=total(one.excluded_ms for one in each),
        ignored_ms=total(one.ignored_ms for one in each),
        unknown_ms=total(one.unknown_ms for one in each),
        down_ms=total(one.down_ms for one in each),
        service_ms=total(one.service_ms for one in each),
    )


def _decided_by(availability: Fraction, rounding: RatioRounding | None) -> Fraction:
    if rounding is None:
        return availability
    return Fraction(rounded(100 * availability, decimals=rounding.decimals, rounding=rounding.rounding)) / 100


def _is_met(terms: Terms, decision: Fraction, target: Fraction) -> bool:
    return decision >= target if terms.is_met_at_equality else decision > target


def days_of_fee(terms: Terms, period: Window) -> Fraction:
    """Return how many days a fee is for: those of the period, unless the terms give a number."""
    if terms.fee is not None and terms.fee.day_basis is not None:
        return terms.fee.day_basis
    return Fraction(len(local_days(period, terms.zone)))


def _codes(terms: Terms, found: WindowJudgement) -> list[str]:
    name = found.name
    if found.is_met is None:
        codes = [f"no_service_time:{name}"]
    else:
        codes = [f"target_met:{name}" if found.is_met else f"target_missed:{name}"]
    if found.ignored_ms:
        codes.append(f"short_outages_ignored:{name}")
    if found.unknown_ms:
        codes.append(f"unknown_{terms.unknown.value}:{name}")
    codes.extend(f"credit:{name}:{each.rule}" for each in found.yields)
    if found.is_capped:
        codes.append(f"credit_capped:{name}")
    return codes
