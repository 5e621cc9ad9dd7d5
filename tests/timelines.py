"""Observations written as text, so that a test reads like the story it tells."""

from __future__ import annotations

from collections.abc import Sequence

from uptally.model.observation import Kind, Observation, Outcome, Reason
from uptally.model.timeline import Timeline
from uptally.rules.timeline import turns_of

_OUTCOMES = {
    "u": (Outcome.UP, Reason.NONE),
    "s": (Outcome.SLOW, Reason.LATENCY_LIMIT),
    "d": (Outcome.DOWN, Reason.STATUS),
    "?": (Outcome.UNKNOWN, Reason.OWN_NETWORK),
    "m": (Outcome.MISSED, Reason.TOO_LATE),
}


def observe(story: str, *, start_ms: int = 0, interval_ms: int = 1_000, timeout_ms: int = 500) -> list[Observation]:
    """Return one observation per letter, an interval apart: u(p), s(low), d(own), ? (unknown), m(issed); a
    blank is no observation.
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
) -> Observation:
    """Return one observation by its letter."""
    outcome, reason = _OUTCOMES[letter]
    return Observation(
        "web", "local", 1, sequence, Kind.GRID, at_ms, duration_us, outcome, reason, interval_ms, timeout_ms
    )


def timeline_of(observations: Sequence[Observation]) -> Timeline:
    """Return what a ledger would know after these observations, which are in order."""
    speaking = [each for each in observations if each.outcome is not Outcome.MISSED]
    if not speaking:
        return Timeline(None, (), None)
    return Timeline(speaking[0].at_ms, tuple(turns_of(observations)), speaking[-1])
