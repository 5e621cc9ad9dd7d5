"""A configuration and a ledger that a daemon might have left, for the verbs that read."""

import time
from pathlib import Path

from uptally.clock import SystemClock
from uptally.ledger import Ledger
from uptally.model.observation import Kind, Observation, Outcome, Reason
from uptally.units.time import SECOND_MS

CONFIG = """\
page: {title: Shop, timezone: Europe/Berlin}
server: {enabled: false}
endpoints:
  - name: Website
    url: http://127.0.0.1:1/
    interval: 1s
    sla: 99.9%
  - name: Orders database
    slug: orders
    url: tcp://127.0.0.1:1
    interval: 1s
    group: Back
  - name: 日本
    slug: japan
    url: tcp://127.0.0.1:1
    interval: 1s
    group: Back
    public: false
"""


def observed(
    slug: str, at_ms: int, outcome: Outcome = Outcome.UP, reason: Reason = Reason.NONE, *, duration_us: int = 1_000
) -> Observation:
    """An observation of an endpoint that is looked at each second."""
    return Observation(
        slug, "local", 1, at_ms, Kind.GRID, at_ms, duration_us, outcome, reason, interval_ms=1_000, timeout_ms=1_000
    )


def make_ledger(folder: Path, observations: list[Observation]) -> None:
    """Write the configuration, and a ledger that holds the observations."""
    (folder / "probes.yaml").write_text(CONFIG, encoding="utf-8")
    ledger = Ledger.open(folder / "uptally.db", location="local", clock=SystemClock(), version="test")
    try:
        for observation in observations:
            ledger.submit(observation)
        ledger.flush(10)
    finally:
        ledger.close()


def last_minute(slug: str) -> list[Observation]:
    """A minute of observations that ends now: down for its third quarter."""
    now_ms = time.time_ns() // 1_000_000
    return [
        observed(slug, at_ms, Outcome.DOWN, Reason.CONNECT_REFUSED) if 30 <= second < 45 else observed(slug, at_ms)
        for second, at_ms in ((second, now_ms - (59 - second) * SECOND_MS) for second in range(60))
    ]
