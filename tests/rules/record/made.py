"""Acts as a ledger would hold them."""

from __future__ import annotations

from collections.abc import Iterable

from uptally.model.act import Act, NewAct


def on_record(*told: tuple[int, NewAct | Iterable[NewAct]]) -> list[Act]:
    """Number what was recorded at each instant."""
    acts: list[Act] = []
    for at_ms, new in told:
        for each in [new] if isinstance(new, NewAct) else new:
            acts.append(Act(len(acts) + 1, at_ms, each.kind, each.by, each.body, ""))
    return acts
