"""The daemon under measurement: its configuration, and its process."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.process import DEADLINE_S, free_ports, started

CEILING = 100_000
"""Attempts per second, above anything that is asked for here: the ceilings are not what is measured."""


def write_config(
    folder: Path,
    endpoints: Sequence[str],
    *,
    interval: str,
    is_public: bool = True,
    port: int | None = None,
    more: Sequence[str] = (),
) -> Path:
    """Write a configuration with everything on that is on by default; `endpoints` are YAML tables in one line each.

    Endpoints that are not public have no page to be rendered. The server listens on any free port, or on the one that
    is given; `more` are further lines of YAML.
    """
    if port is None:
        [port] = free_ports(1)
    path = folder / "probes.yaml"
    lines = [
        "page: {title: Bench}",
        f"monitor: {{checks_per_second: {CEILING}, checks_per_second_per_host: {CEILING}}}",
        f"server: {{listen: '127.0.0.1:{port}'}}",
        f"defaults: {{interval: {interval}, timeout: 5s, sla: 99.9%, public: {str(is_public).lower()}}}",
        "endpoints:",
        *(f"  - {endpoint}" for endpoint in endpoints),
        *more,
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@contextmanager
def running(config: Path) -> Iterator[int]:
    """Run a daemon and yield its process id as soon as it probes. Raises TimeoutError where that takes long."""
    log = config.with_suffix(".log")
    with started([sys.executable, "-m", "uptally", "run", "-c", config], log=log) as pid:
        until_s = time.monotonic() + DEADLINE_S
        while " probing " not in log.read_text(encoding="utf-8"):
            if time.monotonic() > until_s:
                raise TimeoutError(f"it does not probe after {DEADLINE_S} s")
            time.sleep(0.05)
        yield pid
