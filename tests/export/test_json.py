import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from tests.export.months import EXPLAINED, MONTH, ROWS, month_of
from tests.export.statements import OUTAGE, row_of
from uptally.export.columns import Holds, holds
from uptally.export.json import to_json
from uptally.export.month import MonthRows
from uptally.export.rows import COLUMNS, Row
from uptally.export.schemas import month_schema
from uptally.units.time import MINUTE_MS

ID: Row = {"id": "acme/web/2026-10"}
ROW = row_of(OUTAGE) | ID
TWICE = month_of(ROW, ROW)
EMPTY = MonthRows("2026-11", (), "provisional", 0, "", is_over=False)

VALIDATOR = jsonschema.Draft7Validator(month_schema(), format_checker=jsonschema.FormatChecker())
CELLS = {
    Holds.COUNT: 1,
    Holds.PERCENT: "99.9",
    Holds.AMOUNT: "-1.00",
    Holds.INSTANT: "2026-10-01T00:00:00.000Z",
}


def test_rows_come_back_as_they_were_in_their_columns_order() -> None:
    rows = json.loads(to_json(TWICE))["rows"]
    assert rows == [ROW, ROW]
    assert tuple(rows[0]) == COLUMNS


def test_document_says_which_month_it_is_and_how_far_it_can_be_relied_upon() -> None:
    told = json.loads(to_json(TWICE))
    del told["rows"]
    said = {"month": "2026-10", "state": "closed", "revision": 1, "digest": "ab" * 32, "is_over": True}
    assert told == {"schema_version": 1} | said
    assert json.loads(to_json(EMPTY))["digest"] is None


def test_milliseconds_are_integers_percentages_text_and_empty_cells_null() -> None:
    cells = json.loads(to_json(TWICE))["rows"][0]
    assert cells["down_ms"] == 90 * MINUTE_MS
    assert cells["availability_percent"] == "99.798"
    assert cells["objective"] is None


def test_no_number_is_a_float() -> None:
    def refuse(text: str) -> None:
        raise AssertionError(f"a float: {text}")

    json.loads(to_json(TWICE), parse_float=refuse)


def test_the_same_month_gives_the_same_bytes() -> None:
    assert to_json(TWICE) == to_json(month_of(ROW, ROW))


def test_no_rows_give_an_empty_list() -> None:
    assert json.loads(to_json(EMPTY))["rows"] == []


def test_schema_describes_every_column_in_order_by_the_type_that_it_has() -> None:
    schema = month_schema()
    row = schema["definitions"]["row"]
    assert tuple(row["properties"]) == tuple(row["required"]) == COLUMNS
    assert [*schema["properties"]] == schema["required"] == [*json.loads(to_json(EMPTY))]
    for column, each in row["properties"].items():
        assert each["description"].endswith(".")
        takes = jsonschema.Draft7Validator(each | {"definitions": schema["definitions"]}).is_valid
        kind = holds(column)
        assert takes(1) == (kind is Holds.COUNT), column
        assert kind is Holds.TEXT or (takes(CELLS[kind]) and not takes("text")), column


def test_document_for_programs_has_every_column_by_its_type() -> None:
    text = (Path(__file__).parents[2] / "docs/programs.md").read_text(encoding="utf-8")
    section = text.partition("### The month's files")[2]
    lines = re.findall(r"^\| (`.+?) \| (text|integer|decimal|instant) \|", section, re.M)
    kinds = {Holds.TEXT: "text", Holds.COUNT: "integer", Holds.INSTANT: "instant"}
    told = {column: kind for names, kind in lines for column in re.findall(r"`(\w+)`", names)}
    assert told == {column: kinds.get(holds(column), "decimal") for column in COLUMNS}


@pytest.mark.parametrize("month", [TWICE, EXPLAINED, EMPTY, replace(MONTH, rows=tuple(row | ID for row in ROWS))])
def test_schema_takes_each_month(month: MonthRows) -> None:
    VALIDATOR.validate(json.loads(to_json(month)))


@pytest.mark.parametrize(
    "cells",
    [
        {"down_ms": 1.5},
        {"up_ms": -1},
        {"credit_amount": 100},
        {"availability_percent": "99,9"},
        {"period_end": "2026-11-01"},
        {"verdict": "missed so far"},
        {"status": None},
    ],
)
def test_schema_refuses_what_is_no_cell_of_its_column(cells: dict[str, object]) -> None:
    document = json.loads(to_json(TWICE))
    document["rows"][1] |= cells
    assert not VALIDATOR.is_valid(document)
