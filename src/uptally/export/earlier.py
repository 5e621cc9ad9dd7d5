"""Files that another version wrote, of this or of a library: keys and columns come and are never renamed, so that an
earlier one only knew fewer."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence

from uptally.export.parquet import read_parquet

Table = Sequence[Sequence[object]]
Read = tuple[Mapping[str, object], Table]
"""What a file says of itself, and its rows."""


def says_the_same(written_as: str, content: bytes, anew: bytes) -> bool:
    """Tell whether a file says what this version writes, but for keys and columns that its own version did not know.

    Of formats that are not read here, only the same bytes say the same.
    """
    if content == anew:
        return True
    read = _READ.get(written_as)
    if read is None:
        return False
    try:
        head, then = read(content)
    except (ValueError, LookupError, TypeError, AttributeError, csv.Error):
        return False
    head_anew, table = read(anew)
    width = len(then[0]) if then else 0
    return width > 0 and then == [row[:width] for row in table] and head == {key: head_anew.get(key) for key in head}


def is_read(written_as: str) -> bool:
    """Tell whether files of a format are read here, so that it is their rows that are compared."""
    return written_as in _READ


def _csv(content: bytes) -> Read:
    return {}, list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))


def _json(content: bytes) -> Read:
    head = json.loads(content)
    rows = head.pop("rows")
    return head, [[*rows[0]], *([*row.items()] for row in rows)] if rows else []


def _parquet(content: bytes) -> Read:
    return {}, read_parquet(content)


_READ: Mapping[str, Callable[[bytes], Read]] = {"csv": _csv, "json": _json, "parquet": _parquet}
