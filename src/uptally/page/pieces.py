"""Pieces of the files that tell of all services: each is of one service, and made anew only where it would differ.

After one change of state all other pieces of the overview are as they were, and putting them together takes a
thirtieth of the time that making them takes.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Hashable
from typing import NamedTuple, Protocol

_LEVEL = 1
_RAW = -12
"""Without head and checksum, and with a window that holds a piece and what it is told apart from."""

_ALIKE_MOST = 2_000
"""So many bytes of the first piece of a kind are what the others are told apart from."""

_MOST = 6_000
"""So many pieces are kept, those of 3,000 services, in 2.6 MB. With more services the rest is made anew each time: what
they would take is missing to the daemon, which has a measure for its memory."""


class Keep(Protocol):
    """Gives a piece of a kind for a service: a kept one, if it was made of the same, or what `make` returns."""

    def __call__(self, kind: Hashable, slug: str, made_of: tuple[object, ...], make: Callable[[], bytes]) -> bytes:
        """`make` must depend on nothing that changes but `made_of`, whose parts never change and can be compared."""
        ...


def anew(kind: Hashable, slug: str, made_of: object, make: Callable[[], bytes]) -> bytes:
    """Keep nothing: make each piece."""
    return make()


class Prepared:
    """Pieces for one writing of everything: each is made with its service's own page, where half of the work is done
    already, and given away once. Belongs to one thread.

    Of how a service stands only a part is kept until all are told of. It is thus not compared, but what else a piece is
    made of is.
    """

    def __init__(self) -> None:
        self._made: dict[tuple[Hashable, str], tuple[tuple[object, ...], bytes]] = {}

    def put(self, kind: Hashable, slug: str, made_of: tuple[object, ...], piece: bytes) -> None:
        """Have a piece ready; how its service stands comes first in what it is made of."""
        self._made[kind, slug] = made_of[1:], piece

    def keep(self, kind: Hashable, slug: str, made_of: tuple[object, ...], make: Callable[[], bytes]) -> bytes:
        """Return a piece, and let go of it: see `Keep`."""
        made = self._made.pop((kind, slug), None)
        return made[1] if made is not None and made[0] == made_of[1:] else make()


class _Piece(NamedTuple):
    made_of: object
    packed: bytes


class Pieces:
    """Pieces of one page, in one language, by one configuration. Belongs to one thread.

    They are kept packed, as what tells them apart from the first of their kind: 220 bytes for a row of 1,800. With all
    that Python needs beside them, the two pieces of a service take 870.
    """

    def __init__(self) -> None:
        self._alike: dict[Hashable, bytes] = {}
        self._kept: dict[tuple[Hashable, str], _Piece] = {}

    def keep(self, kind: Hashable, slug: str, made_of: object, make: Callable[[], bytes]) -> bytes:
        """Return a piece: see `Keep`."""
        kept = self._kept.get((kind, slug))
        # What is the same object is the same without a look at what is in it.
        if kept is not None and kept.made_of == made_of:
            return zlib.decompressobj(_RAW, self._alike[kind]).decompress(kept.packed)
        piece = make()
        if kept is None and len(self._kept) >= _MOST:
            return piece
        alike = self._alike.setdefault(kind, piece[:_ALIKE_MOST])
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW, zdict=alike)
        self._kept[kind, slug] = _Piece(made_of, packer.compress(piece) + packer.flush())
        return piece
