"""A month as JSON, for a program; `month.schema.json` describes every key."""

from __future__ import annotations

import json

from uptally.export.month import MonthRows

SCHEMA_VERSION = 1
"""Rises when a reader would have to change; new keys and columns are no such change."""


def to_json(month: MonthRows) -> bytes:
    """Write a month as an object of what it is and its `rows`; the same month gives the same bytes.

    Milliseconds are integers, percentages are text, since a JSON number may be read as a float. Empty cells are null.
    """
    document = {
        "schema_version": SCHEMA_VERSION,
        "month": month.month,
        "state": month.state,
        "revision": month.revision,
        "digest": month.digest or None,
        "is_over": month.is_over,
        "rows": month.rows,
    }
    return (json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()
