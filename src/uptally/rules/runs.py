"""Runs of observations, and the turns between them: the rules by which observations are judged.

A change of state lies midway between the begins of the two attempts that saw it: unbiased, since it is as likely before
as after. An outage whose first attempt a tripwire triggered begins with that attempt, and is measured however few
samples saw it: it would have been seen without them. An observation speaks for the interval in force when it began;
where the next begins later than 1.5 intervals plus the timeout, nobody looked, and the time from its begin plus the
interval on is unknown. Nothing before the first observation is anything.

A blip is a failure without an answer of an endpoint that was not known to be down, and that succeeded at the recheck
which it caused or at an attempt that began before it was over, if only just: it counts as up. A recheck that
is unknown says nothing, so that another may refute the failure for an interval after its end. Three grid attempts that
fail among ten in a row are one outage: what succeeded between them counts as down, and what failed is no blip. Unknown
time and silence end such a row, and a blip is none of the three where one of the others was borne out by a failure
right after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from uptally.model.observation import Kind, Observation, Outcome, Reason
from uptally.model.timeline import SAMPLES_MOST, Blip, State, Turn

FLAPS = 3
"""So many grid attempts that fail, among `ROW` in a row, are one outage."""

ROW = 10

STATES = (State.UP, State.UP, State.DOWN, State.UNKNOWN)
"""The state that each outcome speaks for, by its code; a missed slot, which comes last, says nothing."""


def state_of(outcome: Outcome) -> State | None:
    """Return the state that an outcome speaks for; None for a missed slot, which says nothing."""
    return None if outcome is Outcome.MISSED else STATES[outcome]


def speaks_until_ms(observation: Observation) -> int:
    """Return the latest begin of a next observation that still leaves no gap: 1.5 intervals plus the timeout
    after this one's.
    """
    return observation.at_ms + observation.interval_ms * 3 // 2 + observation.timeout_ms


@dataclass(slots=True)
class Run:
    """Neighbouring observations of one state, without silence between them, and in up time of one cadence.

    `begin` counts the grid attempts before it, `end` those with it.
    """

    state: State
    first: Observation
    last: Observation
    begin: int
    end: int
    is_after_silence: bool
    is_bridged: bool = False
    """Whether it lies between grid attempts that failed in one row."""
    is_refuted: bool = False
    span: int = 0
    """How many runs, this one and those right before it, its newest failure bridged and none before it had."""

    @property
    def is_borne_out(self) -> bool:
        """Whether it is more than one observation."""
        return self.last is not self.first

    @property
    def counts_as(self) -> State:
        """What it is judged to be."""
        if self.is_bridged:
            return State.DOWN
        return State.UP if self.is_refuted else self.state


def refute(runs: Sequence[Run], *, is_whole: bool) -> None:
    """Note that a failure is a blip, where the first observation of the last run refutes it.

    `is_whole` tells whether the runs begin with the first of their timeline.
    """
    after, index = runs[-1], len(runs) - 2
    succeeded = after.first
    is_doubtful = index > 0 and runs[index].state is State.UNKNOWN and not runs[index].is_after_silence
    index -= is_doubtful
    if index < 0 or after.state is not State.UP or after.is_after_silence:
        return
    failure = runs[index]
    failed = failure.first
    ends_ms = ended_ms(failed)
    if is_doubtful:
        is_soon = succeeded.kind is Kind.RECHECK and succeeded.at_ms <= ends_ms + failed.interval_ms
    else:
        is_soon = succeeded.kind is Kind.RECHECK or succeeded.at_ms <= ends_ms
    failure.is_refuted = (
        is_soon
        and failure.state is State.DOWN
        and failure.last is failed
        and failed.reason.is_silence
        and _was_well_before(runs, index, is_whole=is_whole)
    )
    if failure.is_refuted:
        bridge_again(runs[: index + 1])


def _was_well_before(runs: Sequence[Run], index: int, *, is_whole: bool) -> bool:
    """Tell whether an endpoint was up when it was last known before a run, or nothing was known of it, as after more
    than a row of unknown attempts.
    """
    index -= 1
    if index >= 0 and runs[index].state is State.UNKNOWN:
        if runs[index].end - runs[index].begin > ROW:
            return True
        index -= 1
    return runs[index].state is State.UP if index >= 0 else is_whole


def blip_of(runs: Sequence[Run], index: int) -> Blip:
    """Return the blip that a run is which was refuted."""
    failed = runs[index].first
    refuter = next(runs[after].first for after in range(index + 1, len(runs)) if runs[after].state is State.UP)
    earliest_ms = failed.at_ms
    if index:
        before = runs[index - 1].last
        earliest_ms = before.at_ms + before.interval_ms if runs[index].is_after_silence else before.at_ms
    return Blip(failed.at_ms, earliest_ms, ended_ms(refuter), failed.reason)


def bridge(runs: Sequence[Run]) -> None:
    """Take as down what lies between the newest failed grid attempt, which the last run ends with, and the first of the
    row that it completes.

    A failure that was refuted does not count beside one that another attempt bore out: it would make the time between a
    lost packet and an outage part of the outage.
    """
    newest = runs[-1]
    row_begin = newest.end - ROW
    row: list[tuple[int, int]] = []
    is_borne_out = False
    for index in range(len(runs) - 1, -1, -1):
        run = runs[index]
        if run.state is State.UNKNOWN or run.end <= row_begin:
            break
        failed = run.end - max(run.begin, row_begin)
        if failed and run.state is State.DOWN:
            row.append((index, failed))
            is_borne_out = is_borne_out or run.is_borne_out
        if run.is_after_silence:
            break
    if is_borne_out:
        row = [] if newest.is_refuted else [(index, failed) for index, failed in row if not runs[index].is_refuted]
    newest.span = 0
    if sum(failed for _, failed in row) >= FLAPS:
        # What an earlier row bridged reaches back as far at least.
        for run in reversed(runs[row[-1][0] :]):
            if run.is_bridged:
                break
            run.is_bridged = True
            newest.span += 1


def bridge_again(runs: Sequence[Run]) -> None:
    """Bridge anew, as more is known of the one failure that is the last run: another bore it out, or it is refuted."""
    span = runs[-1].span
    if span:
        for run in runs[-span:]:
            run.is_bridged = False
        bridge(runs)


def edge(runs: Sequence[Run], index: int) -> Iterator[Turn]:
    """Yield the turns between a run and the one before it, in order: none, one, or two around silence.

    The midpoint of an odd distance is rounded so that down and unknown time never gets shorter.
    """
    before, after = runs[index - 1], runs[index]
    left, entered = before.last, after.first
    old, new = before.counts_as, after.counts_as
    if after.is_after_silence:
        silent_ms = left.at_ms + left.interval_ms
        if old is not State.UNKNOWN:
            yield silence(left)
        if new is not State.UNKNOWN:
            yield turn_into(runs, index, start_ms=entered.at_ms, earliest_ms=silent_ms)
    elif old is State.UP and new is State.DOWN and entered.kind is Kind.TRIPWIRE:
        yield turn_into(runs, index, start_ms=entered.at_ms, earliest_ms=left.at_ms)
    elif old is not new:
        total_ms = left.at_ms + entered.at_ms
        middle_ms = total_ms // 2 if old is State.UP else -(-total_ms // 2)
        yield turn_into(runs, index, start_ms=middle_ms, earliest_ms=left.at_ms)
    elif new is State.UP and left.interval_ms != entered.interval_ms:
        yield turn_into(runs, index, start_ms=entered.at_ms, earliest_ms=entered.at_ms)


def silence(last: Observation) -> Turn:
    """Return the turn to unknown time after an observation that nothing followed in time."""
    silent_ms = last.at_ms + last.interval_ms
    return Turn(
        silent_ms, State.UNKNOWN, Reason.NOT_OBSERVED, last.at_ms, silent_ms, silent_ms, last.interval_ms, samples=0
    )


def turn_into(runs: Sequence[Run], index: int, *, start_ms: int, earliest_ms: int) -> Turn:
    """Return the turn that a run begins."""
    run = runs[index]
    first, state, reason, samples = run.first, run.counts_as, run.first.reason, 0
    if state is State.DOWN:
        samples, is_flapping = _outage(runs, index)
        reason = Reason.FLAPPING if is_flapping else reason
    elif run.is_refuted:
        reason = Reason.NONE
    return Turn(start_ms, state, reason, earliest_ms, first.at_ms, ended_ms(first), first.interval_ms, samples)


def _outage(runs: Sequence[Run], start: int) -> tuple[int, bool]:
    """Return the samples of the down span that begins with a run, and whether it flaps: whether anything succeeded
    within its first row. One that flaps later keeps the reason that it began with.
    """
    samples, is_flapping = 0, False
    is_seen_to_begin = runs[start].first.kind is Kind.TRIPWIRE
    for index in range(start, len(runs)):
        run = runs[index]
        if run.counts_as is not State.DOWN or (run.is_after_silence and index > start):
            break
        if run.state is State.DOWN:
            samples += run.end - run.begin
        elif run.begin - runs[start].begin < ROW:
            is_flapping = True
    return 0 if is_seen_to_begin else min(samples, SAMPLES_MOST), is_flapping


def ended_ms(observation: Observation) -> int:
    """Return the instant at which an attempt was over, in whole milliseconds rounded up."""
    return observation.at_ms - (-observation.duration_us // 1_000)
