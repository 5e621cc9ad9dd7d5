"""Observations become turns and blips, as they come.

What an observation counts as depends on ten grid attempts on either side (`rules.runs`), and what a turn says on
`REACH` of them: late observations change nothing farther away, and a course needs to remember no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

from uptally.model.observation import Kind, Observation, Outcome
from uptally.model.timeline import SAMPLES_MOST, Blip, State, Turn
from uptally.rules.runs import ROW, STATES, Run, blip_of, bridge, bridge_again, edge, refute, speaks_until_ms, turn_into

REACH = 2 * ROW
"""No turn and no blip depends on more grid attempts than so many before it, nor on more after it."""

SEEN = 4
"""So many runs before a success decide whether it refutes a failure."""

NEVER_MS = (1 << 63) - 1
"""Later than every instant."""

_Told = TypeVar("_Told", Turn, Blip)


class Change(NamedTuple):
    """What an observation changes: all turns that start at `turns_from_ms` or later are replaced by `turns`, all blips
    from `blips_from_ms` on by `blips`. Where nothing is replaced, that is `NEVER_MS`.
    """

    turns_from_ms: int
    turns: tuple[Turn, ...]
    blips_from_ms: int
    blips: tuple[Blip, ...]


class Derived(NamedTuple):
    """The turns and blips of a sequence of observations, and the course that they leave behind."""

    course: Course
    turns: tuple[Turn, ...]
    blips: tuple[Blip, ...]


class Course:
    """The course of a timeline: what later observations can still change of it, and nothing older.

    One that is not `is_whole` begins amidst a timeline. It says nothing of its begin, and what it says of its first
    `REACH` grid attempts may be wrong.
    """

    __slots__ = ("_blips", "_is_whole", "_runs", "_turns")

    def __init__(self, *, is_whole: bool = True) -> None:
        self._is_whole = is_whole
        self._runs: list[Run] = []
        self._turns: tuple[Turn, ...] = ()
        self._blips: tuple[Blip, ...] = ()

    def advance(self, observation: Observation) -> Change | None:
        """Take the next observation, in order of (begin, boot, sequence), and return what it changes: mostly nothing.

        It may be no missed slot.
        """
        if not self._take(observation):
            return None
        turns, blips = self._turns, self._blips
        self._tell()
        change = _change(turns, self._turns, blips, self._blips)
        self._forget()
        return change

    def advance_all(self, observations: Iterable[Observation]) -> tuple[tuple[Turn, ...], tuple[Blip, ...]]:
        """Take the first observations of a course, missed slots among them, and return all turns and blips.

        As `advance` for each, but in a fraction of the time, since what they come to is told once.
        """
        for observation in observations:
            if observation.outcome is not Outcome.MISSED:
                self._take(observation)
        if not self._runs:
            return (), ()
        self._tell()
        told = self._turns, self._blips
        self._forget()
        return told

    def _take(self, observation: Observation) -> bool:
        """Make an observation part of the runs, and tell whether that may change what they come to."""
        runs = self._runs
        state, is_grid = STATES[observation.outcome], observation.kind is Kind.GRID
        begin, is_after_silence = 0, False
        if runs:
            run = runs[-1]
            is_after_silence = observation.at_ms > speaks_until_ms(run.last)
            is_like_it = state is run.state and (
                state is not State.UP or observation.interval_ms == run.last.interval_ms
            )
            if is_like_it and not is_after_silence:
                return self._extend(run, observation, is_grid=is_grid)
            begin = run.end
        runs.append(Run(state, observation, observation, begin, begin + is_grid, is_after_silence))
        refute(runs, is_whole=self._is_whole)
        if is_grid and state is State.DOWN:
            bridge(runs)
        return True

    def _extend(self, run: Run, observation: Observation, *, is_grid: bool) -> bool:
        """Make an observation part of the last run; tell as `_take` does."""
        is_in_doubt = bool(run.span) and not run.is_borne_out
        run.last = observation
        if is_in_doubt:
            bridge_again(self._runs)
        run.end += is_grid
        if not is_grid or run.state is not State.DOWN or run.end - run.begin > SAMPLES_MOST:
            return is_in_doubt
        bridge(self._runs)
        return True

    def _forget(self) -> None:
        """Drop the runs that nothing will change any more: those before the first failure within reach.

        Two more stay for the sake of turns that start in the same millisecond, and what tells a blip.
        """
        runs = self._runs
        recent = runs[-1].end - REACH
        failures = (
            index
            for index, run in enumerate(runs)
            if run.state is State.DOWN and run.begin < run.end and run.end > recent
        )
        dropped = min(next(failures, len(runs)) - 2, len(runs) - SEEN)
        if dropped > 0:
            del runs[:dropped]
            self._is_whole = False
            self._tell()

    def _tell(self) -> None:
        """Tell anew what the runs come to: of turns that start in the same millisecond the last, since the others
        lasted no time, and so with blips.
        """
        runs = self._runs
        turns: dict[int, Turn] = {}
        blips: dict[int, Blip] = {}
        if self._is_whole:
            turns[runs[0].first.at_ms] = turn_into(
                runs, 0, start_ms=runs[0].first.at_ms, earliest_ms=runs[0].first.at_ms
            )
        for index, run in enumerate(runs):
            if index:
                turns.update((turn.start_ms, turn) for turn in edge(runs, index))
            if run.is_refuted and not run.is_bridged:
                blips[run.first.at_ms] = blip_of(runs, index)
        # Tuples, as there is a course for each of very many endpoints, and a dictionary takes several times as much.
        self._turns, self._blips = tuple(turns.values()), tuple(blips.values())


def derive(observations: Iterable[Observation], *, is_whole: bool = True) -> Derived:
    """Return what observations come to that are in order of (begin, boot, sequence), with missed slots or without.

    `is_whole` tells whether they begin with the first of their timeline; see `Course` for what they say if not.
    """
    course = Course(is_whole=is_whole)
    return Derived(course, *course.advance_all(observations))


def _change(
    old_turns: tuple[Turn, ...], turns: tuple[Turn, ...], old_blips: tuple[Blip, ...], blips: tuple[Blip, ...]
) -> Change | None:
    """Return what is different between two tellings; None where nothing is."""
    turns_from_ms = _parting_ms({turn.start_ms: turn for turn in old_turns}, {turn.start_ms: turn for turn in turns})
    blips_from_ms = _parting_ms({blip.at_ms: blip for blip in old_blips}, {blip.at_ms: blip for blip in blips})
    if turns_from_ms == blips_from_ms == NEVER_MS:
        return None
    return Change(
        turns_from_ms,
        tuple(turn for turn in turns if turn.start_ms >= turns_from_ms),
        blips_from_ms,
        tuple(blip for blip in blips if blip.at_ms >= blips_from_ms),
    )


def _parting_ms(old: dict[int, _Told], new: dict[int, _Told]) -> int:
    """Return the first instant at which two tellings differ; `NEVER_MS` where they are the same."""
    return min((at_ms for at_ms in old.keys() | new.keys() if old.get(at_ms) != new.get(at_ms)), default=NEVER_MS)
