"""The peer of peers: Prometheus, which scrapes a blackbox_exporter and keeps what it said."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
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


@contextmanager
def prometheus(folder: Path, jobs: Mapping[str, Sequence[str]], *, module: str, exporter_port: int) -> Iterator[Server]:
    """Run a Prometheus that has targets probed; `jobs` are named after their interval, such as ``10s``."""
    [port] = free_ports(1)
    config = folder / "prometheus.yml"
    # JSON is YAML.
    config.write_text(
        json.dumps({"scrape_configs": [_job(name, jobs[name], module, exporter_port) for name in jobs]}),
        encoding="utf-8",
    )
    command = ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder / 'prometheus'}"]
    address = f"--web.listen-address=127.0.0.1:{port}"
    with started([*command, address, "--log.level=error"], log=folder / "prometheus.log") as pid:
        await_port(port)
        yield Server(pid, port)


def _job(interval: str, targets: Sequence[str], module: str, exporter_port: int) -> dict[str, object]:
    return {
        "job_name": interval,
        "scrape_interval": interval,
        "scrape_timeout": interval,
        "metrics_path": "/probe",
        "params": {"module": [module]},
        "static_configs": [{"targets": list(targets)}],
        # As the exporter's documentation has it: the target becomes a parameter, and the exporter is what is scraped.
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": f"127.0.0.1:{exporter_port}"},
        ],
    }
