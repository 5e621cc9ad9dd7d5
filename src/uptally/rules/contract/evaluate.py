"""Terms and facts become a judgement: the door of the contract's rules.

The engine is pure: no clock, no input or output. It works on exact timelines; how well these are known is told by
judging the worst and the best that they can have been as well (`books`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from uptally.model.facts import Facts, History
from uptally.model.judgement import Judgement, PeriodJudgement, WindowJudgement
from uptally.model.terms import CompositeMode, PartialPeriod, Terms
from uptally.rules.contract.calendar import service_time
from uptally.rules.contract.components import combined
from uptally.rules.contract.credits import NOTHING, combined_shares
from uptally.rules.contract.exclusions import candidates
from uptally.rules.contract.measured import Subject, window_judgement
from uptally.rules.contract.periods import year_before_ms
from uptally.rules.contract.settlement import fee_share, settled
from uptally.rules.contract.sums import Scene, window_time
from uptally.rules.contract.termination import termination_of
from uptally.units.stretches import FIRST_MS, Stretches, clipped, difference
from uptally.units.time import Window


def judge(terms: Terms, facts: Facts, periods: Sequence[tuple[str, Window]]) -> Judgement:
    """Return what terms come to over periods, each by its label, in the order of time."""
    subjects = _subjects(terms, _as_of(facts))
    found: list[PeriodJudgement] = []
    for label, period in periods:
        found.append(_judge_period(terms, facts, subjects, label, period, left=left_of_cap(terms, period, found)))
    return Judgement(tuple(found), termination_of(terms.termination, found))


def left_of_cap(terms: Terms, period: Window, earlier: Sequence[PeriodJudgement]) -> Fraction | None:
    """Return what the cap over twelve months leaves for a period's credit; None without one."""
    if terms.credit_cap_12_months is None:
        return None
    since_ms = year_before_ms(period.end_ms, terms.zone)
    # A credit that was forfeited takes nothing of the cap.
    given = (each.share for each in earlier if each.period.start_ms >= since_ms and each.payable != 0)
    return max(NOTHING, terms.credit_cap_12_months - sum(given, NOTHING))


def time_read(terms: Terms, facts: Facts, label: str, period: Window) -> dict[str, Stretches]:
    """Return the time of each service window in which states are read: in the contract, past, and not excluded."""
    scene = _scene(terms, facts, label, period)
    found = {}
    for name, time in service_time(terms.windows, period, terms.zone).items():
        window = window_time(scene, time)
        found[name] = difference(window.judged, window.excluded.time)
    return found


def _scene(terms: Terms, facts: Facts, label: str, period: Window) -> Scene:
    return Scene(terms, facts, label, period, candidates(terms, facts.exclusions, period, as_of_ms=facts.as_of_ms))


def _as_of(facts: Facts) -> Mapping[str, History]:
    """Return the components without what was recorded after the facts were looked at."""
    as_of_ms = facts.as_of_ms
    if as_of_ms is None:
        return facts.components
    past = (FIRST_MS, as_of_ms)
    return {
        name: history._replace(down=clipped(history.down, past), unknown=clipped(history.unknown, past))
        for name, history in facts.components.items()
    }


def _subjects(terms: Terms, components: Mapping[str, History]) -> tuple[Subject, ...]:
    """Return what is measured: the service as one, or each of its components where these are measured alone."""
    composite, names, histories = terms.composite, list(components), list(components.values())
    if composite is None or (len(histories) == 1 and composite.mode is not CompositeMode.POOLED):
        return tuple(map(Subject, names[:1], histories[:1]))
    if composite.mode is CompositeMode.WEIGHTED:
        return tuple(Subject(name, history, composite.weights[name]) for name, history in components.items())
    if composite.mode is CompositeMode.POOLED:
        return tuple(map(Subject, names, histories))
    return (Subject(terms.name, combined(histories, least=composite.least_down(len(histories)))),)


def _judge_period(
    terms: Terms, facts: Facts, subjects: Sequence[Subject], label: str, period: Window, *, left: Fraction | None
) -> PeriodJudgement:
    scene = _scene(terms, facts, label, period)
    codes: dict[str, None] = {}
    windows: list[WindowJudgement] = []
    times = service_time(terms.windows, period, terms.zone)
    for window in terms.windows:
        found, reasons = window_judgement(scene, window, times[window.name], subjects)
        windows.append(found)
        codes.update(dict.fromkeys(reasons))
    met = [window.is_met for window in windows if window.is_met is not None]
    shares = (*(window.share for window in windows), *facts.shares.get(label, ()))
    share = combined_shares(shares, terms.credit_combine)
    if terms.credit_cap is not None and share > terms.credit_cap:
        share = terms.credit_cap
        codes["credit_capped:total"] = None
    if left is not None and share > left:
        share = left
        codes["credit_capped:12_months"] = None
    if terms.partial_period is PartialPeriod.NO_CREDIT and scene.is_part:
        share = NOTHING
        codes["partial_period_no_credit"] = None
    part = fee_share(terms.fee, terms, period)
    if part != 1:
        codes["fee_prorated"] = None
    settlement = settled(terms, share, fee_share=part, period=period, claimed_ms=facts.claims.get(label))
    codes.update(dict.fromkeys(settlement.codes))
    return PeriodJudgement(
        label=label,
        period=period,
        windows=tuple(windows),
        is_met=all(met) if met else None,
        share=share,
        fee_share=part,
        amount=settlement.amount,
        payable=settlement.payable,
        tax=settlement.tax,
        claim=settlement.claim,
        claim_by_ms=settlement.claim_by_ms,
        codes=tuple(codes),
    )
