"""How long a peer lets an idle connection stand, as far as that was learnt."""

from __future__ import annotations

from uptally.units.time import DAY_MS, HOUR_MS

HELD_MAX_MS = HOUR_MS
"""A connection is opened anew after that, since the endpoint's name may lead elsewhere by then."""

SHORTEST_MS = 2_000
"""Where the peer lets no connection stand for that long, none is held: it would take more of them than attempts do."""

_MS = 1_000_000


class Patience:
    """How long a peer lets an idle connection stand, as far as that was learnt; in milliseconds.

    Two ends agree where one took no more than twice the other's time. What was learnt is forgotten after a day.
    """

    def __init__(self) -> None:
        self._last_ms: int | None = None
        self._stands_ms: int | None = None
        self._learnt_ns = 0

    def learn(self, stood_ms: int, *, now_ns: int) -> None:
        """Note that the peer ended a connection that had stood for so long, and was well."""
        # What is too short to hold is all the same.
        stood_ms = max(stood_ms, SHORTEST_MS - 1)
        last_ms, self._last_ms = self._last_ms, stood_ms
        if last_ms is not None and max(last_ms, stood_ms) <= 2 * min(last_ms, stood_ms):
            self._stands_ms = min(last_ms, stood_ms)
        self._learnt_ns = now_ns

    def exhaust(self, *, now_ns: int) -> None:
        """Hold no connection to the peer for a day."""
        self._stands_ms, self._learnt_ns = 0, now_ns

    def holds_ms(self, *, now_ns: int) -> int | None:
        """Return how long to hold a connection that is opened now; None where none is worth opening."""
        if now_ns - self._learnt_ns > DAY_MS * _MS:
            self._last_ms = self._stands_ms = None
        if self._stands_ms is None:
            return HELD_MAX_MS
        return min(self._stands_ms * 9 // 10, HELD_MAX_MS) if self._stands_ms >= SHORTEST_MS else None
