"""Whatever anybody is called is text in every format of a month: no program works it out or carries it out."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import duckdb
import openpyxl
import pytest

from tests.export.months import EXPLAINED
from tests.hostile import FORMULAS, TEXTS
from uptally.export.csv import DIALECTS
from uptally.export.formats import FORMATS, writer
from uptally.export.month import Cells, Explanation, MonthRows
from uptally.export.rows import Row

NAMED = ("agreement", "service", "window", "sla", "reference", "customer", "objective", "termination_right")
SUM = re.compile(r"=(SUMIFS\(['\w!$:,\"<>]+\)|B\d+\+C\d+)")
ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|URI|OpenAction|EmbeddedFile)\b")


def called(text: str) -> MonthRows:
    """A month in which everything that people name is called this."""
    rows: tuple[Row, ...] = tuple(row | dict.fromkeys(NAMED, text) for row in EXPLAINED.rows)

    def cells(of: Cells, *named: int) -> Cells:
        return tuple(text if index in named else cell for index, cell in enumerate(of))

    [(key, told)] = EXPLAINED.explanations.items()
    explained = Explanation(
        text,
        (text, text),
        tuple(cells(each, 0, 10, 11) for each in told.outages),
        tuple(cells(each, 0, 1) for each in told.exclusions),
    )
    return replace(EXPLAINED, rows=rows, explanations={key: explained})


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_cell_of_csv_is_worked_out(dialect: str) -> None:
    write = writer(f"csv:{dialect}")
    assert write is not None
    for text in TEXTS:
        lines = io.StringIO(write(called(text)).decode("utf-8-sig"), newline="")
        for row in csv.DictReader(lines, strict=True, delimiter=DIALECTS[dialect].separator):
            expected = f"'{text}" if text in FORMULAS or text[0] in "=-" else text
            assert {row[column] for column in NAMED} == {expected}


def test_no_cell_of_a_workbook_is_worked_out_and_nothing_is_fetched() -> None:
    for text in TEXTS:
        content = FORMATS["xlsx"].write(called(text))
        assert not [each for each in zipfile.ZipFile(io.BytesIO(content)).namelist() if re.search("external|vba", each)]
        for sheet in openpyxl.load_workbook(io.BytesIO(content)):
            cells = [cell for row in sheet.iter_rows() for cell in row]
            assert [cell.value for cell in cells if cell.data_type == "f" and not SUM.fullmatch(str(cell.value))] == []
            assert [cell.value for cell in cells if cell.hyperlink] == []


def test_json_and_parquet_hand_back_what_was_written(tmp_path: Path) -> None:
    month = called("x")
    rows = tuple(called(text).rows[0] for text in TEXTS)
    told = json.loads(FORMATS["json"].write(replace(month, rows=rows)))
    assert [row["customer"] for row in told["rows"]] == list(TEXTS)
    (tmp_path / "month.parquet").write_bytes(FORMATS["parquet"].write(replace(month, rows=rows)))
    found = duckdb.execute(f"SELECT customer FROM '{tmp_path / 'month.parquet'}'").fetchall()
    assert found == [(text,) for text in TEXTS]


def test_a_document_of_statements_does_nothing() -> None:
    for text in TEXTS:
        content = FORMATS["pdf"].write(called(text))
        streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
        unpacked = [zlib.decompressobj().decompress(each) for each in streams if each[:1] == b"x"]
        # What is drawn is numbers of glyphs; what does something stands in objects.
        assert ACTIVE.findall(content + b"".join(each for each in unpacked if b"/Type" in each)) == []
