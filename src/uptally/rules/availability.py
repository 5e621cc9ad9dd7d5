"""Timelines become sums, sums become verdicts: exact, and three-valued where what is not known could decide.

The rules are those of a bare target: unknown time is left out of the denominator, the target is met at equality, and
nothing known gives no figure and the verdict undetermined. The worst and the best that an availability can have been
come from the limits of the downtime (`rules.limits`), with unknown time as down and as up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import lru_cache

from uptally.model.statement import Availability, Budget, Statement
from uptally.model.terms import Terms
from uptally.model.timeline import State, Timeline
from uptally.model.verdict import Verdict
from uptally.rules.limits import downtime_limits
from uptally.rules.timeline import pieces_of, turn_throughout
from uptally.units.time import Window


def measure(timeline: Timeline, window: Window, *, as_of_ms: int) -> Availability:
    """Add up the milliseconds that each state held in a window, and say how well its downtime is known.

    An outage that began before the window counts in it, as does its part inside; down time on both sides of
    unknown time is one outage. `longest_outage_ms` counts down time only.
    """
    if not timeline.turns or min(window.end_ms, as_of_ms) <= max(window.start_ms, timeline.turns[0].start_ms):
        return _throughout(window, None)
    turn = turn_throughout(timeline, window, as_of_ms=as_of_ms)
    if turn is not None and turn.state is not State.DOWN:
        return _throughout(window, turn.state, interval_ms=turn.interval_ms)
    sums = [0, 0, 0]
    outages = longest_ms = run_ms = sampled_ms = gaps_ms2 = singles = interval_ms = 0
    has_edge_to_come = False
    for start_ms, end_ms, turn in pieces_of(timeline, window, as_of_ms=as_of_ms):
        state, length_ms = turn.state, end_ms - start_ms
        sums[state] += length_ms
        if turn.interval_ms > interval_ms:
            interval_ms = turn.interval_ms
        if has_edge_to_come:
            gaps_ms2 += turn.gap_ms**2
            has_edge_to_come = False
        if state is State.DOWN:
            outages += not run_ms
            run_ms += length_ms
            longest_ms = max(longest_ms, run_ms)
            begins_here = start_ms == turn.start_ms
            if turn.is_sampled:
                sampled_ms += length_ms
                gaps_ms2 += begins_here * turn.gap_ms**2
                has_edge_to_come = True
            else:
                singles += begins_here
        elif state is State.UP:
            run_ms = 0
    up_ms, down_ms, unknown_ms = sums
    limits = downtime_limits(
        down_ms=down_ms,
        known_ms=up_ms + down_ms,
        sampled_ms=sampled_ms,
        gaps_ms2=gaps_ms2,
        singles=singles,
        interval_ms=interval_ms,
    )
    return Availability(
        window=window,
        scheduled_ms=up_ms + down_ms + unknown_ms,
        up_ms=up_ms,
        down_ms=down_ms,
        unknown_ms=unknown_ms,
        excluded_ms=0,
        outages=outages,
        longest_outage_ms=longest_ms,
        down_low_ms=limits.low_ms,
        down_high_ms=limits.high_ms,
    )


def measure_each(timeline: Timeline, windows: Iterable[Window], *, as_of_ms: int) -> Iterator[Availability]:
    """Yield what `measure` returns of windows that rise, such as days: sooner, for most are of one piece."""
    turns, last, place = timeline.turns, timeline.last, -1
    for window in windows:
        start_ms, end_ms = window
        while place + 1 < len(turns) and turns[place + 1].start_ms <= start_ms:
            place += 1
        if place >= 0 and last is not None and start_ms < end_ms <= as_of_ms:
            turn = turns[place]
            ends_ms = turns[place + 1].start_ms if place + 1 < len(turns) else last.at_ms + last.interval_ms
            if ends_ms >= end_ms and turn.state is not State.DOWN:
                yield _throughout(window, turn.state, interval_ms=turn.interval_ms)
                continue
        yield measure(timeline, window, as_of_ms=as_of_ms)


@lru_cache(maxsize=4_096)
def _throughout(window: Window, state: State | None, *, interval_ms: int = 0) -> Availability:
    """The figures of a window in which nothing was down: made once for all endpoints of which they are true."""
    length_ms = 0 if state is None else window.length_ms
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
    verdict: Callable[[Fraction, Availability], Verdict],
) -> Statement:
    """Return a statement whose target allows its share of `base_ms`. Where nothing is known, nothing is left or spent:
    there is no budget, as there is no figure.
    """
    if terms is None:
        return Statement(label, None, availability, None, None, is_over)
    if not availability.known_ms:
        return Statement(label, terms, availability, None, Verdict.UNDETERMINED, is_over)
    budget = _budget(terms.target, base_ms, availability.down_ms)
    return Statement(label, terms, availability, budget, verdict(terms.target, availability), is_over)


def _budget(target: Fraction, denominator_ms: int, down_ms: int) -> Budget:
    allowed_ms = (target.denominator - target.numerator) * denominator_ms // target.denominator
    return Budget(allowed_ms=allowed_ms, left_ms=allowed_ms - down_ms)


def _verdict(target: Fraction, availability: Availability) -> Verdict:
    agreed_ms = availability.agreed_service_ms
    if not agreed_ms:
        return Verdict.UNDETERMINED
    # Both sides times the denominators: no Fraction need be made.
    promised = target.numerator * agreed_ms
    if (availability.known_ms - availability.down_high_ms) * target.denominator >= promised:
        return Verdict.MET
    best = (agreed_ms - availability.down_low_ms) * target.denominator
    return Verdict.MISSED if best < promised else Verdict.UNDETERMINED


def _verdict_so_far(target: Fraction, availability: Availability) -> Verdict:
    allowed = (target.denominator - target.numerator) * availability.window.length_ms
    if availability.down_low_ms * target.denominator > allowed:
        return Verdict.MISSED
    most = (availability.down_high_ms + availability.unknown_ms) * target.denominator
    return Verdict.MET if most <= allowed else Verdict.UNDETERMINED
