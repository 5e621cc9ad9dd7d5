"""What statements are made of: each service under each agreement, and what is promised to everyone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from uptally.model.agreement import Agreement, AgreementKind, Service
from uptally.model.endpoint import Endpoint
from uptally.model.settings import Settings
from uptally.model.terms import Composite, CompositeMode, Terms


class Promise(NamedTuple):
    """The terms that hold for a service, by the order of their dates; `agreement` is None where they hold for
    everyone."""

    agreement: Agreement | None
    service: Service
    terms: tuple[Terms, ...]


class Services:
    """All services by their slugs: those of the configuration, and each endpoint as one of its own."""

    def __init__(self, settings: Settings) -> None:
        self._endpoints = {endpoint.slug: endpoint for endpoint in settings.endpoints}
        self._services = {service.slug: service for service in settings.services}

    def __getitem__(self, slug: str) -> Service:
        held = self._services.get(slug)
        return held if held is not None else _alone(self._endpoints[slug])

    def all(self) -> Iterator[Service]:
        """Yield all services: those of the configuration first, then the endpoints that are in none."""
        yield from self._services.values()
        within = {slug for service in self._services.values() for slug in service.components}
        for slug, endpoint in self._endpoints.items():
            if slug not in within and slug not in self._services:
                yield _alone(endpoint)

    def promised(self) -> Iterator[Service]:
        """Yield the services of which something is promised to everyone, endpoints first."""
        for endpoint in self._endpoints.values():
            if endpoint.slug not in self._services and (endpoint.versions or endpoint.terms):
                yield _alone(endpoint)
        yield from (service for service in self._services.values() if service.terms)


def _alone(endpoint: Endpoint) -> Service:
    return Service(
        endpoint.name,
        endpoint.slug,
        (endpoint.slug,),
        description=endpoint.description,
        is_public=endpoint.is_public,
        group=endpoint.group,
        terms=endpoint.versions or ((endpoint.terms,) if endpoint.terms else ()),
    )


def promises_of(settings: Settings, *, agreement: str | None = None) -> Iterator[Promise]:
    """Yield all that is promised: agreements in the configuration's order, then what no agreement covers.

    `agreement` is the slug or the name of the only one that is asked for.
    """
    services = Services(settings)
    for each in settings.agreements:
        if agreement is None or agreement in (each.slug, each.name):
            for coverage in each.coverage:
                yield Promise(each, services[coverage.service], coverage.terms)
    if agreement is None:
        covered = {
            coverage.service
            for each in settings.agreements
            if each.kind is AgreementKind.SLA
            for coverage in each.coverage
        }
        for service in services.promised():
            if service.slug not in covered:
                yield Promise(None, service, service.terms)


class Backing:
    """Which services others rest on by operational agreements."""

    def __init__(self, settings: Settings) -> None:
        operational = [each for each in settings.agreements if each.kind is AgreementKind.OLA and each.backs]
        services = Services(settings) if operational else None
        self._backing: dict[str, list[tuple[Service, Agreement]]] = {}
        for agreement in operational:
            for slug in agreement.backs:
                rests_on = self._backing.setdefault(slug, [])
                rests_on.extend((services[each.service], agreement) for each in agreement.coverage if services)

    def of(self, service: Service) -> Sequence[tuple[Service, Agreement]]:
        """Return the services on which another rests, each with the operational agreement that says so."""
        return self._backing.get(service.slug, ())


def terms_for(terms: Terms, service: Service) -> Terms:
    """Return terms with the way in which the components of a service combine: as the terms say, or the service, or so
    that it is down when any of them is."""
    if len(service.components) < 2 or terms.composite is not None:
        return terms
    return replace(terms, composite=service.composite or Composite(CompositeMode.ANY_DOWN))
