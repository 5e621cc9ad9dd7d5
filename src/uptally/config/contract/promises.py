"""What was promised, wherever the file says it: by a percentage, by a name of `slas`, or by terms written in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from uptally.config.marks import Path, nearest, shown
from uptally.config.source import Source
from uptally.config.values import Fault, target
from uptally.model.terms import Terms
from uptally.units.ratio import exact_percent


@dataclass(frozen=True, slots=True)
class Promises:
    """The terms of `slas` by name, each in the order of dates; none where they are at fault, which is said already.

    `zone` is the page's, whose calendar holds where terms name none.
    """

    zone: ZoneInfo
    named: Mapping[str, tuple[Terms, ...]]


def promised(value: object, path: Path, promises: Promises, source: Source) -> tuple[Terms, ...]:
    """Return what an `sla` promises: versions in the order of dates, each with the `contract` window of its dates.

    Adds what is wrong with it, and returns nothing then.
    """
    if isinstance(value, str) and value in promises.named:
        return promises.named[value]
    is_variable = path in source.written
    try:
        ratio = target(value)
    except Fault as fault:
        hint = nearest(value, promises.named) if isinstance(value, str) else ""
        if promises.named and isinstance(value, str) and "%" not in value and not is_variable:
            source.problems.add(path, f"{shown(value)} is neither a percentage nor a name of 'slas'{hint}")
        else:
            said = f"the variable's value is refused: {fault.expected}" if is_variable else fault.found
            source.problems.add(path, said)
        return ()
    return (Terms.bare(f"{exact_percent(ratio)}%", ratio, promises.zone),)
