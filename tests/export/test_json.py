import json

from tests.export.statements import OUTAGE, row_of
from uptally.export.json import to_json
from uptally.export.rows import COLUMNS
from uptally.units.time import MINUTE_MS

ROW = row_of(OUTAGE)


def test_rows_come_back_as_they_were_in_their_columns_order() -> None:
    document = json.loads(to_json([ROW, ROW]))
    assert document == {"schema_version": 1, "rows": [ROW, ROW]}
    assert tuple(document["rows"][0]) == COLUMNS


def test_milliseconds_are_integers_percentages_text_and_empty_cells_null() -> None:
    cells = json.loads(to_json([ROW]))["rows"][0]
    assert cells["down_ms"] == 90 * MINUTE_MS
    assert cells["availability_percent"] == "99.798"
    assert cells["objective"] is None


def test_no_number_is_a_float() -> None:
    def refuse(text: str) -> None:
        raise AssertionError(f"a float: {text}")

    json.loads(to_json([ROW]), parse_float=refuse)


def test_the_same_rows_give_the_same_bytes() -> None:
    assert to_json([ROW]) == to_json([ROW])


def test_no_rows_give_an_empty_list() -> None:
    assert json.loads(to_json([]))["rows"] == []
