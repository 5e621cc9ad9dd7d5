"""Observations written as text, so that a test reads like the story it tells."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from uptally.model.observation import Kind, Observation, Outcome, Reason
from uptally.model.timeline import Timeline
from uptally.rules.course import derive

_OUTCOMES = {
    "u": (Outcome.UP, Reason.NONE),
    "s": (Outcome.SLOW, Reason.LATENCY_LIMIT),
    "d": (Outcome.DOWN, Reason.STATUS),
    "t": (Outcome.DOWN, Reason.RESPONSE_TIMEOUT),
    "?": (Outcome.UNKNOWN, Reason.OWN_NETWORK),
    "m": (Outcome.MISSED, Reason.TOO_LATE),
}


OTHERS = [Kind.RECHECK, Kind.TRIPWIRE]


def observe(story: str, *, start_ms: int = 0, interval_ms: int = 1_000, timeout_ms: int = 500) -> list[Observation]:
    """Return one observation per letter, an interval apart: u(p), s(low), d(own), t(imed out, down without an
    answer), ? (unknown), m(issed); a blank is no observation.
    """
    return [
        observation(
            letter, start_ms + index * interval_ms, sequence=index, interval_ms=interval_ms, timeout_ms=timeout_ms
        )
        for index, letter in enumerate(story)
        if letter != " "
    ]


def observation(
    letter: str,
    at_ms: int,
    *,
    sequence: int = 0,
    interval_ms: int = 1_000,
    timeout_ms: int = 500,
    duration_us: int = 20_000,
    kind: Kind = Kind.GRID,
) -> Observation:
    """Return one observation by its letter."""
    outcome, reason = _OUTCOMES[letter]
    return Observation("web", "local", 1, sequence, kind, at_ms, duration_us, outcome, reason, interval_ms, timeout_ms)


def timeline_of(observations: Sequence[Observation]) -> Timeline:
    """Return what a ledger would know after these observations, which are in order."""
    speaking = [each for each in observations if each.outcome is not Outcome.MISSED]
    if not speaking:
        return Timeline(None, (), None)
    found = derive(observations)
    return Timeline(speaking[0].at_ms, found.turns, speaking[-1], found.blips)


@st.composite
def stories(draw: st.DrawFn) -> list[Observation]:
    """Observations in order: many alike in a row, so that failures come as far apart as the rules ask for, or a few of
    every sort, some in the same millisecond, with silences and missed slots.
    """
    successes, failures, letters, gaps_ms, kinds = draw(
        st.sampled_from(
            [
                ([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 1, 1, 2], "dddt", [3], [Kind.GRID]),
                ([1, 7, 8, 9, 10, 11, 17, 18, 19, 20, 21], [1, 2, 8, 9, 10, 11], "ddt", [3], [Kind.GRID] * 9 + OTHERS),
                ([1, 2, 3, 5], [1], "td?m", [0, 1, 2, 3, 3, 3, 40], [Kind.GRID] * 5 + OTHERS),
            ]
        )
    )
    some = st.tuples(
        st.sampled_from(successes),
        st.sampled_from(failures),
        st.sampled_from(letters),
        st.sampled_from(gaps_ms),
        st.sampled_from(kinds),
        st.sampled_from([4, 4, 4, 5]),
        st.sampled_from([0, 1_000, 9_500]),
    )
    at_ms = 0
    story: list[Observation] = []
    for ups, downs, letter, gap_ms, kind, interval_ms, duration_us in draw(st.lists(some, max_size=16)):
        for each in "u" * ups + letter * downs:
            at_ms += gap_ms
            story.append(
                observation(
                    each,
                    at_ms,
                    sequence=len(story),
                    interval_ms=interval_ms,
                    timeout_ms=1,
                    duration_us=duration_us,
                    kind=kind,
                )
            )
    return story
