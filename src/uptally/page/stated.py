"""A statement as its customer reads it: promised and measured, the sum, the outages, what is owed and until when. Pure.

It tells amounts, and belongs on the page of its agreement alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from uptally.model.judgement import ClaimStatus
from uptally.model.period_statement import PeriodStatement, ServiceOutage
from uptally.model.verdict import Verdict
from uptally.page.days import Calendar
from uptally.page.judged import (
    PromiseLine,
    line_text,
    part_text,
    period_text,
    promise_line,
    verdict_view,
    verdict_word,
    why_open,
)
from uptally.page.language import N_, _, resaid, template_of, value_of, values_of
from uptally.page.owed import Owed, owed_of
from uptally.page.reasons import reason_text
from uptally.page.words import Moment, begun, duration, plain, second_moment
from uptally.rules.contract.objectives import value_text
from uptally.units.instant import parse_instant
from uptally.units.said import Said, strung, with_values
from uptally.units.time import day_of, to_local

_SO_FAR = {Verdict.MET: N_("Kept so far"), Verdict.UNDETERMINED: N_("Undetermined so far")}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_LONG_NUMBER = re.compile(r"(?P<whole>[0-9]{4,})(?P<part>(?:\.[0-9]+)?(?:\.\.\.)?)")
_UNIT = re.compile(r"(?<=[0-9.]) (?=(?:s|[A-Z]{3})\b)")
_SIGNS = {"-": "−", "x": "×", "...": "…"}
_SIGN = re.compile(r"(?<= )[-x](?= [0-9])|(?<=[0-9])\.\.\.")
_NAMES = frozenset({"name", "label", "kind", "part", "zone"})
"""Values that are text of somebody's, though they may look like a number."""


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
        termination=_("A right to terminate was touched, first in {period}.", period=ended.first_period)
        if ended is not None and ended.is_right
        else "",
    )


def _sentence(service: str, line: PromiseLine) -> str:
    name = _("{service}, {promise}", service=service, promise=line.name) if line.name else service
    return _("{line}.", line=line_text(replace(line, name=name)))


def _objectives(statement: PeriodStatement) -> Iterator[PromiseLine]:
    for objective, found in zip(statement.terms.objectives, statement.objectives, strict=True):
        limit = value_text(objective.measure, objective.limit)
        promised = resaid(strung(" ", (objective.comparison.value, limit)))
        measured = "" if found.value is None else value_of(value_text(objective.measure, found.value))
        yield PromiseLine(plain(found.name), promised, measured, None, verdict_word(found.verdict))


def _sum(statement: PeriodStatement) -> Iterator[SumLine]:
    """Yield the lines of the sum, each with its result apart; those of several service windows under their names."""
    windows, zone = [window.name for window in statement.windows], statement.terms.zone
    under = ""
    for line in statement.lines:
        name, told = _named(_local_line(line, zone))
        is_window = name in windows
        if is_window and name != under and len(windows) > 1:
            yield SumLine(begun(plain(name)), "", "opens")
        under = name if is_window else ""
        label, figure, note = _parted(told, of="" if is_window else name)
        if told.values.get("label") == statement.label:
            # Its ends are too long for a column.
            label, figure = period_text(statement.label, statement.period, zone), ""
            ends = values_of(told)
            # Its instants name their offset, which in UTC is the zone's name as well.
            words = N_("{start} to {end}") if zone.key == "UTC" else N_("{start} to {end}, {zone}")
            note = _(words, **ends)
        kind = "total" if told.template.startswith("due: ") else ""
        if kind and statement.claim is ClaimStatus.NOT_MADE:
            label = _("Due without a claim")
        label, figure = (_typeset(plain(text)) for text in (label, figure))
        yield SumLine(begun(label), figure, kind, plain(note).replace("_", " "))


def _typeset(text: str) -> str:
    """Write the signs of a sum as print does, and keep numbers with their units.

    >>> _typeset("(100% - 99.9%) x 2,678,400 s")
    '(100% − 99.9%) × 2,678,400\\xa0s'
    """
    return _UNIT.sub("\u00a0", _SIGN.sub(lambda found: _SIGNS[found[0]], text))


def _named(line: Said) -> tuple[str, Said]:
    """Return the service window or the promise of which a line tells, empty where it is of the whole, and the line."""
    told = line.values.get("line")
    return (line.values["name"], told) if isinstance(told, Said) else ("", line)


def _local_line(line: str, zone: ZoneInfo) -> Said:
    """Return a line with its instants as the clocks of a zone show them, and its long numbers in groups."""
    told = with_values(
        line, lambda value: _local(value, zone) if _INSTANT.fullmatch(value) else _in_groups(value), but=_NAMES
    )
    return told if isinstance(told, Said) else strung("", (told,))


def _in_groups(value: str) -> str:
    """Write the signs between groups of digits of a number; other text is returned as it is.

    >>> _in_groups("2678400"), _in_groups("1333.333333..."), _in_groups("99.9%")
    ('2,678,400', '1,333.333333...', '99.9%')
    """
    match = _LONG_NUMBER.fullmatch(value)
    return value if match is None else f"{int(match['whole']):,}{match['part']}"


def _local(instant: str, zone: ZoneInfo) -> str:
    """Write an instant of UTC as the clocks of a zone show it, with the name of their offset."""
    return to_local(parse_instant(instant, zone), zone).strftime("%Y-%m-%d %H:%M:%S %Z")


def _parted(line: Said, *, of: str = "") -> tuple[str, str, str]:
    """Part a line of the sum: what it is, its result, and the remark in brackets at its end.

    The result stands behind the last equals sign, or else behind the first colon, of the message in the language of the
    page, whatever stands in its values; a time of service comes first. A line of a promise by the name `of` is its
    result as a whole, unless there is an equals sign.

    >>> from uptally.units.said import said
    >>> _parted(said("credit: {fee} x {share} = {amount} (rounded)", fee="1000 = A", share="10%", amount="100"))
    ('credit: 1000 = A x 10%', '100', 'rounded')
    >>> _parted(said("{time} s of service time", time="2678400")), _parted(said("numerators: {sum}", sum="7"), of="A")
    (('service time', '2678400 s', ''), ('A', 'numerators: 7', ''))
    """
    values = values_of(line)
    if line.template == "{time} s of service time":
        return _("service time"), _("{time} s", **values), ""
    template = template_of(line)
    rest, bracket, note = template.removesuffix(")").rpartition(" (") if template.endswith(")") else ("", "", "")
    text, note = (rest, note) if bracket else (template, "")
    label, equals, figure = text.rpartition(" = ")
    if not equals:
        label, _sign, figure = ("", "", text) if of else text.partition(": ")
    label, figure, note = (each.format(**values) for each in (label, figure, note))
    if of:
        label = _("{name}: {line}", name=of, line=label) if label else of
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
        counted=counted or _("nothing"),
        reason=reason_text(outage.reason),
    )


def _bounds(outage: ServiceOutage) -> str:
    begin, end = (outage.start_earliest_ms, outage.start_latest_ms), (outage.end_earliest_ms, outage.end_latest_ms)
    if begin[0] is None or begin[1] is None or end[0] is None or end[1] is None:
        return ""
    shortest, longest = duration(max(0, end[0] - begin[1])), duration(end[1] - begin[0])
    return _("{shortest} to {longest}", shortest=shortest, longest=longest) if shortest != longest else ""
