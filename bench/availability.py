"""How long it takes to say how available everything was in a year: 1,000 endpoints over 365 days, from the ledger.

    python -m bench.availability [--quick]

Every endpoint has eight outages in each month. The figures come from the sums that the ledger keeps beside its spans;
beside that, the time of reading every span and of measuring it, which must give the same figures. Medians of several
goes, each with a reader of its own, so that none is kept from one to the next.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from bench import ledgers, machine
from uptally.ledger import Reader
from uptally.model.observation import Outcome
from uptally.rules.availability import measure
from uptally.units.time import DAY_MS, MINUTE_MS, Window

DAYS = 365
OUTAGES = 12 * 8
SPEAKS_MS = 7 * DAY_MS
TARGET_MS = 100
YEAR = Window(1_760_000_000_000, 1_760_000_000_000 + DAYS * DAY_MS)


class Go(NamedTuple):
    """How long it took."""

    sums_ms: float
    reading_ms: float
    measuring_ms: float

    @property
    def spans_ms(self) -> float:
        return self.reading_ms + self.measuring_ms


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
        ledgers.build(path, ledgers.Story(_edges, SPEAKS_MS), endpoints=options.endpoints, at_once=25)
        goes = [_go(path, options.endpoints) for _ in range(options.goes)]
    print(f"{options.endpoints} endpoints, {DAYS} days, {OUTAGES} outages each; medians of {options.goes}\n")
    print(f"from the ledger's sums:    {_median(go.sums_ms for go in goes)} ms (target {TARGET_MS} ms)")
    reading, measuring = _median(go.reading_ms for go in goes), _median(go.measuring_ms for go in goes)
    print(f"by reading every span: {_median(go.spans_ms for go in goes)} ms ({reading} reading, {measuring} measuring)")


def _median(figures_ms: Iterable[float]) -> str:
    return f"{statistics.median(figures_ms):.0f}"


def _edges(number: int) -> Iterator[tuple[int, Outcome]]:
    """Yield what an endpoint was: good first, and then bad and good for each outage."""
    random = Random(number)
    share_ms = YEAR.length_ms // OUTAGES
    yield YEAR.start_ms, Outcome.UP
    for outage in range(OUTAGES):
        begin_ms = YEAR.start_ms + outage * share_ms + random.randrange(1, share_ms // 2)
        yield begin_ms, Outcome.DOWN
        yield begin_ms + random.randrange(1, 60) * MINUTE_MS, Outcome.UP


def _go(path: Path, endpoints: int) -> Go:
    """Measure once; raises ValueError where a figure is wrong."""
    with Reader.open(path) as reader:
        began_s = time.perf_counter()
        by_sums = reader.availabilities([YEAR], location="local", as_of_ms=YEAR.end_ms)
        summed_s = time.perf_counter()
    with Reader.open(path) as reader:
        opened_s = time.perf_counter()
        timelines = reader.timelines(location="local", since_ms=YEAR.start_ms)
        read_s = time.perf_counter()
        by_spans = {slug: (measure(each, YEAR, as_of_ms=YEAR.end_ms),) for slug, each in timelines.items()}
        measured_s = time.perf_counter()
    outages = {figures.outages for (figures,) in by_sums.values()}
    if by_sums != by_spans or len(by_sums) != endpoints or outages != {OUTAGES}:
        raise ValueError("the figures are not those of what was put into the ledger")
    times_s = (summed_s - began_s, read_s - opened_s, measured_s - read_s)
    return Go(*(seconds * 1_000 for seconds in times_s))


if __name__ == "__main__":
    main()
