"""Standings written down by hand, so that a test can say what the page must make of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from tests.page.sample import at, endpoint
from uptally.model.endpoint import Endpoint
from uptally.model.observation import Kind, Observation, Outcome, Reason
from uptally.model.statement import Availability, Budget, Standing, Statement
from uptally.model.terms import Terms
from uptally.model.timeline import Blip, Outage, State
from uptally.model.verdict import Verdict
from uptally.units.ratio import parse_percent
from uptally.units.time import Window, day_of, day_window, month_window

UTC_ZONE = ZoneInfo("UTC")
NOW_MS = at("2026-11-23 14:38:07")


def sums(
    window: Window,
    *,
    down_ms: int = 0,
    unknown_ms: int = 0,
    scheduled_ms: int | None = None,
    outages: int = 0,
    limits: tuple[int, int] | None = None,
) -> Availability:
    """The sums of a window of which all was up but some time; what was down is known to the millisecond, unless limits
    are given.
    """
    whole_ms = window.length_ms if scheduled_ms is None else scheduled_ms
    up_ms = whole_ms - down_ms - unknown_ms
    longest_ms = down_ms if outages else 0
    return Availability(
        window, whole_ms, up_ms, down_ms, unknown_ms, 0, outages, longest_ms, *(limits or (down_ms, down_ms))
    )


def days(
    *changed: Availability, now_ms: int = NOW_MS, zone: ZoneInfo = UTC_ZONE, count: int = 90
) -> tuple[Availability, ...]:
    """So many days that end with today, clean but for those that are given."""
    given = {one.window.start_ms: one for one in changed}
    today = day_of(now_ms, zone)
    windows = [day_window(today - timedelta(days=back), zone) for back in reversed(range(count))]
    return tuple(given.get(window.start_ms) or sums(window) for window in windows)


def day_sums(day: str, *, zone: ZoneInfo = UTC_ZONE, down_ms: int = 0, unknown_ms: int = 0) -> Availability:
    return sums(day_window(date.fromisoformat(day), zone), down_ms=down_ms, unknown_ms=unknown_ms)


def unwatched_day(day: str) -> Availability:
    """A day before the first observation."""
    return sums(day_window(date.fromisoformat(day), UTC_ZONE), scheduled_ms=0)


def month(
    label: str,
    target: str | None = "99.99%",
    *,
    verdict: Verdict | None = Verdict.MET,
    down_ms: int = 0,
    unknown_ms: int = 0,
    until_ms: int = NOW_MS,
    limits: tuple[int, int] | None = None,
) -> Statement:
    """A month's statement with the budget of the whole month."""
    window = month_window(label, UTC_ZONE)
    scheduled_ms = min(window.end_ms, until_ms) - window.start_ms
    availability = sums(
        window,
        down_ms=down_ms,
        unknown_ms=unknown_ms,
        scheduled_ms=scheduled_ms,
        outages=int(down_ms > 0),
        limits=limits,
    )
    if target is None:
        return Statement(label, None, availability, None, None, window.end_ms <= until_ms)
    terms = Terms.bare(target, parse_percent(target))
    allowed = (1 - terms.target) * window.length_ms
    budget = Budget(int(allowed), (allowed - down_ms).__floor__())
    return Statement(label, terms, availability, budget, verdict, window.end_ms <= until_ms)


def outage(
    begin: str, length_ms: int | None, *, width_ms: int = 2_000, reason: Reason = Reason.RESPONSE_TIMEOUT
) -> Outage:
    """An outage whose edges are so many milliseconds wide; one without a length lasts."""
    start_ms = at(begin)
    half_ms = width_ms // 2
    if length_ms is None:
        return Outage(start_ms, None, NOW_MS - start_ms, 0, reason, start_ms - half_ms, start_ms + half_ms, None, None)
    end_ms = start_ms + length_ms
    bounds = (start_ms - half_ms, start_ms + half_ms, end_ms - half_ms, end_ms + half_ms)
    return Outage(start_ms, end_ms, length_ms, 0, reason, *bounds)


def standing(
    name: str = "Checkout API",
    state: State | None = State.UP,
    *,
    of: Endpoint | None = None,
    since: str = "2026-11-23 14:32:00",
    is_stale: bool = False,
    outcome: Outcome | None = None,
    reason: Reason = Reason.NONE,
    last_at: str = "2026-11-23 14:38:06",
    group: str = "",
    sla: str | None = "99.99%",
    statements: Sequence[Statement] = (),
    outages: Sequence[Outage] = (),
    blips: Sequence[Blip] = (),
    days_: Sequence[Availability] | None = None,
) -> Standing:
    """A standing as of `NOW_MS`; without a state it was never observed."""
    which = of or endpoint(name, group=group, sla=sla)
    outcomes = {State.UP: Outcome.UP, State.DOWN: Outcome.DOWN, State.UNKNOWN: Outcome.UNKNOWN}
    last = None
    if state is not None:
        last = Observation(
            which.slug, "local", 1, 1, Kind.GRID, at(last_at), 1_000, outcome or outcomes[state], reason, 2_000, 5_000
        )
    return Standing(
        endpoint=which,
        state=state,
        since_ms=None if state is None else at(since),
        as_of_ms=NOW_MS,
        is_stale=is_stale,
        last=last,
        statements=tuple(statements),
        days=days() if days_ is None else tuple(days_),
        outages=tuple(outages),
        blips=tuple(blips),
    )
