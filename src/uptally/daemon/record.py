"""What goes on record of a configuration that comes into force: its revision, and the exclusions that it plans."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from uptally.errors import LedgerCorrupt
from uptally.ledger import WritingLedger
from uptally.model.act import Act, NewAct
from uptally.model.config_state import CONFIG
from uptally.model.settings import Settings
from uptally.rules.record.exclusions import EXCLUSION_KINDS, as_planned

_log = logging.getLogger(__name__)


def record_in_force(ledger: WritingLedger, settings: Settings) -> int:
    """Record a configuration, all of it or nothing, and return since when its revision is on record.

    What is on record as it stands makes no act. Raises LedgerError where that cannot be.
    """
    in_force = ledger.newest_act(CONFIG)
    revised = in_force is None or in_force.body != settings.revision

    def decide(acts: Sequence[Act]) -> list[NewAct]:
        planned = _planned(acts, settings)
        return [NewAct(CONFIG, settings.file, settings.revision), *planned] if revised else planned

    made = ledger.amend(EXCLUSION_KINDS, decide)
    return made[0].at_ms if revised or in_force is None else in_force.at_ms


def _planned(acts: Sequence[Act], settings: Settings) -> list[NewAct]:
    """Return what brings the record to what is planned; nothing where the record cannot be read, so that the probing
    goes on."""
    try:
        return as_planned(acts, settings.maintenance)
    except LedgerCorrupt as error:
        _log.error("the maintenance of %s is not put on record: %s", settings.file, error)
        return []
