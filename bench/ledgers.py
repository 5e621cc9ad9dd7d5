"""Ledgers of many endpoints, each with outages of which only the edges are observed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from uptally.clock import SystemClock
from uptally.ledger import Ledger
from uptally.model.observation import Kind, Observation, Outcome, Reason


class Story(NamedTuple):
    """What each endpoint, by its number, was seen to be at the edges of its outages, and how long each of these
    observations speaks: so long that no others are needed."""

    edges: Callable[[int], Iterable[tuple[int, Outcome]]]
    speaks_ms: int


def build(path: Path, story: Story, *, endpoints: int, at_once: int) -> None:
    """Write a ledger of endpoints that are called `endpoint-0` and so on, `at_once` of them in one import."""
    ledger = Ledger.open(path, location="local", clock=SystemClock(), version="bench")
    try:
        for first in range(0, endpoints, at_once):
            some = range(first, min(first + at_once, endpoints))
            ledger.import_observations([row for number in some for row in _observations(number, story)])
    finally:
        ledger.close()


def _observations(number: int, story: Story) -> Iterator[Observation]:
    """Yield rechecks, since three grid attempts of these, which follow at once on each other, would be flapping."""
    for sequence, (at_ms, outcome) in enumerate(story.edges(number)):
        yield Observation(
            endpoint=f"endpoint-{number}",
            location="local",
            boot=0,
            sequence=sequence,
            kind=Kind.RECHECK,
            at_ms=at_ms,
            duration_us=1_000,
            outcome=outcome,
            reason=Reason.NONE if outcome is Outcome.UP else Reason.CONNECT_REFUSED,
            interval_ms=story.speaks_ms,
            timeout_ms=1_000,
        )
