"""What became of each true outage: was it seen, and does it lie within the bounds that the ledger gives for it?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bench import outages
from uptally.model.timeline import Outage


class Sight(NamedTuple):
    """How many true outages a run has, or several have, how many were seen, and of how many the bounds hold; `wrong`
    says what does not hold.
    """

    outages: int
    seen: int
    held: int
    wrong: tuple[str, ...]


def together(sights: Iterable[Sight]) -> Sight:
    """Add up several runs."""
    runs = tuple(sights)
    return Sight(
        outages=sum(run.outages for run in runs),
        seen=sum(run.seen for run in runs),
        held=sum(run.held for run in runs),
        wrong=tuple(wrong for run in runs for wrong in run.wrong),
    )


def compare(true: Sequence[outages.Outage], told: Sequence[Outage], *, name: str) -> Sight:
    """Hold what was told of a run against what happened.

    A true outage that nothing told overlaps was not seen, which is no fault: it may lie between two attempts. What is
    told must be of exactly one true outage, whose begin and end both lie within what is told as their bounds.
    """
    seen = held = 0
    wrong: list[str] = []
    free = list(told)
    for outage in true:
        found = [each for each in free if _may_overlap(each, outage)]
        free = [each for each in free if each not in found]
        seen += bool(found)
        if len(found) == 1 and _holds(found[0], outage):
            held += 1
        elif found:
            wrong.append(f"{name}: {outage} is not what was told: {found}")
    wrong += [f"{name}: {each} never happened" for each in free]
    return Sight(len(true), seen, held, tuple(wrong))


def _may_overlap(told: Outage, true: outages.Outage) -> bool:
    begins_ms = told.start_ms if told.start_earliest_ms is None else told.start_earliest_ms
    return begins_ms <= true.end_ms and (told.end_latest_ms is None or told.end_latest_ms >= true.begin_ms)


def _holds(told: Outage, true: outages.Outage) -> bool:
    return _is_within(told.start_earliest_ms, true.begin_ms, told.start_latest_ms) and _is_within(
        told.end_earliest_ms, true.end_ms, told.end_latest_ms
    )


def _is_within(earliest_ms: int | None, instant_ms: int, latest_ms: int | None) -> bool:
    return earliest_ms is not None and latest_ms is not None and earliest_ms <= instant_ms <= latest_ms
