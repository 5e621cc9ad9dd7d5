from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tests.page.by_hand import NOW_MS, UTC_ZONE, day_sums, days, unwatched_day
from uptally.model.notice import MaintenanceNotice
from uptally.page.days import Calendar, Level, strip_of
from uptally.units.time import HOUR_MS, MINUTE_MS, Window, day_of, midnight_ms

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


def upkeep(start: str, hours: int, *services: str, cancelled_ms: int | None = None) -> MaintenanceNotice:
    start_ms = midnight_ms(date.fromisoformat(start), UTC_ZONE)
    return MaintenanceNotice("m", services, start_ms, start_ms + hours * HOUR_MS, 0, cancelled_ms=cancelled_ms)


def test_a_day_with_maintenance_and_no_downtime_is_drawn_and_told_as_such() -> None:
    calendar = Calendar(UTC_ZONE, [upkeep("2026-11-20", 2, "web")])
    found = calendar.maintenance("web", Window(0, NOW_MS))
    strip = strip_of(days(count=5), NINETY_NINE, calendar, found)
    assert strip.levels == "0m000"
    assert [(note.day.text, note.text) for note in strip.notes] == [("20 Nov", "maintenance for 2 h")]
    assert strip.label == "5 days: 5 without downtime, 1 of them with maintenance, 0 not clean"
    assert strip.told == "1 day with maintenance"


def test_maintenance_makes_downtime_no_lighter_and_what_was_not_seen_no_clearer() -> None:
    calendar = Calendar(UTC_ZONE, [upkeep("2026-11-20", 48, "web")])
    found = calendar.maintenance("web", Window(0, NOW_MS))
    down = day_sums("2026-11-20", down_ms=SHARE_MS + 1)
    blind = day_sums("2026-11-21", unknown_ms=60_000)
    strip = strip_of(days(down, blind, count=5), NINETY_NINE, calendar, found)
    assert strip.levels == "02m00"
    assert strip.unseen == "..?.."
    assert strip.told == "2 days not clean"
    assert [note.text for note in strip.notes] == [
        "not observed for 1 min; maintenance for 1 d",
        "14 min 25 s down, over the day’s share; maintenance for 1 d",
    ]


def test_maintenance_counts_for_the_services_that_it_names_or_for_all_and_not_where_it_was_cancelled() -> None:
    whole = Window(0, NOW_MS)
    named, everywhere = upkeep("2026-11-20", 1, "web"), upkeep("2026-11-21", 1)
    calendar = Calendar(UTC_ZONE, [named, everywhere, upkeep("2026-11-19", 1, "web", cancelled_ms=1)])
    assert calendar.maintenance("web", whole) == (
        (named.start_ms, named.end_ms),
        (everywhere.start_ms, everywhere.end_ms),
    )
    assert calendar.maintenance("mail", whole) == ((everywhere.start_ms, everywhere.end_ms),)


def test_maintenance_that_is_still_to_come_is_no_part_of_a_day() -> None:
    calendar = Calendar(UTC_ZONE, [upkeep("2026-11-24", 24)])
    assert calendar.maintenance("web", Window(0, NOW_MS)) == ()


def test_a_strip_tells_the_script_exactly_what_the_notes_tell_in_words() -> None:
    calendar = Calendar(UTC_ZONE, [upkeep("2026-11-20", 2)])
    found = calendar.maintenance("web", Window(0, NOW_MS))
    strip = strip_of(
        days(unwatched_day("2026-11-19"), day_sums("2026-11-21", down_ms=1_234, unknown_ms=60_000), count=5),
        NINETY_NINE,
        calendar,
        found,
    )
    assert strip.exact == "2026-11-23 1 1,,,7200000 2,1234,60000"
    assert strip_of([], None, calendar).exact == ""
