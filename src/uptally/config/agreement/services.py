"""Services: endpoints combined, and what is promised of them to everyone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from uptally.config.agreement import keys
from uptally.config.agreement.names import Names
from uptally.config.agreement.quantities import Combined
from uptally.config.contract.promises import Promises, promised
from uptally.config.endpoints import Placed, refuse_clashes
from uptally.config.marks import Path, nearest, path_text, shown, value_at
from uptally.config.source import Source, rows_of
from uptally.config.values import slug_of
from uptally.config.wording import validated_in_part
from uptally.model.agreement import Agreement, Service
from uptally.model.credit import Blocks, CreditRule, PerDay
from uptally.model.downtime import Requests
from uptally.model.endpoint import Endpoint
from uptally.model.terms import Composite, CompositeMode, Terms

SERVICES_MAX = 20_000

PlacedService = tuple[Service, Path]

_UNNAMED = "unnamed"
"""Stands for a name at fault, so that the rest of the service can be looked at."""


def services_of(source: Source, endpoints: Sequence[Placed], promises: Promises) -> list[PlacedService]:
    """Return the services, as far as they are without fault, each with its path, adding what is wrong with them.

    First those that the file lists, then each endpoint that is not one of them already, as a service of its own with
    the same slug and with what is promised of it, which may be nothing.
    """
    known = {endpoint.slug: (endpoint, path) for endpoint, path in reversed(endpoints)}
    names = Names.written("endpoints", source=source)
    placed: list[PlacedService] = []
    for row, path in rows_of("services", source, most=SERVICES_MAX):
        asked = validated_in_part(keys.Service, row, path, source, name=_UNNAMED, endpoints=[])
        if asked is not None:
            service = _service(asked, path, names, promises, source)
            placed.append((_beside_endpoint(service, path, known, source), path))
    refuse_clashes(("services",), source)
    listed = {service.slug for service, _ in placed}
    placed.extend((_alone(endpoint), path) for endpoint, path in endpoints if endpoint.slug not in listed)
    return placed


def promised_services(
    services: Sequence[PlacedService], agreements: Sequence[tuple[Agreement, Path]]
) -> list[PlacedService]:
    """Return the services of which anything is promised, and all that the file lists: not every endpoint is one."""
    meant = {each.service for agreement, _ in agreements for each in agreement.coverage}
    meant.update(slug for agreement, _ in agreements for slug in agreement.backs)
    return [
        (service, path) for service, path in services if path[0] == "services" or service.terms or service.slug in meant
    ]


def _service(asked: keys.Service, path: Path, names: Names, promises: Promises, source: Source) -> Service:
    slug = asked.slug or slug_of(asked.name)
    if not slug:
        source.problems.add((*path, "name"), "gives no slug, since it has no letter or digit of ASCII: add a 'slug'")
    components = _components(asked.endpoints, (*path, "endpoints"), names, source)
    composite = _composite(asked.combine, components, (*path, "combine"), names, source)
    terms = promised(asked.sla, (*path, "sla"), promises, source) if asked.sla is not None else ()
    refuse_misfits(terms, composite, (*path, "sla"), source)
    return Service(
        name=asked.name,
        slug=slug,
        components=tuple(components),
        composite=composite,
        description=asked.description,
        place=asked.place,
        is_public=asked.public,
        group=asked.group,
        terms=tuple(replace(each, composite=composite) for each in terms),
    )


def refuse_misfits(terms: Sequence[Terms], composite: Composite | None, path: Path, source: Source) -> None:
    """Add a problem for terms that say what a service of several endpoints cannot keep to.

    Where endpoints are measured each alone, there is no day and no outage of the service as a whole, and requests are
    counted of all endpoints together.
    """
    if composite is None:
        return
    is_apart = composite.mode in (CompositeMode.WEIGHTED, CompositeMode.POOLED)
    rules = [rule for each in terms for window in each.windows for rule in window.credit.rules]
    if any(each.has_impact for each in terms):
        source.problems.add(path, "weighs outages by their impact, which is for services of one endpoint")
    elif is_apart and any(isinstance(each.downtime, Requests) for each in terms):
        message = "counts failed requests of all its endpoints together, where these are measured each alone"
        source.problems.add(path, f"{message}: combine them otherwise, or choose another 'downtime'")
    elif is_apart and any(_is_by_outage(rule) for rule in rules):
        message = "credits days or single outages, which a service has none of whose endpoints are measured each alone"
        source.problems.add(path, f"{message}: combine them otherwise, or choose other terms")


def _is_by_outage(rule: CreditRule) -> bool:
    return isinstance(rule, PerDay) or (isinstance(rule, Blocks) and rule.each_outage_ms is not None)


def _components(called: Sequence[str], path: Path, names: Names, source: Source) -> list[str]:
    """Return the slugs of a service's endpoints."""
    if not called:
        source.problems.add(path, "names no endpoint: list one or more")
    found: dict[str, int] = {}
    for index, name in enumerate(called):
        slug = names.resolved(name, (*path, index), source, what="endpoint")
        if slug is not None and found.setdefault(slug, index) != index:
            source.problems.add((*path, index), f"stands twice: first as {path_text((*path, found[slug]))}")
    return list(found)


def _composite(
    asked: Combined, components: Sequence[str], path: Path, names: Names, source: Source
) -> Composite | None:
    """Return how components make one; None for a single one."""
    if asked.mode is CompositeMode.AT_LEAST_DOWN and components and asked.least > len(components):
        source.problems.add((*path, "at_least_down"), f"is more than it has endpoints: expected 1 to {len(components)}")
    weights = _weights(asked, components, (*path, "weighted"), names, source)
    return Composite(asked.mode, asked.least, weights) if len(components) > 1 else None


def _weights(
    asked: Combined, components: Sequence[str], path: Path, names: Names, source: Source
) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {}
    for called, weight in asked.weights.items():
        slug = names.slug(called)
        if slug is None or slug not in components:
            hint = nearest(called, components)
            source.problems.add((*path, called), f"{shown(called)} is none of the service's endpoints{hint}")
        elif slug in found:
            source.problems.add((*path, called), "has a weight already, by another name")
        else:
            found[slug] = weight
    missing = [slug for slug in components if asked.weights and slug not in found]
    if missing:
        source.problems.add(path, f"has no weight for {', '.join(missing)}")
    return found


def _beside_endpoint(
    service: Service, path: Path, known: Mapping[str, tuple[Endpoint, Path]], source: Source
) -> Service:
    """Hold a service against the endpoint of its slug: it must be just that one, which may promise for it."""
    endpoint, at = known.get(service.slug, (None, ()))
    if endpoint is None:
        return service
    other = f"{path_text(at)} in line {source.problems.mark_of(at).line}"
    if service.components != (endpoint.slug,):
        message = (
            f"has the slug of {other}, and is not that endpoint alone: give it another name, or a 'slug' of its own"
        )
        source.problems.add((*path, "name"), message)
    elif service.terms and value_at(source.root, (*at, "sla")) is not None:
        source.problems.add((*path, "sla"), f"stands beside the 'sla' of {other}, the same service: keep one of them")
    return service if service.terms else replace(service, terms=endpoint.versions)


def _alone(endpoint: Endpoint) -> Service:
    return Service(
        name=endpoint.name,
        slug=endpoint.slug,
        components=(endpoint.slug,),
        description=endpoint.description,
        is_public=endpoint.is_public,
        group=endpoint.group,
        terms=endpoint.versions,
    )
