from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tests.page.by_hand import NOW_MS, UTC_ZONE, day_sums, days, unwatched_day
from uptally.page.days import Calendar, Level, strip_of
from uptally.units.time import HOUR_MS, MINUTE_MS, day_of, midnight_ms

NINETY_NINE = Fraction(99, 100)
# 1% of a 30-day month is 7 h 12 min; the day's share is a thirtieth of that, 14 min 24 s.
SHARE_MS = 864_000
BUDGET_MS = 30 * SHARE_MS


@pytest.mark.parametrize(
    ("down_ms", "unknown_ms", "level"),
    [
        (0, 0, Level.CLEAN),
        (0, 1, Level.UNSEEN),
        (1, 0, Level.WITHIN),
        (SHARE_MS, 0, Level.WITHIN),
        (SHARE_MS + 1, 0, Level.OVER),
        (SHARE_MS + 1, 1, Level.OVER),
        (BUDGET_MS, 0, Level.OVER),
        (BUDGET_MS + 1, 0, Level.SPENT),
    ],
)
def test_a_day_is_held_against_its_endpoints_own_budget(down_ms: int, unknown_ms: int, level: Level) -> None:
    day = day_sums("2026-11-04", down_ms=down_ms, unknown_ms=unknown_ms)
    assert Calendar(UTC_ZONE).level(day, NINETY_NINE) is level


@pytest.mark.parametrize(
    ("down_ms", "level"),
    [
        (1, Level.WITHIN),
        (MINUTE_MS, Level.WITHIN),
        (MINUTE_MS + 1, Level.OVER),
        (HOUR_MS, Level.OVER),
        (HOUR_MS + 1, Level.SPENT),
    ],
)
def test_a_day_without_a_promise_is_held_against_a_minute_and_an_hour(down_ms: int, level: Level) -> None:
    assert Calendar(UTC_ZONE).level(day_sums("2026-11-04", down_ms=down_ms), None) is level


def test_a_target_of_100_allows_a_day_nothing() -> None:
    assert Calendar(UTC_ZONE).level(day_sums("2026-11-04", down_ms=1), Fraction(1)) is Level.SPENT


def test_a_day_before_the_first_observation_is_neither_clean_nor_unseen() -> None:
    assert Calendar(UTC_ZONE).level(unwatched_day("2026-11-04"), NINETY_NINE) is Level.ABSENT


def test_the_share_of_a_31_day_month_is_a_31st_of_its_own_budget() -> None:
    limits = Calendar(UTC_ZONE).limits(NINETY_NINE, "2026-10")
    assert limits == (SHARE_MS, 31 * SHARE_MS)


def test_a_month_with_a_clock_change_has_the_budget_of_its_true_length() -> None:
    limits = Calendar(ZoneInfo("Europe/Dublin")).limits(NINETY_NINE, "2026-10")
    assert limits.over_ms == 31 * SHARE_MS + HOUR_MS // 100


def test_a_strip_has_a_letter_for_each_day_and_marks_what_was_not_seen_beside_downtime() -> None:
    strip = strip_of(
        days(
            unwatched_day("2026-11-19"),
            day_sums("2026-11-21", down_ms=1_000, unknown_ms=60_000),
            day_sums("2026-11-22", unknown_ms=60_000),
            count=5,
        ),
        NINETY_NINE,
        Calendar(UTC_ZONE),
    )
    assert strip.levels == ".01?0"
    assert strip.unseen == "..??."
    assert strip.label == "5 days, 4 of them observed: 2 without downtime, 2 not clean"


def test_notes_tell_of_days_that_were_not_clean_the_newest_first() -> None:
    strip = strip_of(
        days(
            day_sums("2026-10-02", down_ms=92_000, unknown_ms=600_000),
            day_sums("2026-11-23", down_ms=BUDGET_MS + 1),
            day_sums("2026-11-06", unknown_ms=22 * MINUTE_MS),
        ),
        NINETY_NINE,
        Calendar(UTC_ZONE),
    )
    assert [(note.day.text, note.day.iso, note.text) for note in strip.notes] == [
        ("23 Nov", "2026-11-23", "7 h 13 min down so far, over the whole month’s budget"),
        ("6 Nov", "2026-11-06", "not observed for 22 min"),
        ("2 Oct", "2026-10-02", "1 min 32 s down, within the day’s share; not observed for 10 min"),
    ]
    assert strip.label == "90 days: 87 without downtime, 3 not clean"


def test_notes_without_a_promise_speak_of_no_share() -> None:
    strip = strip_of(days(day_sums("2026-11-06", down_ms=61_000)), None, Calendar(UTC_ZONE))
    assert [note.text for note in strip.notes] == ["1 min 1 s down"]


def test_days_are_named_in_the_zone_of_the_page() -> None:
    zone = ZoneInfo("Pacific/Auckland")
    assert Calendar(zone).day(midnight_ms(day_of(NOW_MS, zone), zone)).moment == ("24 Nov", "2026-11-24")
