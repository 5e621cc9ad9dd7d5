"""The formats that a month can be handed over in, by name: commands, server and reports offer these and no others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from uptally.export.csv import to_csv
from uptally.export.json import to_json
from uptally.export.month import MonthRows


class Format(NamedTuple):
    """How a month is written down. `write` gives the same bytes for the same month."""

    media_type: str
    write: Callable[[MonthRows], bytes]


def _csv(month: MonthRows) -> bytes:
    return to_csv(month.rows)


def _json(month: MonthRows) -> bytes:
    return to_json(month.rows)


FORMATS: Mapping[str, Format] = {
    "csv": Format("text/csv; charset=utf-8; header=present", _csv),
    "json": Format("application/json", _json),
}
"""By the name that is a file's suffix as well."""
