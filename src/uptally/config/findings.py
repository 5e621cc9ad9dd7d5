"""What is not wrong, but weakens what the figures say or gives something away: reported by `check`, never refused."""

from __future__ import annotations

import ipaddress
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path as FilePath

from uptally.config.contract.cadence import unproved
from uptally.config.endpoints import Placed
from uptally.config.fill import holds_plain_text
from uptally.config.marks import Path, Table, value_at
from uptally.config.source import Source
from uptally.errors import Problem
from uptally.model.endpoint import HttpCheck
from uptally.model.settings import MonitorSettings
from uptally.model.terms import Terms

_SECRET_HEADER = re.compile(r"authorization|cookie|token|secret|password|api-?key", re.ASCII | re.IGNORECASE)
_READABLE_BY_OTHERS = 0o004


def findings_of(
    source: Source,
    monitor: MonitorSettings,
    placed: Sequence[Placed],
    canaries: Sequence[Placed],
    promised: Mapping[str, Sequence[Terms]],
) -> tuple[Problem, ...]:
    """Return all findings in the order of the file; `promised` is what endpoints have to prove, by slug."""
    found = [
        *dict.fromkeys(source.findings),
        *unproved(placed, promised),
        *_blind_canaries(canaries),
        *_crowding(monitor, placed),
        *_never_slow(placed),
        *_never_held(placed),
        *_secrets_in_sight(source, [path for _, path in (*placed, *canaries)]),
    ]
    return _in_order(source, found)


def notes_of(source: Source, placed: Sequence[Placed], canaries: Sequence[Placed]) -> tuple[Problem, ...]:
    """Return what an operator should know of a file that needs no mending."""
    return _in_order(source, _no_canaries(placed, canaries))


def _in_order(source: Source, found: Iterable[tuple[Path, str]]) -> tuple[Problem, ...]:
    problems = (source.problems.finding(path, message) for path, message in found)
    return tuple(sorted(problems, key=lambda problem: (problem.line, problem.column)))


def _no_canaries(placed: Sequence[Placed], canaries: Sequence[Placed]) -> Iterator[tuple[Path, str]]:
    if not canaries and any(not _is_loopback(endpoint.check.host) for endpoint, _ in placed):
        yield (
            ("monitor", "canaries"),
            "there are none, so that a failure of our own network counts as down: name two or three on other networks",
        )


def _blind_canaries(canaries: Sequence[Placed]) -> Iterator[tuple[Path, str]]:
    for canary, path in canaries:
        if _is_loopback(canary.check.host):
            yield (*path, "url"), "is on this machine, and tells nothing of its network"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost"


def _crowding(monitor: MonitorSettings, placed: Sequence[Placed]) -> Iterator[tuple[Path, str]]:
    """Attempts beyond a ceiling wait, and begin later and later. Rates are summed in millionths, cut off."""
    rates: Counter[str] = Counter()
    for endpoint, _ in placed:
        rates[endpoint.check.host.lower()] += 1_000_000_000 // endpoint.interval_ms
    busiest = rates.most_common(1)[0] if rates else ("", 0)
    asked = {
        "checks_per_second": (sum(rates.values()), monitor.checks_per_second, "all endpoints"),
        "checks_per_second_per_host": (busiest[1], monitor.checks_per_second_per_host, "the endpoints of one host"),
    }
    for key, (rate, ceiling, whose) in asked.items():
        if rate > ceiling * 1_000_000:
            yield (
                ("monitor", key),
                f"{whose} ask for {rate // 1_000_000} checks a second, above the ceiling of {ceiling}",
            )


def _never_slow(placed: Sequence[Placed]) -> Iterator[tuple[Path, str]]:
    for endpoint, path in placed:
        if endpoint.latency_limit_ms is not None and endpoint.latency_limit_ms >= endpoint.timeout_ms:
            yield (*path, "latency_limit"), "is not below the timeout, so that no answer is ever slow"


def _never_held(placed: Sequence[Placed]) -> Iterator[tuple[Path, str]]:
    for endpoint, path in placed:
        if endpoint.has_tripwire and isinstance(endpoint.check, HttpCheck) and endpoint.check.environment_proxy:
            yield (*path, "tripwire"), "has no effect beside 'environment_proxy', as nothing is held through a proxy"


def _secrets_in_sight(source: Source, paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    in_plain_text = [secret for path in paths for secret in _secrets(source, path) if _is_plain(source, secret)]
    if in_plain_text and _may_be_read_by_others(source.file):
        yield (
            in_plain_text[0],
            "stands in plain text in a file that others may read: move it to the environment, or chmod o-r the file",
        )
    for path, file in source.secret_files.items():
        if _may_be_read_by_others(file):
            yield path, "others on this machine may read the file: chmod o-r"


def _secrets(source: Source, path: Path) -> Iterator[Path]:
    """Paths of what is known to be secret: of headers, those whose names say so."""
    for inner in (("auth", "basic", "password"), ("auth", "bearer")):
        if isinstance(value_at(source.root, (*path, *inner)), str):
            yield (*path, *inner)
    headers = value_at(source.root, (*path, "headers"))
    if isinstance(headers, Table):
        yield from ((*path, "headers", name) for name in headers if _SECRET_HEADER.search(name))


def _is_plain(source: Source, path: Path) -> bool:
    written = source.written.get(path)
    return written is None or holds_plain_text(written)


def _may_be_read_by_others(file: FilePath) -> bool:
    try:
        return os.name == "posix" and bool(file.stat().st_mode & _READABLE_BY_OTHERS)
    except OSError:
        return False
