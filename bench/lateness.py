"""How late attempts begin: from the slot on the grid to the first packet, at 1,000 checks a second.

    python -m bench.lateness [--quick]

Each endpoint's slots are known beforehand, and a server in a process of its own notes when its connections arrive. So
the figure holds the daemon's delay, the kernel's and the server's own; the page is published meanwhile.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench import daemon, machine
from bench.arrivals import read_arrivals
from bench.process import await_port, free_ports, started
from uptally.rules.schedule import phase_ms

ENDPOINTS = 1_000
INTERVAL_MS = 1_000
EARLY_MS = 100
"""An arrival so long before a slot counts as early, and not as very late for the slot before."""

PORTS = 64
TARGET_MS = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--warm-up", type=int, default=20, help="seconds before arrivals count")
    parser.add_argument("--seconds", type=int, default=300, help="seconds that are measured")
    parser.add_argument("--quick", action="store_true", help="a few seconds, to see that it works")
    options = parser.parse_args()
    if options.quick:
        options.warm_up, options.seconds = 5, 5
    print(machine.describe())
    began_ms, late_us = _measure(options.warm_up, options.seconds)
    expected = ENDPOINTS * options.seconds * 1_000 // INTERVAL_MS
    print(f"{ENDPOINTS} HTTP endpoints, interval {INTERVAL_MS} ms, {options.seconds} s")
    print(f"arrivals {len(late_us):,} of {expected:,}\n")
    figures = sorted(late for _, late in late_us)
    p50, p99, most = (figures[int(len(figures) * share)] for share in (0.5, 0.99, 1 - 1e-9))
    print(f"late by p50 {p50 / 1e3:.2f} ms, p99 {p99 / 1e3:.2f} ms (target {TARGET_MS} ms), most {most / 1e3:.1f} ms")
    part_s = min(60, options.seconds // 2)
    first = [late for at_ms, late in late_us if at_ms < began_ms + part_s * 1_000]
    last = [late for at_ms, late in late_us if at_ms >= began_ms + (options.seconds - part_s) * 1_000]
    print(f"drift: median {_median(first)} ms in the first {part_s} s, {_median(last)} ms in the last")


def _measure(warm_up_s: int, seconds: int) -> tuple[int, list[tuple[int, int]]]:
    """Return when the measurement began, and of each arrival its instant and by how many microseconds it was late."""
    with tempfile.TemporaryDirectory(prefix="uptally-bench-") as name:
        folder = Path(name)
        ports = free_ports(PORTS)
        server: list[str | Path] = [sys.executable, "-m", "bench.arrivals", folder / "arrivals", *map(str, ports)]
        with started(server, log=folder / "server.log"):
            await_port(ports[-1])
            tables = [
                f"{{name: Endpoint {number}, url: 'http://127.0.0.1:{ports[number % PORTS]}/{number}'}}"
                for number in range(ENDPOINTS)
            ]
            with daemon.running(daemon.write_config(folder, tables, interval=f"{INTERVAL_MS}ms")):
                time.sleep(warm_up_s)
                began_ms = time.time_ns() // 1_000_000
                time.sleep(seconds)
                ended_ms = time.time_ns() // 1_000_000
        phases_us = [phase_ms(f"endpoint-{number}", INTERVAL_MS) * 1_000 for number in range(ENDPOINTS)]
        return began_ms, [
            (at_ns // 1_000_000, _late_us(at_ns // 1_000, phases_us[number]))
            for number, at_ns in read_arrivals(folder / "arrivals")
            if began_ms <= at_ns // 1_000_000 < ended_ms
        ]


def _late_us(at_us: int, phase_us: int) -> int:
    return (at_us - phase_us + EARLY_MS * 1_000) % (INTERVAL_MS * 1_000) - EARLY_MS * 1_000


def _median(late_us: Sequence[int]) -> str:
    return f"{statistics.median(late_us) / 1e3:.2f}"


if __name__ == "__main__":
    main()
