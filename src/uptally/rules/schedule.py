"""When attempts are due: a fixed grid per endpoint, spread by a hash of its name and quantised to slots.

The grid is anchored at the epoch, so that a restart keeps it, and the hash spreads endpoints evenly, so that a
start makes no burst. Slots let the scheduler wake once for all that is due together.
"""

from __future__ import annotations

from hashlib import blake2b

SLOT_MS = 10
"""The grid's quantum, in milliseconds."""


def phase_ms(slug: str, interval_ms: int) -> int:
    """Return an endpoint's offset on its grid, in [0, interval_ms), a multiple of the slot."""
    number = int.from_bytes(blake2b(slug.encode(), digest_size=8).digest())
    slots = max(1, interval_ms // SLOT_MS)
    return number % slots * SLOT_MS


def next_due_ms(after_ms: int, *, interval_ms: int, phase_ms: int) -> int:
    """Return the first instant of the grid that is not before `after_ms`.

    >>> next_due_ms(1_001, interval_ms=1_000, phase_ms=250)
    1250
    """
    return after_ms + (phase_ms - after_ms) % interval_ms
