"""Observations become spans.

A change of state lies midway between the begins of the two attempts that saw it: unbiased, since it is as
likely before as after. An observation speaks for the interval in force when it began; where the next begins
later than 1.5 intervals plus the timeout, nobody looked, and the time from its begin plus the interval on is
unknown. Nothing before the first observation and nothing in the future is anything.

Each turn depends on two neighbouring observations only, so that a late observation changes nothing but the
turns around it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

from uptally.model.observation import Observation, Outcome, Reason
from uptally.model.timeline import Outage, Span, State, Timeline, Turn
from uptally.units.time import Window

_START = attrgetter("start_ms")
_STATES = {Outcome.UP: State.UP, Outcome.SLOW: State.UP, Outcome.DOWN: State.DOWN, Outcome.UNKNOWN: State.UNKNOWN}


def state_of(outcome: Outcome) -> State | None:
    """Return the state that an outcome speaks for; None for a missed slot, which says nothing."""
    return _STATES.get(outcome)


def speaks_until_ms(observation: Observation) -> int:
    """Return the latest begin of a next observation that still leaves no gap: 1.5 intervals plus the timeout
    after this one's.
    """
    return observation.at_ms + observation.interval_ms * 3 // 2 + observation.timeout_ms


def first_turn(observation: Observation) -> Turn:
    """Return the turn that begins a timeline: at the begin of its first observation, since nothing before it is
    anything.
    """
    state, at_ms = _STATES[observation.outcome], observation.at_ms
    return Turn(at_ms, state, observation.reason, at_ms, _ended_ms(observation))


def _ended_ms(observation: Observation) -> int:
    return observation.at_ms + -(-observation.duration_us // 1_000)


def turns_between(before: Observation, after: Observation) -> tuple[Turn, ...]:
    """Return the changes of state between two neighbouring observations, in order: none, one, or two around a gap.

    Neither may be a missed slot. The midpoint of an odd distance is rounded so that down and unknown time never
    gets shorter.
    """
    old, new = _STATES[before.outcome], _STATES[after.outcome]
    if after.at_ms > speaks_until_ms(before):
        falls_silent_ms = before.at_ms + before.interval_ms
        gap = Turn(falls_silent_ms, State.UNKNOWN, Reason.NOT_OBSERVED, before.at_ms, falls_silent_ms)
        resumes = Turn(after.at_ms, new, after.reason, falls_silent_ms, _ended_ms(after))
        return tuple(
            turn for turn, changes in ((gap, old is not State.UNKNOWN), (resumes, new is not State.UNKNOWN)) if changes
        )
    if old is new:
        return ()
    total_ms = before.at_ms + after.at_ms
    middle_ms = total_ms // 2 if old is State.UP else -(-total_ms // 2)
    return (Turn(middle_ms, new, after.reason, before.at_ms, _ended_ms(after)),)


def turns_of(observations: Iterable[Observation]) -> list[Turn]:
    """Return the turns of a whole sequence, which is in order of (begin, boot, sequence) and may hold missed slots.

    Turns that start in the same millisecond as the one before replace it: it lasted no time.
    """
    turns: list[Turn] = []
    before: Observation | None = None
    for observation in observations:
        if observation.outcome is Outcome.MISSED:
            continue
        for turn in (first_turn(observation),) if before is None else turns_between(before, observation):
            if turns and turns[-1].start_ms == turn.start_ms:
                turns.pop()
            turns.append(turn)
        before = observation
    return turns


def pieces_of(timeline: Timeline, window: Window, *, as_of_ms: int) -> Iterator[tuple[int, int, Turn]]:
    """Yield (start_ms, end_ms, turn) for each stretch of a window between two turns, in order and without gaps.

    They begin with the first observation, or with the window if that is later, and end with the window or
    `as_of_ms`. The last state holds as long as its observation speaks; after that the time is unknown from the
    end of its interval on. Neighbours may have the same state. Nothing where the window lies before the first
    observation or after `as_of_ms`.
    """
    turns, last = timeline.turns, timeline.last
    if last is None or not turns:
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
    else:
        falls_silent_ms = max(last.at_ms + last.interval_ms, start_ms)
        if as_of_ms > speaks_until_ms(last) and falls_silent_ms < horizon_ms and turn.state is not State.UNKNOWN:
            if start_ms < falls_silent_ms:
                yield start_ms, falls_silent_ms, turn
            turn = Turn(falls_silent_ms, State.UNKNOWN, Reason.NOT_OBSERVED, last.at_ms, falls_silent_ms)
            start_ms = falls_silent_ms
    if start_ms < horizon_ms:
        yield start_ms, horizon_ms, turn


def state_throughout(timeline: Timeline, window: Window, *, as_of_ms: int) -> State | None:
    """Return the one state that holds all through a window; None where it has several pieces, or not all of it is
    known to be anything.

    What `pieces_of` would yield, sooner told: most days of most endpoints are of one piece.
    """
    turns, last = timeline.turns, timeline.last
    index = bisect_right(turns, window.start_ms, key=_START) - 1
    if index < 0 or last is None or window.end_ms > as_of_ms:
        return None
    ends_ms = turns[index + 1].start_ms if index + 1 < len(turns) else last.at_ms + last.interval_ms
    return turns[index].state if ends_ms >= window.end_ms else None


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
    last, down_ms = down[-1], sum(span.length_ms for span in down)
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
