"""What becomes of an attempt before it is recorded: who doubts it, and what of it the operator is told."""

from __future__ import annotations

import logging
from collections.abc import Callable

from uptally.daemon.heartbeat import Heartbeat
from uptally.daemon.tripwires import Tripwires
from uptally.daemon.watch import Watch, Weighed
from uptally.model.endpoint import Endpoint
from uptally.model.observation import Attempt, Reason
from uptally.units.time import DAY_MS

_log = logging.getLogger(__name__)


def weighing(heartbeat: Heartbeat, watch: Watch, tripwires: Tripwires) -> Callable[[Endpoint, Attempt], Weighed]:
    """Return what weighs each attempt: by our own clock and network, and by those of others."""
    told: dict[str, int] = {}

    def weigh(endpoint: Endpoint, attempt: Attempt) -> Weighed:
        if endpoint.has_tripwire:
            tripwires.note(endpoint, attempt)
        if attempt.warnings or attempt.reason is Reason.ADDRESS_BLOCKED:
            warn(endpoint, attempt, told)
        return watch.weigh(endpoint, heartbeat.weigh(attempt))

    return weigh


def warn(endpoint: Endpoint, attempt: Attempt, told: dict[str, int]) -> None:
    """Say what the operator should look at, once a day for each endpoint. `told` remembers when, by slug."""
    last_ms = told.get(endpoint.slug)
    if last_ms is None or abs(attempt.at_ms - last_ms) >= DAY_MS:
        told[endpoint.slug] = attempt.at_ms
        blocked = ("an address is blocked, since a public name led to a private one",)
        _log.warning("%s: %s", endpoint.slug, "; ".join(attempt.warnings or blocked))
