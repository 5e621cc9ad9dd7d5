"""Rows as Parquet, by duckdb: whole numbers, exact decimals and instants as such."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

from uptally.export.columns import Holds, holds
from uptally.export.extras import needed
from uptally.export.month import MonthRows
from uptally.export.rows import COLUMNS

PERCENT_DECIMALS, AMOUNT_DECIMALS = 18, 9

_TYPES = {
    Holds.TEXT: "VARCHAR",
    Holds.COUNT: "BIGINT",
    Holds.PERCENT: f"DECIMAL(38,{PERCENT_DECIMALS})",
    Holds.AMOUNT: f"DECIMAL(38,{AMOUNT_DECIMALS})",
    Holds.INSTANT: "TIMESTAMPTZ",
}

SETTINGS = {
    "threads": 1,
    "memory_limit": "200MB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
"""It must neither fetch an extension from the network, nor use all cores of a machine that probes."""


def to_parquet(month: MonthRows) -> bytes:
    """Write a month's rows in the columns of `COLUMNS`, with month, state, revision and digest as the file's metadata.

    A percentage that no decimal of 18 places writes is cut off there. The same month gives the same bytes, by the same
    version of duckdb. Raises ExtraMissing.
    """
    duckdb = needed("duckdb", extra="parquet")
    types = ", ".join(f"'{column}': '{_TYPES[holds(column)]}'" for column in COLUMNS)
    said = {"month": month.month, "state": month.state, "revision": month.revision, "digest": month.digest}
    metadata = ", ".join(f"{key}: '{value}'" for key, value in said.items())
    with tempfile.TemporaryDirectory(prefix="uptally-") as folder:
        source, target = Path(folder, "rows.json"), Path(folder, "rows.parquet")
        with source.open("w", encoding="utf-8") as stream:
            for row in month.rows:
                cells = {column: _cell(column, row[column]) for column in COLUMNS}
                stream.write(json.dumps(cells) + "\n")
        with duckdb.connect(":memory:", config=SETTINGS) as connection:
            connection.execute(
                f"COPY (SELECT * FROM read_json(?, format='newline_delimited', columns={{{types}}}))"
                f" TO '{quoted(target)}' (FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{metadata}}})",
                [str(source)],
            )
        return target.read_bytes()


def read_parquet(content: bytes) -> list[list[object]]:
    """Return the names and types of a file's columns, and its rows as text.

    Raises ExtraMissing, and ValueError where it is none.
    """
    duckdb = needed("duckdb", extra="parquet")
    with tempfile.TemporaryDirectory(prefix="uptally-") as folder:
        source = Path(folder, "rows.parquet")
        source.write_bytes(content)
        with duckdb.connect(":memory:", config=SETTINGS) as connection:
            try:
                columns = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(source)]).fetchall()
                # As text, since instants come out with a package that is not among ours.
                rows = connection.execute("SELECT COLUMNS(*)::VARCHAR FROM read_parquet(?)", [str(source)]).fetchall()
            except duckdb.Error as error:
                raise ValueError(str(error)) from error
    return [[f"{name} {kind}" for name, kind, *_ in columns], *map(list, rows)]


def _cell(column: str, value: str | int | None) -> str | int | None:
    if holds(column) is Holds.PERCENT and isinstance(value, str) and (share := re.fullmatch(r"(\d+)/(\d+)", value)):
        part, whole = map(int, share.groups())
        digits = str(part * 10**PERCENT_DECIMALS // whole).rjust(PERCENT_DECIMALS + 1, "0")
        return f"{digits[:-PERCENT_DECIMALS]}.{digits[-PERCENT_DECIMALS:]}"
    return value


def quoted(path: Path) -> str:
    """Return a path as it stands between quotes in SQL."""
    return str(path).replace("'", "''")
