"""Timelines become the histories that contracts are held against: as counted, and the worst and the best they allow.

Where an outage begins and ends between the attempts that saw it is for the terms to say (`Edges`). How far the truth
can be from that is told in two ways: by the hard bounds of each outage, which hold whatever happened, and by the limits
of the downtime (`rules.limits`), which also have what no attempt saw.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from uptally.model.facts import History
from uptally.model.terms import Edges
from uptally.model.timeline import Outage, State, Timeline, Turn
from uptally.rules.limits import downtime_limits
from uptally.rules.timeline import outages_of, pieces_of, spans_of
from uptally.units.stretches import (
    NEVER,
    Stretches,
    clipped,
    covers,
    difference,
    intersection,
    length_ms,
    stretches,
    union,
)
from uptally.units.time import Window

Piece = tuple[int, int, Turn]


class Sight(NamedTuple):
    """What is known of a component until an instant.

    `counted` is its history with the edges that the terms ask for, `middle` with those midway between the attempts.
    `most` and `least` are its down time by the hard bounds: `most` has the unknown time as well, neither has blips,
    which are `doubtful`. `first_ms` is the begin of its first observation, None where it has none.
    """

    counted: History
    middle: History
    most: Stretches
    least: Stretches
    doubtful: Stretches
    outages: tuple[Outage, ...]
    pieces: tuple[Piece, ...]
    first_ms: int | None

    @property
    def worst(self) -> History:
        """The most that it can have been down, by the hard bounds."""
        return History(union(self.most, self.doubtful))

    @property
    def best(self) -> History:
        """The least that it can have been down, by the hard bounds."""
        return History(self.least)


class Margin(NamedTuple):
    """How much more than its middle a downtime can have been, and how much less, with 95% confidence on either side."""

    more_ms: int
    less_ms: int


NOTHING_SEEN = Sight(History(), History(), NEVER, NEVER, NEVER, (), (), None)


def sight_of(timeline: Timeline, edges: Edges, *, since_ms: int, as_of_ms: int) -> Sight:
    """Return what a timeline says of a component from an instant on; what was down then, is so since its outage began.

    Time before the first observation, and from `since_ms` on, is unknown: it was nobody's to see.
    """
    last = timeline.last
    if last is None or not timeline.turns or timeline.first_ms is None:
        nothing = stretches([(since_ms, as_of_ms)])
        return NOTHING_SEEN._replace(counted=History(NEVER, nothing), middle=History(NEVER, nothing), most=nothing)
    window = Window(timeline.turns[0].start_ms, as_of_ms)
    pieces = tuple(pieces_of(timeline, window, as_of_ms=as_of_ms))
    outages = outages_of(spans_of(timeline, window, as_of_ms=as_of_ms))
    unknown = stretches([(since_ms, min(timeline.first_ms, as_of_ms)), *_of_state(pieces, State.UNKNOWN)])
    down = stretches(_of_state(pieces, State.DOWN))
    blips = stretches((blip.earliest_ms, blip.latest_ms) for blip in timeline.blips)
    longest = stretches(map(_longest, outages))
    shortest = intersection(down, stretches(_shortest(pieces, seen_ms=last.at_ms)))
    return Sight(
        counted=History(_counted(edges, pieces, down, shortest, blips, unknown), unknown),
        middle=History(down, unknown),
        most=clipped(union(longest, unknown), (min(since_ms, window.start_ms), as_of_ms)),
        least=shortest,
        doubtful=blips,
        outages=outages,
        pieces=pieces,
        first_ms=timeline.first_ms,
    )


def with_slow_time(sight: Sight, slow: Stretches) -> Sight:
    """Return what is known of a component whose slow answers are downtime, as its instants decide."""
    return sight._replace(
        counted=_with(sight.counted, slow),
        middle=_with(sight.middle, slow),
        most=union(sight.most, slow),
        least=union(sight.least, difference(slow, sight.middle.unknown)),
    )


def _with(history: History, slow: Stretches) -> History:
    return history._replace(down=union(history.down, difference(slow, history.unknown)))


def _of_state(pieces: Iterable[Piece], state: State) -> list[tuple[int, int]]:
    return [(start_ms, end_ms) for start_ms, end_ms, turn in pieces if turn.state is state]


def _longest(outage: Outage) -> tuple[int, int]:
    """Return an outage from its earliest begin to its latest end; one that has none lasts as it is known."""
    start_ms = outage.start_ms if outage.start_earliest_ms is None else outage.start_earliest_ms
    end_ms = outage.end_latest_ms
    if end_ms is None:
        end_ms = outage.start_ms + outage.down_ms + outage.unknown_ms
    return min(start_ms, outage.start_ms), end_ms


def _shortest(pieces: Sequence[Piece], *, seen_ms: int) -> Iterable[tuple[int, int]]:
    """Yield each down span from its latest begin to its earliest end; the one that lasts until it was last seen."""
    for (_, _, turn), (_, _, following) in pairwise(pieces):
        if turn.state is State.DOWN:
            yield turn.latest_ms, following.earliest_ms
    if pieces and pieces[-1][2].state is State.DOWN:
        yield pieces[-1][2].latest_ms, seen_ms


def _counted(
    edges: Edges, pieces: Sequence[Piece], down: Stretches, shortest: Stretches, blips: Stretches, unknown: Stretches
) -> Stretches:
    """Return the down time with the edges that terms ask for, none of it in unknown time."""
    if edges is Edges.MIDPOINT or not (down or blips):
        return down
    if edges is Edges.MIN:
        return shortest
    found: list[tuple[int, int]] = []
    for index, (start_ms, end_ms, turn) in enumerate(pieces):
        if turn.state is not State.DOWN:
            continue
        following = pieces[index + 1][2] if index + 1 < len(pieces) else None
        if edges is Edges.MAX:
            found.append((min(turn.earliest_ms, start_ms), max(following.latest_ms if following else end_ms, end_ms)))
        else:
            found.append((turn.first_ms, following.first_ms if following else end_ms))
    return difference(union(stretches(found), blips if edges is Edges.MAX else NEVER), unknown)


def margin_of(sights: Sequence[Sight], time: Stretches) -> Margin:
    """Return the margin of the downtime of components in some time, taken together.

    Of time without holes the limits are those of `availability.measure`; where there are holes, an edge in one counts
    too if it may lie outside. Outages of several components follow one Poisson distribution, whose limits are those of
    all hits together, at the longest interval. One service cannot have been down for longer, nor for less, than its
    components were by this.
    """
    down_ms = known_ms = sampled_ms = gaps_ms2 = singles = interval_ms = 0
    for sight in sights:
        has_edge_to_come = False
        for start_ms, end_ms, turn in sight.pieces:
            if has_edge_to_come and _may_lie_in(turn, time):
                gaps_ms2 += turn.gap_ms**2
            has_edge_to_come = False
            within_ms = _within_ms(time, start_ms, end_ms)
            if not within_ms:
                continue
            interval_ms = max(interval_ms, turn.interval_ms)
            if turn.state is not State.UNKNOWN:
                known_ms += within_ms
            if turn.state is State.DOWN:
                down_ms += within_ms
                has_edge_to_come = turn.is_sampled
                if turn.is_sampled:
                    sampled_ms += within_ms
                    gaps_ms2 += turn.gap_ms**2 if _may_lie_in(turn, time) else 0
                else:
                    singles += start_ms >= time[0][0]
    limits = downtime_limits(
        down_ms=down_ms,
        known_ms=known_ms,
        sampled_ms=sampled_ms,
        gaps_ms2=gaps_ms2,
        singles=singles,
        interval_ms=interval_ms,
    )
    return Margin(limits.high_ms - down_ms, down_ms - limits.low_ms)


def _within_ms(time: Stretches, start_ms: int, end_ms: int) -> int:
    if len(time) == 1:
        return max(0, min(end_ms, time[0][1]) - max(start_ms, time[0][0]))
    return length_ms(clipped(time, (start_ms, end_ms)))


def _may_lie_in(turn: Turn, time: Stretches) -> bool:
    """Tell whether the edge that a turn is lies in some time, or in a hole of it and yet may lie outside that."""
    if covers(time, turn.start_ms):
        return True
    return time[0][0] <= turn.start_ms < time[-1][1] and bool(clipped(time, (turn.earliest_ms, turn.first_ms)))
