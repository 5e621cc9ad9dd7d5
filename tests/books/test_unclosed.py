"""Which months are to be closed by themselves: those that ended a grace ago, and were never closed."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest

from uptally.books.unclosed import due_months, newest_due
from uptally.model.act import Act
from uptally.model.closing import Closing
from uptally.rules.record.closings import close
from uptally.units.instant import parse_instant
from uptally.units.time import DAY_MS, HOUR_MS

BERLIN = ZoneInfo("Europe/Berlin")


@dataclass
class Held:
    """A ledger of which only its first observation and its closings are known."""

    first: int | None
    closed: tuple[str, ...] = ()

    def first_ms(self) -> int | None:
        return self.first

    def acts(self, *kinds: str) -> list[Act]:
        made = [
            close(Closing(month, 1, 0, "x", "1", 0, "", 0, "", 0, "", ""), {"rows": []}, by="ann")
            for month in self.closed
        ]
        return [Act(number, 0, each.kind, each.by, each.body, "") for number, each in enumerate(made, start=1)]


def at(text: str) -> int:
    return parse_instant(text, BERLIN)


@pytest.mark.parametrize(
    ("now", "grace_ms", "month"),
    [
        ("2026-11-03 23:59:59", 3 * DAY_MS, "2026-09"),
        ("2026-11-04 00:00", 3 * DAY_MS, "2026-10"),
        ("2026-10-31 23:59", HOUR_MS, "2026-09"),
        ("2026-11-01 01:00", HOUR_MS, "2026-10"),
        ("2026-01-15 00:00", 40 * DAY_MS, "2025-11"),
    ],
)
def test_month_is_due_from_its_end_in_the_zone_and_the_grace_on(now: str, grace_ms: int, month: str) -> None:
    assert newest_due(BERLIN, grace_ms=grace_ms, now_ms=at(now)) == month


def test_months_since_the_first_observation_are_due_but_for_those_that_are_closed() -> None:
    ledger = Held(at("2026-07-31 23:59"), closed=("2026-08",))
    found = due_months(ledger, BERLIN, grace_ms=3 * DAY_MS, now_ms=at("2026-11-24 00:00"))
    assert found == ["2026-07", "2026-09", "2026-10"]


@pytest.mark.parametrize("first", [None, "2026-11-01 00:00"])
def test_nothing_is_due_of_a_ledger_that_knows_of_no_month_that_is_over(first: str | None) -> None:
    ledger = Held(None if first is None else at(first))
    assert due_months(ledger, BERLIN, grace_ms=3 * DAY_MS, now_ms=at("2026-11-24 00:00")) == []
