"""Endpoints under way, as the scheduler keeps them: each on a lane of its own, and all on one grid."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from heapq import heappop, heappush

from uptally.model.endpoint import Endpoint


@dataclass(slots=True, eq=False)
class Lane:
    """An endpoint under way."""

    endpoint: Endpoint
    due_ns: int = 0
    """Its next slot, by the monotonic clock."""
    first_look_ns: int | None = None
    """When it is tried soon after its start, beside its grid; that is no sample, so a recheck."""
    sequence: int = 0
    in_flight: int = 0
    suspect_ns: int | None = None
    """Since when it fails: the begin of the first attempt that failed after the last that succeeded."""
    recheck: asyncio.Handle | None = None
    """The next recheck; never more than one, or chains of them would multiply."""


class Grid:
    """When which lanes are due, by the monotonic clock in nanoseconds.

    Those that are due together stand together, so that only their slots have to be kept in order.
    """

    def __init__(self) -> None:
        self._slots: dict[int, list[Lane]] = {}
        self._order: list[int] = []

    @property
    def next_ns(self) -> int | None:
        """The first slot at which any is due; None where there is none."""
        return self._order[0] if self._order else None

    def slot(self, at_ns: int) -> list[Lane]:
        """Return the lanes that are due at an instant, to add others to them; one that is there twice is due twice."""
        slot = self._slots.get(at_ns)
        if slot is None:
            slot = self._slots[at_ns] = []
            heappush(self._order, at_ns)
        return slot

    def take(self, most: int) -> list[Lane]:
        """Remove so many lanes at most from the first slot, and the slot with its last one; return them."""
        lanes = self._slots[self._order[0]]
        if len(lanes) <= most:
            return self._slots.pop(heappop(self._order))
        taken = lanes[:most]
        del lanes[:most]
        return taken
