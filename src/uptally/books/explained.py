"""What statements rest on, as closings keep it: the sum's lines, outages with their bounds, and what was left out.

It is kept as JSON can write it, instants in milliseconds, and becomes an export's cells when a format asks for them: a
month has ten thousands of outages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from uptally.export.month import Cells, Explanation
from uptally.model.period_statement import PeriodStatement, ServiceOutage
from uptally.units.time import format_instant

Kept = dict[str, Any]
"""What one statement rests on; a part that has nothing is left out."""

LINES = "lines"
_PROVIDER, _WINDOWS, _OUTAGES, _EXCLUSIONS = "provider", "windows", "outages", "exclusions"


def kept_of(statement: PeriodStatement) -> Kept:
    """Return what a statement rests on. No text of a target is in it: reasons are codes."""
    windows = [window.name for window in statement.windows]
    kept = {
        _PROVIDER: statement.agreement.provider.name if statement.agreement else "",
        LINES: [str(line) for line in statement.lines],
        _WINDOWS: windows if statement.outages else [],
        _OUTAGES: [_outage(outage, windows) for outage in statement.outages],
        _EXCLUSIONS: [
            [each.id, each.kind, each.start_ms, each.end_ms, each.notified_ms, counts]
            for each, counts in statement.exclusions
        ],
    }
    return {key: part for key, part in kept.items() if part}


def _outage(outage: ServiceOutage, windows: list[str]) -> list[object]:
    return [
        outage.start_ms,
        outage.end_ms,
        outage.start_earliest_ms,
        outage.start_latest_ms,
        outage.end_earliest_ms,
        outage.end_latest_ms,
        outage.down_ms,
        outage.unknown_ms,
        outage.reason.label,
        ", ".join(outage.components),
        [outage.counted[name] for name in windows],
    ]


class Explained(Mapping[str, Explanation]):
    """What statements rest on, by their ids; the cells of each are made as it is looked up."""

    def __init__(self, kept: Mapping[str, Kept]) -> None:
        self._kept = kept

    def __getitem__(self, name: str) -> Explanation:
        kept = self._kept[name]
        return Explanation(
            kept.get(_PROVIDER, ""),
            tuple(kept.get(LINES, ())),
            tuple(_outage_cells(kept)),
            tuple(_exclusion_cells(kept)),
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


def _outage_cells(kept: Kept) -> Iterator[Cells]:
    for *instants, down_ms, unknown_ms, reason, components, counted in kept.get(_OUTAGES, ()):
        told = tuple(map(_instant, instants))
        for window, counted_ms in zip(kept[_WINDOWS], counted, strict=True):
            yield (window, *told, down_ms, unknown_ms, counted_ms, reason, components)


def _exclusion_cells(kept: Kept) -> Iterator[Cells]:
    for name, kind, start_ms, end_ms, notified_ms, counts in kept.get(_EXCLUSIONS, ()):
        yield name, kind, _instant(start_ms), _instant(end_ms), _instant(notified_ms), "yes" if counts else "no"


def _instant(at_ms: int | None) -> str | None:
    return None if at_ms is None else format_instant(at_ms)
