"""Every day as a row of a table."""

from __future__ import annotations

import re
from fractions import Fraction

from tests.page.by_hand import UTC_ZONE, day_sums, days, unwatched_day
from uptally.model.statement import Availability
from uptally.page.day_table import day_table
from uptally.page.days import Calendar
from uptally.units.stretches import NEVER, Stretches
from uptally.units.time import HOUR_MS

NINETY_NINE = Fraction(99, 100)
NOTHING = ("–", "–", "–")


def rows(
    some: tuple[Availability, ...], target: Fraction | None = NINETY_NINE, maintenance: Stretches = NEVER
) -> list[tuple[str, ...]]:
    markup = day_table(some, target, Calendar(UTC_ZONE), maintenance)
    return [tuple(each for each in re.split("<[^>]*>", row) if each) for row in markup.splitlines()]


def test_each_day_that_was_watched_has_a_row_the_newest_first() -> None:
    some = days(unwatched_day("2026-11-20"), count=4)
    assert rows(some) == [(day, "No downtime", *NOTHING) for day in ("23 Nov", "22 Nov", "21 Nov")]
    assert len(rows(days())) == 90


def test_a_row_tells_the_state_in_words_and_exact_seconds() -> None:
    changed = (
        day_sums("2026-11-19", down_ms=7 * HOUR_MS + 12 * 60_000 + 1),
        day_sums("2026-11-20", down_ms=864_001),
        day_sums("2026-11-21", down_ms=61_007, unknown_ms=5),
        day_sums("2026-11-22", unknown_ms=1_234),
    )
    assert rows(days(*changed, count=5)) == [
        ("23 Nov", "No downtime", *NOTHING),
        ("22 Nov", "Not all of it observed", "–", "1.234 s", "–"),
        ("21 Nov", "Within the day’s share", "61.007 s", "0.005 s", "–"),
        ("20 Nov", "Over the day’s share", "864.001 s", "–", "–"),
        ("19 Nov", "Over the month’s budget", "25,920.001 s", "–", "–"),
    ]


def test_without_a_promise_a_row_speaks_of_no_share() -> None:
    [_, row] = rows(days(day_sums("2026-11-22", down_ms=61_000), count=2), None)
    assert row == ("22 Nov", "Down up to an hour", "61.000 s", "–", "–")


def test_maintenance_stands_beside_downtime_and_takes_the_place_of_none() -> None:
    down = day_sums("2026-11-22", down_ms=1_000)
    begin_ms = down.window.start_ms
    found = rows(days(down, count=3), maintenance=((begin_ms - HOUR_MS, begin_ms + 2 * HOUR_MS),))
    assert found[1:] == [
        ("22 Nov", "Within the day’s share", "1.000 s", "–", "7,200.000 s"),
        ("21 Nov", "Maintenance, no downtime", "–", "–", "3,600.000 s"),
    ]
