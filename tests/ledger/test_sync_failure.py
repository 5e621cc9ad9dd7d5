"""A sync that fails is never tried again: the kernel may have dropped the pages that it could not write."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.ledger.made import open_ledger
from uptally.ledger import Reader

WRITER = """
import sys, threading
from pathlib import Path
from uptally.clock import SystemClock
from uptally.errors import LedgerError
from uptally.ledger import Ledger
from uptally.model.observation import Kind, Observation, Outcome, Reason

failed = threading.Event()
ledger = Ledger.open(
    Path(sys.argv[1]), location="local", clock=SystemClock(), version="1", on_failure=lambda error: failed.set()
)
for number in range(100):
    ledger.submit(
        Observation("web", "local", 1, number, Kind.GRID, number, 1, Outcome.UP, Reason.NONE, 1_000, 500)
    )
    try:
        ledger.flush(30)
    except LedgerError as error:
        print(number, error)
        break
assert failed.wait(30)
assert not ledger.health.is_trusted
try:
    ledger.close()
except LedgerError as error:
    print("closed:", error)
"""


def test_failed_sync_stops_the_writing_and_says_so(tmp_path: Path, require_server: Callable[[str], Path]) -> None:
    path = tmp_path / "ledger.db"
    open_ledger(path).close()
    trace = tmp_path / "trace"
    strace = [str(require_server("strace")), "-f", "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=5+"]
    writer = [sys.executable, "-c", WRITER, str(path)]
    done = subprocess.run([*strace, "-o", str(trace), *writer], capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    number = int(first.split()[0])
    assert "disk I/O error (SQLITE_IOERR_FSYNC)" in first
    assert second.startswith("closed: ")
    with Reader.open(path) as reader:
        assert reader.timelines(location="local", since_ms=0)["web"].last is not None
        reader.check_turns()
    assert number < 10
