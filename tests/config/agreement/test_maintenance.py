"""`maintenance:`: plans, once or by a rule."""

from zoneinfo import ZoneInfo

import pytest

from tests.config.conftest import Loaded
from uptally.errors import ConfigError
from uptally.model.exclusion import Plan, Recurrence
from uptally.units.instant import UTC, parse_instant
from uptally.units.time import HOUR_MS

BEFORE = """\
page: {timezone: Europe/Berlin}
endpoints:
  - {name: Website, url: "https://a.example/", sla: 99.9%}
  - {name: API, url: "https://b.example/", sla: 99.9%}
services:
  - {name: Shop, endpoints: [website, api]}
maintenance:
"""
BERLIN = ZoneInfo("Europe/Berlin")


def one(loaded: Loaded, text: str) -> Plan:
    [plan] = loaded(BEFORE + f"  - {{id: x, {text}}}\n").maintenance
    return plan


def test_a_plan_holds_all_that_is_written(loaded: Loaded) -> None:
    plan = one(
        loaded,
        "services: [shop, API], start: 2026-10-12 02:00, end: 2026-10-12 04:00, kind: force_majeure, why: W,"
        " announced: 2026-10-01 09:00, evidence: E",
    )
    assert plan == Plan(
        id="x",
        kind="force_majeure",
        start_ms=parse_instant("2026-10-12 00:00", UTC),
        end_ms=parse_instant("2026-10-12 02:00", UTC),
        services=("shop", "api"),
        why="W",
        declared_ms=parse_instant("2026-10-01 07:00", UTC),
        evidence="E",
    )


def test_the_page_has_a_text_of_its_own_and_only_for_maintenance(loaded: Loaded) -> None:
    once = "start: 2026-10-12 02:00, duration: 1h, text: New disks, kind:"
    assert one(loaded, f"{once} urgent_maintenance").text == "New disks"
    with pytest.raises(ConfigError, match="which tells nothing of flood: only of maintenance"):
        one(loaded, f"{once} flood")


def test_without_more_it_is_maintenance_of_all_services(loaded: Loaded) -> None:
    plan = one(loaded, "start: 2026-10-12 02:00, duration: 1h30m")
    assert (plan.kind, plan.services, plan.end_ms - plan.start_ms) == ("maintenance", (), 90 * 60_000)
    assert plan.recurrence is None
    assert plan.declared_ms is None


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("timezone: America/New_York, start: 2026-10-12 02:00", "2026-10-12 06:00"),
        ("start: 2026-10-12T02:00Z", "2026-10-12 02:00"),
        ("start: '2026-10-25 02:30+01:00'", "2026-10-25 01:30"),
    ],
)
def test_times_are_those_of_a_zone_or_have_an_offset(loaded: Loaded, text: str, start: str) -> None:
    assert one(loaded, f"{text}, duration: 1h").start_ms == parse_instant(start, UTC)


def test_a_length_over_a_clock_change_is_exact(loaded: Loaded) -> None:
    plan = one(loaded, "start: 2026-10-25 01:00, duration: 4h")
    assert plan.end_ms - plan.start_ms == 4 * HOUR_MS
    # By the clocks, from one to five are five hours in the night in which three is shown twice.
    plan = one(loaded, "start: 2026-10-25 01:00, end: 2026-10-25 05:00")
    assert plan.end_ms - plan.start_ms == 5 * HOUR_MS


def test_what_repeats_has_its_first_occurrence_and_the_rule(loaded: Loaded) -> None:
    plan = one(loaded, "start: 2026-10-04 02:00, duration: 2h, repeat: FREQ=MONTHLY;BYDAY=1SU")
    assert plan.recurrence == Recurrence("FREQ=MONTHLY;BYDAY=1SU", "2026-10-04T02:00:00", BERLIN, 2 * HOUR_MS)
    assert plan.start_ms == parse_instant("2026-10-04 00:00", UTC)
    assert plan.end_ms == parse_instant("2026-10-04 02:00", UTC)


def test_what_repeats_lasts_as_long_as_by_the_clocks_even_if_they_change_the_first_time(loaded: Loaded) -> None:
    plan = one(loaded, "start: 2026-10-25 01:00, end: 2026-10-25 05:00, repeat: FREQ=WEEKLY")
    assert plan.recurrence is not None
    assert plan.recurrence.duration_ms == 4 * HOUR_MS


def test_a_start_that_is_no_occurrence_is_not_the_first(loaded: Loaded) -> None:
    plan = one(loaded, "start: 2026-10-12 02:00, duration: 2h, repeat: FREQ=MONTHLY;BYDAY=1SU")
    assert plan.start_ms == parse_instant("2026-11-01 01:00", UTC)
