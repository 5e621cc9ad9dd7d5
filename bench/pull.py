"""What pulling exports takes, and whether it delays attempts: 1,000 services, 100 agreements, one month.

    python -m bench.pull [--quick]

First attempts: the daemon asks each endpoint every second and publishes its page, while nobody pulls, while somebody
pulls a month without pause that is not closed, in one format after the other, so that each answer has to be made, and
while somebody asks for a closed one without pause and has it already. How late attempts begin is measured as by
`bench.lateness`. Who pulls shares the core of the targets, and gives way to them.

Then pulls: a daemon that hardly probes is asked for the closed month as CSV, by who has it and by who has not, over a
connection for each request. The peer is nginx with the same file in a folder, by the same client in turns; it asks
nobody for a token. The processor's time is that of the server's process; the time by the clock holds the client's work.
"""

from __future__ import annotations

import argparse
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench import daemon, ledgers, machine, statements
from bench.arrivals import arrivals_late
from bench.process import await_port, cpu_s, free_ports, on_cores, started
from bench.targets import nginx
from uptally.units.time import Window

PORTS = 64
TARGET_MS = 2
"""Of server time for a pull of what is there already."""

MADE = ("csv", "json", "xlsx", "parquet", "pdf")
"""The formats that are made while attempts are watched."""

PATH = f"/exports/{statements.MONTH}"
ROUNDS = 5
FULL = 10
"""Answers with a body in each round: a token has 60 at once."""

_MORE = """\
close: {automatic: false}
slas:
  gold:
    target: 99.9%
    credits: [{below: 99.9%, credit: 10%}, {below: 99%, credit: 25%}, {below: 95%, credit: 50%}]
    fee: 1000.00 EUR
    claim: 30d
agreements:"""


class Server(NamedTuple):
    """Where a file is pulled, and with what header lines."""

    port: int
    path: str
    pid: int
    headers: str = ""

    def pull(self, tag: str = "", path: str = "") -> tuple[int, str, bytes]:
        """Ask for it over a connection of its own; return the status, the tag and the body."""
        known = f"If-None-Match: {tag}\r\n" if tag else ""
        request = f"GET {path or self.path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n{known}{self.headers}\r\n"
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(request.encode())
            parts = []
            while part := connection.recv(1 << 20):
                parts.append(part)
        head, _, body = b"".join(parts).partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        tags = [value.strip() for name, _, value in (line.partition(":") for line in lines) if name.lower() == "etag"]
        return int(status.split()[1]), "".join(tags), body


class Pulled(NamedTuple):
    """What pulls took in a round, each: the processor's and the clock's time for what is there, and the latter for the
    whole file, in milliseconds."""

    known_cpu_ms: float
    known_ms: float
    full_ms: float


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--agreements", type=int, default=100, help="of ten services each")
    parser.add_argument("--interval", type=int, dest="interval_ms", metavar="MS", default=1_000, help="of attempts")
    parser.add_argument("--seconds", type=int, default=20, help="how long attempts are watched each time")
    parser.add_argument("--warm-up", type=int, default=20, help="seconds before they are")
    parser.add_argument("--pulls", type=int, default=2_000, help="of what is there, in each round")
    parser.add_argument("--quick", action="store_true", help="few of all, to see that it works")
    options = parser.parse_args()
    if options.quick:
        options.agreements, options.seconds, options.warm_up, options.pulls = 10, 5, 8, 200
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    print(machine.describe())
    with tempfile.TemporaryDirectory(prefix="uptally-bench-") as name:
        folder = Path(name)
        services = options.agreements * statements.SERVICES
        ledgers.build(folder / "uptally.db", statements.STORY, endpoints=services, at_once=500)
        print(f"\n{services:,} services, {options.agreements:,} agreements\n")
        _attempts(folder, options)
        _pulls(folder, options)


def _attempts(folder: Path, options: argparse.Namespace) -> None:
    """Say how late attempts are while nobody pulls, and while somebody does."""
    ports, windows = free_ports(PORTS), {}
    *cores, last = sorted(os.sched_getaffinity(0))
    with ExitStack() as stack:
        with on_cores([last]):
            targets: list[str | Path] = [sys.executable, "-m", "bench.arrivals", folder / "arrivals", *map(str, ports)]
            stack.enter_context(started(targets, log=folder / "targets.log"))
            await_port(ports[-1])
            client = stack.enter_context(ProcessPoolExecutor(1, get_context("forkserver"), _give_way, ([last],)))
        with on_cores(cores or [last]):
            server = stack.enter_context(
                _daemon(folder, options.agreements, ports, interval=f"{options.interval_ms}ms")
            )
        time.sleep(options.warm_up)
        for what, paths in (
            ("nobody pulls", []),
            ("exports are made", [f"{PATH}.{written_as}" for written_as in MADE]),
            ("304 is answered", [f"{PATH}.csv"]),
            ("nobody pulls", []),
        ):
            if what.startswith("304"):
                _uptally(folder, "close", "--month", statements.MONTH)
            began_ms, began_cpu_s = time.time_ns() // 1_000_000, cpu_s(server.pid)
            pulled = client.submit(_pull_on, server, paths, options.seconds).result()
            windows[Window(began_ms, time.time_ns() // 1_000_000)] = what, pulled, cpu_s(server.pid) - began_cpu_s
    for window, (what, pulled, took_s) in windows.items():
        late_us = sorted(late for _, late in arrivals_late(folder / "arrivals", options.interval_ms, window))
        p50, p99, most = (late_us[int(len(late_us) * share)] / 1e3 for share in (0.5, 0.99, 1 - 1e-9))
        expected = options.agreements * statements.SERVICES * window.length_ms // options.interval_ms
        print(
            f"{what}: attempts late by p50 {p50:.2f} ms, p99 {p99:.2f} ms, most {most:.1f} ms; {len(late_us):,} of"
            f" {expected:,}; {pulled:,} pulls; CPU {took_s / window.length_ms * 1_000:.0%} of a core",
            flush=True,
        )


def _pulls(folder: Path, options: argparse.Namespace) -> None:
    """Say what pulls of the closed month take, and what the same file takes from nginx."""
    with ExitStack() as stack:
        peer = stack.enter_context(nginx(folder))
        running = _daemon(folder, options.agreements, peer.plain_ports, interval="1d", has_pages=False)
        server = stack.enter_context(running)
        began_s = time.perf_counter()
        status, _, content = server.pull()
        first_s = time.perf_counter() - began_s
        _hold(status, 200)
        (folder / "files").mkdir()
        (folder / "files" / "month.csv").write_bytes(content)
        both = server, Server(peer.plain_ports[0], "/files/month.csv", peer.pid)
        rounds = [[_round(each, options.pulls, content) for each in both] for _ in range(ROUNDS)]
    ours, theirs = (Pulled(*map(median, zip(*some, strict=True))) for some in zip(*rounds, strict=True))
    print(f"\n{len(content) / 1e6:.2f} MB of CSV, made and pulled for the first time in {first_s:.2f} s")
    print(
        f"304: {ours.known_cpu_ms:.3f} ms of the processor (target {TARGET_MS} ms), {ours.known_ms:.3f} ms by the clock"
    )
    print(f"     nginx {theirs.known_cpu_ms:.3f} and {theirs.known_ms:.3f} ms:", end=" ")
    print(f"{ours.known_cpu_ms / theirs.known_cpu_ms:.1f} and {ours.known_ms / theirs.known_ms:.1f} times as much")
    print(f"200: {ours.full_ms:.2f} ms by the clock, {len(content) / ours.full_ms / 1e3:.0f} MB/s")
    print(f"     nginx {theirs.full_ms:.2f} ms: {ours.full_ms / theirs.full_ms:.1f} times as much")


def _round(server: Server, pulls: int, content: bytes) -> Pulled:
    status, tag, _ = server.pull()
    began_s, began_cpu_s = time.perf_counter(), cpu_s(server.pid)
    statuses = {server.pull(tag)[0] for _ in range(pulls)}
    known_s, known_cpu_s = time.perf_counter() - began_s, cpu_s(server.pid) - began_cpu_s
    _hold(status, 200)
    for status in statuses:
        _hold(status, 304)
    full_s = []
    for _ in range(FULL):
        began_s = time.perf_counter()
        status, _, body = server.pull()
        full_s.append(time.perf_counter() - began_s)
        if body != content:
            raise ValueError("what was pulled is not the file")
    return Pulled(known_cpu_s / pulls * 1e3, known_s / pulls * 1e3, median(full_s) * 1e3)


def _pull_on(server: Server, paths: Sequence[str], seconds: int) -> int:
    """Pull without pause, with the tags of the answers before; return how often. Raises ValueError where an answer is
    none."""
    until_s, pulled, tags = time.monotonic() + seconds, 0, dict.fromkeys(paths, "")
    for path in cycle(paths):
        if time.monotonic() > until_s:
            break
        status, tags[path], _ = server.pull(tags[path], path)
        if status not in (200, 304):
            raise ValueError(f"{path} is answered with {status}")
        pulled += 1
    time.sleep(max(0.0, until_s - time.monotonic()))
    return pulled


def _give_way(cores: Sequence[int]) -> None:
    os.sched_setaffinity(0, cores)
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


@contextmanager
def _daemon(
    folder: Path, agreements: int, ports: Sequence[int], *, interval: str, has_pages: bool = True
) -> Iterator[Server]:
    """Run a daemon of as many services as the ledger tells of, each an endpoint on one of the ports."""
    [port] = free_ports(1)
    endpoints = [
        f"{{name: Endpoint {number}, url: 'http://127.0.0.1:{ports[number % PORTS]}/{number}'}}"
        for number in range(agreements * statements.SERVICES)
    ]
    agreed = "customer: Acme, sla: gold, undetermined: counted, approved: {by: bench, on: 2026-01-01}"
    more = [_MORE]
    for number in range(agreements):
        first = number * statements.SERVICES
        covers = ", ".join(f"endpoint-{each}" for each in range(first, first + statements.SERVICES))
        more.append(f"  - {{name: Customer {number}, covers: [{covers}], {agreed}}}")
    config = daemon.write_config(folder, endpoints, interval=interval, is_public=has_pages, port=port, more=more)
    secret = _uptally(folder, "token", "new", "--scope", "exports").split()[-1]
    with daemon.running(config) as pid:
        yield Server(port, f"{PATH}.csv", pid, f"Authorization: Bearer {secret}\r\n")


def _uptally(folder: Path, *arguments: str) -> str:
    """Run a command on the daemon's configuration and return what it says. Raises CalledProcessError."""
    command = [sys.executable, "-m", "uptally", *arguments, "-c", str(folder / "probes.yaml")]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _hold(status: int, expected: int) -> None:
    if status != expected:
        raise ValueError(f"the answer is {status}, and not {expected}")


if __name__ == "__main__":
    main()
