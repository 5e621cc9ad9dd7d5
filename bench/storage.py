"""What an observation takes once it is sealed, and how long it takes to read a month of them: one endpoint at 1 s.

    python -m bench.storage [--quick]

The traffic is made up: latencies with a slowly moving mean, log-normal noise and 1% of spikes, lateness of a few
milliseconds, and in every fifth hour an outage with its rechecks. Each observation is compared with what was put in.
Bytes are those of the blocks, and those by which a ledger's file grows, all indexes, sketches and spans included.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from bench import machine
from uptally.clock import SystemClock
from uptally.ledger.block import Columns, decode, encode
from uptally.ledger.sealing import Sealer
from uptally.ledger.storage import Storage
from uptally.model.observation import Kind, Observation, Outcome, Reason
from uptally.units.time import HOUR_MS

TRAFFICS = ((5_000, 0.05), (40_000, 0.05), (40_000, 0.15), (200_000, 0.05), (200_000, 0.15))
"""Mean latency in us, and the share of it by which it varies."""

BEGIN_MS = 1_790_035_200_000
INTERVAL_MS = 1_000
TIMEOUT_MS = 2_500
BATCH = 200
MONTH_HOURS = 30 * 24
TARGET_BYTES = 3
TARGET_MONTH_S = 1


class Figures(NamedTuple):
    """Of one kind of traffic: bytes of an observation, us to seal one, and s to read a month of them."""

    block_bytes: float
    file_bytes: float
    encode_us: float
    columns_s: float
    rows_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--hours", type=int, default=24, help="how many different hours are made")
    parser.add_argument("--quick", action="store_true", help="two hours, to see that it works")
    options = parser.parse_args()
    if options.quick:
        options.hours = 2
    print(machine.describe())
    print(
        f"{options.hours} hours at {INTERVAL_MS} ms each; a month is {MONTH_HOURS} hours, and takes that much longer\n"
    )
    print(f"{'':16}{'bytes each':>12}{'in the file':>12}{'us to pack':>12}{'month, s':>12}{'as rows, s':>12}")
    for mean_us, jitter in TRAFFICS:
        hours = list(_hours(mean_us, jitter, options.hours))
        figures = _measure(hours)
        print(
            f"{f'{mean_us / 1e3:.0f} ms, {jitter:.0%}':16}{figures.block_bytes:>12.2f}{figures.file_bytes:>12.2f}"
            f"{figures.encode_us:>12.2f}{figures.columns_s:>12.2f}{figures.rows_s:>12.2f}",
            flush=True,
        )
    print(f"{'target':16}{TARGET_BYTES:>12}{'':24}{TARGET_MONTH_S:>12}")


def _measure(hours: Sequence[Sequence[Observation]]) -> Figures:
    number = sum(map(len, hours))
    columns = [_columns(hour) for hour in hours]
    began_s = time.process_time()
    blocks = [encode(each) for each in columns]
    packed_s = time.process_time()
    for block in blocks:
        decode(block)
    unpacked_s = time.process_time()
    for block in blocks:
        deque(zip(*decode(block), strict=True), maxlen=0)
    listed_s = time.process_time()
    if [list(map(list, decode(block))) for block in blocks] != [list(map(list, each)) for each in columns]:
        raise ValueError("what was read is not what was written")
    months = MONTH_HOURS / len(hours)
    return Figures(
        block_bytes=sum(map(len, blocks)) / number,
        file_bytes=_growth(hours) / number,
        encode_us=(packed_s - began_s) * 1e6 / number,
        columns_s=(unpacked_s - packed_s) * months,
        rows_s=(listed_s - unpacked_s) * months,
    )


def _growth(hours: Sequence[Sequence[Observation]]) -> int:
    """Return by how many bytes a ledger grows, once all of it is sealed."""
    with tempfile.TemporaryDirectory(prefix="uptally-bench-") as name:
        storage = Storage(Path(name) / "ledger.db", location="local", clock=SystemClock(), version="bench")
        empty = _used(storage)
        for hour in hours:
            for first in range(0, len(hour), BATCH):
                storage.commit(hour[first : first + BATCH])
            now_ms = hour[-1].at_ms + HOUR_MS
            sealer = Sealer(storage.connection, keep_ms=None)
            while sealer.is_due(now_ms):
                storage.transact(lambda storage: sealer.work(now_ms, settle=storage.fold.settle))  # noqa: B023
        while storage.has_due():
            storage.work_a_little()
        grown = _used(storage) - empty
        storage.close(is_clean=False, is_trusted=True)
    return grown


def _used(storage: Storage) -> int:
    pages, free, size = (
        int(storage.connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size


def _columns(hour: Sequence[Observation]) -> Columns:
    rows = (
        (each.at_ms, each.boot, each.sequence, int(each.kind), each.duration_us, int(each.outcome), int(each.reason))
        for each in hour
    )
    return Columns(*zip(*((*row, INTERVAL_MS, TIMEOUT_MS) for row in rows), strict=True))


def _hours(mean_us: int, jitter: float, number: int) -> Iterator[list[Observation]]:
    """Yield hours of observations in order."""
    random = Random(7)
    drift, sequence = 0.0, 0
    for hour in range(number):
        found: list[Observation] = []
        begin_ms = BEGIN_MS + hour * HOUR_MS + 137
        begins, lasts = random.randrange(3_600), random.randrange(5, 120)
        outage = range(begins, begins + lasts) if hour % 5 == 2 else range(0)
        for slot in range(HOUR_MS // INTERVAL_MS):
            at_ms = begin_ms + slot * INTERVAL_MS + min(int(random.expovariate(1 / 1.3)), 50)
            drift = 0.9 * drift + random.gauss(0, jitter * 0.3)
            latency_us = int(mean_us * math.exp(drift + random.gauss(0, jitter * 0.7)))
            if random.random() < 0.01:
                latency_us *= random.randrange(2, 10)
            if slot not in outage:
                sequence += 1
                found.append(_observation(sequence, at_ms, latency_us))
                continue
            for kind, later_ms in ((Kind.GRID, 0), (Kind.RECHECK, random.randrange(100, 900))):
                sequence += 1
                refused_us = 200 + int(random.expovariate(1 / 300))
                found.append(_observation(sequence, at_ms + later_ms, refused_us, kind, Outcome.DOWN))
        yield found


def _observation(
    sequence: int, at_ms: int, duration_us: int, kind: Kind = Kind.GRID, outcome: Outcome = Outcome.UP
) -> Observation:
    return Observation(
        endpoint="endpoint",
        location="local",
        boot=BEGIN_MS,
        sequence=sequence,
        kind=kind,
        at_ms=at_ms,
        duration_us=duration_us,
        outcome=outcome,
        reason=Reason.NONE if outcome is Outcome.UP else Reason.CONNECT_REFUSED,
        interval_ms=INTERVAL_MS,
        timeout_ms=TIMEOUT_MS,
    )


if __name__ == "__main__":
    main()
