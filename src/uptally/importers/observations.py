"""Observations from CSV, one per row.

Columns, in any order: ``endpoint`` (a slug, or a name that only one endpoint has), ``location``, ``at_ms``,
``outcome``, ``reason``, ``latency_us``, and optionally ``kind`` (else ``grid``) and ``interval_ms`` (else the
endpoint's own).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from uptally.errors import ImportRejected, Problem
from uptally.importers.row import Row
from uptally.model.endpoint import Endpoint
from uptally.model.observation import Kind, Observation

_REQUIRED = ("endpoint", "location", "at_ms", "outcome", "reason", "latency_us")
_COLUMNS = (*_REQUIRED, "kind", "interval_ms")


def read(path: Path, *, endpoints: Sequence[Endpoint], now_ms: int) -> list[tuple[int, Observation]]:
    """Read a file of observations, each with the line on which it stands, in the file's order.

    They belong to boot 0, and their sequence follows from `at_ms` and kind, so that importing a file twice changes
    nothing. The file is UTF-8, with or without a byte order mark, with LF or CRLF. Raises ImportRejected with all
    that is wrong with it, each problem with its line, its column's name and what was expected; OSError where the
    file cannot be read.
    """
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ImportRejected([Problem(str(path), line, 1, "", "no UTF-8: save the file as UTF-8")]) from None
    problems: list[Problem] = []
    rows = list(_rows(text, file=str(path), problems=problems))
    observations = _observations(rows, endpoints=endpoints, now_ms=now_ms)
    problems += [problem for row in rows for problem in row.problems]
    if problems:
        raise ImportRejected(sorted(problems, key=lambda problem: problem.line))
    return observations


def _rows(text: str, *, file: str, problems: list[Problem]) -> Iterator[Row]:
    """Yield the rows under the header; what is wrong with the table itself is added to `problems`."""
    records = _records(text, file=file, problems=problems)
    line, header = next(records, (1, []))
    faults = _header_faults(header)
    problems += [Problem(file, line, 1, column, message) for column, message in faults]
    if faults:
        return
    for line, record in records:
        if len(record) == len(header):
            yield Row(file, line, dict(zip(header, record, strict=True)))
        else:
            message = f"expected {len(header)} cells as in the first line, found {len(record)}"
            problems.append(Problem(file, line, 1, "", message))


def _records(text: str, *, file: str, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that are not blank, each with the line on which it starts."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for record in reader:
            if record:
                yield line, record
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(file, line, 1, "", f"no CSV from here on: {error}"))


def _header_faults(header: Sequence[str]) -> list[tuple[str, str]]:
    """Return what is wrong with the first line, as column and message."""
    if not header:
        return [("", f"no rows: the first line names the columns, {', '.join(_REQUIRED)}")]
    if len(header) == 1 and any(separator in header[0] for separator in ";\t|"):
        return [("", "columns are separated by commas here")]
    faults = []
    for index, name in enumerate(header):
        if name not in _COLUMNS:
            near = get_close_matches(name.strip().lower(), _COLUMNS, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(_COLUMNS)}"
            faults.append((name or "(no name)", f"unknown column ({hint})"))
        elif name in header[:index]:
            faults.append((name, "this column stands there twice"))
    faults += [(name, "this column is missing") for name in _REQUIRED if name not in header]
    return faults


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
