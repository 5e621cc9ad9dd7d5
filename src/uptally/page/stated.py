"""A statement as its customer reads it: promised and measured, the sum, the outages, what is owed and until when. Pure.

It tells amounts, and belongs on the page of its agreement alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from uptally.model.judgement import ClaimStatus
from uptally.model.period_statement import Credit, PeriodStatement, ServiceOutage
from uptally.model.verdict import Verdict
from uptally.page.days import Calendar
from uptally.page.judged import (
    PromiseLine,
    end_of_day,
    line_text,
    part_text,
    period_text,
    promise_line,
    verdict_view,
    verdict_word,
    why_open,
)
from uptally.page.language import N_, _
from uptally.page.reasons import reason_text
from uptally.page.words import Moment, duration, plain, second_moment
from uptally.rules.contract.objectives import value_text
from uptally.rules.figures import shown_share
from uptally.units.instant import parse_instant
from uptally.units.time import day_of, to_local

_SO_FAR = {Verdict.MET: N_("Kept so far"), Verdict.UNDETERMINED: N_("Undetermined so far")}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed, in a sentence or two; `claim_by` is set while a credit waits to be claimed, and `credit` is it."""

    text: str
    credit: str = ""
    claim_by: Moment | None = None


@dataclass(frozen=True, slots=True)
class SumLine:
    """A line of the sum and its result; `note` says how, `kind` is empty, `opens` (a service window) or `total`."""

    label: str
    figure: str
    kind: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class CountedOutage:
    """An outage, and how much of it counts."""

    day: Moment
    began: Moment
    ended: Moment | None
    is_over: bool
    down: str
    bounds: str
    """The shortest and the longest that it can have been; empty where that is not known, or the same."""
    counted: str
    reason: str


@dataclass(frozen=True, slots=True)
class StatementView:
    """A period of a service under an agreement."""

    service: str
    slug: str
    period: str
    part: str
    verdict: tuple[str, str]
    """Icon and word."""
    lines: tuple[PromiseLine, ...]
    summary: tuple[str, ...]
    """What decided the verdict, in sentences."""
    why: str
    owed: Owed
    sum: tuple[SumLine, ...]
    outages: tuple[CountedOutage, ...]
    termination: str


def statement_view(statement: PeriodStatement) -> StatementView:
    """Return a statement as its customer reads it, with times in the zone of the terms."""
    icon, word = verdict_view(statement.verdict)
    so_far = None if statement.is_over or statement.verdict is None else _SO_FAR.get(statement.verdict)
    several = len(statement.windows) + len(statement.objectives) > 1
    lines = [promise_line(window, has_several=several) for window in statement.windows]
    lines += [*_objectives(statement)]
    telling = [line for line in lines if line.verdict == verdict_word(statement.verdict)]
    terms, period = statement.terms, statement.period
    part = "" if terms.contract is None else part_text(period.clipped(terms.contract), period, terms.zone)
    ended = statement.termination
    return StatementView(
        service=plain(statement.service.name),
        slug=statement.service.slug,
        period=period_text(statement.label, period, terms.zone),
        part=part,
        verdict=(icon, _(so_far) if so_far else word),
        lines=tuple(lines),
        summary=tuple(_sentence(plain(statement.service.name), line) for line in telling),
        why=why_open(statement.verdict, statement.windows),
        owed=owed_of(statement),
        sum=tuple(_sum(statement)),
        outages=tuple(_outages(statement)),
        termination=f"A right to terminate was touched, first in {ended.first_period}."
        if ended is not None and ended.is_right
        else "",
    )


def _sentence(service: str, line: PromiseLine) -> str:
    name = f"{service}, {line.name}" if line.name else service
    text = line_text(PromiseLine("", line.promised, line.measured, line.between, line.verdict))
    return f"{name}: {text[:1].lower()}{text[1:]}."


def _objectives(statement: PeriodStatement) -> Iterator[PromiseLine]:
    for objective, found in zip(statement.terms.objectives, statement.objectives, strict=True):
        promised = f"{objective.comparison.value} {value_text(objective.measure, objective.limit)}"
        measured = "" if found.value is None else value_text(objective.measure, found.value)
        yield PromiseLine(plain(found.name), promised, measured, None, verdict_word(found.verdict))


def owed_of(statement: PeriodStatement) -> Owed:
    """Say what is owed for a period, and what is to be done for it."""
    if "draft_no_credit" in statement.codes:
        return Owed("The agreement is a draft, which earns no credit.")
    credit = _credit(statement, statement.credit)
    if not statement.most.share:
        return Owed("No credit is due." if statement.verdict is Verdict.MISSED else "")
    span = _span(statement)
    if not statement.is_over:
        said = f"As it stands, the credit is {credit}{span}." if statement.credit.share else f"No credit so far{span}."
        return Owed(said)
    if statement.currency is not None and statement.booked is None:
        counted = f"by the counted figure the credit is {credit}" if statement.credit.share else "none is certain"
        return Owed(f"The credit is to be decided: {counted}{span}.")
    if not statement.credit.share and not statement.booked:
        return Owed(f"No credit is due{span}.")
    return _settled(statement, credit, span)


def _settled(statement: PeriodStatement, credit: str, span: str) -> Owed:
    due = credit if not statement.booked else f"{statement.booked:f} {statement.currency}"
    tax = f", and {statement.tax:f} {statement.currency} of tax" if statement.booked and statement.tax else ""
    if statement.claim is ClaimStatus.IN_TIME:
        return Owed(f"The credit is {due}{tax}, claimed in time.")
    if statement.claim is ClaimStatus.LATE:
        return Owed(f"No credit is due: that of {credit} was claimed too late.")
    if statement.claim is ClaimStatus.NOT_MADE:
        by_ms = statement.claim_by_ms
        if by_ms is None:
            return Owed(f"The credit is {credit}{span}. It must be claimed.", credit)
        moment = end_of_day(by_ms, statement.terms.zone)
        if statement.as_of_ms < by_ms:
            return Owed(f"The credit is {credit}{span}, to be claimed by {moment.text}.", credit, moment)
        return Owed(f"No credit is due: that of {credit} was not claimed by {moment.text}.")
    given = next((code.partition(":")[2] for code in statement.codes if code.startswith("credit_given_by:")), "")
    if given:
        return Owed("The same outage is credited by another service of this agreement, with more.")
    return Owed(f"The credit is {due}{tax}{span}. No claim is needed.")


def _credit(statement: PeriodStatement, credit: Credit) -> str:
    if credit.amount is None:
        return f"{shown_share(credit.share)}% of the fee"
    return f"{credit.amount:f} {statement.currency}"


def _span(statement: PeriodStatement) -> str:
    """Say between what the credit can be, where what is not known decides it."""
    if statement.least == statement.most:
        return ""
    most = _credit(statement, statement.most)
    if not statement.least.share:
        return f"; what is not known may make it anything up to {most}"
    return f"; by what is not known it is between {_credit(statement, statement.least)} and {most}"


def _sum(statement: PeriodStatement) -> Iterator[SumLine]:
    """Yield the lines of the sum, each with its result apart; those of several service windows under their names."""
    names = [window.name for window in statement.windows]
    under = ""
    for line in statement.lines:
        name = next((each for each in names if line.startswith(f"{each}: ")), "")
        if name and name != under and len(names) > 1:
            yield SumLine(plain(name[:1].upper() + name[1:]), "", "opens")
        under = name
        told = _INSTANT.sub(lambda found: _local(found[0], statement.terms.zone), line)
        label, figure, note = _parted(told.removeprefix(f"{name}: ") if name else told)
        if label == statement.label:
            # Its ends are too long for a column.
            label, figure, note = period_text(label, statement.period, statement.terms.zone), "", figure
        kind = "total" if line.startswith("due: ") else ""
        yield SumLine(plain(label[:1].upper() + label[1:]), plain(figure), kind, plain(note).replace("_", " "))


def _local(instant: str, zone: ZoneInfo) -> str:
    """Write an instant of UTC as the clocks of a zone show it, with the name of their offset."""
    return to_local(parse_instant(instant, zone), zone).strftime("%Y-%m-%d %H:%M:%S %Z")


def _parted(line: str) -> tuple[str, str, str]:
    """Part a line of the sum: what it is, its result, and the remark in brackets at its end.

    The result stands behind the last equals sign, or else behind the first colon; a time of service comes first.

    >>> _parted("credit: 1000 EUR x 10% = 100.00 EUR (rounded to 2 decimals, half_even)")
    ('credit: 1000 EUR x 10%', '100.00 EUR', 'rounded to 2 decimals, half_even')
    >>> _parted("2678400 s of service time"), _parted("180 s of downtime do not count by that definition")
    (('service time', '2678400 s', ''), ('180 s of downtime do not count by that definition', '', ''))
    """
    rest, bracket, note = line.removesuffix(")").rpartition(" (") if line.endswith(")") else ("", "", "")
    text, note = (rest, note) if bracket else (line, "")
    label, equals, figure = text.rpartition(" = ")
    if not equals:
        label, _, figure = text.partition(": ")
    if label.endswith(" s of service time") and not figure:
        label, figure = "service time", label.removesuffix(" of service time")
    return label, figure, note


def _outages(statement: PeriodStatement) -> Iterator[CountedOutage]:
    calendar = Calendar(statement.terms.zone)
    yield from (_outage(each, calendar) for each in statement.outages)


def _outage(outage: ServiceOutage, calendar: Calendar) -> CountedOutage:
    day = calendar.day(outage.start_ms)
    local = day_of(outage.start_ms, calendar.zone)
    counted = " + ".join(duration(each) for each in outage.counted.values() if each)
    return CountedOutage(
        day=day.moment,
        began=second_moment(outage.start_ms, calendar.zone),
        ended=None if outage.end_ms is None else second_moment(outage.end_ms, calendar.zone, day=local),
        is_over=outage.end_ms is not None,
        down=duration(outage.down_ms),
        bounds=_bounds(outage),
        counted=counted or "nothing",
        reason=reason_text(outage.reason),
    )


def _bounds(outage: ServiceOutage) -> str:
    begin, end = (outage.start_earliest_ms, outage.start_latest_ms), (outage.end_earliest_ms, outage.end_latest_ms)
    if begin[0] is None or begin[1] is None or end[0] is None or end[1] is None:
        return ""
    shortest, longest = duration(max(0, end[0] - begin[1])), duration(end[1] - begin[0])
    return f"{shortest} to {longest}" if shortest != longest else ""
