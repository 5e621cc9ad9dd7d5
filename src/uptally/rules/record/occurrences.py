"""When exclusions on record happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from uptally.model.exclusion import RecordedExclusion, Recurrence
from uptally.model.facts import Exclusion
from uptally.units.time import Window, to_local

Occurrences: TypeAlias = Callable[[Recurrence, Window], Iterable[tuple[int, int]]]
"""Gives the occurrences of a recurrence that touch a window, each with its begin and end."""


def exclusions_of(
    recorded: Iterable[RecordedExclusion], service: str, window: Window, occurrences: Occurrences
) -> tuple[Exclusion, ...]:
    """Return the exclusions of a service that touch a window, whole, by their begins.

    What recurs is told by the local date of each occurrence, such as ``weekly@2026-10-04``, and by its time as well
    where its rule names times: ``twice@2026-10-04T14:00``. Of what was revoked, that stays which had begun by then.
    Where a plan was changed, the later record of an id adds nothing to an occurrence that the earlier one covers.
    """
    found: dict[str, list[Exclusion]] = {}
    for each in recorded:
        if not each.plan.concerns(service):
            continue
        own = found.setdefault(each.plan.id, [])
        earlier = tuple(own)
        own.extend(
            exclusion
            for exclusion in occurrences_of(each, window, occurrences)
            if not any(_covers(other, exclusion) for other in earlier)
        )
    return tuple(sorted((each for own in found.values() for each in own), key=lambda each: (each.start_ms, each.id)))


def occurrences_of(held: RecordedExclusion, window: Window, occurrences: Occurrences) -> Iterator[Exclusion]:
    """Yield the exclusions of one record that touch a window, whole."""
    plan, recurrence = held.plan, held.plan.recurrence
    times = occurrences(recurrence, window) if recurrence else [(plan.start_ms, plan.end_ms)]
    for start_ms, end_ms in times:
        has_begun = held.revoked_ms is None or start_ms < held.revoked_ms
        if has_begun and Window(start_ms, end_ms).clipped(window).length_ms:
            name = f"{plan.id}@{_local(start_ms, recurrence)}" if recurrence else plan.id
            yield Exclusion(name, plan.kind, start_ms, end_ms, held.notified_ms)


def _local(start_ms: int, recurrence: Recurrence) -> str:
    """Write when an occurrence began: its date, with the time where a rule may name several of a day."""
    local = to_local(start_ms, recurrence.zone).replace(tzinfo=None)
    has_times = any(part in recurrence.rule.upper() for part in ("BYHOUR", "BYMINUTE", "BYSECOND"))
    return local.isoformat(timespec="minutes") if has_times else local.date().isoformat()


def _covers(earlier: Exclusion, later: Exclusion) -> bool:
    return earlier.kind == later.kind and earlier.start_ms <= later.start_ms and later.end_ms <= earlier.end_ms
