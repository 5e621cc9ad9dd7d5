"""Sets up a process as the daemon, or as one that stands back for it."""

from __future__ import annotations

import ctypes
import gc
import json
import logging
import os
import pickle
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

_Order = TypeVar("_Order")

SWITCH_S = 0.00001
"""How soon the event loop gets the interpreter back from the thread that writes the ledger. Each of its system calls
lets go of it, a few in each attempt: each of them could last Python's own 5 ms longer."""

LARGE_BYTES = 128 * 1024
"""Blocks of memory from this size on are the system's again as soon as they are free. glibc begins so as well, but from
each large block it learns to keep those of its size: of very many endpoints, the overview has 10 MB, and the order that
tells the page's process of them 5."""

NICENESS = 10
"""Where there are fewer cores than work, whoever stands back gets a tenth of what another one gets of the same session.
(Linux shares cores out evenly among sessions, however nice: sched(7), autogroup.)"""

YOUNG_OBJECTS = 20_000
"""So many new objects that may be garbage are looked at together. Neither an attempt nor a page leaves any that only a
collection finds; with Python's own 700, collections took a twentieth of their time."""

_M_MMAP_THRESHOLD = -3
"""The parameter of mallopt(3) that says so; once it is set, nothing is learnt."""


def prepare() -> None:
    """Set up this process to begin attempts on time."""
    sys.setswitchinterval(SWITCH_S)
    keep_little()


def keep_little() -> None:
    """Have this process give back the memory that it is done with, where the C library can be told to."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)


def stand_back() -> None:
    """Let every other process go first, and this one be the first to go when memory runs out.

    What of it the system refuses is left.
    """
    with suppress(OSError):
        os.nice(NICENESS)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


def serve(obey: Callable[[BinaryIO, BinaryIO], None]) -> None:
    """Stand back, and obey orders of the standard input with reports on the standard output, until they end."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # A service manager tells all processes to end: this one has work to do a last time.
        signal.signal(number, signal.SIG_IGN)
    stand_back()
    keep_little()
    logging.basicConfig(format="%(levelname)s %(message)s")
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0) as reports:
        # What a library prints is no report.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        with suppress(BrokenPipeError):
            obey(sys.stdin.buffer, reports)


def next_order(orders: BinaryIO, kind: type[_Order]) -> _Order | None:
    """Return the next order; None where there are no more."""
    try:
        order = pickle.load(orders)
    except (EOFError, pickle.UnpicklingError):
        # In the midst of an order, too, the daemon may be killed.
        return None
    assert isinstance(order, kind)
    return order


def report(reports: BinaryIO, told: tuple[object, ...]) -> None:
    """Tell the daemon what came of an order, as a line of JSON: who has read what comes from elsewhere is not trusted
    with more."""
    reports.write(json.dumps(told).encode() + b"\n")


def settle() -> None:
    """Take it that what was made until now lives as long as the process: collections of garbage leave it alone."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
