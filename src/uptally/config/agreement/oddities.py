"""What is not wrong with agreements and maintenance, but hardly meant.

No message names a customer, a person or a fee, since findings may be shown where those must not be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from uptally.config.agreement.agreements import PlacedAgreement
from uptally.config.agreement.maintenance import PlacedPlan
from uptally.config.agreement.services import PlacedService
from uptally.config.marks import Path
from uptally.model.agreement import AgreementKind
from uptally.units.time import to_local, wall_ms


def oddities_of(
    services: Sequence[PlacedService], agreements: Sequence[PlacedAgreement], plans: Sequence[PlacedPlan]
) -> Iterator[tuple[Path, str]]:
    """Yield where it stands, and what is odd."""
    for agreement, path in agreements:
        if agreement.is_draft:
            yield path, "is a draft that earns no credit, as nobody approved it: add 'approved', with 'by' and 'on'"
        elif agreement.start and agreement.approved and agreement.approved.on > agreement.start:
            yield (*path, "approved", "on"), "is after 'start': all the same, the agreement holds from its start"
        if agreement.kind is AgreementKind.OLA and not agreement.backs:
            yield path, "backs no service, so that no statement shows what rests on it: add 'backs'"
    yield from _without_effect(services, agreements, plans)


def _without_effect(
    services: Sequence[PlacedService], agreements: Sequence[PlacedAgreement], plans: Sequence[PlacedPlan]
) -> Iterator[tuple[Path, str]]:
    promised = [(service.slug, service.terms) for service, _ in services]
    promised.extend((each.service, each.terms) for agreement, _ in agreements for each in agreement.coverage)
    kinds = {(slug, rule.kind) for slug, versions in promised for terms in versions for rule in terms.exclusions.rules}
    for plan, path in plans:
        if not any(kind == plan.kind and plan.concerns(slug) for slug, kind in kinds):
            yield (*path, "kind"), "excludes nothing, as no terms of its services know this kind of exclusion"
        recurrence = plan.recurrence
        if recurrence and wall_ms(datetime.fromisoformat(recurrence.start), recurrence.zone) != plan.start_ms:
            first = to_local(plan.start_ms, recurrence.zone).replace(tzinfo=None).isoformat(" ", "minutes")
            yield (*path, "start"), f"is none of the times of 'repeat': the first that comes is {first}"
