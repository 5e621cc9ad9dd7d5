"""What people put on record, from the acts of a ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from uptally.model.act import Act
from uptally.model.exclusion import RecordedExclusion
from uptally.model.incident import Incident
from uptally.model.objective import Figure
from uptally.rules.record.claims import Claimed, recorded_claims
from uptally.rules.record.exclusions import recorded_exclusions
from uptally.rules.record.figures import recorded_figures
from uptally.rules.record.impacts import RecordedImpact, recorded_impacts
from uptally.rules.record.incidents import recorded_incidents


@dataclass(frozen=True, slots=True)
class Recorded:
    """What people put on record: exclusions, incidents, when claims were received, business figures, and what share of
    its users an outage affected.

    `without` are ids of exclusions that are left aside, or of single occurrences, to see what would be without them.
    """

    exclusions: Sequence[RecordedExclusion] = ()
    incidents: Sequence[Incident] = ()
    claims: Mapping[Claimed, int] = field(default_factory=dict)
    figures: Sequence[Figure] = ()
    impacts: Sequence[RecordedImpact] = ()
    without: frozenset[str] = frozenset()


def recorded_of(acts: Iterable[Act]) -> Recorded:
    """Return what acts say of all these. Raises LedgerCorrupt."""
    held = tuple(acts)
    return Recorded(
        exclusions=recorded_exclusions(held),
        incidents=recorded_incidents(held),
        claims=recorded_claims(held),
        figures=recorded_figures(held),
        impacts=recorded_impacts(held),
    )
