"""Timelines become sums, sums become verdicts: exact, and three-valued where what is not known could decide.

The rules are those of a bare target: unknown time is left out of the denominator, the target is met at equality, and
nothing known gives no figure and the verdict undetermined. The worst and the best that an availability can have been
come from the limits of the downtime (`rules.limits`), with unknown time as down and as up.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache

from uptally.model.statement import Availability, Budget, Statement
from uptally.model.terms import Terms
from uptally.model.timeline import State, Timeline
from uptally.model.verdict import Verdict
from uptally.rules.limits import downtime_limits
from uptally.rules.timeline import turns_until_silence
from uptally.units.time import Window


def measure(timeline: Timeline, window: Window, *, as_of_ms: int) -> Availability:
    """Add up the milliseconds that each state held in a window, and say how well its downtime is known.

    An outage that began before the window counts in it, as does its part inside; down time on both sides of
    unknown time is one outage. `longest_outage_ms` counts down time only.
    """
    return Gauge(timeline, as_of_ms=as_of_ms).measure(window)


class Gauge:
    """Measures windows of a timeline, as it is known at an instant."""

    def __init__(self, timeline: Timeline, *, as_of_ms: int) -> None:
        self.as_of_ms, self.turns = as_of_ms, turns_until_silence(timeline, as_of_ms=as_of_ms)
        self._starts_ms = [turn.start_ms for turn in self.turns]
        self._begin_ms = self._starts_ms[0] if self.turns else as_of_ms
        self._intervals_ms = [turn.interval_ms for turn in self.turns]
        self._not_up = [place for place, turn in enumerate(self.turns) if turn.state is not State.UP]

    def measure(self, window: Window) -> Availability:
        """Return what `measure` does."""
        begin_ms, end_ms = max(window.start_ms, self._begin_ms), min(window.end_ms, self.as_of_ms)
        if begin_ms >= end_ms:
            return throughout(window, window.start_ms, State.UNKNOWN, 0)
        starts_ms = self._starts_ms
        first, last = bisect_right(starts_ms, begin_ms) - 1, bisect_left(starts_ms, end_ms)
        turn = self.turns[first]
        if first + 1 == last and turn.state is not State.DOWN and begin_ms == window.start_ms:
            return throughout(window, end_ms, turn.state, turn.interval_ms)
        edges_ms = [begin_ms, *starts_ms[first + 1 : last], end_ms]
        return self._added_up(window, first, edges_ms)

    def _added_up(self, window: Window, first: int, edges_ms: Sequence[int]) -> Availability:
        """Return what a window comes to: `edges_ms` are the ends of the pieces of the turns from the `first` on."""
        last = first + len(edges_ms) - 1
        down_ms = unknown_ms = outages = longest_ms = run_ms = sampled_ms = gaps_ms2 = singles = 0
        following = first
        for place in self._not_up[bisect_left(self._not_up, first) : bisect_left(self._not_up, last)]:
            turn, start_ms = self.turns[place], edges_ms[place - first]
            length_ms = edges_ms[place - first + 1] - start_ms
            if place != following:
                run_ms = 0
            following = place + 1
            if turn.state is State.UNKNOWN:
                unknown_ms += length_ms
                continue
            down_ms += length_ms
            outages += not run_ms
            run_ms += length_ms
            longest_ms = max(longest_ms, run_ms)
            begins_here = start_ms == turn.start_ms
            if turn.is_sampled:
                sampled_ms += length_ms
                gaps_ms2 += begins_here * turn.gap_ms**2
                gaps_ms2 += self.turns[following].gap_ms ** 2 if following < last else 0
            else:
                singles += begins_here
        scheduled_ms = edges_ms[-1] - edges_ms[0]
        known_ms = scheduled_ms - unknown_ms
        low_ms, high_ms = downtime_limits(
            down_ms=down_ms,
            known_ms=known_ms,
            sampled_ms=sampled_ms,
            gaps_ms2=gaps_ms2,
            singles=singles,
            interval_ms=max(self._intervals_ms[first:last]),
        )
        return Availability(
            window=window,
            scheduled_ms=scheduled_ms,
            up_ms=known_ms - down_ms,
            down_ms=down_ms,
            unknown_ms=unknown_ms,
            excluded_ms=0,
            outages=outages,
            longest_outage_ms=longest_ms,
            down_low_ms=low_ms,
            down_high_ms=high_ms,
        )


class Tiles:
    """Measures windows that tile a time, such as days: of most timelines most of them are alike, and made once."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self._windows = windows
        self._starts_ms = [window.start_ms for window in windows]
        self._ends_ms = [window.end_ms for window in windows]
        self._alike: dict[tuple[State, int], list[Availability]] = {}

    def measure(self, gauge: Gauge) -> list[Availability]:
        """Return what `measure` does of each window."""
        found: list[Availability] = []
        ends_ms = [*(min(turn.start_ms, gauge.as_of_ms) for turn in gauge.turns[1:]), gauge.as_of_ms]
        for turn, end_ms in zip(gauge.turns, ends_ms, strict=False):
            if turn.state is not State.DOWN:
                first = bisect_left(self._starts_ms, turn.start_ms, len(found))
                last = bisect_right(self._ends_ms, end_ms, first)
                if first < last:
                    found += map(gauge.measure, self._windows[len(found) : first])
                    found += self._throughout(turn.state, turn.interval_ms)[first:last]
        found += map(gauge.measure, self._windows[len(found) :])
        return found

    def _throughout(self, state: State, interval_ms: int) -> list[Availability]:
        alike = self._alike.get((state, interval_ms))
        if alike is None:
            alike = [throughout(window, window.end_ms, state, interval_ms) for window in self._windows]
            self._alike[state, interval_ms] = alike
        return alike


# Most days and the shorter windows are the same of most endpoints.
@lru_cache(maxsize=4_096)
def throughout(window: Window, until_ms: int, state: State, interval_ms: int) -> Availability:
    """Return the figures of a window that is up, or unknown, from its begin until an instant, and nothing after it."""
    length_ms = until_ms - window.start_ms
    up_ms = length_ms if state is State.UP else 0
    limits = downtime_limits(down_ms=0, known_ms=up_ms, sampled_ms=0, gaps_ms2=0, singles=0, interval_ms=interval_ms)
    return Availability(
        window=window,
        scheduled_ms=length_ms,
        up_ms=up_ms,
        down_ms=0,
        unknown_ms=length_ms - up_ms,
        excluded_ms=0,
        outages=0,
        longest_outage_ms=0,
        down_low_ms=limits.low_ms,
        down_high_ms=limits.high_ms,
    )


def rolling_statement(label: str, terms: Terms | None, availability: Availability) -> Statement:
    """Return the statement of a rolling window: it always ends now, and its budget is that of its known time."""
    return _statement(label, terms, availability, base_ms=availability.known_ms, is_over=False, verdict=_verdict)


def month_statement(label: str, terms: Terms | None, availability: Availability, *, as_of_ms: int) -> Statement:
    """Return the statement of a calendar month.

    A month in progress is judged with its full month's budget: it is missed once even the least downtime overdraws
    that, and met so far while even the most, with all unknown time, would not. An ended month's budget is that of its
    known time.
    """
    is_over = as_of_ms >= availability.window.end_ms
    base_ms = availability.known_ms if is_over else availability.window.length_ms
    verdict = _verdict if is_over else _verdict_so_far
    return _statement(label, terms, availability, base_ms=base_ms, is_over=is_over, verdict=verdict)


def _statement(
    label: str,
    terms: Terms | None,
    availability: Availability,
    *,
    base_ms: int,
    is_over: bool,
    verdict: Callable[[int, int, Availability], Verdict],
) -> Statement:
    """Return a statement whose target allows its share of `base_ms`. Where nothing is known, nothing is left or spent:
    there is no budget, as there is no figure.
    """
    if terms is None:
        return Statement(label, None, availability, None, None, is_over)
    if not availability.known_ms:
        return Statement(label, terms, availability, None, Verdict.UNDETERMINED, is_over)
    # Both sides of what is compared are multiplied by the target's denominator: no Fraction need be made.
    part, whole = terms.target.as_integer_ratio()
    allowed_ms = (whole - part) * base_ms // whole
    budget = Budget(allowed_ms, allowed_ms - availability.down_ms)
    return Statement(label, terms, availability, budget, verdict(part, whole, availability), is_over)


def _verdict(part: int, whole: int, availability: Availability) -> Verdict:
    agreed_ms = availability.agreed_service_ms
    if not agreed_ms:
        return Verdict.UNDETERMINED
    promised = part * agreed_ms
    if (availability.known_ms - availability.down_high_ms) * whole >= promised:
        return Verdict.MET
    return Verdict.MISSED if (agreed_ms - availability.down_low_ms) * whole < promised else Verdict.UNDETERMINED


def _verdict_so_far(part: int, whole: int, availability: Availability) -> Verdict:
    allowed = (whole - part) * availability.window.length_ms
    if availability.down_low_ms * whole > allowed:
        return Verdict.MISSED
    most = (availability.down_high_ms + availability.unknown_ms) * whole
    return Verdict.MET if most <= allowed else Verdict.UNDETERMINED
