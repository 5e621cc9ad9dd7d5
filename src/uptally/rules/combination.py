"""Several components, one service: their timelines become one, by how many of them must be down for it to be down.

It is unknown where those that are unknown, or were not observed yet, could make up that number: the same rule by which
`contract.components` combines histories, with turns that have bounds and reasons.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter

from uptally.model.observation import Observation, Outcome, Reason
from uptally.model.timeline import SAMPLES_MOST, State, Timeline, Turn
from uptally.rules.quorum import Voter, known_from_ms, until_silence
from uptally.rules.runs import speaks_until_ms, state_of


def combination(timelines: Sequence[Timeline], *, least: int, as_of_ms: int) -> Timeline:
    """Return the timeline of a service that is down when at least so many of its components are, as it is known at an
    instant.

    Its `last` stands for all: an observation of what the service is, that speaks longest. Its blips are those of the
    components where one that is down is enough.
    """
    watched = [each for each in timelines if each.last is not None]
    if len(timelines) == 1 or not watched:
        return timelines[0]
    parts = [Voter(until_silence(each, as_of_ms)) for each in timelines]
    turns = tuple(_turns(parts, known_from_ms(watched), least))
    return Timeline(
        first_ms=min(each.first_ms for each in watched if each.first_ms is not None),
        turns=turns,
        last=_last(watched, turns[-1], as_of_ms),
        blips=tuple(sorted(blip for each in watched for blip in each.blips)) if least == 1 else (),
    )


def _turns(parts: Sequence[Voter], begin_ms: int, least: int) -> Iterator[Turn]:
    """Yield the turns of the service from an instant on, at which one of its parts has a turn."""
    queue = sorted((turn.start_ms, number) for number, part in enumerate(parts) for turn in part.turns)
    before: State | None = None
    for start_ms, group in groupby(queue, key=itemgetter(0)):
        fresh = [parts[number] for _, number in group]
        for part in fresh:
            part.step()
        if start_ms < begin_ms:
            continue
        states = [part.state for part in parts]
        down, up = states.count(State.DOWN), states.count(State.UP)
        state = State.DOWN if down >= least else State.UNKNOWN if len(parts) - up >= least else State.UP
        if state is not before:
            yield _turn(start_ms, state, parts, fresh, least)
        before = state


def _turn(start_ms: int, state: State, parts: Sequence[Voter], fresh: Sequence[Voter], least: int) -> Turn:
    """Return the service's turn at an instant at which the turns of some parts begin."""
    changed = [part.turn for part in fresh if part.turn]
    bounding = changed
    needed = {State.DOWN: least, State.UP: len(parts) - least + 1, State.UNKNOWN: 1}[state]
    if state is not State.UNKNOWN:
        following = [part.next for part in parts if part.state is not state]
        bounding = [part.entered for part in parts if part.entered and part.state is state]
        # One of those whose turn comes later may have been among the first, and another later.
        bounding += [turn for turn in following if turn and turn.state is state and turn.earliest_ms <= start_ms]
    earliest_ms, first_ms, latest_ms = (
        sorted(getattr(turn, bound) for turn in bounding)[needed - 1]
        for bound in ("earliest_ms", "first_ms", "latest_ms")
    )
    agreeing = [part.entered for part in parts if part.entered and part.state is state]
    model = max(agreeing, key=attrgetter("start_ms"), default=None)
    return Turn(
        start_ms=start_ms,
        state=state,
        reason=Reason.NONE if state is State.UP else model.reason if model else Reason.NOT_OBSERVED,
        earliest_ms=min(earliest_ms, start_ms),
        first_ms=max(first_ms, start_ms),
        latest_ms=max(latest_ms, start_ms),
        interval_ms=max(part.turn.interval_ms for part in parts if part.turn),
        samples=SAMPLES_MOST if state is State.DOWN else 0,
    )


def _last(watched: Sequence[Timeline], turn: Turn, as_of_ms: int) -> Observation:
    """Return the observation that stands for the service while a turn is in force: a slow one before others that are
    good.
    """
    last = [each.last for each in watched if each.last is not None]
    agreeing = [each for each in last if state_of(each.outcome) is turn.state and as_of_ms <= speaks_until_ms(each)]
    if agreeing:
        return max(agreeing, key=lambda each: (each.outcome is Outcome.SLOW, speaks_until_ms(each)))
    newest = max(last, key=speaks_until_ms)
    if turn.state is State.UNKNOWN:
        return newest._replace(outcome=Outcome.UNKNOWN, reason=turn.reason)
    return newest
