"""What an endpoint's own page says: the month's sum, outages, months and windows. Pure; knows no template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from uptally.model.credit_note import CreditNotes
from uptally.model.endpoint import Endpoint
from uptally.model.observation import Reason
from uptally.model.settings import PageSettings
from uptally.model.statement import Availability, LatencyHour, LatencyWindow, Standing, Statement
from uptally.model.timeline import State
from uptally.model.verdict import Verdict
from uptally.page import svg
from uptally.page.day_table import day_table
from uptally.page.days import Calendar
from uptally.page.latency import LatencyView, latency_of
from uptally.page.outages import BlipRow, OutageRow, blip_row, outage_row
from uptally.page.parts import Made, PartsView, parts_view
from uptally.page.promises import PromiseRow, promise_rows, target_of, with_promises
from uptally.page.reasons import reason_text
from uptally.page.views import (
    Remark,
    Service,
    Taken,
    is_month,
    month_statement,
    promised_text,
    service_of,
    taken_at,
    telling_range,
    upkeep_of,
    watched_from_ms,
)
from uptally.page.words import (
    Moment,
    duration,
    exact_seconds,
    interval_text,
    minute_moment,
    month_name,
    plain,
    running,
)
from uptally.rules.cadence import can_prove
from uptally.rules.figures import shown_percent
from uptally.units.ratio import exact_percent
from uptally.units.time import month_of

OUTAGES_MAX = 50
"""So many outages are listed, the newest."""

BLIPS_MAX = 50
"""So many failures that were refuted at once are listed, the newest."""

_WINDOWS = {
    "1h": "1 hour",
    "24h": "24 hours",
    "7d": "7 days",
    "30d": "30 days",
    "90d": "90 days",
    "365d": "365 days",
}


@dataclass(frozen=True, slots=True)
class SumLine:
    """A line of the month's sum; `kind` is empty, `opens` (a part of the sum) or `total`."""

    label: str
    figure: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """A month or a rolling window in a table."""

    label: str
    note: str
    promised: str
    measured: str
    between: tuple[str, str] | None
    down: str
    unseen: str
    outages: str
    longest: str
    verdict: tuple[str, str] | None
    """Icon and word."""


@dataclass(frozen=True, slots=True)
class Detail:
    """All that an endpoint's page shows."""

    title: str
    group: str
    description: str
    service: Service
    lasted: str
    reason: str
    known: tuple[str, Moment] | None
    """What it was before it became unknown, and when that was last seen."""
    axis: Markup
    day_rows: Markup
    """Every day as a row of a table."""
    month: str
    sum: tuple[SumLine, ...]
    promises: tuple[PromiseRow, ...]
    """The periods that are over, where more than a bare target was promised."""
    latency: LatencyView
    outages: tuple[OutageRow, ...]
    outages_left_out: int
    blips: tuple[BlipRow, ...]
    blips_left_out: int
    months: tuple[PeriodRow, ...]
    windows: tuple[PeriodRow, ...]
    interval: str
    cadence: Remark | None
    """That it is asked too rarely to prove what was promised."""
    has_promise: bool
    parts: PartsView | None
    """What it is made of, where it is a service of several; it then has no latencies of its own."""
    taken: Taken


def detail_of(
    standing: Standing,
    settings: PageSettings,
    *,
    latencies: Sequence[LatencyHour],
    now_ms: int,
    latency_windows: Sequence[LatencyWindow] = (),
    notes: CreditNotes | None = None,
    calendar: Calendar | None = None,
    made: Made | None = None,
) -> Detail:
    """Return the page of an endpoint. `latencies` are those of the last 24 hours at least, in any order, and
    `latency_windows` those of longer ones; `calendar` is that of the page's zone, with the maintenance that was
    announced.

    Where the endpoint itself has no terms, but credit notes, these count otherwise than the sums of its months.
    """
    endpoint, calendar = standing.endpoint, calendar or Calendar(settings.zone)
    month, target = month_of(standing.as_of_ms, settings.zone), target_of(endpoint, notes)
    months = sorted((each for each in standing.statements if is_month(each.label)), key=_label, reverse=True)
    counts_otherwise = notes is not None and endpoint.terms is None
    windows = [each for each in standing.statements if each.label in _WINDOWS]
    return Detail(
        title=plain(settings.title),
        group=plain(endpoint.group),
        description=plain(endpoint.description),
        service=with_promises(
            service_of(standing, calendar, month, target), notes, now_ms=standing.as_of_ms, zone=settings.zone
        ),
        lasted=_lasted(standing),
        reason=_reason(standing),
        known=_known(standing, calendar),
        axis=svg.axis([calendar.day(day.window.start_ms) for day in standing.days]),
        day_rows=day_table(standing.days, target, calendar, upkeep_of(standing, calendar)),
        month=month_name(month),
        sum=() if counts_otherwise else _sum(month_statement(standing, month), standing.as_of_ms),
        promises=promise_rows(notes.notes, now_ms=standing.as_of_ms) if notes else (),
        latency=latency_of(latencies, latency_windows, as_of_ms=standing.as_of_ms, zone=settings.zone),
        outages=tuple(outage_row(each, calendar) for each in standing.outages[:OUTAGES_MAX]),
        outages_left_out=max(0, len(standing.outages) - OUTAGES_MAX),
        blips=tuple(blip_row(each, calendar) for each in standing.blips[:BLIPS_MAX]),
        blips_left_out=max(0, len(standing.blips) - BLIPS_MAX),
        months=tuple(
            _month_row(each, standing.as_of_ms)
            for each in months
            if each.availability.scheduled_ms and not counts_otherwise
        ),
        windows=tuple(_window_row(each, standing.as_of_ms) for each in windows if each.availability.scheduled_ms),
        interval=interval_text(endpoint.interval_ms),
        cadence=_cadence(endpoint),
        has_promise=target is not None,
        parts=None if made is None else parts_view(made, calendar),
        taken=taken_at(now_ms, refresh_ms=settings.refresh_ms, zone=settings.zone),
    )


def _label(statement: Statement) -> str:
    return statement.label


def _lasted(standing: Standing) -> str:
    if standing.since_ms is None or standing.is_stale or standing.state is State.UP:
        return ""
    return running(max(0, standing.as_of_ms - standing.since_ms))


def _reason(standing: Standing) -> str:
    """Why it is not up, in words of ours; empty where it is up or nothing has been observed."""
    if standing.state is None or standing.last is None:
        return ""
    if standing.is_stale:
        return reason_text(Reason.NOT_OBSERVED)
    if standing.state is State.DOWN and standing.outages and standing.outages[0].end_ms is None:
        return reason_text(standing.outages[0].reason)
    return "" if standing.state is State.UP else reason_text(standing.last.reason)


def _known(standing: Standing, calendar: Calendar) -> tuple[str, Moment] | None:
    known = standing.last_known
    if known is None:
        return None
    return known.state.label, minute_moment(known.seen_ms, calendar.zone, seen_ms=standing.as_of_ms)


def _cadence(endpoint: Endpoint) -> Remark | None:
    terms = endpoint.terms
    if terms is None or can_prove(interval_ms=endpoint.interval_ms, target=terms.target):
        return None
    return Remark(
        "half",
        f"Checked {interval_text(endpoint.interval_ms)}: too rarely to prove {promised_text(terms.target)}%.",
        "An outage between two checks can pass unseen, and fewer than three such outages can be all the downtime that "
        "the promise allows in a month.",
    )


def _sum(statement: Statement | None, as_of_ms: int) -> tuple[SumLine, ...]:
    """The month's sum, line by line, exact to the millisecond, so that a reader can redo it."""
    if statement is None:
        return ()
    sums, budget, terms = statement.availability, statement.budget, statement.terms
    shown = shown_percent(sums, target=terms.target if terms else None)
    lines = [
        SumLine("Up", exact_seconds(sums.up_ms)),
        SumLine("Down", exact_seconds(sums.down_ms)),
        SumLine("Not known, left out", exact_seconds(sums.unknown_ms)) if sums.unknown_ms else None,
        SumLine(f"Measured: up ÷ (up + down){_never_100(sums)}", f"{shown}%" if shown else "no figure", "total"),
    ]
    if terms is not None and budget is not None:
        whole = f"{exact_seconds(sums.window.length_ms)} × {exact_percent(1 - terms.target)}%"
        over = budget.left_ms < 0
        lines += [
            SumLine(
                f"Allowed in the whole month: {whole}{_until_its_end(statement, as_of_ms)}",
                exact_seconds(budget.allowed_ms),
                "opens",
            ),
            SumLine("Down so far", exact_seconds(-sums.down_ms)),
            SumLine("Overdrawn by" if over else "Left", exact_seconds(abs(budget.left_ms)), "total"),
        ]
    if sums.known_ms:
        limits = f"{exact_seconds(sums.down_low_ms)} – {exact_seconds(sums.down_high_ms)}"
        lines.append(SumLine("Down at least, and at most, with 95% confidence", limits, "opens"))
    return tuple(line for line in lines if line is not None)


def _never_100(sums: Availability) -> str:
    """Why a sum of up time alone does not end with 100."""
    return "; never 100 with time not known" if sums.up_ms and sums.unknown_ms and not sums.down_ms else ""


def _until_its_end(statement: Statement, as_of_ms: int) -> str:
    """That less will be allowed when the month is over, where some of it was not watched or is not known."""
    is_whole = watched_from_ms(statement, as_of_ms) is None and not statement.availability.unknown_ms
    return "" if is_whole else "; once it is over, that share of the time known"


def _month_row(statement: Statement, as_of_ms: int) -> PeriodRow:
    words = {
        Verdict.MET: ("up", "Met" if statement.is_over else "Kept so far"),
        Verdict.MISSED: ("over", "Missed"),
        Verdict.UNDETERMINED: ("half", "Undetermined"),
    }
    label = f"{month_name(statement.label)} {statement.label[:4]}"
    return _row(
        statement,
        as_of_ms,
        label=label if statement.is_over else f"{month_name(statement.label)} so far",
        verdict=words[statement.verdict] if statement.verdict is not None else None,
    )


def _window_row(statement: Statement, as_of_ms: int) -> PeriodRow:
    return _row(statement, as_of_ms, label=_WINDOWS[statement.label], verdict=None)


def _row(statement: Statement, as_of_ms: int, *, label: str, verdict: tuple[str, str] | None) -> PeriodRow:
    sums, target = statement.availability, statement.terms.target if statement.terms else None
    is_known = sums.known_ms > 0
    return PeriodRow(
        label=label,
        note=f"{duration(sums.scheduled_ms)} of it watched" if watched_from_ms(statement, as_of_ms) else "",
        promised=promised_text(target),
        measured=shown_percent(sums, target=target),
        between=telling_range(statement),
        down=duration(sums.down_ms) if sums.down_ms else "none" if is_known else "",
        unseen=duration(sums.unknown_ms) if sums.unknown_ms else "none",
        outages=str(sums.outages) if is_known else "",
        longest=duration(sums.longest_outage_ms) if sums.longest_outage_ms else "",
        verdict=verdict,
    )
