"""How long it takes to close a month, and to hand it over in each format: 1,000 agreements with 10,000 services.

    python -m bench.export [--quick]

The ledger is that of `bench.statements`. What counts is the processor's time, so that others who work on the machine
are not measured, and the most memory that the process ever held. No garbage is looked for, as in `uptally export`.

The peer is duckdb, with one thread, which at last writes the same cells from a table of its own as CSV, JSON and
Parquet: it has them as they are to be written, and makes none safe for a spreadsheet. Nothing else closes a month.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import duckdb

from bench import machine, statements
from uptally.books.closing import Asked, close_month
from uptally.books.explained import Explained
from uptally.books.frozen import KEPT
from uptally.export.formats import FORMATS
from uptally.export.month import MonthRows
from uptally.ledger import Reader

ALL_S, MEMORY_MB = 20, 500
"""What is aimed at: to close and to export, on one core."""

PEER = {"csv": "FORMAT csv, HEADER", "json": "FORMAT json", "parquet": "FORMAT parquet, COMPRESSION zstd"}
"""How duckdb is told to write each format."""

PEER_GOES = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--agreements", type=int, default=1_000)
    parser.add_argument("--format", dest="formats", action="append", choices=[*FORMATS])
    parser.add_argument("--quick", action="store_true", help="few agreements, to see that it works")
    options = parser.parse_args()
    if options.quick:
        options.agreements = 20
    print(machine.describe())
    gc.disable()
    settings = statements.settings_of(options.agreements)
    with statements.ledger_of(len(settings.endpoints)) as path:
        built_mb = _memory_mb()
        began_s = time.process_time()
        with Reader.open(path) as reader, reader.snapshot():
            draft = close_month(reader, settings, Asked(statements.MONTH, "bench", "bench"), now_ms=statements.NOW_MS)
    closed_s = time.process_time() - began_s
    print(f"{len(settings.endpoints):,} endpoints, {options.agreements:,} agreements, {len(draft.rows):,} rows")
    print(f"close: {closed_s:.2f} s, at most {_memory_mb():.0f} MB of memory, of which {built_mb:.0f} before it")
    document = json.loads(zlib.decompress(draft.act.document))
    print(f"document: {len(draft.act.document) / 1e6:.1f} MB, at most {_memory_mb():.0f} MB of memory when it is read")
    told = Explained(document[KEPT])
    month = MonthRows(
        statements.MONTH, draft.rows, "closed", 1, draft.closing.document, is_over=True, explanations=told
    )
    took: dict[str, float] = {}
    for name in options.formats or FORMATS:
        began_s = time.process_time()
        size = len(FORMATS[name].write(month))
        took[name] = took_s = time.process_time() - began_s
        print(
            f"{name}: {took_s:.2f} s, {size / 1e6:.1f} MB, at most {_memory_mb():.0f} MB of memory so far;"
            f" with closing {closed_s + took_s:.2f} s (target {ALL_S} s, {MEMORY_MB} MB)",
            flush=True,
        )
    for name, peer_s in _peer(FORMATS["csv"].write(month), [each for each in took if each in PEER]):
        print(f"{name}: duckdb {peer_s:.2f} s, uptally takes {took[name] / peer_s:.1f} times as long")


def _peer(content: bytes, formats: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Yield how long duckdb takes to write the rows of a CSV in each format, the median of some goes."""
    with tempfile.TemporaryDirectory(prefix="uptally-bench-") as name, duckdb.connect(config={"threads": 1}) as peer:
        source = Path(name) / "rows.csv"
        source.write_bytes(content)
        peer.execute("CREATE TABLE rows AS SELECT * FROM read_csv(?, all_varchar=true)", [str(source)])
        for written_as in formats:
            goes = []
            for _ in range(PEER_GOES):
                began_s = time.process_time()
                peer.execute(f"COPY rows TO '{name}/written' ({PEER[written_as]})")
                goes.append(time.process_time() - began_s)
            yield written_as, median(goes)


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


if __name__ == "__main__":
    main()
