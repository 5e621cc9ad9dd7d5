"""Several locations, one service: their timelines become one by vote.

At each instant every location that can tell has a vote; one whose state is unknown, or that has not begun or ceased to
look, has none. The service is down where a quorum says so: a majority of those that can tell, unless a number is asked
for. Where too few can tell to reach that number and one of them says down, it is unknown; where none can tell, it is
unknown.

The edges of the merged timeline have bounds too. A success stands, whoever has it, so that locations that look one
after another narrow them: an outage begins after the last good attempt of any location that then found it, and no later
than the failures that made the quorum; it ends between the last bad attempt and the first good one of those that found
its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter

from uptally.model.observation import Observation, Reason
from uptally.model.timeline import State, Timeline, Turn
from uptally.rules.runs import silence, speaks_until_ms, state_of


def merged(timelines: Sequence[Timeline], *, quorum: int | None, as_of_ms: int) -> Timeline:
    """Return the timeline of a service that was watched from several locations, as it is known at an instant.

    `timelines` are those of at least one location; where no other was ever observed, its own object is returned.
    `quorum` is how many must say down, None for a majority of those that can tell.
    """
    watched = [timeline for timeline in timelines if timeline.last is not None]
    if len(watched) < 2:
        return watched[0] if watched else timelines[0]
    voters = [Voter(until_silence(timeline, as_of_ms)) for timeline in watched]
    turns = tuple(_turns(voters, known_from_ms(watched), quorum))
    return Timeline(
        first_ms=min(each.first_ms for each in watched if each.first_ms is not None),
        turns=turns,
        last=_last(watched, turns[-1].state, as_of_ms),
        blips=tuple(sorted(blip for each in watched for blip in each.blips)),
    )


def vote(*, up: int, down: int, quorum: int | None) -> State:
    """Return what so many votes come to.

    >>> vote(up=1, down=2, quorum=None).label, vote(up=1, down=1, quorum=None).label, vote(up=0, down=1, quorum=2).label
    ('down', 'up', 'unknown')
    """
    if not up and not down:
        return State.UNKNOWN
    needed = quorum or (up + down) // 2 + 1
    if down >= needed:
        return State.DOWN
    return State.UNKNOWN if down and up + down < needed else State.UP


class Voter:
    """A location, or a component, on the way through its turns."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self.turns = turns
        self.turn: Turn | None = None
        """The one in force, None before the first."""
        self.entered: Turn | None = None
        """The one that began the state in force."""
        self.left: State | None = None
        """The state before that, if any."""
        self._begun = 0

    def step(self) -> None:
        """Let the next turn begin."""
        turn, before = self.turns[self._begun], self.turn
        self._begun += 1
        self.turn = turn
        if before is None or before.state is not turn.state:
            self.entered, self.left = turn, before and before.state

    @property
    def state(self) -> State | None:
        """The state in force."""
        return self.turn and self.turn.state

    @property
    def next(self) -> Turn | None:
        """The next turn that changes the state."""
        return next((turn for turn in self.turns[self._begun :] if turn.state is not self.state), None)


def _turns(voters: Sequence[Voter], begin_ms: int, quorum: int | None) -> Iterator[Turn]:
    """Yield the merged turns from an instant on, at which one of the voters has a turn."""
    queue = sorted((turn.start_ms, number) for number, voter in enumerate(voters) for turn in voter.turns)
    before: Turn | None = None
    for start_ms, group in groupby(queue, key=itemgetter(0)):
        fresh = [voters[number] for _, number in group]
        for voter in fresh:
            voter.step()
        if start_ms < begin_ms:
            continue
        states = [voter.state for voter in voters]
        state = vote(up=states.count(State.UP), down=states.count(State.DOWN), quorum=quorum)
        interval_ms = _interval_ms(voters)
        if before is None or state is not before.state:
            before = _turn(start_ms, state, voters, fresh)._replace(interval_ms=interval_ms)
            yield before
        elif state is State.UP and interval_ms != before.interval_ms:
            bounds = {"earliest_ms": start_ms, "first_ms": start_ms, "latest_ms": start_ms}
            before = before._replace(start_ms=start_ms, interval_ms=interval_ms, **bounds)
            yield before


def _interval_ms(voters: Sequence[Voter]) -> int:
    """Return the longest interval of those that can tell: what is shorter, not all of them need see."""
    turns = [voter.turn for voter in voters if voter.turn is not None]
    telling = [turn.interval_ms for turn in turns if turn.state is not State.UNKNOWN]
    return max(telling or [turn.interval_ms for turn in turns])


def _turn(start_ms: int, state: State, voters: Sequence[Voter], fresh: Sequence[Voter]) -> Turn:
    """Return the merged turn at an instant at which the turns of some voters begin."""
    agreeing = [voter.entered for voter in voters if voter.entered and voter.state is state]
    changed = [voter.turn for voter in fresh if voter.turn]
    deciding = [turn for turn in changed if turn in agreeing]
    model = max(deciding or agreeing, key=attrgetter("start_ms"), default=None)
    if model is None:
        # Too few can tell, though each of those can.
        model = changed[-1]._replace(reason=Reason.NOT_OBSERVED)
    earliest_ms = min(turn.earliest_ms for turn in deciding or changed)
    final = max(deciding or changed, key=attrgetter("latest_ms"))
    following = _following(state, voters, start_ms)
    if deciding and state is State.DOWN:
        good = [turn.earliest_ms for turn in (*_turned(State.UP, state, voters), *following)]
        earliest_ms = max(good, default=earliest_ms)
        final = max(agreeing, key=attrgetter("latest_ms"))
    elif deciding and state is State.UP and _turned(State.DOWN, state, fresh):
        earliest_ms = min(turn.earliest_ms for turn in (*deciding, *following))
        found = [turn for turn in (*_turned(State.DOWN, state, voters), *following) if turn.first_ms >= start_ms]
        final = min(found or deciding, key=attrgetter("latest_ms"))
    return model._replace(
        start_ms=start_ms,
        state=state,
        earliest_ms=earliest_ms,
        first_ms=final.first_ms,
        latest_ms=max(final.latest_ms, start_ms),
        samples=max(turn.samples for turn in agreeing) if state is State.DOWN else 0,
    )


def _turned(old: State, new: State, voters: Sequence[Voter]) -> list[Turn]:
    """Return the turns from one state to another, of those who are in that."""
    return [voter.entered for voter in voters if voter.entered and voter.state is new and voter.left is old]


def _following(state: State, voters: Sequence[Voter], start_ms: int) -> list[Turn]:
    """Return the next turns of those who do not agree yet, but whose last attempt that saw otherwise had begun."""
    opposite = State.UP if state is State.DOWN else State.DOWN
    following = [voter.next for voter in voters if voter.state is opposite]
    return [turn for turn in following if turn and turn.state is state and turn.earliest_ms <= start_ms]


def until_silence(timeline: Timeline, as_of_ms: int) -> Sequence[Turn]:
    """Return a location's turns, and one more where it has ceased to look."""
    turns, last = timeline.turns, timeline.last
    if last is None or as_of_ms <= speaks_until_ms(last) or turns[-1].state is State.UNKNOWN:
        return turns
    return (*turns, silence(last))


def known_from_ms(watched: Sequence[Timeline]) -> int:
    """Return from when on the turns of all are at hand: of each only those since some instant may be."""
    begins_ms = [timeline.turns[0].start_ms for timeline in watched]
    cut_ms = [each for each, timeline in zip(begins_ms, watched, strict=True) if each != timeline.first_ms]
    return max(cut_ms, default=min(begins_ms))


def _last(watched: Sequence[Timeline], state: State, as_of_ms: int) -> Observation:
    """Return the observation that speaks longest, of those that say what the merged state is, if there are any."""
    last = [timeline.last for timeline in watched if timeline.last is not None]
    agreeing = [each for each in last if state_of(each.outcome) is state and as_of_ms <= speaks_until_ms(each)]
    return max(agreeing or last, key=speaks_until_ms)
