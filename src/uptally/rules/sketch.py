"""Latencies in little: a histogram whose buckets widen with the value, so that any quantile is known to within one
per cent.

Each power of two is cut into 64 buckets of equal width. A value below 128 us has a bucket of its own; above, a bucket
is at most 1/64 of its values wide, and its middle is within 1/128 (0.8%) of each. The bound holds for any
distribution, and sketches of parts add up to the sketch of the whole (the layout of HdrHistogram, with integers
only).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate

_CUT = 6
_BUCKETS = 1 << _CUT
_EXACT = 2 * _BUCKETS


@dataclass(frozen=True, slots=True)
class Sketch:
    """How many values fell into which bucket; buckets without any are left out."""

    counts: Mapping[int, int]

    @classmethod
    def of(cls, values: Iterable[int]) -> Sketch:
        """Return the sketch of values in microseconds. Raises ValueError for a negative one."""
        return cls(Counter(map(bucket_of, values)))

    @property
    def count(self) -> int:
        """How many values it was made of."""
        return sum(self.counts.values())

    def without(self, other: Sketch) -> Sketch:
        """Return the sketch of the values that are not those of another, which is part of this one."""
        return Sketch(Counter(self.counts) - Counter(other.counts))

    def quantile(self, share: Fraction) -> int:
        """Return the smallest value that at least this share of the values does not exceed, within 1/128 of itself.

        `share` lies in (0, 1]. Raises ValueError where there are no values.

        >>> Sketch.of([10, 20, 30, 40]).quantile(Fraction(1, 2))
        20
        """
        return middle_of(self.bucket_at(share))

    def quantiles(self, *shares: Fraction) -> tuple[int, ...]:
        """Return several quantiles, as `quantile` does. Raises as it does."""
        return tuple(map(middle_of, self.buckets_at(*shares)))

    def bucket_at(self, share: Fraction) -> int:
        """Return the bucket of the smallest value that at least this share of the values does not exceed.

        `share` lies in (0, 1]. Raises ValueError where there are no values.
        """
        return self.buckets_at(share)[0]

    def buckets_at(self, *shares: Fraction) -> tuple[int, ...]:
        """Return the same of several shares. Raises as `bucket_at` does."""
        buckets = sorted(self.counts)
        reached = list(accumulate(map(self.counts.__getitem__, buckets)))
        if not reached or not reached[-1] or any(share > 1 for share in shares):
            raise ValueError("a quantile of no values, or a share above one")
        ranks = (max(1, -(-reached[-1] * share.numerator // share.denominator)) for share in shares)
        return tuple(buckets[bisect_left(reached, rank)] for rank in ranks)

    def encode(self) -> bytes:
        """Return it as bytes: for each bucket that has values, in order, the distance from the one before and the
        count.

        Both are variable-length integers, seven bits to a byte, the lowest first.
        """
        encoded = bytearray()
        before = 0
        for bucket in sorted(self.counts):
            for number in (bucket - before, self.counts[bucket]):
                rest = number
                while rest > 0x7F:
                    encoded.append(rest & 0x7F | 0x80)
                    rest >>= 7
                encoded.append(rest)
            before = bucket
        return bytes(encoded)

    @classmethod
    def decode(cls, encoded: bytes) -> Sketch:
        """Return the sketch that `encode` wrote. Raises ValueError for bytes that end within a number or a pair."""
        counts: dict[int, int] = {}
        bucket, rest = 0, iter(encoded)
        for byte in rest:
            bucket += byte if byte <= 0x7F else _number(byte, rest)
            byte = next(rest, -1)
            counts[bucket] = byte if 0 <= byte <= 0x7F else _number(byte, rest)
        return cls(counts)


def added_up(sketches: Iterable[Sketch]) -> Sketch:
    """Return the sketch of the values of all."""
    counts: dict[int, int] = {}
    for sketch in sketches:
        for bucket, count in sketch.counts.items():
            counts[bucket] = counts.get(bucket, 0) + count
    return Sketch(counts)


def _number(first: int, rest: Iterator[int]) -> int:
    """Return the number that begins with a byte and takes more of the rest. Raises ValueError where it is cut off."""
    number, shift = first & 0x7F, 7
    while first > 0x7F:
        first = next(rest, -1)
        number |= (first & 0x7F) << shift
        shift += 7
    if first < 0:
        raise ValueError("the bytes of a sketch are cut off")
    return number


def bucket_of(value: int) -> int:
    """Return the number of the bucket that a value falls into; greater values never fall into lower ones.

    >>> bucket_of(127), bucket_of(128), bucket_of(129), bucket_of(130)
    (127, 128, 128, 129)
    """
    if value < _EXACT:
        if value < 0:
            raise ValueError(f"{value} us is no duration")
        return value
    shift = value.bit_length() - _CUT - 1
    return (shift << _CUT) + (value >> shift)


@lru_cache(maxsize=4_096)
def middle_of(bucket: int) -> int:
    """Return the value that stands for a bucket.

    >>> middle_of(bucket_of(1_000_000))
    1003519
    """
    lowest, highest = bounds_of(bucket)
    return lowest + (highest - lowest) // 2


def bounds_of(bucket: int) -> tuple[int, int]:
    """Return the least and the greatest value of a bucket.

    >>> bounds_of(127), bounds_of(bucket_of(1_000_000))
    ((127, 127), (999424, 1007615))
    """
    if bucket < _EXACT:
        return bucket, bucket
    shift = (bucket >> _CUT) - 1
    lowest = (bucket - (shift << _CUT)) << shift
    return lowest, lowest + (1 << shift) - 1
