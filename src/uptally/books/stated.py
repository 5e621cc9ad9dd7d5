"""A case becomes the statement of its period: the judgement and its ends, told in whole milliseconds and in money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil, floor
from typing import NamedTuple

from uptally.books.booking import Worth, worth
from uptally.books.ends import Case, Ends, judged
from uptally.books.outages import counted_of, outages_of_part, parts_of, uses_of
from uptally.books.subjects import Promise, terms_for
from uptally.model.agreement import Agreement, Service
from uptally.model.downtime import Requests
from uptally.model.judgement import PeriodJudgement, WindowJudgement
from uptally.model.objective import ObjectiveJudgement
from uptally.model.period_statement import (
    Credit,
    Forecast,
    LeftOut,
    PeriodStatement,
    Range,
    ServiceOutage,
    Use,
    WindowStatement,
)
from uptally.model.terms import OpenPeriod
from uptally.model.verdict import Verdict
from uptally.rules.contract.evaluate import judge, time_read
from uptally.rules.contract.exclusions import candidates
from uptally.rules.contract.explain import lines_of, money_lines
from uptally.rules.contract.probed_requests import unobserved
from uptally.rules.contract.settlement import claimed_codes
from uptally.rules.forecast import forecast_of
from uptally.rules.history import Sight
from uptally.units.said import said
from uptally.units.stretches import Stretches, clipped, intersection, length_ms, union


class Dependency(NamedTuple):
    """A service on which another rests by an operational agreement, and what is known of its components."""

    service: Service
    agreement: Agreement
    sights: Mapping[str, Sight] = {}


class _Seen(NamedTuple):
    """What of a period is told beside its sums: outages, what counts by service window, what used the budget."""

    outages: tuple[ServiceOutage, ...]
    uses: Mapping[str, tuple[Use, ...]]


def stated(
    promise: Promise,
    case: Case,
    dependencies: Sequence[Dependency],
    objectives: tuple[ObjectiveJudgement, ...],
    *,
    now_ms: int,
) -> PeriodStatement:
    """Return the statement of a case, with what was promised besides availability.

    A period in progress is decided as a whole, as if the rest of it were up: its budget is the full period's. What was
    measured of it is what has passed, where the terms say no more.
    """
    terms, (label, period) = case.terms, case.period
    read = case.time_read()
    if objectives:
        case = _with_shares(case, objectives)
    shown = decided = judged(case, read)
    is_over = now_ms >= period.end_ms
    if not is_over and terms.open_period is OpenPeriod.ELAPSED:
        case = replace(case, terms=replace(terms, open_period=OpenPeriod.FULL_PERIOD))
        decided = judged(case, read)
    counted = decided.counted
    seen = _seen(case, counted, read, dependencies, as_of_ms=now_ms)
    forecasts = {} if is_over else _forecasts(case, counted, read, now_ms=now_ms)
    dark = _dark(case, read)
    windows = tuple(
        _window(shown, decided, index, seen.uses[found.name], forecasts.get(found.name), dark_ms=dark[found.name])
        for index, found in enumerate(counted.windows)
    )
    verdict = _of_all([*(window.verdict for window in windows), *(each.verdict for each in objectives)])
    is_blind = any(each.is_met is None for each in objectives)
    money = worth(promise.agreement, decided, verdict, is_over=is_over, is_blind=is_blind)
    found = PeriodStatement(
        agreement=promise.agreement,
        service=promise.service,
        terms=terms,
        label=label,
        period=period,
        as_of_ms=now_ms,
        windows=windows,
        verdict=verdict,
        outages=seen.outages,
        credit=money.credit,
        least=money.least,
        most=money.most,
        due=money.due,
        booked=money.booked,
        tax=money.tax,
        claim=money.claim,
        claim_by_ms=counted.claim_by_ms,
        termination=decided.all.termination,
        codes=_codes(counted, objectives, money, is_over=is_over),
        lines=_lines(case, counted, objectives, money, is_over=is_over),
        objectives=objectives,
        exclusions=_left_out(case, counted.codes),
    )
    return found if is_over else replace(found, forecast=_forecast_credit(case, forecasts, counted, money))


def _with_shares(case: Case, objectives: Sequence[ObjectiveJudgement]) -> Case:
    """Return a case with the credits of what is promised besides availability."""
    (label, _), earlier = case.period, case.facts.shares
    facts = replace(case.facts, shares={**earlier, label: tuple(each.share for each in objectives)})
    return replace(case, facts=facts, most_shares={**earlier, label: tuple(each.most for each in objectives)})


def _seen(
    case: Case,
    counted: PeriodJudgement,
    read: Mapping[str, Stretches],
    dependencies: Sequence[Dependency],
    *,
    as_of_ms: int,
) -> _Seen:
    period = case.period[1]
    by_window = {window.name: window.counted for window in counted.windows}
    outages: list[ServiceOutage] = []
    counting: dict[str, Stretches] = by_window
    if any(clipped(sight.counted.down, period) for sight in case.sights.values()):
        parts = parts_of(case.terms, case.sights)
        counts = [counted_of(case.terms, part, period, by_window, read) for part in parts]
        for part, times in zip(parts, counts, strict=True):
            outages.extend(outages_of_part(case.terms, part, period, times, as_of_ms=as_of_ms))
        counting = {name: union(*(times[name] for times in counts)) for name in by_window}
    uses_by = _dependencies(case, dependencies)
    uses = {name: uses_of(time, uses_by) if time else () for name, time in counting.items()}
    return _Seen(tuple(sorted(outages, key=lambda outage: outage.start_ms)), uses)


def _dependencies(case: Case, dependencies: Sequence[Dependency]) -> list[tuple[str, str, Stretches]]:
    """Return the components of a service, if it has several, and the services that it rests on, in whose place theirs
    are not told again."""
    told = {slug for each in dependencies for slug in each.service.components}
    components = case.sights if len(case.sights) > 1 else {}
    return [
        *((slug, "", sight.counted.down) for slug, sight in components.items() if slug not in told),
        *((each.service.slug, each.agreement.slug, _down(case, each)) for each in dependencies),
    ]


def _down(case: Case, dependency: Dependency) -> Stretches:
    """Return when a service was down on which this one rests."""
    terms = terms_for(replace(case.terms, composite=None), dependency.service)
    return union(*(part.history.down for part in parts_of(terms, dependency.sights)))


def _dark(case: Case, read: Mapping[str, Stretches]) -> dict[str, int]:
    """Return how many milliseconds of each service window are without requests since nobody asked, and count as up."""
    rule = case.terms.downtime
    if not isinstance(rule, Requests):
        return dict.fromkeys(read, 0)
    dark = unobserved(rule, case.probed)
    return {name: length_ms(intersection(dark, time)) for name, time in read.items()}


def _window(
    shown: Ends, decided: Ends, index: int, uses: tuple[Use, ...], forecast: Forecast | None, *, dark_ms: int
) -> WindowStatement:
    figures, whole = shown.counted.windows[index], decided.counted.windows[index]
    # Ceilings of all but the unknown time still add up, and make no figure better.
    agreed_ms, down_ms, unknown_ms = ceil(figures.agreed_ms), ceil(figures.down_ms), floor(figures.unknown_ms)
    # Of requests, that is the time without any that counts as up.
    unknown_ms += min(dark_ms, agreed_ms - down_ms)
    scheduled_ms = ceil(figures.scheduled_ms)
    return WindowStatement(
        name=figures.name,
        target=figures.target,
        verdict=_verdict(decided, index),
        availability=_range(shown, index),
        scheduled_ms=scheduled_ms,
        agreed_ms=agreed_ms,
        up_ms=agreed_ms - down_ms - unknown_ms,
        down_ms=down_ms,
        unknown_ms=unknown_ms,
        excluded_ms=scheduled_ms - agreed_ms,
        denominator_ms=floor(figures.denominator_ms),
        counted_ms=ceil(figures.counted_ms),
        budget_ms=floor(whole.budget_ms),
        left_ms=floor(whole.left_ms),
        uses=uses,
        forecast=forecast,
    )


def _three(ends: Ends, index: int) -> list[WindowJudgement]:
    return [each.windows[index] for each in (ends.counted, ends.worst, ends.best)]


def _range(ends: Ends, index: int) -> Range:
    """Return the figure between its ends. What unknown time leaves out may be worse than what it would have been as
    down, where short outages do not count: the figure itself is an end then."""
    measured = ends.counted.windows[index].availability
    known = [each.availability for each in _three(ends, index) if each.availability is not None]
    return Range(measured, min(known), max(known)) if known else Range(None, None, None)


def _verdict(ends: Ends, index: int) -> Verdict | None:
    answers = {each.is_met for each in _three(ends, index)}
    if answers == {None}:
        return None
    if answers == {True}:
        return Verdict.MET
    return Verdict.MISSED if answers == {False} else Verdict.UNDETERMINED


def _left_out(case: Case, codes: Sequence[str]) -> tuple[LeftOut, ...]:
    """Return the exclusions that touch the period, by their begins."""
    if not case.facts.exclusions:
        return ()
    found = candidates(case.terms, case.facts.exclusions, case.period[1], as_of_ms=case.facts.as_of_ms)
    valid = [LeftOut(each, f"excluded:{each.id}" in codes) for each, _, _ in found.valid]
    refused = [LeftOut(each, counts=False) for each, _ in found.refused]
    return tuple(sorted((*valid, *refused), key=lambda each: (each.exclusion.start_ms, each.exclusion.id)))


def _code(objective: ObjectiveJudgement) -> str:
    return f"objective_{objective.verdict.value}:{objective.name}"


def _of_all(verdicts: Sequence[Verdict | None]) -> Verdict | None:
    """Return the verdict of a period: missed where any window missed, and met where all did that have a verdict."""
    for verdict in (Verdict.MISSED, Verdict.UNDETERMINED, Verdict.MET):
        if verdict in verdicts:
            return verdict
    return None


def _forecasts(
    case: Case, counted: PeriodJudgement, read: Mapping[str, Stretches], *, now_ms: int
) -> dict[str, Forecast]:
    """Return the forecast of each service window that has begun."""
    if isinstance(case.terms.downtime, Requests):
        return {}
    to_come = time_read(case.terms, replace(case.facts, as_of_ms=None), *case.period)
    return {
        window.name: forecast_of(
            counted_ms=window.counted_ms,
            elapsed_ms=length_ms(read[window.name]),
            to_come=clipped(to_come[window.name], (now_ms, case.period[1].end_ms)),
            budget_ms=window.budget_ms,
        )
        for window in counted.windows
        if window.is_met is not None
    }


def _forecast_credit(case: Case, forecasts: Mapping[str, Forecast], counted: PeriodJudgement, money: Worth) -> Credit:
    """Return the credit that the period is heading for."""
    label = case.period[0]
    margins = {
        (label, window.name): forecasts[window.name].counted_ms - window.counted_ms
        for window in counted.windows
        if window.name in forecasts
    }
    if money.is_none or not any(margins.values()):
        return money.credit
    found = judge(case.terms, replace(case.facts, margins=margins), [*case.earlier, case.period]).periods[-1]
    return Credit(found.share, found.amount)


def _codes(
    counted: PeriodJudgement, objectives: Sequence[ObjectiveJudgement], money: Worth, *, is_over: bool
) -> tuple[str, ...]:
    provisional = () if is_over else ("provisional",)
    return (*claimed_codes(counted.codes, money.claim), *map(_code, objectives), *provisional, *money.codes)


def _lines(
    case: Case,
    counted: PeriodJudgement,
    objectives: tuple[ObjectiveJudgement, ...],
    money: Worth,
    *,
    is_over: bool,
) -> tuple[str, ...]:
    promised = [line for each in objectives for line in each.lines]
    provisional = [] if is_over else [said("the period is not over: the rest of it counts as up here")]
    chosen = () if money.chosen is None else money_lines(case.terms, money.chosen)
    return (*promised, *provisional, *lines_of(case.terms, counted), *money.lines, *chosen)
