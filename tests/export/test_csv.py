import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.export.statements import ENDPOINT, OUTAGE, ZONE, measured, row_of
from uptally.export.csv import to_csv
from uptally.export.rows import COLUMNS, Row, measured_row


def named(name: str) -> Row:
    return measured_row(replace(ENDPOINT, name=name), "2026-10", measured(down_ms=30_000), zone=ZONE)


def read_back(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))


def test_file_is_rfc_4180_in_utf_8() -> None:
    content = to_csv([named("Büro")])
    lines = content.split(b"\r\n")
    assert lines[0] == ",".join(COLUMNS).encode()
    assert lines[2:] == [b""]
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert not content.startswith(b"\xef\xbb\xbf")
    assert "Büro".encode() in content


def test_no_rows_leave_the_header() -> None:
    assert to_csv([]) == ",".join(COLUMNS).encode() + b"\r\n"


@pytest.mark.parametrize("name", ['say "hi"', "a,b", "two\r\nlines", "semi;colon", "a|b", " padded ", "日本"])
def test_text_comes_back_as_it_was(name: str) -> None:
    assert read_back(to_csv([named(name)]))[0]["service"] == name


@pytest.mark.parametrize("name", ["00123", "1E5", "MAR1", "1-2", "a=b", "'quoted", ""])
def test_names_that_only_look_like_something_else_are_unchanged(name: str) -> None:
    assert read_back(to_csv([named(name)]))[0]["service"] == name


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠", "﹣"])
def test_text_that_starts_a_formula_gets_an_apostrophe(start: str) -> None:
    name = f'{start}HYPERLINK("http://example.com")'
    assert read_back(to_csv([named(name)]))[0]["service"] == f"'{name}"


@given(st.text())
def test_any_text_survives_and_never_starts_a_formula(name: str) -> None:
    cell = read_back(to_csv([named(name)]))[0]["service"]
    assert cell in (name, f"'{name}")
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\0"))


def test_negative_numbers_stay_numbers() -> None:
    cells = read_back(to_csv([row_of(OUTAGE)]))[0]
    assert int(cells["budget_left_ms"]) < 0
    assert cells["budget_left_ms"].startswith("-")


def test_empty_cells_are_empty_and_zero_is_zero() -> None:
    cells = read_back(to_csv([measured_row(ENDPOINT, "2026-10", measured(), zone=ZONE)]))[0]
    assert cells["agreement"] == ""
    assert cells["target_percent"] == ""
    assert cells["down_ms"] == "0"


def test_the_same_rows_give_the_same_bytes() -> None:
    assert to_csv([named("a"), named("b")]) == to_csv([named("a"), named("b")])
