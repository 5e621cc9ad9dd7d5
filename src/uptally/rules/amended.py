"""Whether what was promised for time that is over was changed afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from uptally.units.stretches import FIRST_MS, LAST_MS

Versions = Sequence[Mapping[str, object]]
"""Terms by the order of their dates, as the ledger has them on record: `from_ms` and `until_ms` where they have dates,
begin and end of the `period` where it is custom, a digest of the `terms`, and the `components`."""


class Amendment(NamedTuple):
    """A promise that is not what it was: by its key, and from which instant on."""

    key: str
    at_ms: int


def amendments(before: Mapping[str, Versions], after: Mapping[str, Versions], *, until_ms: int) -> Iterator[Amendment]:
    """Yield the promises of which other terms hold for some time before an instant than held.

    Terms for a time for which there were none change nothing, nor does an end of what is promised to everyone; what a
    customer signed, by the key of agreement and service, goes on until its end. A custom period may be given another
    end as long as neither is over: what was said of it was provisional.
    """
    for key, versions in before.items():
        if key not in after and "/" not in key:
            continue
        at_ms = _differs_at(versions, after.get(key, ()), until_ms)
        if at_ms is not None:
            yield Amendment(key, at_ms)


def _differs_at(before: Versions, after: Versions, until_ms: int) -> int | None:
    edges = {FIRST_MS, *(at_ms for each in (*before, *after) for at_ms in _dates(each))}
    for at_ms in sorted(edges):
        if at_ms >= until_ms:
            return None
        held = _in_force(before, at_ms, until_ms)
        if held is not None and held != _in_force(after, at_ms, until_ms):
            return at_ms
    return None


def _dates(version: Mapping[str, object]) -> tuple[int, int]:
    return int(str(version.get("from_ms", FIRST_MS))), int(str(version.get("until_ms", LAST_MS)))


def _in_force(versions: Versions, at_ms: int, until_ms: int) -> tuple[object, ...] | None:
    for version in versions:
        from_ms, end_ms = _dates(version)
        if from_ms <= at_ms < end_ms:
            return version.get("terms"), version.get("components"), _ended(version, until_ms)
    return None


def _ended(version: Mapping[str, object], until_ms: int) -> object:
    """Return the custom period of a version if it is over; None where it is not, or is another kind of period."""
    match version.get("period"):
        case [_, int(end_ms)] as period if end_ms <= until_ms:
            return period
    return None
