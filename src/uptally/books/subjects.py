"""What statements are made of: each service under each agreement, and what is promised to everyone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from uptally.model.agreement import Agreement, AgreementKind, Service
from uptally.model.settings import Settings
from uptally.model.terms import Composite, CompositeMode, Terms


class Promise(NamedTuple):
    """The terms that hold for a service, by the order of their dates; `agreement` is None where they hold for
    everyone."""

    agreement: Agreement | None
    service: Service
    terms: tuple[Terms, ...]


def services_of(settings: Settings) -> Mapping[str, Service]:
    """Return all services by their slugs: those of the configuration, and each endpoint as one of its own."""
    found = {
        endpoint.slug: Service(
            endpoint.name,
            endpoint.slug,
            (endpoint.slug,),
            description=endpoint.description,
            is_public=endpoint.is_public,
            group=endpoint.group,
            terms=endpoint.versions or ((endpoint.terms,) if endpoint.terms else ()),
        )
        for endpoint in settings.endpoints
    }
    return found | {service.slug: service for service in settings.services}


def promises_of(settings: Settings, *, agreement: str | None = None) -> Iterator[Promise]:
    """Yield all that is promised: agreements in the configuration's order, then what no agreement covers.

    `agreement` is the slug or the name of the only one that is asked for.
    """
    services = services_of(settings)
    covered: set[str] = set()
    for each in settings.agreements:
        if each.kind is AgreementKind.SLA:
            covered.update(coverage.service for coverage in each.coverage)
        if agreement is None or agreement in (each.slug, each.name):
            for coverage in each.coverage:
                yield Promise(each, services[coverage.service], coverage.terms)
    if agreement is None:
        for service in services.values():
            if service.terms and service.slug not in covered:
                yield Promise(None, service, service.terms)


def backing(settings: Settings, service: Service) -> list[tuple[Service, Agreement]]:
    """Return the services on which another rests, each with the operational agreement that says so."""
    services = services_of(settings) if any(each.backs for each in settings.agreements) else {}
    return [
        (services[coverage.service], agreement)
        for agreement in settings.agreements
        if agreement.kind is AgreementKind.OLA and service.slug in agreement.backs
        for coverage in agreement.coverage
    ]


def terms_for(terms: Terms, service: Service) -> Terms:
    """Return terms with the way in which the components of a service combine: as the terms say, or the service, or so
    that it is down when any of them is."""
    if len(service.components) < 2 or terms.composite is not None:
        return terms
    return replace(terms, composite=service.composite or Composite(CompositeMode.ANY_DOWN))
