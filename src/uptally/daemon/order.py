"""What the daemon asks of the page's process, and what it hears of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal
from enum import Enum
from typing import NamedTuple, Self

from uptally.model.agreement import Service
from uptally.model.endpoint import Endpoint, TcpCheck
from uptally.model.fee import Fee
from uptally.model.settings import Settings
from uptally.model.terms import Terms
from uptally.rules.record.notices import public_notices

GAP_MS = 500
"""At least this long between the begins of two passes."""

_NOT_TOLD = TcpCheck(host="", port=0)
_NO_CURRENCY = "XXX"
"""What ISO 4217 calls no currency."""


class Work(Enum):
    """Which pass is to be made."""

    REFRESH = "refresh"
    """All endpoints are looked at."""
    UPDATE = "update"
    """Those are that changed their state."""
    FINISH = "finish"
    """The page is written a last time."""


class Shown(NamedTuple):
    """What a page shows, the main one of its settings: `config_ms` is when the configuration in force came, where a
    newer one was refused.

    `agreed` is what the pages of agreements show, apart from all else; None where none has a page, and before
    `without_secrets` has told it.
    """

    settings: Settings
    config_ms: int | None = None
    agreed: Settings | None = None

    def of_pages(self) -> tuple[Self, ...]:
        """Return what each page shows, the main one first, as of `without_secrets`.

        Pages of agreements belong to the main one: who reads another one may be anybody else.
        """
        further = [replace(self.settings, page=page, agreements=()) for page in self.settings.further_pages]
        return self.without_secrets(), *(self._replace(settings=each).without_secrets() for each in further)

    def without_secrets(self) -> Self:
        """Leave out what the page has no use for: what it does not show, and what endpoints are asked.

        Agreements that have a page come whole, with customer and fee, and with nothing that they do not cover.
        """
        agreed, settings = self.settings, _narrowed(self.settings)
        services = tuple(_public(each) for each in settings.services if each.is_public and each.terms)
        needed = {slug for each in services for slug in each.components}
        endpoints = tuple(_told(each) for each in settings.endpoints if each.is_public or each.slug in needed)
        # How many there are is told, and nothing else of them.
        monitor = replace(settings.monitor, canaries=tuple(map(_unnamed, settings.monitor.canaries)))
        server = replace(settings.server, figures_token=None)
        shown = replace(settings, further_pages=(), monitor=monitor, server=server, endpoints=endpoints)
        shown = replace(shown, findings=(), notes=(), revision="", seal_key=None)
        named = {each.slug for each in settings.endpoints if each.is_public} | {each.slug for each in services}
        incidents = public_notices(settings.page.incidents, named)
        page = replace(settings.page, publish=None, services=None, incidents=incidents)
        shown = replace(shown, page=page, services=services, agreements=(), maintenance=())
        return self._replace(settings=shown, agreed=_agreed(agreed, shown))


def _narrowed(settings: Settings) -> Settings:
    """Return settings in which public is what the page shows."""
    page = settings.page
    if page.services is None:
        return settings
    endpoints = tuple(replace(each, is_public=page.shows(each)) for each in settings.endpoints)
    services = tuple(replace(each, is_public=page.shows(each)) for each in settings.services)
    return replace(settings, endpoints=endpoints, services=services)


def _agreed(settings: Settings, shown: Settings) -> Settings | None:
    """Return the agreements that have a page, with the services that they cover and what these are made of."""
    agreements = tuple(each for each in settings.agreements if each.has_page)
    if not agreements:
        return None
    covered = {each.service for agreement in agreements for each in agreement.coverage}
    services = tuple(replace(each, terms=()) for each in settings.services if each.slug in covered)
    needed = covered | {slug for each in services for slug in each.components}
    endpoints = tuple(_part(each, covered) for each in settings.endpoints if each.slug in needed)
    return replace(shown, endpoints=endpoints, services=services, agreements=agreements)


def _part(endpoint: Endpoint, covered: Collection[str]) -> Endpoint:
    """Return an endpoint as agreements show it: one that none covers is only a part of what is covered."""
    part = replace(endpoint, check=_NOT_TOLD, terms=None, versions=())
    return part if endpoint.is_public or endpoint.slug in covered else replace(part, name="", group="", description="")


def _public(service: Service) -> Service:
    return replace(service, terms=tuple(map(without_money, service.terms)), place="")


def _unnamed(endpoint: Endpoint) -> Endpoint:
    unnamed = replace(endpoint, name="", slug="", group="", description="", terms=None, versions=())
    return replace(unnamed, check=_NOT_TOLD)


def _told(endpoint: Endpoint) -> Endpoint:
    """Return an endpoint without what it is asked; of a private one, only what its history cannot be read without."""
    if not endpoint.is_public:
        return replace(endpoint, name="", group="", description="", check=_NOT_TOLD, terms=None, versions=())
    versions = tuple(map(without_money, endpoint.versions))
    return replace(endpoint, check=_NOT_TOLD, terms=endpoint.terms and without_money(endpoint.terms), versions=versions)


def without_money(terms: Terms) -> Terms:
    """Return terms without fees and amounts; for how many days a fee is stays, as shares of it may be given in days."""
    fee = terms.fee
    free = None if fee is None or fee.day_basis is None else Fee(Decimal(0), _NO_CURRENCY, day_basis=fee.day_basis)
    if free == fee and terms.least_credit is None:
        # As they are: thousands of services have the same terms, which are told once.
        return terms
    return replace(terms, fee=free, least_credit=None)


class Order(NamedTuple):
    """A pass: `turned` are the endpoints that changed their state, `changed` what each page is to show from now on, and
    `sealed` the files that were signed, as they are; none where those of before stay.

    There are as many pages each time.
    """

    work: Work
    turned: frozenset[str]
    changed: tuple[Shown, ...] | None = None
    sealed: Mapping[str, bytes] | None = None


class Report(NamedTuple):
    """What came of a pass.

    `refresh_ms` is how often all endpoints are to be looked at, `has_more` whether pages are left for another pass, and
    `failure` is why this one failed, or empty where it did not. `told_ms` is what it last took to look at what changed
    and write the overview.
    """

    refresh_ms: int
    has_more: bool
    failure: str = ""
    told_ms: int = 0
