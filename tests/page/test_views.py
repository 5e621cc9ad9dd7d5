from dataclasses import replace
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tests.page.by_hand import NOW_MS, UTC_ZONE, day_sums, days, month, standing, sums
from tests.page.sample import at
from uptally.model.notice import MaintenanceNotice
from uptally.model.observation import Outcome, Reason
from uptally.model.timeline import State
from uptally.model.verdict import Verdict
from uptally.page.budget import budget_view, to_come_permille
from uptally.page.days import Calendar
from uptally.page.views import (
    StateView,
    figures_of,
    remark_of,
    service_of,
    state_kind,
    state_view,
    taken_at,
)
from uptally.units.time import HOUR_MS

CALENDAR = Calendar(UTC_ZONE)


def said(view: StateView) -> str:
    return view.since.format(moment=view.moment.text) if view.moment else view.word


@pytest.mark.parametrize(
    ("state", "is_stale", "kind", "text"),
    [
        (State.UP, False, "up", "Up since 14:32"),
        (State.DOWN, False, "down", "Down since 14:32"),
        (State.UNKNOWN, False, "nil", "Not known since 14:32"),
        (State.UP, True, "nil", "Not known; last known: up at 14:38"),
        (State.DOWN, True, "nil", "Not known; last known: down at 14:38"),
        (None, False, "nil", "Not observed yet"),
    ],
)
def test_a_state_is_said_in_words_and_a_stale_one_is_not_known(
    state: State | None, is_stale: bool, kind: str, text: str
) -> None:
    one = standing(state=state, is_stale=is_stale)
    assert state_kind(one) == kind
    assert state_view(one, CALENDAR).kind == kind
    assert said(state_view(one, CALENDAR)) == text


def test_a_slow_answer_is_up_and_says_so() -> None:
    view = state_view(standing(outcome=Outcome.SLOW, reason=Reason.LATENCY_LIMIT), CALENDAR)
    assert (view.kind, view.word) == ("up", "Up, but slow")


@pytest.mark.parametrize(
    ("since", "text"),
    [
        ("2026-11-23 00:00:00", "Down since 00:00"),
        ("2026-11-22 23:59:59", "Down since 22 Nov, 23:59"),
        ("2025-12-31 12:00:00", "Down since 31 Dec 2025, 12:00"),
    ],
)
def test_a_moment_of_another_day_names_its_day(since: str, text: str) -> None:
    assert said(state_view(standing(state=State.DOWN, since=since), CALENDAR)) == text


def test_moments_are_the_clock_of_the_page_and_exact_for_a_machine() -> None:
    moment = state_view(standing(state=State.DOWN), Calendar(ZoneInfo("Asia/Kathmandu"))).moment
    assert moment == ("20:17", "2026-11-23T14:32:00.000Z")


@pytest.mark.parametrize(
    ("state", "hours", "word"),
    [(State.UP, 15, "Up, in maintenance"), (State.UP, 14, "Up"), (State.DOWN, 15, "Down")],
)
def test_a_service_that_is_up_says_that_it_is_in_maintenance(state: State, hours: int, word: str) -> None:
    one = standing("Web", state, days_=days())
    calendar = Calendar(
        UTC_ZONE,
        [MaintenanceNotice("m", (), at("2026-11-23 00:00:00"), at("2026-11-23 00:00:00") + hours * HOUR_MS, 0)],
    )
    assert service_of(one, calendar, "2026-11", None).state.word == word


def test_the_budget_is_what_is_left_in_seconds_cut_off() -> None:
    view = budget_view(month("2026-11", "99.999%", down_ms=19_371), NOW_MS)
    assert view is not None
    # 25.920 s less 19.371 s is 6.549 s.
    assert (view.said.format(view.figure), view.is_overdrawn) == ("6.5\u00a0s of 25.9\u00a0s left", False)


@pytest.mark.parametrize(
    ("as_of", "permille"),
    [
        ("2026-11-01 00:00:00", 1000),
        ("2026-11-16 00:00:00", 500),
        ("2026-12-01 00:00:00", 0),
        ("2026-12-02 00:00:00", 0),
    ],
)
def test_an_even_pace_leaves_the_share_of_the_month_that_is_to_come(as_of: str, permille: int) -> None:
    assert to_come_permille(month("2026-11"), at(as_of)) == permille


def test_an_overdrawn_budget_says_by_how_much_rounded_up() -> None:
    view = budget_view(month("2026-11", "99.999%", down_ms=31_201, verdict=Verdict.MISSED), NOW_MS)
    assert view is not None
    assert (view.said.format(view.figure), view.is_overdrawn) == ("5.3\u00a0s over the 25.9\u00a0s allowed", True)


def test_a_budget_of_nothing_says_that_no_downtime_is_allowed() -> None:
    kept, missed = (
        budget_view(month("2026-11", "100%"), NOW_MS),
        budget_view(month("2026-11", "100%", down_ms=1), NOW_MS),
    )
    assert kept is not None
    assert missed is not None
    assert kept.said.format(kept.figure) == "No downtime allowed, and none seen"
    assert missed.said.format(missed.figure) == "0.1\u00a0s over, none allowed"


def test_unknown_time_is_named_beside_the_budget_and_sets_the_worst_and_the_best_apart() -> None:
    statement = month("2026-11", "99.95%", unknown_ms=5_227_000)
    figures = figures_of(statement, Fraction(9995, 10000), as_of_ms=NOW_MS, zone=UTC_ZONE)
    assert figures is not None
    assert figures.budget is not None
    assert figures.budget.unseen == "5,227\u00a0s"
    assert figures.measured == "99.999"
    assert figures.between == ("99.732", "100.000")


def test_figures_without_gaps_have_no_range_and_are_cut_off_below_the_target() -> None:
    figures = figures_of(
        month("2026-11", "99.999%", down_ms=19_370), Fraction(99999, 100000), as_of_ms=NOW_MS, zone=UTC_ZONE
    )
    assert figures is not None
    assert (figures.promised, figures.measured, figures.between, figures.down) == ("99.999", "99.9990", None, "")


@pytest.mark.parametrize(("down_ms", "text"), [(0, "No downtime"), (55_000, "55.0 s down"), (600_000, "10 min down")])
def test_figures_without_a_promise_give_the_downtime(down_ms: int, text: str) -> None:
    figures = figures_of(month("2026-11", None, down_ms=down_ms), None, as_of_ms=NOW_MS, zone=UTC_ZONE)
    assert figures is not None
    assert (figures.promised, figures.budget, figures.down) == ("", None, text)


@pytest.mark.parametrize("target", [None, "99.99%"])
def test_of_a_month_of_which_nothing_is_known_no_downtime_is_told(target: str | None) -> None:
    whole = month("2026-11", target, unknown_ms=month("2026-11").availability.scheduled_ms)
    figures = figures_of(replace(whole, budget=None), None, as_of_ms=NOW_MS, zone=UTC_ZONE)
    assert figures is not None
    assert (figures.measured, figures.budget, figures.down) == ("", None, "")


@pytest.mark.parametrize(
    ("first", "text"),
    [("2026-11-01 00:00:00", None), ("2026-11-22 23:31:00", "22 Nov, 23:31"), ("2026-11-23 14:37:50", "14:37")],
)
def test_a_month_that_was_not_watched_from_its_begin_says_from_when_on(first: str, text: str | None) -> None:
    statement = month("2026-11")
    watched = sums(statement.availability.window, scheduled_ms=NOW_MS - at(first))
    figures = figures_of(replace(statement, availability=watched), None, as_of_ms=NOW_MS, zone=UTC_ZONE)
    assert figures is not None
    assert (figures.since and figures.since.text) == text


@pytest.mark.parametrize(
    ("verdict", "down_ms", "unknown_ms", "text"),
    [
        (Verdict.MISSED, 481_000, 0, "October: missed, 99.982%. The promise was 99.99%."),
        (
            Verdict.UNDETERMINED,
            0,
            3_240_000,
            "October: undetermined, between 99.879% and 100.000%. We could not see 54 min.",
        ),
        (Verdict.MET, 0, 0, None),
    ],
)
def test_last_month_is_remarked_on_unless_it_was_met(
    verdict: Verdict, down_ms: int, unknown_ms: int, text: str | None
) -> None:
    statement = month("2026-10", verdict=verdict, down_ms=down_ms, unknown_ms=unknown_ms)
    remark = remark_of(standing(statements=[statement]), "2026-10")
    assert (remark and f"{remark.head} {remark.text}") == text


def test_a_month_without_a_promise_is_not_remarked_on() -> None:
    assert remark_of(standing(statements=[month("2026-10", None, down_ms=481_000)]), "2026-10") is None


def test_a_service_that_was_never_observed_has_no_figures() -> None:
    service = service_of(standing(state=None), CALENDAR, "2026-11", None)
    assert service.figures == ()
    assert service.remark is None


def test_a_service_carries_its_days() -> None:
    one = standing(days_=days(day_sums("2026-11-04", down_ms=13_000)))
    service = service_of(one, CALENDAR, "2026-11", Fraction(9999, 10000))
    assert [note.text for note in service.notes] == ["13.0 s down, over the day’s share"]
    assert service.bars_label == "90 days: 89 without downtime, 1 not clean"


def test_a_page_is_called_old_a_minute_after_its_next_update_was_due() -> None:
    taken = taken_at(NOW_MS, refresh_ms=60_000, zone=UTC_ZONE)
    assert (taken.day, taken.at.text, taken.due.text, taken.zone) == ("23 November 2026", "14:38:07", "14:39:07", "UTC")
    assert taken.valid_until == "2026-11-23T14:40:07.000Z"
