"""What every world must prove."""

from __future__ import annotations

from pathlib import Path

from tests.simulation.audit import Audit, audit
from tests.simulation.plan import Plan
from tests.simulation.world import Lived, World
from uptally.units.time import HOUR_MS

SHOWN = 5
"""Faults that are printed of a seed: the first ones mostly explain the others."""


def prove(seed: int, length_ms: int, folder: Path) -> tuple[Lived, Audit]:
    """Live through a world for so long. Raises AssertionError where the ledger does not tell the truth."""
    lived = World(Plan.of(seed, length_ms), folder).live()
    found, hours = audit(lived), length_ms // HOUR_MS
    told = "\n".join(found.faults[:SHOWN])
    assert not found.faults, f"{len(found.faults)} faults; replay: python -m tests.simulation {seed} {hours}\n{told}"
    return lived, found
