"""What a check costs: checks per CPU-second of the whole daemon, beside its peers on the same targets.

    python -m bench.cost [--quick]

The daemon schedules, probes, judges, records, derives spans and publishes its page; blackbox_exporter only probes, and
what asks it is not counted, but for `sparse`, where Prometheus asks it and both are. The floor is what sockets, epoll
and the parser take alone (`bench/floor.py`). All make the same checks at the same rate, in turns.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import uvloop

from bench import daemon, floor, machine
from bench.blackbox import Driver, exporter
from bench.process import cpu_s
from bench.prometheus import Job, prometheus
from bench.targets import MARK, Targets, nginx
from uptally.ledger import Reader
from uptally.model.observation import Outcome
from uptally.units.time import Window


class Kind(NamedTuple):
    """A kind of check, how often each endpoint is tried, and what is asked for; with whom it is compared."""

    name: str
    module: str
    interval_ms: int
    target_ratio: float
    has_prometheus: bool = False
    has_floor: bool = False


# A handshake costs about a millisecond: at the full rate it would be a core that is measured, and how it is shared.
KINDS = (
    Kind("http", "http", 1_000, 8.0, has_floor=True),
    Kind("tcp", "tcp", 1_000, 6.0, has_floor=True),
    Kind("https", "https", 4_000, 1.4),
    Kind("sparse", "http", 10_000, 5.0, has_prometheus=True),
)


class Cost(NamedTuple):
    """What was measured in one go."""

    checks: int
    seconds: float
    cpu_seconds: float

    @property
    def per_cpu_second(self) -> float:
        return self.checks / self.cpu_seconds


def main() -> None:
    options = _options()
    print(machine.describe())
    print(f"{options.endpoints} endpoints, {options.rounds} rounds in turns, {options.seconds} s each; medians\n")
    print(f"{'':8}{'checks/s':>10}{'uptally':>18}{'its peer':>20}{'ratio':>8}{'target':>8}{'the floor':>20}")
    print(f"{'':8}{'':>10}{'checks/CPU-s (us)':>18}{'checks/CPU-s (us)':>20}{'':>16}{'checks/CPU-s (us)':>20}")
    with tempfile.TemporaryDirectory(prefix="uptally-bench-") as name, nginx(Path(name)) as targets:
        for kind in KINDS:
            if options.kind in (None, kind.name):
                interval_ms = options.interval_ms or kind.interval_ms
                _compare(kind._replace(interval_ms=interval_ms), targets, Path(name), options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kind", choices=[kind.name for kind in KINDS], help="only this kind of check")
    parser.add_argument("--endpoints", type=int, default=1_000)
    parser.add_argument("--interval", type=int, dest="interval_ms", metavar="MS", help="each tried so often instead")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    parser.add_argument("--warm-up", type=int, default=10, help="seconds before the clock starts")
    parser.add_argument("--seconds", type=int, default=20, help="seconds that are measured")
    parser.add_argument("--with-page", action="store_true", help="render 1,001 pages meanwhile, which has no peer")
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it works")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.warm_up, options.seconds = 1, 3, 4
    return options


def _compare(kind: Kind, targets: Targets, folder: Path, options: argparse.Namespace) -> None:
    ours: list[Cost] = []
    theirs: list[Cost] = []
    bare: list[Cost] = []
    for _ in range(options.rounds):
        ours.append(_of_daemon(kind, targets, options))
        theirs.append((_of_prometheus if kind.has_prometheus else _of_blackbox)(kind, targets, folder, options))
        if kind.has_floor:
            bare.append(_of_floor(kind, targets, options))
    ratio = statistics.median(
        our.per_cpu_second / their.per_cpu_second for our, their in zip(ours, theirs, strict=True)
    )
    rate = statistics.median(each.checks / each.seconds for each in (*ours, *theirs))
    print(
        f"{kind.name:8}{rate:>10,.0f}{_median(ours):>18}{_median(theirs):>20}{ratio:>8.2f}{kind.target_ratio:>8.2f}"
        f"{_median(bare) if bare else '':>20}",
        flush=True,
    )


def _median(costs: Sequence[Cost]) -> str:
    figure = statistics.median(cost.per_cpu_second for cost in costs)
    return f"{figure:,.0f} ({1e6 / figure:.0f})"


def _addresses(kind: Kind, targets: Targets, options: argparse.Namespace) -> list[str]:
    ports = targets.tls_ports if kind.module == "https" else targets.plain_ports
    scheme = "" if kind.module == "tcp" else f"{kind.module}://"
    path = "" if kind.module == "tcp" else "/{}"
    return [f"{scheme}127.0.0.1:{ports[index % len(ports)]}{path.format(index)}" for index in range(options.endpoints)]


def _of_daemon(kind: Kind, targets: Targets, options: argparse.Namespace) -> Cost:
    """Run a daemon with an empty ledger and measure it; raises ValueError where a check was not up."""
    if kind.module == "tcp":
        tables = [f"url: 'tcp://{address}'" for address in _addresses(kind, targets, options)]
    else:
        tls = f", tls: {{ca_file: '{targets.ca_file}'}}" if kind.module == "https" else ""
        expect = f"expect: {{status: 200, contains: {MARK}}}"
        tables = [f"url: '{address}', {expect}{tls}" for address in _addresses(kind, targets, options)]
    with tempfile.TemporaryDirectory(prefix="uptally-bench-") as name:
        folder = Path(name)
        endpoints = [f"{{name: Endpoint {index}, {table}}}" for index, table in enumerate(tables)]
        config = daemon.write_config(folder, endpoints, interval=f"{kind.interval_ms}ms", is_public=options.with_page)
        with daemon.running(config) as pid:
            time.sleep(options.warm_up)
            began_ms, began_cpu_s = time.time_ns() // 1_000_000, cpu_s(pid)
            time.sleep(options.seconds)
            ended_ms, ended_cpu_s = time.time_ns() // 1_000_000, cpu_s(pid)
            # What began until now shall end by itself.
            time.sleep(1)
        outcomes: Counter[Outcome] = Counter()
        with Reader.open(folder / "uptally.db") as reader:
            for slug in reader.slugs():
                window = Window(began_ms, ended_ms)
                observations = reader.observations(slug, location="local", window=window)
                outcomes.update(observation.outcome for observation in observations)
    # A missed slot is no check: on a machine too busy for the rate it shows in the checks per second.
    del outcomes[Outcome.MISSED]
    if set(outcomes) != {Outcome.UP}:
        raise ValueError(f"checks of the daemon that were not up make the figure void: {outcomes}")
    return Cost(outcomes[Outcome.UP], (ended_ms - began_ms) / 1_000, ended_cpu_s - began_cpu_s)


def _of_floor(kind: Kind, targets: Targets, options: argparse.Namespace) -> Cost:
    made, cpu_seconds = floor.measure(
        targets.plain_ports,
        is_http=kind.module == "http",
        endpoints=options.endpoints,
        interval_ms=kind.interval_ms,
        seconds=options.seconds,
    )
    return Cost(made, options.seconds, cpu_seconds)


def _of_blackbox(kind: Kind, targets: Targets, folder: Path, options: argparse.Namespace) -> Cost:
    with exporter(folder, targets.ca_file) as (pid, port):
        driver = Driver(port, kind.module, _addresses(kind, targets, options), interval_ms=kind.interval_ms)
        return uvloop.run(_drive(driver, pid, options))


def _of_prometheus(kind: Kind, targets: Targets, folder: Path, options: argparse.Namespace) -> Cost:
    """Have Prometheus ask the exporter, and measure both; raises ValueError where a check did not succeed."""
    job = Job(kind.name, f"{kind.interval_ms}ms", "5s", _addresses(kind, targets, options))
    with (
        tempfile.TemporaryDirectory(prefix="uptally-bench-") as name,
        exporter(folder, targets.ca_file) as (pid, port),
        prometheus(Path(name), [job], module=kind.module, exporter_port=port) as server,
    ):
        time.sleep(options.warm_up)
        began_s, began_cpu_s = time.monotonic(), cpu_s(pid) + cpu_s(server.pid)
        time.sleep(options.seconds)
        seconds, cpu_seconds = time.monotonic() - began_s, cpu_s(pid) + cpu_s(server.pid) - began_cpu_s
        at_ms = time.time_ns() // 1_000_000
        made, succeeded = (
            sum(server.by_instance(f"{count}_over_time(probe_success[{options.seconds}s])", at_ms=at_ms).values())
            for count in ("count", "sum")
        )
    if not made or succeeded < made:
        raise ValueError(f"{made - succeeded:.0f} of {made:.0f} checks of Prometheus failed: the figure is void")
    return Cost(round(made), seconds, cpu_seconds)


async def _drive(driver: Driver, pid: int, options: argparse.Namespace) -> Cost:
    """Ask, and measure the exporter meanwhile; raises ValueError where a check did not succeed."""
    task = asyncio.create_task(driver.run())
    await asyncio.sleep(options.warm_up)
    began_s, began_cpu_s, began_checks = time.monotonic(), cpu_s(pid), driver.succeeded
    await asyncio.sleep(options.seconds)
    cost = Cost(driver.succeeded - began_checks, time.monotonic() - began_s, cpu_s(pid) - began_cpu_s)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    if driver.failed or not cost.checks:
        raise ValueError(f"{driver.failed} checks of the exporter that failed make the figure void")
    return cost


if __name__ == "__main__":
    main()
