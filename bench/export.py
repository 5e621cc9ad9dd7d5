"""How long it takes to close a month, and to hand it over in each format: 1,000 agreements with 10,000 services.

    python -m bench.export [--quick]

The ledger is that of `bench.statements`. What counts is the processor's time, so that others who work on the machine
are not measured, and the most memory that the process ever held. No garbage is looked for, as in `uptally export`.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import time
import zlib

from bench import machine, statements
from uptally.books.closing import Asked, close_month
from uptally.books.explained import Explained
from uptally.books.frozen import KEPT
from uptally.export.formats import FORMATS
from uptally.export.month import MonthRows
from uptally.export.pdf import ROWS_MAX
from uptally.ledger import Reader

ALL_S, MEMORY_MB = 20, 500
"""What is aimed at: to close and to export, on one core."""


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
    for name in options.formats or [each for each in FORMATS if each != "pdf" or len(month.rows) <= ROWS_MAX]:
        began_s = time.process_time()
        size = len(FORMATS[name].write(month))
        took_s = time.process_time() - began_s
        print(
            f"{name}: {took_s:.2f} s, {size / 1e6:.1f} MB, at most {_memory_mb():.0f} MB of memory so far;"
            f" with closing {closed_s + took_s:.2f} s (target {ALL_S} s, {MEMORY_MB} MB)",
            flush=True,
        )


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


if __name__ == "__main__":
    main()
