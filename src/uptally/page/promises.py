"""What the page says of terms that are more than a bare target: credit notes become text. Pure; knows no template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from uptally.model.credit_note import CreditNote, CreditNotes, ObjectiveNote, WindowNote
from uptally.model.endpoint import Endpoint
from uptally.model.period_statement import WindowStatement
from uptally.model.verdict import Verdict
from uptally.page import svg
from uptally.page.views import BudgetView, Figures, Remark, Service, budget_text, promised_text
from uptally.page.words import (
    Moment,
    day_text,
    duration,
    long_day_text,
    minute_moment,
    month_and_year,
    plain,
    zone_name,
)
from uptally.rules.figures import figure_digits, shown_ratio, shown_share
from uptally.units.ratio import floor_percent
from uptally.units.time import Window, day_of, format_instant

WORDS = {
    Verdict.MET: ("up", "Met"),
    Verdict.MISSED: ("over", "Missed"),
    Verdict.UNDETERMINED: ("half", "Undetermined"),
    None: ("nil", "Nothing to measure"),
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


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """A period: the verdict as icon and word, its promises, why it cannot be told, the credit, and the claim."""

    label: str
    part: str
    verdict: tuple[str, str]
    lines: tuple[PromiseLine, ...]
    why: str
    credit: str
    claim: str
    claim_by: Moment | None


@dataclass(frozen=True, slots=True)
class PromisedService:
    """A service that is no endpoint, as the overview shows it."""

    name: str
    slug: str
    group: str
    description: str
    figures: tuple[Figures, ...]
    newest: Remark | None
    earlier: tuple[Remark, ...]


def promised_service(found: CreditNotes, *, now_ms: int, zone: ZoneInfo) -> PromisedService:
    """Return a service with its period in progress, the newest that ended, and those before."""
    remarks = [_remark(row) for row in promise_rows(found.notes, now_ms=now_ms)]
    return PromisedService(
        name=plain(found.name),
        slug=found.slug,
        group=plain(found.group),
        description=plain(found.description),
        figures=promise_figures(found.notes, now_ms=now_ms, zone=zone),
        newest=remarks[0] if remarks else None,
        earlier=tuple(remarks[1:]),
    )


def target_of(endpoint: Endpoint, found: CreditNotes | None) -> Fraction | None:
    """Return the target that an endpoint's days are held against: a promise for months that has one service window."""
    if endpoint.terms is not None:
        return endpoint.terms.target
    if found is None or not found.notes:
        return None
    newest = found.notes[0]
    return newest.windows[0].target if len(newest.windows) == 1 and _is_month(newest) else None


def with_promises(service: Service, found: CreditNotes | None, *, now_ms: int, zone: ZoneInfo) -> Service:
    """Return an endpoint's row with the newest of its credit notes, where it has any, and with the figures of the
    period in progress, unless its standing has them."""
    if found is None:
        return service
    figures = promise_figures(found.notes, now_ms=now_ms, zone=zone)
    return replace(service, figures=figures or service.figures, remark=promise_remark(found.notes, now_ms=now_ms))


def promise_rows(notes: Sequence[CreditNote], *, now_ms: int) -> tuple[PromiseRow, ...]:
    """Return the periods that are over, in the order given."""
    return tuple(_row(note, now_ms) for note in notes if note.is_over)


def promise_figures(notes: Sequence[CreditNote], *, now_ms: int, zone: ZoneInfo) -> tuple[Figures, ...]:
    """Return the figures of the period in progress, one for each service window; none where none is."""
    running = next((note for note in notes if not note.is_over), None)
    return () if running is None else tuple(_figures(running, window, now_ms, zone) for window in running.windows)


def verdict_of_month(notes: Sequence[CreditNote], month: str) -> Verdict | None:
    """Return the verdict of a month, None where the notes have none for it: the worst, where terms changed within."""
    found = [note.verdict for note in notes if note.label == month]
    order = (Verdict.MISSED, Verdict.UNDETERMINED, Verdict.MET)
    return next((verdict for verdict in order if verdict in found), None)


def promise_remark(notes: Sequence[CreditNote], *, now_ms: int) -> Remark | None:
    """Return what is to be said of the newest period that is over, if its promise was not clearly kept."""
    note = next((each for each in notes if each.is_over), None)
    if note is None or note.verdict in (None, Verdict.MET):
        return None
    return _remark(_row(note, now_ms))


def _remark(row: PromiseRow) -> Remark:
    """Return a period in a few sentences, with the promises that decided its verdict."""
    kind, word = row.verdict
    said = "; ".join(line_text(line) for line in row.lines if line.verdict == word.lower())
    claim = f"{row.claim} {row.claim_by.text}." if row.claim_by else row.claim
    parts = (f"{said}." if said else "", row.why, row.credit, claim)
    part = f" ({row.part})" if row.part else ""
    return Remark(kind, f"{row.label}{part}: {word.lower()}.", " ".join(each for each in parts if each))


def line_text(line: PromiseLine) -> str:
    """Write a promise and what was measured in one sentence, without its end."""
    name = f"{line.name}: " if line.name else ""
    promised = f"promised {line.promised}, " if line.promised else ""
    between = f" ({line.between[0]}% to {line.between[1]}%)" if line.between else ""
    text = f"{name}{promised}{f'measured {line.measured}' if line.measured else 'no figure'}{between}"
    return text if name else text[:1].upper() + text[1:]


def _row(note: CreditNote, now_ms: int) -> PromiseRow:
    claim, claim_by = _claim(note, now_ms)
    has_several = len(note.windows) + len(note.objectives) > 1
    lines = [
        *(promise_line(window, has_several=has_several) for window in note.windows),
        *map(_objective, note.objectives),
    ]
    return PromiseRow(
        label=period_text(note.label, note.period, note.zone),
        part=part_text(note.part, note.period, note.zone),
        verdict=WORDS[note.verdict],
        lines=tuple(lines),
        why=why_open(note.verdict, note.windows),
        credit=_credit(note),
        claim=claim,
        claim_by=claim_by,
    )


def promise_line(window: WindowNote | WindowStatement, *, has_several: bool) -> PromiseLine:
    """Return the promise of a service window, named where the terms have several promises."""
    return PromiseLine(
        name=plain(window.name) if has_several else "",
        promised=f"{promised_text(window.target)}%",
        measured=_measured(window),
        between=_between(window),
        verdict=WORDS[window.verdict][1].lower(),
    )


def _objective(objective: ObjectiveNote) -> PromiseLine:
    verdict = WORDS[objective.verdict][1].lower()
    return PromiseLine(plain(objective.name), objective.promised, objective.measured, None, verdict)


def _measured(window: WindowNote | WindowStatement) -> str:
    measured = window.availability.measured
    if measured is None:
        return ""
    return f"{shown_ratio(measured, unknown_ms=window.unknown_ms, target=window.target)}%"


def _between(window: WindowNote | WindowStatement) -> tuple[str, str] | None:
    """Return the ends, cut off; None where they are the figure itself."""
    measured, worst, best = window.availability
    if worst is None or best is None:
        return None
    digits = figure_digits(window.target)
    ends = floor_percent(worst, digits=digits), floor_percent(best, digits=digits)
    return None if measured is not None and {f"{end}%" for end in ends} == {_measured(window)} else ends


def why_open(verdict: Verdict | None, windows: Sequence[WindowNote | WindowStatement]) -> str:
    """Say what a verdict that is open depends on."""
    if verdict is not Verdict.UNDETERMINED:
        return ""
    unseen_ms = max((window.unknown_ms for window in windows), default=0)
    if unseen_ms:
        return f"It depends on {duration(unseen_ms)} that we could not see."
    if any(window.verdict is Verdict.UNDETERMINED for window in windows):
        return "Our checks cannot tell more closely."
    return "It depends on figures that are not known."


def _credit(note: CreditNote) -> str:
    if note.verdict is Verdict.MET and not note.most:
        return ""
    if not note.most:
        return "No credit." if note.verdict is Verdict.MISSED else ""
    if note.least == note.most:
        return f"Credit: {shown_share(note.share)}% of the fee."
    least = f"{shown_share(note.least)}%" if note.least else "none"
    ends = f"between {least} and {shown_share(note.most)}% of the fee"
    if note.verdict is Verdict.UNDETERMINED:
        return f"Credit: {ends}."
    return f"Credit: {shown_share(note.share)}% of the fee; {ends} by what is not known."


def _claim(note: CreditNote, now_ms: int) -> tuple[str, Moment | None]:
    """Return what is to be done for a credit, and until when."""
    if not note.most:
        return "", None
    if not note.needs_claim:
        return "No claim is needed.", None
    if note.claim_by_ms is None:
        return "It must be claimed.", None
    moment = end_of_day(note.claim_by_ms, note.zone)
    return ("To be claimed by" if now_ms < note.claim_by_ms else "The time to claim it ended on"), moment


def end_of_day(end_ms: int, zone: ZoneInfo) -> Moment:
    """Return an end that is a midnight as the end of the day before it."""
    day = day_of(end_ms - 1, zone)
    return Moment(f"{long_day_text(day)}, 24:00 {zone_name(zone)}", format_instant(end_ms))


def _is_month(note: CreditNote) -> bool:
    return len(note.label) == 7 and "Q" not in note.label


def period_text(label: str, period: Window, zone: ZoneInfo) -> str:
    """Write a period as people call it: a month, a quarter, a year, or its first and its last day."""
    year, _, rest = label.partition("-")
    if not rest:
        return year
    if len(rest) == 2 and rest.startswith("Q"):
        return f"{rest} {year}"
    if len(rest) == 2:
        return month_and_year(label)
    first, last = day_of(period.start_ms, zone), day_of(period.end_ms - 1, zone)
    begin = day_text(first) if first.year == last.year else f"{day_text(first)} {first.year}"
    return f"{begin} to {day_text(last)} {last.year}"


def part_text(part: Window, period: Window, zone: ZoneInfo) -> str:
    """Say which part of a period was measured, empty where that is all of it."""
    begin, end = part.start_ms > period.start_ms, part.end_ms < period.end_ms
    if not (begin or end) or not part.length_ms:
        return ""
    first, last = _days(part, zone)
    if begin and end:
        return f"{first} to {last}"
    return f"from {first}" if begin else f"to {last}"


def _days(window: Window, zone: ZoneInfo) -> tuple[str, str]:
    last = day_of(window.end_ms, zone) - timedelta(days=1)
    return day_text(day_of(window.start_ms, zone)), day_text(max(last, day_of(window.start_ms, zone)))


def _figures(note: CreditNote, window: WindowNote, now_ms: int, zone: ZoneInfo) -> Figures:
    has_begun_later = note.part.start_ms > note.period.start_ms
    measured = _measured(window)
    is_open = window.verdict is Verdict.UNDETERMINED or window.unknown_ms > 0
    return Figures(
        promised=promised_text(window.target),
        measured=measured.removesuffix("%"),
        since=minute_moment(note.part.start_ms, zone, seen_ms=now_ms) if has_begun_later else None,
        between=_between(window) if is_open else None,
        budget=_budget(note, window, now_ms),
        down="",
        name=plain(window.name) if len(note.windows) > 1 else "",
        period="" if _is_month(note) else f"{period_text(note.label, note.period, note.zone)} so far",
    )


def _budget(note: CreditNote, window: WindowNote, now_ms: int) -> BudgetView:
    length_ms = max(1, note.period.length_ms)
    to_come = max(0, min(1000, (note.period.end_ms - now_ms) * 1000 // length_ms))
    meter = svg.meter(window.budget, unknown_ms=window.unknown_ms, to_come_permille=to_come)
    return budget_text(window.budget, meter, unknown_ms=window.unknown_ms)
