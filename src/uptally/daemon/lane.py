"""An endpoint under way, as the scheduler keeps it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import NamedTuple

from uptally.model.endpoint import Endpoint


class Due(NamedTuple):
    """An entry of the heap: when (monotonic, in nanoseconds) which lane is due, and whether that is its first look.

    Lanes are numbered, so that no two entries compare further.
    """

    at_ns: int
    lane: int
    is_first_look: bool = False


@dataclass(slots=True)
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
    recheck: asyncio.TimerHandle | None = None
    """The next recheck; never more than one, or chains of them would multiply."""
