"""Rows as CSV: RFC 4180 with commas, CRLF and UTF-8 without a byte order mark, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable

from uptally.export.rows import COLUMNS, Row

_FORMULA_STARTS = frozenset("=+-@\t\r\n\0")

_AMOUNTS = frozenset(column for column in COLUMNS if column.endswith("_amount"))
"""Columns of decimals, which are exact as text: what stands in front of them is a minus."""


def to_csv(rows: Iterable[Row]) -> bytes:
    """Write rows under a header of `COLUMNS`; the same rows give the same bytes."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, dialect="excel", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(column, row[column]) for column in COLUMNS] for row in rows)
    return text.getvalue().encode()


def _cell(column: str, value: str | int | None) -> str:
    """Return a cell's text, with an apostrophe in front where a spreadsheet would run it as a formula.

    Only text can start one: numbers stay numbers, their minus included. Full-width signs count as what they are
    normalised to, since some spreadsheets do the same.
    """
    if not isinstance(value, str) or column in _AMOUNTS:
        return "" if value is None else str(value)
    starts_a_formula = bool(value) and unicodedata.normalize("NFKC", value[0])[0] in _FORMULA_STARTS
    return f"'{value}" if starts_a_formula else value
