"""uptally's own figures for programs: milliseconds, verdicts and bounds, as the page shows them. Pure.

The document's schema is `uptally.schema.json`. One file tells of all services, how they stand and what the newest two
months came to; one for each endpoint tells of it alone, in the same shape, and of all months, windows and outages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any

from uptally.model.credit_note import CreditNote, CreditNotes, ObjectiveNote, WindowNote
from uptally.model.notice import Bulletin, MaintenanceNotice, Notice
from uptally.model.observation import Outcome
from uptally.model.settings import PageSettings
from uptally.model.statement import LatencyWindow, Standing, Statement
from uptally.model.timeline import Outage, State
from uptally.page.answers import NO_NOTES, Notes
from uptally.page.dump import dumped
from uptally.page.identity import uuid_of
from uptally.page.newest import nearest_maintenance, newest_incidents
from uptally.page.pieces import Keep, anew
from uptally.page.views import promised_text, state_kind, validity
from uptally.page.words import plain, plain_lines, zone_name
from uptally.rules.figures import figure_digits, shown_ratio, shown_share
from uptally.rules.statement_figures import statement_figures
from uptally.units.ratio import floor_percent

NOTHING_TOLD = Bulletin()

SCHEMA_VERSION = 1
"""Rises when a reader would have to change."""

SCHEMA_PATH = "api/uptally.schema.json"
"""Where the schema lies below the page's folder."""

Document = dict[str, Any]


def schema() -> Document:
    """Return the JSON Schema of what `written` returns."""
    found = json.loads(schema_file())
    assert isinstance(found, dict)
    return found


@cache
def schema_file() -> bytes:
    """Return the same as it is published."""
    return files("uptally.page").joinpath("assets", "uptally.schema.json").read_bytes()


def written(
    standings: Iterable[Standing],
    settings: PageSettings,
    *,
    now_ms: int,
    notes: Notes = NO_NOTES,
    bulletin: Bulletin = NOTHING_TOLD,
    keep: Keep = anew,
    latencies: Sequence[LatencyWindow] = (),
) -> bytes:
    """Write how the public endpoints among some standings stand; `notes` are their credit notes, by slug.

    Instants and lengths of time are integers of milliseconds, percentages text that is cut off; null is what is not
    known, or not promised. Nothing in it is private, nor a fee, nor what a target said. `keep` keeps what is said of
    each service; `latencies` are those of the only endpoint, where it is told alone.
    """
    shown = {each.endpoint.slug: each for each in standings if each.endpoint.is_public}
    endpoints = (_piece(keep, slug, (each, notes.get(slug), latencies), _endpoint) for slug, each in shown.items())
    head = {
        "schema_version": SCHEMA_VERSION,
        **validity(now_ms, refresh_ms=settings.refresh_ms),
        "page": {
            "title": plain(settings.title),
            "url": settings.url or None,
            "timezone": zone_name(settings.zone),
        },
        "incidents": [_incident(each) for each in newest_incidents(bulletin)],
        "maintenance": [_maintenance(each) for each in nearest_maintenance(bulletin, now_ms)],
    }
    filled = BytesIO()
    filled.write(dumped(head).removesuffix(b"}") + b',"services":[')
    # One after the other, so that not all of ten thousand are in memory at once.
    for place, service in enumerate(endpoints):
        filled.write((b"," if place else b"") + service)
    filled.write(b"]}\n")
    return filled.getvalue()


def _piece(keep: Keep, slug: str, made_of: tuple[object, ...], document_of: Callable[..., Document]) -> bytes:
    return keep("figures", slug, made_of, lambda: dumped(document_of(*made_of)))


def _endpoint(standing: Standing, found: CreditNotes | None, latencies: Sequence[LatencyWindow]) -> Document:
    endpoint, last, kind = standing.endpoint, standing.last, state_kind(standing)
    return {
        "name": plain(endpoint.name),
        "slug": endpoint.slug,
        "group": plain(endpoint.group) or None,
        "description": plain(endpoint.description) or None,
        "state": None if standing.state is None else "unknown" if kind == "nil" else kind,
        "slow": kind == "up" and last is not None and last.outcome is Outcome.SLOW,
        "since_ms": None if standing.is_stale else standing.since_ms,
        "last_known": _last_known(standing),
        "reason": None if last is None or standing.is_stale else last.reason.label or None,
        "first_observed_ms": standing.first_ms,
        "interval_ms": endpoint.interval_ms,
        "target_percent": promised_text(endpoint.terms.target) if endpoint.terms else None,
        "statements": [_statement(each) for each in standing.statements],
        "periods": [_period(each) for each in found.notes] if found else [],
        "outages": [_outage(each) for each in standing.outages],
        **({"latency": [_latency(each) for each in latencies]} if latencies else {}),
    }


def _last_known(standing: Standing) -> Document | None:
    """Return the last state that was not unknown, with when it began and when it was last seen."""
    if standing.last_known is not None:
        state, since_ms, seen_ms = standing.last_known
        return {"state": state.label, "since_ms": since_ms, "seen_ms": seen_ms}
    if standing.state in (None, State.UNKNOWN) or standing.last is None:
        return None
    return {"state": standing.state.label, "since_ms": standing.since_ms, "seen_ms": standing.last.at_ms}


def _statement(statement: Statement) -> Document:
    window, terms = statement.availability.window, statement.terms
    return {
        "label": statement.label,
        "start_ms": window.start_ms,
        "end_ms": window.end_ms,
        "is_over": statement.is_over,
        "target_percent": promised_text(terms.target) if terms else None,
        **statement_figures(statement),
    }


def _outage(outage: Outage) -> Document:
    return {**outage._asdict(), "reason": outage.reason.label or None}


def _latency(found: LatencyWindow) -> Document:
    return {
        "label": found.label,
        "start_ms": found.window.start_ms,
        "end_ms": found.window.end_ms,
        "answers": found.answers,
        "p50_us": found.p50_us,
        "p95_us": found.p95_us,
    }


def _period(note: CreditNote) -> Document:
    return {
        "label": note.label,
        "timezone": zone_name(note.zone),
        "start_ms": note.period.start_ms,
        "end_ms": note.period.end_ms,
        "part_start_ms": note.part.start_ms,
        "part_end_ms": note.part.end_ms,
        "is_over": note.is_over,
        "verdict": note.verdict.value if note.verdict else None,
        "windows": [_window(each) for each in note.windows],
        "objectives": [_objective(each) for each in note.objectives],
        "credit_percent": shown_share(note.share),
        "credit_least_percent": shown_share(note.least),
        "credit_most_percent": shown_share(note.most),
        "needs_claim": note.needs_claim,
        "claim_by_ms": note.claim_by_ms,
    }


def _window(window: WindowNote) -> Document:
    measured, worst, best = window.availability
    digits = figure_digits(window.target)

    def cut(ratio: Fraction | None) -> str | None:
        return None if ratio is None else floor_percent(ratio, digits=digits)

    return {
        "name": plain(window.name),
        "target_percent": promised_text(window.target),
        "verdict": window.verdict.value if window.verdict else None,
        "availability_percent": None
        if measured is None
        else shown_ratio(measured, unknown_ms=window.unknown_ms, target=window.target),
        "availability_worst_percent": cut(worst),
        "availability_best_percent": cut(best),
        "unknown_ms": window.unknown_ms,
        "budget_ms": window.budget.allowed_ms,
        "budget_left_ms": window.budget.left_ms,
    }


def _objective(objective: ObjectiveNote) -> Document:
    return {
        "name": plain(objective.name),
        "verdict": objective.verdict.value,
        "promised": objective.promised or None,
        "measured": objective.measured or None,
    }


def _incident(notice: Notice) -> Document:
    return {
        "id": notice.id,
        "title": plain(notice.title),
        "services": list(notice.services),
        "impact": notice.impact.value,
        "phase": notice.phase.value,
        "started_ms": notice.started_ms,
        "resolved_ms": notice.resolved_ms,
        "updates": [
            {"at_ms": each.at_ms, "phase": each.phase.value, "text": plain_lines(each.text)} for each in notice.updates
        ],
    }


def _maintenance(notice: MaintenanceNotice) -> Document:
    return {
        "id": str(uuid_of("maintenance", notice.id)),
        "services": list(notice.services),
        "start_ms": notice.start_ms,
        "end_ms": notice.end_ms,
        "announced_ms": notice.announced_ms,
        "cancelled_ms": notice.cancelled_ms,
        "text": plain(notice.text),
    }
