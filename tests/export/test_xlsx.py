import csv
import io
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from tests.export.months import EXPLAINED, MONTH, ROWS, month_of, named
from uptally.errors import ExtraMissing
from uptally.export.columns import Holds, holds
from uptally.export.rows import COLUMNS
from uptally.export.xlsx import TOLD_MAX, to_xlsx


def read_back(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content))


def statements(content: bytes) -> list[dict[str, object]]:
    header, *rows = read_back(content)["Statements"].iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def test_the_sheets_are_those_that_an_accountant_asks_for() -> None:
    assert read_back(to_xlsx(EXPLAINED)).sheetnames == ["Summary", "Statements", "Outages", "Exclusions", "Method"]


def test_what_is_not_known_of_outages_is_no_empty_sheet() -> None:
    assert read_back(to_xlsx(MONTH)).sheetnames == ["Summary", "Statements", "Method"]


def test_milliseconds_are_whole_numbers_and_amounts_are_equal_to_the_last_place() -> None:
    for found, row in zip(statements(to_xlsx(MONTH)), ROWS, strict=True):
        assert tuple(found) == COLUMNS
        for column, cell in row.items():
            if cell is not None and column.endswith(("_amount", "_percent")):
                # A cell holds the nearest binary number, whose shortest text is the decimal.
                assert Decimal(repr(found[column])) == Decimal(str(cell)), column
            elif isinstance(cell, int):
                assert (found[column], type(found[column])) == (cell, int)


def test_amounts_are_shown_with_the_places_of_their_currency() -> None:
    sheet = read_back(to_xlsx(MONTH))["Statements"]
    index = COLUMNS.index("credit_amount") + 1
    assert [sheet.cell(line, index).number_format for line in (2, 3, 4)] == ["#,##0.00", "#,##0", "#,##0.000"]


def test_instants_are_dates() -> None:
    assert statements(to_xlsx(MONTH))[0]["period_start"] == datetime(2026, 10, 1)  # noqa: DTZ001 (as workbooks have it)


def test_identifiers_keep_their_zeros() -> None:
    assert statements(to_xlsx(MONTH))[3]["service"] == "007"


def test_the_header_stays_in_sight_and_filters() -> None:
    sheet = read_back(to_xlsx(MONTH))["Statements"]
    assert sheet.freeze_panes == "G2"
    assert str(sheet.auto_filter.ref).startswith("A1:")


def test_many_columns_go_over_several_pages_in_print_which_all_name_agreement_and_service() -> None:
    book = read_back(to_xlsx(EXPLAINED))
    sheet = book["Statements"]
    fits = {each.title: getattr(each.sheet_properties.pageSetUpPr, "fitToPage", None) for each in book}
    assert (fits["Statements"], fits["Outages"]) == (None, True)
    assert (sheet.print_title_cols, sheet.print_title_rows) == ("$E:$F", "$1:$1")
    assert [sheet[f"{column}1"].value for column in "EF"] == ["agreement", "service"]


def test_header_of_a_number_stands_above_it() -> None:
    header = next(read_back(to_xlsx(EXPLAINED))["Statements"].iter_rows())
    assert {cell.value for cell in header if cell.alignment.horizontal != "right"} == {
        column for column in COLUMNS if holds(column) is Holds.TEXT
    }


@settings(max_examples=25)
@given(
    st.lists(
        st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")),
        min_size=1,
    )
)
def test_any_text_comes_back_as_it_was_and_none_is_a_formula(names: list[str]) -> None:
    content = to_xlsx(month_of(*map(named, names)))
    assert [row["service"] or "" for row in statements(content)] == names


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "{=1}", "http://example.com/", "1e5", "_x0041_"]
)
def test_text_stays_text(name: str) -> None:
    cell = read_back(to_xlsx(month_of(named(name))))["Statements"].cell(2, COLUMNS.index("service") + 1)
    assert (cell.value, cell.data_type, cell.hyperlink) == (name, "s", None)


def test_outages_and_exclusions_stand_beside_their_statement() -> None:
    book = read_back(to_xlsx(EXPLAINED))
    header, outage = book["Outages"].iter_rows(values_only=True)
    found = dict(zip(map(str, header), outage, strict=True))
    assert (found["id"], found["agreement"], found["counted_ms"]) == ("acme/web/2026-10", "Acme", 5_400_000)
    assert found["start"] == datetime(2026, 10, 5, 12)  # noqa: DTZ001 (as workbooks have it)
    _, exclusion = book["Exclusions"].iter_rows(values_only=True)
    assert exclusion[3:5] == ("move", "maintenance")
    assert "1.5 h" in {row[1] for row in book["Method"].iter_rows(values_only=True)}


def test_what_belongs_to_other_customers_is_not_told() -> None:
    told = {**EXPLAINED.explanations, "other/web/2026-10": EXPLAINED.explanations["acme/web/2026-10"]}
    book = read_back(to_xlsx(replace(EXPLAINED, explanations=told)))
    assert {row[0] for row in book["Outages"].iter_rows(min_row=2, values_only=True)} == {"acme/web/2026-10"}


def test_more_outages_than_anybody_reads_are_no_sheet_and_the_summary_says_so() -> None:
    explanation = EXPLAINED.explanations["acme/web/2026-10"]
    many = explanation._replace(outages=explanation.outages * (TOLD_MAX + 1))
    book = read_back(to_xlsx(replace(EXPLAINED, explanations={"acme/web/2026-10": many})))
    assert book.sheetnames == ["Summary", "Statements", "Exclusions", "Method"]
    facts = {name: value for name, value in book["Summary"].iter_rows(max_col=2, values_only=True) if name}
    assert "write each customer's alone" in str(facts["No outages here"])


def test_the_same_month_gives_the_same_bytes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    first = to_xlsx(MONTH)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setattr(time, "localtime", lambda *_: time.gmtime(86_400))
    assert to_xlsx(MONTH) == first


def test_a_month_in_progress_says_so() -> None:
    sheet = read_back(to_xlsx(replace(MONTH, state="provisional", is_over=False)))["Summary"]
    assert sheet["B3"].value == "provisional: the month is not over"


def test_without_the_package_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(ExtraMissing, match=r"pip install 'uptally\[xlsx\]'"):
        to_xlsx(MONTH)


@pytest.mark.soak
def test_libreoffice_opens_it_and_comes_to_the_same_totals(tmp_path: Path) -> None:
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed: apt-get install libreoffice-calc-nogui")
    (tmp_path / "month.xlsx").write_bytes(to_xlsx(EXPLAINED))
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    command = [program, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", every_sheet]
    subprocess.run(
        [*command, "--outdir", tmp_path, tmp_path / "month.xlsx"], check=True, capture_output=True, timeout=120
    )
    with (tmp_path / "month-Summary.csv").open(newline="", encoding="utf-8") as stream:
        summary = list(csv.reader(stream))
    [euros] = [row[1:5] for row in summary if row[0] == "EUR"]
    assert [Decimal(each) for each in euros] == [100, -40, 60, 0]
    with (tmp_path / "month-Statements.csv").open(newline="", encoding="utf-8") as stream:
        found = list(csv.DictReader(stream))
    for cells, row in zip(found, EXPLAINED.rows, strict=True):
        assert Decimal(cells["counted_down_ms"]) == row["counted_down_ms"]
        assert Decimal(cells["booked_amount"]) == Decimal(str(row["booked_amount"]))
