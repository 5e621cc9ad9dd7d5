"""What the page says of one service: its standing becomes text and geometry. Pure; knows no template."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from markupsafe import Markup

from uptally.model.observation import Outcome
from uptally.model.statement import Standing, Statement
from uptally.model.timeline import State
from uptally.model.verdict import Verdict
from uptally.page import svg
from uptally.page.budget import BudgetView, budget_view
from uptally.page.days import Calendar, Note, strip_of
from uptally.page.language import Language, _, percent, spoken
from uptally.page.words import (
    Moment,
    duration,
    long_day_text,
    minute_moment,
    month_name,
    plain,
    second_moment,
    zone_name,
    zone_now,
)
from uptally.rules.figures import shown_percent, shown_range
from uptally.units.ratio import exact_percent
from uptally.units.stretches import Stretches
from uptally.units.time import MINUTE_MS, Window, day_of, format_instant, previous_month


@dataclass(frozen=True, slots=True)
class StateView:
    """A state in words: `kind` picks icon and colour (up, down, nil)."""

    kind: str
    word: str
    since: str = ""
    """The word and since when, where there is a moment: ``{moment}`` stands for it."""
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """An endpoint's month in progress. Texts are empty where there is nothing to say; percentages carry no sign."""

    promised: str
    measured: str
    since: Moment | None
    """When it was first observed, where that is within the month."""
    between: tuple[str, str] | None
    """The worst and the best, where that tells something."""
    budget: BudgetView | None
    down: str
    name: str = ""
    """The service window, where the promise has several."""
    period: str = ""
    """What the figures are for, where that is not the month."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What deserves a line of its own: that last month's promise was missed, or could not be told."""

    kind: str
    head: str
    text: str


@dataclass(frozen=True, slots=True)
class Service:
    """An endpoint as a row of the overview and as the head of its own page."""

    name: str
    slug: str
    state: StateView
    bars: Markup
    days: int
    bars_label: str
    bars_exact: str
    notes: tuple[Note, ...]
    notes_told: str
    figures: tuple[Figures, ...]
    """The month in progress, one for each service window of the promise; none where nothing was measured."""
    remark: Remark | None


@dataclass(frozen=True, slots=True)
class Taken:
    """When the page's data was taken, when the next is due, and from when on a reader should mistrust it."""

    day: str
    at: Moment
    due: Moment
    valid_until: str
    zone: str
    zone_now: str
    """With how far it is from UTC at present."""


GRACE_MS = MINUTE_MS
"""How long past the due time a page is not yet called old: a reader's clock may differ, and a slow disk is no death."""


def taken_at(now_ms: int, *, refresh_ms: int, zone: ZoneInfo) -> Taken:
    """Return what a page that is written now says of its age. Nothing else on a page depends on the time of writing."""
    return _taken(now_ms, refresh_ms, zone, spoken())


# Pages are written some at a time, from one look at the ledger.
@lru_cache(maxsize=4)
def _taken(now_ms: int, refresh_ms: int, zone: ZoneInfo, _language: Language) -> Taken:
    return Taken(
        day=long_day_text(day_of(now_ms, zone)),
        at=second_moment(now_ms, zone),
        due=second_moment(now_ms + refresh_ms, zone),
        valid_until=format_instant(now_ms + refresh_ms + GRACE_MS),
        zone=zone_name(zone),
        zone_now=zone_now(now_ms, zone),
    )


def validity(now_ms: int, *, refresh_ms: int) -> dict[str, str]:
    """Return what a file for programs that is written now says of its age, and that monitoring runs."""
    valid_until = format_instant(now_ms + refresh_ms + GRACE_MS)
    return {"generated_at": format_instant(now_ms), "valid_until": valid_until, "monitoring": "running"}


def is_month(label: str) -> bool:
    """Tell whether a statement's label names a calendar month and not a rolling window."""
    return label[4:5] == "-"


def month_statement(standing: Standing, month: str) -> Statement | None:
    """Return an endpoint's statement of a month; None where it was not watched then."""
    for statement in standing.statements:
        if statement.label == month:
            return statement if statement.availability.scheduled_ms else None
    return None


def state_kind(standing: Standing) -> str:
    """Return `up`, `down` or `nil`: a stale standing counts as not known, and so does one without any observation."""
    if standing.is_stale or standing.state is None or standing.state is State.UNKNOWN:
        return "nil"
    return standing.state.label


def state_view(standing: Standing, calendar: Calendar) -> StateView:
    """Return an endpoint's state in words, with the day where that is not the day of the page."""
    state, last = standing.state, standing.last
    if state is None or last is None:
        return StateView("nil", _("Not observed yet"))
    kind = state_kind(standing)

    def moment(instant_ms: int | None) -> Moment | None:
        return None if instant_ms is None else minute_moment(instant_ms, calendar.zone, seen_ms=standing.as_of_ms)

    if standing.is_stale and state is not State.UNKNOWN:
        known = _("Not known; last known: up at {moment}"), _("Not known; last known: down at {moment}")
        return StateView(kind, _("Not known"), known[state is State.DOWN], moment(last.at_ms))
    word, since = _state_words(state, is_slow=last.outcome is Outcome.SLOW)
    return StateView(kind, word, since, moment(standing.since_ms))


def _state_words(state: State, *, is_slow: bool) -> tuple[str, str]:
    if state is State.DOWN:
        return _("Down"), _("Down since {moment}")
    if state is State.UNKNOWN:
        return _("Not known"), _("Not known since {moment}")
    return (_("Up, but slow"), _("Up, but slow since {moment}")) if is_slow else (_("Up"), _("Up since {moment}"))


def promised_text(target: Fraction | None) -> str:
    """Write a target as it was signed, without its sign; empty without a promise."""
    return "" if target is None else _promised(target.numerator, target.denominator)


@lru_cache(maxsize=256)
def _promised(part: int, whole: int) -> str:
    return exact_percent(Fraction(part, whole))


def watched_from_ms(statement: Statement, as_of_ms: int) -> int | None:
    """Return the first observation where a period began before it; None where all of it was watched."""
    window, scheduled_ms = statement.availability.window, statement.availability.scheduled_ms
    begin_ms = min(window.end_ms, as_of_ms) - scheduled_ms
    return begin_ms if begin_ms > window.start_ms else None


def figures_of(
    statement: Statement | None, target: Fraction | None, *, as_of_ms: int, zone: ZoneInfo
) -> Figures | None:
    """Return a month's figures; None where the endpoint was not watched in it."""
    if statement is None:
        return None
    sums, from_ms = statement.availability, watched_from_ms(statement, as_of_ms)
    return Figures(
        promised=promised_text(target),
        measured=shown_percent(sums, target=target),
        since=None if from_ms is None else minute_moment(from_ms, zone, seen_ms=as_of_ms),
        between=telling_range(statement),
        budget=budget_view(statement, as_of_ms),
        down="" if target is not None or not sums.known_ms else _down_text(sums.down_ms),
    )


def telling_range(statement: Statement) -> tuple[str, str] | None:
    """Return the worst and the best that a figure can have been where that tells a reader something: where some time
    was not seen, or the verdict hangs on it.
    """
    sums, terms = statement.availability, statement.terms
    if not sums.unknown_ms and statement.verdict is not Verdict.UNDETERMINED:
        return None
    return shown_range(sums, target=terms.target if terms else None)


def _down_text(down_ms: int) -> str:
    return _("{lasted} down", lasted=duration(down_ms)) if down_ms else _("No downtime")


def remark_of(standing: Standing, last_month: str) -> Remark | None:
    """Return what is to be said of last month's promise, if it was not clearly kept."""
    statement = month_statement(standing, last_month)
    if statement is None or statement.terms is None or statement.verdict in (None, Verdict.MET):
        return None
    target, name = statement.terms.target, month_name(last_month)
    if statement.verdict is Verdict.MISSED:
        shown = percent(shown_percent(statement.availability, target=target))
        was = _("The promise was {promised}.", promised=percent(promised_text(target)))
        return Remark("over", _("{month}: missed, {measured}.", month=name, measured=shown), was)
    ends = shown_range(statement.availability, target=target)
    head = _("{month}: undetermined.", month=name)
    if ends:
        worst, best = map(percent, ends)
        head = _("{month}: undetermined, between {worst} and {best}.", month=name, worst=worst, best=best)
    unseen_ms = statement.availability.unknown_ms
    why = _("We could not see {lasted}.", lasted=duration(unseen_ms)) if unseen_ms else ""
    return Remark("half", head, why or _("Our checks cannot tell more closely."))


def upkeep_of(standing: Standing, calendar: Calendar) -> Stretches:
    """Return when there was maintenance of an endpoint in its days."""
    # What is still to come of today's is no part of the day yet.
    shown = Window(standing.days[0].window.start_ms, standing.as_of_ms) if standing.days else Window(0, 0)
    return calendar.maintenance(standing.endpoint.slug, shown)


def service_of(standing: Standing, calendar: Calendar, month: str, target: Fraction | None) -> Service:
    """Return an endpoint's row. `month` is the one in progress, `target` what its days are held against."""
    endpoint = standing.endpoint
    upkeep, state = upkeep_of(standing, calendar), state_view(standing, calendar)
    if upkeep and upkeep[-1][1] == standing.as_of_ms and state.kind == "up":
        state = replace(state, word=_("{state}, in maintenance", state=state.word))
    strip = strip_of(standing.days, target, calendar, upkeep)
    promised = endpoint.terms.target if endpoint.terms else None
    figures = figures_of(month_statement(standing, month), promised, as_of_ms=standing.as_of_ms, zone=calendar.zone)
    return Service(
        name=plain(endpoint.name),
        slug=endpoint.slug,
        state=state,
        bars=svg.bars(strip.levels, strip.unseen),
        days=len(standing.days),
        bars_label=strip.label,
        bars_exact=strip.exact,
        notes=strip.notes,
        notes_told=strip.told,
        figures=() if figures is None else (figures,),
        remark=remark_of(standing, previous_month(month)),
    )
