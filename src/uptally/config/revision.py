"""The configuration as the ledger records it: all that decides a measurement or a figure, and no secret."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from uptally.config.contract.record import Promised
from uptally.config.endpoints import Placed
from uptally.config.marks import Path
from uptally.model.agreement import Agreement
from uptally.model.endpoint import BasicAuth, BearerAuth, Endpoint, HttpCheck, TcpCheck, Tls
from uptally.model.settings import MonitorSettings, PageSettings
from uptally.units.ratio import exact_percent

HIDDEN = "***"
"""What stands for a secret: nothing of it, not even its length or a digest, by which guesses could be tried."""


def revision_of(
    page: PageSettings,
    monitor: MonitorSettings,
    endpoints: Sequence[Placed],
    canaries: Sequence[Placed],
    written: Mapping[Path, str],
    promised: Promised,
    agreements: Sequence[Agreement],
) -> str:
    """Return canonical JSON text (sorted keys, no blanks).

    Titles, folders and the server are left out, since they change no measurement; defaults are in it, since they do.
    """
    told = _as_written(written)
    record: dict[str, object] = {
        "format": "uptally-config/1",
        "timezone": page.zone.key,
        "location": monitor.location,
        "checks_per_second": monitor.checks_per_second,
        "checks_per_second_per_host": monitor.checks_per_second_per_host,
        "endpoints": {endpoint.slug: _endpoint(endpoint, path, told) for endpoint, path in endpoints},
        "canaries": {canary.slug: _endpoint(canary, path, told) for canary, path in canaries},
    }
    if promised.promises:
        record |= {"terms": promised.terms, "promises": promised.promises}
    if agreements:
        record["agreements"] = {agreement.slug: _agreement(agreement) for agreement in agreements}
    if monitor.resolvers:
        record["resolvers"] = [
            told.get(("monitor", "resolvers", index), f"{host} {port}")
            for index, (host, port) in enumerate(monitor.resolvers)
        ]
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _agreement(agreement: Agreement) -> dict[str, object]:
    """Return what decides the credit of an agreement beside its terms, and nothing of who signed."""
    record = {
        "approved": agreement.approved.on.isoformat() if agreement.approved else None,
        "undetermined": agreement.undetermined.value,
        "one_credit_per_event": agreement.one_credit_per_event or None,
        "backs": list(agreement.backs),
    }
    return _without_empty(record)


def _as_written(written: Mapping[Path, str]) -> dict[Path, str]:
    """Return what is told of values that variables gave: the text with the variable's name; of what is around, nothing.

    What a variable gave may be a secret, wherever it stands.
    """
    told: dict[Path, str] = {}
    for path, text in written.items():
        told.update((path[:length], HIDDEN) for length in range(len(path)))
        told[path] = text
    return told


def _endpoint(endpoint: Endpoint, path: Path, told: Mapping[Path, str]) -> dict[str, object]:
    check = endpoint.check
    url = check.url if isinstance(check, HttpCheck) else f"tcp://{check.host}:{check.port}"
    # A canary may be its URL alone.
    whole = told.get(path, HIDDEN)
    url = told.get((*path, "url"), url) if whole == HIDDEN else whole
    record = {
        "name": endpoint.name,
        "url": re.sub(r"=[^&#]*", f"={HIDDEN}", url) if "?" in url else url,
        "host": check.host,
        "port": check.port,
        "interval_ms": endpoint.interval_ms,
        "timeout_ms": endpoint.timeout_ms,
        "ip": endpoint.family.value,
        "latency_limit_ms": endpoint.latency_limit_ms,
        "certificate_days": endpoint.certificate_days,
        "tripwire": endpoint.has_tripwire or None,
        "quorum": endpoint.quorum,
        "target_percent": exact_percent(endpoint.terms.target) if endpoint.terms else None,
        **(_http(check, path, told) if isinstance(check, HttpCheck) else _tcp(check, path, told)),
    }
    return _without_empty(record)


def _without_empty(record: Mapping[str, object]) -> dict[str, object]:
    """Leave out what says nothing, since a record is kept for every change."""
    kept = {key: _without_empty(value) if isinstance(value, dict) else value for key, value in record.items()}
    return {key: value for key, value in kept.items() if value not in (None, "", [], {})}


def _http(check: HttpCheck, path: Path, told: Mapping[Path, str]) -> dict[str, object]:
    expect, at = check.expect, (*path, "expect")
    return {
        "method": check.method,
        "headers": dict.fromkeys((name for name, _ in check.headers), HIDDEN),
        "body": HIDDEN if check.body else None,
        "auth": _auth(check.auth, path, told),
        "redirects_max": check.redirects_max,
        "environment_proxy": check.environment_proxy,
        "tls": _tls(check.tls),
        "expect": {
            "statuses": [list(statuses) for statuses in expect.statuses],
            "contains": told.get((*at, "contains"), list(expect.contains)),
            "not_contains": told.get((*at, "not_contains"), list(expect.not_contains)),
            "json": {item.expression: told.get((*at, "json", item.expression), item.value) for item in expect.json},
            "headers": {name: told.get((*at, "headers", name), value) for name, value in expect.headers},
        },
    }


def _tcp(check: TcpCheck, path: Path, told: Mapping[Path, str]) -> dict[str, object]:
    return {
        "tls": _tls(check.tls) if check.tls else None,
        "send": HIDDEN if check.send else None,
        "expect": told.get((*path, "expect", "contains"), check.expect),
    }


def _auth(auth: BasicAuth | BearerAuth | None, path: Path, told: Mapping[Path, str]) -> dict[str, str] | None:
    match auth:
        case BasicAuth(username=username):
            return {"basic": told.get((*path, "auth", "basic", "username"), username), "password": HIDDEN}
        case BearerAuth():
            return {"bearer": HIDDEN}
        case None:
            return None


def _tls(tls: Tls) -> dict[str, object]:
    files = {"ca_file": tls.ca_file, "certificate_file": tls.certificate_file, "key_file": tls.key_file}
    return {"verify": tls.verify, **{key: file for key, file in files.items() if file}}
