"""How several components make one service, where they make one timeline: any, all, or at least so many down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from uptally.model.facts import History
from uptally.units.stretches import Stretches, stretches


def combined(histories: Sequence[History], *, least: int) -> History:
    """Return what a service was that is down when at least so many of its components are.

    It is unknown where those that are unknown could make up the number: with `least` 1 that is any down, with `least`
    all of them, all down.
    """
    down: list[tuple[int, int]] = []
    unknown: list[tuple[int, int]] = []
    for start_ms, end_ms, downs, unknowns in _counts([(each.down, each.unknown) for each in histories]):
        if downs >= least:
            down.append((start_ms, end_ms))
        elif downs + unknowns >= least:
            unknown.append((start_ms, end_ms))
    return History(stretches(down), stretches(unknown))


def _counts(states: Sequence[tuple[Stretches, Stretches]]) -> Iterator[tuple[int, int, int, int]]:
    """Yield (start_ms, end_ms, down, unknown): between which edges how many components were what."""
    edges = sorted(
        chain.from_iterable(
            ((start_ms, down, unknown), (end_ms, -down, -unknown))
            for parts, down, unknown in chain.from_iterable(((down, 1, 0), (unknown, 0, 1)) for down, unknown in states)
            for start_ms, end_ms in parts
        )
    )
    downs = unknowns = 0
    for index, (at_ms, down, unknown) in enumerate(edges):
        downs += down
        unknowns += unknown
        if index + 1 < len(edges) and edges[index + 1][0] > at_ms and (downs or unknowns):
            yield at_ms, edges[index + 1][0], downs, unknowns
