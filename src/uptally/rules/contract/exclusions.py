"""What the contract leaves out: which exclusions are valid, and what time of a window they take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from uptally.model.facts import Exclusion
from uptally.model.terms import ExclusionRule, Terms
from uptally.rules.contract.business import business_days_after
from uptally.rules.contract.calendar import weekly_time
from uptally.units.stretches import NEVER, Stretches, clipped, difference, earliest, length_ms, stretches, union
from uptally.units.time import Window, day_of


class Excluded(NamedTuple):
    """What is excluded of a window's time, and what there is to say of it, as reason codes."""

    time: Stretches
    codes: tuple[str, ...]


class Candidates(NamedTuple):
    """The exclusions of a period, before a window cuts them: the valid ones with what `only_during` leaves of each, and
    the others with what they lack."""

    valid: tuple[tuple[Exclusion, ExclusionRule, Stretches], ...]
    refused: tuple[tuple[Exclusion, str], ...]


def candidates(terms: Terms, exclusions: Sequence[Exclusion], period: Window, *, as_of_ms: int | None) -> Candidates:
    """Return which exclusions that touch a period are valid, and why the others are not."""
    rules: Mapping[str, ExclusionRule] = {rule.kind: rule for rule in terms.exclusions.rules}
    valid: list[tuple[Exclusion, ExclusionRule, Stretches]] = []
    refused: list[tuple[Exclusion, str]] = []
    for exclusion in exclusions:
        inside = Window(exclusion.start_ms, exclusion.end_ms).clipped(period)
        if not inside.length_ms:
            continue
        rule = rules.get(exclusion.kind)
        if rule is None:
            refused.append((exclusion, "kind"))
        elif not _is_announced(terms, exclusion, rule, as_of_ms):
            refused.append((exclusion, "notice"))
        elif rule.only_during is None:
            valid.append((exclusion, rule, ((inside.start_ms, inside.end_ms),)))
        else:
            valid.append((exclusion, rule, weekly_time(rule.only_during, inside, terms.zone)))
    return Candidates(tuple(valid), tuple(refused))


def _is_announced(terms: Terms, exclusion: Exclusion, rule: ExclusionRule, as_of_ms: int | None) -> bool:
    """Tell whether the notice of an exclusion suffices; one given after `as_of_ms` is not known then."""
    if rule.notice_ms is None and rule.notice_days is None:
        return True
    notified_ms = exclusion.notified_ms
    if notified_ms is None or (as_of_ms is not None and notified_ms > as_of_ms):
        return False
    if exclusion.start_ms - notified_ms < (rule.notice_ms or 0):
        return False
    if rule.notice_days is None:
        return True
    earliest_day = business_days_after(day_of(notified_ms, terms.zone), rule.notice_days, terms.business)
    return day_of(exclusion.start_ms, terms.zone) >= earliest_day


def excluded_of(scheduled: Stretches, found: Candidates) -> Excluded:
    """Return what exclusions take of a window's scheduled time; each kind no more than its rule allows, the earliest
    first."""
    codes: list[str] = []
    by_kind: dict[str, tuple[ExclusionRule, list[Stretches]]] = {}
    for exclusion, rule, allowed in found.valid:
        taken = _within(scheduled, allowed)
        if taken:
            codes.append(f"excluded:{exclusion.id}")
            by_kind.setdefault(exclusion.kind, (rule, []))[1].append(taken)
        if rule.only_during is not None:
            whole = clipped(scheduled, (exclusion.start_ms, exclusion.end_ms))
            if difference(whole, allowed):
                codes.append(f"outside_hours:{exclusion.kind}")
    for exclusion, why in found.refused:
        if clipped(scheduled, (exclusion.start_ms, exclusion.end_ms)):
            codes.append(f"not_excluded:{exclusion.id}:{why}")
    times: list[Stretches] = []
    for kind, (rule, parts) in by_kind.items():
        time = union(*parts)
        if rule.most_ms is not None and length_ms(time) > rule.most_ms:
            codes.append(f"exclusion_capped:{kind}")
            time = earliest(time, most_ms=rule.most_ms)
        times.append(time)
    return Excluded(union(*times), tuple(dict.fromkeys(codes)))


def _within(scheduled: Stretches, allowed: Stretches) -> Stretches:
    if not allowed:
        return NEVER
    return stretches(piece for part in allowed for piece in clipped(scheduled, part))
