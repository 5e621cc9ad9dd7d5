"""How long it takes to say how available everything was in a year: 1,000 endpoints over 365 days, from the ledger.

    python -m bench.availability [--quick]

Every endpoint has eight outages in each month. The time is that of reading all timelines and of measuring each over the
whole year, the median of several goes; no figure is kept from one to the next.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from bench import machine
from uptally.clock import SystemClock
from uptally.ledger import Ledger, Reader
from uptally.model.observation import Kind, Observation, Outcome, Reason
from uptally.rules.availability import measure
from uptally.units.time import DAY_MS, MINUTE_MS, Window

DAYS = 365
OUTAGES = 12 * 8
INTERVAL_MS = 7 * DAY_MS
"""How long each observation speaks: so long that those at the edges of the outages are all that is needed."""

AT_ONCE = 25
"""Endpoints in one import."""

TARGET_MS = 100
YEAR = Window(1_760_000_000_000, 1_760_000_000_000 + DAYS * DAY_MS)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--endpoints", type=int, default=1_000)
    parser.add_argument("--goes", type=int, default=5, help="how often it is measured")
    parser.add_argument("--quick", action="store_true", help="few endpoints, to see that it works")
    options = parser.parse_args()
    if options.quick:
        options.endpoints = 50
    print(machine.describe())
    with tempfile.TemporaryDirectory(prefix="uptally-bench-") as name:
        path = Path(name) / "ledger.db"
        _build(path, options.endpoints)
        goes = [_go(path, options.endpoints) for _ in range(options.goes)]
    reading = statistics.median(read_ms for read_ms, _ in goes)
    measuring = statistics.median(measured_ms for _, measured_ms in goes)
    both = statistics.median(map(sum, goes))
    print(f"{options.endpoints} endpoints, {DAYS} days, {OUTAGES} outages each; median of {options.goes}\n")
    print(f"reading {reading:.0f} ms, measuring {measuring:.0f} ms, both {both:.0f} ms (target {TARGET_MS} ms)")


def _build(path: Path, endpoints: int) -> None:
    ledger = Ledger.open(path, location="local", clock=SystemClock(), version="bench")
    try:
        for first in range(0, endpoints, AT_ONCE):
            some = range(first, min(first + AT_ONCE, endpoints))
            ledger.import_observations([row for number in some for row in _observations(number)])
    finally:
        ledger.close()


def _observations(number: int) -> Iterator[Observation]:
    """Yield what one endpoint needs for a year: a good observation, and for each outage a bad one and a good one."""
    random = Random(number)
    share_ms = YEAR.length_ms // OUTAGES
    edges = [(YEAR.start_ms, Outcome.UP)]
    for outage in range(OUTAGES):
        begin_ms = YEAR.start_ms + outage * share_ms + random.randrange(1, share_ms // 2)
        edges += [(begin_ms, Outcome.DOWN), (begin_ms + random.randrange(1, 60) * MINUTE_MS, Outcome.UP)]
    for sequence, (at_ms, outcome) in enumerate(edges):
        yield Observation(
            endpoint=f"endpoint-{number}",
            location="local",
            boot=0,
            sequence=sequence,
            kind=Kind.GRID,
            at_ms=at_ms,
            duration_us=1_000,
            outcome=outcome,
            reason=Reason.NONE if outcome is Outcome.UP else Reason.CONNECT_REFUSED,
            interval_ms=INTERVAL_MS,
            timeout_ms=1_000,
        )


def _go(path: Path, endpoints: int) -> tuple[float, float]:
    """Read and measure once; return the milliseconds of each. Raises ValueError where a figure is wrong."""
    with Reader.open(path) as reader:
        began_s = time.perf_counter()
        timelines = reader.timelines(location="local", since_ms=YEAR.start_ms)
        read_s = time.perf_counter()
        figures = [measure(timeline, YEAR, as_of_ms=YEAR.end_ms) for timeline in timelines.values()]
        measured_s = time.perf_counter()
    if len(figures) != endpoints or any(each.outages != OUTAGES or each.unknown_ms for each in figures):
        raise ValueError("the ledger does not hold what was put into it")
    return (read_s - began_s) * 1_000, (measured_s - read_s) * 1_000


if __name__ == "__main__":
    main()
