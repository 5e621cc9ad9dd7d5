"""Agreements: what customers signed, each table and those that it extends put together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from uptally.config.agreement import keys
from uptally.config.agreement.coverage import Common, Offer, coverage_of, price_of
from uptally.config.agreement.names import Names
from uptally.config.agreement.services import PlacedService
from uptally.config.contract.promises import Promises, promised
from uptally.config.endpoints import refuse_clashes
from uptally.config.marks import Path
from uptally.config.source import Source, rows_of
from uptally.config.values import slug_of
from uptally.config.wording import validated_in_part
from uptally.model.agreement import (
    Agreement,
    AgreementKind,
    Approval,
    Audit,
    Booking,
    Duty,
    Escalation,
    Party,
)

AGREEMENTS_MAX = 20_000

PlacedAgreement = tuple[Agreement, Path]

_UNNAMED = "unnamed"
"""Stands for a name at fault, so that the rest of the agreement can be looked at."""

_OWN = frozenset({"name", "slug", "extends", "customer", "reference", "approved"})
"""Keys that no agreement takes over from the one that it extends."""


class _Written(NamedTuple):
    """An agreement as it is written, and where."""

    keys: keys.Agreement
    path: Path

    @property
    def slug(self) -> str:
        return self.keys.slug or slug_of(self.keys.name)


class _Lineage(NamedTuple):
    """An agreement as it is written, before those that it extends, the nearest first."""

    all: tuple[_Written, ...]

    @property
    def own(self) -> _Written:
        """Return the agreement itself."""
        return self.all[0]

    @property
    def eldest(self) -> tuple[keys.Agreement, ...]:
        """Return all of them, the one that is extended first: what they list adds up in this order."""
        return tuple(each.keys for each in reversed(self.all))

    def saying(self, key: str) -> _Written:
        """Return the first that says something of a key, returned whole; the agreement itself where none does."""
        if key in _OWN:
            return self.own
        return next((each for each in self.all if key in each.keys.model_fields_set), self.own)


def agreements_of(source: Source, services: Sequence[PlacedService], promises: Promises) -> list[PlacedAgreement]:
    """Return the agreements, as far as they are without fault, each with its path, adding what is wrong with them.

    One that covers nothing, and is extended by others, is only what these share, and none itself.
    """
    written = [*_written(source)]
    refuse_clashes(("agreements",), source)
    by_slug = {each.slug: each for each in reversed(written)}
    names = Names.written("agreements", source=source)
    offer = Offer(
        services={service.slug: service for service, _ in reversed(services)},
        names=Names.written("services", "endpoints", source=source),
        promises=promises,
    )
    lineages = [_lineage(each, by_slug, names, source) for each in written]
    extended = {each.path for lineage in lineages for each in lineage.all[1:]}
    placed: list[PlacedAgreement] = []
    for lineage in lineages:
        if lineage.saying("covers").keys.covers is not None:
            placed.append((_agreement(lineage, offer, source), lineage.own.path))
        elif lineage.own.path not in extended:
            source.problems.add((*lineage.own.path, "covers"), "the key is missing: list the services that it covers")
    return placed


def _written(source: Source) -> Iterator[_Written]:
    for row, path in rows_of("agreements", source, most=AGREEMENTS_MAX):
        asked = validated_in_part(keys.Agreement, row, path, source, name=_UNNAMED)
        if asked is None:
            continue
        if not (asked.slug or slug_of(asked.name)):
            message = "gives no slug, since it has no letter or digit of ASCII: add a 'slug'"
            source.problems.add((*path, "name"), message)
        yield _Written(asked, path)


def _lineage(written: _Written, by_slug: Mapping[str, _Written], names: Names, source: Source) -> _Lineage:
    """Return an agreement and those that it extends, adding a problem where there is no such one, or a circle."""
    found = [written]
    while (called := found[-1].keys.extends) is not None:
        at = (*found[-1].path, "extends")
        slug = names.resolved(called, at, source, what="agreement")
        if slug is None or slug not in by_slug:
            break
        if by_slug[slug] in found:
            source.problems.add(at, "leads back to the agreement itself: an agreement cannot extend itself")
            break
        found.append(by_slug[slug])
    return _Lineage(tuple(found))


def _agreement(lineage: _Lineage, offer: Offer, source: Source) -> Agreement:
    said, own = lineage.saying, lineage.own.keys
    _refuse_wrong_dates(lineage, source)
    covering = said("covers")
    common = _common(lineage, offer, source)
    coverage = coverage_of(covering.keys.covers, (*covering.path, "covers"), common, offer, source)
    kind = AgreementKind(said("kind").keys.kind)
    approved = own.approved
    return Agreement(
        name=own.name,
        slug=lineage.own.slug,
        customer=_party(own.customer),
        provider=_party(said("provider").keys.provider),
        coverage=tuple(coverage),
        kind=kind,
        reference=own.reference,
        overview=said("overview").keys.overview,
        start=said("start").keys.start,
        end=said("end").keys.end,
        renewal=said("renewal").keys.renewal,
        review=said("review").keys.review,
        approved=Approval(approved.by, approved.on) if approved else None,
        undetermined=Booking(said("undetermined").keys.undetermined),
        one_credit_per_event=said("one_credit_per_event").keys.one_credit_per_event,
        change_notice_ms=said("change_notice").keys.change_notice,
        backs=_backs(lineage, kind, offer.names, source),
        duties=tuple(_duty(each) for table in lineage.eldest for each in table.duties or ()),
        escalation=tuple(
            Escalation(each.after, each.contact) for table in lineage.eldest for each in table.escalation or ()
        ),
        audits=tuple(
            Audit(each.what, each.by, each.every, each.last) for table in lineage.eldest for each in table.audits or ()
        ),
        glossary=tuple(
            {word: text for table in lineage.eldest for word, text in (table.glossary or {}).items()}.items()
        ),
        references=tuple(dict.fromkeys(each for table in lineage.eldest for each in table.references or ())),
        has_page=said("page").keys.page,
    )


def _party(asked: keys.Party | None) -> Party:
    return Party(asked.name, tuple(asked.contacts or ())) if asked else Party("")


def _duty(asked: keys.Duty) -> Duty:
    return Duty(asked.party, asked.text, asked.due, asked.done, asked.evidence)


def _common(lineage: _Lineage, offer: Offer, source: Source) -> Common:
    """Return what holds of all services of an agreement that say nothing themselves."""
    promising = lineage.saying("sla")
    # Fees by date are those of the fee that they change, and go with it.
    priced = next((each for each in lineage.all if each.keys.fee or each.keys.fees), lineage.own)
    sla, start, end = promising.keys.sla, lineage.saying("start").keys.start, lineage.saying("end").keys.end
    is_clear = start is None or end is None or start <= end
    return Common(
        terms=None if sla is None else promised(sla, (*promising.path, "sla"), offer.promises, source),
        price=price_of(lineage.saying("fee").keys.fee, priced.keys.fees, priced.path, source),
        start=start if is_clear else None,
        end=end if is_clear else None,
    )


def _backs(lineage: _Lineage, kind: AgreementKind, names: Names, source: Source) -> tuple[str, ...]:
    """Return the services that rest on an operational agreement."""
    said = lineage.saying("backs")
    called = said.keys.backs
    path = (*said.path, "backs")
    if called is not None and kind is not AgreementKind.OLA:
        source.problems.add(path, "is for agreements on which services rest: write 'kind: ola', or remove the key")
        return ()
    found = [names.resolved(name, (*path, at), source, what="service") for at, name in enumerate(called or ())]
    return tuple(dict.fromkeys(slug for slug in found if slug is not None))


def _refuse_wrong_dates(lineage: _Lineage, source: Source) -> None:
    """Add a problem for each date that cannot be, held against when the agreement holds."""
    start, end = lineage.saying("start").keys.start, lineage.saying("end").keys.end
    if start and end and end < start:
        path = (*lineage.saying("end").path, "end")
        source.problems.add(path, "is before 'start': an agreement ends on its last day, which is included")
    renewal, review = lineage.saying("renewal"), lineage.saying("review")
    for written, key, day in ((renewal, "renewal", renewal.keys.renewal), (review, "review", review.keys.review)):
        if start and day and day < start:
            source.problems.add((*written.path, key), "is before 'start'")
    approved = lineage.own.keys.approved
    if approved and end and approved.on > end:
        path = (*lineage.own.path, "approved", "on")
        source.problems.add(path, "is after 'end': nobody approves an agreement that has ended")
