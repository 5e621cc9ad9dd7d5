"""What an endpoint's own page says: the month's sum, outages, months and windows. Pure; knows no template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from uptally.model.credit_note import CreditNotes
from uptally.model.endpoint import Endpoint
from uptally.model.observation import Reason
from uptally.model.settings import PageSettings
from uptally.model.statement import LatencyCourse, LatencyHour, LatencyWindow, Standing, Statement
from uptally.model.timeline import State
from uptally.model.verdict import Verdict
from uptally.page import svg
from uptally.page.course import CourseView, course_view
from uptally.page.day_table import day_table
from uptally.page.days import Calendar
from uptally.page.judged import verdict_view
from uptally.page.language import N_, _, grouped, percent, pgettext
from uptally.page.latency import LatencyView, latency_of
from uptally.page.month_sum import MonthSum, SumLine, ended_sums, sum_of
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
    interval_text,
    minute_moment,
    month_and_year,
    month_name,
    plain,
    running,
    window_text,
)
from uptally.rules.cadence import can_prove
from uptally.rules.figures import shown_percent
from uptally.units.time import month_of

OUTAGES_MAX = 50
"""So many outages are listed, the newest."""

BLIPS_MAX = 50
"""So many failures that were refuted at once are listed, the newest."""

_KNOWN = {
    State.UP: N_("{state}; last known: up at {moment}"),
    State.DOWN: N_("{state}; last known: down at {moment}"),
}


class PeriodRow(NamedTuple):
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
    """What it was before it became unknown, and when that was last seen: ``{state}`` stands for what it is, and
    ``{moment}`` for the moment."""
    axis: Markup
    unnoted: str
    """What is said of the days where none deserves a note."""
    day_rows: Markup
    """Every day as a row of a table."""
    month: str
    sum: tuple[SumLine, ...]
    promises: tuple[PromiseRow, ...]
    """The periods that are over, where more than a bare target was promised."""
    latency: LatencyView
    courses: tuple[CourseView, ...]
    outages: tuple[OutageRow, ...]
    outages_left_out: int
    blips: tuple[BlipRow, ...]
    blips_left_out: int
    months: tuple[PeriodRow, ...]
    sums: tuple[MonthSum, ...]
    """The sums of the newest months that have ended."""
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
    latency_courses: Sequence[LatencyCourse] = (),
    notes: CreditNotes | None = None,
    calendar: Calendar | None = None,
    made: Made | None = None,
) -> Detail:
    """Return the page of an endpoint. `latencies` are those of the last 24 hours at least, in any order, and
    `latency_windows` and `latency_courses` those of longer ones; `calendar` is that of the page's zone, with the
    maintenance that was announced.

    Where the endpoint itself has no terms, but credit notes, these count otherwise than the sums of its months.
    """
    endpoint, calendar = standing.endpoint, calendar or Calendar(settings.zone)
    month, target = month_of(standing.as_of_ms, settings.zone), target_of(endpoint, notes)
    months = sorted((each for each in standing.statements if is_month(each.label)), key=_label, reverse=True)
    counts_otherwise = notes is not None and endpoint.terms is None
    windows = [each for each in standing.statements if not is_month(each.label)]
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
        axis=svg.axis(calendar.days(standing.days)),
        unnoted=_("Not observed yet") if standing.state is None else _("No downtime seen"),
        day_rows=day_table(standing.days, target, calendar, upkeep_of(standing, calendar)),
        month=month_name(month),
        sum=() if counts_otherwise else sum_of(month_statement(standing, month), standing.as_of_ms),
        promises=promise_rows(notes.notes, now_ms=standing.as_of_ms) if notes else (),
        latency=latency_of(latencies, latency_windows, as_of_ms=standing.as_of_ms, zone=settings.zone),
        courses=tuple(course_view(each, settings.zone) for each in latency_courses if each.parts),
        outages=tuple(outage_row(each, calendar) for each in standing.outages[:OUTAGES_MAX]),
        outages_left_out=max(0, len(standing.outages) - OUTAGES_MAX),
        blips=tuple(blip_row(each, calendar) for each in standing.blips[:BLIPS_MAX]),
        blips_left_out=max(0, len(standing.blips) - BLIPS_MAX),
        months=tuple(
            _month_row(each, standing.as_of_ms)
            for each in months
            if each.availability.scheduled_ms and not counts_otherwise
        ),
        sums=() if counts_otherwise else ended_sums(months, standing.as_of_ms),
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
    return _(_KNOWN[known.state]), minute_moment(known.seen_ms, calendar.zone, seen_ms=standing.as_of_ms)


def _cadence(endpoint: Endpoint) -> Remark | None:
    terms = endpoint.terms
    if terms is None or can_prove(interval_ms=endpoint.interval_ms, target=terms.target):
        return None
    return Remark(
        "half",
        _(
            "Checked {interval}: too rarely to prove {promised}.",
            interval=interval_text(endpoint.interval_ms),
            promised=percent(promised_text(terms.target)),
        ),
        _(
            "An outage between two checks can pass unseen, and fewer than three such outages can be all the downtime "
            "that the promise allows in a month."
        ),
    )


def _month_row(statement: Statement, as_of_ms: int) -> PeriodRow:
    month, verdict = statement.label, statement.verdict
    word = None if verdict is None else verdict_view(verdict)
    if verdict is Verdict.MET and not statement.is_over:
        word = "up", _("Kept so far")
    label = month_and_year(month) if statement.is_over else _("{month} so far", month=month_name(month))
    return _row(statement, as_of_ms, label=label, verdict=word)


def _window_row(statement: Statement, as_of_ms: int) -> PeriodRow:
    return _row(statement, as_of_ms, label=window_text(statement.label), verdict=None)


def _row(statement: Statement, as_of_ms: int, *, label: str, verdict: tuple[str, str] | None) -> PeriodRow:
    sums, target = statement.availability, statement.terms.target if statement.terms else None
    is_known = sums.known_ms > 0
    note, down = "", duration(sums.down_ms) if sums.down_ms else ""
    if not down and is_known:
        down = pgettext("downtime", "none")
    if watched_from_ms(statement, as_of_ms) is not None:
        note = _("{time} of it watched", time=duration(sums.scheduled_ms))
    return PeriodRow(
        label=label,
        note=note,
        promised=promised_text(target),
        measured=shown_percent(sums, target=target),
        between=telling_range(statement),
        down=down,
        unseen=duration(sums.unknown_ms) if sums.unknown_ms else pgettext("time not seen", "none"),
        outages=grouped(sums.outages) if is_known else "",
        longest=duration(sums.longest_outage_ms) if sums.longest_outage_ms else "",
        verdict=verdict,
    )
