"""Statements as a person reads them: verdict, promise and measurement, what is owed, the sum, the outages."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from uptally.cli.columns import aligned
from uptally.model.agreement import AgreementKind
from uptally.model.judgement import ClaimStatus
from uptally.model.period_statement import Credit, Forecast, PeriodStatement, ServiceOutage, WindowStatement
from uptally.model.verdict import Verdict
from uptally.rules.figures import figure_digits, shown_ratio
from uptally.units.money import exact_text
from uptally.units.ratio import exact_percent, floor_percent
from uptally.units.time import DAY_MS, SECOND_MS, format_duration, to_local

_NOTHING = "-"


def text_of(statement: PeriodStatement) -> Iterator[str]:
    """Yield the lines of a statement."""
    yield _heading(statement)
    yield from (f"  {line}" for line in _decided(statement))
    if not statement.is_over:
        yield from (f"  {line}" for line in _outlook(statement))
    yield "  The sum:"
    yield from (f"    {line}" for line in statement.lines)
    if statement.agreement and statement.agreement.change_notice_ms is not None:
        yield f"    planned changes are to be announced {format_duration(statement.agreement.change_notice_ms)} ahead"
    if statement.outages:
        yield "  Outages:"
        yield from (f"    {line}" for line in _outages(statement))
    for window in statement.windows:
        if window.uses:
            yield f"  What used the budget of {window.name}:"
            yield from (f"    {line}" for line in _uses(window))


def other_text_of(statement: PeriodStatement, change: str) -> Iterator[str]:
    """Yield the lines of what a statement would have been under a change, below the real one."""
    yield f"  What if {change}:"
    yield from (f"    {line}" for line in _decided(statement))
    yield "    The sum then:"
    yield from (f"      {line}" for line in statement.lines)


def _decided(statement: PeriodStatement) -> Iterator[str]:
    for window in statement.windows:
        yield _verdict(statement, window)
    for objective in statement.objectives:
        yield f"{objective.verdict.value.upper()}: {objective.lines[-1] if objective.lines else objective.name}"
    yield _owed(statement)
    if statement.termination is not None and statement.termination.is_right:
        yield f"A right to terminate was touched, first in {statement.termination.first_period}."


def _heading(statement: PeriodStatement) -> str:
    agreement = statement.agreement
    parts = [statement.service.name, statement.label, statement.terms.name]
    if agreement is not None:
        kind = "operational agreement" if agreement.kind is AgreementKind.OLA else "agreement"
        parts.insert(0, f"{agreement.name} ({kind}{', draft' if agreement.is_draft else ''})")
    return " - ".join(parts) + ("" if statement.is_over else " - provisional")


def _verdict(statement: PeriodStatement, window: WindowStatement) -> str:
    name = f"{window.name}: " if len(statement.windows) > 1 else ""
    promised = f"promised {exact_percent(window.target)}%"
    measured, worst, best = window.availability
    if window.verdict is None or worst is None or best is None:
        return f"{name}no service time, {promised}"
    # What is missed stays so, but what is met may still be missed.
    so_far = " so far" if window.verdict is Verdict.MET and not statement.is_over else ""
    digits = figure_digits(window.target)
    ends = f"between {floor_percent(worst, digits=digits)}% and {floor_percent(best, digits=digits)}%"
    if measured is None:
        return f"{name}{window.verdict.value.upper()}: {promised}, nothing known"
    figure = shown_ratio(measured, unknown_ms=window.unknown_ms, target=window.target)
    measured_so = "measured" if statement.is_over else "measured so far"
    return (
        f"{name}{window.verdict.value.upper()}{so_far}: {promised}, {measured_so} {figure}% ({ends}); {_left(window)}"
    )


def _left(window: WindowStatement) -> str:
    allowed = f"{_seconds(window.budget_ms)} of downtime allowed"
    # The overdraft in full: cutting it off would make it look smaller.
    over = format_duration(-window.left_ms)
    return f"{allowed}, overdrawn by {over}" if window.left_ms < 0 else f"{allowed}, {_seconds(window.left_ms)} left"


def _owed(statement: PeriodStatement) -> str:
    """Say what is owed and until when."""
    if statement.agreement is None:
        return "Promised to everyone: no fee, no credit."
    if "draft_no_credit" in statement.codes:
        return "Nothing is owed: the agreement is a draft, which earns no credit."
    if statement.currency is None:
        return f"Credit: {exact_text(100 * statement.credit.share)}% of the fee."
    if not statement.is_over:
        return f"Owed as it stands: {_credit(statement, statement.credit)}{_span(statement)}."
    if statement.booked is None:
        return f"To be decided: by the counted figure {_credit(statement, statement.credit)}{_span(statement)}."
    if statement.claim in (ClaimStatus.NOT_MADE, ClaimStatus.LATE):
        return f"{_unclaimed(statement)}."
    if not statement.booked:
        return "Nothing is owed."
    tax = f" and {statement.tax:f} {statement.currency} of tax" if statement.tax else ""
    claimed = ", claimed in time" if statement.claim is ClaimStatus.IN_TIME else ""
    return f"Owed: {statement.booked:f} {statement.currency}{tax}{claimed}."


def _unclaimed(statement: PeriodStatement) -> str:
    amount, by_ms = _credit(statement, statement.due or statement.credit), statement.claim_by_ms
    if statement.claim is ClaimStatus.LATE:
        return f"Nothing is owed: the credit of {amount} was claimed too late"
    if by_ms is None:
        return f"{amount} if it is claimed"
    until = _time(by_ms, statement.terms.zone)
    if statement.as_of_ms < by_ms:
        return f"Owed if it is claimed before {until}: {amount}"
    return f"Nothing is owed: the credit of {amount} was not claimed before {until}"


def _credit(statement: PeriodStatement, credit: Credit) -> str:
    return f"{credit.amount:f} {statement.currency}" if credit.amount is not None else _NOTHING


def _span(statement: PeriodStatement) -> str:
    """Say between what the credit can be, where what is not known decides it."""
    if statement.least.amount == statement.most.amount:
        return ""
    return f", between {_credit(statement, statement.least)} and {_credit(statement, statement.most)}"


def _outlook(statement: PeriodStatement) -> Iterator[str]:
    """Yield where a period in progress is heading."""
    days, rest_ms = divmod(statement.period.end_ms - statement.as_of_ms, DAY_MS)
    left = f"{days} days left" if days else f"{_seconds(rest_ms)} left"
    for window in statement.windows:
        if window.forecast is not None:
            name = f"{window.name}: " if len(statement.windows) > 1 else ""
            yield f"{name}{_pace(window.forecast, statement.terms.zone)}; {left}."
    if statement.currency is not None and statement.forecast is not None and statement.agreement is not None:
        now, then = _credit(statement, statement.most), _credit(statement, statement.forecast)
        yield f"At stake: {now} now, at the worst; {then} at the end, at the present pace."


def _pace(forecast: Forecast, zone: ZoneInfo) -> str:
    if forecast.spent is None:
        return "there is no budget"
    spent = f"{floor_percent(forecast.spent, digits=1)}% of the budget is spent"
    if forecast.gone_ms is not None:
        return f"{spent}, and at this pace the rest by {_time(forecast.gone_ms, zone)}"
    return spent if forecast.spent > 1 else f"{spent}, and it lasts at this pace"


def _outages(statement: PeriodStatement) -> Iterator[str]:
    zone, windows = statement.terms.zone, [window.name for window in statement.windows]
    counted = ["counted"] if len(windows) == 1 else [f"counted in {name}" for name in windows]
    rows = [["began", "ended", "down", *counted, "reason", "components", "bounds"]]
    for outage in statement.outages:
        rows.append(
            [
                _time(outage.start_ms, zone),
                _time(outage.end_ms, zone),
                _seconds(outage.down_ms),
                *(_seconds(outage.counted[name]) for name in windows),
                outage.reason.label,
                ", ".join(outage.components),
                _bounds(outage, zone),
            ]
        )
    right = frozenset(range(2, 3 + len(counted)))
    yield from ("  ".join(cells).rstrip() for cells in aligned(rows, right=right))


def _bounds(outage: ServiceOutage, zone: ZoneInfo) -> str:
    began = f"{_time(outage.start_earliest_ms, zone)} to {_time(outage.start_latest_ms, zone)}"
    ended = f"{_time(outage.end_earliest_ms, zone)} to {_time(outage.end_latest_ms, zone)}"
    return f"began {began}, ended {ended}"


def _uses(window: WindowStatement) -> Iterator[str]:
    for use in window.uses:
        under = f" (by {use.agreement})" if use.agreement else ""
        yield f"{use.name}{under}: {_seconds(use.alone_ms)} alone, {_seconds(use.shared_ms)} with others"


def _time(instant_ms: int | None, zone: ZoneInfo) -> str:
    return _NOTHING if instant_ms is None else f"{to_local(instant_ms, zone):%Y-%m-%d %H:%M:%S}"


def _seconds(duration_ms: int) -> str:
    """Write a duration, exact below ten minutes and in whole seconds above; cut off, so that no budget looks larger."""
    if abs(duration_ms) < 10 * 60 * SECOND_MS:
        return format_duration(duration_ms)
    return format_duration(duration_ms // SECOND_MS * SECOND_MS)
