"""A month as a workbook: a summary with totals, the statements, their outages, what was left out, and the method.

Cells have types: lengths of time are whole numbers, amounts have their currency's places, instants are dates. Text is
never read as a formula, a number or an address.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from uptally.export.columns import Holds, holds
from uptally.export.extras import needed
from uptally.export.method import METHOD
from uptally.export.month import EXCLUSION_COLUMNS, OUTAGE_COLUMNS, Cells, Explanation, MonthRows
from uptally.export.rows import COLUMNS, CORRECTION, Row
from uptally.export.totals import Totals, totals_of

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 (a workbook's dates have no zone; one that is always the same)
_OF = ("id", "agreement", "service")
_INSTANTS = frozenset(
    ("start", "end", "announced", *(each for each in OUTAGE_COLUMNS if each.endswith(("_earliest", "_latest"))))
)
_WIDE = {"id": 34, "agreement": 24, "customer": 24, "service": 24, "reason_codes": 40, "timezone": 16, "exclusion": 24}
_BUTTON = 4
"""The room that a filter's button takes in a header, in characters."""

_CELL_MAX = 32_767
"""What a cell of a workbook holds at most, in characters."""

_PAGE_COLUMNS, _PRINT_SCALE, _NAMES = 20, 60, 2
"""How many columns can be read on one page in print; in percent, how a sheet of more is printed; and how many of the
frozen columns, agreement and service, each of its pages has."""

TOLD_MAX = 20_000
"""Of outages, of exclusions and of lines of sums: each takes time and memory, and nobody reads more."""

_TOO_MANY = f"there are more than {TOLD_MAX:,}: write each customer's alone, by a report with its `agreement`"

_DIGITS_MAX = 15
"""What a spreadsheet keeps of a number; one that has more stays text, and exact."""


def to_xlsx(month: MonthRows) -> bytes:
    """Write a month as a workbook; the same month gives the same bytes, by the same version of XlsxWriter.

    Raises ExtraMissing.
    """
    stream = io.BytesIO()
    with _workbook(stream, f"Statements of {month.month}") as writer:
        told = _told(month)
        _summary(writer, month, [part for part, cells in told.items() if len(cells) > TOLD_MAX])
        rows = (tuple(row[column] for column in COLUMNS) for row in month.rows)
        writer.table("Statements", COLUMNS, rows, frozen=_frozen_columns())
        for part, columns in (("outages", OUTAGE_COLUMNS), ("exclusions", EXCLUSION_COLUMNS)):
            if month.explanations and len(told[part]) <= TOLD_MAX:
                writer.table(part.title(), (*_OF, *columns), told[part])
        _method(writer, told["lines"] if len(told["lines"]) <= TOLD_MAX else ())
    return stream.getvalue()


def to_sheet(title: str, name: str, columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """Write rows as a workbook of one sheet with a name; the same rows, the same bytes. Raises ExtraMissing."""
    stream = io.BytesIO()
    with _workbook(stream, title) as writer:
        writer.table(name, tuple(columns), (tuple(row[column] for column in columns) for row in rows), frozen=1)
    return stream.getvalue()


@contextmanager
def _workbook(stream: io.BytesIO, title: str) -> Iterator[_Writer]:
    xlsxwriter = needed("xlsxwriter", extra="xlsx")
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"title": title, "created": _MADE})
        yield _Writer(book)


class _Writer:
    """Writes typed cells; formats are made once for each number of places."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self.bold = book.add_format({"bold": True})
        self.title = book.add_format({"bold": True, "font_size": 16})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.right = book.add_format({"bold": True, "align": "right"})
        header = {"bold": True, "bottom": 1, "bg_color": "#eeeeee", "text_wrap": True}
        self._header = book.add_format({**header, "indent": 1})
        self._number_header = book.add_format({**header, "align": "right"})
        self._whole = book.add_format({"num_format": "#,##0"})
        self._instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"})
        self._text = book.add_format({"num_format": "@", "indent": 1})
        self._places: dict[int, Any] = {}

    def sheet(self, name: str) -> Any:
        found = self._book.add_worksheet(name)
        found.set_landscape()
        found.set_paper(9)
        found.fit_to_pages(1, 0)
        return found

    def table(self, name: str, columns: tuple[str, ...], rows: Iterable[Cells], *, frozen: int = 3) -> None:
        """Write a sheet with a header that stays in sight and can be filtered by."""
        sheet, last = self.sheet(name), 0
        kinds = [Holds.INSTANT if column in _INSTANTS else holds(column) for column in columns]
        for index, (column, kind) in enumerate(zip(columns, kinds, strict=True)):
            sheet.write_string(0, index, column, self._header if kind is Holds.TEXT else self._number_header)
            width = _WIDE.get(column, 24 if kind is Holds.INSTANT else max(15, len(column) + _BUTTON))
            sheet.set_column(index, index, width)
        for last, row in enumerate(rows, start=1):
            for index, (kind, value) in enumerate(zip(kinds, row, strict=True)):
                if value is not None:
                    self.cell(sheet, last, index, value, kind)
        sheet.freeze_panes(1, frozen)
        sheet.repeat_rows(0)
        if len(columns) > _PAGE_COLUMNS:
            # On one page none of it could be read: it goes over several, each with the names that say whose row it is.
            sheet.set_print_scale(_PRINT_SCALE)
            sheet.repeat_columns(frozen - _NAMES, frozen - 1)
            sheet.print_across()
        sheet.autofilter(0, 0, last, len(columns) - 1)

    def cell(self, sheet: Any, row: int, column: int, value: str | int, kind: Holds) -> None:
        """Write a cell; what a spreadsheet could not hold exactly as a number is text."""
        if isinstance(value, int):
            sheet.write_number(row, column, value, self._whole)
        elif kind is Holds.INSTANT:
            sheet.write_datetime(row, column, datetime.fromisoformat(value).replace(tzinfo=None), self._instant)
        elif kind in (Holds.PERCENT, Holds.AMOUNT) and "/" not in value and _digits(value) <= _DIGITS_MAX:
            sheet.write_number(row, column, float(value), self.places(value))
        else:
            sheet.write_string(row, column, value[:_CELL_MAX], self._text)

    def places(self, value: str) -> Any:
        """Return the format of a number with as many places as its text has."""
        count = len(value.partition(".")[2])
        if count not in self._places:
            self._places[count] = self._book.add_format({"num_format": "#,##0" + ("." + "0" * count if count else "")})
        return self._places[count]


def _digits(value: str) -> int:
    return sum(map(str.isdigit, value))


def _frozen_columns() -> int:
    return COLUMNS.index("service") + 1


def _statements(month: MonthRows) -> Iterator[tuple[Row, Explanation]]:
    """Yield each statement once, by the first of its rows. What rests on no row is not told: a report may have the rows
    of one customer only."""
    seen: set[object] = set()
    for row in month.rows:
        if row["id"] not in seen:
            seen.add(row["id"])
            yield row, month.explanations.get(str(row["id"]), Explanation())


def _told(month: MonthRows) -> dict[str, list[Cells]]:
    """Return what statements rest on, each part with the statement that it belongs to; more than `TOLD_MAX` of a part
    says that there are too many."""
    found: dict[str, list[Cells]] = {"lines": [], "outages": [], "exclusions": []}
    for row, told in _statements(month):
        statement = tuple(row[column] for column in _OF)
        parts = (((line,) for line in told.lines), told.outages, told.exclusions)
        for cells, part in zip(found.values(), parts, strict=True):
            if len(cells) <= TOLD_MAX:
                cells.extend((*statement, *each) for each in part)
    return found


def _summary(writer: _Writer, month: MonthRows, left_out: Sequence[str]) -> None:
    sheet = writer.sheet("Summary")
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 7, 22)
    sheet.write_string(0, 0, f"Statements of {month.month}", writer.title)
    head = month.head
    facts = [
        ("State", month.state if month.is_over else f"{month.state}: the month is not over"),
        ("Revision", str(month.revision)),
        ("SHA-256 of the rows that were frozen", month.digest or "not closed"),
        ("Newest act, and its digest", f"{head.act}, {head.act_digest}"),
        ("Rows", str(len(month.rows))),
        *((f"No {part} here", _TOO_MANY) for part in left_out),
    ]
    for line, (name, value) in enumerate(facts, start=2):
        sheet.write_string(line, 0, name, writer.bold)
        sheet.write_string(line, 1, value)
    totals, top = totals_of(month.rows), len(facts) + 3
    for index, name in enumerate(("Verdict", "Statements")):
        sheet.write_string(top, index, name, writer.right if index else writer.bold)
    for line, (verdict, count) in enumerate(totals.verdicts.items(), start=top + 1):
        sheet.write_string(line, 0, verdict)
        sheet.write_number(line, 1, count)
    _amounts(writer, sheet, top + len(totals.verdicts) + 2, totals, rows=len(month.rows))


def _amounts(writer: _Writer, sheet: Any, line: int, totals: Totals, *, rows: int) -> None:
    """Write what is to be booked in each currency, as formulas over the statements that anyone can follow."""
    for index, name in enumerate(("Currency", "Booked", "Corrections", "To book in this month", "Tax")):
        sheet.write_string(line, index, name, writer.right if index else writer.bold)
    for currency, amounts in totals.currencies.items():
        line += 1
        sheet.write_string(line, 0, currency)
        look = writer.places(f"{amounts.booked:f}")
        of_currency = f'{_range("currency", rows)},"{currency}"'
        status = _range("status", rows)
        for index, (column, test, value) in enumerate(
            (
                ("booked_amount", "<>", amounts.booked),
                ("difference_amount", "", amounts.corrections),
                ("", "", amounts.booked + amounts.corrections),
                ("tax_amount", "<>", amounts.tax),
            ),
            start=1,
        ):
            formula = f'=SUMIFS({_range(column, rows)},{of_currency},{status},"{test}{CORRECTION}")' if column else ""
            sheet.write_formula(line, index, formula or f"=B{line + 1}+C{line + 1}", look, float(value))


def _range(column: str, rows: int) -> str:
    index, letters = COLUMNS.index(column), ""
    while index >= 0:
        index, rest = index // 26 - 1, index % 26
        letters = chr(ord("A") + rest) + letters
    return f"Statements!${letters}$2:${letters}${max(2, rows + 1)}"


def _method(writer: _Writer, lines: Iterable[Cells]) -> None:
    sheet = writer.sheet("Method")
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 110)
    line = 0
    for line, (name, text) in enumerate(METHOD):
        sheet.write_string(line, 0, name, writer.bold)
        sheet.write_string(line, 1, text, writer.wrapped)
    line += 2
    sheet.write_string(line, 0, "Statement", writer.bold)
    sheet.write_string(line, 1, "How its figures were come to", writer.bold)
    for index, cells in enumerate(lines, start=line + 1):
        sheet.write_string(index, 0, str(cells[0]))
        sheet.write_string(index, 1, str(cells[-1])[:_CELL_MAX])
