"""Text in columns, for a person at a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> list[list[str]]:
    """Return the cells padded to the width of their columns, those in the columns of `right` from the left.

    >>> aligned([["a", "1"], ["long", "20"]], right=frozenset({1}))
    [['a   ', ' 1'], ['long', '20']]
    """
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [
        [
            _padded(cell, width, is_right=index in right)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        for row in rows
    ]


def _padded(cell: str, width: int, *, is_right: bool) -> str:
    blanks = " " * (width - _width(cell))
    return blanks + cell if is_right else cell + blanks


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes: East Asian characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(character) else 1 + (unicodedata.east_asian_width(character) in "WF")
        for character in text
    )
