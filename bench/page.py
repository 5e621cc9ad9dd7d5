"""How long the page takes to write, and what it weighs: 1,000 services over 90 days, from the ledger to the files.

    python -m bench.page [--quick]

Every endpoint has two outages a month. `all` is every file from nothing, as `uptally render` writes it; `change` is the
overview and the page of one endpoint that changed its state, as the daemon writes them once its round through all pages
is over: while one is under way, a pass goes on with it besides. Weights are those of the overview with 50 services: in
English and German, and in German with all that makes it heavier (`LADEN`): a logo, colours, two more languages, and
three incidents that go on.
Medians of several goes, in processor time and by the clock; the ledger's reads included. `kernel` is the part of the
processor time that is not ours but the system's, nearly all of it for making files. Another go, which is in no median,
tells what parts the time is made of; that it is measured makes it longer.
"""

from __future__ import annotations

import argparse
import gzip
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from random import Random
from typing import NamedTuple

from bench import ledgers, machine
from bench.parts import Parts
from uptally.books import past
from uptally.clock import SystemClock
from uptally.config import load
from uptally.daemon import endpoint_files, overview_files, process
from uptally.daemon.glances import Glances
from uptally.daemon.latencies import Stopwatch
from uptally.daemon.order import Shown
from uptally.daemon.press import Press
from uptally.ledger import Reader
from uptally.model.observation import Outcome
from uptally.model.settings import Settings
from uptally.page import Site, views
from uptally.units.time import DAY_MS, MINUTE_MS, SECOND_MS

DAYS = 90
OUTAGES = 6
AT_ONCE = 25
"""Endpoints in one import."""

WEIGHED = 50
"""Services of the page that is weighed."""

LADEN = "language: de, url: 'https://status.example/', incidents: incidents"
LADEN += ", languages: {en: 'https://status.example/en/', fr: 'https://status.example/fr/'}"
LADEN += ", logo: logo.svg, colours: {light: {accent: '#8a1538'}}"
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 44"><path fill="#b0201a" d="M0 0h160v44z"/></svg>'
INCIDENT = """\
---
title: Elevated error rates at some of our services
services: [endpoint-{number}]
impact: major
started: {started}
---
## {started} investigating
We see errors with a part of all requests, and look into it. Nobody has to do anything; what failed can be tried again.
"""
INCIDENTS = 3

ALL_MS, CHANGE_MS = 1_500, 100
HTML_MOST, PACKED_MOST, STYLE_MOST, SCRIPT_MOST = 100_000, 15_000, 12_000, 5_000

render = import_module("uptally.page.render")
"""The module: the package has a function of that name."""

PARTS = (
    ("reading the ledger", Reader, "timelines"),
    ("reading the ledger", Reader, "latency_sketches"),
    ("reading the ledger", Reader, "latencies"),
    ("standings", Glances, "look"),
    ("latencies", Stopwatch, "read"),
    ("outages by month", past, "outages_of"),
    ("views", render, "detail_of"),
    ("views", render, "overview_of"),
    ("views", render, "history_of"),
    ("views", views, "strip_of"),
    ("for programs", endpoint_files, "render_endpoint_programs"),
    ("for programs", overview_files, "render_programs"),
    ("filling in", render, "_filled"),
    ("filling in", render, "_streamed"),
    ("writing", Site, "publish"),
)


class Took(NamedTuple):
    """How long something took, by the processor and by the clock, and how much of the former the kernel took."""

    used_ms: float
    passed_ms: float
    kernel_ms: float


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--endpoints", type=int, default=1_000)
    parser.add_argument("--goes", type=int, default=3, help="how often it is measured")
    parser.add_argument("--quick", action="store_true", help="few endpoints, to see that it works")
    options = parser.parse_args()
    if options.quick:
        options.endpoints, options.goes = 60, 1
    print(machine.describe())
    # As the page's process and `uptally render` begin.
    process.settle()
    with tempfile.TemporaryDirectory(prefix="uptally-bench-") as name:
        folder = Path(name)
        ledgers.build(folder / "uptally.db", story(), endpoints=options.endpoints, at_once=AT_ONCE)
        whole, change = [], []
        for number in range(options.goes):
            press = _press(_settings(folder, options.endpoints, f"site-{number}"))
            whole.append(_took(press.write_all))
            press = _press(_settings(folder, options.endpoints, f"site-{number}"))
            press.refresh(())
            while press.has_more:
                press.update(())
            change.append(_took(partial(press.update, ["endpoint-7"])))
            press.close()
        print(f"{options.endpoints} services, {DAYS} days, {OUTAGES} outages each; medians of {options.goes}\n")
        _tell("all", whole, ALL_MS)
        _tell("change", change, CHANGE_MS)
        _tell_parts(_press(_settings(folder, options.endpoints, "site-parts")))
        _tell_weights(folder, min(options.endpoints, WEIGHED))


def story() -> ledgers.Story:
    now_ms = SystemClock().wall_ms()
    begin_ms, share_ms = now_ms - DAYS * DAY_MS, DAYS * DAY_MS // OUTAGES

    def edges(number: int) -> Iterator[tuple[int, Outcome]]:
        random = Random(number)
        yield begin_ms, Outcome.UP
        for outage in range(OUTAGES):
            at_ms = begin_ms + outage * share_ms + random.randrange(MINUTE_MS, share_ms // 2)
            # The outage begins between these two.
            yield at_ms - SECOND_MS, Outcome.UP
            yield at_ms, Outcome.DOWN
            yield at_ms + random.randrange(MINUTE_MS, 30 * MINUTE_MS), Outcome.UP
        yield now_ms - MINUTE_MS, Outcome.UP

    return ledgers.Story(edges, share_ms)


def _settings(folder: Path, endpoints: int, site: str, manner: str = "language: en") -> Settings:
    lines = [
        f"page: {{title: Bench, timezone: UTC, directory: {site}, {manner}}}",
        "server: {enabled: false}",
        "endpoints:",
        *(
            f"  - {{name: Endpoint {number}, url: 'tcp://192.0.2.1:1', sla: 99.95%, group: Group {number // 10}}}"
            for number in range(endpoints)
        ),
    ]
    file = folder / "probes.yaml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return load(file, environment={})


def _press(settings: Settings) -> Press:
    return Press(Shown(settings).without_secrets(), clock=SystemClock(), version="bench")


def _took(work: Callable[[], object]) -> Took:
    used_ns, passed_ns, kernel_s = time.process_time_ns(), time.perf_counter_ns(), os.times().system
    work()
    return Took(
        (time.process_time_ns() - used_ns) / 1e6,
        (time.perf_counter_ns() - passed_ns) / 1e6,
        (os.times().system - kernel_s) * 1e3,
    )


def _tell(what: str, found: list[Took], target_ms: int) -> None:
    used, passed, kernel = (statistics.median(each[index] for each in found) for index in (0, 1, 2))
    print(f"{what}: {used:.0f} ms of processor time, {kernel:.0f} of it the kernel's, ", end="")
    print(f"{passed:.0f} ms by the clock (target {target_ms} ms)")


def _tell_parts(press: Press) -> None:
    parts = Parts()
    with parts.measured(PARTS):
        press.write_all()
    told = sorted(parts.used_ns.items(), key=lambda each: -each[1])
    print("all, by part: " + ", ".join(f"{part} {used_ns / 1e6:.0f} ms" for part, used_ns in told))


def _tell_weights(folder: Path, services: int) -> None:
    (folder / "logo.svg").write_text(LOGO, encoding="utf-8")
    (folder / "incidents").mkdir()
    started = f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%d %H:%M}"
    for number in range(INCIDENTS):
        told = INCIDENT.format(number=number, started=started)
        (folder / "incidents" / f"{started[:10]}-{number}.md").write_text(told, encoding="utf-8")
    print(f"\noverview of {services} services (at most {HTML_MOST:,} bytes, {PACKED_MOST:,} compressed):")
    for name, manner in (("english", "language: en"), ("german", "language: de"), ("laden", LADEN)):
        _press(_settings(folder, services, name, manner)).write_all()
        html = (folder / name / "index.html").read_bytes()
        print(f"{name}: {len(html):,} bytes, {len(gzip.compress(html, mtime=0)):,} compressed")
    _tell_assets(folder / "laden")


def _tell_assets(site: Path) -> None:
    for suffix, most in ((".css", STYLE_MOST), (".js", SCRIPT_MOST)):
        for path in sorted((site / "assets").glob(f"*{suffix}")):
            print(f"{path.name.split('.')[0]}{suffix}: {path.stat().st_size:,} bytes (at most {most:,})")


if __name__ == "__main__":
    main()
