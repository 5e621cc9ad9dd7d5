"""The formats that a month can be handed over in, by name: commands, server and reports offer these and no others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from uptally import __version__
from uptally.errors import ExtraMissing
from uptally.export.csv import DIALECTS, to_csv
from uptally.export.json import to_json
from uptally.export.month import MonthRows
from uptally.export.parquet import to_parquet
from uptally.export.pdf import to_pdf
from uptally.export.xlsx import MEDIA_TYPE, to_xlsx


class Format(NamedTuple):
    """How a month is written down. `write` gives the same bytes for the same month, by the same versions of this and of
    the `packages` that it needs, or raises ExtraMissing."""

    media_type: str
    write: Callable[[MonthRows], bytes]
    packages: tuple[str, ...] = ()


def _csv(month: MonthRows) -> bytes:
    return to_csv(month.rows)


FORMATS: Mapping[str, Format] = {
    "csv": Format("text/csv; charset=utf-8; header=present", _csv),
    "json": Format("application/json", to_json),
    "xlsx": Format(MEDIA_TYPE, to_xlsx, ("XlsxWriter",)),
    "parquet": Format("application/vnd.apache.parquet", to_parquet, ("duckdb",)),
    "pdf": Format("application/pdf", to_pdf, ("pypdf", "typst")),
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


def made_by(name: str) -> dict[str, str]:
    """Return the versions of what writes a format, of which another may give other bytes. Raises ExtraMissing."""
    packages = FORMATS[name.partition(":")[0]].packages
    try:
        return {"uptally": __version__, **{package: version(package) for package in packages}}
    except PackageNotFoundError as error:
        raise ExtraMissing(f"{name} needs {error.name}, which is not installed") from error
