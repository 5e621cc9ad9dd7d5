"""How it is measured, for the page that says so: from the configuration in force and the ledger."""

from __future__ import annotations

from collections.abc import Collection

from uptally.export.heads import HEAD_PATH, KEY_PATH
from uptally.ledger import Reader
from uptally.model.settings import Settings
from uptally.page import Measuring
from uptally.rules.record.audits import AUDIT


def measuring_of(reader: Reader, settings: Settings, sealed: Collection[str]) -> Measuring:
    """Return what anybody may know of how it is measured; `sealed` are the files that tell the ledger's head."""
    checked = reader.newest_act(AUDIT)
    return Measuring(
        endpoints=settings.endpoints,
        services=settings.services,
        locations=reader.locations() or [settings.monitor.location],
        canaries=len(settings.monitor.canaries),
        resolvers=len(settings.monitor.resolvers),
        keep_ms=settings.store.keep_ms,
        checked_ms=None if checked is None else checked.at_ms,
        tells_head=HEAD_PATH in sealed,
        tells_key=KEY_PATH in sealed,
    )
