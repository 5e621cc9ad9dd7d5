"""Closers that are killed at any instant: the month is closed or not, never half, and the next one closes it once."""

from __future__ import annotations

import os
import pickle
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from tests.cli.ledgers import make_ledger, observed
from uptally.books.audit import verify_closings
from uptally.clock import SystemClock
from uptally.config import load
from uptally.daemon.backoffice import close
from uptally.daemon.month_end import Order
from uptally.ledger import Reader
from uptally.model.observation import Outcome, Reason
from uptally.rules.record.closings import CLOSE
from uptally.units.time import SECOND_MS

OCTOBER_MS = 1_790_805_600_000  # 2026-10-01 in Berlin

CLOSERS = """
import os, pickle, sys
from uptally.clock import SystemClock
from uptally.daemon.backoffice import close
from uptally.daemon.month_end import Order

while True:
    try:
        order = pickle.load(sys.stdin.buffer)
    except EOFError:
        break
    closer = os.fork()
    if not closer:
        print(os.getpid(), flush=True)
        close(order, SystemClock())
        os._exit(0)
    os.waitpid(closer, 0)
    print("ended", flush=True)
"""
"""For each order a closer: a process that is forked, since a new interpreter takes half a second."""


def kill_while_closing(folder: Path, seed: int, kills: int) -> tuple[int, int]:
    """Kill closers of copies of a ledger; return how many months were closed by then, and how many were not."""
    chance, closed = random.Random(seed), 0
    seen = [observed("website", OCTOBER_MS + number * SECOND_MS) for number in range(600)]
    make_ledger(folder, [*seen, observed("website", OCTOBER_MS + 600_000, Outcome.DOWN, Reason.CONNECT_REFUSED)])
    settings = load(folder / "probes.yaml", environment={})
    began_s = time.monotonic()
    whole = folder / "whole.db"
    shutil.copy(settings.store.path, whole)
    assert not close(Order.of("2026-10", settings, "1")._replace(ledger=whole), SystemClock()).failure
    lasts_s = time.monotonic() - began_s
    with subprocess.Popen([sys.executable, "-c", CLOSERS], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as closers:
        for _ in range(kills):
            copy = folder / "copy.db"
            for old in folder.glob("copy.db*"):
                old.unlink()
            shutil.copy(settings.store.path, copy)
            order = Order.of("2026-10", settings, "1")._replace(ledger=copy)
            _run_and_kill(closers, order, chance.random() * 2 * lasts_s)
            closed += _check(order)
        assert closers.stdin is not None
        closers.stdin.close()
    return closed, kills - closed


def _run_and_kill(closers: subprocess.Popen[bytes], order: Order, after_s: float) -> None:
    assert closers.stdin is not None
    assert closers.stdout is not None
    pickle.dump(order, closers.stdin)
    closers.stdin.flush()
    closer = int(closers.stdout.readline())
    time.sleep(after_s)  # the kill is to come at any instant
    if not _has_ended(closer):
        with suppress(ProcessLookupError):
            os.kill(closer, signal.SIGKILL)
    assert closers.stdout.readline() == b"ended\n"


def _has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def _check(order: Order) -> bool:
    """Look whether the month is closed, and have it closed where it is not; it holds, and is closed once."""
    with Reader.open(order.ledger) as reader:
        reader.verify_acts()
        was_closed = len(reader.acts(CLOSE)) == 1
        assert [act.number for act in reader.acts(CLOSE)] == reader.documents()
    report = close(order, SystemClock())
    assert (not report.failure, bool(report.refusal)) == (True, was_closed), report
    with Reader.open(order.ledger) as reader, reader.snapshot():
        assert len(reader.acts(CLOSE)) == 1
        verify_closings(reader)
    return was_closed
