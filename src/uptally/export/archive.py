"""A month's observations as one Parquet file, by duckdb: a batch at a time, so that memory stays small."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from uptally.errors import ArchiveRefused
from uptally.export.extras import needed
from uptally.export.parquet import SETTINGS, quoted
from uptally.model.observation import Kind, Observation, Outcome, Reason

ARCHIVED = {
    "endpoint": "VARCHAR",
    "location": "VARCHAR",
    "began_at": "TIMESTAMPTZ",
    "boot": "BIGINT",
    "sequence": "BIGINT",
    "kind": "VARCHAR",
    "outcome": "VARCHAR",
    "reason": "VARCHAR",
    "duration_us": "BIGINT",
    "interval_ms": "BIGINT",
    "timeout_ms": "BIGINT",
}
"""The columns and their types: all of an observation but its evidence, most of which is the target's own text. None is
ever renamed. A reason of none is NULL.
"""

BATCH = 200_000
"""How many observations make a part, of which the file is joined."""

_WRITTEN = ", ".join(f"'{name}': '{'BIGINT' if name == 'began_at' else kind}'" for name, kind in ARCHIVED.items())
_READ = f"read_csv(?, auto_detect=false, header=false, delim=',', quote='\"', escape='\"', columns={{{_WRITTEN}}})"
_PART = f"SELECT * REPLACE (make_timestamptz(began_at * 1000) AS began_at) FROM {_READ}"

_KINDS = {kind: kind.name.lower() for kind in Kind}
_OUTCOMES = {outcome: outcome.label for outcome in Outcome}
_REASONS = {reason: reason.label for reason in Reason}


def write_archive(path: Path, observations: Iterable[Observation], said: Mapping[str, str]) -> int:
    """Write observations, in their order, to a file, with what is said of them as its metadata; return how many.

    The file may be there, and is written over. Beside it lie its parts meanwhile, as large as itself together. The same
    observations give the same bytes, by the same version of duckdb. Raises ExtraMissing, OSError, and ArchiveRefused
    where duckdb cannot write.
    """
    duckdb = needed("duckdb", extra="parquet")
    rows, count = map(_row, observations), 0
    with _scratch(path) as folder, duckdb.connect(":memory:", config=SETTINGS) as connection:
        source, parts = folder / "rows.csv", list[str]()
        try:
            while _write_batch(source, rows):
                part = folder / f"{len(parts)}.parquet"
                count += _copy(connection, _PART, str(source), part)
                parts.append(str(part))
            if parts:
                metadata = ", ".join(f"{key}: '{value}'" for key, value in said.items())
                _copy(connection, "SELECT * FROM read_parquet(?)", parts, path, f", KV_METADATA {{{metadata}}}")
        except duckdb.Error as error:
            raise ArchiveRefused(str(error).partition("\n")[0]) from error
    return count


def _write_batch(path: Path, rows: Iterator[tuple[str | int, ...]]) -> bool:
    """Write the next rows to a file, and tell whether there were any."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(islice(rows, BATCH))
        return stream.tell() > 0


def _copy(connection: Any, select: str, source: str | list[str], target: Path, more: str = "") -> int:
    """Write what is selected to a file, which keeps its inode and permissions, and return how many rows that is."""
    options = f"FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false{more}"
    count: int = connection.execute(f"COPY ({select}) TO '{quoted(target)}' ({options})", [source]).fetchone()[0]
    return count


def _row(each: Observation) -> tuple[str | int, ...]:
    return (
        each.endpoint,
        each.location,
        each.at_ms,
        each.boot,
        each.sequence,
        _KINDS[each.kind],
        _OUTCOMES[each.outcome],
        _REASONS[each.reason],
        each.duration_us,
        each.interval_ms,
        each.timeout_ms,
    )


@contextmanager
def _scratch(path: Path) -> Iterator[Path]:
    """Yield an empty folder beside a file, which is gone at the end; one that a kill left there is emptied."""
    folder = path.with_name(f"{path.name}.parts")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
