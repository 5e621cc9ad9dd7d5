"""How long a failure takes to the page: from a target's first wrong answer to the overview on disk that says so.

    python -m bench.turnaround [--quick]

The daemon asks 1,000 HTTP endpoints on loopback each second, over a ledger of 90 days, and one after the other fails
for good: its server answers 500, which counts as down at once. So the figure holds the attempt's end, the ledger's
commit, the page's process and its writing; the wait for the next attempt, which is the interval's matter, is not in it.
The page is written twice a second at most. Of several failures in a row, each comes when the one before it is shown.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bench import daemon, ledgers, machine
from bench.page import AT_ONCE, story
from bench.process import DEADLINE_S, await_port, free_ports, started

PORTS = 64
TARGET_MS = 1_000
LOOK_S = 0.001
"""How often it is looked whether the overview is another one: by so much a figure may be too long."""

APART_S = 1.5, 3.5
"""So long after the one before is shown the next one fails, at random: the page is written in step with nothing."""

_DOWN = re.compile(rb'class="[^"]*\bis-down\b')


class Failing:
    """Targets that can be made to fail, one after the other, and note when they first did."""

    def __init__(self) -> None:
        self.failed = 0
        """So many fail, from the first on."""
        self.first_ns: dict[int, int] = {}

    @contextmanager
    def served(self) -> Iterator[int]:
        """Serve them on a port of loopback, which is yielded; the path is a target's number."""
        targets = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                number = int(self.path[1:])
                is_failing = number < targets.failed
                if is_failing:
                    targets.first_ns.setdefault(number, time.time_ns())
                self.send_response(500 if is_failing else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            server.server_close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--endpoints", type=int, default=1_000, help="each asked once a second")
    parser.add_argument("--changes", type=int, default=60)
    parser.add_argument("--warm-up", type=int, default=20, help="seconds before the first failure")
    parser.add_argument("--quick", action="store_true", help="few of all, to see that it works")
    options = parser.parse_args()
    if options.quick:
        options.endpoints, options.changes, options.warm_up = 100, 4, 8
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    print(machine.describe())
    apart_s = sum(APART_S) / 2 + TARGET_MS / 1_000
    print(f"it takes about {options.warm_up + options.changes * apart_s:,.0f} s from when the daemon runs", flush=True)
    took_ms = sorted(_measure(options.endpoints, options.changes, options.warm_up))
    p50, p99, most = (took_ms[int(len(took_ms) * share)] for share in (0.5, 0.99, 1 - 1e-9))
    print(f"\n{options.endpoints:,} checks a second, {len(took_ms)} changes of state")
    print(f"on disk after p50 {p50:.0f} ms, p99 {p99:.0f} ms, most {most:.0f} ms (target {TARGET_MS:,} ms)")


def _measure(endpoints: int, changes: int, warm_up_s: int) -> Sequence[float]:
    """Return how long the changes took to the page, in milliseconds."""
    with tempfile.TemporaryDirectory(prefix="uptally-bench-") as name, ExitStack() as stack:
        folder, failing = Path(name), Failing()
        ledgers.build(folder / "uptally.db", story(), endpoints=endpoints, at_once=AT_ONCE)
        ports = free_ports(PORTS)
        server: list[str | Path] = [sys.executable, "-m", "bench.arrivals", folder / "arrivals", *map(str, ports)]
        stack.enter_context(started(server, log=folder / "server.log"))
        await_port(ports[-1])
        own_port = stack.enter_context(failing.served())
        where = [own_port if number < changes else ports[number % PORTS] for number in range(endpoints)]
        tables = [
            f"{{name: Endpoint {number}, url: 'http://127.0.0.1:{port}/{number}'}}" for number, port in enumerate(where)
        ]
        stack.enter_context(daemon.running(daemon.write_config(folder, tables, interval="1s")))
        time.sleep(warm_up_s)
        return [*_changes(failing, folder / "site" / "index.html", changes)]


def _changes(failing: Failing, overview: Path, changes: int) -> Iterator[float]:
    for number in range(changes):
        time.sleep(random.uniform(*APART_S))
        failing.failed = number + 1
        shown_ns = _shown_ns(overview, number + 1)
        shown_ms = (shown_ns - failing.first_ns[number]) / 1e6
        print(f"change {number + 1} of {changes}: {shown_ms:.0f} ms", flush=True)
        yield shown_ms


def _shown_ns(overview: Path, down: int) -> int:
    """Return when the overview is first seen to show so many services as down. Raises TimeoutError."""
    until_s, seen = time.monotonic() + DEADLINE_S, (0, 0)
    while time.monotonic() < until_s:
        status, at_ns = overview.stat(), time.time_ns()
        # The number alone may be that of the file before, used again.
        if (stamp := (status.st_ino, status.st_mtime_ns)) != seen:
            seen = stamp
            if len(_DOWN.findall(overview.read_bytes())) >= down:
                return at_ns
        time.sleep(LOOK_S)
    raise TimeoutError(f"the page does not show {down} services as down after {DEADLINE_S} s")


if __name__ == "__main__":
    main()
