import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.export.months import MONTH, ROWS, month_of, named
from uptally.errors import ExtraMissing
from uptally.export.parquet import to_parquet
from uptally.export.rows import COLUMNS, Row


def read_back(content: bytes, folder: Path, select: str = "*") -> list[tuple[object, ...]]:
    (folder / "month.parquet").write_bytes(content)
    return duckdb.execute(f"SELECT {select} FROM '{folder / 'month.parquet'}'").fetchall()


@pytest.mark.parametrize(
    "column", [each for each in COLUMNS if each.endswith("_ms") or each in ("outages", "revision")]
)
def test_whole_numbers_come_back_as_they_are_in_the_statement(tmp_path: Path, column: str) -> None:
    assert read_back(to_parquet(MONTH), tmp_path, column) == [(row[column],) for row in ROWS]


def test_amounts_and_percentages_come_back_exactly(tmp_path: Path) -> None:
    columns = [each for each in COLUMNS if each.endswith(("_amount", "_percent"))]
    found = read_back(to_parquet(MONTH), tmp_path, ", ".join(columns))
    assert found == [tuple(None if row[each] is None else Decimal(str(row[each])) for each in columns) for row in ROWS]


def test_instants_are_instants(tmp_path: Path) -> None:
    columns = ("period_start", "period_end", "claim_before")
    found = read_back(
        to_parquet(MONTH),
        tmp_path,
        ", ".join(f"strftime(timezone('UTC', {each}), '%Y-%m-%dT%H:%M:%S.%gZ')" for each in columns),
    )
    assert found == [tuple(row[each] for each in columns) for row in ROWS]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(), min_size=1))
def test_any_text_comes_back_as_it_was(tmp_path: Path, names: list[str]) -> None:
    found = read_back(to_parquet(month_of(*map(named, names))), tmp_path, "service")
    assert found == [(name,) for name in names]


def test_what_month_it_is_stands_in_the_metadata(tmp_path: Path) -> None:
    read_back(to_parquet(MONTH), tmp_path, "service")
    said = duckdb.execute(f"SELECT key, value FROM parquet_kv_metadata('{tmp_path / 'month.parquet'}')").fetchall()
    assert dict(said) == {b"month": b"2026-10", b"state": b"closed", b"revision": b"1", b"digest": b"ab" * 32}


def test_the_same_month_gives_the_same_bytes() -> None:
    assert to_parquet(MONTH) == to_parquet(MONTH)


def test_a_month_without_rows_has_the_columns(tmp_path: Path) -> None:
    assert read_back(to_parquet(month_of()), tmp_path) == []


def test_a_share_that_no_decimal_writes_is_cut_off(tmp_path: Path) -> None:
    third: Row = ROWS[0] | {"credit_percent": "100/3"}
    [(share,)] = read_back(to_parquet(month_of(third)), tmp_path, "credit_percent")
    assert share == Decimal("33.333333333333333333")


def test_without_the_package_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(ExtraMissing, match=r"pip install 'uptally\[parquet\]'"):
        to_parquet(MONTH)
