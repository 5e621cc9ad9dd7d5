"""A promise, what was measured of it and what came of it, in words, as credit notes and statements say it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from uptally.model.credit_note import WindowNote
from uptally.model.period_statement import WindowStatement
from uptally.model.verdict import Verdict
from uptally.page.language import N_, _, percent
from uptally.page.views import promised_text
from uptally.page.words import (
    Moment,
    begun,
    day_text,
    duration,
    long_day_text,
    month_and_year,
    plain,
    short_day_text,
    unbroken,
    zone_name,
)
from uptally.rules.figures import figure_digits, shown_ratio
from uptally.units.ratio import floor_percent
from uptally.units.time import Window, day_of, format_instant

_VERDICTS = {
    Verdict.MET: ("up", N_("met")),
    Verdict.MISSED: ("over", N_("missed")),
    Verdict.UNDETERMINED: ("half", N_("undetermined")),
    None: ("nil", N_("nothing to measure")),
}
"""Icon and word of a verdict."""


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """A promise of a period and what was measured; `name` is empty where there is only one."""

    name: str
    promised: str
    measured: str
    between: tuple[str, str] | None
    verdict: str


def verdict_word(verdict: Verdict | None) -> str:
    """Return the word for a verdict, within a sentence."""
    return _(_VERDICTS[verdict][1])


def verdict_view(verdict: Verdict | None) -> tuple[str, str]:
    """Return the icon of a verdict, and its word where it stands alone."""
    return _VERDICTS[verdict][0], begun(verdict_word(verdict))


def line_text(line: PromiseLine) -> str:
    """Write a promise and what was measured in one sentence, without its end."""
    text = measured_text(line)
    if line.promised:
        text = _("promised {promised}, {measured}", promised=line.promised, measured=text)
    return _("{name}: {line}", name=line.name, line=text) if line.name else begun(text)


def measured_text(line: PromiseLine) -> str:
    """Say what was measured, within a sentence."""
    text = _("measured {measured}", measured=line.measured) if line.measured else _("no figure")
    if line.between is None:
        return text
    worst, best = map(percent, line.between)
    return _("{measured} ({worst} to {best})", measured=text, worst=worst, best=best)


def promise_line(window: WindowNote | WindowStatement, *, has_several: bool) -> PromiseLine:
    """Return the promise of a service window, named where the terms have several promises."""
    return PromiseLine(
        name=plain(window.name) if has_several else "",
        promised=percent(promised_text(window.target)),
        measured=_measured(window),
        between=ends_of(window),
        verdict=verdict_word(window.verdict),
    )


def _measured(window: WindowNote | WindowStatement) -> str:
    measured = window.availability.measured
    if measured is None:
        return ""
    return percent(shown_of(measured, window))


def shown_of(measured: Fraction, window: WindowNote | WindowStatement) -> str:
    """Return what is shown of a figure: cut off, and without its sign."""
    return shown_ratio(measured, unknown_ms=window.unknown_ms, target=window.target)


def ends_of(window: WindowNote | WindowStatement) -> tuple[str, str] | None:
    """Return the ends, cut off; None where they are the figure itself."""
    measured, worst, best = window.availability
    if worst is None or best is None:
        return None
    digits = figure_digits(window.target)
    ends = floor_percent(worst, digits=digits), floor_percent(best, digits=digits)
    return None if measured is not None and set(ends) == {shown_of(measured, window)} else ends


def why_open(verdict: Verdict | None, windows: Sequence[WindowNote | WindowStatement]) -> str:
    """Say what a verdict that is open depends on."""
    if verdict is not Verdict.UNDETERMINED:
        return ""
    unseen_ms = max((window.unknown_ms for window in windows), default=0)
    if unseen_ms:
        return _("It depends on {lasted} that we could not see.", lasted=unbroken(duration(unseen_ms)))
    if any(window.verdict is Verdict.UNDETERMINED for window in windows):
        return _("Our checks cannot tell more closely.")
    return _("It depends on figures that are not known.")


def end_of_day(end_ms: int, zone: ZoneInfo) -> Moment:
    """Return an end that is a midnight as the end of the day before it."""
    day = day_of(end_ms - 1, zone)
    return Moment(_("{day}, 24:00 {zone}", day=long_day_text(day), zone=zone_name(zone)), format_instant(end_ms))


def period_text(label: str, period: Window, zone: ZoneInfo) -> str:
    """Write a period as people call it: a month, a quarter, a year, or its first and its last day."""
    year, _dash, rest = label.partition("-")
    if not rest:
        return year
    if len(rest) == 2 and rest.startswith("Q"):
        return _("{quarter} {year}", quarter=rest, year=year)
    if len(rest) == 2:
        return month_and_year(label)
    first, last = day_of(period.start_ms, zone), day_of(period.end_ms - 1, zone)
    begin = day_text(first) if first.year == last.year else short_day_text(first)
    return _("{first} to {last}", first=begin, last=short_day_text(last))


def part_text(part: Window, period: Window, zone: ZoneInfo) -> str:
    """Say which part of a period was measured, empty where that is all of it."""
    begin, end = part.start_ms > period.start_ms, part.end_ms < period.end_ms
    if not (begin or end) or not part.length_ms:
        return ""
    first, last = _days(part, zone)
    if begin and end:
        return _("{first} to {last}", first=first, last=last)
    return _("from {first}", first=first) if begin else _("to {last}", last=last)


def _days(window: Window, zone: ZoneInfo) -> tuple[str, str]:
    last = day_of(window.end_ms, zone) - timedelta(days=1)
    return day_text(day_of(window.start_ms, zone)), day_text(max(last, day_of(window.start_ms, zone)))
