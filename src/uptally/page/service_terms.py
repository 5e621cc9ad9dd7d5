"""The terms of an agreement's services, clause by clause, as its page shows them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from uptally.model.agreement import Agreement, Service
from uptally.model.terms import ServiceWindow, Terms
from uptally.page import clauses
from uptally.page.language import _, percent, spoken
from uptally.page.views import promised_text
from uptally.page.words import begun, long_day_text, money_text, plain, zone_name
from uptally.units.stretches import FIRST_MS, LAST_MS
from uptally.units.time import day_of


@dataclass(frozen=True, slots=True)
class Fact:
    """A clause of the agreement; `texts` are paragraphs."""

    label: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceTerms:
    """A service and the terms that hold for it; `slug` is empty where it has no page, `dates` without other terms."""

    name: str
    slug: str
    about: tuple[str, ...]
    dates: str
    facts: tuple[Fact, ...]


def dates_text(start: date | None, end: date | None) -> str:
    """Say from when to when something holds."""
    if start is None and end is None:
        return _("Without a fixed term")
    if end is None:
        return _("From {first}", first=long_day_text(start)) if start else ""
    if start is None:
        return _("To {last}, included", last=long_day_text(end))
    return _("From {first} to {last}, included", first=long_day_text(start), last=long_day_text(end))


def service_terms(agreement: Agreement, services: Sequence[Service]) -> Iterator[ServiceTerms]:
    """Yield the services of an agreement with their terms, once for each of these."""
    for service, coverage in zip(services, agreement.coverage, strict=True):
        about = plain(coverage.description or service.description)
        place = _("Used in {place}", place=plain(coverage.place)) if coverage.place else ""
        has_page = service.is_public and (service.components == (service.slug,) or bool(service.terms))
        for terms in coverage.terms:
            yield ServiceTerms(
                name=plain(service.name),
                slug=service.slug if has_page else "",
                about=tuple(text for text in (about, place) if text),
                dates=_held(terms) if len(coverage.terms) > 1 else "",
                facts=tuple(clauses_of(terms)),
            )


def _held(terms: Terms) -> str:
    contract = terms.contract
    if contract is None:
        return ""
    first = day_of(contract.start_ms, terms.zone) if contract.start_ms > FIRST_MS else None
    last = day_of(contract.end_ms - 1, terms.zone) if contract.end_ms < LAST_MS else None
    return dates_text(first, last)


def clauses_of(terms: Terms) -> Iterator[Fact]:
    """Yield the clauses of terms; what they say nothing about is left out."""
    for label, texts in _clauses(terms):
        if texts:
            yield Fact(label, texts)


def _clauses(terms: Terms) -> Iterator[tuple[str, tuple[str, ...]]]:
    per = clauses.period_words(terms)
    yield _("Promised"), tuple(_promise(terms, window, per) for window in terms.windows)
    yield _("Also promised"), tuple(map(clauses.objective_words, terms.objectives))
    yield _("Downtime"), clauses.downtime_words(terms)
    becomes = _("Counts as up") if terms.exclusions.counts_as_up else _("Left out")
    yield becomes, tuple(begun(clauses.exclusion_words(rule)) for rule in terms.exclusions.rules)
    credits = [
        _("{name}: {line}", name=plain(window.name), line=_within(text)) if len(terms.windows) > 1 else text
        for window in terms.windows
        for text in clauses.credit_words(window.credit)
    ]
    yield _("Credit"), (*credits, *clauses.whole_credit_words(terms)) if credits else (_("None by availability"),)
    if credits or terms.claim is not None:
        yield _("Claim"), (clauses.claim_words(terms.claim),)
    if terms.fee is not None:
        fee = money_text(terms.fee.amount, terms.fee.currency)
        yield _("Fee"), (_("{fee} for each {period}", fee=fee, period=per), *clauses.fee_words(terms))


def _within(text: str) -> str:
    """Write a text as it stands behind a colon: in English without a capital; other languages have their own rules."""
    return text[:1].lower() + text[1:] if spoken().tag.partition("-")[0] == "en" else text


def _promise(terms: Terms, window: ServiceWindow, per: str) -> str:
    values = {
        "target": percent(promised_text(window.target)),
        "period": per,
        "hours": clauses.hours_words(window.schedule),
        "zone": zone_name(terms.zone),
    }
    if terms.is_met_at_equality:
        text = _("at least {target} of each {period}, {hours}, {zone}", **values)
    else:
        text = _("more than {target} of each {period}, {hours}, {zone}", **values)
    return begun(_("{name}: {line}", name=plain(window.name), line=text) if len(terms.windows) > 1 else text)
