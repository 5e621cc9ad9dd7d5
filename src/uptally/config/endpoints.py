"""Endpoints and canaries: each table becomes a model, and then they are held against each other."""

from __future__ import annotations

import ipaddress
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace

from uptally.config import shape
from uptally.config.checks import check_of, chosen
from uptally.config.contract.promises import Promises, promised
from uptally.config.marks import Mark, Path, Rows, Table, path_text, value_at
from uptally.config.named_files import tls_of
from uptally.config.source import Source
from uptally.config.values import kind_of, slug_of
from uptally.config.wording import validated_in_part
from uptally.model.endpoint import Endpoint, Family, Tls
from uptally.model.terms import Terms

Placed = tuple[Endpoint, Path]

_UNNAMED = "unnamed"
"""Stands for a name at fault, so that the rest of the endpoint can be looked at."""


def endpoints_of(source: Source, defaults: shape.Defaults, promises: Promises, *, quorum: int | None) -> list[Placed]:
    """Return the endpoints, as far as they are without fault, each with its path, adding what is wrong with them.

    `quorum` is that of endpoints that have none of their own.
    """
    path: Path = ("endpoints",)
    rows = source.root.get("endpoints")
    if rows is None:
        source.problems.add(path, "the key is missing: a configuration needs at least one endpoint")
        return []
    if not isinstance(rows, Rows) or not rows:
        found = "an empty one" if isinstance(rows, Rows) else kind_of(rows)
        source.problems.add(path, f"expected a list of endpoints, not {found}: begin each with '- name:'")
        return []
    if len(rows) > shape.ENDPOINTS_MAX:
        source.problems.add(path, f"has {len(rows)} endpoints; at most {shape.ENDPOINTS_MAX} are supported")
        return []
    default_tls = tls_of(defaults.tls, ("defaults", "tls"), source) if defaults.tls else Tls()
    default_terms = _terms(defaults.sla, ("defaults", "sla"), promises, source)
    placed: list[Placed] = []
    for index, row in enumerate(rows):
        here = (*path, index)
        asked = validated_in_part(shape.Endpoint, row, here, source, name=_UNNAMED)
        if asked is not None:
            endpoint = _endpoint(asked, defaults, default_tls, here, source)
            versions = _terms(asked.sla, (*here, "sla"), promises, source) or default_terms
            terms = versions[-1] if versions else None
            placed.append((replace(endpoint, quorum=asked.quorum or quorum, terms=terms, versions=versions), here))
    return placed


def _endpoint(
    asked: shape.Endpoint, defaults: shape.Defaults, default_tls: Tls, path: Path, source: Source
) -> Endpoint:
    def given(key: str) -> shape.Defaults:
        found = chosen(asked, defaults, key)
        assert isinstance(found, shape.Defaults)
        return found

    slug = asked.slug or slug_of(asked.name)
    if not slug:
        source.problems.add((*path, "name"), "gives no slug, since it has no letter or digit of ASCII: add a 'slug'")
    return Endpoint(
        name=asked.name,
        slug=slug,
        check=check_of(asked, defaults, default_tls, path, source),
        interval_ms=given("interval").interval,
        timeout_ms=given("timeout").timeout,
        family=Family(given("ip").ip),
        group=given("group").group,
        description=asked.description,
        is_public=given("public").public,
        latency_limit_ms=given("latency_limit").latency_limit,
        certificate_days=given("certificate_days").certificate_days,
        has_tripwire=given("tripwire").tripwire,
    )


def _terms(value: object, path: Path, promises: Promises, source: Source) -> tuple[Terms, ...]:
    return () if value is None else promised(value, path, promises, source)


def canaries_of(source: Source) -> list[Placed]:
    """Return the canaries, as far as they are without fault, each with its path, adding what is wrong with them."""
    path: Path = ("monitor", "canaries")
    rows = value_at(source.root, path)
    if rows is None:
        return []
    if not isinstance(rows, Rows):
        source.problems.add(path, f"expected a list of URLs, not {kind_of(rows)}: begin each with a hyphen")
        return []
    if len(rows) > shape.CANARIES_MAX:
        source.problems.add(path, f"has {len(rows)} canaries; at most {shape.CANARIES_MAX} are supported")
        return []
    placed: list[Placed] = []
    taken: dict[str, Path] = {}
    for index, row in enumerate(rows):
        here = (*path, index)
        asked = validated_in_part(shape.Canary, _table(row) if isinstance(row, str) else row, here, source)
        if asked is None:
            continue
        canary = _canary(asked, here, source)
        first = taken.setdefault(canary.slug, here)
        if first != here:
            source.problems.add((*here, "name"), f"is called like {_other(first, source)}: add a 'name' of its own")
        placed.append((canary, here))
    return placed


def _table(url: str) -> Table:
    table = Table(Mark(0, 0))
    table["url"] = url
    return table


def _canary(asked: shape.Canary, path: Path, source: Source) -> Endpoint:
    name = asked.name or (f"{asked.url.host}:{asked.url.port}" if asked.url.scheme == "tcp" else asked.url.host)
    slug = slug_of(name)
    if not slug:
        source.problems.add((*path, "name"), "gives no slug, since it has no letter or digit of ASCII")
    return Endpoint(
        name=name,
        slug=slug,
        check=check_of(asked, asked, Tls(), path, source),
        interval_ms=asked.interval,
        timeout_ms=asked.timeout,
        family=Family(asked.ip),
        is_public=False,
        certificate_days=0,
    )


def refuse_clashes(path: Path, source: Source) -> None:
    """Add a problem for each name or slug in a list that is taken; the first of two keeps it.

    Reads the tables as they are written, so that a clash shows beside whatever else is wrong with the two.
    """
    names: dict[str, Path] = {}
    slugs: dict[str, Path] = {}
    rows = value_at(source.root, path)
    for index, row in enumerate(rows if isinstance(rows, Rows) else []):
        here = (*path, index)
        name = row.get("name") if isinstance(row, Table) else None
        slug = row.get("slug", name) if isinstance(row, Table) else None
        name_taken = names.setdefault(_folded(name), here) if isinstance(name, str) else here
        slug_taken = slugs.setdefault(slug_of(slug), here) if isinstance(slug, str) and slug_of(slug) else here
        if name_taken != here:
            message = f"the name is taken by {_other(name_taken, source)} (case does not count)"
            source.problems.add((*here, "name"), message)
        elif slug_taken != here and isinstance(row, Table) and isinstance(slug, str):
            other = _other(slug_taken, source)
            if "slug" in row:
                source.problems.add((*here, "slug"), f"the slug is taken by {other}")
            else:
                message = f"gives the same slug as {other}: add a 'slug' of its own"
                source.problems.add((*here, "name"), message)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _other(path: Path, source: Source) -> str:
    return f"{path_text(path)} in line {source.problems.mark_of(path).line}"


def refuse_dependent_canaries(endpoints: Sequence[Placed], canaries: Sequence[Placed], source: Source) -> None:
    """Add a problem for each canary on the host or network of an endpoint: both would fail together, and prove nothing.

    Networks are compared where both are literal addresses: /24 for IPv4, /48 for IPv6, about what one site is given.
    """
    hosts = _first_by(((_host(endpoint), path) for endpoint, path in endpoints))
    networks = _first_by(((_network(_host(endpoint)), path) for endpoint, path in endpoints))
    for canary, path in canaries:
        host = _host(canary)
        network = _network(host)
        if host in hosts:
            message = f"is on the host of {_other(hosts[host], source)}: a canary must stand elsewhere"
            source.problems.add((*path, "url"), message)
        elif network and network in networks:
            other = _other(networks[network], source)
            message = f"is on the network of {other} (/24, or /48 for IPv6): a canary must stand elsewhere"
            source.problems.add((*path, "url"), message)


def _first_by(pairs: Iterable[tuple[str, Path]]) -> dict[str, Path]:
    first: dict[str, Path] = {}
    for key, path in pairs:
        first.setdefault(key, path)
    return first


def _host(endpoint: Endpoint) -> str:
    host = endpoint.check.host.lower().rstrip(".")
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host


def _network(host: str) -> str:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))
