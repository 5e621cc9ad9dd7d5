"""Observations from CSV, one per row.

Columns, in any order: ``endpoint`` (a slug, or a name that only one endpoint has), ``location``, ``at_ms``,
``outcome``, ``reason``, ``latency_us``, and optionally ``kind`` (else ``grid``) and ``interval_ms`` (else the
endpoint's own).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from uptally.errors import ImportRejected, Problem
from uptally.importers.row import Row
from uptally.importers.table import rows_of, text_of
from uptally.model.endpoint import Endpoint
from uptally.model.observation import Kind, Observation

_REQUIRED = ("endpoint", "location", "at_ms", "outcome", "reason", "latency_us")
_OPTIONAL = ("kind", "interval_ms")


def read(path: Path, *, endpoints: Sequence[Endpoint], now_ms: int) -> list[tuple[int, Observation]]:
    """Read a file of observations, each with the line on which it stands, in the file's order.

    They belong to boot 0, and their sequence follows from `at_ms` and kind, so that importing a file twice changes
    nothing. The file is UTF-8, with or without a byte order mark, with LF or CRLF. Raises ImportRejected with all
    that is wrong with it, each problem with its line, its column's name and what was expected; OSError where the
    file cannot be read.
    """
    problems: list[Problem] = []
    table = rows_of(text_of(path), file=str(path), required=_REQUIRED, optional=_OPTIONAL, problems=problems)
    rows = [Row(str(path), line, cells) for line, cells in table]
    observations = _observations(rows, endpoints=endpoints, now_ms=now_ms)
    problems += [problem for row in rows for problem in row.problems]
    if problems:
        raise ImportRejected(sorted(problems, key=lambda problem: problem.line))
    return observations


def _observations(rows: Sequence[Row], *, endpoints: Sequence[Endpoint], now_ms: int) -> list[tuple[int, Observation]]:
    by_key: dict[str, list[Endpoint]] = {}
    for endpoint in endpoints:
        for key in {endpoint.slug, endpoint.name}:
            by_key.setdefault(key, []).append(endpoint)
    by_key.update({endpoint.slug: [endpoint] for endpoint in endpoints})
    observations = []
    first_lines: dict[tuple[str, str, int, Kind], int] = {}
    for row in rows:
        observation = row.observation(by_key, now_ms=now_ms)
        if observation is None:
            continue
        observations.append((row.line, observation))
        key_of_row = (observation.endpoint, observation.location, observation.at_ms, observation.kind)
        first_line = first_lines.setdefault(key_of_row, row.line)
        if first_line != row.line:
            row.reject("at_ms", f"line {first_line} has the same endpoint, location, at_ms and kind")
    return observations
