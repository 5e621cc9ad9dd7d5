"""Stretches of time and their algebra: what lies in both, in either, in one but not in the other.

Stretches are a tuple of half-open `(start_ms, end_ms)` that rise, are not empty and neither overlap nor touch, so that
equal times are equal tuples. Everything here takes and gives such tuples, in one pass over each.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from operator import itemgetter

Stretch = tuple[int, int]
Stretches = tuple[Stretch, ...]

NEVER: Stretches = ()
FIRST_MS, LAST_MS = -(10**15), 10**15
"""No instant that anybody means lies outside: thirty thousand years either way."""

_START, _END = itemgetter(0), itemgetter(1)


def stretches(pieces: Iterable[Stretch]) -> Stretches:
    """Return the time that any of the pieces covers; they may overlap, touch, be empty and come in any order.

    >>> stretches([(5, 9), (0, 3), (3, 4), (8, 12), (7, 7)])
    ((0, 4), (5, 12))
    """
    found: list[Stretch] = []
    for start_ms, end_ms in sorted(pieces):
        if end_ms <= start_ms:
            continue
        if found and start_ms <= found[-1][1]:
            if end_ms > found[-1][1]:
                found[-1] = (found[-1][0], end_ms)
        else:
            found.append((start_ms, end_ms))
    return tuple(found)


def union(*parts: Stretches) -> Stretches:
    """Return the time that is in any of them."""
    held = [part for part in parts if part]
    if len(held) < 2:
        return held[0] if held else NEVER
    return stretches(piece for part in held for piece in part)


def intersection(left: Stretches, right: Stretches) -> Stretches:
    """Return the time that is in both.

    >>> intersection(((0, 4), (5, 12)), ((2, 6), (11, 20)))
    ((2, 4), (5, 6), (11, 12))
    """
    if not left or not right:
        return NEVER
    if len(right) == 1:
        return clipped(left, right[0])
    if len(left) == 1:
        return clipped(right, left[0])
    found: list[Stretch] = []
    index = other = 0
    while index < len(left) and other < len(right):
        start_ms = max(left[index][0], right[other][0])
        end_ms = min(left[index][1], right[other][1])
        if start_ms < end_ms:
            found.append((start_ms, end_ms))
        if left[index][1] < right[other][1]:
            index += 1
        else:
            other += 1
    return tuple(found)


def difference(left: Stretches, right: Stretches) -> Stretches:
    """Return the time that is in the first but not in the second.

    >>> difference(((0, 10), (20, 30)), ((2, 4), (8, 22)))
    ((0, 2), (4, 8), (22, 30))
    """
    if not left or not right:
        return left
    found: list[Stretch] = []
    other = 0
    for start_ms, end_ms in left:
        while other < len(right) and right[other][1] <= start_ms:
            other += 1
        position = other
        while position < len(right) and right[position][0] < end_ms:
            if start_ms < right[position][0]:
                found.append((start_ms, right[position][0]))
            start_ms = right[position][1]
            position += 1
        if start_ms < end_ms:
            found.append((start_ms, end_ms))
    return tuple(found)


def clipped(parts: Stretches, to: Stretch) -> Stretches:
    """Return the time that lies in one stretch, without looking at what lies far from it.

    >>> clipped(((0, 4), (5, 12)), (3, 6))
    ((3, 4), (5, 6))
    """
    start_ms, end_ms = to
    first = bisect_right(parts, start_ms, key=_END)
    last = bisect_left(parts, end_ms, lo=first, key=_START)
    if first >= last or start_ms >= end_ms:
        return NEVER
    found = list(parts[first:last])
    if found[0][0] < start_ms:
        found[0] = (start_ms, found[0][1])
    if found[-1][1] > end_ms:
        found[-1] = (found[-1][0], end_ms)
    return tuple(found)


def earliest(parts: Stretches, *, most_ms: int) -> Stretches:
    """Return the first so many milliseconds of them.

    >>> earliest(((0, 4), (5, 12)), most_ms=6)
    ((0, 4), (5, 7))
    """
    found: list[Stretch] = []
    for start_ms, end_ms in parts:
        taken_ms = min(most_ms, end_ms - start_ms)
        if taken_ms <= 0:
            break
        found.append((start_ms, start_ms + taken_ms))
        most_ms -= taken_ms
    return tuple(found)


def covers(parts: Stretches, at_ms: int) -> bool:
    """Tell whether an instant lies in them."""
    index = bisect_right(parts, at_ms, key=_START) - 1
    return index >= 0 and at_ms < parts[index][1]


def length_ms(parts: Stretches) -> int:
    """Return how long they are together."""
    return sum(end_ms - start_ms for start_ms, end_ms in parts)
