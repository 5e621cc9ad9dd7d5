"""What is measured beside what is true: targets whose outages are known to the millisecond, asked by uptally and by
Prometheus with blackbox_exporter at the same time.

    python -m bench.truth [--quick] [--out FILE]

Each target is a run: its outages are drawn at random, and all probers see the same ones. With --out, what was measured
goes into a file, from which `bench.plot` draws.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench import daemon, machine, outages
from bench.accuracy import PEER, Measurement, Row, Run, findings, table
from bench.blackbox import exporter
from bench.bounds import compare, together
from bench.process import await_port, free_ports, started
from bench.prometheus import Job, Server, prometheus
from bench.targets import MARK
from uptally.books import standings
from uptally.config import load
from uptally.ledger import Reader
from uptally.model.statement import Availability
from uptally.units.time import Window

INTERVALS = ("1s", "10s")
TIMEOUT = "1s"
"""Of all probers; but blackbox_exporter waits half a second less than Prometheus, whose own limit is its interval."""

SCRAPE_TIMEOUTS = {"1s": "1s", "10s": "1500ms"}


class Kind(NamedTuple):
    """How targets fail, and how many are asked at each interval: more at 10 s, where errors scatter more."""

    failures: Sequence[str]
    runs: Mapping[str, int]


KINDS = {
    "mixed": Kind(outages.KINDS, {"1s": 100, "10s": 800}),
    "crash": Kind((outages.CRASH,), {"1s": 30, "10s": 200}),
}
QUICK_RUNS = 4

# Three failures among ten attempts are one outage by definition, so those of a run lie further apart than that.
WHOLE = outages.Shape(length_ms=720_000, down_ms=(80_000, 100_000), outages=(4, 6), apart_ms=105_000)
QUICK = outages.Shape(length_ms=80_000, down_ms=(8_000, 16_000), outages=(2, 3), apart_ms=11_000)

WARM_UP_MS = 25_000
"""Until the runs begin: each prober has asked each target by then."""

LATE_MS_MAX = 500
"""Targets that are later with an outage stood still for so long, which is one that they do not know of."""

AFTER_MS = 8_000
"""Until what began in a run has ended and is on record."""


class Asked(NamedTuple):
    """A target: of what kind, the how manieth of these, and what happens there."""

    kind: str
    number: int
    target: outages.Target

    def is_asked_at(self, interval: str) -> bool:
        return self.number < KINDS[self.kind].runs[interval]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.target.port}/"


class Way(NamedTuple):
    """How uptally asks targets of some kinds: its keys beside those that all endpoints have."""

    prober: str
    interval: str
    kinds: Collection[str] = tuple(KINDS)
    keys: str = ""

    def asks(self, asked: Asked) -> bool:
        return asked.kind in self.kinds and asked.is_asked_at(self.interval)

    def slug_of(self, asked: Asked) -> str:
        return f"{self.prober.replace(' ', '-')}-{self.interval}-{asked.kind}-{asked.number}"

    def endpoint_of(self, asked: Asked) -> str:
        """Return the endpoint as YAML in one line."""
        expect = f"expect: {{status: 200, contains: {MARK}}}"
        slug = self.slug_of(asked)
        keys = f"interval: {self.interval}, timeout: {TIMEOUT}, {expect}{self.keys}"
        return f"{{name: {slug}, slug: {slug}, url: '{asked.url}', {keys}}}"


WAYS = (
    *(Way("uptally", interval) for interval in INTERVALS),
    *(Way("uptally tripwire", interval, ("crash",), ", tripwire: true") for interval in INTERVALS),
)


def main() -> None:
    options = _options()
    shape = QUICK if options.quick else WHOLE
    print(machine.describe())
    print(f"runs of {shape.length_ms // 1_000} s, all at the same time, seed {options.seed}\n", flush=True)
    measurement = Measurement(shape.length_ms, options.seed, measure(shape, options.runs, options.seed))
    if options.quick:
        print("so few and short runs show that it works, and nothing else\n")
    print(table(measurement.rows), "", *findings(measurement.rows), sep="\n")
    if options.out:
        measurement.write(options.out)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=1_000, help="at most so many runs for each row")
    parser.add_argument("--seed", default="truth", help="what the outages are drawn from")
    parser.add_argument("--out", type=Path, help="a file for what was measured, as JSON")
    parser.add_argument("--quick", action="store_true", help="few short runs, to see that it works")
    options = parser.parse_args()
    if options.quick:
        options.runs = QUICK_RUNS
    return options


def measure(shape: outages.Shape, most: int, seed: str) -> tuple[Row, ...]:
    """Let everything run for the length of a run, and return what each prober says beside what was true.

    Raises ValueError where the targets stood still meanwhile.
    """
    begin_ms = _now_ms() // 1_000 * 1_000 + WARM_UP_MS
    window = Window(begin_ms, begin_ms + shape.length_ms)
    asked = list(_targets(shape, most, begin_ms=begin_ms, seed=seed))
    with tempfile.TemporaryDirectory(prefix="uptally-bench-") as name:
        folder = Path(name)
        with _running(folder, asked) as peer:
            _sleep_until_ms(window.end_ms + AFTER_MS)
            downtimes = {interval: _downtimes(peer, interval, window) for interval in INTERVALS}
        happened = outages.read(folder / "truth")
        late_ms = max(outages.late_ms(each.target, target) for each, target in zip(asked, happened, strict=True))
        if late_ms > LATE_MS_MAX:
            raise ValueError(f"targets that were {late_ms} ms late make the figures void: was the machine too busy?")
        true = [each._replace(target=target) for each, target in zip(asked, happened, strict=True)]
        return (*_ours(folder, true, window), *_theirs(downtimes, true))


def _targets(shape: outages.Shape, most: int, *, begin_ms: int, seed: str) -> Iterator[Asked]:
    names = [(kind, number) for kind in KINDS for number in range(min(most, max(KINDS[kind].runs.values())))]
    for (kind, number), port in zip(names, free_ports(len(names)), strict=True):
        planned = outages.plan(shape, KINDS[kind].failures, begin_ms=begin_ms, seed=f"{seed} {kind} {number}")
        yield Asked(kind, number, outages.Target(port, planned))


@contextmanager
def _running(folder: Path, asked: Sequence[Asked]) -> Iterator[Server]:
    """Run the targets, and all that ask them; yield the peer."""
    outages.write(folder / "plan", [each.target for each in asked])
    server: list[str | Path] = [sys.executable, "-m", "bench.outages", folder / "plan", folder / "truth"]
    endpoints = [way.endpoint_of(each) for way in WAYS for each in asked if way.asks(each)]
    config = daemon.write_config(folder, endpoints, interval="10s", is_public=False)
    jobs = [
        Job(interval, interval, SCRAPE_TIMEOUTS[interval], [each.url for each in asked if each.is_asked_at(interval)])
        for interval in INTERVALS
    ]
    with started(server, log=folder / "server.log"):
        await_port(asked[-1].target.port)
        # No target speaks TLS, so that any file will do for its authority.
        with (
            exporter(folder, config) as (_, exporter_port),
            prometheus(folder, jobs, module="http", exporter_port=exporter_port) as peer,
            daemon.running(config),
        ):
            yield peer


def _downtimes(peer: Server, interval: str, window: Window) -> dict[str, int]:
    """Return the downtime of each target in milliseconds, by the formula that users of Prometheus use."""
    seconds = window.length_ms // 1_000
    query = f'(1 - avg_over_time(probe_success{{job="{interval}"}}[{seconds}s])) * {seconds}'
    found = peer.by_instance(query, at_ms=window.end_ms)
    return {url: round(downtime_s * 1_000) for url, downtime_s in found.items()}


def _ours(folder: Path, asked: Sequence[Asked], window: Window) -> Iterator[Row]:
    settings, now_ms = load(folder / "probes.yaml", environment=os.environ), _now_ms()
    with Reader.open(folder / "uptally.db") as reader:
        found = reader.availabilities([window], location=settings.monitor.location, as_of_ms=now_ms)
        told = {each.endpoint.slug: each.outages for each in standings(reader, settings, now_ms=now_ms)}
    for kind in KINDS:
        for way in WAYS:
            part = [(way.slug_of(each), each.target) for each in asked if each.kind == kind and way.asks(each)]
            if part:
                runs = tuple(_run(target.down_ms, *found[slug]) for slug, target in part)
                sights = (compare(target.outages, told[slug], name=slug) for slug, target in part)
                yield Row(kind, way.prober, way.interval, runs, *together(sights))


def _run(true_ms: int, figures: Availability) -> Run:
    return Run(
        true_ms, figures.down_ms, figures.unknown_ms, figures.down_low_ms, figures.down_high_ms + figures.unknown_ms
    )


def _theirs(downtimes: Mapping[str, Mapping[str, int]], asked: Sequence[Asked]) -> Iterator[Row]:
    for kind in KINDS:
        for interval, by_url in downtimes.items():
            part = (each for each in asked if each.kind == kind and each.is_asked_at(interval))
            yield Row(kind, PEER, interval, tuple(Run(each.target.down_ms, by_url[each.url]) for each in part))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _sleep_until_ms(instant_ms: int) -> None:
    time.sleep(max(0, instant_ms - _now_ms()) / 1_000)


if __name__ == "__main__":
    main()
