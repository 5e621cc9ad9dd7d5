"""What the page says of terms that are more than a bare target: credit notes become text. Pure; knows no template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from zoneinfo import ZoneInfo

from uptally.model.credit_note import CreditNote, CreditNotes, ObjectiveNote, WindowNote
from uptally.model.endpoint import Endpoint
from uptally.model.verdict import Verdict
from uptally.page import svg
from uptally.page.budget import BudgetView, budget_text
from uptally.page.judged import (
    PromiseLine,
    end_of_day,
    ends_of,
    line_text,
    part_text,
    period_text,
    promise_line,
    shown_of,
    verdict_view,
    verdict_word,
    why_open,
)
from uptally.page.language import N_, _, percent, resaid, value_of
from uptally.page.views import Figures, Remark, Service, promised_text
from uptally.page.words import (
    Moment,
    minute_moment,
    plain,
)
from uptally.rules.figures import shown_share


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """A period: the verdict as icon and word, its promises, why it cannot be told, the credit, and the claim."""

    label: str
    part: str
    verdict: tuple[str, str]
    word: str
    """The verdict within a sentence."""
    lines: tuple[PromiseLine, ...]
    why: str
    credit: str
    claim: str
    """In which ``{moment}`` stands for the moment, if there is one."""
    claim_by: Moment | None


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


def newest_ended(notes: Sequence[CreditNote]) -> CreditNote | None:
    """Return the note of the newest period that is over."""
    return next((note for note in notes if note.is_over), None)


def promise_remark(notes: Sequence[CreditNote], *, now_ms: int) -> Remark | None:
    """Return what is to be said of the newest period that is over, if its promise was not clearly kept."""
    note = newest_ended(notes)
    if note is None or note.verdict in (None, Verdict.MET):
        return None
    return _remark(_row(note, now_ms))


def _remark(row: PromiseRow) -> Remark:
    """Return a period in a few sentences, with the promises that decided its verdict."""
    said = "; ".join(line_text(line) for line in row.lines if line.verdict == row.word)
    claim = row.claim.format(moment=row.claim_by.text) if row.claim_by else row.claim
    parts = (f"{said}." if said else "", row.why, row.credit, claim)
    period = _("{period} ({part})", period=row.label, part=row.part) if row.part else row.label
    head = _("{period}: {verdict}.", period=period, verdict=row.word)
    return Remark(row.verdict[0], head, " ".join(each for each in parts if each))


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
        verdict=verdict_view(note.verdict),
        word=verdict_word(note.verdict),
        lines=tuple(lines),
        why=why_open(note.verdict, note.windows),
        credit=_credit(note),
        claim=claim,
        claim_by=claim_by,
    )


def _objective(objective: ObjectiveNote) -> PromiseLine:
    verdict = verdict_word(objective.verdict)
    promised, measured = resaid(objective.promised), value_of(objective.measured)
    return PromiseLine(plain(objective.name), promised, measured, None, verdict)


def _credit(note: CreditNote) -> str:
    if note.verdict is Verdict.MET and not note.most:
        return ""
    if not note.most:
        return _("No credit.") if note.verdict is Verdict.MISSED else ""
    if note.least == note.most:
        return _("Credit: {share} of the fee.", share=percent(shown_share(note.share)))
    share, least, most = (percent(shown_share(each)) for each in (note.share, note.least, note.most))
    if note.verdict is Verdict.UNDETERMINED:
        if not note.least:
            return _("Credit: up to {most} of the fee.", most=most)
        return _("Credit: between {least} and {most} of the fee.", least=least, most=most)
    if not note.least:
        words = N_("Credit: {share} of the fee; by what is not known anything up to {most}.")
        return _(words, share=share, most=most)
    words = N_("Credit: {share} of the fee; between {least} and {most} of the fee by what is not known.")
    return _(words, share=share, least=least, most=most)


def _claim(note: CreditNote, now_ms: int) -> tuple[str, Moment | None]:
    """Return what is to be done for a credit, and until when."""
    if not note.most:
        return "", None
    if not note.needs_claim:
        return _("No claim is needed."), None
    if note.claim_by_ms is None:
        return _("It must be claimed."), None
    moment = end_of_day(note.claim_by_ms, note.zone)
    words = (
        N_("To be claimed by {moment}.") if now_ms < note.claim_by_ms else N_("The time to claim it ended on {moment}.")
    )
    return _(words, moment="{moment}"), moment


def _is_month(note: CreditNote) -> bool:
    return len(note.label) == 7 and "Q" not in note.label


def _figures(note: CreditNote, window: WindowNote, now_ms: int, zone: ZoneInfo) -> Figures:
    has_begun_later = note.part.start_ms > note.period.start_ms
    measured = window.availability.measured
    is_open = window.verdict is Verdict.UNDETERMINED or window.unknown_ms > 0
    return Figures(
        promised=promised_text(window.target),
        measured="" if measured is None else shown_of(measured, window),
        since=minute_moment(note.part.start_ms, zone, seen_ms=now_ms) if has_begun_later else None,
        between=ends_of(window) if is_open else None,
        budget=_budget(note, window, now_ms),
        down="",
        name=plain(window.name) if len(note.windows) > 1 else "",
        period="" if _is_month(note) else _("{period} so far", period=period_text(note.label, note.period, note.zone)),
    )


def _budget(note: CreditNote, window: WindowNote, now_ms: int) -> BudgetView:
    length_ms = max(1, note.period.length_ms)
    to_come = max(0, min(1000, (note.period.end_ms - now_ms) * 1000 // length_ms))
    meter = svg.meter(window.budget, unknown_ms=window.unknown_ms, to_come_permille=to_come)
    return budget_text(window.budget, meter, unknown_ms=window.unknown_ms)
