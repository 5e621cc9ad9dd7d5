"""The peer: prometheus-blackbox-exporter, asked for each check at the rate and on the grid that the daemon keeps."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import aiohttp

from bench.process import await_port, free_ports, started
from bench.targets import MARK
from uptally.rules.schedule import next_due_ms, phase_ms

_CONFIG = f"""\
modules:
  http:
    prober: http
    timeout: 5s
    http:
      preferred_ip_protocol: ip4
      fail_if_body_not_matches_regexp: ["{MARK}"]
  https:
    prober: http
    timeout: 5s
    http:
      preferred_ip_protocol: ip4
      fail_if_not_ssl: true
      fail_if_body_not_matches_regexp: ["{MARK}"]
      tls_config: {{ca_file: CA_FILE}}
  tcp:
    prober: tcp
    timeout: 5s
    tcp: {{preferred_ip_protocol: ip4}}
"""

IN_FLIGHT_MAX = 200


class Exporter(NamedTuple):
    """A running exporter."""

    pid: int
    port: int


@contextmanager
def exporter(folder: Path, ca_file: Path) -> Iterator[Exporter]:
    """Run a blackbox_exporter whose modules do what our checks do: status, body, verified TLS, or a connection."""
    [port] = free_ports(1)
    config = folder / "blackbox.yml"
    config.write_text(_CONFIG.replace("CA_FILE", str(ca_file)), encoding="utf-8")
    command = ["prometheus-blackbox-exporter", f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}"]
    with started([*command, "--log.level=error"], log=folder / "blackbox.log") as pid:
        await_port(port)
        yield Exporter(pid, port)


class Driver:
    """Asks an exporter about targets, each once in an interval, on the same grid as the daemon's."""

    def __init__(self, port: int, module: str, targets: Sequence[str], *, interval_ms: int) -> None:
        self._url = f"http://127.0.0.1:{port}/probe"
        self._module = module
        self._targets = targets
        self._interval_ms = interval_ms
        self.succeeded = 0
        self.failed = 0

    async def run(self) -> None:
        """Ask until cancelled."""
        now_ms = time.time_ns() // 1_000_000
        due = sorted(
            (
                next_due_ms(
                    now_ms, interval_ms=self._interval_ms, phase_ms=phase_ms(f"endpoint-{index}", self._interval_ms)
                ),
                target,
            )
            for index, target in enumerate(self._targets)
        )
        # On a busy machine questions wait here: without a limit they would pile up as connections.
        connector = aiohttp.TCPConnector(limit=IN_FLIGHT_MAX)
        timeout = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session, asyncio.TaskGroup() as group:
            for round_ms in range(0, 3_600_000, self._interval_ms):
                for at_ms, target in due:
                    wait_s = (at_ms + round_ms) / 1_000 - time.time()
                    if wait_s > 0:
                        await asyncio.sleep(wait_s)
                    group.create_task(self._ask(session, target))

    async def _ask(self, session: aiohttp.ClientSession, target: str) -> None:
        async with session.get(self._url, params={"target": target, "module": self._module}) as response:
            text = await response.text()
        if "\nprobe_success 1\n" in text:
            self.succeeded += 1
        else:
            self.failed += 1
