"""Sets up the interpreter and the C library for a daemon: begins on time, and little memory."""

from __future__ import annotations

import ctypes
import gc
import sys

SWITCH_S = 0.00001
"""How soon the event loop gets the interpreter back from the threads that write the page and the ledger. Each of its
system calls lets go of it, a few in each attempt: with Python's own 5 ms, or with 1, attempts begin a tenth of a second
late while a page is rendered."""

LARGE_BYTES = 128 * 1024
"""Blocks of memory from this size on are the system's again as soon as they are free. glibc begins so as well, but from
each large block it learns to keep those of its size; and what it kept of an overview with very many endpoints, which
has 10 MB, would be a tenth of all that the daemon holds."""

YOUNG_OBJECTS = 20_000
"""So many new objects that may be garbage are looked at together. An attempt leaves none that only a collection finds;
with Python's own 700, collections took a twentieth of its time."""

_M_MMAP_THRESHOLD = -3
"""The parameter of mallopt(3) that says so; once it is set, nothing is learnt."""


def prepare() -> None:
    """Set up this process. A C library without that parameter is left as it is."""
    sys.setswitchinterval(SWITCH_S)
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)


def settle() -> None:
    """Take it that what was made until now lives as long as the process: collections of garbage leave it alone."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
