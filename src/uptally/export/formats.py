"""The formats that a month can be handed over in, by name: commands, server and reports offer these and no others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from uptally.export.csv import DIALECTS, to_csv
from uptally.export.json import to_json
from uptally.export.month import MonthRows
from uptally.export.parquet import to_parquet
from uptally.export.pdf import to_pdf
from uptally.export.xlsx import MEDIA_TYPE, to_xlsx


class Format(NamedTuple):
    """How a month is written down. `write` gives the same bytes for the same month, or raises ExtraMissing."""

    media_type: str
    write: Callable[[MonthRows], bytes]


def _csv(month: MonthRows) -> bytes:
    return to_csv(month.rows)


FORMATS: Mapping[str, Format] = {
    "csv": Format("text/csv; charset=utf-8; header=present", _csv),
    "json": Format("application/json", to_json),
    "xlsx": Format(MEDIA_TYPE, to_xlsx),
    "parquet": Format("application/vnd.apache.parquet", to_parquet),
    "pdf": Format("application/pdf", to_pdf),
}
"""By the name that is a file's suffix as well."""


def writer(name: str) -> Callable[[MonthRows], bytes] | None:
    """Return what writes a format, or a dialect of CSV such as `csv:excel-de`; None where there is no such one."""
    kind, _, dialect = name.partition(":")
    if not dialect:
        return FORMATS[kind].write if kind in FORMATS else None
    if kind != "csv" or dialect not in DIALECTS:
        return None
    return lambda month: to_csv(month.rows, DIALECTS[dialect])
