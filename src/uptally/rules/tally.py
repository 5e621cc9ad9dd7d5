"""Sums that run along with the turns, so that a window of any length is measured from its two ends.

What a timeline has added up to is kept at each of its turns. The sums of a window are then those at its end less
those at its begin, however many turns lie between; they equal what `availability.measure` adds up piece by piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from uptally.model.observation import Observation
from uptally.model.statement import Availability
from uptally.model.timeline import State, Tally, Turn
from uptally.rules.limits import downtime_limits
from uptally.rules.runs import speaks_until_ms
from uptally.units.time import Window

NOTHING = Tally(0, 0, 0, 0, 0, 0, 0)
"""The tally at the begin of a timeline."""


def tally_until(until_ms: int, turn: Turn, tally: Tally) -> Tally:
    """Return the tally at an instant until which a turn is in force, given the one at the turn's start."""
    length_ms = until_ms - turn.start_ms
    if not length_ms:
        return tally
    down_ms, unknown_ms, outages, outage_ms, sampled_ms, gaps_ms2, singles = tally
    if turn.state is State.UP:
        return Tally(down_ms, unknown_ms, outages, 0, sampled_ms, gaps_ms2, singles)
    if turn.state is State.UNKNOWN:
        return Tally(down_ms, unknown_ms + length_ms, outages, outage_ms, sampled_ms, gaps_ms2, singles)
    return Tally(
        down_ms + length_ms,
        unknown_ms,
        outages + (not outage_ms),
        outage_ms + length_ms,
        sampled_ms + length_ms * turn.is_sampled,
        gaps_ms2 + turn.gap_ms**2 * turn.is_sampled,
        singles + (not turn.is_sampled),
    )


def tally_at_turn(turn: Turn, before: Turn, tally: Tally) -> Tally:
    """Return the tally at the start of a turn, given the turn before it and the tally at that one's start.

    The gap at the end of a down span counts from here on: a window that ends with the span does not have it.
    """
    tally = tally_until(turn.start_ms, before, tally)
    if before.state is State.DOWN and before.is_sampled:
        return tally._replace(gaps_ms2=tally.gaps_ms2 + turn.gap_ms**2)
    return tally


def tallies_of(turns: Iterable[Turn]) -> Iterator[Tally]:
    """Yield the tally at the start of each turn of a timeline."""
    tally, before = NOTHING, None
    for turn in turns:
        if before is not None:
            tally = tally_at_turn(turn, before, tally)
        yield tally
        before = turn


def silent_from_ms(last: Observation, *, as_of_ms: int) -> int | None:
    """Return from when on a timeline is unknown because nothing followed its last observation; None while that
    speaks."""
    return last.at_ms + last.interval_ms if as_of_ms > speaks_until_ms(last) else None


def tally_at(at_ms: int, turn: Turn, tally: Tally, *, silent_ms: int | None) -> Tally:
    """Return the tally at an instant, given the turn in force and its tally.

    `silent_ms` is when the last turn of a timeline ceases to say anything, None for another turn.
    """
    if silent_ms is None or at_ms <= silent_ms:
        return tally_until(at_ms, turn, tally)
    silent_ms = max(silent_ms, turn.start_ms)
    tally = tally_until(silent_ms, turn, tally)
    return tally._replace(unknown_ms=tally.unknown_ms + at_ms - silent_ms)


def availability_between(
    window: Window,
    *,
    begin: tuple[int, Tally],
    end: tuple[int, Tally],
    recovery: Tally | None,
    longest_ms: int,
    interval_ms: int,
) -> Availability:
    """Return the availability of a window, given where its known part begins and ends, and the tallies there.

    `recovery` is the tally at the first turn to up within, None where there is none: what is down before it is one
    outage, of which only the part in the window counts. `longest_ms` is the longest outage that ended after it,
    `interval_ms` the longest interval in force in the window.
    """
    (begin_ms, at_begin), (end_ms, at_end) = begin, end
    first_ms = (recovery or at_end).down_ms - at_begin.down_ms
    down_ms, unknown_ms = at_end.down_ms - at_begin.down_ms, at_end.unknown_ms - at_begin.unknown_ms
    known_ms = end_ms - begin_ms - unknown_ms
    limits = downtime_limits(
        down_ms=down_ms,
        known_ms=known_ms,
        sampled_ms=at_end.sampled_ms - at_begin.sampled_ms,
        gaps_ms2=at_end.gaps_ms2 - at_begin.gaps_ms2,
        singles=at_end.singles - at_begin.singles,
        interval_ms=interval_ms,
    )
    return Availability(
        window=window,
        scheduled_ms=end_ms - begin_ms,
        up_ms=known_ms - down_ms,
        down_ms=down_ms,
        unknown_ms=unknown_ms,
        excluded_ms=0,
        outages=(first_ms > 0) + (at_end.outages - recovery.outages if recovery else 0),
        longest_outage_ms=max(first_ms, longest_ms, at_end.outage_ms if recovery else 0),
        down_low_ms=limits.low_ms,
        down_high_ms=limits.high_ms,
    )
