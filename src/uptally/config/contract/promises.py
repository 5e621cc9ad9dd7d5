"""What was promised, wherever the file says it: by a percentage, by a name of `slas`, or by terms written in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from uptally.config.contract.versions import versions_of
from uptally.config.marks import Path, Rows, Table, nearest, shown
from uptally.config.source import Source
from uptally.config.values import Fault, kind_of, name, target
from uptally.model.terms import Terms
from uptally.units.ratio import exact_percent

IN_PLACE = "sla"
"""What terms are called that have no name of their own."""


@dataclass(frozen=True, slots=True)
class Promises:
    """The terms of `slas` by name, each in the order of dates; none where they are at fault, which is said already.

    `zone` is the page's, whose calendar holds where terms name none.
    """

    zone: ZoneInfo
    named: Mapping[str, tuple[Terms, ...]]


def terms_of(source: Source, zone: ZoneInfo) -> Promises:
    """Return what `slas` holds, as far as it is without fault, adding what is wrong with it. `zone` is the page's."""
    path: Path = ("slas",)
    table = source.root.get("slas")
    if table is None:
        return Promises(zone, {})
    if not isinstance(table, Table):
        source.problems.add(path, f"expected names, each with its terms, not {kind_of(table)}")
        return Promises(zone, {})
    named = {}
    for key, value in table.items():
        here = (*path, key)
        try:
            name(key)
            if "%" in key:
                raise Fault("a name of terms must not hold a percent sign, or it would read as a target")
        except Fault as fault:
            source.problems.add(here, fault.found)
        named[key] = () if value is None else versions_of(value, key, here, zone, source)
    return Promises(zone, named)


def promised(value: object, path: Path, promises: Promises, source: Source) -> tuple[Terms, ...]:
    """Return what an `sla` promises: versions in the order of dates, each with the `contract` window of its dates.

    Adds what is wrong with it, and returns nothing then.
    """
    if isinstance(value, Table | Rows):
        return versions_of(value, IN_PLACE, path, promises.zone, source)
    if isinstance(value, str) and value in promises.named:
        return promises.named[value]
    return _bare(value, path, promises, source)


def _bare(value: object, path: Path, promises: Promises, source: Source) -> tuple[Terms, ...]:
    is_variable = path in source.written
    if isinstance(value, str) and "%" not in value and promises.named and not is_variable:
        hint = nearest(value, promises.named)
        source.problems.add(path, f"{shown(value)} is neither a percentage nor a name of 'slas'{hint}")
        return ()
    try:
        ratio = target(value)
    except Fault as fault:
        source.problems.add(path, f"the variable's value is refused: {fault.expected}" if is_variable else fault.found)
        return ()
    return (Terms.bare(f"{exact_percent(ratio)}%", ratio, promises.zone),)
