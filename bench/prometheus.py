"""The peer of peers: Prometheus, which scrapes a blackbox_exporter and keeps what it said."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.process import await_port, free_ports, started


class Server(NamedTuple):
    """A running Prometheus."""

    pid: int
    port: int

    def by_instance(self, query: str, *, at_ms: int) -> dict[str, float]:
        """Return what a query gives at an instant for each target."""
        text = urllib.parse.urlencode({"query": query, "time": f"{at_ms / 1_000:.3f}"})
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/query?{text}") as response:
            result = json.load(response)["data"]["result"]
        return {entry["metric"]["instance"]: float(entry["value"][1]) for entry in result}


class Job(NamedTuple):
    """Targets, how often each is probed, and how long Prometheus waits; the exporter waits half a second less."""

    name: str
    interval: str
    timeout: str
    targets: Sequence[str]


@contextmanager
def prometheus(folder: Path, jobs: Sequence[Job], *, module: str, exporter_port: int) -> Iterator[Server]:
    """Run a Prometheus that has targets probed."""
    [port] = free_ports(1)
    config = folder / "prometheus.yml"
    # JSON is YAML.
    scrapes = [_scrape(job, module, exporter_port) for job in jobs]
    config.write_text(json.dumps({"scrape_configs": scrapes}), encoding="utf-8")
    command = ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder / 'prometheus'}"]
    address = f"--web.listen-address=127.0.0.1:{port}"
    with started([*command, address, "--log.level=error"], log=folder / "prometheus.log") as pid:
        await_port(port)
        yield Server(pid, port)


def _scrape(job: Job, module: str, exporter_port: int) -> dict[str, object]:
    return {
        "job_name": job.name,
        "scrape_interval": job.interval,
        "scrape_timeout": job.timeout,
        "metrics_path": "/probe",
        "params": {"module": [module]},
        "static_configs": [{"targets": job.targets}],
        # As the exporter's documentation has it: the target becomes a parameter, and the exporter is what is scraped.
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": f"127.0.0.1:{exporter_port}"},
        ],
    }
