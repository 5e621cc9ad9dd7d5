"""How much of what was told programs are told at once: what matters now, and what was told last."""

from __future__ import annotations

from uptally.model.notice import Bulletin, MaintenanceNotice, Notice

LATEST = 50
"""So many incidents, and so many times of maintenance, as the Statuspage API has."""


def newest_incidents(bulletin: Bulletin) -> tuple[Notice, ...]:
    """Return the incidents that go on, and the latest of all, by their begin."""
    latest = bulletin.incidents[-LATEST:]
    return (*(each for each in bulletin.incidents[:-LATEST] if each.resolved_ms is None), *latest)


def nearest_maintenance(bulletin: Bulletin, now_ms: int) -> tuple[MaintenanceNotice, ...]:
    """Return the maintenance in progress and the next to come, and what was last up to as many in all, by its begin."""
    past = [each for each in bulletin.maintenance if each.end_ms <= now_ms]
    ahead = [each for each in bulletin.maintenance if each.end_ms > now_ms]
    return (*past, *ahead[:LATEST])[-LATEST:]
