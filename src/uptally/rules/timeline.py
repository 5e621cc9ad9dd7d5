"""Turns become spans and outages.

A state holds from its turn to the next; the last one as long as the newest observation speaks, and after that the time
is unknown. Nothing before the first observation and nothing in the future is anything.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter

from uptally.model.timeline import Outage, Span, State, Timeline, Turn
from uptally.rules.runs import silence, speaks_until_ms
from uptally.units.time import Window

_START = attrgetter("start_ms")


def pieces_of(timeline: Timeline, window: Window, *, as_of_ms: int) -> Iterator[tuple[int, int, Turn]]:
    """Yield (start_ms, end_ms, turn) for each stretch of a window between two turns, in order and without gaps.

    They begin with the first observation, or with the window if that is later, and end with the window or
    `as_of_ms`. The last state holds as long as its observation speaks; after that the time is unknown from the
    end of its interval on. Neighbours may have the same state. Nothing where the window lies before the first
    observation or after `as_of_ms`.
    """
    turns = turns_until_silence(timeline, as_of_ms=as_of_ms)
    if not turns:
        return
    horizon_ms = min(window.end_ms, as_of_ms)
    index = max(0, bisect_right(turns, window.start_ms, key=_START) - 1)
    turn = turns[index]
    start_ms = max(turn.start_ms, window.start_ms)
    for following in turns[index + 1 :]:
        if following.start_ms >= horizon_ms:
            break
        yield start_ms, following.start_ms, turn
        turn, start_ms = following, following.start_ms
    if start_ms < horizon_ms:
        yield start_ms, horizon_ms, turn


def turns_until_silence(timeline: Timeline, *, as_of_ms: int) -> Sequence[Turn]:
    """Return the turns of a timeline, and one more where nothing followed its last observation in time: the time is
    unknown from the end of that one's interval on.
    """
    turns, last = timeline.turns, timeline.last
    if last is None or not turns:
        return ()
    newest = turns[-1]
    if as_of_ms <= speaks_until_ms(last) or newest.state is State.UNKNOWN:
        return turns
    start_ms = max(last.at_ms + last.interval_ms, newest.start_ms)
    spoken = turns if newest.start_ms < start_ms else turns[:-1]
    return (*spoken, silence(last)._replace(start_ms=start_ms, interval_ms=newest.interval_ms))


def spans_of(timeline: Timeline, window: Window, *, as_of_ms: int) -> tuple[Span, ...]:
    """Return the spans that tile the pieces of a window (see `pieces_of`), with neighbours of one state merged."""
    spans: list[Span] = []
    for start_ms, end_ms, turn in pieces_of(timeline, window, as_of_ms=as_of_ms):
        if spans and spans[-1].state is turn.state:
            spans[-1] = spans[-1]._replace(end_ms=end_ms)
        else:
            spans.append(Span(start_ms, end_ms, turn.state, turn.reason, turn.earliest_ms, turn.latest_ms))
    return tuple(spans)


def outages_of(spans: Sequence[Span]) -> tuple[Outage, ...]:
    """Return the outages of spans that tile a window, oldest first.

    Down time on both sides of unknown time is one outage with an unknown part. An outage that reaches the end
    of the spans has no end yet: its `end_ms` is None. Unknown time after its last down span is no part of it, but
    it may have lasted so long, and as long before: its bounds are the last good attempt before and the first after.
    """
    outages: list[Outage] = []
    run: list[Span] = []
    earliest_ms: int | None = None
    before: Span | None = None
    for span in spans:
        if span.state is State.UP:
            if run:
                outages.append(_outage(run, earliest_ms=earliest_ms, ended_by=span))
                run = []
        else:
            if before is not None and before.state is State.UP:
                earliest_ms = span.earliest_ms
            if run or span.state is State.DOWN:
                run.append(span)
        before = span
    if run:
        outages.append(_outage(run, earliest_ms=earliest_ms, ended_by=None))
    return tuple(outages)


def _outage(run: Sequence[Span], *, earliest_ms: int | None, ended_by: Span | None) -> Outage:
    """Return the outage of neighbouring spans that are not up, of which the first is down.

    `earliest_ms` is the last time that it was seen up before, None where it never was.
    """
    first, down = run[0], [span for span in run if span.state is State.DOWN]
    last, down_ms = down[-1], sum([span.end_ms - span.start_ms for span in down])
    following = ended_by if run[-1] is last else run[-1]
    return Outage(
        start_ms=first.start_ms,
        end_ms=last.end_ms if following else None,
        down_ms=down_ms,
        unknown_ms=last.end_ms - first.start_ms - down_ms,
        reason=first.reason,
        start_earliest_ms=earliest_ms,
        start_latest_ms=first.latest_ms,
        end_earliest_ms=following.earliest_ms if following and ended_by else None,
        end_latest_ms=ended_by.latest_ms if ended_by else None,
    )
