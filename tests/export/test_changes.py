from __future__ import annotations

from uptally.export.changes import changes
from uptally.export.rows import COLUMNS, Row


def row(name: str, **cells: str | int) -> Row:
    return dict.fromkeys(COLUMNS) | {"id": name, "window": "always", "currency": "EUR"} | cells


def test_milliseconds_and_money_are_told_with_what_they_rose_by() -> None:
    before = [row("a/web/2026-10", counted_down_ms=20_000, booked_amount="100.10", verdict="met", revision=1)]
    after = [row("a/web/2026-10", counted_down_ms=5_000, booked_amount="250.25", verdict="missed", revision=2)]
    told = [(each.column, each.before, each.after, each.difference) for each in changes(before, after)]
    assert told == [
        ("verdict", "met", "missed", None),
        ("counted_down_ms", 20_000, 5_000, -15_000),
        ("booked_amount", "100.10", "250.25", "150.15"),
    ]


def test_row_that_came_and_row_that_went_are_told_against_nothing() -> None:
    before, after = [row("a/web/2026-10", booked_amount="1.00")], [row("a/db/2026-10", booked_amount="2.00")]
    told = [(each.id, each.before, each.after, each.difference) for each in changes(before, after)]
    assert ("a/db/2026-10", None, "2.00", "2.00") in told
    assert ("a/web/2026-10", "1.00", None, "-1.00") in told


def test_statement_that_was_corrected_twice_is_compared_in_its_order() -> None:
    before = [row("a", down_ms=1), row("a", down_ms=2)]
    after = [row("a", down_ms=1), row("a", down_ms=3)]
    assert [(each.before, each.after) for each in changes(before, after)] == [(2, 3)]
