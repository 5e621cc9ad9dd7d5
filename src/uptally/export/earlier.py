"""Files that an earlier version wrote: keys and columns come and are never renamed, so that it only knew fewer."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence

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


def _csv(content: bytes) -> Read:
    return {}, list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))


def _json(content: bytes) -> Read:
    head = json.loads(content)
    rows = head.pop("rows")
    return head, [[*rows[0]], *([*row.items()] for row in rows)] if rows else []


_READ: Mapping[str, Callable[[bytes], Read]] = {"csv": _csv, "json": _json}
