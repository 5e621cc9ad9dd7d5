"""When attempts are due: a fixed grid per endpoint, spread by a hash of its name and quantised to slots.

The grid is anchored at the epoch, so that a restart keeps it, and the hash spreads endpoints evenly, so that a
start makes no burst. Slots let the scheduler wake once for all that is due together.
"""

from __future__ import annotations

from hashlib import blake2b

from uptally.units.time import SECOND_MS

RECHECK_MIN_MS = 500
"""A failing endpoint is asked again no sooner than this after it was asked again."""


def slot_ms(interval_ms: int) -> int:
    """Return the quantum of an endpoint's grid: 50 ms, or 10 where the interval is under a second, which longer slots
    would leave few phases.

    What is due together shares the cost of waking, and begins one after the other: the longer the slots, the cheaper
    the check, and the later the last of each begins.

    >>> slot_ms(500), slot_ms(1_000)
    (10, 50)
    """
    return 50 if interval_ms >= SECOND_MS else 10


def phase_ms(slug: str, interval_ms: int) -> int:
    """Return an endpoint's offset on its grid, in [0, interval_ms), a multiple of the slot."""
    number = int.from_bytes(blake2b(slug.encode(), digest_size=8).digest())
    slot = slot_ms(interval_ms)
    return number % max(1, interval_ms // slot) * slot


def recheck_pause_ms(age_ms: int, *, interval_ms: int, timeout_ms: int, places: int) -> int | None:
    """Return the time from one recheck of an endpoint that has failed for `age_ms` to the next: a hundredth of
    that age, so that the end of an outage is known to about a per cent of its length and a failing service is
    not hammered.

    `places` attempts may be under way at a time. Where all hang until they time out, rechecks come so slowly that they
    leave the grid its places. None where the pause would be no shorter than the interval: then the grid does it.

    >>> recheck_pause_ms(5_000, interval_ms=10_000, timeout_ms=5_000, places=16)
    500
    >>> recheck_pause_ms(300_000, interval_ms=10_000, timeout_ms=5_000, places=16)
    3000
    >>> recheck_pause_ms(1_000_000, interval_ms=10_000, timeout_ms=5_000, places=16) is None
    True
    """
    # One place is for the recheck that comes at once.
    free = places - 1 - -(-timeout_ms // interval_ms)
    if free <= 0:
        return None
    pause_ms = max(age_ms // 100, RECHECK_MIN_MS, -(-timeout_ms // free))
    return pause_ms if pause_ms < interval_ms else None


def next_due_ms(after_ms: int, *, interval_ms: int, phase_ms: int) -> int:
    """Return the first instant of the grid that is not before `after_ms`.

    >>> next_due_ms(1_001, interval_ms=1_000, phase_ms=250)
    1250
    """
    return after_ms + (phase_ms - after_ms) % interval_ms
