"""How the daemon stands, as `/healthz` says it."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from uptally.daemon.closer import Closer
from uptally.daemon.publish import Publisher
from uptally.daemon.reports import Reports
from uptally.errors import LedgerCorrupt
from uptally.ledger import Ledger, Reader
from uptally.server import Health

_log = logging.getLogger(__name__)


def health_of(
    ledger: Ledger,
    publisher: Publisher,
    reports: Reports,
    closer: Closer,
    ending: asyncio.Event,
    *,
    acts_hold: bool,
) -> Health:
    """Return the worst that there is; `ending` is set once the daemon is to end."""
    health = ledger.health
    if ending.is_set():
        return Health.STOPPING
    if health.error or not health.is_trusted:
        return Health.LEDGER_FAILING
    if publisher.is_failing:
        return Health.PAGE_FAILING
    if not acts_hold:
        return Health.ACTS_BROKEN
    if closer.is_failing:
        return Health.CLOSING_FAILING
    if publisher.is_copy_failing:
        return Health.COPY_FAILING
    if reports.overdue:
        return Health.REPORT_OVERDUE
    return Health.OK if health.committed_ms is not None else Health.STARTING


def acts_hold(path: Path) -> bool:
    """Whether the acts are as they were recorded. If not, that is said, and probing goes on: observations stand."""
    with Reader.open(path) as reader:
        try:
            reader.verify_acts()
        except LedgerCorrupt as error:
            _log.warning("%s: %s; somebody changed the ledger: compare it with a backup", path, error)
            return False
    return True
