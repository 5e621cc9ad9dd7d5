"""What statements rest on, as closings keep it: terms, the sum's lines, outages with bounds, and what was left out.

It is kept as JSON can write it, instants in milliseconds, and becomes an export's cells when a format asks for them: a
month has ten thousands of outages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from uptally.export.month import Cells, Explanation
from uptally.model.period_statement import PeriodStatement, ServiceOutage
from uptally.model.terms import Terms
from uptally.units.time import format_instant

Kept = dict[str, Any]
"""What one statement rests on; a part that has nothing is left out."""

_LINES, _CLAUSES = "lines", "clauses"
_PROVIDER, _CONTACTS, _WINDOWS, _OUTAGES, _EXCLUSIONS = "provider", "contacts", "windows", "outages", "exclusions"

WORDED = frozenset({_LINES, _CLAUSES})
"""Parts that another version may say in other words, or not at all: what they tell of stands in rows and terms."""


class Clauses:
    """The clauses of terms in plain words, put together once for each terms."""

    def __init__(self) -> None:
        self._said: dict[int, tuple[Terms, list[list[str]]]] = {}

    def of(self, terms: Terms) -> list[list[str]]:
        """Return the clauses of terms, each with its name first."""
        # The daemon has this module and makes no statement; what makes pages would take a quarter of its memory.
        from uptally.page.service_terms import clauses_of

        if id(terms) not in self._said:
            # The terms are held with them, so that no others come to have their place in memory.
            self._said[id(terms)] = terms, [[each.label, *each.texts] for each in clauses_of(terms)]
        return self._said[id(terms)][1]


def kept_of(statement: PeriodStatement, clauses: Clauses) -> Kept:
    """Return what a statement rests on. No text of a target is in it: reasons are codes."""
    windows = [window.name for window in statement.windows]
    agreement = statement.agreement
    kept = {
        _PROVIDER: agreement.provider.name if agreement else "",
        _CONTACTS: list(agreement.provider.contacts) if agreement else [],
        _CLAUSES: clauses.of(statement.terms) if agreement else [],
        _LINES: [str(line) for line in statement.lines],
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
            tuple(kept.get(_LINES, ())),
            tuple(_outage_cells(kept)),
            tuple(_exclusion_cells(kept)),
            tuple(kept.get(_CONTACTS, ())),
            tuple(map(tuple, kept.get(_CLAUSES, ()))),
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
