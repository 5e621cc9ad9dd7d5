"""Business figures from CSV or JSON: counts and ratios by day, month, quarter or year.

Columns of CSV, in any order, and keys of each object in JSON's list: ``name``, ``period`` (2026-10-31, 2026-10, 2026-Q4
or 2026), either ``count`` or both ``numerator`` and ``denominator``, and optionally ``agreement``. Numbers are read as
they are written: no binary float stands in for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path

from uptally.errors import ImportRejected, Problem
from uptally.importers.objects import objects_of
from uptally.importers.table import rows_of, text_of
from uptally.model.objective import Figure

_REQUIRED = ("name", "period")
_OPTIONAL = ("count", "numerator", "denominator", "agreement")

_NAME_MAX = 100
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,9})?", re.ASCII)
_PERIOD = re.compile(r"((?:19|2\d)\d\d)(?:-Q([1-4])|-(\d\d)(?:-(\d\d))?)?", re.ASCII)

_NO_FIGURE = Fraction(-1)
"""Stands for a number that was rejected, so that the rest of the row is looked at too."""


def read(path: Path, *, agreements: Mapping[str, str], today: date) -> list[Figure]:
    """Read a file of figures, in its order. `agreements` are slugs by what an agreement may be called.

    The file is UTF-8; one that begins with a bracket is JSON. Raises ImportRejected with all that is wrong with it,
    each problem with its place and what was expected; OSError where the file cannot be read.
    """
    return figures_of(text_of(path), file=str(path), agreements=agreements, today=today)


def figures_of(text: str, *, file: str, agreements: Mapping[str, str], today: date) -> list[Figure]:
    """Read the text of such a file, which is called so in what is wrong with it. Raises ImportRejected."""
    problems = list[Problem]()
    if text.lstrip()[:1] in ("[", "{"):
        objects = objects_of(text, file=file, known=(*_REQUIRED, *_OPTIONAL), problems=problems)
        rows = [_Row(file, *place, cells) for place, cells in objects]
    else:
        table = rows_of(text, file=file, required=_REQUIRED, optional=_OPTIONAL, problems=problems)
        rows = [_Row(file, line, 1, cells) for line, cells in table]
    figures = []
    first_rows: dict[tuple[str, date, date, str], _Row] = {}
    for row in rows:
        figure = row.figure(agreements, today, problems)
        if figure is None:
            continue
        figures.append(figure)
        first_row = first_rows.setdefault((figure.name, figure.first, figure.last, figure.agreement), row)
        if first_row is not row:
            problems.append(row.problem("period", f"line {first_row.line} has the same name and period"))
    if problems:
        raise ImportRejected(sorted(problems, key=lambda problem: (problem.line, problem.column)))
    return figures


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """A row's cells by column, and where it stands."""

    file: str
    line: int
    column: int
    cells: Mapping[str, str]

    def problem(self, column: str, message: str) -> Problem:
        return Problem(self.file, self.line, self.column, column, message)

    def figure(self, agreements: Mapping[str, str], today: date, problems: list[Problem]) -> Figure | None:
        """Return what the row says; None where any of it is wrong, which is added to `problems`."""
        before = len(problems)

        def reject(column: str, message: str) -> None:
            problems.append(self.problem(column, message))

        name = self.cells.get("name", "")
        if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > _NAME_MAX:
            reject("name", f"{_shown(name)} is no name: write one line of 1 to {_NAME_MAX} characters")
        days = _days(self.cells.get("period", ""))
        if days is None:
            period = _shown(self.cells.get("period", ""))
            reject("period", f"{period} is no period: write 2026-10-31, 2026-10, 2026-Q4 or 2026")
        elif days[0] > today:
            reject("period", f"{self.cells['period']} lies in the future")
        given = {column for column in ("count", "numerator", "denominator") if self.cells.get(column)}
        if given not in ({"count"}, {"numerator", "denominator"}):
            reject("count", "write either a count, or a numerator and a denominator")
        over, under = (self._number(column, reject) for column in ("numerator", "denominator"))
        count = self._number("count", reject)
        if over and under == 0 and over != _NO_FIGURE:
            reject(
                "denominator", f"0 for a numerator of {self.cells['numerator']}: a ratio of nothing has no numerator"
            )
        agreement = self.cells.get("agreement", "")
        if agreement and agreement not in agreements:
            reject("agreement", f"{_shown(agreement)} is no agreement of the config{_hint(agreement, agreements)}")
        numerator = over if count is None else count
        if len(problems) > before or days is None or numerator is None:
            return None
        return Figure(name, *days, numerator, under, agreements.get(agreement, ""))

    def _number(self, column: str, reject: Callable[[str, str], None]) -> Fraction | None:
        text = self.cells.get(column, "")
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            reject(column, f"{_shown(text)} is no number: write digits and a point, from 0, as in 1250 or 12.5")
            return _NO_FIGURE
        return Fraction(text)


def _days(text: str) -> tuple[date, date] | None:
    """Return the first and the last day of a day, month, quarter or year; None where it is none."""
    match = _PERIOD.fullmatch(text)
    if match is None:
        return None
    year, quarter, month, day = (int(group) if group else 0 for group in match.groups())
    months = 3 if quarter else 1 if month else 12
    first_month = 3 * quarter - 2 if quarter else month if match[3] else 1
    try:
        if match[4]:
            return (only := date(year, month, day)), only
        first, after = date(year, first_month, 1), first_month - 1 + months
        return first, date(year + after // 12, after % 12 + 1, 1) - timedelta(days=1)
    except ValueError:
        return None


def _hint(text: str, known: Iterable[str]) -> str:
    near = get_close_matches(text, list(known), n=1)
    return f" (did you mean '{near[0]}'?)" if near else ""


def _shown(text: str) -> str:
    return repr(text if len(text) <= _NAME_MAX else text[:_NAME_MAX] + "…")
