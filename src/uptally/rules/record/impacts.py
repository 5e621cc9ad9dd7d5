"""What share of its users an outage affected, on record: where two overlap, the later one counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from uptally.errors import QuantityError
from uptally.model.act import Act, NewAct
from uptally.model.facts import Impact
from uptally.rules.record.fields import Fields, body_of
from uptally.units.ratio import exact_percent, parse_percent
from uptally.units.stretches import NEVER, difference, stretches, union

IMPACT = "impact"
"""The kind of act that says of a service and some time what share of its users its downtime affected."""


class RecordedImpact(NamedTuple):
    """An impact on a service, by its slug: `share` of its users, from 0 to 1, and what shows that it is so."""

    service: str
    start_ms: int
    end_ms: int
    share: Fraction
    evidence: str


def record_impact(impact: RecordedImpact, *, by: str) -> NewAct:
    """Return the act that puts an impact on record."""
    return NewAct(IMPACT, by, body_of(impact._asdict() | {"share": f"{exact_percent(impact.share)}%"}))


def recorded_impacts(acts: Iterable[Act]) -> tuple[RecordedImpact, ...]:
    """Return all impacts on record, the oldest act first. Raises LedgerCorrupt."""
    return tuple(_impact(Fields(act)) for act in acts if act.kind == IMPACT)


def impacts_of(recorded: Sequence[RecordedImpact], service: str) -> tuple[Impact, ...]:
    """Return the impacts on a service, none of which overlap: of each instant the one that was recorded last."""
    found: list[Impact] = []
    told = NEVER
    for each in reversed([each for each in recorded if each.service == service]):
        time = stretches([(each.start_ms, each.end_ms)])
        found += [Impact(start_ms, end_ms, each.share) for start_ms, end_ms in difference(time, told)]
        told = union(told, time)
    return tuple(sorted(found))


def _impact(fields: Fields) -> RecordedImpact:
    try:
        share = parse_percent(fields.text("share"))
    except QuantityError:
        raise fields.fault("tells no share") from None
    found = RecordedImpact(
        service=fields.text("service"),
        start_ms=fields.instant("start_ms"),
        end_ms=fields.instant("end_ms"),
        share=share,
        evidence=fields.text("evidence"),
    )
    fields.end()
    return found
