"""A stretch of one endpoint's observations as bytes, and back: pure, exact, and two to three bytes each.

Whatever an observation holds is kept to the last bit, but for its evidence, which has a table of its own. The format is
described byte by byte in `docs/ledger-format.md`; it holds nothing of Python's or of this machine's.

What makes it small: instants, sequences and latencies are stored as how they differ from their steady advance, with
the bytes of equal rank side by side (planes), so that the upper ones, which hardly ever change, compress to nothing.
What makes it quick: no loop over observations is one of Python's.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, repeat
from operator import add, sub
from typing import NamedTuple

from uptally.errors import LedgerCorrupt, LedgerTooNew

VERSION = 1
"""The format that is written, and the only one that there is."""

MOST = 1 << 16
"""How many observations a block may hold, so that no bytes, whoever made them, unpack to more than a few megabytes."""

_TYPES = {1: "B", 2: "H", 4: "I"}
_BIAS = {1: 0x80, 2: 0x8080, 4: 0x80808080}
"""What is added to a difference of so many bytes: in the middle of every byte, so that a small one of either sign
leaves the upper bytes alone.
"""

_WHOLE = 8
"""The width of a column whose differences do not fit: it holds the values themselves."""

_HEAD = struct.Struct("<BI")
_COLUMN = struct.Struct("<Bqq")
_SIZE = struct.Struct("<I")
_CODES = struct.Struct("<6q")

_LEVEL = 6


class Columns(NamedTuple):
    """Observations in columns, all of one length: what `rows.StoredObservation` has in rows. Signed 64-bit integers."""

    at_ms: Sequence[int]
    boot: Sequence[int]
    sequence: Sequence[int]
    kind: Sequence[int]
    duration_us: Sequence[int]
    outcome: Sequence[int]
    reason: Sequence[int]
    interval_ms: Sequence[int]
    timeout_ms: Sequence[int]


def encode(columns: Columns) -> bytes:
    """Return observations as a block. Raises ValueError for none, or for more than `MOST`.

    The order is kept, whatever it is, but ascending instants make smaller blocks.
    """
    number = len(columns.at_ms)
    if not 0 < number <= MOST:
        raise ValueError(f"a block holds 1 to {MOST} observations, not {number}")
    codes = list(
        zip(
            columns.boot,
            columns.kind,
            columns.outcome,
            columns.reason,
            columns.interval_ms,
            columns.timeout_ms,
            strict=True,
        )
    )
    table = {code: index for index, code in enumerate(dict.fromkeys(codes))}
    index_width = _index_width(len(table))
    pieces = [
        *_column(columns.at_ms),
        *_column(columns.sequence),
        *_column(columns.duration_us),
        _SIZE.pack(len(table)) + b"".join(_CODES.pack(*code) for code in table),
    ]
    if index_width:
        pieces += _planes(_packed(_TYPES[index_width], map(table.__getitem__, codes)), index_width)
    return _HEAD.pack(VERSION, number) + _deflated(pieces)


def decode(block: bytes) -> Columns:
    """Return the observations of a block.

    Raises LedgerCorrupt for bytes that are none, and LedgerTooNew for a version that this one does not know.
    """
    if len(block) < _HEAD.size:
        raise LedgerCorrupt("the bytes of a block are cut off")
    version, number = _HEAD.unpack_from(block)
    if version != VERSION:
        raise LedgerTooNew(f"a block is of version {version}, and this uptally knows {VERSION}: upgrade uptally")
    if not 0 < number <= MOST:
        raise LedgerCorrupt(f"a block claims to hold {number} observations")
    body = _Body(_inflated(block[_HEAD.size :], number), number)
    at_ms, sequence, duration_us = body.column(), body.column(), body.column()
    boot, kind, outcome, reason, interval_ms, timeout_ms = body.codes()
    body.end()
    return Columns(at_ms, boot, sequence, kind, duration_us, outcome, reason, interval_ms, timeout_ms)


def _column(values: Sequence[int]) -> Iterator[bytes]:
    """Yield the head of a column and its planes, the lowest first."""
    steps = list(map(sub, values[1:], values))
    step = sorted(steps)[len(steps) // 2] if steps else 0
    least, most = (min(steps) - step, max(steps) - step) if steps else (0, 0)
    width = 0 if least == most == 0 else next((width for width in _BIAS if _fits(least, most, width)), _WHOLE)
    if width == _WHOLE or not -(1 << 63) <= step < 1 << 63:
        yield _COLUMN.pack(_WHOLE, 0, 0)
        yield from _planes(_packed("q", values), _WHOLE)
        return
    yield _COLUMN.pack(width, values[0], step)
    if width:
        yield from _planes(_packed(_TYPES[width], map(add, steps, repeat(_BIAS[width] - step))), width)


def _fits(least: int, most: int, width: int) -> bool:
    return least >= -_BIAS[width] and most < (1 << 8 * width) - _BIAS[width]


def _index_width(entries: int) -> int:
    """Return how many bytes an index into a table of so many entries takes; none where there is no choice."""
    return 0 if entries == 1 else 1 if entries <= 1 << 8 else 2


def _packed(type_code: str, values: Iterable[int]) -> bytes:
    packed = array(type_code, values)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def _planes(packed: bytes, width: int) -> Iterator[bytes]:
    return (packed[rank::width] for rank in range(width))


def _deflated(pieces: Iterable[bytes]) -> bytes:
    """Return pieces as one zlib stream in which each has a code of its own, since each has its own kind of bytes."""
    deflate = zlib.compressobj(_LEVEL)
    return b"".join([deflate.compress(piece) + deflate.flush(zlib.Z_BLOCK) for piece in pieces] + [deflate.flush()])


def _inflated(stream: bytes, number: int) -> bytes:
    """Return what a zlib stream holds, which must be all that there is and no more than so many observations take."""
    most = 3 * (_COLUMN.size + _WHOLE * number) + _SIZE.size + (_CODES.size + 2) * number
    inflate = zlib.decompressobj()
    try:
        body = inflate.decompress(stream, most + 1)
    except zlib.error as error:
        raise LedgerCorrupt(f"a block does not unpack: {error}") from error
    if not inflate.eof or inflate.unused_data:
        raise LedgerCorrupt("a block is cut off, or holds more than it should")
    return body


class _Body:
    """What a block unpacks to, read from front to back."""

    def __init__(self, data: bytes, number: int) -> None:
        self._data = data
        self._number = number
        self._position = 0

    def column(self) -> Sequence[int]:
        """Return the values of a column of differences."""
        width, first, step = _COLUMN.unpack(self._take(_COLUMN.size))
        if width == 0:
            return range(first, first + self._number * step, step) if step else [first] * self._number
        if width == _WHOLE:
            return self._unpacked("q", _WHOLE, self._number)
        if width not in _BIAS:
            raise LedgerCorrupt(f"a column of a block claims to be {width} bytes wide")
        stored = self._unpacked(_TYPES[width], width, self._number - 1)
        return list(accumulate(map(sub, stored, repeat(_BIAS[width] - step)), initial=first))

    def codes(self) -> list[Sequence[int]]:
        """Return the columns of what changes rarely, which is kept in a table once."""
        (entries,) = _SIZE.unpack(self._take(_SIZE.size))
        if not 0 < entries <= self._number:
            raise LedgerCorrupt(f"a block of {self._number} observations claims to have {entries} kinds of them")
        table = list(zip(*_CODES.iter_unpack(self._take(entries * _CODES.size)), strict=True))
        width = _index_width(entries)
        if not width:
            return [[column[0]] * self._number for column in table]
        indices = self._unpacked(_TYPES[width], width, self._number)
        if max(indices) >= entries:
            raise LedgerCorrupt("a block names a kind of observation that it does not have")
        return [
            [column[0]] * self._number if len(set(column)) == 1 else list(map(column.__getitem__, indices))
            for column in table
        ]

    def end(self) -> None:
        """Raise LedgerCorrupt where anything is left."""
        if self._position != len(self._data):
            raise LedgerCorrupt("a block holds more than it should")

    def _unpacked(self, type_code: str, width: int, number: int) -> array[int]:
        """Return integers out of their planes."""
        packed = bytearray(number * width)
        for rank in range(width):
            packed[rank::width] = self._take(number)
        unpacked = array(type_code, bytes(packed))
        if sys.byteorder == "big":
            unpacked.byteswap()
        return unpacked

    def _take(self, size: int) -> bytes:
        taken = self._data[self._position : self._position + size]
        if len(taken) < size:
            raise LedgerCorrupt("the columns of a block are cut off")
        self._position += size
        return taken
