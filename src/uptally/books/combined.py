"""How services of several endpoints stand: by how their components combine, as an endpoint would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from uptally.books.credit_notes import bare_terms
from uptally.books.standings import Calendar, Days, Timelines, known_timelines, standing
from uptally.model.agreement import Service
from uptally.model.endpoint import Endpoint, TcpCheck
from uptally.model.settings import Settings
from uptally.model.statement import Standing
from uptally.model.terms import Composite, CompositeMode, Terms
from uptally.rules.combination import combination

_NOT_ASKED = TcpCheck(host="", port=0)
_ONE_TIMELINE = (CompositeMode.ANY_DOWN, CompositeMode.ALL_DOWN, CompositeMode.AT_LEAST_DOWN)


def composite_of(service: Service, *, now_ms: int) -> Composite:
    """Return how the components of a service combine by the terms in force, or else as the service says."""
    begun = [each for each in service.terms if each.contract is None or each.contract.start_ms <= now_ms]
    held = begun[-1].composite if begun else None
    return held or service.composite or Composite(CompositeMode.ANY_DOWN)


def least_down(composite: Composite, components: int) -> int:
    """Return how many components must be down for a service to be shown as down: where they count by shares, one."""
    return composite.least_down(components) if composite.mode in _ONE_TIMELINE else 1


def combined_standings(
    ledger: Timelines, settings: Settings, services: Sequence[Service], *, now_ms: int
) -> Iterator[Standing]:
    """Yield how services stand at an instant, each as an endpoint of its name that is asked as rarely as the slowest
    of its components.

    One of a single endpoint is held to a bare target that comes to what is promised of it. Of several there are no
    statements: what their time comes to is for their terms to say.
    """
    if not services:
        return
    calendar = Calendar.at(now_ms, settings.page.zone)
    days = Days(calendar.days)
    wanted = {slug for service in services for slug in service.components}
    endpoints = {each.slug: each for each in settings.endpoints if each.slug in wanted}
    known = known_timelines(
        ledger, settings, [*endpoints.values()], since_ms=calendar.since_ms, as_of_ms=calendar.now_ms
    )
    for service in services:
        parts = [endpoints[slug] for slug in service.components]
        least = least_down(composite_of(service, now_ms=now_ms), len(parts))
        together = combination([known[part.slug] for part in parts], least=least, as_of_ms=now_ms)
        terms = bare_terms(service, settings.page.zone)
        found = standing(_as_endpoint(service, parts, terms), together, calendar, days)
        yield found if len(parts) == 1 else replace(found, statements=())


def _as_endpoint(service: Service, parts: Sequence[Endpoint], terms: Terms | None) -> Endpoint:
    return Endpoint(
        name=service.name,
        slug=service.slug,
        check=_NOT_ASKED,
        interval_ms=max(part.interval_ms for part in parts),
        timeout_ms=max(part.timeout_ms for part in parts),
        group=service.group,
        description=service.description,
        is_public=service.is_public,
        terms=terms,
    )
