"""Rows as JSON, for a program."""

from __future__ import annotations

import json
from collections.abc import Iterable

from uptally.export.rows import Row

SCHEMA_VERSION = 1
"""Rises when a reader would have to change; new columns at the end are no such change."""


def to_json(rows: Iterable[Row]) -> bytes:
    """Write rows as an object with `schema_version` and `rows`; the same rows give the same bytes.

    Milliseconds are integers, percentages are text, since a JSON number may be read as a float. Empty cells are null.
    """
    document = {"schema_version": SCHEMA_VERSION, "rows": list(rows)}
    return (json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()
