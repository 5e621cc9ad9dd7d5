"""What an agreement covers: services, each with the terms in force between its dates and with what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from uptally.config.agreement import keys
from uptally.config.agreement.names import Names
from uptally.config.agreement.services import refuse_misfits
from uptally.config.contract.promises import Promises, promised
from uptally.config.marks import Path, Rows, Table, path_text
from uptally.config.source import Source
from uptally.config.values import kind_of
from uptally.config.wording import validated_in_part
from uptally.model.agreement import Coverage, Service
from uptally.model.fee import Fee, FeeStep
from uptally.model.terms import Terms
from uptally.units.currency import DECIMALS
from uptally.units.money import Money
from uptally.units.stretches import FIRST_MS, LAST_MS
from uptally.units.time import Window, midnight_ms

_NOTHING = "covers no service: list one or more"


@dataclass(frozen=True, slots=True)
class Price:
    """What a service costs in a period: an amount, and others from days on."""

    amount: Money
    steps: tuple[tuple[date, Money], ...] = ()

    def put_into(self, terms: Terms) -> Terms:
        """Return terms with this fee, rounded and prorated as they say."""
        steps = tuple(FeeStep(midnight_ms(day, terms.zone), money.amount) for day, money in self.steps)
        currency = self.amount.currency
        fee = terms.fee or Fee(self.amount.amount, currency)
        decimals = fee.decimals if terms.fee and fee.currency == currency else DECIMALS[currency]
        priced = replace(fee, amount=self.amount.amount, currency=currency, decimals=decimals, steps=steps)
        return replace(terms, fee=priced)


@dataclass(frozen=True, slots=True)
class Common:
    """What an agreement says of all services that say nothing themselves.

    `terms` is None where it says nothing of them, and empty where that is at fault, which is said already.
    """

    terms: tuple[Terms, ...] | None
    price: Price | None
    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class Offer:
    """What agreements may cover: services by their slugs, and what these may be called; and the terms of `slas`."""

    services: Mapping[str, Service]
    names: Names
    promises: Promises


def coverage_of(rows: object, path: Path, common: Common, offer: Offer, source: Source) -> list[Coverage]:
    """Return what an agreement covers, as far as it is without fault, adding what is wrong with it."""
    if not isinstance(rows, Rows) or not rows:
        source.problems.add(path, _NOTHING if isinstance(rows, Rows) else f"expected a list, not {kind_of(rows)}")
        return []
    found: list[Coverage] = []
    taken: dict[str, Path] = {}
    currencies: list[str] = []
    for index, row in enumerate(rows):
        here = (*path, index)
        asked = validated_in_part(
            keys.Coverage, keys.table_of("service", row) if isinstance(row, str) else row, here, source
        )
        if asked is None:
            continue
        at = (*here, "service") if isinstance(row, Table) else here
        slug = offer.names.resolved(asked.service, at, source, what="service")
        if slug is None:
            continue
        if taken.setdefault(slug, here) != here:
            source.problems.add(at, f"stands twice: first as {path_text(taken[slug])}")
        elif slug in offer.services:
            terms = _terms(asked, here, common, offer.services[slug], offer.promises, source)
            currencies.extend(each.fee.currency for each in terms if each.fee)
            if currencies and currencies[-1] != currencies[0]:
                source.problems.add((*here, "fee"), "is in another currency than the fees before it in this agreement")
            found.append(Coverage(slug, tuple(terms), place=asked.place, description=asked.description))
    return found


def _terms(
    asked: keys.Coverage, path: Path, common: Common, service: Service, promises: Promises, source: Source
) -> list[Terms]:
    """Return the terms of a service under an agreement: its own here, else the agreement's, else the service's own."""
    common_fee = common.price.amount if common.price else None
    price = price_of(asked.fee or common_fee, asked.fees, path, source) if asked.fee or asked.fees else common.price
    if asked.sla is not None:
        terms = promised(asked.sla, (*path, "sla"), promises, source)
    elif common.terms is not None:
        terms = common.terms
    else:
        terms = service.terms
        if not terms:
            source.problems.add(
                path, "nothing is promised of it: add an 'sla' here, to the agreement or to the service"
            )
    cut = [each for each in (_cut(each, common.start, common.end) for each in terms) if each is not None]
    if terms and not cut:
        source.problems.add(path, "none of its terms is in force between the agreement's 'start' and 'end'")
    refuse_misfits(cut, service.composite, path, source)
    composed = [replace(each, composite=service.composite) for each in cut]
    return [price.put_into(each) for each in composed] if price else composed


def _cut(terms: Terms, start: date | None, end: date | None) -> Terms | None:
    """Return terms as far as they are in force between two local days, both included; None where they are not."""
    if start is None and end is None:
        return terms
    first_ms = FIRST_MS if start is None else midnight_ms(start, terms.zone)
    last_ms = LAST_MS if end is None else midnight_ms(end + timedelta(days=1), terms.zone)
    contract = (terms.contract or Window(FIRST_MS, LAST_MS)).clipped(Window(first_ms, last_ms))
    return replace(terms, contract=contract) if contract.length_ms else None


def price_of(fee: Money | None, fees: Mapping[date, Money] | None, path: Path, source: Source) -> Price | None:
    """Return what something costs, adding what is wrong with it; None where nothing is said of it."""
    if fee is None:
        if fees:
            source.problems.add((*path, "fees"), "stands without 'fee': write what it costs before")
        return None
    steps = sorted((fees or {}).items())
    for day, money in steps:
        if money.currency != fee.currency:
            source.problems.add((*path, "fees", day.isoformat()), "is in another currency than 'fee'")
    return Price(fee, tuple(steps))
