"""Tables from CSV: rows by column, and what is wrong with the table itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from uptally.errors import ImportRejected, Problem

Cells = dict[str, str]
"""A row's cells by column."""


def text_of(path: Path) -> str:
    """Return a file's text: UTF-8, with or without a byte order mark.

    Raises ImportRejected where it is none, and OSError where the file cannot be read.
    """
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ImportRejected([Problem(str(path), line, 1, "", "no UTF-8: save the file as UTF-8")]) from None


def rows_of(
    text: str, *, file: str, required: Sequence[str], optional: Sequence[str], problems: list[Problem]
) -> Iterator[tuple[int, Cells]]:
    """Yield the rows under the header, each with the line on which it stands.

    Columns come in any order, lines end in LF or CRLF. What is wrong with the table itself is added to `problems`.
    """
    records = _records(text, file=file, problems=problems)
    line, header = next(records, (1, []))
    faults = _header_faults(header, required, optional)
    problems += [Problem(file, line, 1, column, message) for column, message in faults]
    if faults:
        return
    for line, record in records:
        if len(record) == len(header):
            yield line, dict(zip(header, record, strict=True))
        else:
            message = f"expected {len(header)} cells as in the first line, found {len(record)}"
            problems.append(Problem(file, line, 1, "", message))


def _records(text: str, *, file: str, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that are not blank, each with the line on which it starts."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for record in reader:
            if record:
                yield line, record
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(file, line, 1, "", f"no CSV from here on: {error}"))


def _header_faults(header: Sequence[str], required: Sequence[str], optional: Sequence[str]) -> list[tuple[str, str]]:
    """Return what is wrong with the first line, as column and message."""
    known = (*required, *optional)
    if not header:
        return [("", f"no rows: the first line names the columns, {', '.join(required)}")]
    if len(header) == 1 and any(separator in header[0] for separator in ";\t|"):
        return [("", "columns are separated by commas here")]
    faults = [
        (
            name or "(no name)",
            "this column stands there twice" if name in header[:index] else f"unknown column {meant(name, known)}",
        )
        for index, name in enumerate(header)
        if name in header[:index] or name not in known
    ]
    return faults + [(name, "this column is missing") for name in required if name not in header]


def meant(name: str, known: Sequence[str]) -> str:
    """Say of a name that is not known which was meant, or which are known."""
    near = get_close_matches(name.strip().lower(), known, n=1)
    return f"(did you mean '{near[0]}'?)" if near else f"(known are {', '.join(known)})"
