"""Rows as CSV, safe to open in a spreadsheet: RFC 4180, or as the spreadsheets of a country expect it."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from uptally.export.columns import Holds, holds
from uptally.export.rows import COLUMNS, Row

_FORMULA_STARTS = frozenset("=+-@\t\r\n\0")


class Dialect(NamedTuple):
    """How a file of rows is written: what stands between cells, the mark before decimals, and whether a byte order mark
    tells a spreadsheet that it is UTF-8."""

    separator: str
    decimal: str
    has_mark: bool


RFC_4180 = Dialect(",", ".", has_mark=False)

DIALECTS: Mapping[str, Dialect] = {
    "rfc4180": RFC_4180,
    "excel": Dialect(",", ".", has_mark=True),
    "excel-de": Dialect(";", ",", has_mark=True),
}
"""By name. `excel-de` is for all countries that write a decimal comma."""

_DECIMALS = frozenset({Holds.PERCENT, Holds.AMOUNT})


def to_csv(rows: Iterable[Row], dialect: Dialect = RFC_4180, *, columns: Sequence[str] = COLUMNS) -> bytes:
    """Write rows under a header of their columns, with CRLF and in UTF-8; the same rows give the same bytes."""
    text = io.StringIO(newline="")
    if dialect.has_mark:
        text.write("\ufeff")
    writer = csv.writer(text, dialect="excel", delimiter=dialect.separator, lineterminator="\r\n")
    writer.writerow(columns)
    decimals = {column for column in columns if holds(column) in _DECIMALS}
    writer.writerows(
        [_cell(row[column], dialect.decimal if column in decimals else "") for column in columns] for row in rows
    )
    return text.getvalue().encode()


def _cell(value: str | int | None, decimal: str) -> str:
    """Return a cell's text, with an apostrophe in front where a spreadsheet would run it as a formula.

    `decimal` is the mark before the decimals of an amount or a percentage, empty for text. Only text can start a
    formula: numbers stay numbers, their minus included. Full-width signs count as what they are normalised to, since
    some spreadsheets do the same.
    """
    if not isinstance(value, str):
        return "" if value is None else str(value)
    if decimal:
        return value.replace(".", decimal)
    starts_a_formula = bool(value) and unicodedata.normalize("NFKC", value[0])[0] in _FORMULA_STARTS
    return f"'{value}" if starts_a_formula else value
