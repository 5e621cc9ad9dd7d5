"""What people put on record, from the acts of a ledger."""

from __future__ import annotations

from collections.abc import Iterable

from uptally.books.statements import Recorded
from uptally.model.act import Act
from uptally.rules.record.claims import recorded_claims
from uptally.rules.record.exclusions import recorded_exclusions
from uptally.rules.record.figures import recorded_figures
from uptally.rules.record.incidents import recorded_incidents


def recorded_of(acts: Iterable[Act]) -> Recorded:
    """Return what acts say of exclusions, incidents, claims and figures. Raises LedgerCorrupt."""
    held = tuple(acts)
    return Recorded(recorded_exclusions(held), recorded_incidents(held), recorded_claims(held), recorded_figures(held))
