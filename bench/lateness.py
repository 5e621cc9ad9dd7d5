"""How late attempts begin: from the slot on the grid to the first packet; whether any is missed, and what that takes.

    python -m bench.lateness [SCENARIO...] [--quick]

Each endpoint's slots are known beforehand, and a server in a process of its own notes when its connections arrive. So
the figure holds the daemon's delay, the kernel's and the server's own; the page is published meanwhile. Of endpoints
that hang, nothing but the load counts: they are asked again between their slots.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from bench import daemon, machine
from bench.arrivals import HANGING, arrivals_late
from bench.process import Memory, await_port, cpu_s, free_ports, on_cores, started
from uptally.ledger import Reader
from uptally.model.observation import Outcome
from uptally.units.time import Window

PORTS = 64
PART_S = 60
"""Drift and growth are what the last minute has more than the first."""


class Scenario(NamedTuple):
    """What is probed, for how long, and what the issue asks for; `hanging` endpoints are among the others."""

    endpoints: int
    interval_ms: int
    seconds: int
    target_ms: int
    hanging: int = 0
    held_mb: int | None = None
    is_on_one_core: bool = False
    has_pages: bool = True


SCENARIOS = {
    "second": Scenario(1_000, 1_000, 300, target_ms=10),
    "five-thousand": Scenario(5_000, 10_000, 120, target_ms=5),
    "ten-thousand": Scenario(10_000, 10_000, 600, target_ms=50, held_mb=300),
    "hanging": Scenario(10_000, 10_000, 600, target_ms=50, held_mb=300, hanging=1_000),
    "full": Scenario(5_000, 1_000, 60, target_ms=1_000, is_on_one_core=True, has_pages=False),
}


class Measured(NamedTuple):
    """What came in: of each arrival its instant and how many microseconds it was late; and what the daemon took."""

    began_ms: int
    arrivals: list[tuple[int, int]]
    missed: int
    cpu_seconds: float
    held: Sequence[int]
    """Bytes at the begin, after each minute and at the end."""


def main() -> None:
    options = _options()
    # A hanging endpoint holds its descriptors until its time is up, and may be asked again sixteen times meanwhile.
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    print(machine.describe())
    for name in options.scenario or SCENARIOS:
        scenario = SCENARIOS[name]
        changed = {field: getattr(options, field) for field in ("endpoints", "interval_ms", "hanging", "seconds")}
        scenario = scenario._replace(**{field: value for field, value in changed.items() if value is not None})
        _show(name, scenario, _measure(scenario, options.warm_up))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("scenario", nargs="*", help=f"any of {', '.join(SCENARIOS)}; all without one")
    parser.add_argument("--endpoints", type=int, help="so many instead")
    parser.add_argument("--interval", type=int, dest="interval_ms", metavar="MS", help="each tried so often instead")
    parser.add_argument("--hanging", type=int, help="so many of them never answer")
    parser.add_argument("--warm-up", type=int, default=20, help="seconds before arrivals count")
    parser.add_argument("--seconds", type=int, help="so many are measured instead")
    parser.add_argument("--quick", action="store_true", help="a few seconds, to see that it works")
    options = parser.parse_args()
    unknown = set(options.scenario) - set(SCENARIOS)
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    if options.quick:
        options.warm_up, options.seconds = 12, 10
    return options


def _show(name: str, scenario: Scenario, measured: Measured) -> None:
    answering = scenario.endpoints - scenario.hanging
    expected = answering * scenario.seconds * 1_000 // scenario.interval_ms
    late_us = sorted(late for _, late in measured.arrivals)
    p50, p99, most = (late_us[int(len(late_us) * share)] / 1e3 for share in (0.5, 0.99, 1 - 1e-9))
    where = " on one core" if scenario.is_on_one_core else ""
    print(
        f"\n{name}: {scenario.endpoints:,} HTTP endpoints, {scenario.hanging:,} of them hanging, "
        f"interval {scenario.interval_ms:,} ms, {scenario.seconds} s{where}"
    )
    print(f"arrivals {len(late_us):,} of {expected:,}, missed slots {measured.missed:,}")
    print(f"late by p50 {p50:.2f} ms, p99 {p99:.2f} ms (target {scenario.target_ms} ms), most {most:.1f} ms")
    part_s = min(PART_S, scenario.seconds // 2)
    split_ms = measured.began_ms + part_s * 1_000, measured.began_ms + (scenario.seconds - part_s) * 1_000
    first = [late for at_ms, late in measured.arrivals if at_ms < split_ms[0]]
    last = [late for at_ms, late in measured.arrivals if at_ms >= split_ms[1]]
    print(f"drift: median {_median(first)} ms in the first {part_s} s, {_median(last)} ms in the last")
    target = f" (target {scenario.held_mb})" if scenario.held_mb else ""
    print(f"memory, MB each minute: {', '.join(f'{held / 1e6:.0f}' for held in measured.held)}{target}")
    print(f"CPU: {measured.cpu_seconds / scenario.seconds:.1%} of a core", flush=True)


def _measure(scenario: Scenario, warm_up_s: int) -> Measured:
    with tempfile.TemporaryDirectory(prefix="uptally-bench-") as name:
        folder = Path(name)
        ports = free_ports(PORTS)
        server: list[str | Path] = [sys.executable, "-m", "bench.arrivals", folder / "arrivals", *map(str, ports)]
        *cores, last = sorted(os.sched_getaffinity(0))
        cores = cores or [last]
        with ExitStack() as stack:
            # On a core of its own: where it shares that of a daemon at work, it notes arrivals milliseconds late.
            with on_cores([last]):
                stack.enter_context(started(server, log=folder / "server.log"))
            await_port(ports[-1])
            config = _config(folder, scenario, ports)
            with on_cores(cores[:1] if scenario.is_on_one_core else cores):
                pid = stack.enter_context(daemon.running(config))
                time.sleep(warm_up_s)
                began_ms, began_cpu_s = time.time_ns() // 1_000_000, cpu_s(pid)
                held = [*_memory(pid, scenario.seconds)]
                ended_ms, cpu_seconds = time.time_ns() // 1_000_000, cpu_s(pid) - began_cpu_s
        window = Window(began_ms, ended_ms)
        arrivals = [*arrivals_late(folder / "arrivals", scenario.interval_ms, window)]
        return Measured(began_ms, arrivals, _missed(folder / "uptally.db", window), cpu_seconds, held)


def _config(folder: Path, scenario: Scenario, ports: Sequence[int]) -> Path:
    paths = [f"{HANGING}{number}" if number < scenario.hanging else str(number) for number in range(scenario.endpoints)]
    tables = [
        f"{{name: Endpoint {number}, url: 'http://127.0.0.1:{ports[number % PORTS]}/{path}'}}"
        for number, path in enumerate(paths)
    ]
    return daemon.write_config(folder, tables, interval=f"{scenario.interval_ms}ms", is_public=scenario.has_pages)


def _memory(pid: int, seconds: int) -> Iterator[int]:
    """Yield what the daemon holds now, after each minute, and at the end."""
    end_s = time.monotonic() + seconds
    while (left_s := end_s - time.monotonic()) > 0:
        yield Memory.of(pid).held
        time.sleep(min(PART_S, left_s))
    yield Memory.of(pid).held


def _missed(path: Path, window: Window) -> int:
    """Count the slots that the daemon says it missed."""
    with Reader.open(path) as reader:
        return sum(
            observation.outcome is Outcome.MISSED
            for slug in reader.slugs()
            for observation in reader.observations(slug, location="local", window=window)
        )


def _median(late_us: Sequence[int]) -> str:
    return f"{statistics.median(late_us) / 1e3:.2f}"


if __name__ == "__main__":
    main()
