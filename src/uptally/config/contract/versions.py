"""What a name of `slas`, or an `sla`, holds: a percentage, terms, or versions of them by date."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from uptally.config.contract.presets import with_preset
from uptally.config.contract.readers import promise
from uptally.config.contract.terms import one_of_terms
from uptally.config.marks import Path, Rows, Table, path_text
from uptally.config.scalars import Real
from uptally.config.source import Source
from uptally.config.values import Fault, kind_of
from uptally.model.terms import Terms
from uptally.units.stretches import FIRST_MS, LAST_MS
from uptally.units.time import Window, day_of

_EVER = Window(FIRST_MS, LAST_MS)


def versions_of(value: object, name: str, path: Path, zone: ZoneInfo, source: Source) -> tuple[Terms, ...]:
    """Return terms in the order of their dates, adding what is wrong with them; nothing where anything is."""
    if isinstance(value, Table):
        terms = one_of_terms(with_preset(value, path, source), name, path, zone, source)
        return () if terms is None else (terms,)
    if isinstance(value, Rows):
        return _versions(value, name, path, zone, source)
    if isinstance(value, str | int | Real) and not isinstance(value, bool):
        ratio = _ratio(value, path, source)
        return () if ratio is None else (Terms.bare(name, ratio, zone),)
    source.problems.add(path, f"expected a percentage such as 99.95%, keys and values, or a list, not {kind_of(value)}")
    return ()


def _ratio(value: object, path: Path, source: Source) -> Fraction | None:
    try:
        return promise(value)
    except Fault as fault:
        is_variable = path in source.written
        source.problems.add(path, f"the variable's value is refused: {fault.expected}" if is_variable else fault.found)
        return None


def _versions(rows: Rows, name: str, path: Path, zone: ZoneInfo, source: Source) -> tuple[Terms, ...]:
    if not rows:
        source.problems.add(path, "expected versions of terms, not an empty list")
    found: list[tuple[Terms, Path]] = []
    for index, row in enumerate(rows):
        here = (*path, index)
        if not isinstance(row, Table):
            source.problems.add(here, f"expected keys and values, such as target and from, not {kind_of(row)}")
            continue
        terms = one_of_terms(with_preset(row, here, source), name, here, zone, source)
        if terms is not None:
            found.append((terms, here))
    found.sort(key=lambda each: (each[0].contract or _EVER).start_ms)
    is_sound = _hold_together(found, source)
    return tuple(terms for terms, _ in found) if is_sound and len(found) == len(rows) else ()


def _hold_together(versions: Sequence[tuple[Terms, Path]], source: Source) -> bool:
    """Add a problem for each version that begins while another holds, and find each time in which none does."""
    is_sound = True
    for (earlier, first), (later, second) in pairwise(versions):
        end_ms = (earlier.contract or _EVER).end_ms
        start_ms = (later.contract or _EVER).start_ms
        if start_ms < end_ms:
            told = "has no 'until'" if end_ms == LAST_MS else f"holds until {day_of(end_ms, earlier.zone)}"
            message = f"begins while {path_text(first)} still holds, which {told}: each day has one version"
            source.problems.add((*second, "from"), message)
            is_sound = False
        elif start_ms > end_ms:
            since, until = day_of(end_ms, earlier.zone), day_of(start_ms, later.zone)
            source.findings.append(((*second, "from"), f"nothing is promised from {since} to {until}"))
    return is_sound
